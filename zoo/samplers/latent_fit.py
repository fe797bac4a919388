"""What the sampler of a Latent model learns from the training set's codes.

weights, centres, scale   a Gaussian mixture, as a prior
mean [Z]                  of the codes
principal [Z, Z]          principal directions, scaled to a standard deviation
deviation [Z]             standard deviation of each dimension
attributes [A, Z]         a vector for each of `attributes.attributes_of`
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec, UserError
from zoo.layers import attributes
from zoo.layers import latent as latent_lib
from zoo.layers.batch_statistics import variables

# Examples used by `fit`: more examples no longer change the mixture.
_FIT_ON = 16384
_FIT_AT_ONCE = 512


def encode(model: Any, spec: Spec, params: Any, state: Any, batch: Any) -> Any:
  """The mean of q(z | x), [n, Z], for the fields [n, ...] in `batch`."""
  fields = {name: batch[name] for name in spec.fields if name in batch}
  mean, _ = model.apply(variables(params, state), fields, method='encode')
  return mean


def fitter(model: Any, spec: Spec, components: int) -> Callable:
  """A function of (params, state, key, training set {field: [N, ...]}).

  It returns the arrays listed above.

  Args:
    model: a Latent model.
    spec: of the encoder.
    components: of the mixture.
  """

  @jax.jit
  def learn(params, state, key, examples):
    def each(example):
      one = jax.tree.map(lambda x: x[None], example)
      return encode(model, spec, params, state, one)[0]

    codes = lax.map(each, examples, batch_size=_FIT_AT_ONCE)
    mixture = latent_lib.fit_mixture(key, codes, components)
    return codes, {
      **mixture._asdict(),
      'mean': jnp.mean(codes, 0),
      'deviation': jnp.std(codes, 0),
      'principal': latent_lib.principal_directions(codes),
    }

  def fit(params, state, key, examples):
    count = len(next(iter(examples.values())))
    step = -(-count // _FIT_ON)  # evenly over the whole set
    some = {k: jnp.asarray(v[::step]) for k, v in examples.items()}
    codes, learned = learn(params, state, key, some)
    values = attributes.measure(spec, some)
    if values:
      vectors = [
        latent_lib.attribute_vector(codes, jnp.asarray(one))
        for one in values.values()
      ]
      learned = {**learned, 'attributes': jnp.stack(vectors)}
    return learned

  return fit


def mixture(
  condition: Mapping[str, Any], components: int
) -> latent_lib.Mixture:
  """The mixture among the learned arrays.

  Raises:
    UserError: there is none, or its number of components differs.
  """
  if 'centres' not in condition:
    raise UserError(
      'sample/prior=mixture needs the mixture that --mode=train fits: train '
      '(or --mode=evaluate) first.'
    )
  found = len(condition['weights'])
  if found != components:
    raise UserError(
      f'sample/components is {components}, and the mixture that was fitted has '
      f'{found}: give sample/components={found}, or --mode=evaluate with --set '
      f'sample/components={components} first.'
    )
  fields = latent_lib.Mixture._fields
  return latent_lib.Mixture(*(condition[name] for name in fields))


def needs(what: str, name: str) -> Callable:
  """A check of a mode's condition: that `name` was learned.

  Args:
    what: what it is, in words: 'attribute vectors'.
    name: of the array.
  """

  def check(condition):
    if name not in condition:
      raise UserError(
        f'This mode needs the {what} that --mode=train or --mode=evaluate '
        'learns from the training set: run one of them first.'
      )

  return check


def widest(condition: Mapping[str, np.ndarray], latent: int) -> tuple:
  """A plane through the codes: its center [Z] and two directions [2, Z].

  For two dimensions those of the prior N(0, 1); otherwise the plane in which
  the codes vary most.
  """
  if latent == 2:
    return jnp.zeros(2), jnp.eye(2)
  return condition['mean'], condition['principal'][:2]
