"""Standard MIDI files as bytes: a check before parsing, and a plain writer.

MIDI 1.0, Standard MIDI Files 1.0 (RP-001). The check walks over the events
without keeping them, so that no file can ask a parser for more than Limits.
"""

import struct
from typing import NamedTuple

import numpy as np

from zoo.music.limits import ORDINARY, Limits, Refused
from zoo.music.piece import Piece
from zoo.music.signatures import written_signatures

DIVISION = 480  # ticks a quarter of the files that we write
_TEXT, _NAME, _END, _TEMPO, _METRE, _KEY = 0x01, 0x03, 0x2F, 0x51, 0x58, 0x59
# How many data bytes follow the channel messages 0x80 .. 0xE0.
_DATA = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


class Summary(NamedTuple):
  """What a walk over a file found: ticks a quarter, and its text events."""

  division: int
  texts: list[str]


def check(data: bytes, limits: Limits = ORDINARY) -> Summary:
  """Walks over a MIDI file.

  Raises:
    Refused: it is no MIDI file, is damaged, or exceeds the limits.
  """
  if data[:4] != b'MThd' or len(data) < 14:
    raise Refused('is not a MIDI file')
  length, form, _, division = struct.unpack('>IHHH', data[4:14])
  if form == 2:
    raise Refused('holds several pieces (format 2)')
  if division & 0x8000:
    raise Refused('counts time in SMPTE frames, not in quarter notes')
  if division == 0:
    raise Refused('has 0 ticks a quarter note')
  metas: list = []
  place, tracks, events, last = 8 + length, 0, 0, 0
  while place + 8 <= len(data):
    name, length = struct.unpack('>4sI', data[place : place + 8])
    place += 8
    if place + length > len(data):
      raise Refused('is cut short')
    if name == b'MTrk':
      tracks += 1
      if tracks > limits.tracks:
        raise Refused(f'has more than {limits.tracks} tracks')
      try:
        count, end = _track(
          data[place : place + length], metas, limits.events - events, limits
        )
      except IndexError:
        raise Refused('has a track that is cut short') from None
      events += count
      last = max(last, end)
    place += length
  if not tracks:
    raise Refused('has no tracks')
  _check_length(metas, last / division, division, limits)
  texts = [
    text.decode('utf-8', 'replace') for _, kind, text in metas if kind == _TEXT
  ]
  return Summary(division, texts)


def dump(piece: Piece, text: str = '') -> bytes:
  """A format 1 file: text, title, signatures and tempos, then a track a part.

  A key signature is written as that of a major key: no Piece says which.
  Equal pieces give equal bytes. Times are rounded to 1/480 quarter.
  """
  head = [(0, 0, _meta(_TEXT, text.encode()))] if text else []
  title = str(piece.metadata.get('title', ''))
  if title:
    head.append((0, 0, _meta(_NAME, title.encode())))
  for metre in piece.metres:
    power = metre.denominator.bit_length() - 1
    signature = bytes([metre.numerator, power, 24, 8])
    head.append((_tick(metre.start), 1, _meta(_METRE, signature)))
  for start, sharps in written_signatures(piece):
    signature = struct.pack('bB', int(sharps), 0)
    head.append((_tick(start), 1, _meta(_KEY, signature)))
  for tempo in piece.tempos:
    micros = round(60e6 / tempo.quarters_per_minute)
    head.append(
      (_tick(tempo.start), 2, _meta(_TEMPO, struct.pack('>I', micros)[1:]))
    )
  table = piece.notes
  voices = np.stack([table.part, table.program, table.drum], 1).astype(int)
  chunks, channel = [_chunk(head)], 0
  for part, program, drum in np.unique(voices, axis=0).tolist():
    chosen = (voices == (part, program, drum)).all(axis=1)
    used = 9 if drum else channel
    if not drum:  # channel 10 is for drums
      channel = (channel + (2 if channel == 8 else 1)) % 16
    chunks.append(_chunk(_voice(table, chosen, used, program)))
  header = struct.pack('>4sIHHH', b'MThd', 6, 1, len(chunks), DIVISION)
  return header + b''.join(chunks)


def _track(data, metas, room, limits):
  """Appends (tick, kind, bytes) metas; the number of events, the last tick."""
  place, tick, status, count = 0, 0, 0, 0
  while place < len(data):
    delta = data[place]
    place += 1
    if delta & 0x80:
      delta, place = _number(data, place - 1)
    tick += delta
    count += 1
    if tick > limits.ticks:
      raise Refused(f'lasts more than {limits.ticks} ticks')
    if count > room:
      raise Refused(f'has more than {limits.events} events')
    byte = data[place]
    if byte == 0xFF:
      kind = data[place + 1]
      size, place = _number(data, place + 2)
      if place + size > len(data):
        raise IndexError
      if kind in (_TEXT, _TEMPO, _METRE):
        metas.append((tick, kind, data[place : place + size]))
      place += size
      if kind == _END:
        break
    elif byte in (0xF0, 0xF7):
      size, place = _number(data, place + 1)
      place += size
    else:
      if byte & 0x80:
        status = byte & 0xF0
        place += 1
      if status not in _DATA:
        raise Refused('has events that MIDI files do not know')
      size = _DATA[status]
      if max(data[place : place + size], default=128) > 127:
        raise Refused('has events whose values exceed 127')
      place += size
    if place > len(data):
      raise IndexError
  return count, tick


def _number(data, place):
  """A number of 7 bits a byte, at most four bytes."""
  value = 0
  for byte in data[place : place + 4]:
    value = value << 7 | byte & 0x7F
    place += 1
    if not byte & 0x80:
      return value, place
  raise Refused('has a damaged number')


def _check_length(metas, quarters, division, limits):
  """Refuses silly metres and tempos, and music that lasts too long."""
  lasts, before, rate = 0.0, 0.0, 120.0
  for tick, kind, value in sorted(metas):
    if kind == _METRE:
      if len(value) < 2 or value[0] == 0 or value[1] > 6:
        raise Refused('has a metre that does not exist')
    elif kind == _TEMPO:
      micros = int.from_bytes(value[:3], 'big')
      new = 60e6 / micros if micros else 0.0
      if not limits.slowest <= new <= limits.fastest:
        raise Refused(
          f'has a tempo of {new:.0f} quarters a minute'
          if micros
          else 'has a tempo of 0 microseconds a quarter'
        )
      lasts += (tick / division - before) * 60 / rate
      before, rate = tick / division, new
  lasts += (quarters - before) * 60 / rate
  if lasts > limits.seconds:
    raise Refused(f'lasts more than {limits.seconds / 3600:g} hours')


def _voice(table, chosen, channel, program):
  """The events of one track; at one tick, notes end before others start."""
  events = [(0, 0, bytes([0xC0 | channel, min(max(program, 0), 127)]))]
  for start, end, pitch, velocity in zip(
    table.start[chosen].tolist(),
    table.end[chosen].tolist(),
    table.pitch[chosen].tolist(),
    table.velocity[chosen].tolist(),
    strict=True,
  ):
    on = _tick(start)
    off = max(_tick(end), on + 1)
    loud = min(max(velocity, 1), 127)
    events.append((on, 2, bytes([0x90 | channel, pitch, loud])))
    events.append((off, 1, bytes([0x80 | channel, pitch, 0])))
  return events


def _chunk(events):
  body, now = [], 0
  # Of two changes at one tick the later one holds.
  for tick, _, message in sorted(events, key=lambda event: event[:2]):
    body.append(_varying(tick - now) + message)
    now = tick
  body.append(b'\0' + bytes([0xFF, _END, 0]))
  data = b''.join(body)
  return struct.pack('>4sI', b'MTrk', len(data)) + data


def _meta(kind, data):
  return bytes([0xFF, kind]) + _varying(len(data)) + data


def _varying(value):
  """A number as 7 bits a byte, the highest first."""
  found = [value & 0x7F]
  while value := value >> 7:
    found.append(value & 0x7F | 0x80)
  return bytes(reversed(found))


def _tick(quarters):
  return round(quarters * DIVISION)
