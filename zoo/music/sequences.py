"""Converts between Piece and note-seq's NoteSequence."""

import importlib
import itertools
import math
import operator
import sys
import types
from typing import Any
import warnings

import numpy as np

from zoo.music.piece import (
  Metre,
  Piece,
  Tempo,
  notes,
  quarters,
  seconds,
)

_TIMES = 'start_time', 'end_time'
_VALUES = (
  'pitch',
  'velocity',
  'program',
  'instrument',
  'is_drum',
  'pitch_name',  # numbered like zoo.music.spelling
)
_FINEST = 40320  # 8!: holds every usual tuplet and every usual MIDI division


def import_note_seq() -> types.ModuleType:
  """Imports note_seq without its side effects.

  Its import warns that ffmpeg is missing, which is not needed here, and raises
  pretty_midi's limit on ticks, which guards against small files that would need
  gigabytes. Two thirds of its import time are spent on plotting in notebooks,
  which is imported when it is first called.
  """
  later = 'note_seq.notebook_utils'
  first = 'note_seq' not in sys.modules
  if first:
    sys.modules[later] = called_later(later, 'play_sequence', 'plot_sequence')
  try:
    with warnings.catch_warnings():
      warnings.simplefilter('ignore')
      import note_seq
      import pretty_midi.pretty_midi
  finally:
    if first:
      del sys.modules[later]

  pretty_midi.pretty_midi.MAX_TICK = 1e7
  return note_seq


def called_later(module: str, *names: str) -> types.ModuleType:
  """A stand-in that imports a module when one of `names` is first called."""
  stand_in = types.ModuleType(module)

  def function(name):
    def call(*arguments, **options):
      real = getattr(importlib.import_module(module), name)
      return real(*arguments, **options)

    return call

  for name in names:
    setattr(stand_in, name, function(name))
  return stand_in


def from_sequence(
  sequence: Any, id: str, metadata: dict[str, Any] | None = None
) -> Piece:
  """A NoteSequence as a Piece.

  Seconds are converted to quarters with the sequence's tempos (120 by default).
  Times within 1e-6 of a multiple of 1/40320 quarter are rounded to it, so that
  a third of a quarter survives the conversion to seconds and back.

  Args:
    sequence: a note_seq NoteSequence in seconds (not quantized).
    id: of the piece.
    metadata: of the piece; by default the sequence's title and source.
  """
  tempos = _tempos(sequence.tempos)
  # Access to rows and their fields is slow, so each is accessed once.
  rows = sequence.notes[:]
  times = _fields(rows, _TIMES, np.float64)
  try:
    others = [*_fields(rows, _VALUES, np.uint8)]  # The fast way, if they fit.
  except ValueError:
    others = [*_fields(rows, _VALUES, np.int64)]
  if sequence.part_infos:  # a score: its parts may share an instrument
    others[3] = [row.part for row in rows]
  start, end = on_grid(quarters(tempos, times))
  metres = [
    Metre(on_grid(quarters(tempos, at.time)), at.numerator, at.denominator)
    for at in sorted(sequence.time_signatures, key=lambda at: at.time)
  ]
  if metadata is None:
    given = {
      'title': sequence.sequence_metadata.title,
      'source': sequence.filename,
    }
    metadata = {key: value for key, value in given.items() if value}
  return Piece(
    id,
    notes(start, end, *others),
    with_first(metres, Metre(0.0, 4, 4)),
    tuple(Tempo(on_grid(at), rate) for at, rate in tempos),
    metadata,
  )


def to_sequence(piece: Piece) -> Any:
  """A Piece as a NoteSequence in seconds; the inverse of `from_sequence`."""
  note_seq = import_note_seq()
  sequence = note_seq.NoteSequence(id=piece.id, ticks_per_quarter=480)
  sequence.filename = str(piece.metadata.get('source', ''))
  sequence.sequence_metadata.title = str(piece.metadata.get('title', ''))
  for tempo in piece.tempos:
    sequence.tempos.add(
      time=float(seconds(piece.tempos, tempo.start)),
      qpm=tempo.quarters_per_minute,
    )
  for metre in piece.metres:
    sequence.time_signatures.add(
      time=float(seconds(piece.tempos, metre.start)),
      numerator=metre.numerator,
      denominator=metre.denominator,
    )
  table = piece.notes
  for start, end, pitch, velocity, program, part, drum, spelling in zip(
    seconds(piece.tempos, table.start).tolist(),
    seconds(piece.tempos, table.end).tolist(),
    *(column.tolist() for column in table[2:]),
    strict=True,
  ):
    sequence.notes.add(
      start_time=start,
      end_time=end,
      pitch=pitch,
      velocity=velocity,
      program=program,
      part=part,
      instrument=part,
      is_drum=drum,
      pitch_name=spelling,
    )
  sequence.total_time = float(seconds(piece.tempos, piece.length))
  return sequence


def _fields(rows, names, dtype):
  """[len(names), len(rows)] values of some fields of protocol buffers."""

  def walk():
    return itertools.chain.from_iterable(
      map(operator.attrgetter(name), rows) for name in names
    )

  shape = len(names), len(rows)
  if dtype is np.uint8:
    return np.frombuffer(bytes(walk()), dtype).reshape(shape)
  return np.fromiter(walk(), dtype, math.prod(shape)).reshape(shape)


def on_grid(exact):
  """Quarters, rounded to a multiple of 1/40320 if within 1e-6 of one."""
  if not isinstance(exact, np.ndarray):
    near = round(float(exact) * _FINEST) / _FINEST
    return near if abs(near - exact) < 1e-6 else float(exact)
  near = np.rint(exact * _FINEST) / _FINEST
  return np.where(np.abs(near - exact) < 1e-6, near, exact)


def with_first(changes: list, first: Any) -> tuple:
  """Sorted changes, without redundant ones, the first of them at 0.

  Of several changes at one time, the last counts. Before the first change,
  `first` is in force.
  """
  last = {change.start: change for change in [first, *changes]}
  kept: list = []
  for change in sorted(last.values()):
    if not kept or change[1:] != kept[-1][1:]:
      kept.append(change)
  return tuple(kept)


def _tempos(rows):
  """The tempos of a NoteSequence, in quarters."""
  rows = [(row.time, row.qpm) for row in rows if row.qpm > 0]
  rows.sort(key=lambda row: row[0])  # Stable: the later of two at once counts.
  tempos = [Tempo(0.0, 120.0)]
  for time, rate in rows:
    tempos.append(Tempo(float(quarters(tempos, time)), rate))
  return with_first(tempos, Tempo(0.0, 120.0))
