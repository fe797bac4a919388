"""Pieces drawn note by note: the likeliest, the seed phrase, the end."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.notes import Notes
from zoo.layers.active_notes import Words
from zoo.losses.next_note import score
from zoo.models.bachprop import STREAMS, BachProp
from zoo.samplers.drawing import draw
from zoo.samplers.notes import notes, pick

CLASSES = (3, 4, 6)
TAG = np.array(CLASSES) - 1
MODEL = BachProp(classes=CLASSES, hidden=(4, 4, 4), head_hidden=4)
# One that is told what sounds, which it must be told alike when it draws.
TOLD = MODEL.clone(words=Words((0, 24), (12, 24, 48), 5, 48))


def spec():
  plain = Notes().spec
  return plain._replace(sizes=dict(zip(STREAMS, CLASSES, strict=True)))


def params(model=MODEL):
  note = jnp.zeros((1, 1, 3), jnp.int32)
  shapes = jax.eval_shape(
    model.init, jax.random.key(0), note, note, model.begin(1)
  )['params']
  random = np.random.default_rng(3)
  return jax.tree.map(
    lambda x: 0.7 * np.float32(random.normal(size=x.shape)), shapes
  )


def made(mode='sample', condition=None, count=40, model=MODEL, **options):
  return draw(
    notes(model, spec(), **{'longest': 12, **options}),
    mode,
    params(model),
    {},
    seed=0,
    indices=range(count),
    condition=condition or {},
  )['notes']


def test_after_the_end_comes_nothing_and_before_it_no_tag():
  found = made()
  tags = found == TAG
  ended = tags[..., 0]
  assert ended[:, -1].any() and not ended[:, 0].all()
  # A row is a tag in all three columns or in none, and stays one.
  assert (tags.all(-1) == tags.any(-1)).all()
  assert (np.diff(ended.astype(int), axis=1) >= 0).all()
  assert len({one.tobytes() for one in found}) > 10


def test_a_sample_is_the_same_whatever_the_count():
  assert (made(count=3) == made(count=40)[:3]).all()


@pytest.mark.parametrize('model', [MODEL, TOLD], ids=['plain', 'told'])
def test_without_heat_each_note_is_the_likeliest_of_the_next(model):
  found = jnp.asarray(made(count=1, temperature=0.0, model=model))
  row = jnp.concatenate([jnp.asarray(TAG)[None, None], found], 1)
  _, right, _ = score(model, params(model), row, model.begin(1))
  tags = (np.asarray(found[0]) == TAG).all(-1)
  length = int(np.argmax(tags)) if tags.any() else len(tags)
  # That T and P never end a piece is the sampler's own rule.
  assert bool(right[0, :length, 0].all())


def test_it_goes_on_from_the_end_of_what_was_given():
  """The likeliest continuation of a piece is the rest of that piece."""
  whole = made(count=1, temperature=0.0)[0]
  given = {'notes': whole[:4]}
  found = made('continue', given, count=2, temperature=0.0)
  assert (found[:, :4] == whole[:4]).all()
  assert (found[:, :12] == whole).all()
  short = made('continue', given, count=1, temperature=0.0, primer=2)
  assert (short[0, :2] == whole[2:4]).all()


def test_pick_follows_the_distribution():
  logits = jnp.log(jnp.array([[0.1, 0.6, 0.3, 0.0]]))
  chance = (jnp.arange(1000) + 0.5) / 1000
  rows = jnp.tile(logits, (1000, 1))
  counts = np.bincount(pick(rows, chance, 1.0), minlength=4)
  assert counts.tolist() == [100, 600, 300, 0]
  # Squared and normed at temperature 1/2: .01, .36, .09 of .46.
  counts = np.bincount(pick(rows, chance, 0.5), minlength=4)
  np.testing.assert_allclose(counts / 1000, [1 / 46, 36 / 46, 9 / 46, 0], 0.05)
  assert set(np.asarray(pick(rows, chance, 0)).tolist()) == {1}


def test_wrong_options_are_refused():
  with pytest.raises(UserError, match='sample/temperature must be'):
    notes(MODEL, spec(), temperature=(1.0, 1.0))
  with pytest.raises(UserError, match='sample/longest'):
    notes(MODEL, spec(), longest=0)
  with pytest.raises(UserError, match="the encoder 'melody' has none"):
    notes(MODEL, spec()._replace(encoder='melody', fields={}))
