"""Chord symbols as classes, for both towers: 24 triads and no chord.

Class `root + 12 * minor`, with root 0 for C to 11 for B; 24 is no chord. A
seventh chord counts as its triad, a diminished chord as minor, and an augmented
or suspended chord as major: MidiNet's 13 numbers, 12 roots and a bit for minor,
distinguish no more (Yang, Chou and Yang, ISMIR 2017, arXiv 1703.10847).
"""

import re

import numpy as np

from zoo.contracts import UserError

TRIADS = 24  # Classes that are chords.
NO_CHORD = 24
CLASSES = 25
NAMES = ('C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B')
MOST = 4096  # Chords allowed in one text.

_STEPS = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}
_SYMBOL = re.compile(r'([A-G])([#b]{0,2})(.*)')
_MINOR = re.compile(r'(m(?!aj)|min|-|dim|°|o(?![a-z])|ø)')


def triad(text: str) -> int | None:
  """The class of a chord symbol such as Am7 or C/E; None if it names none.

  Args:
    text: a symbol; 'N.C.' and 'NC' are no chord.
  """
  if text.upper() in ('N.C.', 'NC', 'N.C'):
    return NO_CHORD
  found = _SYMBOL.fullmatch(text.strip())
  if found is None:
    return None
  step, signs, kind = found.groups()
  root = _STEPS[step] + signs.count('#') - signs.count('b')
  return root % 12 + 12 * bool(_MINOR.match(kind))


def name(chord: int) -> str:
  """The symbol of a class: 9 + 12 is Am, 24 is N.C."""
  if chord >= TRIADS:
    return 'N.C.'
  return NAMES[chord % 12] + 'm' * (chord >= 12)


def progression(text: str) -> list[int]:
  """Classes of a chord progression such as 'C Am F G' or 'C | Am | F | G'.

  Raises:
    UserError: a word that is no chord, or more than MOST of them.
  """
  words = text.replace('|', ' ').split()
  if len(words) > MOST:
    raise UserError(f'sample/chords names more than {MOST} chords.')
  found = []
  for word in words:
    chord = triad(word)
    if chord is None:
      raise UserError(
        f'sample/chords: {word!r} is no chord; write them like '
        "'C Am F G7', one a bar."
      )
    found.append(chord)
  return found


def members() -> np.ndarray:
  """[25, 3] pitch classes of root, third and fifth; -1 for no chord."""
  root = np.arange(TRIADS) % 12
  third = np.where(np.arange(TRIADS) < 12, 4, 3)
  found = np.stack([root, root + third, root + 7], -1) % 12
  return np.concatenate([found, np.full((1, 3), -1)])


def chroma() -> np.ndarray:
  """[25, 12] float32, 1 for the pitch classes of each chord."""
  found = np.zeros((CLASSES, 12), np.float32)
  rows = members()[:TRIADS]
  found[np.arange(TRIADS)[:, None], rows] = 1
  return found
