"""Where the last tokens of a text occurred before, and what followed there."""

from typing import Any, NamedTuple

import jax
from jax import export
import jax.numpy as jnp

LONGEST = 15  # tokens of a match that are distinguished


class Past(NamedTuple):
  """What is kept of a text.

  Attributes:
    tokens: [B, L] the last ones, the latest first; -1 where there are none.
    lengths: [B, L] tokens that agree, up to the last, with those d + 1 before.
  """

  tokens: Any
  lengths: Any


# It is carried from step to step, and programs that give it can be kept.
export.register_namedtuple_serialization(
  Past, serialized_name='zoo.layers.token_match.Past'
)


def nothing(count: int, reach: int) -> Past:
  """Before the first token; `reach` is L."""
  shape = (count, reach)
  return Past(jnp.full(shape, -1, jnp.int32), jnp.zeros(shape, jnp.int32))


def match(
  past: Past, tokens: jax.Array, fresh: jax.Array, *, nearest: int, least: int
) -> tuple[jax.Array, jax.Array, Past]:
  """What followed the longest match, behind each of some tokens.

  Args:
    past: what was before.
    tokens: [B, T].
    fresh: [B, T] bool, tokens that end a text: what was before is forgotten.
    nearest: tokens back, at least, that a match must lie.
    least: length of the shortest match that counts.

  Returns:
    the token that followed [B, T], -1 for none; the length of the match [B, T],
    at most LONGEST, 0 for none; the past. Of equal matches the latest counts.
  """

  def one(past, now):
    token, new = now
    agree = past.tokens == token[:, None]
    lengths = jnp.where(agree, past.lengths + 1, 0)
    latest = jnp.concatenate([token[:, None], past.tokens[:, :-1]], 1)
    latest = jnp.where(new[:, None], -1, latest)
    lengths = jnp.where(new[:, None], 0, lengths)
    far = lengths[:, nearest - 1 :]
    place = jnp.argmax(far, -1)[:, None]
    length = jnp.take_along_axis(far, place, -1)[:, 0]
    follows = jnp.take_along_axis(latest, place + nearest - 1, -1)[:, 0]
    found = length >= least
    follows = jnp.where(found, follows, -1)
    length = jnp.where(found, jnp.minimum(length, LONGEST), 0)
    return Past(latest, lengths), (follows, length)

  past, (follows, lengths) = jax.lax.scan(one, past, (tokens.T, fresh.T))
  return follows.T, lengths.T, past
