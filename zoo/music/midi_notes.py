"""From the events of a MIDI file to a Piece: notes, parts and signatures.

The standard does not say which note a note-off ends if a pitch is struck again
on its channel before it has ended. Here the note that began first ends first,
as in most readers. If note-offs are missing, a note ends when its pitch is
struck again, or else with its track.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from zoo.keys import SHARPS
from zoo.music import midi_events
from zoo.music.limits import ORDINARY, Limits, Refused
from zoo.music.midi_events import Events
from zoo.music.piece import Metre, Piece, Tempo, notes
from zoo.music.sequences import with_first
from zoo.music.signatures import without_idle

DRUMS = 9  # Channel 10, counted from 0.
# Marks a track that continues the part of the track before it; 0x7D is the
# manufacturer id for non-commercial use.
CONTINUED = b'\x7dmusic zoo: continues the part before'
# The minor key of each number of sharps.
_MINOR = {sharps: key for key, sharps in SHARPS.items() if key.endswith('m')}


class _Paired(NamedTuple):
  """Notes of a file.

  Attributes:
    on: [N] indices of the note-ons among the events.
    end: [N] ticks.
    restruck: number of notes without a note-off that end where their pitch is
      struck again.
    unended: number of notes without a note-off that end with their track.
  """

  on: np.ndarray
  end: np.ndarray
  restruck: int
  unended: int


def read_midi(data: bytes, id: str, limits: Limits = ORDINARY) -> Piece:
  """The piece in a Standard MIDI file.

  A part is the notes of one channel of one track with one program; channel 10
  is drums. `metadata` has, if the file does: `title`, `key_signatures`, `key`
  for a single minor key, and `repaired`, {what: count} of notes that were
  changed.

  Raises:
    Refused: it is not a MIDI file, is damaged, exceeds the limits or has no
      notes.
  """
  events = midi_events.read_events(data, limits)
  changes = read_tempos(events, limits)
  port = _port(events)
  found = _paired(events, port)
  if not len(found.on):
    raise Refused('has no notes')
  quarter = events.division
  start = events.tick[found.on]
  program, part = _parts(events, port, found.on)
  table = notes(
    start / quarter,
    found.end / quarter,
    events.first[found.on],
    events.second[found.on],
    program,
    part,
    (events.status[found.on] & 0x0F) == DRUMS,
  )
  repaired = {
    'notes without an end, ended where their pitch is struck again': (
      found.restruck
    ),
    'notes without an end, ended with their track': found.unended,
    'notes of no length, dropped': len(start) - len(table.start),
  }
  metadata = _title(events) | _keys(events)
  if any(repaired.values()):
    metadata['repaired'] = {what: n for what, n in repaired.items() if n}
  return Piece(
    id,
    table,
    with_first(read_metres(events), Metre(0.0, 4, 4)),
    with_first(changes, Tempo(0.0, 120.0)),
    metadata,
  )


def repairs(pieces: Iterable[Piece]) -> dict[str, dict[str, Any]]:
  """What `read_midi` repaired, for a report.

  Returns:
    {what: {'count': total number of notes, 'ids': of the pieces, in order}}.
  """
  found: dict[str, dict[str, Any]] = {}
  for piece in pieces:
    for what, count in piece.metadata.get('repaired', {}).items():
      group = found.setdefault(what, {'count': 0, 'ids': []})
      group['count'] += count
      group['ids'].append(piece.id)
  return found


def _paired(events, port):
  """Note-ons and where they end."""
  kind = events.status & 0xF0
  place = np.flatnonzero((kind == 0x80) | (kind == 0x90))
  channel = events.status[place] & 0x0F
  voice = (events.track[place] * 128 + port[place]) * 16 + channel
  key = voice * 128 + events.first[place]
  order = np.argsort(key, kind='stable')
  key, place = key[order], place[order]
  on = (kind[place] == 0x90) & (events.second[place] > 0)
  group = np.cumsum(np.diff(key, prepend=key[:1]) != 0)
  depth = _depth(on, group)
  # A note-off without a note: the depth is lower than ever before.
  apart = 2 * len(on) * group
  least = np.minimum.accumulate(np.minimum(depth, 0) - apart) + apart
  least = np.minimum(least, 0)
  stray = ~on & (depth < np.concatenate([[0], least[:-1]]) * _same(group))
  if stray.any():
    on, group, place = on[~stray], group[~stray], place[~stray]
  tick = events.tick[place]
  surplus = np.bincount(group, np.where(on, 1, -1)) if len(group) else []
  short = np.flatnonzero(surplus)
  if not len(short):
    return _Paired(place[on], tick[~on], 0, 0)
  whole = ~np.isin(group, short)
  limits = np.array(events.ends)[events.track[place]].tolist()
  is_on, ticks = on.tolist(), tick.tolist()
  ends, restruck, unended = tick[~on & whole].tolist(), 0, 0
  bounds = np.searchsorted(group, [short, short + 1]).T.tolist()
  for first, last in bounds:
    found, again, late = _without_ends(
      is_on[first:last], ticks[first:last], limits[first]
    )
    ends += found
    restruck += again
    unended += late
  ons = np.concatenate([place[on & whole], place[on & ~whole]])
  return _Paired(ons, np.array(ends, np.int64), restruck, unended)


def _same(group):
  """[N] whether the previous event is of the same group."""
  return np.diff(group, prepend=-1) == 0


def _depth(on, group):
  """[N] how many more ons than offs each group has had so far."""
  total = np.cumsum(np.where(on, 1, -1))
  first = np.flatnonzero(~_same(group))
  before = total[first] - np.where(on[first], 1, -1)
  return total - before[group]


def _without_ends(on, ticks, limit):
  """Ends of the notes of one pitch that has too few note-offs.

  No note-off is missing before the last time that the pitch is silent.

  Args:
    on: [n] whether each event is a note-on; every note-off ends a note.
    ticks: [n] the time of each event.
    limit: the end of the track.

  Returns:
    The ends in the order of the note-ons; how many end where the next note
    begins; and how many with the track.
  """
  depth, silent = 0, 0
  for place, is_on in enumerate(on):
    depth += 1 if is_on else -1
    if depth == 0:
      silent = place + 1
  ends = [ticks[place] for place in range(silent) if not on[place]]
  restruck, open_note = 0, False
  for tick, is_on in zip(ticks[silent:], on[silent:], strict=True):
    if open_note:
      ends.append(tick)
      restruck += is_on
    open_note = is_on
  if open_note:
    ends.append(limit)
  return ends, restruck, int(open_note)


def _port(events):
  """[N] the MIDI port of each channel message; 0 by default."""
  found = [
    (meta.track, meta.order, meta.data[0] & 0x7F)
    for meta in events.metas
    if meta.kind == midi_events.PORT and meta.data
  ]
  if not found:
    return np.zeros(len(events.track), np.int64)
  track, order, port = np.array(found).T
  return _in_force(track, order, port, events.track, events.order)


def _parts(events, port, on):
  """Program and part of each note-on."""
  root = np.arange(len(events.ends))
  for meta in events.metas:
    if meta.kind == midi_events.OWN and meta.data == CONTINUED and meta.track:
      root[meta.track] = root[meta.track - 1]
  track = events.track
  voice = (track * 128 + port) * 16 + (events.status & 0x0F)
  change = np.flatnonzero(events.status & 0xF0 == 0xC0)
  program = _in_force(
    voice[change], change, events.first[change], voice[on], on
  )
  # A track that continues a part belongs to the voice of the first one.
  roots = root[track[on]]
  follows = roots != track[on]
  voice = voice[on]
  if follows.any():
    known, first = np.unique(track[on], return_index=True)
    place = np.searchsorted(known, roots[follows])
    place = np.minimum(place, len(known) - 1)
    found = known[place] == roots[follows]
    moved = np.where(found, voice[first[place]], voice[follows])
    voice[follows] = moved
  part = np.unique(voice * 128 + program, return_inverse=True)[1]
  return program, part


def _in_force(voice, order, value, voices, orders):
  """[N] the last value set for each of `voices` before `orders`; 0 for none."""
  if not len(voice):
    return np.zeros(len(voices), np.int64)
  most = max(int(order.max()), int(orders.max(initial=0))) + 1
  key = voice * most + order
  ranks = np.argsort(key)
  key = key[ranks]
  place = np.searchsorted(key, voices * most + orders, 'right') - 1
  found = (place >= 0) & (key[place] // most == voices)
  return np.where(found, value[ranks][place], 0)


def read_tempos(events: Events, limits: Limits = ORDINARY) -> list[Tempo]:
  """The tempos of a file; their starts are in quarters.

  Raises:
    Refused: one of them exceeds the limits, or the music is too long.
  """
  metas = [m for m in events.metas if m.kind == midi_events.TEMPO]
  metas.sort(key=lambda meta: meta.tick)
  tempos, quarter = [], events.division
  lasts, before, rate = 0.0, 0.0, 120.0
  for meta in metas:
    micros = int.from_bytes(meta.data[:3], 'big')
    if not micros:
      raise Refused('has a tempo of 0 microseconds per quarter')
    exact = 60e6 / micros
    if not limits.slowest <= exact <= limits.fastest:
      raise Refused(
        f'has a tempo of {round(exact, 2):.10g} quarters per minute'
      )
    now = meta.tick / quarter
    lasts += (now - before) * 60 / rate
    before, rate = now, exact
    tempos.append(Tempo(now, _rate(micros)))
  lasts += (max(events.ends) / quarter - before) * 60 / rate
  if lasts > limits.seconds:
    raise Refused(f'lasts more than {limits.seconds / 3600:g} hours')
  return tempos


@lru_cache(1024)
def _rate(micros):
  """Quarter notes per minute, rounded as far as the file's precision allows.

  A file has whole microseconds per quarter, rounded or truncated: 93 would
  become 93.00003.
  """
  exact = 60e6 / micros
  for digits in range(7):
    found = round(exact, digits)
    if found and abs(60e6 / found - micros) <= 1:
      return found
  return exact


def read_metres(events: Events) -> list[Metre]:
  """The time signatures of a file; their starts are in quarters.

  Raises:
    Refused: one of them does not exist.
  """
  metres = []
  for meta in events.metas:
    if meta.kind == midi_events.METRE:
      if len(meta.data) < 2 or meta.data[0] == 0 or meta.data[1] > 6:
        raise Refused('has a metre that does not exist')
      start = meta.tick / events.division
      metres.append(Metre(start, meta.data[0], 2 ** meta.data[1]))
  return metres


def _title(events):
  """The name of the first track, unless it names an instrument."""
  names = [
    meta
    for meta in events.metas
    if meta.kind == midi_events.NAME and meta.track == 0
  ]
  kinds = events.status[events.track == 0] & 0xF0
  if names and (events.form == 0 or not (kinds == 0x90).any()):
    title = midi_events.decoded(names[0].data).replace('\0', '').strip()
    if title:
      return {'title': title}
  return {}


def _keys(events) -> dict[str, Any]:
  """The key signatures of a MIDI file, in the form of MusicXML's.

  A single C major is ignored: programs write it if they do not know the key.
  More than seven sharps or flats are ignored.
  """
  found: list[list[float]] = []
  minor = []
  metas = [m for m in events.metas if m.kind == midi_events.KEY]
  for meta in sorted(metas, key=lambda meta: meta.tick):
    if len(meta.data) < 2:
      continue
    sharps = int.from_bytes(meta.data[:1], signed=True)
    if abs(sharps) <= 7:
      start = meta.tick / events.division if found else 0.0
      found.append([start, sharps])
      minor.append(meta.data[1] == 1)
  kept = without_idle(found)
  if len(kept) == 1 and all(minor):
    return {'key_signatures': kept, 'key': _MINOR[int(kept[0][1])]}
  written = len(kept) > 1 or (kept and kept[0][1])
  return {'key_signatures': kept} if written else {}
