"""Checks and writes Standard MIDI files; `midi_events`, `midi_notes` read them.

Source: MIDI 1.0, Standard MIDI Files 1.0 (RP-001).
"""

import itertools
import struct
from typing import NamedTuple

import numpy as np

from zoo.music import midi_events
from zoo.music.limits import ORDINARY, Limits
from zoo.music.midi_events import KEY, METRE, NAME, OWN, PORT, TEMPO, TEXT
from zoo.music.midi_notes import (
  CONTINUED,
  DRUMS,
  read_metres,
  read_tempos,
)
from zoo.music.piece import Piece
from zoo.music.signatures import written_signatures

DIVISION = 480  # ticks per quarter of the files that we write
SLOWEST = 0xFFFFFF  # microseconds per quarter: 3.576 quarters per minute
_UNITS = (1, 2, 4, 8, 16, 32, 64)  # Denominators of metres that are read.
_MELODIC = [channel for channel in range(16) if channel != DRUMS]


class Summary(NamedTuple):
  """Contents of a file: ticks per quarter, and its text events."""

  division: int
  texts: list[str]


def check(data: bytes, limits: Limits = ORDINARY) -> Summary:
  """Checks that a MIDI file can be read, without building a Piece.

  Raises:
    Refused: it is not a MIDI file, is damaged, or exceeds the limits.
  """
  events = midi_events.read_events(data, limits)
  read_tempos(events, limits)
  read_metres(events)
  texts = [
    midi_events.decoded(meta.data) for meta in events.metas if meta.kind == TEXT
  ]
  return Summary(events.division, texts)


def dump(piece: Piece, text: str = '') -> bytes:
  """A format 1 file: text, title, signatures, tempos, and a track per part.

  Equal pieces give equal bytes. Times are rounded to 1/480 quarter. A key
  signature is written as that of a major key, unless metadata['key'] names a
  minor one. A metre that a file cannot hold (5/3, 300/4) is dropped.

  Notes of a part that overlap at one pitch would end each other on a channel,
  so they go to a separate track, on the next channel, and from the sixteenth
  track on, or for drums, on the next port. That track is marked as continuing
  the part, which `read_midi` understands. If more than 256 tracks were needed,
  a note ends where its pitch is struck again, and a text event counts these.

  Args:
    piece: the piece.
    text: a text event for the file; '' for none.

  Raises:
    ValueError: a tempo is below 3.576 quarters per minute, the slowest that a
      MIDI file can hold.
  """
  tracks, shortened = _tracks(piece)
  head = [(0, 0, _meta(TEXT, text.encode()))] if text else []
  if shortened:
    note = f'{shortened} notes end where their pitch is struck again.'
    head.append((0, 0, _meta(TEXT, note.encode())))
  title = str(piece.metadata.get('title', ''))
  if title:
    head.append((0, 0, _meta(NAME, title.encode())))
  for metre in piece.metres:
    power = metre.denominator.bit_length() - 1
    if metre.numerator > 255 or metre.denominator not in _UNITS:
      continue
    signature = bytes([metre.numerator, power, 24, 8])
    head.append((_tick(metre.start), 1, _meta(METRE, signature)))
  minor = str(piece.metadata.get('key', '')).endswith('m')
  for start, sharps in written_signatures(piece):
    signature = struct.pack('bB', int(sharps), minor)
    head.append((_tick(start), 1, _meta(KEY, signature)))
  for tempo in piece.tempos:
    micros = struct.pack('>I', _micros(tempo.quarters_per_minute))[1:]
    head.append((_tick(tempo.start), 2, _meta(TEMPO, micros)))
  chunks = [_chunk(events) for events in (head, *tracks)]
  header = struct.pack('>4sIHHH', b'MThd', 6, 1, len(chunks), DIVISION)
  return header + b''.join(chunks)


def _micros(rate):
  """Microseconds per quarter; a rate that rounds to the slowest is allowed."""
  micros = round(60e6 / rate)
  if micros > SLOWEST and round(60e6 / SLOWEST, 3) > rate:
    raise ValueError(
      f'A MIDI file cannot hold {rate:g} quarters per minute: the slowest is '
      f'{60e6 / SLOWEST:.3f}.'
    )
  return min(micros, SLOWEST)


def _tracks(piece):
  """The events of each track of notes, and how many notes were shortened."""
  table = piece.notes
  voices = np.stack([table.part, table.program, table.drum], 1).astype(int)
  found = np.unique(voices, axis=0).tolist()
  room = ORDINARY.tracks - 1 - len(found)  # For tracks that continue a part.
  tracks, melodic, shortened = [], itertools.count(), 0
  for part, program, drum in found:
    chosen = (voices == (part, program, drum)).all(axis=1)
    lanes, short = _lanes(table, chosen, 1 + max(room, 0))
    room -= len(lanes) - 1
    shortened += short
    for number, lane in enumerate(lanes):
      if drum:
        port, channel = number, DRUMS
      else:
        port, place = divmod(next(melodic), len(_MELODIC))
        channel = _MELODIC[place]
      head = [_meta(OWN, CONTINUED)] if number else []
      if port:
        head.append(_meta(PORT, bytes([port & 0x7F])))
      head.append(bytes([0xC0 | channel, min(max(program, 0), 127)]))
      events = [(0, 0, message) for message in head]
      for on, off, pitch, velocity in lane:
        events.append((on, 2, bytes([0x90 | channel, pitch, velocity])))
        events.append((off, 1, bytes([0x80 | channel, pitch, 0])))
      tracks.append(events)
  return tracks, shortened


def _lanes(table, chosen, most):
  """Distributes notes over lists, so that none overlap at the same pitch.

  Args:
    table: the notes.
    chosen: [N] bool, those to take.
    most: the maximum number of lists.

  Returns:
    Lists of [on, off, pitch, velocity], at least one; and how many notes had
    to be shortened because there were no more lists.
  """
  lanes = [[]]
  last = {}  # {pitch: the last note of each lane}.
  shortened = 0
  for start, end, pitch, velocity in zip(
    table.start[chosen].tolist(),
    table.end[chosen].tolist(),
    table.pitch[chosen].tolist(),
    table.velocity[chosen].tolist(),
    strict=True,
  ):
    on = _tick(start)
    note = [on, max(_tick(end), on + 1), pitch, min(max(velocity, 1), 127)]
    before = last.setdefault(pitch, [])
    ends = [other[1] for other in before]
    place = next((i for i, end in enumerate(ends) if end <= on), len(before))
    if place == most:
      shortened += 1
      place = ends.index(min(ends))
      if before[place][0] == on:  # Simultaneous: the longer one is kept.
        before[place][1] = max(before[place][1], note[1])
        continue
      before[place][1] = on
    if place == len(lanes):
      lanes.append([])
    before[place : place + 1] = [note]
    lanes[place].append(note)
  return lanes, shortened


def _chunk(events):
  body, now = [], 0
  # A stable sort: of two changes at one tick, the later one counts.
  for tick, _, message in sorted(events, key=lambda event: event[:2]):
    body.append(_varying(tick - now) + message)
    now = tick
  body.append(b'\0' + bytes([0xFF, midi_events.END, 0]))
  data = b''.join(body)
  return struct.pack('>4sI', b'MTrk', len(data)) + data


def _meta(kind, data):
  return bytes([0xFF, kind]) + _varying(len(data)) + data


def _varying(value):
  """A number with 7 bits per byte, the most significant first."""
  found = [value & 0x7F]
  while value := value >> 7:
    found.append(value & 0x7F | 0x80)
  return bytes(reversed(found))


def _tick(quarters):
  return round(quarters * DIVISION)
