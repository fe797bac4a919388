"""Shared patterns, by hand and against the definition in plain Python."""

import time

import numpy as np
import pytest

from tests.evaluation.tunes import quarters, rows
from zoo.evaluation.music import note_rows
from zoo.evaluation.music.note_rows import NoteRows
from zoo.evaluation.music.shared_patterns import SortedPatterns, left

FIRST = np.array([True, False])


def test_notes_are_sorted_rounded_and_without_drums():
  from zoo.music.piece import Piece, notes

  # The second note is a 5000th of a quarter late: it belongs to the chord.
  chord = notes([0, 2e-4, 1], [1, 1, 2], [67, 60, 62], drum=[0, 0, 1])
  found = note_rows.note_rows(
    [Piece('0', notes([], [], [])), Piece('1', chord)]
  )
  assert found.pitch.tolist() == [60, 67]
  assert found.onset.tolist() == [0, 0]
  assert found.length.tolist() == [960, 960]
  assert found.first.tolist() == [0, 0, 2]


def test_longest_pattern_by_hand():
  # C D E F and, a fifth higher and of other length before, G A B c.
  known = [*quarters(60, 62, 64, 65), (4, 2, 72)]
  tune = [(0, 3, 40), (3, 1, 67), (4, 1, 69), (5, 1, 71), (6, 1, 72)]
  both = rows(known, tune)
  any_key = SortedPatterns(both, in_any_key=True).longest_in(FIRST)
  # The first note lasts like none there. The second follows it after three
  # quarters, but the time before a pattern does not count.
  assert any_key.tolist() == [0, 0, 0, 0, 0, 0, 4, 3, 2, 1]
  exact = SortedPatterns(both, in_any_key=False).longest_in(FIRST)
  # c stands there, too, but lasts twice as long.
  assert exact.tolist() == [0] * 10


def test_a_pattern_ends_with_its_piece():
  known = rows(quarters(60, 62), quarters(64, 65), quarters(60, 62, 64, 65))
  longest = SortedPatterns(known, in_any_key=False).longest_in(
    np.array([True, True, False])
  )
  assert longest[4:].tolist() == [2, 1, 2, 1]


def test_elsewhere_leaves_the_own_piece_out():
  both = rows(quarters(60, 61, 60, 61), quarters(60, 61, 70, 79))
  found = SortedPatterns(both, in_any_key=False).longest_elsewhere()
  assert found.tolist() == [2, 1, 2, 1, 2, 1, 0, 0]


def test_names_are_equal_for_equal_patterns():
  both = rows(quarters(60, 62, 60), quarters(50, 52, 51))
  names = SortedPatterns(both, in_any_key=True, limit=2).names(2)
  assert names[2] == names[5] == -1
  assert names[0] == names[3]
  assert len({names[0], names[1], names[4]}) == 3


def _patterns(tunes, in_any_key):
  """[N] list of all patterns that begin at each note, shortest first."""
  found = []
  for start in range(len(tunes.pitch)):
    end = tunes.first[tunes.piece[start] + 1]
    one = [(tunes.length[start], 0 if in_any_key else tunes.pitch[start])]
    each = [tuple(one)]
    for note in range(start + 1, end):
      pitch = tunes.pitch[note] - (tunes.pitch[note - 1] if in_any_key else 0)
      after = tunes.onset[note] - tunes.onset[note - 1]
      one.append((after, tunes.length[note], pitch))
      each.append(tuple(one))
    found.append(each)
  return found


def _longest(patterns, known, limit):
  size = max((len(one) for one in patterns if one in known), default=0)
  return size if limit is None else min(size, limit)


@pytest.mark.parametrize('in_any_key', [True, False])
@pytest.mark.parametrize('limit', [None, 1, 2, 3, 5])
def test_equals_the_definition(in_any_key, limit):
  rng = np.random.default_rng(0)

  def tune(size):
    onset = np.cumsum(rng.integers(0, 3, size)) / 2
    return np.stack(
      [onset, rng.integers(1, 3, size), rng.integers(60, 63, size)]
    )

  for _ in range(4):
    tunes = rows(*(tune(size).T for size in rng.integers(0, 14, 8)))
    source = rng.random(8) < 0.5
    each = _patterns(tunes, in_any_key)
    where = {}
    for note, patterns in enumerate(each):
      for one in patterns:
        where.setdefault(one, set()).add(int(tunes.piece[note]))

    found = SortedPatterns(tunes, in_any_key=in_any_key, limit=limit)
    known = {one for one, pieces in where.items() if source[list(pieces)].any()}
    shared = {one for one, pieces in where.items() if len(pieces) > 1}
    assert found.longest_in(source).tolist() == [
      0 if source[piece] else _longest(patterns, known, limit)
      for patterns, piece in zip(each, tunes.piece, strict=True)
    ]
    assert found.longest_elsewhere().tolist() == [
      _longest(patterns, shared, limit) for patterns in each
    ]
    size = limit or 4
    names = found.names(size)
    assert ((names >= 0) == (left(tunes) >= size)).all()
    whole = [n for n in range(len(each)) if names[n] >= 0]
    same = {(names[n], each[n][size - 1]) for n in whole}
    assert len(same) == len({a for a, _ in same}) == len({b for _, b in same})


def test_a_copied_corpus_of_a_hundred_thousand_notes_takes_seconds():
  # The worst case for doubling: every piece stands there twice.
  rng = np.random.default_rng(1)
  half, size = 250, 200
  onset = np.cumsum(rng.integers(0, 3, (half, size)) * 480, axis=1)
  pitch = 60 + np.cumsum(rng.integers(-2, 3, (half, size)), axis=1)
  columns = [np.tile(one, (2, 1)).ravel() for one in (onset, pitch)]
  piece = np.repeat(np.arange(2 * half), size)
  tunes = NoteRows(
    columns[0],
    np.full(len(piece), 480),
    columns[1],
    piece,
    np.arange(2 * half + 1) * size,
  )
  began = time.process_time()
  found = SortedPatterns(tunes, in_any_key=True).longest_elsewhere()
  assert time.process_time() - began < 10
  assert (found == left(tunes)).all()
