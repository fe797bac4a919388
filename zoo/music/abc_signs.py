"""The signs of ABC's music code: one regular expression, and small parsers.

Source: the ABC standard 2.1, https://abcnotation.com/wiki/abc:standard:v2.1,
section 4.
"""

import functools
import re

from zoo.music.abc_fields import BadTune

_LENGTH = r'\d*/*\d*'
_NOTE = r"[\^_=]*(?:(?<=[\^_])\d*/\d*)?[A-Ga-g][,']*"
_DECORATION = r'![^!|\n]{1,40}!|\+[^+|\n]{1,40}\+'

SIGNS = re.compile(
  rf"""
    (?P<note>{_NOTE}{_LENGTH})
  | (?P<space>[\s`]+)
  | (?P<bar>
      (?P<line>\.?(?::*\[\|[:|\]]* | [:|]*\|[:|\]]* | ::+ | :\](?!\d)))
      (?P<number>\d{{1,2}}(?!\d)(?:[,.-]\d{{1,2}})*)?)
  | (?P<fermata>Hx(?=\s*[|:\]]))
  | (?P<rest>[zx]{_LENGTH})
  | (?P<bars_rest>[ZX]\d*)
  | (?P<tuplet_sign>\(\d{{1,2}}(?::\d{{0,2}}){{0,2}})
  | (?P<field>\[[A-Za-z]:[^\]\n]*\])
  | (?P<ending_sign>\[\d+(?:[,.-]\d+)*)
  | (?P<chord>\[(?!\d)
      (?P<members>(?:"[^"\n]*"|![^!|\n]{{1,40}}!|[^\[\]|"!:\n])+)\]
      (?P<chord_length>{_LENGTH}))
  | (?P<broken_rhythm>>+|<+)
  | (?P<tie>\.?-)
  | (?P<text>"[^"\n]*")
  | (?P<grace>\{{[^}}\n]*\}})
  | (?P<overlay>&+)
  | (?P<kept>{_DECORATION}|\.?\(|\)|[~.H-WYh-w]|y\d*)
  | (?P<mark>[!*$;?@\#\\\[\]])
  | (?P<stray>:+\d*|\d+|[\^_=]+\d*|\S)
  """,
  re.ASCII | re.VERBOSE,
)
NOTES = re.compile(_NOTE, re.ASCII)
_MEMBER = re.compile(rf'({_NOTE})({_LENGTH})(-?)')
_PARTS = re.compile(r"([\^_=]*)(\d*/?\d*)([A-Ga-g])([,']*)(.*)", re.DOTALL)
_CHORD_SYMBOL = re.compile(
  r'(?:[A-G][#b\u266f\u266d]?'
  r'(?:M|ma|maj|m|mi|min|dim|aug|sus|add|omit|no|alt|dom|o|\u00f8|\u00b0|'
  r'[-+^#b()0-9,]|/(?=\d))*(?:/[A-Ga-g][#b\u266f\u266d]?)?|N\.?C\.?)'
)
_JUMP = re.compile(
  r'(?:d\. ?[cs]\.?|dc|ds|da ?c(?:apo|oda)|dal ?segno)(?: ?al(?: ?.{1,12})?)?'
  r'|fine\.?|\(?end\)?|segno|\(s\)|coda|to ?coda|dacoda|dacapo',
  re.IGNORECASE,
)
_STEPS = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}


@functools.lru_cache(1024)
def factor(text: str) -> tuple[int, int]:
  """A length such as `3/2`, `/`, `//` or `2` as (numerator, denominator).

  Raises:
    BadTune: it is zero or malformed, or has too many slashes.
  """
  match = re.fullmatch(r'(\d{0,4})(/*)(\d{0,4})', text)
  top, strokes, bottom = match.groups() if match else ('0', '', '')
  if len(strokes) > 8:
    raise BadTune('has a note length that cannot be read')
  under = int(bottom) if bottom else 2 ** len(strokes)
  if (bottom and not strokes) or (top and not int(top)) or under == 0:
    raise BadTune('has a note length that cannot be read')
  return int(top or 1), under


@functools.lru_cache(4096)
def read_note(text: str) -> tuple[str, int, int | None, bool, tuple[int, int]]:
  """A note as (step, octave, alter, rounded, length).

  The octave is relative to middle C's; `alter` is None if no accidental is
  written; `rounded` is true if a microtone was rounded to a semitone.

  Raises:
    BadTune: it is malformed, or out of range.
  """
  match = _PARTS.fullmatch(text)
  if match is None:
    raise BadTune('has a note that cannot be read')
  signs, micro, letter, marks, length = match.groups()
  octave = marks.count("'") - marks.count(',') + letter.islower()
  alter = None
  rounded = bool(micro)
  if micro:
    top, _, bottom = micro.partition('/')
    share = int(top or 1) / max(int(bottom or (2 if '/' in micro else 1)), 1)
    alter = int(share) * (1 if '^' in signs else -1)
  elif signs:
    alter = signs.count('^') - signs.count('_')
  if (alter is not None and abs(alter) > 2) or not -6 <= octave <= 7:
    raise BadTune('has a note that cannot be read')
  return letter.upper(), octave, alter, rounded, factor(length)


def read_chord(text: str) -> tuple[list[tuple[str, bool]], list[str]]:
  """The contents of [...]: notes (text, tied), and texts in quotes."""
  texts = re.findall(r'"([^"\n]*)"', text)
  bare = re.sub(rf'"[^"\n]*"|{_DECORATION}|[~.H-WYh-w]', '', text)
  found = [
    (note + length, bool(tie)) for note, length, tie in _MEMBER.findall(bare)
  ]
  return found, texts


@functools.lru_cache(1024)
def chord_symbol(text: str) -> str:
  """A chord symbol in lead-sheet spelling; '' if the text is not one."""
  text = text.strip()
  if not _CHORD_SYMBOL.fullmatch(text):
    return ''
  text = text.replace('\u266f', '#').replace('\u266d', 'b')
  root, slash, bass = text.rpartition('/')
  if slash and bass[:1].islower():
    text = root + slash + bass[0].upper() + bass[1:]
  return 'N.C.' if text.startswith('N') else text


def is_jump(text: str) -> bool:
  """Whether a text belongs to a jump: D.C. al Fine, segno, Fine."""
  return bool(_JUMP.fullmatch(text.strip()))


def pitch_of(step: str, octave: int, alter: int) -> int:
  """The MIDI pitch of a note; octave 0 is middle C's."""
  return 60 + 12 * octave + _STEPS[step] + alter


def is_prose(line: str) -> bool:
  """Whether a line is prose: letters that are not notes, and no bar line."""
  if '|' in line or len(line) < 12:
    return False
  letters = re.findall('[A-Za-z]', line)
  others = sum(letter not in 'ABCDEFGabcdefgxyzZ' for letter in letters)
  words = re.findall(r'(?<!\S)[A-Za-z]{3,}[.,;:!?]?(?!\S)', line)
  return len(words) >= 3 and len(letters) < 3 * others


@functools.lru_cache(256)
def read_endings(text: str) -> tuple[int, ...]:
  """The passes of an ending such as `1`, `1,3` or `2-4`.

  Raises:
    BadTune: there is a pass below 1 or above 99.
  """
  passes = set()
  for part in re.split(r'[,.]', text):
    first, _, last = part.partition('-')
    if len(first) > 2 or len(last) > 2 or not int(first):
      raise BadTune('has an ending that cannot be read')
    passes |= set(range(int(first), int(last or first) + 1))
  return tuple(sorted(passes))
