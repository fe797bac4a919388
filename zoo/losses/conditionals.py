"""The likelihood of each note of a chorale, given all the others.

  loss = sum over voices i of the mean over cells t of -log p_i(x_it | rest)

This pseudo-likelihood trains the conditionals that pseudo-Gibbs then draws
from (Hadjeres, Pachet & Nielsen, ICML 2017, equation 3).
"""

from collections.abc import Callable
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Loss, Spec, Tree
from zoo.layers.dropout import fold
from zoo.layers.reconstruction import check_share
from zoo.losses.likelihood import cut, draw_start
from zoo.models.deepbach import STREAMS

HOLD = 0  # The class that goes on with what sounds.

# One purpose each for the random keys of an example.
_CROP, _DROP, _HIDE = range(3)

_WHOLE = 0.4  # Share of the voices that stay known where others do not.


def conditionals(
  model: Any, spec: Spec, *, cells: int = 16, hidden: float = 0.0
) -> Loss:
  """Builds the loss of `model`, which guesses each voice from the others.

  A batch holds whole pieces: voices [B, T, V], STREAMS [B, T] and length [B].
  Training draws a stretch of each; evaluation (train false) goes through
  whole pieces, a stretch after another.

  Args:
    model: a Flax module such as DeepBach.
    spec: of the encoder `voices`, with padding.
    cells: M, steps of a stretch, all of which are guessed.
    hidden: share of the stretches of training of which not all else is known,
      so that music can be begun with nothing written yet. Of those, each voice
      is known whole with probability .4; of the others the same share of cells
      is hidden, uniform in 0..1, as an orderless NADE learns (Uria et al. 2014;
      of chorales, Huang et al. 2017, arXiv 1903.07227).

  Raises:
    UserError: hidden outside 0..1.

  Metrics:
    loss (nats, a sum over voices), accuracy, and onset_accuracy (of the cells
    that do not hold), both means over voices: [B], over the cells of the
    piece or stretch.
  """
  check_share(hidden=hidden)
  around, padding = model.context, spec.sizes['padding']
  symbols = spec.vocabulary['symbols']
  padded = [symbols.index(name) for name in {'start', 'end'} & {*symbols}]

  def init(rng, batch, before):
    del before
    size = 2 * around + cells
    window = {name: jnp.zeros((1, size), jnp.int32) for name in STREAMS}
    count = batch['voices'].shape[-1]
    window['voices'] = jnp.zeros((1, size, count), jnp.int32)
    variables = jax.jit(model.init)(rng, window)
    return variables['params'], {'shared': {}, 'example': {}}

  def begin(batch):
    del batch
    return {}

  def loss(params, state, batch, keys, train):
    lengths = batch['length']

    def score(starts, keys=None):
      window, there = windows(batch, starts, around, cells)
      true = middle(window['voices'], around)
      drop = None
      if keys is not None:
        drop = fold(keys, _DROP) if model.dropout else None
        if hidden:
          voices = window['voices']
          gone = hide(fold(keys, _HIDE), voices.shape[1:], hidden)
          gone &= ~jnp.isin(voices, jnp.array(padded, int))
          unknown = spec.sizes['classes']
          window['voices'] = jnp.where(gone, unknown, voices)
      logits = model.apply({'params': params}, window, drop)
      return tally(logits, true, there)

    if train:
      starts = padding + jax.vmap(draw_start, (0, 0, None))(
        fold(keys, _CROP), lengths - padding, cells
      )
      counts = score(starts, keys)
    else:
      counts = over_pieces(score, lengths, padding, cells)
    metrics = _means(counts)
    return jnp.mean(metrics['loss']), (state, metrics)

  return Loss(init, begin, loss)


def windows(
  batch: Tree, starts: jax.Array, around: int, cells: int
) -> tuple[dict[str, jax.Array], jax.Array]:
  """Windows of C + M + C steps, whose cells begin at `starts` [B].

  Returns:
    {'voices' [B, S, V], STREAMS [B, S]} int32; and [B, M] bool, true for the
    cells before the piece's end.
  """
  size = 2 * around + cells
  found = {}
  for name in ('voices', *STREAMS):
    values = batch[name].astype(jnp.int32)
    # The last stretch of a piece may go beyond what is stored.
    after = [(0, 0), (0, cells)] + [(0, 0)] * (values.ndim - 2)
    found[name] = cut(jnp.pad(values, after, 'edge'), starts - around, size)
  there = starts[:, None] + jnp.arange(cells) < batch['length'][:, None]
  return found, there


def hide(keys: jax.Array, shape: tuple[int, int], share: float) -> jax.Array:
  """[B, S, V] bool, the cells that are not known; see `conditionals`.

  A cell is hidden whether it is guessed or not: no guess looks at itself.

  Args:
    keys: [B].
    shape: (S, V).
    share: of the windows that have any, 0..1.
  """

  def one(key):
    which, rate, voice, cell = jax.random.split(key, 4)
    some = jax.random.bernoulli(which, share)
    whole = jax.random.bernoulli(voice, _WHOLE, shape[1:])
    gone = jax.random.uniform(cell, shape) < jax.random.uniform(rate)
    return some & gone & ~whole

  return jax.vmap(one)(keys)


def middle(values: jax.Array, around: int) -> jax.Array:
  """The cells [V, B, M] of windows [B, C + M + C, V]."""
  return jnp.moveaxis(values[:, around : values.shape[1] - around], -1, 0)


def tally(
  logits: jax.Array, true: jax.Array, there: jax.Array
) -> dict[str, jax.Array]:
  """Sums over cells, a figure for each voice and example.

  Args:
    logits: [V, B, M, K].
    true: [V, B, M] classes.
    there: [B, M] bool, the cells that count.

  Returns:
    [V, B] each: nats, right, onsets_right, onsets, cells.
  """
  picked = jnp.take_along_axis(logits, true[..., None], -1)[..., 0]
  nats = jax.nn.logsumexp(logits, -1) - picked
  right = (jnp.argmax(logits, -1) == true) & there
  onset = (true != HOLD) & there
  found = {
    'nats': jnp.where(there, nats, 0),
    'right': right,
    'onsets_right': right & onset,
    'onsets': onset,
    'cells': jnp.broadcast_to(there, true.shape),
  }
  return {k: jnp.sum(v, -1, dtype=jnp.float32) for k, v in found.items()}


def over_pieces(
  score: Callable[[jax.Array], Tree],
  lengths: jax.Array,
  padding: int,
  cells: int,
) -> Tree:
  """The sum of score(starts [B]) over all stretches up to the longest piece."""

  def left(before):
    return before[0] < jnp.max(lengths)

  def add(before):
    start, total = before
    now = score(jnp.full(len(lengths), start))
    return start + cells, jax.tree.map(jnp.add, total, now)

  first = jnp.full(len(lengths), padding)
  nought = jax.tree.map(
    lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(score, first)
  )
  return lax.while_loop(left, add, (jnp.int32(padding), nought))[1]


def _means(counts):
  """Metrics [B] of what `tally` counted."""

  def share(part, whole):
    return jnp.mean(counts[part] / jnp.maximum(counts[whole], 1), 0)

  nats = counts['nats'] / jnp.maximum(counts['cells'], 1)
  return {
    'loss': jnp.sum(nats, 0),
    'accuracy': share('right', 'cells'),
    'onset_accuracy': share('onsets_right', 'onsets'),
  }
