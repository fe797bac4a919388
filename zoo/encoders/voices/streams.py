"""Converts a piece to streams of classes, one value per step, and back."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import HOLD
from zoo.encoders.voices.lines import (
  grid_lines,
  key_stream,
  span_stream,
  spans_of,
)
from zoo.music.piece import Metre, Piece, Tempo, notes

MOST_SHARPS = 7  # Seven flats to seven sharps: 15 key signatures.
KEYS = 2 * MOST_SHARPS + 1

Streams = dict[str, np.ndarray]


class Layout(NamedTuple):
  """The classes of the voices, and the grid.

  Attributes:
    lowest, highest: [V] MIDI pitch of each voice.
    symbols: names of the first classes, beginning with hold.
    per_quarter: steps per quarter.
    padding: number of start symbols before a piece, and of end symbols after
      it.
  """

  lowest: np.ndarray
  highest: np.ndarray
  symbols: tuple[str, ...]
  per_quarter: int
  padding: int

  @property
  def first(self) -> int:
    """The class of a voice's lowest pitch."""
    return len(self.symbols)

  @property
  def rest(self) -> int:
    """The class of silence: rest, or else hold."""
    return self._class('rest')

  @property
  def start(self) -> int:
    """The class before a piece."""
    return self._class('start')

  @property
  def end(self) -> int:
    """The class after a piece: end, or else rest, or else hold."""
    return self._class('end') or self.rest

  def _class(self, name):
    return self.symbols.index(name) if name in self.symbols else HOLD


def lay_out(piece: Piece, layout: Layout, melody: bool = False) -> Streams:
  """The streams of a whole piece, padded.

  Args:
    piece: with as many parts as there are voices.
    layout: see Layout.
    melody: whether a single part is accepted as the first voice; the others
      then rest.

  Returns:
    `voices` [T, V] classes; `active` [T, V], the class of the active note;
    `fermata`, `beat` and `key` [T].

  Raises:
    Unfit: see zoo.encoders.voices.lines.grid_lines.
  """
  per_quarter, padding = layout.per_quarter, layout.padding
  pitches = grid_lines(
    piece, layout.lowest, layout.highest, per_quarter, melody=melody
  )
  steps = len(pitches.active)
  active = np.where(
    pitches.active >= 0,
    pitches.active - layout.lowest + layout.first,
    layout.rest,
  )
  voices = np.where(pitches.onset, active, HOLD)
  ends = ((layout.start, layout.end), (0, 0))
  around = ((padding, padding), (0, 0))
  fermata = span_stream(piece.metadata, steps, per_quarter)
  key = key_stream(piece.metadata, steps, per_quarter) + MOST_SHARPS
  return {
    'voices': np.pad(voices, around, constant_values=ends),
    'active': np.pad(active, around, constant_values=ends),
    'fermata': np.pad(fermata, padding),
    'key': np.pad(key, padding, mode='edge'),
    'beat': np.arange(-padding, steps + padding) % per_quarter,
  }


def cut(
  whole: Streams, starts: Sequence[int], steps: int, layout: Layout, begin: str
) -> Streams:
  """Windows [n, steps, ...] of streams, padded at the end.

  Args:
    whole: from `lay_out`; not read if there are no starts.
    starts: the first step of each window.
    steps: length of a window.
    layout: see Layout.
    begin: 'strike' or 'hold', an option of zoo.encoders.voices.Voices.

  Returns:
    voices, fermata, beat, key, int8, and length [n] int32: see Voices.
  """
  count, several = len(starts), len(layout.lowest)
  made: Streams = {
    'voices': np.full((count, steps, several), layout.end, np.int8),
    'fermata': np.zeros((count, steps), np.int8),
    'beat': np.zeros((count, steps), np.int8),
    'key': np.full((count, steps), MOST_SHARPS, np.int8),
    'length': np.zeros(count, np.int32),
  }
  for place, start in enumerate(starts):
    music = len(whole['voices']) - layout.padding - start
    made['length'][place] = min(max(music, 0), steps)
    for name in ('voices', 'fermata', 'key'):
      window = whole[name][start : start + steps]
      made[name][place, : len(window)] = window
    places = np.arange(start, start + steps) - layout.padding
    made['beat'][place] = places % layout.per_quarter
    if begin == 'strike':
      made['voices'][place, 0] = whole['active'][start]
  return made


def read_piece(
  voices: np.ndarray,
  streams: Mapping[str, np.ndarray],
  layout: Layout,
  metre: Metre,
  identity: str,
) -> Piece:
  """Streams as a piece at quarter = 90, without the padding.

  Args:
    voices: [T, V] classes; silence follows.
    streams: fermata and key [T], if they are known.
    layout: see Layout.
    metre: of the piece.
    identity: its id.
  """
  skip = 0
  if layout.padding:
    music = ~(voices == layout.start).all(1)
    skip = int(music.argmax()) if music.any() else 0
  voices = voices[skip:]
  columns: list[list[np.ndarray]] = [[], [], [], []]
  for voice, classes in enumerate(voices.T):
    # An event after the end stops notes that are still active.
    events = np.append(np.flatnonzero(classes != HOLD), len(classes))
    pitched = classes[events[:-1]] >= layout.first
    start, end = events[:-1][pitched], events[1:][pitched]
    pitch = classes[start].astype(int) - layout.first + layout.lowest[voice]
    part = np.full(len(start), voice)
    for column, values in zip(columns, (start, end, pitch, part), strict=True):
      column.append(values)
  start, end, pitch, part = map(np.concatenate, columns)
  per_quarter = layout.per_quarter
  metadata: dict[str, Any] = {}
  if 'fermata' in streams:
    fermata = streams['fermata'][skip : skip + len(voices)]
    onset = voices[:, 0] != HOLD
    metadata['fermatas'] = spans_of(fermata, onset, per_quarter)
  if 'key' in streams:
    key = streams['key'][skip : skip + len(voices)].astype(int) - MOST_SHARPS
    changes = np.flatnonzero(np.diff(key, prepend=KEYS))
    metadata['key_signatures'] = [
      [at / per_quarter, int(key[at])] for at in changes.tolist()
    ]
  return Piece(
    identity,
    notes(start / per_quarter, end / per_quarter, pitch, part=part),
    (metre,),
    (Tempo(0.0, 90.0),),
    metadata,
  )
