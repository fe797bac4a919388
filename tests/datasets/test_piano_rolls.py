"""Rolls in files: three layouts, official splits, and malformed files."""

import importlib
import io
import json
import sys
import zipfile
import zlib

import numpy as np
import pytest

from datasets import DATASETS
from zoo.contracts import UserError

# Three sequences to train on, and one each to validate and test.
STEPS = {
  'train': [[[60, 64], [60]], [[21]], [[108], [], [72]]],
  'valid': [[[61]]],
  'test': [[[62, 65, 69], [62]]],
}
SPLITS = {'train': 'train', 'valid': 'validation', 'test': 'test'}


def columns(steps):
  """[T, 88] from lists of pitches."""
  table = np.zeros((len(steps), 88), np.uint8)
  for place, pitches in enumerate(steps):
    table[place, [pitch - 21 for pitch in pitches]] = 1
  return table


def voices(steps):
  """[T, 3] from lists of pitches, -1 for none."""
  return np.array([step + [-1] * (3 - len(step)) for step in steps], np.int8)


def npz(make, suffix):
  arrays = {}
  for split, sequences in STEPS.items():
    arrays[split + suffix] = np.concatenate([make(one) for one in sequences])
    lengths = [len(one) for one in sequences]
    arrays[f'{split}_lengths'] = np.array(lengths, np.int32)
  return arrays


def write(path, arrays):
  with path.open('wb') as file:
    np.savez(file, **arrays)


def read(path):
  return DATASETS['piano_rolls'](path=str(path)).read()


def matlab(path):
  """A file as the four sets have it: 1 x N cells of [T, 88]."""
  savemat = pytest.importorskip('scipy.io').savemat
  cells = {}
  for split, sequences in STEPS.items():
    cells[f'{split}data'] = np.empty((1, len(sequences)), object)
    for place, one in enumerate(sequences):
      cells[f'{split}data'][0, place] = columns(one)
  savemat(path, cells, do_compression=True)


LAYOUTS = {
  'bits.npz': lambda path: write(
    path, npz(lambda one: np.packbits(columns(one), axis=1), '_rolls')
  ),
  'columns.npz': lambda path: write(path, npz(columns, '_rolls')),
  'voices.npz': lambda path: write(path, npz(voices, '_notes')),
  'rolls.mat': matlab,
  'rolls.json': lambda path: path.write_text(json.dumps(STEPS)),
}


@pytest.mark.parametrize('name', LAYOUTS)
def test_every_layout_gives_the_same_rolls_in_the_official_split(
  name, tmp_path
):
  path = tmp_path / name
  LAYOUTS[name](path)
  pieces, dropped = read(path)
  assert dropped == []
  found = {split: [] for split in SPLITS.values()}
  for piece in pieces:
    assert piece.frames.dtype == np.uint8
    assert piece.frames.shape[1] == 128
    sounding = [np.flatnonzero(frame).tolist() for frame in piece.frames]
    found[piece.metadata['split']].append(sounding)
  assert found == {SPLITS[split]: steps for split, steps in STEPS.items()}
  stem = name.split('.')[0]
  assert pieces[1].id == f'{stem}/train/0001'
  assert len({piece.id for piece in pieces}) == 5


def test_the_fingerprint_is_of_the_content(tmp_path):
  one, other = tmp_path / 'a.json', tmp_path / 'b.json'
  for path in (one, other):
    path.write_text(json.dumps(STEPS))
  build = DATASETS['piano_rolls']
  first = build(path=str(one)).fingerprint
  assert build(path=str(other)).fingerprint == first
  other.write_text(json.dumps({**STEPS, 'valid': []}))
  assert build(path=str(other)).fingerprint != first


def test_a_sequence_without_steps_is_dropped(tmp_path):
  path = tmp_path / 'x.json'
  path.write_text(json.dumps({**STEPS, 'valid': [[], [[60]]]}))
  pieces, dropped = read(path)
  assert dropped == [('x/validation/0000', 'has no steps')]
  assert len(pieces) == 5


def test_without_a_path_the_chorales():
  mine, theirs = DATASETS['piano_rolls'](), DATASETS['chorales']()
  assert mine.fingerprint == theirs.fingerprint


def test_without_scipy_a_sentence_names_it(tmp_path, monkeypatch):
  path = tmp_path / 'x.mat'
  path.write_bytes(b'MATLAB 5.0'.ljust(200))
  monkeypatch.setitem(sys.modules, 'scipy.io', None)
  with pytest.raises(UserError, match='needs scipy: pip install scipy'):
    read(path)


def pickled(path):
  np.savez(path, train_rolls=np.array([{}], dtype=object))


def bomb(path):
  """400 MB of zeros in a zip of 400 kB, as an array."""
  head = io.BytesIO()
  np.lib.format.write_array_header_1_0(
    head,
    {'descr': '|u1', 'fortran_order': False, 'shape': (400_000_000,)},
  )
  with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
    with archive.open('train_rolls.npy', 'w', force_zip64=True) as file:
      file.write(head.getvalue())
      for _ in range(400):
        file.write(bytes(1_000_000))


def matlab_bomb(path):
  """A MATLAB file whose one element unpacks to 120 MB."""
  packer = zlib.compressobj()
  packed = b''.join(packer.compress(bytes(1_000_000)) for _ in range(120))
  packed += packer.flush()
  head = b'MATLAB 5.0 MAT-file'.ljust(124) + b'\0\1IM'
  element = (15).to_bytes(4, 'little') + len(packed).to_bytes(4, 'little')
  path.write_bytes(head + element + packed)


def changed(**arrays):
  return lambda path: write(path, npz(columns, '_rolls') | arrays)


def text(value):
  return lambda path: path.write_text(
    value if isinstance(value, str) else json.dumps(value)
  )


@pytest.mark.parametrize(
  'name, damage, reason',
  [
    ('a.npz', pickled, 'is not a .npz file of arrays'),
    ('a.npz', bomb, 'unpacks to more than 100 MB'),
    ('a.npz', text('nothing'), 'is not a .npz file of arrays'),
    ('a.npz', changed(test_lengths=np.array([9])), 'do not add up'),
    ('a.npz', changed(test_lengths=np.array([3, -1])), 'do not add up'),
    (
      'a.npz',
      changed(test_lengths=np.array([2.0])),
      'is not a table of integers',
    ),
    ('a.npz', changed(test_rolls=np.full((2, 88), 2)), 'other than 0 and 1'),
    ('a.npz', changed(test_rolls=np.ones((2, 87), int)), 'of 88 columns'),
    (
      'a.npz',
      lambda path: write(path, {'train_lengths': np.zeros(0, int)}),
      "has no array 'train_notes'",
    ),
    ('a.mat', text('x' * 200), 'is not a MATLAB 5 file'),
    ('a.mat', matlab_bomb, 'unpacks to more than 100 MB'),
    ('a.json', text('{'), 'is not valid JSON'),
    ('a.json', text('[' * 100_000), 'is not valid JSON'),
    ('a.json', text([]), "has no list 'train'"),
    ('a.json', text({**STEPS, 'test': [60]}), 'is not a list of steps'),
    ('a.json', text({**STEPS, 'test': [[60]]}), 'is not a list of pitches'),
    ('a.json', text({**STEPS, 'test': [[[128]]]}), "has a pitch '128'"),
    ('a.json', text({**STEPS, 'test': [[['60']]]}), "has a pitch '60'"),
    ('a.json', text({**STEPS, 'test': [[[60.5]]]}), "has a pitch '60.5'"),
  ],
)
def test_a_malformed_file_is_one_sentence(name, damage, reason, tmp_path):
  if name.endswith('.mat'):
    pytest.importorskip('scipy.io')
  path = tmp_path / name
  damage(path)
  with pytest.raises(UserError) as caught:
    read(path)
  assert str(caught.value).startswith(f'{path} cannot be read: it ')
  assert reason in str(caught.value)


def test_too_many_steps(tmp_path, monkeypatch):
  module = importlib.import_module('datasets.piano_rolls')
  monkeypatch.setattr(module, 'MOST_FRAMES', 5)
  for name in ('columns.npz', 'rolls.json'):
    path = tmp_path / name
    LAYOUTS[name](path)
    with pytest.raises(UserError, match='has more than 5 steps'):
      read(path)


@pytest.mark.parametrize(
  'name, message',
  [
    ('rolls.pickle', 'pickles are never read'),
    ('nowhere.npz', 'there is no file'),
  ],
)
def test_paths_that_are_refused_at_once(name, message, tmp_path):
  with pytest.raises(UserError, match=message):
    DATASETS['piano_rolls'](path=str(tmp_path / name))
