"""Scores of unseen rolls: by hand, whatever the batch, and piece by piece."""

import jax
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.evaluation.model.roll_likelihood import (
  frame_scores,
  guess_frames,
  piece_spread,
  roll_likelihood,
)
from zoo.layers.nade import log_likelihood
from zoo.models.rnn_nade import RnnNade

P, T = 6, 40
MODEL = RnnNade(P, recurrent=(8,), hidden=8, voices=3)


def arrays(lengths, seed=0):
  rng = np.random.default_rng(seed)
  roll = rng.random((len(lengths), T, P)) < 0.25
  roll &= np.arange(T)[None, :, None] < np.array(lengths)[:, None, None]
  return {'roll': roll.astype(np.uint8), 'length': np.array(lengths, np.int32)}


SPLITS = {
  'train': arrays([30, 20], 1),
  'validation': arrays([9], 2),
  'test': arrays([40, 3, 17]),
}


@pytest.fixture(scope='module')
def params():
  frames = SPLITS['test']['roll'][:1]
  past = MODEL.apply({}, frames, method='read')
  return drawn(MODEL.init, past, frames)['params']


def test_every_frame_is_scored_once_whatever_the_batch(params):
  test = SPLITS['test']

  @jax.jit
  def scores(params, frames):
    past = MODEL.apply({}, frames, method='read')
    logits, _ = MODEL.apply({'params': params}, past, frames)
    return log_likelihood(logits[..., 0, :], frames)

  found = frame_scores(MODEL, params, test, batch=2)
  for row, length in enumerate(test['length']):
    frames = test['roll'][row : row + 1, :length].astype(np.int32)
    alone = scores(params, frames)[0]
    np.testing.assert_allclose(found[row], alone, rtol=1e-4)
  guesses = [
    guess_frames(MODEL, params, test, temperature=1.0, batch=batch)
    for batch in (2, 3)
  ]
  for one, other in zip(*guesses, strict=True):
    np.testing.assert_array_equal(one, other)


def test_the_report(params):
  figures = roll_likelihood(MODEL, params, SPLITS)
  scores = frame_scores(MODEL, params, SPLITS['test'])
  together = np.concatenate(scores)
  assert figures['pieces'] == 3
  assert figures['frames'] == len(together) == 60
  found = figures['log_likelihood']
  np.testing.assert_allclose(found['model'], together.mean(), rtol=1e-5)
  np.testing.assert_allclose(found['random'], -P * np.log(2))
  assert {'note_unigram', 'chord_unigram', 'note_markov'} <= found.keys()
  assert figures['accuracy'].keys() == {'model', 'likelier', 'repeat'}
  assert roll_likelihood(MODEL, params, {**SPLITS, 'test': arrays([])}) == {
    'pieces': 0
  }


def test_what_a_set_without_pieces_says_is_left_out(params):
  found = roll_likelihood(MODEL, params, {**SPLITS, 'validation': arrays([])})
  assert 'validation_log_likelihood' not in found
  assert 'chord_unigram' not in found['log_likelihood']
  assert found['train_log_likelihood']['model'] < 0


def test_the_spread_by_hand():
  # Two pieces of two frames, means 1 and 3: 2 +- 1.
  scores = [np.array([0.0, 2.0]), np.array([3.0, 3.0])]
  np.testing.assert_allclose(piece_spread(scores), np.sqrt(4 + 4) / 4)


def test_a_model_that_says_fair_coins_scores_fair_coins(params):
  flat = jax.tree.map(np.zeros_like, params)
  figures = roll_likelihood(MODEL, flat, SPLITS)
  found = figures['log_likelihood']
  np.testing.assert_allclose(found['model'], found['random'], rtol=1e-6)
