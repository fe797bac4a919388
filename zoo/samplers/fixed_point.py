"""Fixed points of an autoencoder: encode and decode until nothing moves.

From a random picture an autoencoder's own answer, read again and again, comes
to rest at a picture that it takes for right: a digit, or a symbol that is none.

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

REST = 1e-3  # The largest change of a value at a fixed point.
APART = 0.1  # Share of the values that two different ones differ in.

_START = 7  # The purpose of the random keys of a start.
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
    model: a Latent model of bits or greys that reads no symbols of its own.
    spec: of the encoder.
    rounds: of encoding and decoding, at the most.
    noise: `uniform`, each value of a start from U(0, 1); `bits`, 0 or 1.
    params, state: what training left.
    keys: [n] random keys.

  Returns:
    the model's field and, [n], `rounds` (after which nothing moved; `rounds`
    + 1 where it still did), `change` (of the last round, the largest of a
    value) and `symbols` [n, h, w] uint8, the values as greys.
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
  """Which kind each of symbols [n, h, w] is of: [n], numbered as they come.

  A symbol is of the first kind whose first member differs from it in at most a
  tenth of the values, halved into black and white.
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
  """How many starts came to rest, and at how many kinds of symbols."""
  del given
  rests = np.asarray(made['change']) < REST
  found = kinds(np.asarray(made['symbols'])[rests])
  return [
    f'{rests.sum()} of {len(rests)} random starts came to rest (no value moves '
    f'by {REST} or more), at {found.max(initial=-1) + 1} kinds of symbols that '
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
    'all that came to rest, kind by kind': resting[every],
    'still moving': moving,
  }
  return [Drawing('symbols', 'tiles', panels)]


def seek(model: Any, spec: Spec, starts: int, rounds: int, noise: str) -> Mode:
  """Where random values come to rest, `starts` of them."""

  def run(params, state, keys, condition):
    del condition
    return iterate(model, spec, rounds, noise, params, state, keys)

  return Mode(
    run,
    options={'count': starts},
    help='what stays as it is, encoded and decoded, from random values',
    report=report,
    drawings=drawings,
  )


def features(model: Any, write: Any) -> Mode:
  """What a unit of each map writes: its filter, and codes of it alone."""

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
    help='what one unit of each map writes by itself',
    drawings=draw,
  )


def _size(spec, visible):
  """Height and width of a symbol; of a roll, pitch upwards is not turned."""
  if 'height' in spec.sizes:
    return spec.sizes['height'], spec.sizes['width']
  return visible.shape if len(visible.shape) == 2 else (1, visible.size)
