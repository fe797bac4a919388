"""Chorales from files: notes by hand, splits, what is refused."""

import json

import numpy as np
import pytest

from datasets import DATASETS
from zoo.contracts import UserError

# Two voices; the upper repeats its pitch, which is one note, and rests.
STEPS = [[60, 48], [60, 50], [-1, 50], [62, 50]]
EXPECTED = [
  (0, 0.5, 60, 0),
  (0, 0.25, 48, 1),
  (0.25, 1, 50, 1),
  (0.75, 1, 62, 0),
]


def rows(piece):
  table = piece.notes
  return sorted(
    zip(
      *(c.tolist() for c in (table.start, table.end, table.pitch, table.part)),
      strict=True,
    )
  )


def write_json(path, **changes):
  given = {'train': [STEPS, STEPS[:1]], 'valid': [], 'test': [STEPS]}
  path.write_text(json.dumps({**given, **changes}))
  return str(path)


def write_npz(path, **changes):
  arrays = {
    'train_notes': np.array(STEPS + STEPS[:1], np.int8),
    'train_lengths': np.array([4, 1]),
    'valid_notes': np.zeros((0, 2), np.int8),
    'valid_lengths': np.array([], int),
    'test_notes': np.array(STEPS, np.int8),
    'test_lengths': np.array([4]),
  }
  np.savez(path, **{**arrays, **changes})
  return str(path)


@pytest.mark.parametrize(
  'write, name', [(write_json, 'set.json'), (write_npz, 'set.npz')]
)
def test_notes_by_hand_in_the_split_of_the_file(write, name, tmp_path):
  dataset = DATASETS['chorale_set'](path=write(tmp_path / name))
  pieces, dropped = dataset.read()
  assert [one.id for one in pieces] == [
    'set/train/0000',
    'set/train/0001',
    'set/test/0000',
  ]
  assert [one.metadata['split'] for one in pieces] == ['train', 'train', 'test']
  assert rows(pieces[0]) == sorted(EXPECTED)
  assert dropped == []


def test_pieces_of_rests_are_dropped(tmp_path):
  path = write_json(tmp_path / 'a.json', valid=[[[-1, -1]]])
  pieces, dropped = DATASETS['chorale_set'](path=path).read()
  assert len(pieces) == 3
  assert dropped == [('a/validation/0000', 'has no notes')]


def test_bad_files_say_what_is_wrong(tmp_path):
  chorale_set = DATASETS['chorale_set']
  for changes, message in (
    ({'train': 3}, "has no list 'train'"),
    ({'test': [[[60, 48], [60]]]}, 'no table of pitches'),
    ({'test': [[[60.5, 48]]]}, 'no table of pitches'),
    ({'test': [[[128, 48]]]}, 'outside the range of MIDI'),
  ):
    path = write_json(tmp_path / 'bad.json', **changes)
    with pytest.raises(UserError, match=message):
      chorale_set(path=path).read()
  path = write_npz(tmp_path / 'bad.npz', train_lengths=np.array([4, 2]))
  with pytest.raises(UserError, match='do not add up'):
    chorale_set(path=path).read()
  with pytest.raises(UserError, match='pickles are never read'):
    chorale_set(path=str(tmp_path / 'set.pickle'))
  with pytest.raises(UserError, match='there is no file'):
    chorale_set(path=str(tmp_path / 'none.json'))
