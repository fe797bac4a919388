"""Twelve backings of sixteen bars, or the user's own folder."""

import numpy as np
import pytest

from datasets import DATASETS
from datasets.drum_patterns import GRIDS as PATTERNS
from zoo.contracts import UserError
from zoo.data import corpus
from zoo.encoders.trio import Trio
from zoo.music import backing_grids, drum_grids, smf
from zoo.music.piece import Piece, notes

KNOWN = {
  one.name: one
  for one in drum_grids.read_patterns(PATTERNS.read_text(), 'patterns')
}
TEXT = """
== one
tempo 90
programs 24 35
drums rock / eighths
fill 2
A = c4 - d#4 .
B = - - - - - - bb3 .
melody A B A B A B A B A B A B A B A B
bass R 3 - 8
chords C Am C Am C Am C Am C Am C Am C Am C Am
"""


def lines(table, program):
  chosen = (table.program == program) & ~table.drum
  return list(
    zip(
      *(c[chosen].tolist() for c in (table.start, table.end, table.pitch)),
      strict=True,
    )
  )


def test_a_backing_by_hand():
  (backing,) = backing_grids.read_backings(TEXT, 'x')
  piece = backing_grids.piece_of(backing, KNOWN)
  assert lines(piece.notes, 24)[:3] == [(0, 2, 60), (2, 3, 63), (7, 7.5, 58)]
  # C is 36 and A 33 where the lowest root is E at 28; A minor's third is C.
  assert lines(piece.notes, 35)[:6] == [
    *((0, 1, 36), (1, 3, 40), (3, 4, 48)),
    *((4, 5, 33), (5, 7, 36), (7, 8, 45)),
  ]
  drums = piece.notes.drum
  assert set(piece.notes.part[drums].tolist()) == {2}
  assert piece.tempos[0].quarters_per_minute == 90
  fill = drums & (piece.notes.start >= 7) & (piece.notes.start < 8)
  assert piece.notes.pitch[fill].tolist() == [38, 38, 47, 43]


def test_a_hold_goes_on_over_the_bar_line():
  text = TEXT.replace('c4 - d#4 .', 'c4 - - -')
  (backing,) = backing_grids.read_backings(text, 'x')
  piece = backing_grids.piece_of(backing, KNOWN)
  assert lines(piece.notes, 24)[0] == (0, 7, 60)


@pytest.mark.parametrize(
  ('old', 'new', 'message'),
  [
    ('c4 -', 'h4 -', 'line 7: a bar needs 4, 8 or 16 cells'),
    ('tempo 90', 'tempo fast', "line 3: 'tempo fast' cannot be read"),
    ('24 35', '40 35', "'programs 40 35' cannot be read"),
    ('A B A B A B A B A B', 'A B', 'needs 16 bars of melody and 16 chords'),
    ('melody A', 'melody C', "has no bar called 'C'"),
    ('bass R', 'bass X', "'bass X 3 - 8' cannot be read"),
    ('chords C', 'chords H', 'cannot be read'),
    ('== one', '', 'a backing begins with a line =='),
  ],
)
def test_errors_are_reported(old, new, message):
  with pytest.raises(UserError, match=message):
    backing_grids.read_backings(TEXT.replace(old, new, 1), 'x.txt')


def test_a_drum_pattern_must_exist():
  (backing,) = backing_grids.read_backings(TEXT, 'x')
  with pytest.raises(UserError, match="'rock / eighths': there is none in 4/4"):
    backing_grids.piece_of(backing, {})


def test_twelve_backings_in_ten_keys_all_usable():
  dataset = DATASETS['multitrack_folder']()
  assert 'not a corpus' in dataset.licence
  pieces, dropped = dataset.read()
  assert (len(pieces), dropped) == (12, [])
  assert all(60 < one.length <= 64 for one in pieces)  # sixteen bars
  found, _ = corpus.prepare(dataset, Trio(), cache=None, report=list)
  sizes = {split: len(rows['piece']) for split, rows in found.splits.items()}
  assert sizes == {'train': 8, 'validation': 2, 'test': 2}
  assert found.dropped == {'pieces': {}, 'windows': {}, 'repaired': {}}


def test_melodies_fit_their_chords():
  """On strong beats most notes are in the chord, or its 6th, 7th or 9th."""
  from datasets.multitrack_folder import GRIDS

  for backing in backing_grids.read_backings(GRIDS.read_text(), 'x'):
    piece = backing_grids.piece_of(backing, KNOWN)
    table = piece.notes
    melody = table.part == 0
    assert 55 <= table.pitch[melody].min() and table.pitch[melody].max() <= 84
    bass = table.part == 1
    assert 28 <= table.pitch[bass].min() and table.pitch[bass].max() <= 55
    strong = melody & (table.start % 2 == 0)
    inside = []
    for start, pitch in zip(
      table.start[strong], table.pitch[strong], strict=True
    ):
      chord = backing.chords[int(start // 4)]
      root = 'C C#D D#E F F#G G#A A#B '.index(chord[0]) // 2
      root += {'#': 1, 'b': -1}.get(chord[1:2], 0)
      third = 3 if chord.endswith('m') else 4
      inside.append((pitch - root) % 12 in (0, third, 7, 9, 10, 11, 2))
    assert np.mean(inside) > 0.85, backing.name


def test_your_own_folder(tmp_path):
  data = smf.dump(Piece('x', notes([0, 1], [1, 2], [60, 62])))
  (tmp_path / 'a.mid').write_bytes(data)
  dataset = DATASETS['multitrack_folder'](path=str(tmp_path))
  assert [one.id for one in dataset.read()[0]] == ['a.mid']
  with pytest.raises(UserError, match='there is no folder'):
    DATASETS['multitrack_folder'](path='/nowhere')
