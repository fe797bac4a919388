"""Digits: scikit-learn's, and idx files as MNIST has them."""

import gzip
import importlib
import struct

import numpy as np
import pytest

from datasets import DATASETS
from zoo.contracts import UserError


def idx(values):
  values = np.asarray(values, np.uint8)
  sizes = struct.pack(f'>{values.ndim}I', *values.shape)
  return bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes()


def mnist(folder, name, count, pack=False):
  random = np.random.default_rng(len(name))
  images = random.integers(0, 256, (count, 28, 28))
  labels = random.integers(0, 10, count)
  for kind, values in (
    ('images-idx3-ubyte', images),
    ('labels-idx1-ubyte', labels),
  ):
    data = idx(values)
    path = folder / f'{name}-{kind}{".gz" * pack}'
    path.write_bytes(gzip.compress(data) if pack else data)
  return images, labels


def test_the_digits_of_scikit_learn():
  """1,797 of 8 x 8; counts by label as their description has them."""
  pytest.importorskip('sklearn')
  pieces, dropped = DATASETS['digits']().read()
  assert dropped == []
  counts = np.bincount([piece.label for piece in pieces])
  assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
  assert {piece.pixels.shape for piece in pieces} == {(8, 8)}
  # The first is a 0: its first row is 0 0 5 13 9 1 0 0 of 16.
  assert pieces[0].label == 0
  assert pieces[0].pixels[0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]
  assert max(piece.pixels.max() for piece in pieces) == 255
  assert len({piece.id for piece in pieces}) == 1797


@pytest.mark.parametrize('pack', [False, True])
def test_the_test_set_alone_is_split_by_hash(tmp_path, pack):
  images, labels = mnist(tmp_path, 't10k', 7, pack)
  pieces, _ = DATASETS['digits'](path=str(tmp_path)).read()
  assert [piece.label for piece in pieces] == labels.tolist()
  np.testing.assert_array_equal([piece.pixels for piece in pieces], images)
  assert [piece.metadata for piece in pieces] == [{}] * 7


def test_both_sets_keep_the_official_split(tmp_path, monkeypatch):
  module = importlib.import_module('datasets.digits')
  monkeypatch.setattr(module, 'VALIDATED', 2)
  mnist(tmp_path, 'train', 5)
  mnist(tmp_path, 't10k', 3)
  pieces, _ = DATASETS['digits'](path=str(tmp_path)).read()
  splits = [piece.metadata['split'] for piece in pieces]
  assert splits == ['train'] * 3 + ['validation'] * 2 + ['test'] * 3
  assert len({piece.id for piece in pieces}) == 8


@pytest.mark.parametrize(
  'damage',
  [
    lambda data: data[:-1],
    lambda data: data + b'\0',
    lambda data: b'\1' + data[1:],
    lambda data: data[:2] + b'\x0d' + data[3:],
    lambda data: data[:4] + b'\xff' * 12 + data[16:],
    lambda data: data[:9],
    lambda data: b'',
  ],
)
def test_a_damaged_file_is_one_sentence(tmp_path, damage):
  mnist(tmp_path, 't10k', 3)
  path = tmp_path / 't10k-images-idx3-ubyte'
  path.write_bytes(damage(path.read_bytes()))
  with pytest.raises(UserError, match=f'{path} cannot be read: it is not'):
    DATASETS['digits'](path=str(tmp_path)).read()


def test_a_damaged_gzip_and_what_does_not_fit(tmp_path):
  mnist(tmp_path, 't10k', 3, pack=True)
  path = tmp_path / 't10k-images-idx3-ubyte.gz'
  whole = path.read_bytes()
  path.write_bytes(whole[: len(whole) // 2])
  with pytest.raises(UserError, match='it is damaged'):
    DATASETS['digits'](path=str(tmp_path)).read()
  path.write_bytes(gzip.compress(idx(np.zeros((2, 28, 28)))))
  with pytest.raises(UserError, match='has 2 images but 3 labels'):
    DATASETS['digits'](path=str(tmp_path)).read()


def test_folders_that_are_refused_at_once(tmp_path):
  with pytest.raises(UserError, match='there is no folder'):
    DATASETS['digits'](path=str(tmp_path / 'nowhere'))
  (tmp_path / 't10k-images-idx3-ubyte').write_bytes(b'')
  with pytest.raises(UserError, match='has no pair'):
    DATASETS['digits'](path=str(tmp_path))
