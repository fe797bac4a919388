"""Traced programs: kept, found again, and never out of date."""

import sys
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from tests.training import toy
from zoo.training import leaves, programs

MADE_FROM = {'config': {'model': 'toy'}}
ONE = np.arange(3, dtype=np.float32)


def traces(directory, made_from=MADE_FROM, argument=ONE, name='double'):
  """How often a program is traced where another process may have left it."""
  traced = []

  def double(x):
    traced.append(0)
    return {'twice': 2 * x}

  trace = programs.keeper(directory, made_from)
  program = jax.jit(trace(name, double, argument))
  found = program(argument)
  np.testing.assert_array_equal(found['twice'], 2 * argument)
  return len(traced)


def test_a_program_is_traced_once(tmp_path):
  assert traces(tmp_path) == 1
  assert [path.suffix for path in tmp_path.iterdir()] == ['.npz']
  assert traces(tmp_path) == 0


@pytest.mark.parametrize(
  'other',
  [
    {'made_from': {'config': {'model': 'another'}}},
    {'name': 'triple'},
    {'argument': np.arange(4, dtype=np.float32)},
    {'argument': np.arange(3, dtype=np.int32)},
    {'argument': {'x': ONE}['x'].reshape(3, 1)},
  ],
)
def test_what_was_made_from_something_else_is_traced(tmp_path, other):
  assert traces(tmp_path) == 1
  assert traces(tmp_path, **other) == 1


def test_source_versions_and_settings_count(tmp_path, monkeypatch):
  assert traces(tmp_path) == 1
  with monkeypatch.context() as patch:
    patch.setattr(programs, '_SOURCE', 'edited')
    patch.setattr(programs, '_digest', lambda: 'edited')
    assert traces(tmp_path) == 1
  with monkeypatch.context() as patch:
    patch.setattr(programs, 'versions', lambda: {'jax': '0.0.1'})
    assert traces(tmp_path) == 1
  with monkeypatch.context() as patch:
    patch.setenv('FLAX_FIX_RNG_SEPARATOR', '1')
    assert traces(tmp_path) == 1
  with jax.default_matmul_precision('float32'):
    assert traces(tmp_path) == 1
  with jax.log_compiles():  # has no effect
    assert traces(tmp_path) == 0


def test_the_order_of_an_optimizers_patterns_counts(tmp_path):
  patterns = [('layer/.*', {'name': 'sgd'}), ('.*/kernel', None)]
  assert traces(tmp_path, {'optimizer': dict(patterns)}) == 1
  assert traces(tmp_path, {'optimizer': dict(patterns[::-1])}) == 1


def test_the_source_is_every_file_of_the_package(tmp_path, monkeypatch):
  package = tmp_path / 'zoo'
  (package / 'training').mkdir(parents=True)
  monkeypatch.setattr(
    programs, '__file__', str(package / 'training' / 'programs.py')
  )
  digests = set()
  for name, text in [('a.py', 'x'), ('a.py', 'y'), ('training/b.py', 'y')]:
    (package / name).write_text(text)
    digests.add(programs._digest())
  assert len(digests) == 3


def test_what_was_edited_since_it_was_imported_is_not_kept(
  tmp_path, monkeypatch
):
  monkeypatch.setattr(programs, '_digest', lambda: 'edited')
  assert traces(tmp_path) == 1
  assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_traced_and_written_again(tmp_path):
  traces(tmp_path)
  (path,) = tmp_path.iterdir()
  whole = path.read_bytes()
  for damaged in (whole[:-40], b'', whole[:300] + b'\0' * 8 + whole[308:]):
    path.write_bytes(damaged)
    assert traces(tmp_path) == 1
    assert traces(tmp_path) == 0


def test_what_cannot_be_kept_is_traced_each_time(tmp_path, monkeypatch):
  def host(x):
    shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
    return jax.pure_callback(lambda x: np.asarray(x) + 1, shape, x)

  trace = programs.keeper(tmp_path, MADE_FROM)
  assert trace('host', host, ONE) is host
  (tmp_path / 'file').write_text('')
  assert [traces(tmp_path / 'file' / 'folder') for _ in range(2)] == [1, 1]
  monkeypatch.setattr(jax, 'device_count', lambda: 4)
  assert programs.keeper(tmp_path, MADE_FROM) is programs.uncached


def test_trees_without_a_format_are_traced_once_in_each_process(tmp_path):
  class Pair(NamedTuple):
    one: Any
    two: Any

  counted = []

  def pair(x):
    counted.append(0)
    return Pair(x, 2 * x)

  found = programs.keeper(tmp_path, MADE_FROM)('pair', pair, ONE)(ONE)
  assert isinstance(found, Pair) and counted == [0]
  assert not list(tmp_path.iterdir())


def test_without_flatbuffers_nothing_is_kept(tmp_path, monkeypatch):
  for name in ('flatbuffers', 'jax._src.export.serialization'):
    monkeypatch.setitem(sys.modules, name, None)
  assert [traces(tmp_path) for _ in range(2)] == [1, 1]
  assert not list(tmp_path.iterdir())


def test_a_run_is_the_same_whether_its_programs_were_kept(tmp_path):
  snapshots, counts = [], []
  for name in ('uncached', 'first', 'second'):
    counts.append([])
    trace = programs.uncached
    if name != 'uncached':
      trace = programs.keeper(tmp_path / 'programs', MADE_FROM)
    loss = toy.regression(counts[-1])
    snapshots.append(toy.train(tmp_path / name, loss=loss, trace=trace))
  assert [len(count) for count in counts] == [1, 1, 0]
  for snapshot in snapshots[1:]:
    assert leaves.digest(snapshot) == leaves.digest(snapshots[0])


def test_a_run_carried_on_by_kept_programs_ends_the_same(tmp_path):
  class Killed(Exception):
    pass

  looks = []

  def kill(stage, params, state):
    looks.append(stage)
    if len(looks) == 2:  # the first checkpoint is saved
      raise Killed
    return {}

  trace = programs.keeper(tmp_path / 'programs', MADE_FROM)
  with pytest.raises(Killed):
    toy.train(tmp_path / 'run', validate=kill, trace=trace)
  carried_on = toy.train(tmp_path / 'run', validate=kill, trace=trace)
  whole = toy.train(tmp_path / 'whole', trace=programs.uncached)
  assert leaves.digest(carried_on) == leaves.digest(whole)
  result, expected = (
    [(line['step'], line['loss']) for line in toy.lines(tmp_path / name)]
    for name in ('run', 'whole')
  )
  assert result == expected
