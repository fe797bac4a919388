"""The page of a latent run in Chromium: parity, and a session by script."""

import json
from pathlib import Path
import time
from typing import Any, NamedTuple

import jax
import mido
import numpy as np
import pytest

import run as command_line
from tests.browser import CHROMIUM, browser
from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.drums import Drums
from zoo.encoders.melody import Melody
from zoo.encoders.trio import Trio
from zoo.export.bundle import bundle
from zoo.models.music_vae import MusicVae
from zoo.music.reading import read
from zoo.pages import latent_page
from zoo.samplers import SAMPLERS
from zoo.samplers import latent_page as mode_lib

MARGIN = 1e-3  # Between the two largest logits, where tokens must agree.
COUNT = 256
SECONDS = 2.0  # Of the session's playing; the whole one takes ten minutes.


class Made(NamedTuple):
  """A page of a model with drawn weights, in a file."""

  path: Path
  encoder: Any
  model: Any
  variables: Any


def tunes(count, steps=32):
  """Melodies [count, T] in C major, of quarters, eighths and sixteenths."""
  rng = np.random.default_rng(0)
  pitches = np.array([60, 62, 64, 65, 67, 69, 71, 72]) - 19
  rows = np.zeros((count, steps), np.int8)
  for row in rows:
    on = np.arange(0, steps, rng.choice([1, 2, 4]))
    row[on] = rng.choice(pitches, len(on))
  return rows


@pytest.fixture(scope='module')
def made(tmp_path_factory):
  """The page of a tiny MusicVAE, in int8."""
  encoder = Melody()
  options = {'latent': 16, 'encoder': (8,), 'decoder': (16,)}
  model = MusicVae.from_spec(encoder.spec, form='beatwise', **options)
  examples = {'tokens': tunes(40)}
  given = drawn(model.init, examples, scale=0.5)
  sampler = SAMPLERS['latent'](model, encoder.spec, weights='int8')
  learned = {'attributes': np.eye(5, 16, dtype=np.float32)}
  exported = sampler['page'].function(given['params'], {}, learned, examples)
  text = latent_page.page(
    exported,
    examples,
    encoder.spec,
    latent_page.streams(encoder.spec, encoder),
    title='<Tunes>',
    origin={'experiment': 'tiny', 'checkpoint': 'ab', 'licence': 'none'},
  )
  path = tmp_path_factory.mktemp('page') / 'page.html'
  path.write_text(text)
  return Made(path, encoder, model, given)


@pytest.fixture(scope='module')
def page(made, tmp_path_factory):
  if not CHROMIUM:
    pytest.skip('there is no Chromium')
  with browser(tmp_path_factory.mktemp('profile')) as one:
    one.resize(1280)
    one.open(made.path, tmp_path_factory.mktemp('first'))
    ready(one)
    yield one


def ready(page):
  page.wait("document.getElementById('shown').hasAttribute('aria-label')")


def test_the_page_asks_for_nothing(made):
  text = made.path.read_text()
  for word in ('http:', 'https:', 'fetch(', 'import('):
    assert word not in text
  assert '&lt;Tunes&gt;' in text and '<Tunes>' not in text


def parity(page, made, weights):
  """What the page's runtime makes of codes and tokens, against Python."""
  model, given = made.model, made.variables
  programs, _ = mode_lib._programs(model, made.encoder.spec, given, 0.5)
  bundled = bundle(programs, given, weights)
  keys = jax.random.split(jax.random.key(1), COUNT)
  z = np.asarray(model.prior(keys))
  tokens = np.random.default_rng(0).integers(0, 90, (COUNT, model.steps))
  batch = {'tokens': tokens.astype(np.int8)}

  @jax.jit
  def right(v):
    mean = model.apply(v, batch, method='encode')[0]
    found = model.apply(v, z, keys, 0.0, 0.5, method='generate')
    logits = model.apply(v, z, found, method='decode')
    top = jax.lax.top_k(logits, 2)[0]
    return mean, found['tokens'], top[..., 0] - top[..., 1]

  mean, written, margin = map(np.asarray, right(bundled.variables))
  asked = json.dumps(
    {'model': bundled.model, 'z': z.tolist(), 'tokens': tokens.tolist()}
  )
  page.run(f'void (window.asked = {asked})')
  result = page.run("""(async () => {
    const network = zooNetwork(asked.model), key = [0, 0], found = [];
    for (let i = 0; i < asked.z.length; i++) {
      const [tokens] = await network.run('generate', [asked.z[i], key]);
      const [mean] = await network.run('encode', [asked.tokens[i]]);
      found.push([[...tokens], [...mean]]);
    }
    return found;
  })()""")
  decoded = np.array([one for one, _ in result])
  # Beyond a step that may differ, the model reads other tokens.
  sure = np.cumprod(margin > MARGIN, 1).astype(bool)
  assert sure.mean() > 0.5
  np.testing.assert_array_equal(decoded[sure], written[sure])
  assert np.abs(np.array([one for _, one in result]) - mean).max() <= 1e-2


def test_tokens_and_means_are_those_of_python(page, made):
  for weights in ('float16', 'int8'):
    parity(page, made, weights)


def click(page, name):
  page.run(f"document.getElementById('{name}').click()")


def state(page):
  return json.loads(page.run('JSON.stringify(zooPage.state)'))


def drag(page, points):
  """A pointer over the square, through points in shares of its sides."""
  page.run("document.getElementById('pad').scrollIntoView({block: 'center'})")
  box = page.run(
    '(({left, top, width, height}) => [left, top, width, height])'
    "(document.getElementById('pad').getBoundingClientRect())"
  )
  kinds = ['mousePressed', *['mouseMoved'] * (len(points) - 1)]
  for kind, (x, y) in zip(kinds, points, strict=True):
    where = {'x': box[0] + x * box[2], 'y': box[1] + y * box[3]}
    page.call(
      'Input.dispatchMouseEvent',
      type=kind,
      button='left',
      buttons=1,
      clickCount=1,
      **where,
    )
  page.call(
    'Input.dispatchMouseEvent',
    type='mouseReleased',
    button='left',
    clickCount=1,
    **where,
  )


def settle(page):
  """Waits until all that was asked of the model is shown."""
  page.run("""(async () => {
    for (let i = 0; i < 3; i++) {
      await zooPage.network.run('prior', [[0, 1]]);
      await new Promise((done) => setTimeout(done, 60));
    }
  })()""")


def saved(page, button, path):
  click(page, button)
  until = time.monotonic() + 60
  while not (path.exists() and path.stat().st_size):
    assert time.monotonic() < until, path
    time.sleep(0.05)
  time.sleep(0.1)
  data = path.read_bytes()
  path.unlink()
  return data


def sounded(page, view):
  """What a view plays: [start, end, pitch, velocity, drum], in quarters."""
  notes = json.loads(page.run(f'JSON.stringify(zooPage.views.{view}.all())'))
  rows = [
    (n['start'], n['end'], n['pitch'], n['velocity'], bool(n['drum']))
    for n in notes
  ]
  return sorted(rows)


def check_midi(data, right, folder):
  """A file as read by the zoo and by mido, against what was played."""
  path = folder / 'check.mid'
  path.write_bytes(data)
  table = read(path).notes
  found = sorted(
    zip(
      table.start.tolist(),
      table.end.tolist(),
      table.pitch.tolist(),
      table.velocity.tolist(),
      table.drum.tolist(),
      strict=True,
    )
  )
  assert len(found) == len(right) > 0
  for one, other in zip(found, right, strict=True):
    np.testing.assert_allclose(one[:2], other[:2], atol=1 / 480)
    assert one[2:] == tuple(other[2:])
  onsets = []
  for track in mido.MidiFile(path).tracks:
    tick = 0
    for message in track:
      tick += message.time
      if message.type == 'note_on' and message.velocity:
        onsets.append((tick / 480, message.note, message.velocity))
  expected = [(start, pitch, loud) for start, _, pitch, loud, _ in right]
  for one, other in zip(sorted(onsets), sorted(expected), strict=True):
    assert one == pytest.approx(other, abs=1 / 480)


def session(page, path, folder, seconds):
  """Drag, draw, edit, undo, export, Loops, reload; the state at the end."""
  page.open(path, folder)
  ready(page)
  click(page, 'play')
  first = state(page)
  drag(page, [(0.5, 0.5), (0.3, 0.6), (0.15, 0.2)])
  assert state(page)['puck'] == pytest.approx([0.15, 0.2], abs=0.01)
  click(page, 'undo')
  assert state(page)['puck'] == first['puck']
  click(page, 'redo')
  settle(page)
  time.sleep(seconds)
  # What was played is what is saved, bar by bar.
  right = sounded(page, 'blend')
  heard = json.loads(page.run('JSON.stringify(zooPage.transport.played)'))
  last = [n['pitch'] for n in heard[-1]['notes']]
  bar = heard[-1]['number'] % 2 * 4
  assert last == [pitch for at, _, pitch, *_ in right if bar <= at < bar + 4]
  # A corner by hand: a scale in sixteenths is what a melody can be.
  page.run('document.querySelectorAll(\'[data-corner="0"] button\')[3].click()')
  page.wait("document.getElementById('editor').open")
  click(page, 'editor-empty')
  for key in (' ', 'ArrowRight', 'ArrowRight', ' '):
    page.press(key)
  click(page, 'editor-done')
  assert 'p' in state(page)['corners'][0]
  click(page, 'path')
  page.run("document.getElementById('pad').focus()")
  for key in ('Enter', 'ArrowRight', 'Enter'):
    page.press(key)
  assert len(state(page)['path']) == 2
  drag(page, [(0.1, 0.1), (0.5, 0.3), (0.9, 0.8), (0.2, 0.9)])
  assert len(state(page)['path']) >= 3
  settle(page)
  page.wait("document.getElementById('shown').ariaLabel?.includes('8 bars')")
  data = saved(page, 'midi', folder / 'blend.mid')
  check_midi(data, sounded(page, 'blend'), folder)
  written = saved(page, 'xml', folder / 'blend.musicxml')
  (folder / 'check.musicxml').write_bytes(written)
  score = read(folder / 'check.musicxml').notes
  assert score.pitch.tolist() == [row[2] for row in sounded(page, 'blend')]
  page.run("""(() => {
    const slider = document.querySelector('#attributes input');
    slider.value = 1.5;
    slider.oninput();
  })()""")
  assert state(page)['amounts'] == [1.5, 0, 0, 0, 0]
  settle(page)
  click(page, 'keep')
  click(page, 'tab-loops')
  settle(page)
  page.run("document.getElementById('palette').focus()")
  for key in ('ArrowRight', 'ArrowRight', 'Enter', 'k'):
    page.press(key)
  assert len(state(page)['kept']) == 2
  page.run("document.querySelectorAll('#kept button')[3].click()")
  for row, cell in ((1, 1), (2, 2)):
    page.run(
      f"document.getElementById('timeline').rows[{row}].cells[{cell}]"
      '.firstChild.click()'
    )
  page.run("""(() => {
    const scale = document.getElementById('scale');
    scale.value = 'major';
    scale.onchange();
  })()""")
  right = sounded(page, 'loops')
  assert {pitch % 12 for _, _, pitch, *_ in right} <= {0, 2, 4, 5, 7, 9, 11}
  check_midi(saved(page, 'loops-midi', folder / 'loops.mid'), right, folder)
  # The address alone brings all of it back, to the note.
  page.run('zooPage.writeAddress()')
  before = state(page)
  blend = sounded(page, 'blend')
  page.call('Page.reload')
  page.wait("typeof zooPage !== 'undefined'")
  assert state(page) == before
  click(page, 'tab-blend')
  settle(page)
  page.wait("document.getElementById('shown').ariaLabel?.includes('8 bars')")
  assert sounded(page, 'blend') == blend
  return before


def test_a_session_without_error_or_request(page, made, tmp_path):
  page.faults.clear()
  page.requests.clear()
  session(page, made.path, tmp_path, SECONDS)
  assert not page.faults
  schemes = {address.split(':')[0] for address in page.requests}
  assert schemes <= {'file', 'blob'}


@pytest.mark.parametrize('width', [360, 2560])
def test_nothing_is_wider_than_the_window(page, width):
  page.resize(width)
  for name in ('blend', 'loops'):
    click(page, f'tab-{name}')
    assert page.run('document.documentElement.scrollWidth') <= width


def test_all_that_can_be_used_has_a_name(page):
  """Buttons, sliders and fields say what they are, in every view."""
  unnamed = page.run("""[...document.querySelectorAll(
      'button, input, select, [tabindex="0"]')].filter((one) =>
      !one.textContent.trim() && !one.getAttribute('aria-label') &&
      !(one.labels && one.labels.length && one.labels[0].textContent.trim()))
    .map((one) => one.outerHTML)""")
  assert unnamed == []


def test_a_fragment_of_nonsense_is_a_state(page):
  """Whatever an address says, the page has a legal state and no fault."""
  page.faults.clear()
  odd = [
    '{"corners":[{"e":9999},{"p":{"tokens":"zz"}},null,7],"puck":["x",9]}',
    '{"tempo":1e9,"kept":[{"n":1,"p":{}},{"m":[[0,1,999,0]]}],"placed":3}',
    '[1,2]',
  ]
  for text in odd:
    result = page.run(
      f'JSON.stringify(zooPage.checked(JSON.parse({json.dumps(text)})))'
    )
    found = json.loads(result)
    assert len(found['corners']) == 4 and 50 <= found['tempo'] <= 200
    assert all(0 <= x <= 1 for x in found['puck'])
  assert page.run("JSON.stringify(zooCodes.fromFragment('%%%'))") == 'null'
  assert not page.faults


@pytest.mark.parametrize(
  ('encoder', 'high'),
  [
    (Melody(), {'tokens': 90}),
    (Melody(lowest=60, highest=72), {'tokens': 15}),
    (Drums(), {'tokens': 512}),
    (Trio(bars=2), {'melody': 90, 'bass': 90, 'drums': 512}),
  ],
  ids=['melody', 'narrow', 'drums', 'trio'],
)
def test_patterns_are_read_as_the_encoder_decodes(page, encoder, high):
  rng = np.random.default_rng(0)
  spec = encoder.spec
  examples = {
    name: rng.integers(0, most, (3, *spec.fields[name].shape))
    * rng.integers(0, 2, (3, *spec.fields[name].shape))
    for name, most in high.items()
  }
  streams = latent_page.streams(spec, encoder)
  for i, piece in enumerate(encoder.decode(examples)):
    fields = {name: rows[i].tolist() for name, rows in examples.items()}
    result = page.run(
      f'JSON.stringify(zooPatterns.notes({json.dumps(streams)}, '
      f'{json.dumps(fields)}, {spec.sizes["steps"]}))'
    )
    found = sorted(
      (n['start'] / 4, n['end'] / 4, n['pitch'], n['velocity'], n['drum'])
      for n in json.loads(result)
    )
    table = piece.notes
    right = sorted(
      zip(
        table.start.tolist(),
        table.end.tolist(),
        table.pitch.tolist(),
        table.velocity.tolist(),
        table.drum.tolist(),
        strict=True,
      )
    )
    assert found == right


def test_a_plane_keeps_what_lies_on_it():
  """Codes that differ in two directions lie on the plane, at most 1 away."""
  rng = np.random.default_rng(0)
  axes = np.linalg.qr(rng.normal(size=(8, 2)))[0].T
  codes = rng.normal(size=(50, 2)) * [3, 1] @ axes + 5
  centre, found, scale = latent_page.plane(codes.astype(np.float32))
  along = (codes - centre) @ found.T
  np.testing.assert_allclose(along @ found + centre, codes, atol=1e-4)
  np.testing.assert_allclose(np.abs(along).max(0), scale, rtol=1e-4)


def test_without_a_latent_space_there_is_no_page():
  with pytest.raises(UserError, match='and every experiment has'):
    command_line.command('rnn_melody', 'page', workdir=Path('nowhere'))
