"""DeepBach's pseudo-Gibbs sampling: repeatedly redraws cells of each voice.

Every cell may be fixed, or limited to some classes. An iteration updates the
voices one after another, and samples a share of the free cells of each at once,
each cell given the rest as before. Gibbs sampling would sample the cells one by
one; the fewer at once, the closer this comes to it. A higher temperature at the
beginning lets the chain mix.

A chain that starts from noise may end in harmonies that agree with each other
but not with the given notes. A model trained with hidden cells can start from
an empty score: in a pass all free cells are forgotten, and sampled share by
share, each given the cells known by then; later passes forget less and less.

Source: Hadjeres, Pachet & Nielsen, ICML 2017, algorithm 1; the schedule of
temperatures from the authors' code. Passes: Uria, Murray & Larochelle 2014;
passes that forget less and less: Yao et al. 2014, and Huang et al. 2017, arXiv
1903.07227, on chorales.
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

_NEVER = -1e9  # The logit of classes that a cell may not have.
_LAST = -1e4  # Added to the logit of classes that it should not have.


class Schedule(NamedTuple):
  """The schedule of a chain.

  Attributes:
    iterations: how many; each updates every voice once.
    share: of a voice's steps that are sampled at once.
    hottest: the temperature before the first iteration.
    cooling: the factor of the temperature per iteration.
    temperature: the final temperature.
    passes: how often cells are forgotten before they are only redrawn; 0
      starts from random classes, as in the paper. A pass that forgets a part
      takes part / share iterations, each of which samples the share rounded to
      whole cells: remaining unknown cells are sampled first afterward, for
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
    """[passes] the part of the free cells that each pass forgets."""
    return 1 - np.arange(self.passes) / max(self.passes, 1)

  @property
  def passing(self) -> int:
    """Iterations that the passes take."""
    return int(np.sum(np.ceil(self.parts / self.share)))

  @property
  def least(self) -> int:
    """The minimum number of iterations after which every cell was sampled."""
    return self.passing + (math.ceil(1 / self.share) if self.passes else 0)

  @property
  def forgotten(self) -> np.ndarray:
    """[iterations] the part of the free cells that is forgotten before each."""
    took = np.ceil(self.parts / self.share).astype(int)
    found = np.zeros(max(self.iterations, 1), np.float32)
    found[np.cumsum(took) - took] = self.parts
    return found


class Score(NamedTuple):
  """Scores to be filled in, with at least C steps of padding at both ends.

  Attributes:
    voices: [B, T, V] int32 classes.
    given: {name: [B, T] int32}, other inputs of the model.
    free: [B, T, V] bool; other cells never change.
    allowed: bool that broadcasts to [B, T, V, K], classes for free cells.
    music: [B] int32, steps without padding: a share of them is sampled.
  """

  voices: jax.Array
  given: dict[str, jax.Array]
  free: jax.Array
  allowed: jax.Array
  music: jax.Array


class _Chain(NamedTuple):
  """State of a chain: cells [B, T, V], temperature and iteration [B]."""

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
  """Initializes all free cells at random, and then runs the chains.

  Args:
    model: has `context`, `possible` and `conditional`; see
      zoo.questions.Conditional.
    params: its parameters.
    score: the score to fill in.
    keys: [B] random keys; chorale i depends on keys[i] only.
    schedule: of the chains.
    voices: those with free cells, to save time; None for all.
    broken: ({'voices': windows, **given}, voice) -> [R, 1, K] bool, classes
      that are sampled only if there is no other; see zoo.samplers.rules.

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
  """Logits [R, 1, K] of a voice, far lower for classes that break a rule."""
  logits = model.apply(
    {'params': params}, windows, given, voice, method='conditional'
  )
  if broken is None:
    return logits
  wrong = broken({'voices': windows, **given}, voice)
  return jnp.where(wrong, logits + _LAST, logits)


def _redraw(answer, score, chain, keys, voice, schedule, context):
  """The chain after sampling a share of one voice's free cells.

  Args:
    answer: (windows [R, 2C + 1, V], given) -> logits [R, 1, K] of the voice.
    score, schedule: as in `fill_in`.
    chain: its state.
    keys: [B] random keys.
    voice: the number of the voice.
    context: C.
  """
  batch, steps, count = score.voices.shape
  most = max(round(schedule.share * (steps - 2 * context)), 1)
  # For short and long pieces, the same share is sampled.
  wanted = jnp.maximum(jnp.round(schedule.share * score.music), 1)
  around = jnp.arange(-context, context + 1)
  rows = jnp.arange(batch)[:, None]
  order, uniforms = _draws(keys, steps, most)
  free = score.free[..., voice]
  # Unknown cells come first.
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
  """Uniforms [B, T] for choosing cells, and [B, M] for sampling them."""

  def one(key):
    which, what = jax.random.split(key)
    return (
      jax.random.uniform(which, (steps,)),
      jax.random.uniform(what, (most,)),
    )

  return jax.vmap(one)(keys)


def _anything(keys, allowed):
  """A random class for each cell [B, T, V], uniform among those allowed."""
  noise = _uniform(keys, allowed.shape[1:])
  return jnp.argmax(jnp.where(allowed, noise, -1), -1).astype(jnp.int32)
