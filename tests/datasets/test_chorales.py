"""Bach's chorales: how many, which voices, where their bars fall."""

import numpy as np
import pytest

from datasets import DATASETS
from zoo.contracts import UserError
from zoo.music.piece import Metre


@pytest.fixture(scope='module')
def some():
  """The first forty."""
  return DATASETS['chorales'](last=40).read()


def test_the_eleventh_has_trumpets(some):
  pieces, left_out = some
  assert len(pieces) == 39
  assert left_out == [('riemenschneider/011', 'has 9 parts, not 4')]


def test_what_is_known_of_a_chorale(some):
  first = some[0][0]
  assert first.id == 'riemenschneider/001'
  assert first.metadata['title'] == 'Aus meines Herzens Grunde'
  assert first.metadata['bwv'] == '269'
  assert first.metadata['number'] == 1
  assert first.metadata['composer'] == 'Johann Sebastian Bach'


def test_the_first_chorale_note_by_note(some):
  """3/4 with a pick-up: G in all voices, then the first bar."""
  first = some[0][0]
  assert first.metres == (Metre(0.0, 3, 4),)
  assert first.tempos[0].start == 0
  table = first.notes
  begin = [
    [
      (float(start), float(end), int(pitch))
      for start, end, pitch in zip(
        table.start[table.part == part],
        table.end[table.part == part],
        table.pitch[table.part == part],
        strict=True,
      )
    ][:4]
    for part in range(4)
  ]
  assert begin == [
    [(2, 3, 67), (3, 5, 67), (5, 6, 74), (6, 7.5, 71)],
    [(2, 3, 62), (3, 4, 62), (4, 5, 64), (5, 6, 62)],
    [(2, 3, 59), (3, 4, 59), (4, 4.5, 60), (4.5, 5, 59)],
    [(2, 3, 43), (3, 4, 55), (4, 5, 52), (5, 6, 54)],
  ]


def test_four_voices_in_their_ranges(some):
  """Ranges of the whole collection, by music21."""
  ranges = [(57, 81), (53, 74), (48, 69), (36, 64)]
  for one in some[0]:
    table = one.notes
    assert set(table.part.tolist()) == {0, 1, 2, 3}
    for part, (low, high) in enumerate(ranges):
      pitch = table.pitch[table.part == part]
      assert low <= pitch.min() and pitch.max() <= high, (one.id, part)
      start, end = (
        column[table.part == part] for column in (table.start, table.end)
      )
      assert (end[:-1] <= start[1:] + 1e-9).all(), one.id


def test_no_chorale_needs_another_metre_for_a_short_bar(some):
  metres = {one.metres for one in some[0]}
  assert metres == {(Metre(0.0, 4, 4),), (Metre(0.0, 3, 4),)}
  starts = [np.isin(4.0 * np.arange(1, 6), one.notes.start) for one in some[0]]
  assert np.mean(starts) > 0.8


def test_fingerprints_and_numbers():
  chorales = DATASETS['chorales']
  assert chorales().fingerprint == chorales(first=1, last=371).fingerprint
  assert chorales().fingerprint != chorales(last=370).fingerprint
  for numbers in ({'first': 0}, {'last': 372}, {'first': 9, 'last': 8}):
    with pytest.raises(UserError, match='numbers in order from 1 to 371'):
      chorales(**numbers)
