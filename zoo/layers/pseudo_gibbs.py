"""DeepBach's pseudo-Gibbs: redraws some cells of each voice, again and again.

Every cell may be fixed, or limited to some classes. An iteration takes the
voices one after another; of each it draws a share of the free cells at once,
each given the rest as it was before. Gibbs sampling would draw the cells one by
one; the fewer at once, the closer this comes to it. A temperature that starts
above its end lets the chain move at first.

A chain that starts from noise may end in harmonies that agree with one another
and with nothing else. A model trained with hidden cells can start from an empty
score: in a pass all free cells are forgotten, and drawn share by share, each
given what is written by then; later passes forget less and less.

Source: Hadjeres, Pachet & Nielsen, ICML 2017, algorithm 1; the schedule of
temperatures from the authors' code. Passes: Uria, Murray & Larochelle 2014;
that forget less and less: Yao et al. 2014, and Huang et al. 2017,
arXiv 1903.07227, on chorales.
"""

from collections.abc import Callable, Sequence
import functools
import math
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Tree
from zoo.layers.dropout import fold
from zoo.layers.gibbs import gibbs
from zoo.layers.heads import draw_class

_NEVER = -1e9  # The logit of what a cell may not be.
_LAST = -1e4  # Added to that of what it should not be.


class Schedule(NamedTuple):
  """How a chain goes on.

  Attributes:
    iterations: how many; each takes every voice once.
    share: of a voice's steps, drawn at once.
    hottest: the temperature before the first iteration.
    cooling: its factor an iteration.
    temperature: where it ends.
    passes: how often cells are forgotten before they are only redrawn; 0
      begins with classes at random, as the paper does. A pass that forgets a
      part takes part / share iterations, each of which draws the share rounded
      to whole cells: what this leaves is drawn first of all afterwards, for
      which 1 / share further iterations are enough.
  """

  iterations: int = 500
  share: float = 1 / 16
  hottest: float = 1.1
  cooling: float = 0.9993
  temperature: float = 1.0
  passes: int = 0

  @property
  def parts(self) -> np.ndarray:
    """[passes] what each of them forgets of the free cells: from all to few."""
    return 1 - np.arange(self.passes) / max(self.passes, 1)

  @property
  def passing(self) -> int:
    """Iterations that the passes take."""
    return int(np.sum(np.ceil(self.parts / self.share)))

  @property
  def least(self) -> int:
    """The fewest iterations after which every cell has been drawn."""
    return self.passing + (math.ceil(1 / self.share) if self.passes else 0)

  @property
  def forgotten(self) -> np.ndarray:
    """[iterations] the part of the free cells that is forgotten before each."""
    took = np.ceil(self.parts / self.share).astype(int)
    found = np.zeros(max(self.iterations, 1), np.float32)
    found[np.cumsum(took) - took] = self.parts
    return found


class Score(NamedTuple):
  """Scores to be filled in, with at least C steps of padding around.

  Attributes:
    voices: [B, T, V] int32 classes.
    given: {name: [B, T] int32}, what the model is given beside the symbols.
    free: [B, T, V] bool; a cell that is not never changes.
    allowed: bool that broadcasts to [B, T, V, K], what a free cell may be.
    music: [B] int32, steps without padding: a share of them is drawn.
  """

  voices: jax.Array
  given: dict[str, jax.Array]
  free: jax.Array
  allowed: jax.Array
  music: jax.Array


class _Chain(NamedTuple):
  """Where a chain is: cells [B, T, V], and temperature and iteration [B]."""

  voices: jax.Array
  known: jax.Array
  temperature: jax.Array
  number: jax.Array


def fill_in(
  model: Any,
  params: Tree,
  score: Score,
  keys: jax.Array,
  schedule: Schedule,
  voices: Sequence[int] | None = None,
  broken: Callable[[Tree, int], jax.Array] | None = None,
) -> jax.Array:
  """Draws all free cells at random, and then runs the chains.

  Args:
    model: has `context`, `possible` and `conditional`; see
      zoo.contracts.Conditional.
    params: its parameters.
    score: what is given.
    keys: [B] random keys; chorale i depends on keys[i] alone.
    schedule: of the chains.
    voices: the only ones with free cells; None is all of them. It saves time.
    broken: ({'voices': windows, **given}, voice) -> [R, 1, K] bool, classes
      that are drawn only where there is no other; see zoo.samplers.rules.

  Returns:
    [B, T, V] int32 classes.
  """
  batch, steps, count = score.voices.shape
  redrawn = range(count) if voices is None else voices
  allowed = jnp.broadcast_to(
    score.allowed & jnp.asarray(model.possible),
    (batch, steps, *model.possible.shape),
  )
  score = score._replace(allowed=allowed)
  forgotten = jnp.asarray(schedule.forgotten)

  def sweep(chain, keys):
    now = jnp.maximum(
      chain.temperature * schedule.cooling, schedule.temperature
    )
    part = forgotten[chain.number][:, None, None]
    uniforms = _uniform(fold(keys, count), (steps, count))
    known = chain.known & ~(score.free & (uniforms < part))
    chain = _Chain(chain.voices, known, now, chain.number + 1)
    for voice in redrawn:
      answer = functools.partial(_logits, model, params, broken, voice)
      chain = _redraw(
        answer, score, chain, fold(keys, voice), voice, schedule, model.context
      )
    return chain

  first = _anything(fold(keys, count), allowed)
  start = _Chain(
    jnp.where(score.free, first, score.voices),
    jnp.ones(score.free.shape, bool),
    jnp.full(batch, schedule.hottest),
    jnp.zeros(batch, int),
  )
  return gibbs(sweep, start, keys, schedule.iterations).voices


def _logits(model, params, broken, voice, windows, given):
  """[R, 1, K] of a voice, those of classes that break a rule far lower."""
  logits = model.apply(
    {'params': params}, windows, given, voice, method='conditional'
  )
  if broken is None:
    return logits
  wrong = broken({'voices': windows, **given}, voice)
  return jnp.where(wrong, logits + _LAST, logits)


def _redraw(answer, score, chain, keys, voice, schedule, context):
  """The chain with a share of one voice's free cells drawn.

  Args:
    answer: (windows [R, 2C + 1, V], given) -> logits [R, 1, K] of the voice.
    score, schedule: as `fill_in` has them.
    chain: where it is.
    keys: [B].
    voice: which one.
    context: C.
  """
  batch, steps, count = score.voices.shape
  most = max(round(schedule.share * (steps - 2 * context)), 1)
  # A short piece among longer ones has as large a share drawn as they have.
  wanted = jnp.maximum(jnp.round(schedule.share * score.music), 1)
  around = jnp.arange(-context, context + 1)
  rows = jnp.arange(batch)[:, None]
  order, uniforms = _draws(keys, steps, most)
  free = score.free[..., voice]
  # What is not known comes first.
  order += ~chain.known[..., voice]
  ticks = lax.top_k(jnp.where(free, order, -1), most)[1]
  places = (ticks[..., None] + around).reshape(batch, -1)
  given = {
    name: stream[rows, places].reshape(-1, len(around))
    for name, stream in score.given.items()
  }
  unknown = score.allowed.shape[-1]
  seen = jnp.where(chain.known, chain.voices, unknown)
  windows = seen[rows, places].reshape(-1, len(around), count)
  logits = answer(windows, given).reshape(batch, most, -1)
  logits = jnp.where(score.allowed[rows, ticks, voice], logits, _NEVER)
  drawn = draw_class(logits / chain.temperature[:, None, None], uniforms, 1)
  moves = free[rows, ticks] & (jnp.arange(most) < wanted[:, None])
  kept = jnp.where(moves, drawn, chain.voices[rows, ticks, voice])
  return chain._replace(
    voices=chain.voices.at[rows, ticks, voice].set(kept),
    known=chain.known.at[rows, ticks, voice].max(moves),
  )


def _uniform(keys, shape):
  return jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)


def _draws(keys, steps, most):
  """Uniform [B, T], by which cells are chosen, and [B, M], what they become."""

  def one(key):
    which, what = jax.random.split(key)
    return (
      jax.random.uniform(which, (steps,)),
      jax.random.uniform(what, (most,)),
    )

  return jax.vmap(one)(keys)


def _anything(keys, allowed):
  """A class for each cell [B, T, V], uniform among those allowed."""
  noise = _uniform(keys, allowed.shape[1:])
  return jnp.argmax(jnp.where(allowed, noise, -1), -1).astype(jnp.int32)
