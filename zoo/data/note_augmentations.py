"""Augmentation of rows of notes: one key and tempo for all of a piece.

A batch holds `notes` [B, T, 3] classes of dT, T and P, and `piece_draw` [B, T]
uint32, one random number for each piece and epoch. All random choices are
derived from it, so that they do not depend on the step, stream or device that
reads a note. The start and end tags of a piece are not changed.

Source: Colombo, Brea & Gerstner, BachProp, arXiv 1812.06669, and its slides.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Augment, Spec, UserError

# From the slides; .33 and .66 stand for exactly 1/3 and 2/3.
FACTORS = (0.125, 0.25, 0.33, 0.5, 0.66, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)

_KEY, _TEMPO = range(2)  # Purposes of the random number of a piece.
_NEAR = 0.01  # Tolerance: .33 is taken as 1/3.


def transpose_notes(
  spec: Spec, low: int, high: int, probability: float
) -> Augment:
  """Transposes each piece so that all its pitches stay in the dictionary.

  Each such interval within low..high is equally likely. `room` [B, T, 2] holds
  how many semitones down and up a piece can be moved; it is updated.

  Args:
    spec: of the encoder notes.
    low, high: semitones, both included.
    probability: share of the pieces that are transposed, 0..1.
  """
  tag = spec.sizes['pitch'] - 1

  def augment(keys: Any, batch: Any) -> Any:
    del keys  # they differ from step to step
    notes, room = batch['notes'], batch['room']
    choose, whether = _uniform(batch['piece_draw'], _KEY)
    first = jnp.maximum(-room[..., 0], low)
    count = jnp.minimum(room[..., 1], high) - first + 1
    by = first + jnp.floor(choose * count).astype(jnp.int32)
    by = jnp.where((count > 0) & (whether < probability), by, 0)
    pitch = notes[..., 2] + jnp.where(notes[..., 2] == tag, 0, by)
    room = room + jnp.stack([by, -by], -1)
    return {**batch, 'notes': notes.at[..., 2].set(pitch), 'room': room}

  return augment


def dilate_notes(
  spec: Spec, *, factors: tuple[float, ...] = FACTORS, probability: float = 1.0
) -> Augment:
  """Stretches each piece in time, keeping its values in the dictionary.

  With `probability`, the factor is drawn uniformly from those for which every
  stretched dT and T of the piece is in the dictionary.

  Args:
    spec: of the encoder notes.
    factors: some of 1/8, 1/4, 1/3, 1/2, 2/3, 1, 3/2, 2, 5/2, 3 and 4, to two
      digits or more.
    probability: share of the pieces, 0..1.

  Raises:
    UserError: another encoder, factor, or probability.
  """
  if 'notes' not in spec.fields:
    raise UserError(
      'augmentation dilate_notes needs the encoder notes, and this is '
      f"'{spec.encoder}': take dilate_rhythm, or leave it out."
    )
  if not 0 <= probability <= 1:
    raise UserError(
      'augmentation dilate_notes takes a probability between 0 and 1, not '
      f'{probability}.'
    )
  chosen = jnp.asarray(_places(spec.tables['factors'], factors))
  tables = [
    jnp.asarray(spec.tables[f'dilate_{name}'])[chosen]
    for name in ('after', 'length')
  ]

  def augment(keys: Any, batch: Any) -> Any:
    del keys  # they differ from step to step
    notes, legal = batch['notes'], batch['factors'][..., None] >> chosen & 1
    choose, whether = _uniform(batch['piece_draw'], _TEMPO)
    count = jnp.sum(legal, -1)
    nth = jnp.floor(choose * count).astype(jnp.int32)[..., None]
    place = jnp.argmax((jnp.cumsum(legal, -1) == nth + 1) & (legal > 0), -1)
    moved = [
      table[place, notes[..., column]] for column, table in enumerate(tables)
    ]
    moves = (count > 0) & (whether < probability)
    stretched = jnp.stack([*moved, notes[..., 2]], -1)
    return {**batch, 'notes': jnp.where(moves[..., None], stretched, notes)}

  return augment


def _uniform(numbers, purpose):
  """Two numbers in [0, 1) for each of numbers [...], uint32."""

  def one(number):
    key = jax.random.fold_in(jax.random.key(purpose), number)
    return jax.random.uniform(key, (2,))

  found = jax.vmap(one)(numbers.reshape(-1))
  return jnp.moveaxis(found.reshape(*numbers.shape, 2), -1, 0)


def _places(table: Sequence[Sequence[int]], factors) -> np.ndarray:
  """Rows of the table of (numerator, denominator) that hold the factors."""
  known = np.array(
    [numerator / denominator for numerator, denominator in table]
  )
  places = []
  for factor in factors:
    place = int(np.abs(known - factor).argmin())
    if abs(known[place] - factor) > _NEAR:
      raise UserError(
        f'augmentation dilate_notes has no factor {factor}: take some of '
        f'{", ".join(f"{one:.3g}" for one in known)}.'
      )
    places.append(place)
  if not places:
    raise UserError(
      'augmentation dilate_notes/factors is empty: name one, or leave '
      'dilate_notes out.'
    )
  return np.array(places)
