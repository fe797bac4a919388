"""Finds earlier occurrences of the last tokens of a text, and what followed."""

from typing import Any, NamedTuple

import jax
from jax import export
import jax.numpy as jnp

LONGEST = 15  # maximum reported length of a match, in tokens


class Past(NamedTuple):
  """The state after a text.

  Attributes:
    tokens: [B, L] the last tokens, the latest first; -1 for none.
    lengths: [B, L] number of last tokens that match those d + 1 earlier.
  """

  tokens: Any
  lengths: Any


# So that programs that return the carry can be exported and cached.
export.register_namedtuple_serialization(
  Past, serialized_name='zoo.layers.token_match.Past'
)


def nothing(count: int, reach: int) -> Past:
  """The state before the first token; `reach` is L."""
  shape = (count, reach)
  return Past(jnp.full(shape, -1, jnp.int32), jnp.zeros(shape, jnp.int32))


def match(
  past: Past, tokens: jax.Array, fresh: jax.Array, *, nearest: int, least: int
) -> tuple[jax.Array, jax.Array, Past]:
  """The token that followed the longest match, after each of some tokens.

  Args:
    past: the state before.
    tokens: [B, T].
    fresh: [B, T] bool, tokens that end a text and reset the state.
    nearest: minimum distance of a match, in tokens.
    least: minimum length of a match.

  Returns:
    The token that followed [B, T], -1 for none; the length of the match [B, T],
    at most LONGEST, 0 for none; and the state after. Of equal matches the
    latest counts.
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
