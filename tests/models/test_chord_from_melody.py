"""Chords below a melody: targets by hand, sizes, heads, voices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.encoders.voices import Voices
from zoo.evaluation.model.likelihood import likelihood as evaluate
from zoo.losses.likelihood import likelihood
from zoo.models.chord_from_melody import ChordFromMelody
from zoo.samplers.predict import predict

SPEC = Voices(steps=8, rests=False).spec


def begin(model, batch):
  steps = model.read(batch)
  return jax.jit(model.init)(jax.random.key(0), *steps[:2])['params']


def classes(midi, voice):
  return midi - (57, 53, 48, 36)[voice] + 1


@pytest.fixture
def batch():
  """C major, then G major with the bass a passing eighth later."""
  voices = np.zeros((1, 8, 4), int)
  for voice, (one, two) in enumerate(((72, 74), (64, 62), (55, 55), (48, 43))):
    voices[0, 0, voice] = classes(one, voice)
    voices[0, 4, voice] = classes(two, voice)
  voices[0, 6, 3] = classes(45, 3)  # Off the beat: no chord of its own.
  voices[0, 4, 2] = 0  # The tenor holds G.
  return {'voices': jnp.asarray(voices), 'length': jnp.array([8])}


def test_the_truth_is_read_when_the_quarter_begins(batch):
  model = ChordFromMelody.from_spec(SPEC)
  before = model.roots(batch)[0].tolist()
  assert before == [0, 7]
  moved = jnp.where(batch['voices'] > 0, batch['voices'] + 2, 0)
  after = model.roots({'voices': moved})[0].tolist()
  assert after == [(root + 2) % 12 for root in before]
  silent = model.roots({'voices': jnp.zeros((1, 8, 4), int)})
  assert silent.tolist() == [[-1, -1]]


def test_what_a_window_is_filled_up_with_is_no_chord(batch):
  model = ChordFromMelody.from_spec(SPEC)
  filled = {'voices': batch['voices'].repeat(3, 0)}
  filled['length'] = jnp.array([8, 4, 0])
  assert model.roots(filled).tolist() == [[0, 7], [0, -1], [-1, -1]]
  loss = likelihood(model)
  params, state = loss.init(jax.random.key(0), filled, {})
  _, (_, metrics) = jax.jit(loss.loss, static_argnums=4)(
    jax.tree.map(jnp.zeros_like, params), state, filled, None, False
  )
  # All weights are 0, so each chord costs log 12; the guess is C.
  np.testing.assert_allclose(metrics['loss'], [np.log(12)] * 2 + [0], rtol=1e-6)
  assert metrics['accuracy'].tolist() == [0.5, 1, 0]


def test_parameters_by_hand(batch):
  for options, inputs, outputs in (
    ({}, 4 * 25, 12),
    ({'view': 'value'}, 4, 12),
    ({'view': 'value', 'head': 'value'}, 4, 1),
  ):
    model = ChordFromMelody.from_spec(SPEC, hidden=(7,), **options)
    params = jax.eval_shape(lambda m=model: begin(m, batch))
    size = sum(x.size for x in jax.tree.leaves(params))
    assert size == (inputs + 1) * 7 + 8 * outputs


def test_heads_by_hand(batch):
  """With all weights 0: log 12, and squared or absolute distance from 0."""
  roots = ChordFromMelody.from_spec(SPEC).roots(batch)[0].tolist()
  for head, expected in (
    ('softmax', np.log(12)),
    ('value', np.mean(np.square(roots))),
    ('absolute', np.mean(np.abs(roots))),
  ):
    model = ChordFromMelody.from_spec(SPEC, head=head)
    loss = likelihood(model)
    params, state = loss.init(jax.random.key(0), batch, {})
    zeros = jax.tree.map(jnp.zeros_like, params)
    value, (_, metrics) = jax.jit(loss.loss, static_argnums=4)(
      zeros, state, batch, None, False
    )
    assert float(value) == pytest.approx(expected, rel=1e-5)
    assert float(metrics['accuracy'][0]) == np.mean(np.array(roots) == 0)


def test_values_decide_for_the_nearest_pitch_class():
  model = ChordFromMelody.from_spec(SPEC, head='value')
  found = model.likeliest(jnp.array([[[-1.2], [0.4], [11.6]]]))
  assert found.tolist() == [[11, 0, 0]]


def test_the_root_is_written_below_the_melody(batch):
  model = ChordFromMelody.from_spec(SPEC)
  params = begin(model, batch)
  bias = jnp.zeros(12).at[7].set(100.0)  # Always G: 43 above a bass from 36.
  params = {**params, 'output': {**params['output'], 'bias': bias}}
  keys = jax.random.split(jax.random.key(0), 1)
  made = predict(model)['harmonize'](params, {}, keys, batch)['voices'][0]
  assert made[:, 3].tolist() == [8, 0, 0, 0, 8, 0, 0, 0]
  assert made[:, 1:3].max() == 0
  np.testing.assert_array_equal(made[:, 0], batch['voices'][0, :, 0])


def test_accuracy_is_compared_with_counting(batch):
  model = ChordFromMelody.from_spec(SPEC)
  params = begin(model, batch)
  split = {'voices': np.asarray(batch['voices'])}
  found = evaluate(model, params, {}, {'train': split, 'test': split}, SPEC)
  assert found['chords'] == 2
  assert np.sum(found['confusion']) == 2
  assert found['accuracy']['given_note'] == 1
  assert found['accuracy']['model'] == found['accuracy']['training']
  assert 'squared_error' not in found
  # Each of the two roots has been counted once, and one added to all twelve.
  assert found['nats']['unigram'] == pytest.approx(np.log(5))


def test_a_value_is_compared_with_the_mean(batch):
  """Roots 0 and 7: their mean is 3.5 away from both; 0 is 0 and 7 away."""
  model = ChordFromMelody.from_spec(SPEC, head='value')
  params = begin(model, batch)
  zeros = jax.tree.map(jnp.zeros_like, params)
  split = {'voices': np.asarray(batch['voices'])}
  found = evaluate(model, zeros, {}, {'train': split, 'test': split}, SPEC)
  assert found['squared_error'] == {'model': 24.5, 'mean': 12.25}


def test_a_held_note_is_counted_as_active():
  """C over C major, G over G major; the second quarters begin with a hold."""
  model = ChordFromMelody.from_spec(SPEC)
  voices = np.zeros((2, 8, 4), int)
  for row, chord_of in enumerate(((72, 64, 55, 48), (67, 62, 55, 43))):
    voices[row, 0] = [classes(midi, v) for v, midi in enumerate(chord_of)]
  params = begin(model, {'voices': voices})
  split = {'voices': voices, 'length': np.array([8, 8])}
  found = evaluate(model, params, {}, {'train': split, 'test': split}, SPEC)
  assert found['chords'] == 4
  assert found['accuracy']['given_note'] == 1


def test_steps_beyond_the_end_have_no_chord(batch):
  model = ChordFromMelody.from_spec(SPEC)
  params = begin(model, batch)
  split = {'voices': np.asarray(batch['voices']), 'length': np.array([4])}
  found = evaluate(model, params, {}, {'train': split, 'test': split}, SPEC)
  assert found['chords'] == 1
