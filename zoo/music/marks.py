"""Parses MusicXML's keys, metres, transpositions and tempos."""

from collections import Counter
import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from zoo.music.numbers import whole

MOST_SHARPS = 7  # Or flats, in a key signature.
_MOST_BEATS = 255  # A MIDI file has a byte for them.
_UNITS = (1, 2, 4, 8, 16, 32, 64)
_BEATS = {
  'long': 16.0,
  'breve': 8.0,
  'whole': 4.0,
  'half': 2.0,
  'quarter': 1.0,
  'eighth': 0.5,
  '16th': 0.25,
  '32nd': 0.125,
  '64th': 0.0625,
}


class Metre(NamedTuple):
  """A time signature; 0, 0 is senza misura."""

  numerator: int
  denominator: int

  @property
  def quarters(self) -> float:
    """Length of a bar; 0 for senza misura."""
    return 4 * self.numerator / self.denominator if self.denominator else 0.0


class Moved(NamedTuple):
  """The transposition of a staff, from written to sounding pitch.

  Attributes:
    semitones: upward.
    fifths: the same interval on the line of fifths.
    doubled: semitones to the octave that doubles it; 0 for none.
  """

  semitones: int = 0
  fifths: int = 0
  doubled: int = 0

  def spelling(self, written: int) -> int:
    """The spelling of the sounding pitch; 0 if it has no name."""
    place = written + self.fifths
    return place if written and 1 <= place <= 35 else 0

  def key(self, sharps: int) -> int:
    """The sounding key signature, with at most seven sharps or flats."""
    sharps += self.fifths
    while abs(sharps) > MOST_SHARPS:
      sharps -= 12 if sharps > 0 else -12
    return sharps


UNMOVED = Moved()


def read_transpose(element: Element) -> Moved:
  """The transposition of a `transpose`; malformed numbers count as 0."""
  steps, semitones, octaves = (
    _small(element.findtext(name))
    for name in ('diatonic', 'chromatic', 'octave-change')
  )
  if element.find('diatonic') is None:
    steps = round(semitones * 7 / 12)
  double = element.find('double')
  doubled = 0
  if double is not None:
    doubled = 12 if double.get('above') == 'yes' else -12
  fifths = 7 * semitones - 12 * steps
  if not (semitones or octaves or doubled or fifths):
    return UNMOVED
  return Moved(semitones + 12 * octaves, fifths, doubled)


def _small(text):
  try:
    return max(-200, min(int(float(text or 0)), 200))
  except (ValueError, OverflowError):
    return 0


def read_key(element: Element, passed_over: Counter[str]) -> int | None:
  """Sharps of a `key`; None if it is not a major or minor signature."""
  if element.find('fifths') is None:
    if element.find('key-step') is not None:
      passed_over['key signatures that are not traditional'] += 1
    return None
  sharps = whole(element.findtext('fifths'))
  if sharps is None or abs(sharps) > MOST_SHARPS:
    passed_over['key signatures beyond seven'] += 1
    return None
  return sharps


def read_metre(element: Element, passed_over: Counter[str]) -> Metre | None:
  """A `time`: 3+2/8 is 5/8, and 3/4 with 2/8 is 8/8.

  None for one that cannot be read, which is counted in `passed_over`.
  """
  if element.find('senza-misura') is not None:
    return Metre(0, 0)
  beats = [one.text or '' for one in element.findall('beats')]
  units = [whole(one.text) for one in element.findall('beat-type')]
  if not beats or len(beats) != len(units):
    passed_over['metres that cannot be read'] += 1
    return None
  total, finest = 0.0, 1
  for text, unit in zip(beats, units, strict=True):
    counts = [whole(part) for part in text.split('+')]
    if unit not in _UNITS or None in counts:
      passed_over['metres that cannot be read'] += 1
      return None
    total += sum(count for count in counts if count) / unit
    finest = max(finest, unit)
  top = round(total * finest)
  if not 1 <= top <= _MOST_BEATS:
    passed_over['metres that cannot be read'] += 1
    return None
  return Metre(top, finest)


def metre_of(quarters: float) -> Metre | None:
  """A metre for a bar of this length; None if no metre has it."""
  for unit in _UNITS[2:]:
    beats = quarters * unit / 4
    if beats == round(beats) and 1 <= beats <= _MOST_BEATS:
      return Metre(round(beats), unit)
  return None


def read_metronome(element: Element) -> float | None:
  """Quarter notes per minute of a metronome mark.

  None for one that equates two note values, or that has no number. The first
  number of `c. 80` or `80-90` counts.
  """
  units, rate = 0.0, None
  for child in element:
    text = (child.text or '').strip()
    if child.tag == 'beat-unit':
      if units:
        return None
      units = last = _BEATS.get(text, 0.0)
    elif child.tag == 'beat-unit-dot' and units:
      last /= 2
      units += last
    elif child.tag == 'per-minute':
      match = re.search(r'[0-9]{1,5}(\.[0-9]{1,6})?', text)
      rate = float(match[0]) if match else None
  found = units * rate if rate else 0.0
  return found or None


def numbers(text: str) -> tuple[int, ...]:
  """The passes named by a text such as `1, 2`, `1.2.` or `1-3`, sorted."""
  found: set[int] = set()
  for first, last in re.findall(r'([0-9]{1,2})(?:\s*-\s*([0-9]{1,2}))?', text):
    found |= {*range(int(first), int(last or first) + 1)}
  return tuple(sorted(found - {0}))
