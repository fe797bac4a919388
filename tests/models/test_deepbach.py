"""DeepBach: sizes, and what each cell may see."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.voices import Voices
from zoo.models.deepbach import MARKS, DeepBach

C, M = 3, 4
TINY = Voices(steps=0, padding=C, lowest=(60, 50), highest=(63, 52)).spec
FORMS = ('lstm', 'mlp', 'maxent', 'relations')


def windows(count, cells, seed=0):
  """{'voices': symbols, MARKS: what is given}."""
  rng = np.random.default_rng(seed)
  steps = 2 * C + cells
  return {
    'voices': rng.integers(0, 7, (count, steps, 2)),
    **{name: rng.integers(0, 2, (count, steps)) for name in MARKS},
  }


def parted(window):
  return window['voices'], {name: window[name] for name in MARKS}


def made(form, **options):
  sizes = {'context': C, 'recurrent': (6,), 'hidden': 5}
  if form == 'relations':
    form, options = 'lstm', options | {'relations': True}
  model = DeepBach.from_spec(TINY, form=form, **(sizes | options))
  params = drawn(model.init, *parted(windows(1, M)), scale=0.5)['params']

  @jax.jit
  def logits(window):
    """[V, R, M, K]."""
    outputs, _ = model.apply({'params': params}, *parted(window))
    return jnp.moveaxis(outputs, 2, 0)

  return model, logits


def test_golden_parameter_count_of_the_paper():
  spec = Voices(steps=0, padding=16).spec
  model = DeepBach.from_spec(spec)
  window = {name: jnp.zeros((1, 33), jnp.int32) for name in MARKS}
  window['voices'] = jnp.zeros((1, 33, 4), jnp.int32)
  shapes = jax.eval_shape(model.init, jax.random.key(0), *parted(window))
  found = sum(np.prod(x.shape) for x in jax.tree.leaves(shapes))
  # 33 classes a voice: hold, rest, start, end and 29 pitches of the bass;
  # 2 fermata, 4 beat, 15 key.
  side = 800 * (4 * 33 + 21 + 200 + 1)
  centre = (3 * 33 + 21 + 1) * 200
  assert found == 4 * (2 * side + centre + 601 * 200 + 201 * 33)


@pytest.mark.parametrize('form', FORMS)
def test_a_cell_sees_all_but_itself(form):
  _, logits = made(form)
  window = windows(1, 1)
  base = logits(window)
  for step in range(2 * C + 1):
    for voice in range(2):
      other = {k: v.copy() for k, v in window.items()}
      other['voices'][0, step, voice] = (
        other['voices'][0, step, voice] + 1
      ) % 5
      moved = np.any(logits(other) != base, (1, 2, 3))
      assert moved[1 - voice]
      assert moved[voice] == (step != C)
  for name in MARKS:
    other = {**window, name: 1 - window[name]}
    assert np.all(np.any(logits(other) != base, (1, 2, 3)))


@pytest.mark.parametrize('form', FORMS)
def test_neighbouring_cells_do_not_see_themselves_either(form):
  _, logits = made(form)
  window = windows(1, M)
  base = logits(window)
  for cell in range(M):
    other = {k: v.copy() for k, v in window.items()}
    other['voices'][0, C + cell, 0] = (other['voices'][0, C + cell, 0] + 1) % 5
    changed = np.any(logits(other)[0, 0] != base[0, 0], -1)
    assert changed.tolist() == [place != cell for place in range(M)]


@pytest.mark.parametrize('form', ['mlp', 'maxent'])
def test_windows_side_by_side_are_windows_alone(form):
  model, logits = made(form)
  window = windows(2, M)
  whole = logits(window)
  for cell in range(M):
    alone = {k: v[:, cell : cell + 2 * C + 1] for k, v in window.items()}
    np.testing.assert_allclose(
      logits(alone)[:, :, 0], whole[:, :, cell], rtol=1e-5, atol=1e-5
    )
  assert model.context == C


def test_embeddings_dropout_and_impossible_classes():
  model, logits = made('lstm', embedding=2, dropout=0.5)
  share = jax.nn.softmax(logits(windows(3, M)))
  # Symbols hold, rest, start, end; the lower voice has a class less.
  assert np.all(share[..., 2:4] == 0)
  assert np.all(share[1, ..., 7] == 0)
  assert np.all(share[0, ..., 7] > 0)
  params = drawn(model.init, *parted(windows(1, M)), scale=0.5)['params']
  window = windows(3, M)
  keys = jax.random.split(jax.random.key(0), 3)
  dropped, _ = jax.jit(model.apply)(
    {'params': params}, *parted(window), (), keys
  )
  assert np.any(jnp.moveaxis(dropped, 2, 0) != logits(window))


@pytest.mark.parametrize('form', ['lstm', 'mlp'])
def test_the_voices_drop_units_apart_from_one_another(form):
  """Two voices with equal weights that see the same, but for dropout."""
  spec = Voices(steps=0, padding=C, lowest=(60, 60), highest=(63, 63)).spec
  sizes = {'context': C, 'recurrent': (12,), 'hidden': 12, 'dropout': 0.5}
  model = DeepBach.from_spec(spec, form=form, **sizes)
  window = windows(4, 1)
  window['voices'][..., 1] = window['voices'][..., 0]
  params = drawn(model.init, *parted(window), scale=0.5)['params']
  params = {**params, 'voices_1': params['voices_0']}
  found = {}
  for name, keys in (
    ('whole', None),
    ('dropped', jax.random.split(jax.random.key(0), 4)),
  ):
    outputs, _ = jax.jit(model.apply)(
      {'params': params}, *parted(window), (), keys
    )
    found[name] = np.asarray(outputs[:, 0].swapaxes(0, 1))
  np.testing.assert_array_equal(*found['whole'])
  assert (found['dropped'][0] != found['dropped'][1]).any(-1).all()


@pytest.mark.parametrize(
  ('encoder', 'context', 'message'),
  [
    ({'steps': 64, 'padding': 16}, 16, 'encoder/steps=0'),
    ({'steps': 0, 'padding': 8}, 16, 'padding must be at least context'),
    ({'steps': 0, 'padding': 8}, 0, 'at least 1'),
  ],
)
def test_what_does_not_fit_is_refused(encoder, context, message):
  with pytest.raises(UserError, match=message):
    DeepBach.from_spec(Voices(**encoder).spec, context=context)
