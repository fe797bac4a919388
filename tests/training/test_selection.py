"""The best on validation, and averages: selected, kept, restored."""

import shutil

import jax
import numpy as np
import pytest

from tests.training import toy
from zoo.contracts import UserError
from zoo.data.batches import windows
from zoo.training import checkpoint, leaves, optimizer, selection
from zoo.training.fit import fit
from zoo.training.stages import Stage

# The validation is least at step 30, whatever is trained.
BEST = 30
SELECT = {'metric': 'far', 'every': 10}


def train(workdir, *, select=SELECT, average=0.0, stages=1, sign=1, **more):
  steps = toy.STEPS
  seen = []

  def validate(stage, params, state):
    step = int(state['shared']['count']) + stage * steps
    seen.append((step, leaves.digest(params)))
    return {'far': sign * (abs(step - BEST - (stages - 1) * steps) + 1.0)}

  rule = {'.*': {**toy.ADAM, 'average': average}}
  snapshot = fit(
    [Stage(toy.regression(), rule, steps)] * stages,
    toy.arrays(),
    windows(toy.BATCH, toy.COUNT),
    [toy.shift],
    workdir=workdir,
    seed=3,
    chunk=toy.CHUNK,
    save_every=25,
    meta={'config': {}, 'spec': '{}', 'data': 'toy'},
    validate=validate,
    select=select,
    **more,
  )
  return snapshot, seen


def chosen(workdir):
  return selection.restore(workdir, pytest.fail)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
  workdir = tmp_path_factory.mktemp('selection') / 'run'
  return workdir, *train(workdir)


def test_the_best_on_validation_is_chosen(run):
  workdir, snapshot, seen = run
  # At every tenth step, and where a checkpoint is due.
  assert [step for step, _ in seen] == [10, 20, 25, 30, 40, 50]
  found = chosen(workdir)
  assert found.snapshot.step == BEST
  assert found.meta['digest'] == dict(seen)[BEST]
  assert found.meta['chosen'] == 1.0
  assert checkpoint.restore(workdir, pytest.fail).snapshot.step == 50
  assert snapshot.step == 50
  lines = {line['step']: line for line in toy.lines(workdir)}
  assert lines[40]['validation_far'] == 11


def test_where_the_most_is_best_it_is_chosen(run, tmp_path):
  train(tmp_path, select={**SELECT, 'best': 'most'}, sign=-1)
  found = chosen(tmp_path)
  assert found.snapshot.step == BEST
  assert found.meta['chosen'] == -1.0


def test_to_validate_more_often_changes_no_training(run, one_device):
  workdir, *_ = run
  one, other = (
    checkpoint.read_meta(path)['digests'] for path in (workdir, one_device)
  )
  assert one == other


def test_a_run_that_was_killed_chooses_the_same(run, tmp_path):
  workdir = tmp_path / 'run'
  shutil.copytree(run[0], workdir)
  # As if it had been killed before the second checkpoint was whole.
  shutil.rmtree(workdir / 'checkpoints' / '50')
  _, seen = train(workdir)
  assert [step for step, _ in seen] == [30, 40, 50]
  assert chosen(workdir).meta['digests'] == chosen(run[0]).meta['digests']

  shutil.rmtree(workdir / 'checkpoints')
  train(workdir)
  assert chosen(workdir).meta['digests'] == chosen(run[0]).meta['digests']


def test_averages_are_judged_and_kept_and_raw_parameters_trained(run, tmp_path):
  raw, _ = run[1:]
  snapshot, seen = train(tmp_path, average=0.9, select=None)
  assert leaves.digest(snapshot.params) == leaves.digest(raw.params)
  found = chosen(tmp_path)
  assert found.snapshot.step == 50
  mean = optimizer.averaged(snapshot.opt, snapshot.params)
  assert leaves.digest(found.snapshot.params) == leaves.digest(mean)
  assert dict(seen)[50] == leaves.digest(mean) != leaves.digest(raw.params)


def test_an_average_by_hand():
  params = {'a': np.float32(1.0), 'b': np.float32(5.0)}
  groups = {
    'a': {'name': 'sgd', 'learning_rate': 1.0, 'average': 0.75},
    'b': {'name': 'sgd', 'learning_rate': 1.0},
  }
  rule = optimizer.build(groups, params, 10)
  opt = rule.init(params)
  for step in range(2):
    gradients = jax.tree.map(np.ones_like, params)
    params, opt = rule.update(gradients, opt, params, step)
  # 1 -> 0 -> -1: 3/4 + 0, then 9/16 - 1/4.
  found = optimizer.averaged(opt, params)
  np.testing.assert_allclose(found['a'], 9 / 16 - 1 / 4)
  np.testing.assert_allclose([params['a'], found['b']], [-1, 3])
  assert optimizer.averaged({}, params) is None


def test_of_several_stages_the_last_is_judged(tmp_path):
  _, seen = train(tmp_path, stages=2)
  assert [step for step, _ in seen] == [25, 50, 60, 70, 75, 80, 90, 100]
  assert chosen(tmp_path).snapshot.step == toy.STEPS + BEST


@pytest.mark.parametrize(
  'select, message',
  [
    ({'metric': 'loss', 'every': 10}, "'loss'.*has far"),
    ({'metric': 'far'}, 'select must be like'),
    ({'metric': 'far', 'every': 5, 'best': 'all'}, 'select must be like'),
    ({'metric': 'far', 'every': 0}, 'select must be like'),
  ],
)
def test_what_cannot_be_chosen_by_is_refused(select, message, tmp_path):
  with pytest.raises(UserError, match=message):
    train(tmp_path, select=select)
