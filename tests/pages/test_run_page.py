"""The page of a run: all that its directory has, and no requests."""

import base64
import json
import re
import time

import numpy as np
import pytest

from tests.browser import CHROMIUM, browser
from tests.pages import made_run
from tests.pages.made_run import EVIL
from tests.pages.test_page import Elements
from zoo.music import smf
from zoo.music.piece import Piece, notes
from zoo.music.sound import Sound
from zoo.music.sound import write as write_sound
from zoo.pages import run_page
from zoo.pages.run_files import About, read


@pytest.fixture(scope='module')
def run(tmp_path_factory):
  return made_run.make(tmp_path_factory.mktemp('run'))


@pytest.fixture(scope='module')
def path(run):
  return run_page.write(run)


def test_a_page_shows_all_that_a_run_directory_has(path):
  found = Elements(text := path.read_text())
  data = json.loads(found.scripts[0])
  assert path.name == 'index.html'
  assert [len(piece['notes']) for piece in data['pieces']] == [16, 32, 25, 16]
  assert data['pieces'][1]['notes'][0] == [0, 0.5, 48, 80, 19, 0, 3]
  places = [at['data-sample'] for _, at in found.found if 'data-sample' in at]
  assert places == ['0', '1', '2', '3']
  links = [at['href'] for tag, at in found.found if tag == 'a']
  for suffix in ('.mid', '.musicxml', '.wav', '.png'):
    assert f'./samples/sample-000{suffix}' in links
  assert './report.json' in links and './config.json' in links
  for link in links:
    assert (path.parent / link).exists()
  assert len(data['curves']) == 2 and text.count('data-curve=') == 2
  for words in (
    'off grid',
    '4,000 training steps',
    '1,234,567 parameters',
    'ab' * 32,
    'train 61 s',
    'The MIDI file cannot be drawn',
    'numpy 2',
  ):
    assert words in text
  pictures = [at for tag, at in found.found if tag == 'img']
  assert [at['alt'] for at in pictures] == ['sample 004', 'Chart of diversity']
  assert all(at['src'].startswith('data:image/png;') for at in pictures)


def test_hostile_texts_of_a_run_are_harmless(path):
  found = Elements(path.read_text())
  assert [tag for tag, _ in found.found].count('script') == 2
  assert not any(name.startswith('on') for _, at in found.found for name in at)


def test_pieces_that_the_caller_has_keep_their_chord_symbols(run):
  about = read(run, pieces={'sample-001': made_run.chorale()}, command='x')
  (one,) = [sample for sample in about.samples if sample.name == '001']
  assert one.piece['chords'] == [[0, 'C'], [2, 'C']]
  assert about.command == 'x'


def test_sounds_without_notes_are_played_beside_their_pictures(tmp_path):
  folder = tmp_path / 'samples'
  folder.mkdir()
  sine = np.sin(np.arange(800) / 5).astype(np.float32)
  wav = write_sound(Sound('a', sine, 8_000), folder / 'sample-000.wav')
  for stem in ('sample-000', 'sample-001'):
    (folder / f'{stem}.png').write_bytes(made_run.png())
  # Too long to be embedded: its picture is shown, and the file linked.
  long = Sound('b', np.zeros(300_000, np.float32), 8_000)
  write_sound(long, folder / 'sample-001.wav')
  text = run_page.write(tmp_path).read_text()
  found = Elements(text)
  (heard,) = [at for tag, at in found.found if tag == 'audio']
  head, data = heard['src'].split(',')
  assert head == 'data:audio/wav;base64' and 'controls' in heard
  assert base64.b64decode(data) == wav.read_bytes()
  assert heard['aria-label'] == 'sample 000'
  assert [at['alt'] for tag, at in found.found if tag == 'img'] == [
    'sample 000',
    'sample 001',
  ]
  links = [at['href'] for tag, at in found.found if tag == 'a']
  assert './samples/sample-001.wav' in links
  assert 'media-src data:;' in text


def test_music_is_played_by_the_player_and_not_from_its_wav(path):
  text = path.read_text()
  assert '<audio' not in text and 'media-src' not in text


def test_an_empty_or_damaged_run_has_a_page(tmp_path):
  text = run_page.write(tmp_path).read_text()
  assert tmp_path.parent.name in text and '<h2>Samples' not in text
  for name in ('report.json', 'config.json', 'metrics.jsonl'):
    (tmp_path / name).write_bytes(b'[{"a": \xff')
  (tmp_path / 'samples').mkdir()
  (tmp_path / 'samples' / 'x.png').write_bytes(b'no picture')
  (tmp_path / 'a.png').write_bytes(b'no picture')
  text = run_page.write(tmp_path).read_text()
  assert '<img' not in text
  assert not list(tmp_path.glob('.*'))


@pytest.mark.parametrize(
  'report',
  [
    {'evaluate': [1], 'data': 3, 'times': 'x', 'listening': None},
    {'evaluate': {'a': 1}, 'data': {'dropped': None, 'pieces': 1}},
    {'evaluate': {'a': {}}, 'data': {'dropped': {'pieces': {}, 'windows': {}}}},
    {'evaluate': {'a': {'b': {'c': {'d': 1}, 'e': None, 'f': True}}}},
  ],
)
def test_reports_of_any_shape_have_a_page(report):
  text = run_page.run_page(About('a', report=report))
  assert text.startswith('<!doctype html>')


def test_a_run_of_sixteen_samples_takes_less_than_a_second(tmp_path):
  (tmp_path / 'samples').mkdir()
  onset = np.arange(400) / 4
  data = smf.dump(Piece('a', notes(onset, onset + 0.25, 60 + onset % 12)))
  for number in range(16):
    (tmp_path / 'samples' / f'sample-{number:03d}.mid').write_bytes(data)
  (tmp_path / 'metrics.jsonl').write_text(
    ''.join(f'{{"step": {n}, "loss": {n}.5}}\n' for n in range(2_000))
  )
  run_page.write(tmp_path)  # imports
  begun = time.process_time()
  text = run_page.write(tmp_path).read_text()
  assert time.process_time() - begun < 1
  assert text.count('data-sample=') == 16


LEVEL = """
new Promise((done) => {
  let most = 0;
  const until = performance.now() + 3000;
  (function listen() {
    most = Math.max(most, zooPlayer.level());
    if (most > 0.01 || performance.now() > until) done(most);
    else setTimeout(listen, 20);
  })();
})
"""
# Whether each roll that was drawn has more colours than its ground.
DRAWN = """
[...document.querySelectorAll('canvas')].filter((one) => one.width > 300)
  .map((one) => {
    const copy = new OffscreenCanvas(one.width, one.height);
    const pen = copy.getContext('2d', {willReadFrequently: true});
    pen.drawImage(one, 0, 0);
    const {data} = pen.getImageData(0, 0, one.width, one.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })
"""
PLAYING = "[...document.querySelectorAll('.sample.playing')].length"
POSITION = "Number(document.querySelector('.sample input').value)"


@pytest.fixture(scope='module')
def shown(path, tmp_path_factory):
  if not CHROMIUM:
    pytest.skip('there is no Chromium')
  folder = tmp_path_factory.mktemp('profile')
  with browser(folder) as page:
    page.resize(1280)
    page.open(path, folder)
    yield page
    assert page.faults == []
    fetched = [one for one in page.requests if not one.startswith('data:')]
    assert fetched == [path.as_uri()]


def test_each_sample_makes_sound_when_played_alone(shown):
  for number in range(4):
    button = f"document.querySelectorAll('.play')[{number}]"
    shown.run(f'{button}.click()')
    assert shown.run(LEVEL) > 0.01, number
    assert shown.run(PLAYING) == 1
    assert shown.run(f'{button}.textContent') == 'Pause'
  shown.run(f'{button}.click()')
  assert shown.run(PLAYING) == 0
  shown.wait('zooPlayer.level() < 1e-3')


# The greatest sample of each piece, and its root mean square.
RENDERED = """
Promise.all(JSON.parse(document.getElementById('data').textContent).pieces.map(
  (piece) => zooPlayer.render(
    {...piece, notes: zooPlayer.fromRows(piece.notes)})
    .then((sound) => [
      sound.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
      Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length),
    ])))
"""


def test_it_starts_at_a_moderate_volume_and_never_clips(shown):
  for most, mean in shown.run(RENDERED):
    assert most < 0.8 and 0.02 < mean < 0.25
  shown.run('zooPlayer.setVolume(1)')
  assert all(most <= 1 for most, _ in shown.run(RENDERED))
  shown.run('zooPlayer.setVolume(0.5)')


def test_the_keyboard_plays_moves_and_stops(shown):
  # Keys act on the sample that was used last.
  shown.run("document.querySelector('.play').click()")
  shown.run("document.querySelectorAll('button:not(.play)')[0].click()")
  shown.run('document.activeElement.blur()')
  assert shown.run(PLAYING) == 0
  shown.press(' ')
  assert shown.run(PLAYING) == 1
  shown.press(' ')
  assert shown.run(PLAYING) == 0
  for key, step in (('ArrowRight', 2), ('ArrowLeft', -2)):
    before = shown.run(POSITION)
    shown.press(key)
    expected = max(before + step, 0) % 4  # seconds of the piece
    assert shown.run(POSITION) == pytest.approx(expected, abs=0.01)
  # On a slider, too, Space plays; its arrows are its own.
  shown.run("document.querySelector('.sample input').focus()")
  shown.press(' ')
  assert shown.run(PLAYING) == 1
  shown.press(' ')
  assert shown.run(PLAYING) == 0
  # Each control is reached by Tab, in order, and says what it does.
  shown.run("document.querySelector('[data-volume] input').focus()")
  labels = []
  for _ in range(3):
    shown.press('Tab')
    labels.append(
      shown.run("document.activeElement.getAttribute('aria-label')")
    )
  assert labels[0] == 'Play sample 000'
  assert 'Position in sample 000' in labels
  shown.run("document.querySelector('.play').focus()")
  shown.press('Enter')
  assert shown.run(PLAYING) == 1
  shown.press('Enter')
  assert shown.run(PLAYING) == 0


def test_a_piece_ends_and_goes_back_to_its_start(shown):
  box = "document.querySelectorAll('.sample')[1]"
  shown.run(f"{box}.querySelector('input').value = 3.7")
  shown.run(f"{box}.querySelector('input').dispatchEvent(new Event('input'))")
  shown.run(f"{box}.querySelector('.play').click()")
  shown.wait(f'{PLAYING} === 0')
  assert shown.run(f"Number({box}.querySelector('input').value)") == 0
  assert shown.run(f"{box}.querySelector('.cursor').hidden")


@pytest.mark.parametrize('dark', [False, True])
@pytest.mark.parametrize('width', [360, 1280, 2560])
def test_a_page_fits_its_window(shown, width, dark):
  shown.resize(width, 2000, dark)
  shown.wait(f'innerWidth === {width}')
  shown.wait(f'({DRAWN}).length === 4')
  assert min(shown.run(DRAWN)) > 3
  wide, room = shown.run(
    '[document.documentElement.scrollWidth, document.body.clientWidth]'
  )
  assert wide <= room


def test_pictures_have_texts_and_curves_say_their_values(shown):
  assert shown.run(
    "[...document.querySelectorAll('[role=img], img')].every((one) => "
    "(one.getAttribute('aria-label') || one.alt || '').length > 5)"
  )
  labels = shown.run(
    "[...document.querySelectorAll('canvas')]"
    ".map((one) => one.getAttribute('aria-label'))"
  )
  assert 'in 4 parts' in labels[1]
  assert 'crash' in labels[2] and 'drum strokes' in labels[2]
  shown.run("document.querySelector('.curves svg').focus()")
  shown.press('ArrowLeft')
  said = shown.run("document.querySelector('.curves output').textContent")
  assert said == 'step 99: training 0.0101, validation 0.011 (step 100)'


def test_the_pointer_seeks_and_reads_curves(shown):
  shown.resize(1280)
  shown.wait('innerWidth === 1280')

  def point(selector, share, *kinds):
    x, y = shown.run(
      f"""(() => {{
        const one = document.querySelector('{selector}');
        one.scrollIntoView({{block: 'center'}});
        const box = one.getBoundingClientRect();
        return [box.left + box.width * {share}, box.top + box.height / 2];
      }})()"""
    )
    for kind in kinds:
      shown.call(
        'Input.dispatchMouseEvent',
        type=kind,
        x=x,
        y=y,
        button='left' if kind != 'mouseMoved' else 'none',
        clickCount=int(kind != 'mouseMoved'),
      )

  point('.sample canvas', 0.5, 'mousePressed', 'mouseReleased')
  assert 1.7 < shown.run(POSITION) < 2.1
  shown.run("document.querySelectorAll('button:not(.play)')[0].click()")
  point('.curves svg', 0.5, 'mouseMoved')
  said = shown.run("document.querySelector('.curves output').textContent")
  assert re.match(r'step (4[0-9]): training 0.02\d+, validation 0.02', said)


LOOP = """
new Promise((done) => {
  const rows = (pitch) =>
    zooPlayer.fromRows([[0, 0.2, pitch], [0.3, 0.5, pitch]]);
  const heard = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (time) {
    heard.push([time, this.frequency.value]);
    start.call(this, time);
  };
  const player = new zooPlayer.Player(
    {notes: rows(69), seconds: 0.5}, {loop: true});
  player.play();
  setTimeout(() => player.replace({notes: rows(57), seconds: 0.5}), 700);
  setTimeout(() => {
    const found = [player.playing, player.position];
    player.stop();
    OscillatorNode.prototype.start = start;
    done([...found, heard]);
  }, 1400);
})
"""


def test_a_loop_repeats_in_time_and_takes_other_notes(shown):
  playing, position, heard = shown.run(LOOP)
  assert playing and 0 <= position < 0.5
  # The lowest partial of each note, at 0 and .3 of each half second; a note
  # that a stalled machine schedules late is the exception.
  onsets = np.array([time for time, hertz in heard if hertz in (440, 220)])
  place = (onsets - onsets[0]) % 0.5
  apart = np.minimum(np.abs(place), np.minimum(abs(place - 0.3), 0.5 - place))
  assert len(onsets) >= 4 and np.median(apart) < 1e-6
  assert heard[0][1] == 440 and heard[-1][1] in (220, 440, 880)
  assert any(hertz == 220 for _, hertz in heard)


# How long before its time each oscillator and noise is scheduled, while the
# page's own thread is busy for 200 of each 240 milliseconds.
BUSY = """
new Promise((done) => {
  const early = [];
  const kinds = [OscillatorNode, AudioBufferSourceNode];
  const starts = kinds.map((kind) => kind.prototype.start);
  kinds.forEach((kind, place) => {
    kind.prototype.start = function (time) {
      early.push(time - this.context.currentTime);
      starts[place].call(this, time);
    };
  });
  const work = setInterval(() => {
    const until = performance.now() + 200;
    while (performance.now() < until);
  }, 240);
  document.querySelectorAll('.play')[2].click();
  setTimeout(() => {
    clearInterval(work);
    document.querySelectorAll('button:not(.play)')[2].click();
    kinds.forEach((kind, place) => { kind.prototype.start = starts[place]; });
    done(early);
  }, 2500);
})
"""


def test_a_busy_page_still_schedules_in_time(shown):
  early = shown.run(BUSY)
  # The clock may move by a few blocks of 3 ms while notes are scheduled.
  assert len(early) > 15 and min(early) > -0.01
  assert np.median(early) > 0


def test_motion_is_reduced_where_that_is_asked(shown):
  count = """
  new Promise((done) => {
    let moves = 0;
    const slider = document.querySelector('.sample .cursor');
    const watch = new MutationObserver(() => { moves++; });
    watch.observe(slider, {attributes: true, attributeFilter: ['style']});
    document.querySelector('.play').click();
    setTimeout(() => {
      document.querySelectorAll('button:not(.play)')[0].click();
      watch.disconnect();
      done(moves);
    }, 1000);
  })
  """
  shown.resize(1280, reduced=True)
  assert shown.run(count) <= 8


def test_hostile_texts_do_not_run_in_a_browser(shown):
  assert shown.run('document.scripts.length') == 2
  assert EVIL in shown.run('document.title')
  assert re.search(
    'alert', shown.run("document.querySelector('h1').textContent")
  )
