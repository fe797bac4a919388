"""Pages of every kind of example: drums, trios, rolls and pictures."""

from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from tests.browser import CHROMIUM, browser
from tests.pages.test_latent_page import click, ready, settle, state
from tests.parameters import drawn
from zoo.cli import pages as pages_lib
from zoo.contracts import Field, Spec, UserError
from zoo.encoders.drums import Drums
from zoo.encoders.image import Image, Picture
from zoo.encoders.piano_roll import PianoRoll
from zoo.encoders.trio import Trio
from zoo.models.music_vae_trio import MusicVaeTrio
from zoo.models.vae import Vae
from zoo.pages import latent_page
from zoo.samplers import SAMPLERS

COUNT = 6
TINY = {'latent': 2, 'widths': (4,)}


def image():
  blank = Picture('blank', np.zeros((4, 3), np.uint8), 1)
  return Image().fit([blank])


class Kind(NamedTuple):
  """How one kind of page is made: an encoder, a model and most values."""

  encoder: Any
  model: Any
  most: dict[str, int]
  says: str


KINDS = {
  'drums': lambda: Kind(Drums(), (Vae, TINY), {'tokens': 512}, 'drum stroke'),
  'roll': lambda: Kind(
    PianoRoll(steps=16, steps_per_quarter=4), (Vae, TINY), {'roll': 2}, 'note'
  ),
  'picture': lambda: Kind(
    image(), (Vae, TINY), {'image': 256, 'label': 2}, 'The picture at the puck'
  ),
  'trio': lambda: Kind(
    Trio(bars=1),
    (
      MusicVaeTrio,
      {
        'form': 'barwise',
        'latent': 6,
        'encoder': (4,),
        'decoder': (4,),
        'bar_embedding': 4,
        'beat_embedding': 4,
      },
    ),
    {'melody': 90, 'bass': 90, 'drums': 512},
    'drum stroke',
  ),
}


@pytest.fixture(scope='module')
def window(tmp_path_factory):
  if not CHROMIUM:
    pytest.skip('there is no Chromium')
  with browser(tmp_path_factory.mktemp('profile')) as one:
    one.resize(1280)
    yield one


@pytest.mark.parametrize('name', KINDS)
def test_a_page_shows_what_python_decodes(window, name, tmp_path):
  kind = KINDS[name]()
  spec = kind.encoder.spec
  rng = np.random.default_rng(0)
  examples = {
    field: rng.integers(0, kind.most.get(field, 2), (COUNT, *one.shape)).astype(
      one.dtype
    )
    for field, one in spec.fields.items()
  }
  make, options = kind.model
  model = make.from_spec(spec, **options)
  given = drawn(model.init, examples, scale=0.5)
  mode = SAMPLERS['latent'](model, spec, weights='float32')['page']
  exported = mode.function(given['params'], {}, {}, examples)
  text = latent_page.page(
    exported,
    examples,
    spec,
    latent_page.streams(spec, kind.encoder),
    title=name,
    origin={'experiment': name, 'checkpoint': 'ab', 'licence': 'none'},
  )
  path = tmp_path / 'page.html'
  path.write_text(text)
  window.faults.clear()
  window.requests.clear()
  window.open(path, tmp_path)
  ready(window)
  label = "document.getElementById('shown').getAttribute('aria-label')"
  assert kind.says in window.run(label)
  codes = np.asarray(exported['codes'], np.float16).astype(np.float32)
  keys = jax.random.split(jax.random.key(0), COUNT)
  right = jax.jit(
    lambda v, z: model.apply(v, z, keys, 0.0, 0.5, method='generate')
  )(given, codes)
  for i in range(COUNT):
    result = window.run(
      f'(async () => zooPage.decode(await zooPage.code({{e: {i}}})))()'
    )
    for field, values in right.items():
      made = np.asarray(values[i], int).reshape(-1)
      away = np.abs(np.array(result[field]) - made)
      # Greys may be rounded another way; all else is the same.
      assert away.max() <= (1 if name == 'picture' else 0)
  # All of both views, and no sound where there is none.
  window.run('zooPage.change({follow: 1, path: [[0, 0], [1, 1]]})')
  settle(window)
  click(window, 'keep')
  click(window, 'tab-loops')
  settle(window)
  window.run("document.getElementById('palette').focus()")
  for key in ('ArrowRight', 'Enter', 'k', ' '):
    window.press(key)
  assert len(state(window)['kept']) == 2
  silent = name == 'picture'
  assert window.run("document.getElementById('play').hidden") == silent
  assert window.run('zooPage.transport.playing') != silent
  window.run('zooPage.transport.stop()')
  assert not window.faults
  schemes = {address.split(':')[0] for address in window.requests}
  assert schemes <= {'file', 'blob'}


def test_a_corpus_without_a_test_set_shows_what_it_has():
  def split(count):
    return {'piece': np.arange(count), 'tokens': np.ones((count, 4), np.int8)}

  for counts, right in (((5, 3, 2), 2), ((5, 3, 0), 3), ((5, 0, 0), 5)):
    names = ('train', 'validation', 'test')
    splits = dict(zip(names, map(split, counts), strict=True))
    found = pages_lib.chosen(pages_lib.shown(splits), {'tokens': None})
    assert len(found['tokens']) == right
  with pytest.raises(UserError, match='no examples'):
    pages_lib.shown({name: split(0) for name in names})


def test_neither_music_nor_pictures_are_refused():
  bag = {'bag': Field((8,), 'uint8', 0, 'count')}
  spec = Spec('units', {}, bag, {}, 0.0, {}, {})
  with pytest.raises(UserError, match="'units' are neither notes nor pictures"):
    pages_lib.check('unit_features', spec, [])
