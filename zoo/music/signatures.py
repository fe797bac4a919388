"""Key signatures: written, named, or estimated from the notes."""

from collections.abc import Iterable, Sequence
import re

import numpy as np

from zoo.music.piece import Notes, Piece

_MAJOR = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))

# Sharps of a mode's signature, relative to the major key on the same tonic.
_MODES = {
  '': 0,
  'm': -3,
  'lyd': 1,
  'mix': -1,
  'dor': -2,
  'phr': -4,
  'loc': -5,
}


def key_signatures(piece: Piece) -> list[list[float]]:
  """[start in quarters, sharps] of a piece, negative for flats; first at 0.

  The written signatures, or else the one that fits the notes best.
  """
  return written_signatures(piece) or [[0.0, likely_sharps(piece.notes)]]


def written_signatures(piece: Piece) -> list[list[float]]:
  """The written signatures, or that of the key's name in ABC; [] for none."""
  written = piece.metadata.get('key_signatures')
  if written:
    return written
  sharps = sharps_of(str(piece.metadata.get('key', '')))
  return [] if sharps is None else [[0.0, sharps]]


def without_idle(signatures: Iterable[Sequence[float]]) -> list[list[float]]:
  """Drops redundant signatures; of several at one time the last counts."""
  last = {start: sharps for start, sharps in signatures}
  kept: list[list[float]] = []
  for start, sharps in last.items():
    if not kept or kept[-1][1] != sharps:
      kept.append([start, sharps])
  return kept


def sharps_of(name: str) -> int | None:
  """Sharps of a key such as `F#m`, `Bb` or `Ddor`; None if it is not a key."""
  match = re.fullmatch(r'([A-G])([#b]?)([a-z]*)', name)
  if not match or match[3] not in _MODES:
    return None
  altered = {'': 0, '#': 7, 'b': -7}[match[2]]
  sharps = 'FCGDAEB'.index(match[1]) - 1 + altered + _MODES[match[3]]
  return sharps if abs(sharps) <= 7 else (sharps + 5) % 12 - 5


def likely_sharps(table: Notes) -> int:
  """The signature, -5..6, with the most note time on pitches of its scale.

  Among equals, one whose major or minor tonic is the last note; then the one
  with the fewest accidentals.
  """
  active = ~table.drum
  if not active.any():
    return 0
  length = (table.end - table.start)[active]
  pitch = table.pitch[active].astype(int)
  share = np.bincount(pitch % 12, length, 12) / length.sum()
  last = pitch[table.end[active].argmax()] % 12

  def fit(sharps):
    tonic = 7 * sharps % 12
    inside = round(float(share[np.roll(_MAJOR, tonic)].sum()), 6)
    return inside, last in (tonic, (tonic + 9) % 12), -abs(sharps)

  return max(range(-5, 7), key=fit)
