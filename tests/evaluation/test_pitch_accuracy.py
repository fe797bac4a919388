"""Accuracy by timbre and noise, of answers that are known."""

import jax.numpy as jnp
import numpy as np
import pytest

from zoo.encoders import frames
from zoo.evaluation.model.pitch_accuracy import NO_NOISE, pitch_accuracy
from zoo.questions import Steps


class Copies:
  """A model whose answer is the field `mel`, a label as it stands."""

  context = None
  streams = ('label',)

  def read(self, batch):
    labels = jnp.asarray(batch['label'])[:, None]
    given = jnp.asarray(batch['mel'])[:, None]
    return Steps(labels, given, jnp.ones(labels.shape, bool))

  def apply(self, variables, symbols, given, carry, *rest, method, **options):
    del variables, symbols, rest, method, options
    return given, carry

  def log_prob(self, outputs, symbols):
    return {'label': jnp.zeros(symbols.shape)}

  def likeliest(self, outputs, symbols=None):
    return outputs


def arrays(answers, truth, **others):
  truth = np.array(truth, np.int32)
  zeros = np.zeros_like(truth)
  return {
    'mel': np.array(answers, np.int32),
    'label': truth,
    'new_timbre': zeros,
    'noise': zeros + frames.NO_NOISE,
    'autocorrelation': truth + 12,
    'piece': zeros,
  } | {k: np.array(v, np.int32) for k, v in others.items()}


def test_shares_by_timbre_and_noise():
  assert NO_NOISE == frames.NO_NOISE
  splits = {
    'train': arrays([5, 5, 7, 0], [5, 5, 7, 9]),
    'test': arrays(
      [5, 6, 7, 19, 9],
      [5, 5, 7, 7, 8],
      new_timbre=[0, 0, 1, 1, 1],
      noise=[-100, -100, -100, 10, 10],
      autocorrelation=[5, 17, 7, 7, 9],
    ),
  }
  found = pitch_accuracy(Copies(), {}, {'shared': {}}, splits)
  assert found['examples'] == 5
  assert found['held_out_notes'] == {
    'model': 0.5,
    'autocorrelation': 0.5,
    'unigram': 1,
  }
  assert found['held_out_timbre'] == {
    'model': 1,
    'autocorrelation': 1,
    'unigram': 0,
  }
  assert found['held_out_timbre_noise_10'] == {
    'model': 0,
    'autocorrelation': 0.5,
    'unigram': 0,
  }
  assert 'held_out_notes_noise_10' not in found
  # 19 is 7 an octave up, and 17 is 5.
  assert found['octave_apart']['model'] == pytest.approx(3 / 5)
  assert found['octave_apart']['autocorrelation'] == pytest.approx(4 / 5)
  assert found['training']['model'] == 0.75


def test_an_empty_split():
  none = arrays([], [])
  splits = {'train': arrays([5], [5]), 'test': none}
  found = pitch_accuracy(Copies(), {}, {'shared': {}}, splits)
  assert found == {'examples': 0}
