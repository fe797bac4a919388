"""Numbers in a MusicXML file, which anybody may have written."""

import math

from zoo.music.limits import Refused

_MOST = 10**9


def number(text: str | None, name: str) -> float:
  """A number, whole where it is; `name` says whose, in the plural.

  Raises:
    Refused: there is none, or it is beyond a thousand million.
  """
  try:
    found: float = int(text or '')
  except ValueError:
    try:
      found = float(text or '')
    except ValueError:
      raise Refused(f'has {name} that are no numbers') from None
  if math.isnan(found):
    raise Refused(f'has {name} that are no numbers')
  if abs(found) > _MOST:
    raise Refused(f'has {name} beyond {_MOST:,}')
  return found


def whole(text: str | None) -> int | None:
  """A whole number up to a thousand million; None where there is none."""
  try:
    found = int(text or '')
  except ValueError:
    return None
  return found if abs(found) <= _MOST else None
