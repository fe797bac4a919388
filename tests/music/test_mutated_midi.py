"""Damaged MIDI files on the way to notes: encoded, or refused with a reason.

MUTATED_MIDI=2000 python -m pytest tests/test_mutated_midi.py goes through as
many files.
"""

import os

import numpy as np

from datasets import DATASETS
from zoo.data import corpus
from zoo.encoders.notes import Notes
from zoo.music import midi_events, midi_notes, smf
from zoo.music.limits import Refused
from zoo.music.piece import Metre, Piece, Tempo, notes

_HEADER = 22  # Bytes before the events of the first track.
COUNT = int(os.environ.get('MUTATED_MIDI', '100'))


def whole(seed):
  """Three parts, changes of tempo and metre, triplets among the notes."""
  random = np.random.default_rng(seed)
  length = random.choice([1 / 3, 0.25, 0.5, 1, 2], 40)
  start = np.round(np.cumsum(random.choice([0, 0.5, 1 / 3], 40)), 6)
  return Piece(
    f'{seed}',
    notes(
      start,
      start + length,
      random.integers(40, 80, 40),
      part=random.integers(0, 3, 40),
    ),
    (Metre(0.0, 4, 4), Metre(4.0, 3, 4)),
    (Tempo(0.0, 100.0), Tempo(4.0, 80.0)),
  )


def as_people_have_it(seed):
  """One track in running status, with SysEx and meta events in between."""
  random = np.random.default_rng(seed)
  track = bytearray(b'\x00\x90\x3c\x50')
  for _ in range(60):
    delta = bytes([int(random.integers(0, 100))])
    if random.random() < 0.3:
      delta = b'\x81' + delta
    pitch = int(random.integers(58, 64))
    others = [
      b'\xf0\x03\x7e\x7f\xf7',
      b'\xf7\x02\x01\xf7',
      b'\xff\x01\x03abc',
      b'\xff\x51\x03\x07\xa1\x20',
      bytes([0xC0, pitch]) + b'\x05' + bytes([pitch]) + b'\x00\x90\x40\x40',
      bytes([0x90 | pitch % 3, pitch, 80]),
    ]
    if random.random() < 0.3:
      track += delta + others[int(random.integers(len(others)))]
    else:
      track += delta + bytes([pitch, 80 * int(random.integers(2))])
  header = b'MThd\0\0\0\6\0\0\0\1\0\x60'
  return header + b'MTrk' + len(track).to_bytes(4) + bytes(track)


def one_by_one(data):
  """(tick, status, data bytes) of channel messages, read event by event."""
  size = 8 + int.from_bytes(data[4:8])
  found = []
  while size + 8 <= len(data):
    name, length = (
      data[size : size + 4],
      int.from_bytes(data[size + 4 : size + 8]),
    )
    place, size = size + 8, size + 8 + length
    tick = status = 0

    def number():
      nonlocal place
      value = 0
      while True:
        value = value << 7 | data[place] & 0x7F
        place += 1
        if data[place - 1] < 128:
          return value

    while name == b'MTrk' and place < size:
      tick += number()
      if data[place] >= 0xF0:
        place += 1
        kind = data[place - 1]
        if kind == 0xFF:
          kind = data[place]
          place += 1
        length = number()
        place += length
        if kind == midi_events.END:
          break
        continue
      if data[place] > 127:
        status = data[place]
        place += 1
      count = 1 if status & 0xE0 == 0xC0 else 2
      found.append((tick, status, *data[place : place + count]))
      place += count
  return found


def mutated(data, random):
  """A few bytes changed, taken out, put in, said twice, or cut off."""
  data = bytearray(data)
  if random.random() < 0.7:
    # Few bytes, and no status among them: notes move, the file stays whole.
    for _ in range(random.integers(1, 4)):
      place = int(random.integers(_HEADER, len(data)))
      if data[place] < 128:
        data[place] = int(random.integers(128))
    return bytes(data)
  for _ in range(random.integers(1, 6)):
    place = int(random.integers(len(data)))
    end = place + int(random.integers(1, 9))
    match random.integers(5):
      case 0:
        data[place] = int(random.integers(256))
      case 1:
        del data[place:end]
      case 2:
        data[place:place] = random.bytes(end - place)
      case 3:
        data[place:place] = data[place:end]
      case 4:
        data = data[: max(end, 20)]
  return bytes(data)


def test_each_file_is_encoded_or_refused_and_none_ends_the_build(tmp_path):
  random = np.random.default_rng(0)
  sources = [smf.dump(whole(seed), '') for seed in range(4)]
  sources += [as_people_have_it(seed) for seed in range(4)]
  names = {f'{index:04d}.mid' for index in range(COUNT)}
  for index, name in enumerate(sorted(names)):
    (tmp_path / name).write_bytes(mutated(sources[index % 8], random))
  found, _ = corpus.build(
    DATASETS['midi_folder'](path=str(tmp_path)), Notes(), (0.8, 0.1, 0.1)
  )
  used = {name for split in found.pieces.values() for name in split}
  refused = found.dropped['pieces']
  assert used and used <= names
  assert (
    len(used) + sum(result['count'] for result in refused.values()) == COUNT
  )
  assert all(reason for reason in refused)
  for result in refused.values():
    assert set(result['ids']) <= names - used
  for arrays in found.splits.values():
    pieces = Notes.from_spec(found.spec).decode(
      {'notes': arrays['notes'][None, :]}
    )
    assert (pieces[0].notes.end > pieces[0].notes.start).all()


def test_what_is_accepted_is_what_a_walk_event_by_event_finds():
  """Every event, and as many notes as note-ons but for those of no length."""
  random = np.random.default_rng(1)
  sources = [smf.dump(whole(seed), '') for seed in range(4)]
  sources += [as_people_have_it(seed) for seed in range(12)]
  read = 0
  for index in range(4 * COUNT):
    data = mutated(sources[index % len(sources)], random)
    try:
      events = midi_events.read_events(data)
    except Refused as error:
      assert str(error)
      continue
    expected = one_by_one(data)
    found = list(
      zip(
        events.tick.tolist(),
        events.status.tolist(),
        events.first.tolist(),
        events.second.tolist(),
        strict=True,
      )
    )
    assert [
      row[: len(other)] for row, other in zip(found, expected, strict=True)
    ] == expected
    struck = [
      (tick, row[0])
      for tick, status, *row in expected
      if status & 0xF0 == 0x90 and row[1]
    ]
    try:
      piece = midi_notes.read_midi(data, 'x')
    except Refused:
      continue
    read += 1
    silent = piece.metadata.get('repaired', {}).get(
      'notes of no length, dropped', 0
    )
    assert len(piece.notes.start) == len(struck) - silent
    ticks = np.round(piece.notes.start * events.division).astype(int)
    assert set(
      zip(ticks.tolist(), piece.notes.pitch.tolist(), strict=True)
    ) <= set(struck)
  assert read > COUNT
