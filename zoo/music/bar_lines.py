"""Bar lines: metres that align the measures of a score with bar lines."""

from collections.abc import Sequence

from zoo.music.piece import Metre

_FUZZ = 1e-6  # Quarters.


def lay_bars(
  lengths: Sequence[float], signatures: Sequence[tuple[int, int]]
) -> tuple[float, tuple[Metre, ...]]:
  """Silence before a pick-up, and metres that align measures with bar lines.

  The pick-up is at the end of a whole bar. Two measures that add up to a bar
  are one bar. After an incomplete bar the metre starts again.

  Args:
    lengths: of each measure, in quarters; at least one.
    signatures: the time signature (numerator, denominator) of each.

  Returns:
    The quarters by which all music is moved, and the metres after that.
  """
  anchor = Metre(0.0, *signatures[0])
  pick_up = len(lengths) > 1 and lengths[0] < anchor.bar - _FUZZ
  shift = anchor.bar - lengths[0] if pick_up else 0.0
  metres, place = [anchor], shift
  for length, signature in zip(lengths, signatures, strict=True):
    passed = (place - anchor.start + _FUZZ) % anchor.bar - _FUZZ
    fits = abs(passed) < 2 * _FUZZ or passed + length <= anchor.bar + _FUZZ
    if signature != anchor[1:] or not fits:
      anchor = Metre(place, *signature)
      metres.append(anchor)
    place += length
  return shift, tuple(metres)
