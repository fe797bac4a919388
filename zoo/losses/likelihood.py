"""The likelihood of symbols, for models that predict them step by step.

  loss = mean over steps of the sum over streams of -weight log p(x_t | ...)

given all earlier symbols (Autoregressive models) or everything else
(Conditional ones, where it is the pseudo-likelihood of Hadjeres, Pachet &
Nielsen, ICML 2017, equation 3).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Loss, Tree, UserError
from zoo.layers import batch_statistics
from zoo.layers.dropout import fold
from zoo.layers.reconstruction import check_share
from zoo.questions import Autoregressive, Conditional, Steps, asks

# Whole pieces are scored this many steps at a time, up to the longest of a
# batch: padding to the longest of the set would cost time and memory.
STRETCH = 64

# Purposes of the random keys of an example.
_CROP, _DROP, _HIDE = range(3)


@asks(Autoregressive, Conditional)
def likelihood(
  model: Any,
  *,
  crop: int = 0,
  weights: tuple[float, ...] = (),
  carried: bool = False,
  hidden: float = 0.0,
) -> Loss:
  """Builds the loss of a model that answers Autoregressive or Conditional.

  Training uses a stretch of each example, evaluation (train false) whole
  examples. Inputs other than the symbols are computed from the whole example in
  both cases. A model with a `bound` is trained with it.

  Args:
    model: a Flax module; see zoo.questions.
    crop: steps of a stretch; 0 for whole examples.
    weights: of the streams; () for 1 each.
    carried: whether the model's carry is kept from batch to batch, without a
      gradient (truncated backpropagation through time), until `start` [B] marks
      an example that does not continue the last one.
    hidden: share of the training stretches with unknown symbols; see the
      model's `hide`.

  Metrics, [B] each:
    loss; steps; nats, the sum over steps and streams without weights; accuracy
    of the most likely symbols and onset_accuracy over events only, means over
    streams. With several streams, nats per step (NAME) and accuracy
    (accuracy_NAME) of each. End tokens count only in loss, steps and nats;
    `end` is the nats per end token. If the model has a bound, `bound` is what
    training minimizes, also in evaluation.

  Raises:
    UserError: an option is out of range, or the model does not support it.
  """
  check_share(hidden=hidden)
  _check(model, crop, weights, hidden)
  weight = jnp.asarray(weights or (1.0,) * len(model.streams))

  def init(rng, batch, before):
    del before
    variables = init_model(model, rng, batch)
    shared = {k: v for k, v in variables.items() if k != 'params'}
    return variables['params'], {'shared': shared, 'example': begin(batch)}

  def begin(batch):
    return model.start(batch) if carried else {}

  def loss(params, state, batch, keys, train):
    steps, carry = model.read(batch), model.start(batch)
    if carried:
      carry = jax.tree.map(
        lambda fresh, old: jnp.where(_like(batch['start'], old), fresh, old),
        carry,
        state['example'],
      )

    def run(symbols, given, carry, keys):
      return batch_statistics.call(
        model, params, state, train, '__call__', symbols, given, carry, keys
      )

    if train:
      seen = _stretch(model, steps, fold(keys, _CROP), crop)
      symbols = seen.symbols
      if hidden:
        symbols = model.hide(fold(keys, _HIDE), symbols, hidden)
      drop = fold(keys, _DROP) if crop else keys
      (outputs, carry), state = run(symbols, seen.given, carry, drop)
      true = inner(seen, model.context)
      counts = tally(judge(model, outputs, true, bound=True))
    else:

      def score(seen, carry):
        (outputs, carry), _ = run(seen.symbols, seen.given, carry, None)
        true = inner(seen, model.context)
        return tally(judge(model, outputs, true)), carry

      size = crop or STRETCH
      counts, carry = over_pieces(score, steps, carry, model.context, size)
    if carried:
      state = {**state, 'example': lax.stop_gradient(carry)}
    metrics = _means(model, counts, weight)
    return jnp.mean(metrics['loss']), (state, metrics)

  return Loss(init, begin, loss)


def init_model(model: Any, rng: Any, batch: Tree) -> Tree:
  """Initial variables of a model, for examples like those of a batch."""
  one = jax.tree.map(lambda x: jnp.zeros((1, *x.shape[1:]), x.dtype), batch)
  if hasattr(model, 'begin'):  # One step is enough, for any batch.
    carry = model.begin(1)
    symbols = carry[0][:, None]
    given = model.given(symbols, one)
  else:
    carry = model.start(one)
    symbols, given, _ = model.read(one)
    if model.context is not None:
      # As many steps as one prediction needs, for any batch.
      steps = 2 * model.context + 1
      symbols, given = jax.tree.map(
        lambda x: jnp.zeros((1, steps, *x.shape[2:]), x.dtype), (symbols, given)
      )
  return jax.jit(model.init)(rng, symbols, given, carry)


def draw_start(key: Any, length: jax.Array, crop: int) -> jax.Array:
  """Draws the start of a stretch of `crop` steps, [] int32.

  It is uniform, but stretches that would extend beyond a piece by up to half
  their length are moved to its ends, which few stretches would reach otherwise.
  """
  first = jax.random.randint(key, (), -(crop // 2), length - crop // 2)
  return jnp.clip(first, 0, jnp.maximum(length - crop, 0))


def cut(values: jax.Array, starts: jax.Array, crop: int) -> jax.Array:
  """The stretch [B, crop, ...] of values [B, T, ...] from starts [B] on."""

  def one(value, start):
    return lax.dynamic_slice_in_dim(value, start, crop)

  return jax.vmap(one)(values, starts)


def inner(steps: Steps, context: int | None) -> Steps:
  """Steps without the `context` on both sides."""
  if not context:
    return steps
  return jax.tree.map(lambda x: x[:, context : x.shape[1] - context], steps)


def pad_steps(steps: Steps, more: int) -> Steps:
  """Steps with `more` copies of the last step appended, masked out."""

  def pad(values, mode):
    width = [(0, 0), (0, more)] + [(0, 0)] * (values.ndim - 2)
    return jnp.pad(values, width, mode)

  edge = jax.tree.map(lambda x: pad(x, 'edge'), steps)
  return edge._replace(mask=pad(steps.mask, 'constant'))


class Judged(NamedTuple):
  """Scores of steps [B, T] with S streams.

  Attributes:
    nats: [B, T, S] negative log-probability.
    right: [B, T, S] bool, whether the most likely symbol is the true one.
    events: [B, T, S] bool, symbols that begin something.
    ends: [B, T] bool, end tokens.
    mask: [B, T] bool, the steps that count.
    bound: [B, T, S], minimized in training; equal to nats without a bound.
  """

  nats: jax.Array
  right: jax.Array
  events: jax.Array
  ends: jax.Array
  mask: jax.Array
  bound: jax.Array


def judge(
  model: Any, outputs: Tree, seen: Steps, bound: bool = False
) -> Judged:
  """Compares outputs with the true symbols, step by step.

  Args:
    model: see zoo.questions.
    outputs: of the steps.
    seen: the steps, without context.
    bound: whether `nats` may be the model's bound, if it has one.
  """
  symbols = seen.symbols
  nats = worse = None
  if hasattr(model, 'bound'):
    worse = _stacked(model, model.bound(outputs, symbols))
    nats = worse if bound else None
  if nats is None:
    nats = _stacked(model, model.log_prob(outputs, symbols))
  right = model.likeliest(outputs, symbols) == symbols
  if len(model.streams) == 1:
    right = jnp.all(right.reshape(*seen.mask.shape, -1), -1, keepdims=True)
  events = model.events(symbols)
  events = events[..., None] if events.ndim == 2 else events
  ends = jnp.zeros_like(seen.mask)
  if hasattr(model, 'ended'):
    ends = model.ended(symbols)
  events = jnp.broadcast_to(events, nats.shape)
  worse = nats if worse is None else worse
  return Judged(nats, right, events, ends, seen.mask, worse)


def tally(one: Judged) -> dict[str, jax.Array]:
  """Sums over the steps of each example.

  Returns:
    [B]: steps; ends, the number of end tokens; rows, of the others; end, nats
    of the end tokens. [B, S]: total, nats of all steps, and bound likewise; and
    for the rows nats, right, events, events_right.
  """

  def summed(values, where):
    return jnp.sum(jnp.where(where, values, 0), 1, dtype=jnp.float32)

  ends = one.ends & one.mask
  rows = one.mask & ~one.ends
  inside = rows[..., None]
  return {
    'steps': summed(1, one.mask),
    'rows': summed(1, rows),
    'ends': summed(1, ends),
    'end': summed(jnp.sum(one.nats, -1), ends),
    'total': summed(one.nats, one.mask[..., None]),
    'bound': summed(one.bound, one.mask[..., None]),
    'nats': summed(one.nats, inside),
    'right': summed(one.right, inside),
    'events': summed(one.events, inside),
    'events_right': summed(one.right & one.events, inside),
  }


def over_pieces(
  score: Callable[[Steps, Tree], tuple[Tree, Tree]],
  steps: Steps,
  carry: Tree,
  context: int | None,
  size: int,
) -> tuple[Tree, Tree]:
  """Sums over all stretches up to the end of the longest piece.

  Args:
    score: (a stretch, carry) -> (sums, carry).
    steps: of whole pieces.
    carry: before the first step.
    context: of the model; None for whole pieces at once.
    size: of a stretch.

  Returns:
    The sums, and the carry after the last stretch.
  """
  around = context or 0
  count = steps.mask.shape[1] - 2 * around
  if context is None or count <= size:
    return score(steps, carry)
  longest = jnp.max(_lengths(inner(steps, context).mask))
  padded = pad_steps(steps, -count % size)

  def at(first, carry):
    seen = jax.tree.map(
      lambda x: lax.dynamic_slice_in_dim(x, first, size + 2 * around, 1), padded
    )
    return score(seen, carry)

  def add(now):
    first, carry, total = now
    sums, carry = at(first, carry)
    return first + size, carry, jax.tree.map(jnp.add, total, sums)

  shapes, _ = jax.eval_shape(at, jnp.int32(0), carry)
  total = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)
  _, carry, total = lax.while_loop(
    lambda now: now[0] < longest, add, (jnp.int32(0), carry, total)
  )
  return total, carry


def _stretch(model, steps, keys, crop):
  """The steps of a random stretch of each example, with context."""
  around = 2 * (model.context or 0)
  if not 0 < crop < steps.mask.shape[1] - around:
    return steps
  lengths = _lengths(inner(steps, model.context).mask)
  starts = jax.vmap(draw_start, (0, 0, None))(keys, lengths, crop)
  return jax.tree.map(lambda x: cut(x, starts, crop + around), steps)


def _stacked(model, logs):
  """[B, T, S] nats of {stream: [B, T]} log-probabilities."""
  return -jnp.stack([logs[name] for name in model.streams], -1)


def _lengths(mask):
  """[B] number of steps up to the last that counts."""
  return jnp.max(jnp.where(mask, jnp.arange(mask.shape[1]) + 1, 0), 1)


def _means(model, counts, weight):
  """Metrics [B] from the sums of `tally`."""

  def share(part, whole, empty=0.0):
    count = counts[whole]
    count = count[:, None] if count.ndim < counts[part].ndim else count
    share = counts[part] / jnp.maximum(count, 1)
    return jnp.where(count > 0, share, empty)

  nats, right = share('nats', 'rows'), share('right', 'rows')
  found = {
    'loss': share('total', 'steps') @ weight,
    'steps': counts['steps'],
    'nats': jnp.sum(counts['total'], -1),
    'accuracy': jnp.mean(right, -1),
    'onset_accuracy': jnp.mean(share('events_right', 'events', 1.0), -1),
  }
  if len(model.streams) > 1:
    for place, name in enumerate(model.streams):
      found[name] = nats[:, place]
      found[f'accuracy_{name}'] = right[:, place]
  if hasattr(model, 'bound'):
    found['bound'] = share('bound', 'steps') @ weight
  if hasattr(model, 'ended'):
    found['end'] = share('end', 'ends')
  return found


def _check(model, crop, weights, hidden):
  streams = ', '.join(model.streams)
  if weights and (
    len(weights) != len(model.streams) or min(weights) < 0 or not sum(weights)
  ):
    raise UserError(
      f'loss/weights must be numbers from 0 up, one each of {streams}, not '
      f'{list(weights)}.'
    )
  if crop < 0 or (crop and model.context is None):
    raise UserError(
      f'loss/crop is {crop}: it must be at least 0, and 0 for a model that '
      'reads whole examples.'
    )
  if hidden and not hasattr(model, 'hide'):
    raise UserError(
      f'loss/hidden is {hidden}, and the model does not support unknown '
      'symbols: set it to 0.'
    )


def _like(flags, array):
  """flags [B], with as many axes as the array."""
  return flags.reshape(-1, *[1] * (array.ndim - 1))
