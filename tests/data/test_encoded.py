"""A corpus in shards: the same arrays as of a list, and encoded once."""

import numpy as np
import pytest

from tests.made_corpora import tune, tunes
from zoo.contracts import Dataset
from zoo.data import encoded
from zoo.data.corpus import SPLITS, prepare
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.music.piece import Piece
from zoo.music.shards import Pieces


class Shard:
  """A shard of made pieces, that counts how often it is read."""

  def __init__(self, number, pieces):
    self.fingerprint, self.pieces, self.reads = str(number), pieces, 0

  def __len__(self):
    return len(self.pieces)

  def read(self):
    self.reads += 1
    return self.pieces


def repaired(piece):
  return piece._replace(metadata={'repaired': {'a note without an end': 2}})


def pieces():
  """Tunes, some twice, some a tone higher, some empty, some repaired."""
  some = tunes(40)
  higher = [tune(f'up {one.id}', one.notes.pitch + 2) for one in some[:7]]
  empty = [tune(f'empty {number}', []) for number in range(3)]
  again = [one._replace(id=f'again {one.id}') for one in some[3:9]]
  return [*some[:20], *higher, *empty, *map(repaired, some[20:]), *again]


def in_shards(found, sizes=(5, 1, 0, 30)):
  edges = np.cumsum([0, *sizes, len(found)])
  return Pieces(
    [
      Shard(number, found[start:end])
      for number, (start, end) in enumerate(
        zip(edges[:-1], [*edges[1:-1], len(found)], strict=True)
      )
    ]
  )


def source(found):
  return Dataset('made', 'Free.', lambda: (found, [('bad', 'is broken')]))


def made(found, encoder, cache=None):
  return prepare(source(found), encoder, cache=cache, report=lambda line: None)[
    0
  ]


def equal(one, other):
  assert one._replace(splits=None) == other._replace(splits=None)
  assert str(one.dropped) == str(other.dropped)  # in the same order
  for split in SPLITS:
    for name, array in one.splits[split].items():
      np.testing.assert_array_equal(array, other.splits[split][name])


@pytest.mark.parametrize('encoder', [Melody, Notes])
def test_shards_give_what_a_list_gives(encoder):
  whole = made(pieces(), encoder())
  assert whole.dropped['repaired']['a note without an end']['count'] == 40
  assert isinstance(pieces()[0], Piece)
  equal(made(in_shards(pieces()), encoder()), whole)


def test_a_run_that_is_stopped_encodes_no_shard_twice(tmp_path, monkeypatch):
  found = in_shards(pieces())
  write, written = encoded.write_arrays, []

  def stopped(*shard):
    if len(written) == 4:
      raise KeyboardInterrupt
    written.append(0)
    write(*shard)

  with monkeypatch.context() as patched:
    patched.setattr(encoded, 'write_arrays', stopped)
    with pytest.raises(KeyboardInterrupt):
      made(found, Melody(), tmp_path)
  kept = sorted(tmp_path.glob('encoded-*'))
  assert len(kept) == 4
  kept[1].write_bytes(b'damaged')
  reads = [shard.reads for shard in found.shards]
  corpus = made(found, Melody(), tmp_path)
  # Each is read for its ids, and the damaged one and the last once more.
  more = [s.reads - n - 1 for s, n in zip(found.shards, reads, strict=True)]
  assert sorted(more) == [0, 0, 0, 1, 1] and more[-1] == 1
  equal(corpus, made(pieces(), Melody()))
  assert [path.name[:6] for path in tmp_path.iterdir()] == ['corpus']


def test_another_vocabulary_is_another_shard(tmp_path):
  """Cached shards belong to the fitted encoder."""
  found = pieces()
  kept = tmp_path / 'encoded-x.npz'
  for some in (found[:12], found):
    fitted = Notes().fit(some)
    homes = ['train'] * len(found)
    encoded.encode(in_shards(found), homes, fitted, kept)
  assert len(list(tmp_path.iterdir())) == 10
  encoded.forget(kept)
  assert not list(tmp_path.iterdir())
