"""The cache of encoded corpora: the same arrays, damage, whose it is."""

import os
from pathlib import Path
import stat
import time
import zipfile

import numpy as np
import pytest

from tests.made_corpora import dataset, ready, tune, tunes
from zoo.contracts import UserError
from zoo.data import corpus as corpus_lib
from zoo.data.cache import default_cache, own_directory, prune
from zoo.data.corpus import SPLITS, prepare
from zoo.encoders.melody import Melody


@pytest.fixture
def cache(tmp_path):
  return tmp_path / 'cache'


@pytest.fixture
def lines():
  return []


def equal(one, other):
  return all(
    np.array_equal(one.splits[split][name], other.splits[split][name])
    and one.splits[split][name].dtype == other.splits[split][name].dtype
    for split in SPLITS
    for name in one.splits[split]
  ) and one._replace(splits=None) == other._replace(splits=None)


def test_the_cache_gives_the_same_corpus_and_reads_no_music(cache, lines):
  source, reads = dataset(tunes(30), [('a', 'broken')])
  first, _ = prepare(source, Melody(), cache=cache, report=lines.append)
  licences = lines.count(source.licence)
  second, encoder = prepare(source, Melody(), cache=cache, report=lines.append)
  assert len(reads) == 1
  assert licences == lines.count(source.licence) == 1
  assert equal(first, second)
  assert encoder.spec == first.spec
  assert not [line for line in lines if 'cache' in line]
  (file,) = cache.iterdir()
  assert stat.S_IMODE(cache.stat().st_mode) == 0o700
  assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_cached_corpus_says_how_many_were_left_out(cache, lines):
  empty = [tune(f'empty {index}', []) for index in range(2)]
  broken = [(f'{index}.mid', 'broken') for index in range(5)]
  sources = [
    dataset([*tunes(30), *empty], broken),
    dataset(tunes(30), fingerprint='whole'),
  ]
  for source, _ in sources:
    prepare(source, Melody(), cache=cache, report=lambda line: None)
    prepare(source, Melody(), cache=cache, report=lines.append)
  heads = [line.partition(':')[0] for line in lines]
  assert heads == [
    'Pieces dropped, whole or in part',
    'Windows dropped',
    'report.json of the run has them all.',
    'Examples',
    'Examples',
  ]
  assert lines[0].startswith('Pieces dropped, whole or in part: 7 (broken: 5; ')
  assert lines[1].startswith('Windows dropped: 2 (')


def test_another_corpus_encoder_or_split_is_encoded_anew(cache, lines):
  source, reads = dataset(tunes(30))
  other, _ = dataset(tunes(30), fingerprint='another')
  found = [
    prepare(source, Melody(), cache=cache, report=lines.append),
    prepare(source, Melody(bars=1), cache=cache, report=lines.append),
    prepare(
      source,
      Melody(),
      cache=cache,
      fractions=(0.6, 0.2, 0.2),
      report=lines.append,
    ),
    prepare(other, Melody(), cache=cache, report=lines.append),
  ]
  assert len(reads) == 3
  assert len(list(cache.iterdir())) == 4
  prints = [corpus.fingerprint for corpus, _ in found]
  assert prints[0] == prints[3]  # The same arrays and spec.
  assert len(set(prints)) == 3


def test_a_new_version_of_the_encoder_is_encoded_anew(
  cache, lines, monkeypatch
):
  source, reads = dataset(tunes(30))
  prepare(source, Melody(), cache=cache, report=lines.append)
  monkeypatch.setattr(Melody, 'version', Melody.version + 1)
  prepare(source, Melody(), cache=cache, report=lines.append)
  monkeypatch.setattr(corpus_lib, 'CACHE_VERSION', 1000)
  prepare(source, Melody(), cache=cache, report=lines.append)
  assert len(reads) == 3


def flip_a_token(file):
  """A well-formed file, with another value in it."""
  with np.load(file) as stored:
    arrays = {name: stored[name] for name in stored.files}
  arrays['train.tokens'][0, 0] += 1
  np.savez(file, **arrays)


def drop_an_array(file):
  with np.load(file) as stored:
    arrays = {name: stored[name] for name in stored.files}
  del arrays['test.tokens']
  np.savez(file, **arrays)


def flip_a_byte(file):
  data = bytearray(file.read_bytes())
  data[len(data) // 2] ^= 0xFF
  file.write_bytes(data)


def pickle_inside(file):
  np.savez(file, about=np.array([{}], dtype=object))


def nothing_inside(file):
  with zipfile.ZipFile(file, 'w'):
    pass


@pytest.mark.parametrize(
  'damage',
  [
    flip_a_token,
    drop_an_array,
    flip_a_byte,
    pickle_inside,
    nothing_inside,
    lambda file: file.write_bytes(b''),
    lambda file: file.write_bytes(b'not a zip'),
    lambda file: file.write_bytes(file.read_bytes()[:-100]),
    lambda file: np.save(file.open('wb'), np.zeros(3)),
  ],
)
def test_a_damaged_cache_is_made_anew_with_one_warning(cache, lines, damage):
  source, reads = dataset(tunes(30))
  first, _ = prepare(source, Melody(), cache=cache, report=lines.append)
  (file,) = cache.iterdir()
  damage(file)
  again, _ = prepare(source, Melody(), cache=cache, report=lines.append)
  assert len(reads) == 2
  assert len([line for line in lines if 'damaged' in line]) == 1
  assert equal(first, again)
  prepare(source, Melody(), cache=cache, report=lines.append)
  assert len(reads) == 2


def test_an_unfinished_write_leaves_nothing(cache, lines, monkeypatch):
  def full(*_, **__):
    raise OSError(28, 'No space left on device')

  source, reads = dataset(tunes(30))
  with monkeypatch.context() as patched:
    patched.setattr(np, 'savez', full)
    prepare(source, Melody(), cache=cache, report=lines.append)
  assert len([x for x in lines if 'No space left on device' in x]) == 1
  assert list(cache.iterdir()) == []
  prepare(source, Melody(), cache=cache, report=lines.append)
  assert len(reads) == 2


def test_the_cache_is_kept_for_its_owner(cache, lines, monkeypatch):
  cache.mkdir()
  cache.chmod(0o777)
  ready(tunes(30), lines, cache=cache)
  assert stat.S_IMODE(cache.stat().st_mode) == 0o700
  monkeypatch.setattr(os, 'getuid', lambda: cache.stat().st_uid + 1)
  with pytest.raises(UserError, match='belongs to another user'):
    ready(tunes(30), lines, cache=cache)


def test_no_cache_is_no_obstacle(cache, lines):
  cache.write_text('a file where the directory should be')
  ready(tunes(30), lines, cache=cache)
  assert len([line for line in lines if 'There is no cache' in line]) == 1
  with pytest.raises(OSError):
    own_directory(cache)


def test_default_cache(monkeypatch):
  monkeypatch.setenv('XDG_CACHE_HOME', '/somewhere')
  assert default_cache() == Path('/somewhere/music-zoo')
  monkeypatch.setenv('XDG_CACHE_HOME', 'relative')
  assert default_cache() == Path.home() / '.cache' / 'music-zoo'
  monkeypatch.delenv('XDG_CACHE_HOME')
  assert default_cache() == Path.home() / '.cache' / 'music-zoo'


def test_what_nobody_reads_for_a_month_is_deleted(tmp_path):
  day = 24 * 3600
  ages = {'read': (2, 90), 'written': (90, 2), 'compiled/old': (31, 31)}
  (tmp_path / 'compiled').mkdir()
  for name, (read, written) in ages.items():
    (tmp_path / name).write_text(name)
    times = time.time() - read * day, time.time() - written * day
    os.utime(tmp_path / name, times)
  prune(tmp_path)
  left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob('*')}
  assert left == {'read', 'written', 'compiled'}
