"""Fixed points of an autoencoder: encodes and decodes until nothing changes.

From a random picture, repeated reconstruction converges to a picture that the
autoencoder reconstructs exactly: a digit, or another symbol.

Source: Kazakci, Cherti & Kegl, Digits that are not, 2016, arXiv 1606.04345.
"""

import math
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Drawing, Mode, Spec
from zoo.layers.batch_statistics import variables
from zoo.layers.dropout import fold
from zoo.layers.visible import visible_of

REST = 1e-3  # Maximum change of a value at a fixed point.
APART = 0.1  # Symbols of one kind differ in at most this share of their values.

_START = 7  # Purpose of the random keys of a start.
_WHITE = 255


def iterate(
  model: Any,
  spec: Spec,
  rounds: int,
  noise: str,
  params: Any,
  state: Any,
  keys: Any,
) -> dict[str, jax.Array]:
  """Fixed points [n], one from each key.

  Args:
    model: a Latent model of bits or gray levels that is not autoregressive.
    spec: of the encoder.
    rounds: maximum number of encodings and decodings.
    noise: `uniform`, each value of a start from U(0, 1); `bits`, 0 or 1.
    params, state: of the trained model.
    keys: [n] random keys.

  Returns:
    The model's field and, [n], `rounds` (until nothing changed; `rounds` + 1 if
    it did not converge), `change` (maximum over values, in the last round) and
    `symbols` [n, h, w] uint8, the values as gray levels.
  """
  visible = visible_of(spec)
  given = variables(params, state)
  scale = _WHITE if visible.kind == 'grey' else 1

  def once(rows):
    batch = {visible.field: rows.reshape(-1, *visible.shape) * scale}
    z, _ = model.apply(given, batch, method='encode')
    outputs = model.apply(given, z, batch, method='decode')
    logits = model.apply(given, outputs, method='logits')[visible.field]
    return jax.nn.sigmoid(logits).reshape(rows.shape)

  def step(carry, _):
    rows, count, _ = carry
    after = once(rows)
    change = jnp.max(jnp.abs(after - rows), -1)
    count += change >= REST
    return (after, count, change), None

  draw = jax.vmap(lambda key: jax.random.uniform(key, (visible.size,)))
  rows = draw(fold(keys, _START))
  if noise == 'bits':
    rows = jnp.round(rows)
  count = jnp.zeros(len(rows), jnp.int32)
  (rows, count, change), _ = lax.scan(
    step, (rows, count, jnp.ones(len(rows))), None, length=rounds
  )
  logits = jnp.log(rows + 1e-9) - jnp.log1p(1e-9 - rows)
  return {
    **visible.write(logits),
    'rounds': jnp.where(change < REST, count, rounds) + 1,
    'change': change,
    'symbols': jnp.round(rows * _WHITE)
    .astype(jnp.uint8)
    .reshape(-1, *_size(spec, visible)),
  }


def kinds(symbols: np.ndarray) -> np.ndarray:
  """The kind of each of the symbols [n, h, w]: [n], numbered as they occur.

  A symbol belongs to the first kind whose first member differs from it in at
  most a tenth of the values, thresholded to black and white.
  """
  symbols = np.asarray(symbols)
  bits = symbols.reshape(len(symbols), math.prod(symbols.shape[1:]))
  bits = bits > _WHITE // 2
  first: list[np.ndarray] = []
  found = np.zeros(len(bits), int)
  for place, one in enumerate(bits):
    near = [
      k for k, other in enumerate(first) if (one != other).mean() <= APART
    ]
    found[place] = near[0] if near else len(first)
    if not near:
      first.append(one)
  return found


def report(given: Any, made: Any) -> list[str]:
  """How many starts converged, and to how many kinds of symbols."""
  del given
  rests = np.asarray(made['change']) < REST
  found = kinds(np.asarray(made['symbols'])[rests])
  return [
    f'{rests.sum()} of {len(rests)} random starts converged (no value changes '
    f'by {REST} or more), to {found.max(initial=-1) + 1} kinds of symbols that '
    'differ in more than a tenth of their values.'
  ]


def drawings(given: Any, made: Any) -> list[Drawing]:
  """A page of symbols: one of each kind, the most frequent first, and all."""
  del given
  symbols = np.asarray(made['symbols'])
  rests = np.asarray(made['change']) < REST
  resting, moving = symbols[rests], symbols[~rests]
  found = kinds(resting)
  counts = np.bincount(found)
  order = np.argsort(-counts, kind='stable')
  first = [int(np.argmax(found == kind)) for kind in order]
  every = np.argsort(np.argsort(order)[found], kind='stable')
  panels = {
    f'{len(first)} kinds, the most frequent first': resting[first],
    'all that converged, by kind': resting[every],
    'not converged': moving,
  }
  return [Drawing('symbols', 'tiles', panels)]


def seek(model: Any, spec: Spec, starts: int, rounds: int, noise: str) -> Mode:
  """The mode that finds fixed points from `starts` random starts."""

  def run(params, state, keys, condition):
    del condition
    return iterate(model, spec, rounds, noise, params, state, keys)

  return Mode(
    run,
    options={'count': starts},
    help='fixed points of encoding and decoding, from random values',
    report=report,
    drawings=drawings,
  )


def features(model: Any, write: Any) -> Mode:
  """The mode that shows each map: its filter, and a decoded single unit."""

  def alone(params, state, keys, condition):
    del condition
    kernels = model.apply(variables(params, state), method='features')
    high, wide = model.places
    which = jnp.arange(len(keys)) % model.maps
    z = jnp.zeros((len(keys), high, wide, model.maps))
    z = z.at[jnp.arange(len(keys)), high // 2, wide // 2, which].set(4.0)
    low, most = jnp.min(kernels), jnp.max(kernels)
    grey = jnp.round(255 * (kernels - low) / (most - low)).astype(jnp.uint8)
    made = write(params, state, z.reshape(len(keys), -1), keys)
    return {**made, 'filters': grey[which]}

  def draw(given, made):
    del given
    return [Drawing('filters', 'tiles', {'filters': made['filters']})]

  return Mode(
    alone,
    options={'count': model.maps},
    help='what a single unit of each map decodes to',
    drawings=draw,
  )


def _size(spec, visible):
  """Height and width of a symbol; for a roll, time and pitch."""
  if 'height' in spec.sizes:
    return spec.sizes['height'], spec.sizes['width']
  return visible.shape if len(visible.shape) == 2 else (1, visible.size)
