"""Parses numbers in untrusted MusicXML files."""

import math

from zoo.music.limits import Refused

_MOST = 10**9


def number(text: str | None, name: str) -> float:
  """A number, an int if it is written as one.

  Args:
    text: of the element.
    name: what the numbers are, in the plural, for the message.

  Raises:
    Refused: it is not a number, or its absolute value exceeds a billion.
  """
  try:
    found: float = int(text or '')
  except ValueError:
    try:
      found = float(text or '')
    except ValueError:
      raise Refused(f'has {name} that are not numbers') from None
  if math.isnan(found):
    raise Refused(f'has {name} that are not numbers')
  if abs(found) > _MOST:
    raise Refused(f'has {name} beyond {_MOST:,}')
  return found


def whole(text: str | None) -> int | None:
  """A whole number of at most a billion; None if there is none."""
  try:
    found = int(text or '')
  except ValueError:
    return None
  return found if abs(found) <= _MOST else None
