"""Small tunes that several tests compare."""

import numpy as np

from zoo.encoders.melody import Melody
from zoo.evaluation.music.note_rows import note_rows
from zoo.music.piece import Piece, notes

ENCODER = Melody(bars=1)


def rows(*tunes):
  """NoteRows of tunes given as [(onset, length, pitch), ...] in quarters."""
  return note_rows(
    Piece(str(number), notes(*_columns(tune)))
    for number, tune in enumerate(tunes)
  )


def _columns(tune):
  onset, length, pitch = np.array(tune, float).reshape(-1, 3).T
  return onset, onset + length, pitch


def quarters(*pitches):
  """Notes a quarter long, one after another."""
  return [(time, 1, pitch) for time, pitch in enumerate(pitches)]


def windows(*bars):
  """{'tokens', 'piece'} of bars of four quarters given as pitches."""
  tokens = np.zeros((len(bars), 16), np.int8)
  tokens[:, ::4] = np.array(bars, np.int64).reshape(-1, 4) - 19
  return {'tokens': tokens, 'piece': np.arange(len(bars))}


def generator(*bars):
  """A model that writes these bars, again and again."""
  tokens = windows(*bars)['tokens']
  return lambda count, **options: {
    'tokens': tokens[np.arange(count) % len(tokens)]
  }
