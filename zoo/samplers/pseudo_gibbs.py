"""DeepBach's pseudo-Gibbs: redraw some cells of each voice, again and again.

Every cell may be fixed, or told which classes it may have. An iteration takes
the voices one after another; of each it draws a share of the free cells at
once, each given all the rest as it stood before. That is not quite Gibbs
sampling, whose cells would come one by one; the fewer at once, the nearer. A
temperature that begins above its end lets the chain move at first.

A chain that begins with noise may end in harmonies that agree with one another
and with nothing else. A model that has learned with cells hidden can begin with
none: in a pass all free cells are forgotten, and drawn share by share, each
given what is written by then; later passes forget less and less.

Source: Hadjeres, Pachet & Nielsen, ICML 2017, algorithm 1; the schedule of
temperatures from the authors' code. Passes: Uria, Murray & Larochelle 2014;
that forget less and less: Yao et al. 2014, and Huang et al. 2017,
arXiv 1903.07227, on chorales.
"""

from collections.abc import Callable, Sequence
import math
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Tree
from zoo.layers.dropout import fold
from zoo.layers.gibbs import gibbs

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
  """Chorales to be filled in, with at least C steps of padding around.

  Attributes:
    voices: [B, T, V] int32 classes.
    streams: {name: [B, T] int32}, the metadata that the model reads.
    free: [B, T, V] bool; a cell that is not never changes.
    allowed: bool that broadcasts to [B, T, V, K], what a free cell may be.
    music: [B] int32, steps without padding: a share of them is drawn.
  """

  voices: jax.Array
  streams: dict[str, jax.Array]
  free: jax.Array
  allowed: jax.Array
  music: jax.Array


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
    model: a Flax module such as DeepBach.
    params: its parameters.
    score: what is given.
    keys: [B] random keys; chorale i depends on keys[i] alone.
    schedule: of the chains.
    voices: the only ones with free cells; None is all of them. It saves time.
    broken: (windows, voice) -> [R, 1, K] bool, classes that are drawn only
      where there is no other; see zoo.samplers.rules.

  Returns:
    [B, T, V] int32 classes.
  """
  batch, steps, count = score.voices.shape
  redrawn = range(count) if voices is None else voices
  most = max(round(schedule.share * (steps - 2 * model.context)), 1)
  # A short piece among longer ones has as large a share drawn as they have.
  wanted = jnp.maximum(jnp.round(schedule.share * score.music), 1)
  in_turn = jnp.arange(most) < wanted[:, None]
  allowed = jnp.broadcast_to(
    score.allowed & jnp.asarray(model.possible),
    (batch, steps, *model.possible.shape),
  )
  around = jnp.arange(-model.context, model.context + 1)
  rows = jnp.arange(batch)[:, None]
  unknown = allowed.shape[-1]
  forgotten = jnp.asarray(schedule.forgotten)

  def conditional(values, keys):
    chorale, before = values['voices'], values['temperature']
    now = jnp.maximum(before * schedule.cooling, schedule.temperature)
    part = forgotten[values['number']][:, None, None]
    chances = _uniform(fold(keys, count), (steps, count))
    known = values['known'] & ~(score.free & (chances < part))
    for voice in redrawn:
      chances, noise = _draws(fold(keys, voice), steps, most, allowed.shape[-1])
      free = score.free[..., voice]
      # What is not known comes first.
      chances += ~known[..., voice]
      ticks = lax.top_k(jnp.where(free, chances, -1), most)[1]
      places = (ticks[..., None] + around).reshape(batch, -1)
      window = {
        name: stream[rows, places].reshape(-1, len(around))
        for name, stream in score.streams.items()
      }
      seen = jnp.where(known, chorale, unknown)
      window['voices'] = seen[rows, places].reshape(-1, len(around), count)
      logits = model.apply({'params': params}, window, voice, method='voice')
      if broken is not None:
        logits = jnp.where(broken(window, voice), logits + _LAST, logits)
      logits = logits.reshape(batch, most, -1)
      logits = jnp.where(allowed[rows, ticks, voice], logits, _NEVER)
      drawn = jnp.argmax(logits / now[:, None, None] + noise, -1)
      moves = free[rows, ticks] & in_turn
      kept = jnp.where(moves, drawn, chorale[rows, ticks, voice])
      chorale = chorale.at[rows, ticks, voice].set(kept)
      known = known.at[rows, ticks, voice].max(moves)
    return {
      'voices': chorale,
      'temperature': now,
      'known': known,
      'number': values['number'] + 1,
    }

  first = _anything(fold(keys, count), allowed)
  start = {
    'voices': jnp.where(score.free, first, score.voices),
    'temperature': jnp.full(batch, schedule.hottest),
    'known': jnp.ones(score.free.shape, bool),
    'number': jnp.zeros(batch, int),
  }
  return gibbs(conditional, start, keys, schedule.iterations)['voices']


def _uniform(keys, shape):
  return jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)


def _draws(keys, steps, most, classes):
  """Uniform [B, T], by which cells are chosen, and Gumbel noise [B, M, K]."""

  def one(key):
    which, what = jax.random.split(key)
    return (
      jax.random.uniform(which, (steps,)),
      jax.random.gumbel(what, (most, classes)),
    )

  return jax.vmap(one)(keys)


def _anything(keys, allowed):
  """A class for each cell [B, T, V], uniform among those allowed."""
  noise = _uniform(keys, allowed.shape[1:])
  return jnp.argmax(jnp.where(allowed, noise, -1), -1).astype(jnp.int32)
