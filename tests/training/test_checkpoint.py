"""Checkpoints are restored to the bit, or detected as damaged."""

import json
import sys

import ml_dtypes
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.training import checkpoint, leaves, storage
from zoo.training.stages import Snapshot

META = {'config': {'steps': 9}, 'spec': '{}', 'data': 'd', 'seed': 0}


def moment(step=5):
  params = {'a': {'kernel': np.full((2, 3), step, np.float32)}}
  opt = ({'mu': np.ones(3, ml_dtypes.bfloat16)}, (), np.array(step))
  state = {
    'shared': {'count': np.array(step), 'none': np.zeros((0, 3))},
    'example': (np.arange(4.0) + step,),
  }
  return Snapshot(1, step, params, opt, state, skipped=2)


def template(meta):
  snapshot = moment(meta['step'])
  return snapshot.params, snapshot.opt, snapshot.state


def saved(workdir, *steps, keep=3):
  checkpoints = checkpoint.Checkpoints(workdir, pytest.fail, keep=keep)
  for step in steps:
    checkpoints.save(moment(step), META)
  checkpoints.close()


def equal(found, expected):
  assert found._replace(params=0, opt=0, state=0) == expected._replace(
    params=0, opt=0, state=0
  )
  ours, theirs = map(leaves.flatten, (found, expected))
  assert ours.keys() == theirs.keys()
  for name, leaf in theirs.items():
    assert ours[name].dtype == leaf.dtype
    np.testing.assert_array_equal(ours[name], leaf)


def test_a_moment_comes_back_whole_with_what_was_said_of_it(tmp_path):
  assert checkpoint.restore(tmp_path, pytest.fail) is None
  assert checkpoint.read_meta(tmp_path) is None
  saved(tmp_path, 5, 6, 7, 8, keep=2)
  assert checkpoint.steps(tmp_path) == [8, 7]
  found = checkpoint.restore(tmp_path, pytest.fail, template)
  equal(found.snapshot, moment(8))
  older = checkpoint.restore(tmp_path, pytest.fail, template, 7)
  equal(older.snapshot, moment(7))
  assert checkpoint.restore(tmp_path, pytest.fail, template, 5) is None
  meta = checkpoint.read_meta(tmp_path)
  assert meta == found.meta
  assert {k: meta[k] for k in META} == META
  assert (meta['stage'], meta['step'], meta['skipped']) == (1, 8, 2)
  assert meta['digest'] == leaves.digest(moment(8).params)
  assert meta['versions']['jax'].count('.') == 2
  # Without a template: nested dicts, as a sampler wants them.
  plain = checkpoint.restore(tmp_path, pytest.fail).snapshot
  assert plain.params['a']['kernel'][0, 0] == 8
  assert plain.state['shared']['count'] == 8
  assert set(plain.opt) == {'0/mu', '2'}


def test_digests_tell_values_names_shapes_and_types_apart():
  one = np.array([1.0, 2.0], np.float32)
  trees = [
    {'a': one},
    {'b': one},
    {'a': one[None]},
    {'a': one.astype(np.float64)},
    {'a': one + 1},
    {'a': one, 'b': one},
  ]
  assert len({leaves.digest(tree) for tree in trees}) == len(trees)
  assert leaves.digest({'a': one.copy()}) == leaves.digest(trees[0])


def flip(path, place):
  data = bytearray(path.read_bytes())
  data[place % len(data)] ^= 16
  path.write_bytes(data)


def test_any_damage_falls_back_to_the_one_before_with_one_warning(tmp_path):
  saved(tmp_path, 5, 6)
  newest = tmp_path / 'checkpoints' / '6'
  originals = {
    path: path.read_bytes() for path in newest.rglob('*') if path.is_file()
  }
  data = max(newest.glob('state/**/d/*'), key=lambda path: path.stat().st_size)
  warned = []

  def fallen():
    del warned[:]
    found = checkpoint.restore(tmp_path, warned.append, template)
    assert found.snapshot.step in (5, 6)
    equal(found.snapshot, moment(found.snapshot.step))
    assert len(warned) == (found.snapshot.step == 5)
    return found.snapshot.step == 5

  for place in range(7, 1000, 331):
    flip(data, place)
    fallen()
    data.write_bytes(originals[data])
  for name, mend in (
    ('meta/metadata', b'{'),
    ('state/manifest.ocdbt', b''),
    ('state/_METADATA', b'[]'),
  ):
    (newest / name).write_bytes(mend)
    assert fallen()
    assert 'step 6' in warned[0] and 'going on from step 5' in warned[0]
    (newest / name).write_bytes(originals[newest / name])
  assert not fallen()


def test_a_value_that_orbax_does_not_miss_is_caught_by_its_digest(tmp_path):
  saved(tmp_path, 5, 6)
  path = tmp_path / 'checkpoints' / '6' / 'meta' / 'metadata'
  meta = json.loads(path.read_text())
  meta['digests']['params/a/kernel'] = '0' * 64
  path.write_text(json.dumps(meta))
  warned = []
  found = checkpoint.restore(tmp_path, warned.append, template)
  assert found.snapshot.step == 5
  assert len(warned) == 1


def test_when_all_are_damaged_it_says_so(tmp_path):
  saved(tmp_path, 5, 6)
  for path in (tmp_path / 'checkpoints').glob('*/meta/metadata'):
    path.write_text('{')
  with pytest.raises(UserError, match=r'All 2 checkpoints in .* are damaged'):
    checkpoint.restore(tmp_path, pytest.fail)
  with pytest.raises(UserError, match=r'All 2 checkpoints in .* are damaged'):
    checkpoint.read_meta(tmp_path)


def test_another_program_is_refused_by_the_name_of_the_leaf(tmp_path):
  saved(tmp_path, 5)

  def other(meta):
    _, opt, state = template(meta)
    return {'a': {'kernel': np.zeros((2, 4))}}, opt, state

  with pytest.raises(UserError, match=r'params/a/kernel \[2, 4\]'):
    checkpoint.restore(tmp_path, pytest.fail, other)


def test_the_next_save_after_a_full_disk_succeeds(tmp_path, monkeypatch):
  warned = []
  checkpoints = checkpoint.Checkpoints(tmp_path, warned.append)
  checkpoints.save(moment(5), META)
  assert checkpoints.wait()

  def full(*args, **kwargs):
    left = tmp_path / 'checkpoints' / '6.orbax-checkpoint-tmp-1'
    left.mkdir()
    raise ValueError('RESOURCE_EXHAUSTED: no space left\nmore')

  with monkeypatch.context() as patch:
    patch.setattr(checkpoints._writer, 'save', full)
    checkpoints.save(moment(6), META)
  assert not checkpoints.wait()
  assert len(warned) == 1 and 'no space left)' in warned[0]
  assert not list(tmp_path.glob('checkpoints/*tmp*'))
  checkpoints.save(moment(7), META)
  assert checkpoints.wait()
  checkpoints.close()
  assert checkpoint.steps(tmp_path) == [7, 5]


def test_a_missing_orbax_is_not_taken_for_damage(tmp_path, monkeypatch):
  saved(tmp_path, 5)
  monkeypatch.delattr('zoo.training.storage')
  monkeypatch.setitem(sys.modules, 'zoo.training.storage', None)
  with pytest.raises(ImportError):
    checkpoint.read_meta(tmp_path)
  with pytest.raises(ImportError):
    checkpoint.restore(tmp_path, pytest.fail)
  with pytest.raises(ImportError):
    checkpoint.Checkpoints(tmp_path, pytest.fail).open()


def test_a_full_directory_loses_its_oldest_at_the_next_start(tmp_path):
  saved(tmp_path, 5, 6, keep=2)
  saved(tmp_path, 7, keep=2)
  assert checkpoint.steps(tmp_path) == [7, 6]


def test_a_disk_that_is_full_from_the_start_is_reported_once_a_save(
  tmp_path, monkeypatch
):
  warned = []

  def full(*args):
    raise OSError(28, 'No space left on device')

  checkpoints = checkpoint.Checkpoints(tmp_path, warned.append)
  with monkeypatch.context() as patch:
    patch.setattr(storage, 'Writer', full)
    for _ in range(3):
      checkpoints.open()
    assert len(warned) == 1
    checkpoints.save(moment(5), META)
    assert len(warned) == 2 and not checkpoints.wait()
  checkpoints.save(moment(6), META)
  assert checkpoints.wait()
  checkpoints.close()
  assert checkpoint.steps(tmp_path) == [6]
