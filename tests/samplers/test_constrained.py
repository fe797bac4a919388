"""Melodies under constraints: texts, notes kept, steps set or free."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.data.augmentations import draw_constraints
from zoo.encoders.melody import Melody
from zoo.evaluation.model.constraints import Asked, draw_sets, leaps, met
from zoo.losses.likelihood import init_model
from zoo.models.anticipation_rnn import AnticipationRnn, next_constraints
from zoo.samplers.constrained import constrained
from zoo.samplers.drawing import draw
from zoo.samplers.set_notes import Grid, kept_steps, read_constraints

SPEC = Melody(bars=2, steps_per_quarter=2, lowest=60, highest=72).spec
K, T = SPEC.sizes['classes'], SPEC.sizes['steps']
GRID = Grid(8, 2, SPEC.tables['pitches'])
MODEL = AnticipationRnn(K, 8, 2, (6,), (5,))
# C for a beat and a half, a rest, then G held over the bar line, and E.
TUNE = np.zeros(T, int)
TUNE[[0, 3, 6, 12]] = 2, 1, 9, 6
PARAMS = drawn(
  functools.partial(init_model, MODEL),
  {'tokens': jnp.zeros((1, T), int)},
  scale=0.7,
)['params']


def made(mode='sample', tokens=None, count=64, **options):
  condition = {} if tokens is None else {'tokens': np.asarray(tokens)}
  sampler = constrained(MODEL, SPEC, **options)
  return draw(
    sampler,
    mode,
    PARAMS,
    {},
    seed=0,
    indices=range(count),
    condition=condition,
  )['tokens']


def test_constraints_as_text_and_from_a_file(tmp_path):
  expected = {0: 2, 8: 8, 13: 0, 15: 1}
  text = '1:1=C4, 2:1=F#4 2:3.2=hold,2:4.2=rest'
  assert read_constraints(text, GRID) == expected
  path = tmp_path / 'set.txt'
  path.write_text(
    '# the first\n1:1=60\n2:1=Gb4 # a flat\n2:3.2=hold\n2:4.2=off'
  )
  assert read_constraints(f'@{path}', GRID) == expected


@pytest.mark.parametrize(
  ('text', 'words'),
  [
    ('1:1', 'takes bar:beat=note'),
    ('1:1=H4', "has '1:1=H4': its note must be"),
    ('1:5=C4', "the place '1:5'.*beats from 1 to 4 and steps from 1 to 2"),
    ('0:1=C4', "the place '0:1'"),
    ('1:1=C2', 'MIDI pitch 36, and this run writes 60 to 72'),
    ('1:1=C4,1:1=D4', "'1:1=C4' and '1:1=D4' on one step"),
    ('@/nowhere/set.txt', 'cannot be read as text'),
  ],
)
def test_an_impossible_constraint_is_named(text, words):
  with pytest.raises(UserError, match=words):
    constrained(MODEL, SPEC, constraints=text)


@pytest.mark.parametrize(
  ('options', 'words'),
  [
    ({}, 'Nothing of the input is kept'),
    ({'keep': '1:3'}, 'names 1:3, where the input has no'),
    ({'keep': '9:1'}, 'names 9:1, where the input has no'),
    ({'bars': '2-3'}, 'names bar 3, and the input has 2 bars'),
    ({'constraints': '3:1=C4'}, 'names 3:1, and the melody has 2 bars'),
    ({'keep': '1:1', 'constraints': '1:1=D4'}, 'another note .* at 1:1'),
  ],
)
def test_what_the_input_does_not_have_is_named(options, words):
  with pytest.raises(UserError, match=words):
    made('constrained', TUNE[None], **options)
  if 'constraints' in options and 'keep' not in options:
    with pytest.raises(UserError, match=words):
      made(**options)


@pytest.mark.parametrize(
  ('places', 'bars', 'kept'),
  [
    ((0,), (), [0, 1, 2]),
    (('first', 'last'), (), [0, 1, 2, 12, 13, 14, 15]),
    ((8,), (), [6, 7, 8, 9, 10, 11]),  # the note that sounds there, whole
    ((), ((2, 2),), [0, 1, 2, 3, 4, 5, 6, 7]),
    ((12,), ((1, 2),), [12, 13, 14, 15]),
  ],
)
def test_notes_that_stay(places, bars, kept):
  found, sounds = kept_steps(jnp.asarray(TUNE), places, bars, GRID)
  assert np.flatnonzero(found).tolist() == kept and all(sounds)


def test_steps_that_are_set_and_steps_that_are_free():
  text = '1:1=C4,1:2=hold,2:1=D4,2:4=B4'
  wanted = read_constraints(text, GRID)
  tokens = made(constraints=text)
  for step, token in wanted.items():
    assert (tokens[:, step] == token).all()
  assert len(np.unique(tokens, axis=0)) > 60
  free = made(constraints=text, hard=False)
  assert any((free[:, step] != token).any() for step, token in wanted.items())


def test_a_melody_of_any_length_keeps_the_notes_named():
  tune = np.stack([TUNE, TUNE + 3 * (TUNE > 1)])  # Two windows, four bars.
  tokens = made('constrained', tune, keep='1:1,last', constraints='2:2=A4')
  assert tokens.shape == (64, 2 * T)
  kept = [0, 1, 2, *range(28, 32)]
  assert (tokens[:, kept] == tune.ravel()[kept]).all()
  assert (tokens[:, 10] == 11).all()
  assert len(np.unique(tokens, axis=0)) > 60


def test_the_next_constraint_and_how_far_it_is():
  row = jnp.asarray([[9, 3, 9, 9, 5, 9]])
  following, distance = next_constraints(row, 9)
  assert following.tolist() == [[3, 5, 5, 5, 9, 9]]
  assert distance[0, :4].tolist() == [0, 2, 1, 0]
  assert (distance[0, 4:] == distance.max()).all()
  far = jnp.full((1, 80), 9).at[0, 79].set(1)
  distance = np.asarray(next_constraints(far, 9)[1])[0]
  assert len(np.unique(distance)) == 32
  assert (np.diff(distance[:78]) <= 0).all()


def test_later_constraints_reach_earlier_steps():
  """And the network that reads no later constraint forgets what was before."""
  batch = {'constraints': jnp.full((3, T), K).at[1, T - 1].set(4)}
  batch['constraints'] = batch['constraints'].at[2, 0].set(4)
  prepared = MODEL.apply({'params': PARAMS}, batch, 3, T, method='prepare')
  ahead = prepared['prepared']['ahead']
  assert (jnp.abs(ahead[1] - ahead[0]).max(-1) > 0).all()
  assert (jnp.abs(ahead[2] - ahead[0]).max(-1) > 0).tolist() == (
    [True] + [False] * (T - 1)
  )


def test_constraints_are_drawn_from_the_example_itself():
  tokens = jnp.asarray(np.random.default_rng(0).integers(0, K, (400, T)))
  keys = jax.random.split(jax.random.key(0), 400)
  draw_them = draw_constraints(SPEC, most=0.5, free=0.25, middle=True)
  batch = jax.jit(draw_them)(keys, {'tokens': tokens})
  found = np.asarray(batch['constraints'])
  where = found < K
  assert (found == np.asarray(tokens))[where].all()
  assert where.mean() == pytest.approx(0.75 * 0.25, abs=0.03)
  assert (~where.any(1)).mean() > 0.25 - 0.05
  assert batch['asked'].sum(1).tolist() == [1] * 400
  assert batch['asked'][:, T // 2].all()


def test_the_evaluation_counts_what_is_met():
  random = np.random.default_rng(0)
  windows = np.stack([TUNE, np.roll(TUNE, 1)])
  sets = draw_sets(windows, SPEC, 2, random)
  style = sets['in_style']
  assert style.where.sum(1).tolist() == [2, 2]
  assert met(windows, style) == 1
  assert (windows[style.where] > 1).all()
  other = sets['tritone']
  assert (np.abs(other.asked - windows)[other.where] == 6).all()
  # From C to G to E: a fifth and a minor third.
  asked = Asked(np.where(TUNE > 1, TUNE, K)[None], K)
  assert leaps(TUNE[None], asked).tolist() == [7, 3]
