"""Golden values: loss and gradient norm of step 1, at the size of SMOKE.

golden.json holds them for every experiment, for the first stage and the last.
They guard trained figures through a refactoring: step 1 depends on the
encoded data, the batch, the augmentation, the model, the loss and the keys of
every example, but not on the optimizer.

Parameters are not drawn by the model, whose draws change with the names of its
layers. Each is N(0, 0.3^2), seeded by its '/'-joined name. Where a parameter is
renamed, `renamed` in golden.json maps a regular expression that matches the
whole new name to the old one ({'decoder/(.*)': 'rnn/\\1'}), so that the same
numbers are drawn as before.

To regenerate the values of some experiments, or of all, after a change that is
meant to change training:

  python -m tests.training.golden [NAME ...]

It prints what changed; say why in the commit.
"""

import hashlib
import json
from pathlib import Path
import re
import sys

import jax
import jax.numpy as jnp
import numpy as np

from datasets import DATASETS
import run as command_line
from tests.smoke import training_smoke
from zoo import assembly
from zoo import config as config_lib
from zoo.data import corpus
from zoo.data.batches import gather
from zoo.encoders import ENCODERS
from zoo.training import loop, optimizer, stages

PATH = Path(__file__).with_name('golden.json')
SEED = 0
DEVIATION = 0.3  # of the parameters


def read():
  """The content of golden.json: {'renamed': ..., 'experiments': ...}."""
  return json.loads(PATH.read_text())


def step_one(name, renamed):
  """Step 1 of the first and last stage of an experiment.

  Args:
    name: the experiment.
    renamed: {pattern of a parameter's name: its name in golden.json}.

  Returns:
    {'stage 0': {'loss': ..., 'gradient_norm': ..., 'parameters': count}, ...}
  """
  config = command_line.resolve(name, training_smoke(name), SEED)
  dataset = config_lib.build(DATASETS, config['dataset'], 'dataset')
  encoder = config_lib.build(ENCODERS, config['encoder'], 'encoder')
  data, _ = corpus.prepare(
    dataset,
    encoder,
    cache=corpus.default_cache(),
    fractions=config.get('split', corpus.FRACTIONS),
    minimum=config['batch'],
    report=lambda line: None,
  )
  arrays = data.splits['train']
  system = assembly.assemble(config, data.spec)
  batches = assembly.build_batches(config, arrays)
  found, before = {}, {}
  for number, stage in enumerate(system.stages):
    shapes = stages.template(system.stages, number, arrays, batches)
    params = drawn(shapes[0], renamed)
    if number in (0, len(system.stages) - 1):
      state = _state(stage, number, batches, arrays, before)
      loss, gradients = _step(
        stage, number, batches, system.augment, arrays, params, state
      )
      found[f'stage {number}'] = {
        'loss': float(loss),
        'gradient_norm': _norm(gradients),
        'parameters': sum(leaf.size for leaf in jax.tree.leaves(params)),
      }
    before = params
  return found


def drawn(shapes, renamed):
  """Normal numbers of these shapes, seeded by the name of each leaf.

  Args:
    shapes: a tree of ShapeDtypeStruct.
    renamed: {pattern of a parameter's name: its name in golden.json}.
  """

  def draw(path, leaf):
    name = jax.tree_util.keystr(path, simple=True, separator='/')
    for pattern, old in renamed.items():
      if match := re.fullmatch(pattern, name):
        name = match.expand(old)
        break
    digest = hashlib.sha256(name.encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:8], 'big'))
    values = random.normal(0, DEVIATION, leaf.shape)
    return jnp.asarray(values, leaf.dtype)

  return jax.tree_util.tree_map_with_path(draw, shapes)


def _state(stage, number, batches, arrays, before):
  """The loss's state at the start of a stage."""

  def start(arrays, before):
    batch = gather(arrays, batches.draw(stages.order_key(SEED, number), 0))
    return stage.loss.init(stages.init_key(SEED, number), batch, before)[1]

  return jax.jit(start)(arrays, before)


def _step(stage, number, batches, augment, arrays, params, state):
  """The loss and the gradients of step 1, by the step of the loop.

  The optimizer is replaced by one whose new parameters are the gradients.
  """
  rule = optimizer.build(stage.optimizer, params, stage.steps)
  rule = rule._replace(
    update=lambda gradients, opt, params, step, metrics=None: (gradients, opt)
  )
  step = loop.stepper(stage, rule, batches, augment, number)
  zero = jnp.int32(0)
  carry = loop.Carry(zero, params, {}, state['shared'], state['example'], zero)
  data = stages.as_data(SEED), arrays
  after, (metrics, finite) = jax.jit(step)(data, carry, None)
  assert finite, f'stage {number}: the loss or its gradient is not finite'
  return metrics['loss'], after.params


def _norm(tree):
  squares = [
    np.sum(np.square(leaf, dtype=np.float64)) for leaf in jax.tree.leaves(tree)
  ]
  return float(np.sqrt(sum(squares)))


def main(names):
  """Writes the values of these experiments, or of all; prints what changed."""
  golden = read() if PATH.exists() else {'renamed': {}, 'experiments': {}}
  known = command_line.experiment_names()
  for name in names or known:
    old = golden['experiments']
    new = step_one(name, golden['renamed'])
    if new != old.get(name):
      print(f'{name}: {old.get(name)} -> {new}', flush=True)
    old = {**old, name: new}
    golden['experiments'] = {name: old[name] for name in known if name in old}
    PATH.write_text(json.dumps(golden, indent=1) + '\n')
    jax.clear_caches()


if __name__ == '__main__':
  command_line.prepare_process(distributed=False)
  main(sys.argv[1:])
