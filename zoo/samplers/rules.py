"""Rules of voice leading: which classes of a cell would break them.

A rule determines, from the notes around a cell, which classes would break it:
parallel fifths and octaves from the previous note or to the next one, and
voice crossings. Unknown notes break no rule.
"""

from collections.abc import Callable, Mapping, Sequence
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import UserError
from zoo.layers.harmony import (
  NONE,
  Surroundings,
  candidates,
  surroundings,
)

_PERFECT = (0, 7)  # Octaves and unisons, and fifths, compound or not.
_OCTAVE = 12

Rule = Callable[[jax.Array, Surroundings, int], jax.Array]


def rules(
  text: str, pitches: Sequence[Sequence[int]], context: int
) -> Callable[[Mapping[str, Any], int], jax.Array] | None:
  """Reads names of rules such as `parallels,crossings`.

  Args:
    text: names of rules, separated by spaces or commas; '' for none.
    pitches: [V, K] MIDI pitch of each class, NONE for symbols.
    context: C, the steps on either side of the cell in a window.

  Returns:
    (window {'voices' [R, C + M + C, V], 'key' [R, C + M + C]}, voice) ->
    [R, M, K] bool, the classes that break a rule; None for no rules.

  Raises:
    UserError: no such rule.
  """
  asked = [word for word in re.split(r'[ ,]+', text.strip()) if word]
  for word in asked:
    if word not in RULES:
      raise UserError(
        f'sample/avoid takes {" and ".join(RULES)}, not {word!r}.'
      )
  if not asked:
    return None
  table = np.asarray(pitches)

  def broken(window, voice):
    around = surroundings(
      window['voices'], window['key'], table, voice, context
    )
    would = candidates(table[voice], around)
    return jnp.any(
      jnp.stack([RULES[word](would, around, voice) for word in asked]), 0
    )

  return broken


def parallels(would: jax.Array, around: Surroundings, voice: int) -> jax.Array:
  """[R, M, K]: a perfect interval that moves to another of its kind.

  Both voices move, in the same direction.

  Args:
    would: [R, M, K] the active pitch for each class.
    around: the surroundings of the cells.
    voice: the voice of the cells; the rule is the same for all.
  """
  del voice
  here = would[..., None]  # against the V - 1 others
  before, after = (x[..., None, None] for x in (around.before, around.after))
  now, last, then, until = (
    x[..., None, :]
    for x in (around.now, around.last, around.then, around.until)
  )
  into = _parallel(before, here, last, now)
  return jnp.any(into | _parallel(here, after, until, then), -1)


def crossings(would: jax.Array, around: Surroundings, voice: int) -> jax.Array:
  """[R, M, K]: above the next higher voice, or below the next lower one.

  It is checked at the beginning and at the end of the note.
  """
  found = jnp.zeros(would.shape, bool)
  others = np.delete(np.arange(around.now.shape[-1] + 1), voice)
  for place, other in enumerate(others):
    if abs(other - voice) != 1:
      continue
    for theirs in (around.now[..., place], around.until[..., place]):
      theirs = theirs[..., None]
      beyond = would > theirs if other < voice else would < theirs
      found |= beyond & (theirs != NONE) & (would != NONE)
  return found


def _parallel(own, own_next, other, other_next):
  pitches = (own, own_next, other, other_next)
  known = jnp.all(jnp.stack(jnp.broadcast_arrays(*pitches)) != NONE, 0)
  before = jnp.abs(own - other) % _OCTAVE
  after = jnp.abs(own_next - other_next) % _OCTAVE
  together = (own_next - own) * (other_next - other) > 0
  perfect = jnp.isin(before, jnp.array(_PERFECT))
  return known & together & perfect & (before == after)


RULES: dict[str, Rule] = {'parallels': parallels, 'crossings': crossings}
