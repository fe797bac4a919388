"""A folder of the user's own music."""

import os

import pytest

from datasets import DATASETS
from zoo import config
from zoo.contracts import UserError
from zoo.music import smf
from zoo.music.piece import Piece, notes


@pytest.fixture
def folder(tmp_path):
  (tmp_path / 'in' / 'deep').mkdir(parents=True)
  data = smf.dump(Piece('x', notes([0, 1], [1, 2], [60, 62])))
  (tmp_path / 'in' / 'deep' / 'a.mid').write_bytes(data)
  (tmp_path / 'in' / 'b.midi').write_bytes(data)
  (tmp_path / 'c.abc').write_text('X:3\nM:4/4\nL:1/8\nK:C\nc8|\n')
  (tmp_path / 'bad.mid').write_bytes(b'RIFF')
  return tmp_path


def build(path):
  entry = {'name': 'midi_folder', 'path': str(path)}
  return config.build(DATASETS, entry, 'dataset')


def test_nested_and_mixed(folder):
  pieces, dropped = build(folder).read()
  assert [one.id for one in pieces] == ['c.abc#3', 'in/b.midi', 'in/deep/a.mid']
  assert dropped == [('bad.mid', 'is not a MIDI file')]


def test_the_fingerprint_sees_changes(folder):
  first = build(folder).fingerprint
  assert build(folder).fingerprint == first
  os.utime(folder / 'c.abc', (1, 1))
  touched = build(folder).fingerprint
  (folder / 'c.abc').rename(folder / 'd.abc')
  assert len({first, touched, build(folder).fingerprint}) == 3


def test_a_missing_or_silent_folder_is_refused(tmp_path):
  with pytest.raises(UserError, match="dataset/path: there is no folder '/no"):
    build('/nowhere')
  (tmp_path / 'readme.txt').write_text('x')
  with pytest.raises(UserError, match=r'dataset/path: there is no music'):
    build(tmp_path)
  with pytest.raises(UserError, match='needs dataset/path'):
    config.build(DATASETS, {'name': 'midi_folder'}, 'dataset')
