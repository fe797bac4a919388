"""ABC's information fields: keys, metres, note lengths, tempos, part orders.

Source: the ABC standard 2.1, https://abcnotation.com/wiki/abc:standard:v2.1,
sections 3.1 and 4.6. Comments mark what is common in tune books but not in the
standard.
"""

from fractions import Fraction
import functools
import re
from typing import NamedTuple

from zoo.contracts import UserError

QUARTER = 2**10 * 3**2 * 5 * 7 * 11 * 13  # ticks, exact for tuplets up to 13
MAX_PARTS = 500  # in an order of parts

_MODES = {
  '': 0,
  'm': -3,
  'maj': 0,
  'ion': 0,
  'min': -3,
  'aeo': -3,
  'mix': -1,
  'dor': -2,
  'phr': -4,
  'lyd': 1,
  'loc': -5,
}
_NAMES = {'maj': '', 'ion': '', 'min': 'm', 'aeo': 'm'}
_FIFTHS = 'FCGDAEB'
_TONIC = r'(?P<step>[A-G])(?P<sign>[#b\u266f\u266d]|[ -]?(?:sharp|flat)\b)?'
_MODE = (
  r'(?:[\s._-]*(?P<mode>(?:maj|ion|min|aeo|mix|dor|phr|lyd|loc)[a-z]*'
  r'|m(?![a-z])|exp\b))?'
)
_KEY = re.compile(rf'(?:{_TONIC}{_MODE})', re.IGNORECASE)
_ACCIDENTAL = re.compile(r'(?<![A-Za-z=])(\^{1,2}|_{1,2}|=)([A-Ga-g])(?![a-z])')
_ALTERS = {'^^': 2, '^': 1, '=': 0, '_': -1, '__': -2}


class BadTune(UserError):
  """A tune that cannot be read reliably; the message is the reason."""


class Key(NamedTuple):
  """The key of a K: field.

  Attributes:
    name: tonic and mode in a short form that ABC readers agree on: G, Am,
      Ddor; C for no key.
    alters: (step, semitones) of the steps that are not natural.
    plain: whether the signature is that of `name`, without extra accidentals.
  """

  name: str
  alters: tuple[tuple[str, int], ...]
  plain: bool = True

  def of(self, step: str) -> int:
    """Semitones by which the signature raises a step."""
    for name, alter in self.alters:
      if name == step:
        return alter
    return 0


class TimeSignature(NamedTuple):
  """The metre of an M: field: beats and their unit; 4/4 for free metre."""

  numerator: int
  denominator: int
  free: bool = False

  @property
  def ticks(self) -> int:
    """Length of a full bar."""
    return 4 * QUARTER * self.numerator // self.denominator

  @property
  def compound(self) -> bool:
    """Whether it is 6/8, 9/8, 12/8 or similar."""
    return self.denominator >= 8 and self.numerator % 3 == 0


def read_key(text: str, before: Key | None = None) -> Key:
  """The key of a K: field; clefs in it are ignored.

  Args:
    text: `G`, `A Mixolydian`, `A-minor`, `A_phr`, `D =c`, `D exp _b ^f`,
      `HP`, `none`, `clef=bass`.
    before: the current key, which a field without a key does not change; None
      for C major.

  Raises:
    BadTune: the text names no key that can be read.
  """
  text = text.strip()
  first = re.split(r'[\s,]', text)[0]
  own = [(step.upper(), _ALTERS[sign]) for sign, step in _accidentals(text)]
  if not own and (not first or is_clef(first)):
    return before or Key('C', ())
  if first.lower() == 'none' or (own and first[0] in '^_='):
    name, alters = 'C', {}
  elif first in ('HP', 'Hp'):
    # The Highland pipes' scale: F sharp, C sharp, G natural.
    name, alters = 'D', {'F': 1, 'C': 1}
  else:
    name, alters = _tonic_and_mode(text)
  alters.update(own)
  rows = tuple(sorted((s, a) for s, a in alters.items() if a))
  return Key(name, rows, not own and rows == _signature(name))


def _accidentals(text):
  return _ACCIDENTAL.findall(re.sub(r'\S+=\S+', _unless_own, text))


def _unless_own(match):
  """'' for a word like `clef=alto`; a word like `Dmix=c` has an accidental."""
  word = match[0]
  return '' if re.match(r'[a-z]+=', word) else word


def is_clef(word: str) -> bool:
  """Whether a word of K: or V: describes a clef or voice, not a key."""
  return bool(
    re.match(
      r'(?:[a-z]+\s*=|(?:treble|alto|tenor|bass|perc|none)[-+0-9]*$'
      r'|[-+]8$|merge$|up$|down$)',
      word,
    )
  )


def _tonic_and_mode(text):
  match = _KEY.match(text)
  if not match:
    raise BadTune('has a key that cannot be read')
  rest = text[match.end() :]
  lower = match['step'].islower()
  if rest and (re.match(r'[A-Za-z0-9#]', rest) or (lower and rest[0] != ' ')):
    raise BadTune('has a key that cannot be read')
  sign = (match['sign'] or '').lower().strip(' -')
  sign = {'sharp': '#', '\u266f': '#', 'flat': 'b', '\u266d': 'b'}.get(
    sign, sign
  )
  tonic = match['step'].upper() + sign
  mode = (match['mode'] or '').lower()[:3]  # capitals do not matter: EM is Em
  if mode == 'exp':
    return tonic, {}
  name = tonic + _NAMES.get(mode, mode)
  return name, dict(_signature(name))


@functools.lru_cache(256)
def _signature(name):
  match = re.fullmatch(r'([A-G])([#b]?)([a-z]*)', name)
  sharps = _FIFTHS.index(match[1]) - 1 + _MODES[match[3]]
  sharps += {'': 0, '#': 7, 'b': -7}[match[2]]
  rows = {}
  for place in range(abs(sharps)):
    step = _FIFTHS[place % 7] if sharps > 0 else _FIFTHS[6 - place % 7]
    rows[step] = rows.get(step, 0) + (1 if sharps > 0 else -1)
  return tuple(sorted(rows.items()))


def read_shift(text: str, before: int = 0) -> int:
  """Semitones by which the words of a K: or V: field transpose the notes.

  Args:
    text: may have octave=-1, transpose=2, clef=treble-8.
    before: the current shift, kept if the field names no clef or octave.
  """
  shift = 0
  if not re.search(r'octave|transpose|treble|alto|tenor|bass', text):
    return before
  for name, value in re.findall(
    r'\b(octave|transpose)\s*=\s*([-+]?\d{1,3})', text
  ):
    shift += int(value) * (12 if name == 'octave' else 1)
  clef = re.search(
    r'(?:^|[\s=])(?:treble|alto|tenor|bass)[1-5]?([-+])8\b', text
  )
  return shift + (12 if clef and clef[1] == '+' else -12 if clef else 0)


def read_metre(text: str) -> TimeSignature:
  """The metre of an M: field: `6/8`, `C`, `C|`, `2+2+3/8`, `(2+3)/8`, `none`.

  Raises:
    BadTune: it is none of these.
  """
  text = re.sub(r'\s+', '', text)
  if text.lower() in ('', 'none'):
    return TimeSignature(4, 4, free=True)
  if text in ('C', 'c', 'C|', 'c|'):
    return TimeSignature(2, 2) if text[1:] else TimeSignature(4, 4)
  match = re.match(r'\(?(\d{1,3}(?:\+\d{1,3})*)\)?/(\d{1,3})(?![\d/=+])', text)
  if not match:
    raise BadTune('has no metre that can be read')
  top = sum(map(int, match[1].split('+')))
  bottom = int(match[2])
  if not 0 < top <= 256 or bottom not in (1, 2, 4, 8, 16, 32, 64):
    raise BadTune('has a metre that does not exist')
  return TimeSignature(top, bottom)


def read_unit(text: str) -> int:
  """Ticks of a unit note length: `1/8`, or `1` for a whole note.

  Raises:
    BadTune: it is something else.
  """
  match = re.fullmatch(r'([1-9]\d{0,2})(?:/([1-9]\d{0,2}))?', text.strip())
  unit = Fraction(int(match[1]), int(match[2] or 1)) if match else Fraction(0)
  if not 0 < unit <= 4:
    raise BadTune('has a note length that cannot be read')
  return round(4 * QUARTER * unit)


def read_tempo(text: str, unit: int) -> float | None:
  """Q: in quarter notes per minute; None if it is missing or implausible.

  A number alone counts quarter notes, as ABC players read it; `C=100` and
  `C3=40`, from the standard 1.6, count unit note lengths.

  Args:
    text: `1/4=100`, `"Slow" 3/8=86`, `1/4 3/8=40`, `120`.
    unit: ticks of the unit note length.
  """
  text = re.sub(r'"[^"]*"', '', text).strip()
  match = re.fullmatch(r'(?:(.*)=)?\s*(\d{1,4}(?:\.\d{1,3})?)\s*', text)
  if not match:
    return None
  beat = match[1]
  if beat is None:
    quarters = Fraction(1)
  elif re.fullmatch(r'\s*[Cc]\d{0,2}\s*', beat):
    quarters = Fraction(unit * int(beat.strip()[1:] or 1), QUARTER)
  else:
    parts = re.findall(r'(\d{1,2})/(\d{1,3})', beat)
    if not parts or any(int(under) == 0 for _, under in parts):
      return None
    quarters = 4 * sum(
      (Fraction(int(over), int(under)) for over, under in parts), Fraction(0)
    )
  rate = float(match[2]) * float(quarters)
  return rate if 4 <= rate <= 2000 else None


def read_order(text: str) -> list[str]:
  """The order of parts that a header's P: requests.

  `A2(BC)3` is A A B C B C B C; groups may be nested, and dots may separate
  parts. [] if the text is something else, such as a name.

  Raises:
    BadTune: it plays more than MAX_PARTS parts.
  """
  text = re.sub(r'[\s.,]', '', text)
  if not re.fullmatch(r'[A-Za-z0-9()]*', text) or re.search('[a-z]{2}', text):
    return []
  stack: list[list[str]] = [[]]
  for sign, count in re.findall(r'([A-Za-z()])(\d{0,3})', text):
    if sign == '(':
      stack.append([])
      continue
    if sign == ')' and len(stack) == 1:
      return []
    group = stack.pop() if sign == ')' else [sign]
    if len(group) * int(count or 1) > MAX_PARTS or len(stack) > 50:
      raise BadTune('plays too many parts (P:)')
    stack[-1] += group * int(count or 1)
    if len(stack[-1]) > MAX_PARTS:
      raise BadTune('plays too many parts (P:)')
  return [part for group in stack for part in group]
