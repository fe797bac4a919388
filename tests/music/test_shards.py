"""Large folders: read a shard at a time, and no shard twice."""

import numpy as np
import pytest

from zoo.data.cache import default_cache
from zoo.music import parsing, reading, shards, smf
from zoo.music.limits import ORDINARY, Refused
from zoo.music.piece import Piece, notes
from zoo.music.shards import File, cut, read_shards

KEY = {'reader': 1}


@pytest.fixture
def cache(tmp_path, monkeypatch):
  monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
  monkeypatch.setattr(shards, '_FILES', 4)
  return default_cache()


@pytest.fixture
def files(tmp_path):
  """Thirty files, of which two are bad."""
  found = []
  for number in range(30):
    path = tmp_path / f'{number:02}.mid'
    data = smf.dump(Piece('', notes([0, 1], [1, 2], [40 + number, 60])))
    path.write_bytes(data if number % 17 else b'nothing')
    found.append(File(str(path), path.name, len(data), number))
  return found


@pytest.fixture
def parsed(monkeypatch):
  """The names of what was parsed, in this very process."""
  names = []

  def stream(files, as_written=False):
    for path, id in files:
      names.append(id)
      try:
        yield list(parsing.parse(path, id, ORDINARY, as_written))
      except Refused as reason:
        yield [(id, str(reason))]

  monkeypatch.setattr(shards, 'stream', stream)
  return names


def same(found, expected):
  assert [one.id for one in found] == [one.id for one in expected]
  for one, other in zip(found, expected, strict=True):
    assert one._replace(notes=None) == other._replace(notes=None)
    for ours, theirs in zip(one.notes, other.notes, strict=True):
      np.testing.assert_array_equal(ours, theirs)


def test_shards_give_what_the_folder_gives(cache, files, tmp_path):
  expected, bad = reading.read_folder(tmp_path)
  for _ in range(2):  # parsed, and from the cache
    pieces, dropped = read_shards(files, KEY)
    assert len(pieces.shards) > 3 and len(pieces) == 28
    assert dropped == bad and [name for name, _ in bad] == ['00.mid', '17.mid']
    same(list(pieces), expected)
  assert len(list(cache.iterdir())) == len(pieces.shards)
  assert pieces[-1].id == expected[-1].id and pieces[3].id == expected[3].id
  same(pieces[5:20:7], expected[5:20:7])


def test_a_reader_that_is_stopped_reads_no_shard_twice(
  cache, files, parsed, monkeypatch
):
  sizes = [len(some) for some in cut(files)]
  save, saved = shards.parsed.save, []

  def stopped(*found):
    if len(saved) == 3:
      raise KeyboardInterrupt
    saved.append(0)
    return save(*found)

  with monkeypatch.context() as patched:
    patched.setattr(shards.parsed, 'save', stopped)
    with pytest.raises(KeyboardInterrupt):
      read_shards(files, KEY)
  first = len(parsed)
  read_shards(files, KEY)
  assert parsed[first] == files[sum(sizes[:3])].id
  assert len(parsed) - first == len(files) - sum(sizes[:3])


def test_a_folder_that_changes_is_read_where_it_changed(cache, files, parsed):
  read_shards(files, KEY)
  parsed.clear()
  changed = [*files[:9], files[9]._replace(modified=99), *files[10:]]
  (home,) = (some for some in cut(changed) if changed[9] in some)
  pieces, _ = read_shards(changed, KEY)
  assert parsed == [file.id for file in home] and len(home) < 20
  parsed.clear()
  grown = [files[0]._replace(id='-.mid'), *changed]
  assert len(read_shards(grown, KEY)[0]) == len(pieces)
  assert len(parsed) <= 1 + len(next(cut(changed)))


def test_shards_end_by_name_number_and_size():
  many = [File('', f'{n}.mid', 10_000, 0) for n in range(12_000)]
  found = list(cut(many))
  assert [file for some in found for file in some] == many
  sizes = [len(some) for some in found]
  assert max(sizes) <= 1_600  # of 16 MB
  small = [file._replace(size=1) for file in many]
  sizes = [len(some) for some in cut(small)]
  assert 500 < np.mean(sizes) < 2_000 and max(sizes) <= 4_096
  big = [File('', f'{n}.mid', 40_000_000, 0) for n in range(3)]
  assert [len(some) for some in cut(big)] == [1, 1, 1]
  assert list(cut([])) == []


def test_a_shard_that_is_gone_or_damaged_is_parsed_again(cache, files, parsed):
  pieces, _ = read_shards(files, KEY)
  expected = list(pieces)
  one, other, *_ = sorted(cache.iterdir())
  one.unlink()
  other.write_bytes(other.read_bytes()[:-50])
  parsed.clear()
  same(list(pieces), expected)
  assert 0 < len(parsed) < 30
  parsed.clear()
  same(list(pieces), expected)
  assert not parsed


def test_without_a_cache_pieces_stay_in_memory(cache, files, parsed):
  cache.parent.mkdir()
  cache.write_text('a file where the directory should be')
  pieces, dropped = read_shards(files, KEY)
  assert (len(list(pieces)), len(dropped), len(parsed)) == (28, 2, 30)
  assert len(list(pieces)) == 28 and len(parsed) == 30
