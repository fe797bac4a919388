"""Parsed pieces: the same from the cache, and parsed once."""

import stat

import numpy as np
import pytest

from zoo.data.cache import default_cache
from zoo.music.parsed import parsed_once
from zoo.music.piece import Metre, Piece, Tempo, notes

PIECES = [
  Piece(
    'a',
    notes([0, 1 / 3, 1], [1 / 3, 1, 4], [60, 61, 62], part=[0, 1, 0]),
    (Metre(0.0, 3, 4), Metre(2.5, 4, 4)),
    (Tempo(0.0, 93.1), Tempo(3.0, 60.0)),
    {'title': 'Ä', 'key_signatures': [[0.0, -3]], 'number': 4},
  ),
  Piece('none', notes([], [], [])),
  Piece('b', notes([0], [2], [61], spelling=[11], drum=True)),
]
LEFT_OUT = [('c', 'has 5 parts, not 4')]


@pytest.fixture
def cache(tmp_path, monkeypatch):
  monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
  return default_cache()


def source(key, pieces=tuple(PIECES), dropped=tuple(LEFT_OUT)):
  """A dataset, and how often it was parsed."""
  reads = []

  def read():
    reads.append(1)
    return list(pieces), list(dropped)

  return parsed_once({'key': key}, 'Free.', read), reads


def same(found, expected):
  for one, other in zip(found, expected, strict=True):
    assert one._replace(notes=None) == other._replace(notes=None)
    for ours, theirs in zip(one.notes, other.notes, strict=True):
      np.testing.assert_array_equal(ours, theirs)
      assert ours.dtype == theirs.dtype


def test_what_was_parsed_comes_back_the_same(cache):
  dataset, reads = source('x')
  for _ in range(2):
    pieces, dropped = dataset.read()
    same(pieces, PIECES)
    assert dropped == LEFT_OUT
  assert len(reads) == 1
  (file,) = cache.iterdir()
  assert stat.S_IMODE(cache.stat().st_mode) == 0o700
  assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_another_key_is_parsed_again(cache):
  first, second = source('x')[0], source('y')[0]
  assert first.fingerprint != second.fingerprint
  first.read()
  other, reads = source('y', pieces=PIECES[:1], dropped=())
  assert other.fingerprint == second.fingerprint
  pieces, dropped = other.read()
  assert (len(pieces), len(dropped), len(reads)) == (1, 0, 1)
  nothing, reads = source('z', pieces=(), dropped=())
  assert [nothing.read(), nothing.read()] == [([], []), ([], [])]
  assert len(reads) == 1


@pytest.mark.parametrize('damage', ['cut', 'foreign'])
def test_a_damaged_file_is_parsed_again(cache, damage):
  dataset, reads = source('x')
  dataset.read()
  (file,) = cache.iterdir()
  if damage == 'cut':
    file.write_bytes(file.read_bytes()[:-100])
  else:
    about = np.frombuffer(b'{"pieces": 3, "counts": [1]}', np.uint8)
    np.savez(file, about=about)
  same(dataset.read()[0], PIECES)
  assert len(reads) == 2
  same(dataset.read()[0], PIECES)
  assert len(reads) == 2


def test_without_a_cache_every_call_parses(cache):
  cache.parent.mkdir(exist_ok=True)
  cache.write_text('a file where the directory should be')
  dataset, reads = source('x')
  dataset.read()
  dataset.read()
  assert len(reads) == 2
