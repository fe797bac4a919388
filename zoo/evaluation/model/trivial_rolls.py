"""Counting models of piano rolls, for comparison.

Log likelihoods are in nats per frame over all frames of a set together, the
first of each piece included, as in Boulanger-Lewandowski, Bengio & Vincent,
ICML 2012, arXiv 1206.6392, where chord_unigram and note_unigram are the rows
'1-gram' and 'note 1-gram'.
"""

from collections import Counter
from collections.abc import Mapping
import math
from typing import Any, NamedTuple

import numpy as np

_ROUNDS = 1000  # Of EM: the weight of the chord 1-gram has converged by then.


class Rolls(NamedTuple):
  """The music of a set.

  Attributes:
    frames: [F, P] bool, all frames of all pieces.
    start: [F] bool, true where a piece begins.
  """

  frames: np.ndarray
  start: np.ndarray

  @property
  def before(self) -> np.ndarray:
    """[F, P] bool, the previous frame of each; silence before a piece."""
    return np.roll(self.frames, 1, 0) & ~self.start[:, None]


def rolls_of(arrays: Mapping[str, Any]) -> Rolls:
  """The frames of {'roll': [N, T, P], 'length': [N]}, without padding."""
  roll = np.asarray(arrays['roll']) > 0
  music = np.arange(roll.shape[1]) < np.asarray(arrays['length'])[:, None]
  start = np.zeros(music.shape, bool)
  start[:, :1] = True
  return Rolls(roll[music], start[music])


def log_likelihoods(
  train: Rolls, validation: Rolls, test: Rolls
) -> dict[str, float]:
  """Mean log likelihood in nats per frame of `test` by models of `train`.

  Returns:
    random: probability one half for each pitch.
    note_unigram: each pitch by its share of frames, with half a frame added to
      both counts.
    chord_unigram: each chord by its share of frames, mixed with `random` by the
      weight that is best on `validation` (found by EM); left out if that is
      empty. If all its chords are known, `random` gets the weight of one more
      frame, so that no chord is impossible.
    note_markov: each pitch given its state in the previous frame; the first
      frame of a piece by note_unigram.
  """
  chords = {}
  if len(validation.frames):
    chords['chord_unigram'] = _chord_unigram(train, validation, test)
  return {
    'random': -test.frames.shape[1] * math.log(2),
    'note_unigram': float(np.mean(_score(note_shares(train), test.frames))),
    **chords,
    'note_markov': _note_markov(train, test),
  }


def note_shares(train: Rolls) -> np.ndarray:
  """[P], the share of frames in which each pitch is active, smoothed."""
  return (train.frames.sum(0) + 0.5) / (len(train.frames) + 1)


def accuracy(guess: np.ndarray, frames: np.ndarray) -> float:
  """TP / (TP + FP + FN) over all notes of all frames [..., F, P] together.

  Source: Bay, Ehmann & Downie, ISMIR 2009, cited by the paper.
  """
  guess, frames = guess > 0, frames > 0
  either = int(np.count_nonzero(guess | frames))
  return int(np.count_nonzero(guess & frames)) / max(either, 1)


def _score(share, frames):
  """log p of each frame [F] by independent pitches."""
  return np.sum(np.where(frames, np.log(share), np.log1p(-share)), -1)


def _chord_unigram(train, validation, test):
  counts = Counter(row.tobytes() for row in np.packbits(train.frames, 1))
  coins = 2.0 ** -train.frames.shape[1]

  def shares(rolls):
    """The share in training of each frame's chord, [F]."""
    seen = np.packbits(rolls.frames, 1)
    return np.array([counts[row.tobytes()] for row in seen]) / len(train.frames)

  known, weight = shares(validation), 0.5
  for _ in range(_ROUNDS):
    mixed = (1 - weight) * known + weight * coins
    weight = float(np.mean(weight * coins / mixed))
  # A single chord that is not in the training set already gives more weight.
  weight = max(weight, 1 / (len(known) + 1))
  mixed = (1 - weight) * shares(test) + weight * coins
  return float(np.mean(np.log(mixed)))


def _note_markov(train, test):
  shares = []
  for active in (False, True):
    there = (train.before == active) & ~train.start[:, None]
    on = np.sum(train.frames & there, 0) + 0.5
    shares.append(on / (there.sum(0) + 1))
  share = np.where(test.before, shares[1], shares[0])
  share = np.where(test.start[:, None], note_shares(train), share)
  return float(np.mean(_score(share, test.frames)))
