"""Small corpora for tests: tunes of quarters, and datasets that count reads."""

import numpy as np

from zoo.contracts import Dataset
from zoo.data.corpus import prepare, split_of
from zoo.encoders.melody import Melody
from zoo.music.piece import Metre, Piece, notes

FRACTIONS = (0.8, 0.1, 0.1)


FOUR = (Metre(0.0, 4, 4),)


def tune(identity, pitches, metres=FOUR):
  """One quarter a pitch."""
  start = np.arange(len(pitches))
  return Piece(identity, notes(start, start + 1, pitches), metres)


def tunes(count, seed=0, bars=6):
  random = np.random.default_rng(seed)
  return [
    tune(f'tune {index}', random.integers(48, 72, 4 * bars))
    for index in range(count)
  ]


def dataset(pieces, dropped=(), fingerprint='fingerprint'):
  """A dataset that counts how often it is read."""
  reads = []

  def read():
    reads.append(1)
    return list(pieces), list(dropped)

  return Dataset(fingerprint, 'Traditional; public domain.', read), reads


def named(split, count=1, start=0):
  """Ids that fall into a split."""
  found, index = [], start
  while len(found) < count:
    if split_of(f'id {index}', FRACTIONS) == split:
      found.append(f'id {index}')
    index += 1
  return found


def ready(pieces, lines, encoder=None, cache=None, **options):
  source, _ = dataset(pieces)
  return prepare(
    source, encoder or Melody(), cache=cache, report=lines.append, **options
  )
