"""A trained Latent model with its data and codes, for several studies."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import run as command_line
from zoo import assembly
from zoo import config as config_lib
from zoo.cli import run_directory
from zoo.contracts import Spec, UserError
from zoo.data import corpus
from zoo.layers.batch_statistics import variables
from zoo.questions import Latent, questions

_AT_ONCE = 512


class Trained(NamedTuple):
  """A trained run and the data that it was trained on.

  Attributes:
    loaded: see zoo.assembly.Loaded.
    spec: of the encoder.
    splits: {'train', 'validation', 'test'} -> {field: [N, ...]}.
    learned: what its sampler learned from the training set.
  """

  loaded: assembly.Loaded
  spec: Spec
  splits: Mapping[str, Mapping[str, np.ndarray]]
  learned: Mapping[str, np.ndarray]

  def encode(self, examples: Mapping[str, np.ndarray]) -> np.ndarray:
    """The means of q(z | x), [n, Z], of examples {field: [n, ...]}."""
    fields = {name: examples[name] for name in self.spec.fields}
    one = self.loaded

    @jax.jit
    def encode(params, state, batch):
      given = variables(params, state)
      return one.model.apply(given, batch, method='encode')[0]

    return _blocks(lambda some: encode(one.params, one.state, some), fields)

  def write(self, z: np.ndarray) -> dict[str, np.ndarray]:
    """The most likely {field: [n, ...]} of codes [n, Z]."""
    one = self.loaded

    @jax.jit
    def write(params, state, z):
      keys = jax.random.split(jax.random.key(0), len(z))
      given = variables(params, state)
      return one.model.apply(given, z, keys, 0.0, 0.5, method='generate')

    codes = {'z': np.asarray(z, np.float32)}
    return _blocks(lambda some: write(one.params, one.state, some['z']), codes)


def load(workdir: str | Path) -> Trained:
  """A trained run of a Latent model.

  Raises:
    UserError: no run, another kind of model, or missing data.
  """
  loaded = assembly.load(workdir)
  if Latent.__name__ not in questions(loaded.model):
    raise UserError(
      f'{workdir} is a run of {loaded.meta["experiment"]}, a model without a '
      'latent space: give a run of musicvae_melody, say.'
    )
  parts = command_line.tables()
  config = loaded.config
  dataset = config_lib.build(parts['dataset'], config['dataset'], 'dataset')
  encoder = config_lib.build(parts['encoder'], config['encoder'], 'encoder')
  found, _ = corpus.prepare(dataset, encoder, cache=corpus.default_cache())
  learned = run_directory.fitted(Path(workdir))
  if 'principal' not in learned:
    raise UserError(
      f'{workdir} has no fitted latent directions: run --mode=evaluate on it '
      'first.'
    )
  return Trained(loaded, found.spec, found.splits, learned)


def evenly(
  examples: Mapping[str, np.ndarray], count: int
) -> dict[str, np.ndarray]:
  """At most `count` examples, evenly spaced: the same in each run."""
  total = len(next(iter(examples.values())))
  count = min(count, total)
  rows = np.arange(count) * total // count
  return {name: values[rows] for name, values in examples.items()}


def _blocks(program, arrays):
  """A function of rows, in blocks, the last one padded."""
  total = len(next(iter(arrays.values())))
  size = min(_AT_ONCE, total)
  parts = []
  for first in range(0, total, size):
    rows = np.minimum(np.arange(first, first + size), total - 1)
    some = {name: jnp.asarray(values[rows]) for name, values in arrays.items()}
    made = jax.tree.map(np.asarray, program(some))
    parts.append(jax.tree.map(lambda x, n=total - first: x[:n], made))
  return jax.tree.map(lambda *x: np.concatenate(x), *parts)
