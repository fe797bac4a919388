"""Runs that resume, end, and refuse other runs' files."""

import json
import shutil

import jax.numpy as jnp
import numpy as np
import pytest

from tests.training import toy
from zoo.contracts import Loss, UserError
from zoo.data.batches import windows
from zoo.training import checkpoint, leaves
from zoo.training.fit import fit
from zoo.training.stages import Stage

META = {
  'config': {'model': {'name': 'm', 'latent': 8}, 'sample': 1, 'evaluate': 1},
  'spec': '{"classes": 90}',
  'data': 'abc',
}


def digests(workdir):
  return checkpoint.read_meta(workdir)['digests']


def clean(lines):
  times = ('seconds', 'examples_per_second')
  return [{k: v for k, v in x.items() if k not in times} for x in lines]


def test_resuming_ends_bit_identical_and_a_finished_run_is_kept(
  one_device, tmp_path, capsys
):
  found = toy.lines(one_device)
  assert [line['step'] for line in found] == list(range(5, 51, 5))
  assert found[-1]['loss'] < 0.1 * found[0]['loss']
  assert all(line['skipped'] == 0 for line in found)

  workdir = tmp_path / 'run'
  shutil.copytree(one_device, workdir)
  shutil.rmtree(workdir / 'checkpoints' / '50')
  capsys.readouterr()
  snapshot = toy.train(workdir)
  said = capsys.readouterr().out
  assert 'Carrying on from step 25 of 50' in said
  assert 'compiling' in said
  assert digests(workdir) == digests(one_device)
  assert clean(toy.lines(workdir)) == clean(found)

  traces = []
  again = toy.train(workdir, loss=toy.regression(traces))
  assert again.step == 50
  assert traces == []
  assert leaves.digest(again.params) == leaves.digest(snapshot.params)


def test_a_damaged_newest_checkpoint_is_trained_again(
  one_device, tmp_path, capsys
):
  workdir = tmp_path / 'run'
  shutil.copytree(one_device, workdir)
  (workdir / 'checkpoints' / '50' / 'meta' / 'metadata').write_text('{')
  capsys.readouterr()
  toy.train(workdir)
  assert capsys.readouterr().err.count('Warning') == 1
  assert digests(workdir) == digests(one_device)
  assert len(toy.lines(workdir)) == 10


def tiny(workdir, meta=META, loss=None, steps=4, **more):
  def value(params, state, batch, keys, train):
    del keys, train
    values = (params['w'] - batch['x']) ** 2
    return values.mean(), (state, {})

  def init(rng, batch, before):
    del rng, batch, before
    return {'w': jnp.zeros(())}, {'shared': {}, 'example': {}}

  return fit(
    [
      Stage(
        Loss(init, lambda batch: {}, loss or value), {'.*': toy.ADAM}, steps
      )
    ],
    {'x': np.arange(4, dtype=np.float32)},
    windows(4, 4),
    workdir=workdir,
    chunk=2,
    meta=meta,
    **{'seed': 0, 'save_every': 2, **more},
  )


def test_another_experiment_is_refused_by_the_name_of_the_key(tmp_path):
  tiny(tmp_path)

  def changed(**changes):
    return {**META, **changes}

  def model(latent):
    return {**META['config'], 'model': {'name': 'm', 'latent': latent}}

  for meta, seed, named in (
    (changed(config=model(16)), 0, 'model/latent:'),
    (META, 1, 'another seed:'),
    (changed(spec='{"classes": 91}'), 0, 'another encoder vocabulary:'),
    (changed(data='abd'), 0, r'another data \(dataset\):'),
  ):
    with pytest.raises(UserError, match=named):
      tiny(tmp_path, meta, seed=seed)
  free = {**META['config'], 'sample': 2, 'evaluate': [3]}
  assert tiny(tmp_path, changed(config=free)).step == 4


def test_a_run_from_before_an_option_is_carried_on_with_its_default(tmp_path):
  tiny(tmp_path)
  newer = {**META['config'], 'model': {**META['config']['model'], 'more': 1}}
  meta = {**META, 'config': newer}
  with pytest.raises(UserError, match='another model/more:'):
    tiny(tmp_path, meta)

  def complete(config):
    return {**config, 'model': {'more': 1, **config['model']}}

  assert tiny(tmp_path, meta, complete=complete).step == 4
  meta = {**META, 'config': {**newer, 'model': {**newer['model'], 'more': 2}}}
  with pytest.raises(UserError, match='another model/more:'):
    tiny(tmp_path, meta, complete=complete)


def test_another_order_of_the_optimizers_patterns_is_refused(tmp_path):
  patterns = {'w': toy.ADAM, '.*': None}
  config = {**META['config'], 'optimizer': patterns}
  tiny(tmp_path, {**META, 'config': config})
  turned = {**config, 'optimizer': dict([*patterns.items()][::-1])}
  with pytest.raises(UserError, match="order of the optimizer's patterns"):
    tiny(tmp_path, {**META, 'config': turned})


def test_validation_is_written_where_checkpoints_are(tmp_path):
  def validate(stage, params, state):
    del state
    return {'w': float(params['w']) + stage}

  tiny(tmp_path, validate=validate, steps=8, save_every=4)
  lines = toy.lines(tmp_path)
  assert ['validation_w' in line for line in lines] == [False, True] * 2
  last = checkpoint.restore(tmp_path, pytest.fail).snapshot
  assert lines[-1]['validation_w'] == float(last.params['w'])


def test_a_loss_that_stays_non_finite_ends_the_run_with_the_step(tmp_path):
  def loss(params, state, batch, keys, train):
    del keys, train
    values = jnp.log(params['w'] - 0.02) + 0 * batch['x']
    return values.mean(), (state, {})

  with pytest.raises(UserError, match='for 5 steps, from step 1 on'):
    tiny(tmp_path, loss=loss, steps=40, patience=5)
  lines = toy.lines(tmp_path)
  assert lines[-1]['loss'] is None
  assert [line['skipped'] for line in lines] == [2, 2, 2]
  text = (tmp_path / 'metrics.jsonl').read_text()
  assert 'NaN' not in text and json.loads(text.splitlines()[0])
