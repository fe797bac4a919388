"""The melodies and basses of a piece, each laid out on the windows' grid."""

from typing import Literal, NamedTuple

import numpy as np

from zoo.encoders.lines import Lines, Onsets, Row
from zoo.encoders.melody_windows import FIRST_PITCH, REASONS, Limits, cut
from zoo.encoders.sections import Section, to_steps
from zoo.music.piece import Notes, Piece, notes

Kind = Literal['melody', 'bass', 'other']

PROGRAMS = {'melody': 0, 'bass': 33}  # Of decoded notes: piano, finger bass.

_MELODIES, _BASSES = range(32), range(32, 40)  # General MIDI programs.


class Track(NamedTuple):
  """One part's notes of one program.

  Attributes:
    kind: melody (programs 0 to 31: pianos to guitars), bass (32 to 39) or
      other.
    program: General MIDI, from 0.
    notes: in order.
  """

  kind: Kind
  program: int
  notes: Notes


class Laid(NamedTuple):
  """A track on the windows of a section.

  Attributes:
    tokens: [n, T] int8 melody tokens.
    notes: [n] onsets in each window; 0 if the track does not qualify.
    why: [n] index into REASONS.
    below: number of notes that begin together with a higher one.
  """

  tokens: np.ndarray
  notes: np.ndarray
  why: np.ndarray
  below: int


def tracks_of(piece: Piece) -> list[Track]:
  """The tracks of a piece, without drums, by part and program."""
  table = piece.notes
  melodic = ~table.drum
  keys = table.part.astype(int) * 128 + np.clip(table.program, 0, 127)
  found = []
  for key in np.unique(keys[melodic]).tolist():
    program = key % 128
    kind: Kind = 'other'
    if program in _MELODIES:
      kind = 'melody'
    elif program in _BASSES:
      kind = 'bass'
    chosen = melodic & (keys == key)
    chosen_notes = Notes(*(column[chosen] for column in table))
    found.append(Track(kind, program, chosen_notes))
  return found


def lay_out(
  table: Notes,
  section: Section,
  start: np.ndarray,
  steps: int,
  steps_per_bar: int,
  steps_per_quarter: int,
  limits: Limits,
) -> Laid:
  """Windows of one track in one section.

  Args:
    table: notes of the track.
    section: only notes that begin in it are read.
    start: [n] first step of each window, from the start of the section.
    steps: T, length of a window.
    steps_per_bar, steps_per_quarter: of the grid.
    limits: conditions for keeping a window.
  """
  total = section.bars * steps_per_bar
  begin = (table.start - section.begin) * steps_per_quarter
  inside = (table.start >= section.begin) & (table.start < section.end)
  inside &= to_steps(begin) < total
  begin = begin[inside]
  end = (table.end[inside] - section.begin) * steps_per_quarter
  first = to_steps(begin)
  last = np.clip(to_steps(end), first + 1, total)
  pitch = table.pitch[inside].astype(np.int64)
  onsets = Onsets(begin, end, first, last, pitch)
  none = np.zeros(0, np.int64)
  lines = Lines(none, none, none, none, none, none, none)
  tokens, reason = cut(
    Row(lines, onsets, total, steps_per_bar, {}), start, steps, limits
  )
  count = np.where(reason == 0, (tokens >= FIRST_PITCH).sum(1), 0)
  return Laid(tokens, count, reason, len(first) - len(np.unique(first)))


def best_of(laid: list[Laid], window: int, count: int) -> list[np.ndarray]:
  """Tokens of the tracks with the most notes in a window; ties in order."""
  able = [one for one in laid if one.notes[window]]
  able.sort(key=lambda one: -one.notes[window])
  return [one.tokens[window] for one in able[:count]]


def lack_of(kind: str, laid: list[Laid], window: int) -> str:
  """Why a window has no melody or bass: the reason of the best candidate."""
  nearest = max(int(one.why[window]) for one in laid)
  reason = REASONS[nearest]
  return f'no {kind}' if reason == 'silence' else f'{kind}: {reason}'


def together(*tables: Notes) -> Notes:
  """The notes of several parts, in order."""
  columns = [np.concatenate(column) for column in zip(*tables, strict=True)]
  return notes(*columns)


def with_program(table: Notes, stream: str, part: int) -> Notes:
  """The notes with the program of a stream, and a part number."""
  return table._replace(
    program=np.full_like(table.program, PROGRAMS[stream]),
    part=np.full_like(table.part, part),
  )
