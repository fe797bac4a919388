"""The mode `page` of the sampler `latent`: exports the model for a web page.

Four programs (see zoo.export): `encode` fields -> mean; `prior` key -> z;
`generate` z -> the most likely fields; `draw` z, key, temperature -> fields.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Mode, Spec
from zoo.export.bundle import Weights, bundle
from zoo.export.program import Positive, export
from zoo.layers import attributes
from zoo.layers.batch_statistics import variables


def page(
  model: Any,
  spec: Spec,
  weights: Weights,
  view: str,
  plane: str,
  threshold: float,
) -> Mode:
  """The mode that writes a page in which the model runs.

  Args:
    model: a Latent module.
    spec: of its encoder.
    weights: how they are stored.
    view: what the page shows first.
    plane: what its plane shows, examples of the corpus or samples.
    threshold: of bits.
  """

  def function(params, state, learned, examples):
    given = variables(params, state)
    programs, names = _programs(model, spec, given, threshold)
    made = bundle(programs, given, weights)
    encode, rebuild = _compiled(model, threshold)
    codes = encode(given, examples)
    whole, rounded = (
      {k: np.asarray(v) for k, v in rebuild(one, encode(one, examples)).items()}
      for one in (given, made.variables)
    )
    return {
      'model': {**made.model, 'gaussian': bool(model.gaussian), **names},
      'codes': np.asarray(codes),
      'view': view,
      'weights': weights,
      'attribute_names': attributes.attributes_of(spec),
      'learned': {k: np.asarray(v) for k, v in learned.items()},
      'accuracy': _accuracy(examples, whole, rounded),
    }

  return Mode(
    function,
    options={'plane': plane},
    writes='page',
    help='a web page in which the model itself runs, offline',
  )


def _programs(model, spec, given, threshold):
  """The four programs, and the names of their inputs and outputs."""

  def call(method, v, *arguments):
    return model.apply(v, *arguments, method=method)

  def encode(v, batch):
    return call('encode', v, batch)[0]

  def prior(v, keys):
    return call('prior', v, keys)

  def generate(v, z, keys):
    return call('generate', v, z, keys, 0.0, threshold)

  def draw(v, z, keys, temperature):
    return call('generate', v, z, keys, Positive(temperature), threshold)

  keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), 1))
  z = jnp.zeros((1, model.latent))
  batch = {
    name: jnp.zeros((1, *field.shape), field.dtype)
    for name, field in sorted(spec.fields.items())
  }
  made = jax.eval_shape(generate, given, z, keys)
  programs = {
    'encode': export(encode, given, batch),
    'prior': export(prior, given, keys),
    'generate': export(generate, given, z, keys),
    'draw': export(draw, given, z, keys, jnp.float32(1)),
  }
  names = {
    'latent': model.latent,
    'reads': [[name, [*one.shape[1:]]] for name, one in batch.items()],
    'writes': [[name, [*one.shape[1:]]] for name, one in sorted(made.items())],
  }
  return programs, names


def _compiled(model, threshold) -> tuple[Callable, Callable]:
  """(variables, examples) -> codes; (variables, codes) -> fields."""

  @jax.jit
  def encode(given, examples):
    return model.apply(given, examples, method='encode')[0]

  @jax.jit
  def rebuild(given, codes):
    keys = jax.random.split(jax.random.key(0), len(codes))
    return model.apply(given, codes, keys, 0.0, threshold, method='generate')

  return encode, rebuild


def _accuracy(examples, whole, rounded):
  """Shares of equal steps: float32 vs. rounded weights, and each vs. data."""
  names = [name for name in whole if name in examples]

  def same(a, b):
    equal = [np.asarray(a[name]) == np.asarray(b[name]) for name in names]
    return float(np.mean([np.mean(one) for one in equal])) if equal else 0.0

  return {
    'alike': same(whole, rounded),
    'float32': same(whole, examples),
    'rounded': same(rounded, examples),
  }
