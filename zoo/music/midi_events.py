"""The events of a Standard MIDI file, as arrays.

MIDI 1.0 Detailed Specification; Standard MIDI Files 1.0 (RP-001). The end of
each event is computed for all bytes at once; then a short loop follows the
events from one to the next, and their ticks and values are computed as arrays.
No file can exceed Limits.

A SysEx message (F0, its continuations and escapes, F7) and a meta event do not
cancel running status: the standard does, but files rely on it.
"""

import struct
from typing import NamedTuple

import numpy as np

from zoo.music.limits import ORDINARY, Limits, Refused

# Kinds of meta events.
TEXT, NAME, PORT, END = 0x01, 0x03, 0x21, 0x2F
TEMPO, METRE, KEY, OWN = 0x51, 0x58, 0x59, 0x7F
_KEPT = {TEXT, NAME, PORT, TEMPO, METRE, KEY, OWN}
_LARGEST = 7  # Maximum bytes between the statuses of events: 3 + a delta of 4.
_CUT = 'has a track that is cut short'


class Meta(NamedTuple):
  """A meta event.

  Attributes:
    track: index of its track.
    order: its index among all events of the file.
    tick: time from the beginning of its track.
    kind: TEXT, NAME, ...
    data: its bytes.
  """

  track: int
  order: int
  tick: int
  kind: int
  data: bytes


class Events(NamedTuple):
  """The events of a file; [N] int64 arrays of its channel messages.

  Attributes:
    form: 0 or 1, the file's format.
    division: ticks per quarter note.
    track: index of the track.
    order: index among all events of the file, in the order of the file.
    tick: time from the beginning of the track.
    status: 0x80 .. 0xEF, with running status made explicit.
    first, second: data bytes; `second` is undefined for messages with one.
    metas: meta events of the kinds above, in the order of the file.
    ends: the tick of the last event of each track.
  """

  form: int
  division: int
  track: np.ndarray
  order: np.ndarray
  tick: np.ndarray
  status: np.ndarray
  first: np.ndarray
  second: np.ndarray
  metas: list[Meta]
  ends: list[int]


class _Walk(NamedTuple):
  """What `_walk` collects from the tracks.

  Attributes:
    places: the position of each event's status (or first byte).
    stops: (index of an event, its end) for events that do not end where
      `_following` assumes.
    metas: (track, index of the event, kind, data).
  """

  places: list[int]
  stops: list[tuple[int, int]]
  metas: list[tuple[int, int, int, bytes]]


def read_events(data: bytes, limits: Limits = ORDINARY) -> Events:
  """The events of all tracks; the header's number of tracks is ignored.

  Chunks other than tracks are skipped, as is everything after the end of a
  track. A RIFF file (.rmi) is read as the MIDI file in it.

  Raises:
    Refused: it is not a MIDI file, is damaged, or exceeds the limits.
  """
  data = _unwrapped(data)
  form, division, tracks, cut = _chunks(data, limits)
  following = _following(data, tracks)
  walk = _Walk([], [], [])
  firsts, damage = [], Refused('is cut short') if cut else None
  try:
    for track, (start, stop) in enumerate(tracks):
      firsts.append(len(walk.places))
      _walk(data, following, track, start, stop, walk, limits.events)
  except Refused as error:
    damage = error
  # An event before the damage may be its cause: a time out of range.
  tracks = tracks[: len(firsts)]
  events = _events(data, form, division, tracks, firsts, walk, limits)
  if damage:
    raise damage
  return events


def decoded(text: bytes) -> str:
  """The text of a meta event, as UTF-8 or else as Latin-1 (old files)."""
  try:
    return text.decode('utf-8-sig')
  except UnicodeDecodeError:
    return text.decode('latin-1')


def _unwrapped(data):
  """The MIDI file in a RIFF file; any other file as it is."""
  if data[:4] != b'RIFF' or data[8:12] != b'RMID':
    return data
  place = 12
  while place + 8 <= len(data):
    name, length = struct.unpack_from('<4sI', data, place)
    place += 8
    if name == b'data':
      if place + length > len(data):
        raise Refused('is cut short')
      return data[place : place + length]
    place += length + length % 2
  raise Refused('is a RIFF file without MIDI data')


def _chunks(data, limits):
  """Format, ticks per quarter, bounds of tracks, whether the last is cut."""
  if data[:4] != b'MThd' or len(data) < 14:
    raise Refused('is not a MIDI file')
  length, form, _, division = struct.unpack_from('>IHHH', data, 4)
  if length < 6:
    raise Refused(f'has a header of {length} bytes, not 6')
  if form == 2:
    raise Refused('holds several pieces (format 2)')
  if division & 0x8000:
    raise Refused('counts time in SMPTE frames, not in quarter notes')
  if division == 0:
    raise Refused('has 0 ticks per quarter note')
  place = 8 + length
  tracks, cut = [], False
  while place + 8 <= len(data):
    name, length = struct.unpack_from('>4sI', data, place)
    place += 8
    if place + length > len(data):
      cut = True
      break
    if name == b'MTrk':
      if len(tracks) == limits.tracks:
        raise Refused(f'has more than {limits.tracks} tracks')
      tracks.append((place, place + length))
    place += length
  if not tracks:
    raise Refused('is cut short' if cut else 'has no tracks')
  return form, division, tracks, cut


def _following(data, tracks):
  """For each byte, the position of the next status if an event is here.

  Only for messages with two data bytes, including those in running status; 0
  where `_walk` has to look: other events, damaged ones, the ends of tracks.
  """
  size = len(data)
  table = np.frombuffer(data + bytes(_LARGEST + 1), np.uint8)
  high = table > 127
  # The length of a delta time that starts here, if it has at most 4 bytes.
  ones = high.view(np.uint8)
  length = 1 + ones[:-2] * (1 + ones[1:-1] * (1 + ones[2:]))
  whole = ~(high[:-3] & high[1:-2] & high[2:-1] & high[3:])
  own = high[:size]
  known = (table[:size] < 0xF0) & ((table[:size] & 0xE0) != 0xC0)
  known &= ~high[1 : size + 1]
  known &= np.where(
    own, ~high[2 : size + 2] & whole[3 : size + 3], whole[2 : size + 2]
  )
  jump = np.where(own, 3 + length[3 : size + 3], 2 + length[2 : size + 2])
  following = (np.arange(size, dtype=np.int32) + jump) * known
  for start, stop in tracks:
    following[max(start, stop - _LARGEST) : stop] = 0
  return following.tolist()


def _walk(data, following, track, place, stop, walk, most):
  """Follows the events of one track, from `place` to `stop`."""
  places, wide = walk.places, None  # None: no status so far
  while place < stop:
    at = _number(data, place, stop)[1]
    if at >= stop:
      raise Refused(_CUT)
    if wide or data[at] > 127:
      after = following[at]
      while after:
        wide = True
        places.append(at)
        at = after
        after = following[at]
    byte = data[at]
    if byte < 0xF0:
      wide, place = _message(data, at, stop, wide)
    elif byte == 0xFF:
      if at + 2 > stop:
        raise Refused(_CUT)
      kind = data[at + 1]
      length, body = _number(data, at + 2, stop)
      place = body + length
      if place <= stop and kind in _KEPT:
        found = (track, len(places), kind, data[body:place])
        walk.metas.append(found)
      if kind == END:
        stop = min(stop, place)
    elif byte in (0xF0, 0xF7):
      length, body = _number(data, at + 1, stop)
      place = body + length
    else:
      raise Refused('has events that do not exist in MIDI files')
    if place > stop:
      raise Refused(_CUT)
    walk.stops.append((len(places), place))
    places.append(at)
    if len(places) > most:
      break
  if len(places) > most:
    raise Refused(f'has more than {most} events')


def _message(data, at, stop, wide):
  """Whether a channel message has two data bytes, and where it ends."""
  if data[at] > 127:
    wide = data[at] & 0xE0 != 0xC0
    at += 1
  elif wide is None:
    raise Refused('has a track that begins in running status')
  end = at + 1 + wide
  if end > stop:
    raise Refused(_CUT)
  if max(data[at:end]) > 127:
    raise Refused('has events whose values exceed 127')
  return wide, end


def _number(data, place, stop):
  """A number of 7 bits per byte, at most four bytes; and its end."""
  value = 0
  for byte in data[place : min(place + 4, stop)]:
    value = value << 7 | byte & 0x7F
    place += 1
    if byte < 128:
      return value, place
  if place == stop:
    raise Refused(_CUT)
  raise Refused('has a damaged number, of more than four bytes')


def _events(data, form, division, tracks, firsts, walk, limits):
  """The arrays of the events that `_walk` found."""
  table = np.frombuffer(data, np.uint8)
  place = np.array(walk.places, np.int64)
  counts = np.diff([*firsts, len(place)])
  track = np.repeat(np.arange(len(tracks)), counts)
  byte = table[place].astype(np.int64)
  tick = _ticks(table, place, byte, tracks, firsts, counts, walk.stops)
  if tick.max(initial=0) > limits.ticks:
    raise Refused(f'lasts more than {limits.ticks} ticks')
  ends = [
    int(tick[first + count - 1]) if count else 0
    for first, count in zip(firsts, counts.tolist(), strict=True)
  ]
  number = np.arange(len(place))
  own = (byte > 127) & (byte < 0xF0)
  # `_message` ensures that no track begins in the running status of another.
  status = byte[np.maximum.accumulate(np.where(own, number, 0))]
  order = np.flatnonzero(byte < 0xF0)
  at = (place + own)[order]
  # A message of one byte may be the last of the file.
  second = table[np.minimum(at + 1, len(table) - 1)]
  return Events(
    form,
    division,
    track[order],
    order,
    tick[order],
    status[order],
    table[at].astype(np.int64),
    second.astype(np.int64),
    [Meta(t, o, int(tick[o]), kind, text) for t, o, kind, text in walk.metas],
    ends,
  )


def _ticks(table, place, byte, tracks, firsts, counts, stops):
  """The tick of each event in its track."""
  if not len(place):
    return np.zeros(0, np.int64)
  stop = place + np.where(byte < 128, 2, 3)
  if stops:
    index, exact = np.array(stops).T
    stop[index] = exact
  begin = np.concatenate([[0], stop[:-1]])
  used = counts > 0
  first = np.array(firsts)[used]
  begin[first] = np.array(tracks)[used, 0]
  length = place - begin
  delta = table[place - 1].astype(np.int64)
  for size in (2, 3, 4):
    longer = np.flatnonzero(length >= size)
    if not len(longer):
      break
    septet = table[place[longer] - size] & 0x7F
    delta[longer] += septet.astype(np.int64) << 7 * (size - 1)
  tick = np.cumsum(delta)
  return tick - np.repeat(tick[first] - delta[first], counts[used])
