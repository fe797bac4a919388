"""MIDI files as people have them: which notes are in them, kind by kind."""

import struct

import numpy as np
import pytest

from zoo.music import midi_notes, reading, smf
from zoo.music.limits import ORDINARY, Refused
from zoo.music.midi_events import read_events
from zoo.music.piece import Metre, Piece, Tempo, notes

QUARTER = 96
END = b'\x00\xff\x2f\x00'
SYSEX = b'\xf0\x05\x7e\x7f\x09\x01\xf7'  # GM System On


def on(pitch, delta=0, channel=0, velocity=80):
  return bytes([delta, 0x90 | channel, pitch, velocity])


def off(pitch, delta=QUARTER, channel=0):
  return bytes([delta, 0x80 | channel, pitch, 0])


def meta(kind, data, delta=0):
  return bytes([delta, 0xFF, kind, len(data)]) + data


def chunk(data, name=b'MTrk'):
  return name + struct.pack('>I', len(data)) + data


def midi(*tracks, form=1, count=None, header=b'', division=QUARTER):
  number = len(tracks) if count is None else count
  head = struct.pack('>HHH', form, number, division) + header
  return chunk(head, b'MThd') + b''.join(map(chunk, tracks))


def read(*tracks, **options):
  return midi_notes.read_midi(midi(*tracks, **options), 'x')


def rows(piece):
  table = piece.notes
  return list(
    zip(
      table.start.tolist(),
      table.end.tolist(),
      table.pitch.tolist(),
      strict=True,
    )
  )


SCALE = [(0.0, 1.0, 60), (1.0, 2.0, 62), (2.0, 3.0, 64)]


@pytest.mark.parametrize(
  'between',
  [
    SYSEX,
    b'\xf0\x03\x43\x12\x00\x00\xf7\x03\x07\xf7\x43\x00\xf7\x02\x08\xf7',
    b'\xf0\x03\x43\x12\x00',  # not terminated, and none follows
    b'\xf0\x00',
    b'\xf7\x03\xf3\x01\x00',  # an escape: a song select
    b'\xf7\x03\x90\x3c\x50',
    b'\xf0\x81\x00' + bytes(127) + b'\xf7',  # 128 bytes
    b'\xff\x01\x02hi',
    b'\xff\x20\x01\x05',  # channel prefix
    b'\xff\x60\x00',  # a meta event that nobody knows
    b'\xff\x7f\x03\x00\x00\x41',
  ],
)
def test_running_status_goes_on_behind_sysex_and_meta_events(between):
  """The notes after it: in running status, off by velocity 0."""
  track = (
    on(60)
    + bytes([QUARTER, 60, 0])
    + b'\0'
    + between
    + bytes([0, 62, 80, QUARTER, 62, 0])
    + on(64)
    + off(64)
    + END
  )
  assert rows(read(track)) == SCALE
  whole = on(60) + off(60) + b'\0' + between + on(62) + off(62)
  assert rows(read(whole + on(64) + off(64) + END)) == SCALE


def test_running_status_of_messages_of_one_byte():
  """Two channel pressures, two programs; then notes again."""
  track = b'\x00\xd0\x10\x00\x20' + b'\x00\xc0\x05\x00\x06' + on(60) + off(60)
  piece = read(track + END)
  assert rows(piece) == SCALE[:1]
  assert piece.notes.program.tolist() == [6]


@pytest.mark.parametrize('count', [0, 1, 2, 9])
def test_every_track_is_read_whatever_the_header_says(count):
  tracks = [on(pitch) + off(pitch) + END for pitch in (60, 62)]
  piece = read(*tracks, count=count)
  assert rows(piece) == [(0, 1, 60), (0, 1, 62)]
  assert piece.notes.part.tolist() == [0, 1]


def test_alien_chunks_and_long_headers_are_passed_over():
  track = on(60) + off(60) + END
  data = midi(track, header=b'\x12\x34')
  data = data[:16] + chunk(b'\x90\x3c\x50', b'XFIH') + data[16:] + b'tail'
  assert rows(midi_notes.read_midi(data, 'x')) == SCALE[:1]


def test_riff_files_are_unwrapped():
  data = midi(on(60) + off(60) + END)
  body = b'RMID' + b'DISP' + struct.pack('<I', 3) + b'odd\0'
  body += b'data' + struct.pack('<I', len(data)) + data
  riff = b'RIFF' + struct.pack('<I', len(body)) + body
  assert rows(midi_notes.read_midi(riff, 'x')) == SCALE[:1]
  with pytest.raises(Refused, match='cut short'):
    midi_notes.read_midi(riff[:-1], 'x')
  with pytest.raises(Refused, match='without MIDI data'):
    midi_notes.read_midi(riff[:24], 'x')


def test_an_rmi_file_is_read_by_its_suffix(tmp_path):
  data = midi(on(60) + off(60) + END)
  body = b'RMID' + b'data' + struct.pack('<I', len(data)) + data
  path = tmp_path / 'song.rmi'
  path.write_bytes(b'RIFF' + struct.pack('<I', len(body)) + body)
  assert rows(reading.read(path)) == SCALE[:1]


RESTRUCK = 'notes without an end, ended where their pitch is struck again'
UNENDED = 'notes without an end, ended with their track'
SILENT = 'notes of no length, dropped'


@pytest.mark.parametrize(
  'track, expected, repaired',
  [
    # Ends with the track: at the end that is written, or the last event.
    (
      on(60) + off(60) + on(64) + meta(0x2F, b'', 120),
      [(0, 1, 60), (1, 2.25, 64)],
      {UNENDED: 1},
    ),
    (on(60) + on(64) + off(64), [(0, 1, 60), (0, 1, 64)], {UNENDED: 1}),
    # Doubled ons with a single off, at the end and all the way.
    (on(60) + on(60, 96) + off(60), [*SCALE[:1], (1, 2, 60)], {RESTRUCK: 1}),
    (
      on(60) + (on(60, 48) + off(60, 48)) * 3,
      [(0, 0.5, 60), (0.5, 1, 60), (1.5, 2, 60), (2.5, 3, 60)],
      {RESTRUCK: 1},
    ),
    # What was whole before stays as it is.
    (
      on(60) + on(60, 48) + off(60, 48) + off(60, 48) + on(60) + END[:-1] + b'',
      None,
      None,
    ),
    (
      on(60)
      + on(60, 48)
      + off(60, 48)
      + off(60, 48)
      + on(60)
      + meta(0x2F, b'', 96),
      [(0, 1, 60), (0.5, 1.5, 60), (1.5, 2.5, 60)],
      {UNENDED: 1},
    ),
    # Velocity 0 ends; an off without a note is none.
    (
      off(60, 0) + on(60) + on(60, 96, velocity=0) + off(60, 0) + off(61, 0),
      SCALE[:1],
      None,
    ),
    # No length.
    (on(60) + off(60) + on(62) + off(62, 0), SCALE[:1], {SILENT: 1}),
    (on(60) + off(60) + on(62) + END, SCALE[:1], {UNENDED: 1, SILENT: 1}),
    # The same pitch on another channel is another note.
    (
      on(60) + on(60, 96, 1) + off(60, 96, 1) + off(60),
      [(0, 3, 60), (1, 2, 60)],
      None,
    ),
    # Balanced: what began first ends first.
    (
      on(60) + on(60, 96) + off(60) + off(60),
      [(0, 2, 60), (1, 3, 60)],
      None,
    ),
  ],
)
def test_notes_and_their_ends(track, expected, repaired):
  if expected is None:
    with pytest.raises(Refused, match='cut short'):
      read(track)
    return
  piece = read(track)
  assert rows(piece) == expected
  assert piece.metadata.get('repaired') == repaired


def test_repairs_are_counted_over_a_corpus():
  """Three notes of two pieces; the third piece is whole."""
  files = [on(60) + on(62, 96) + END, on(64), on(60) + off(60)]
  pieces = [
    read(data + b'\x10\xff\x2f\x00')._replace(id=str(place))
    for place, data in enumerate(files)
  ]
  assert midi_notes.repairs(pieces) == {
    UNENDED: {'count': 3, 'ids': ['0', '1']},
    SILENT: {'count': 1, 'ids': ['0']},
  }


def test_an_end_is_looked_for_in_each_voice_of_many():
  """Pitches of all kinds in turn, against the events taken one by one."""
  random = np.random.default_rng(0)
  for _ in range(50):
    track, opened, closed, now = b'', {}, [], 0
    for _ in range(200):
      delta, pitch = int(random.integers(1, 20)), int(random.integers(60, 70))
      channel = int(random.integers(2))
      now += delta
      begun = opened.setdefault((channel, pitch), [])
      if random.random() < 0.5:
        begun.append(now)
        track += on(pitch, delta, channel)
      else:
        if begun:
          closed.append((begun.pop(0) / 96, now / 96, pitch))
        track += off(pitch, delta, channel)
    for (channel, pitch), begun in opened.items():
      for start in begun:
        now += 1
        closed.append((start / 96, now / 96, pitch))
        track += off(pitch, 1, channel)
    piece = read(track + END)
    assert sorted(rows(piece)) == sorted(closed)
    assert 'repaired' not in piece.metadata


def test_delta_times_of_one_to_four_bytes():
  """2^7 - 1, 2^7, 2^14 and 2^21 ticks, and zeros in front of a small one."""
  track = b''
  for delta in (b'\x7f', b'\x81\x00', b'\x81\x80\x00', b'\x81\x80\x80\x00'):
    track += delta + on(60)[1:] + b'\x80\x80\x80\x60' + off(60)[1:]
  data = midi(track + END, division=9600)
  starts = (midi_notes.read_midi(data, 'x').notes.start * 9600).round()
  assert np.diff(starts, prepend=-96).tolist() == [
    2**bits + 96 - (bits == 7 and place == 0)
    for place, bits in enumerate((7, 7, 14, 21))
  ]


@pytest.mark.parametrize(
  'track, reason',
  [
    (b'\x80\x80\x80\x80\x00' + on(60)[1:] + off(60), 'damaged number'),
    (on(60) + off(60) + b'\xff\xff\xff\xff\x7f' + END[1:], 'damaged number'),
    (on(60) + off(60) + b'\x00\xff\x01\xff\xff\xff\xff\x00', 'damaged number'),
    (on(60) + off(60) + b'\x00\xf0\x10\x7e', 'cut short'),
    (on(60) + off(60) + b'\x00\xff\x01\x10hi', 'cut short'),
    (on(60) + off(60) + b'\x00\xff', 'cut short'),
    (on(60) + off(60) + b'\x00', 'cut short'),
    (on(60) + off(60) + b'\x00\x90\x3c', 'cut short'),
    (on(60) + off(60) + b'\x00\xf1\x3c', 'do not exist in MIDI files'),
    (on(60) + off(60) + b'\x00\x90\x3c\x90' + END, 'exceed 127'),
    (on(60) + off(60) + b'\x00\x3c\x90' + END, 'exceed 127'),
  ],
)
def test_damage_is_named(track, reason):
  with pytest.raises(Refused, match=reason):
    read(track)


def test_events_behind_the_end_of_a_track_are_none():
  assert rows(read(on(60) + off(60) + END + on(62) + off(62))) == SCALE[:1]
  assert rows(read(on(60) + off(60))) == SCALE[:1]  # no end of track


def test_status_does_not_run_on_into_the_next_track():
  good = on(60) + off(60) + END
  with pytest.raises(Refused, match='begins in running status'):
    read(good, bytes([0, 62, 80, QUARTER, 62, 0]) + END)
  behind = meta(0x03, b'name') + bytes([0, 62, 80]) + END
  with pytest.raises(Refused, match='begins in running status'):
    read(good, behind)


def test_formats():
  track = on(60) + off(60) + END
  for form in (0, 1):
    assert rows(read(track, form=form)) == SCALE[:1]
  with pytest.raises(Refused, match=r'several pieces \(format 2\)'):
    read(track, form=2)
  with pytest.raises(Refused, match='SMPTE'):
    read(track, division=0xE250)


def test_programs_change_within_a_track():
  """The program at a note's beginning counts; each channel has its own."""
  track = (
    on(60)
    + b'\x30\xc0\x28'
    + b'\x00\xc1\x05'
    + off(60, 48)
    + on(62)
    + off(62)
    + on(64, 0, 1)
    + off(64, 96, 1)
    + on(36, 0, 9)
    + off(36, 96, 9)
    + END
  )
  table = read(track).notes
  assert table.program.tolist() == [0, 40, 5, 0]
  assert table.part.tolist() == [0, 1, 2, 3]
  assert table.drum.tolist() == [False] * 3 + [True]


def test_ports_tell_channels_apart():
  """Two notes of one pitch and channel, on two ports, in one track."""
  port = [meta(0x21, bytes([number])) for number in (0, 1)]
  track = (
    port[0]
    + on(60)
    + port[1]
    + on(60, 96)
    + off(60)
    + port[0]
    + off(60, 96)
    + END
  )
  piece = read(track)
  assert rows(piece) == [(0, 3, 60), (1, 2, 60)]
  assert piece.notes.part.tolist() == [0, 1]


def test_key_signatures_out_of_range_and_minor_ones():
  note = on(60) + off(60) + END
  for data in (b'\x08\x00', b'\x80\x00', b'\x00', b'', b'\x00\x00'):
    assert read(meta(0x59, data) + note).metadata == {}
  minor = read(meta(0x59, b'\x00\x01') + note)
  assert minor.metadata == {'key': 'Am', 'key_signatures': [[0.0, 0]]}
  flats = read(meta(0x59, b'\xf9\x01') + note)
  assert flats.metadata['key'] == 'Abm'


@pytest.mark.parametrize(
  'data, title',
  [
    ('Für Elise'.encode(), 'Für Elise'),
    ('Für Elise'.encode('latin-1'), 'Für Elise'),
    ('\ufeffÉtude'.encode(), 'Étude'),
    (b'Air \0', 'Air'),
    (b' ', None),
  ],
)
def test_titles_in_any_encoding(data, title):
  track = on(60) + off(60) + END
  head = meta(0x03, data)
  assert read(head + END, track).metadata.get('title') == title
  assert read(head + track, form=0).metadata.get('title') == title
  # The name of a track that plays is no title.
  assert read(head + track, form=1).metadata == {}
  (text,) = smf.check(midi(meta(0x01, data) + track)).texts
  assert text.strip(' \0') == (title or '')


def test_the_slowest_and_the_fastest_tempo_that_files_hold():
  note = on(60) + off(60) + END
  slow = read(meta(0x51, b'\xff\xff\xff') + note)
  assert slow.tempos == (Tempo(0.0, 3.576279),)
  assert b'\xff\x51\x03\xff\xff\xff' in smf.dump(slow)
  with pytest.raises(Refused, match=r'tempo of 2000\.07 quarters'):
    read(meta(0x51, (29_999).to_bytes(3)) + note)
  with pytest.raises(Refused, match='tempo of 0'):
    read(meta(0x51, b'') + note)


@pytest.mark.parametrize('rate', [3.576, 3.5763, 4, 59.94, 93, 177.3, 1997])
def test_tempos_come_back_as_they_were(rate):
  piece = Piece('x', notes([0], [1], [60]), tempos=(Tempo(0.0, rate),))
  again = midi_notes.read_midi(smf.dump(piece), 'x')
  assert again.tempos[0].quarters_per_minute == pytest.approx(rate, abs=3e-4)
  assert smf.dump(again) == smf.dump(piece)


def test_a_tempo_that_no_file_holds_is_not_written_as_another():
  piece = Piece('x', notes([0], [1], [60]), tempos=(Tempo(0.0, 3.5),))
  with pytest.raises(ValueError, match=r'3\.5 quarters .* slowest is 3\.576'):
    smf.dump(piece)


def test_a_tempo_cut_to_whole_microseconds_is_the_round_one():
  note = on(60) + off(60) + END
  for micros in (631_578, 631_579):  # 95: 631578.947
    data = meta(0x51, micros.to_bytes(3)) + note
    assert read(data).tempos == (Tempo(0.0, 95.0),)


def test_changes_of_every_track_count():
  """Of two tempos at one tick the later one in the file."""
  tempo = meta(0x51, (500_000).to_bytes(3)), meta(0x51, (600_000).to_bytes(3))
  metre = meta(0x58, b'\x03\x02\x18\x08')
  piece = read(tempo[0] + END, tempo[1] + metre + on(60) + off(60) + END)
  assert piece.tempos == (Tempo(0.0, 100.0),)
  assert piece.metres == (Metre(0.0, 3, 4),)


def test_a_file_of_the_largest_size_is_read_within_its_limits():
  """A message of 4 MB; and 200,000 events in running status."""
  long = b'\x00\xf0\x81\xf4\x92\x00' + bytes(3_999_999) + b'\xf7'
  piece = read(on(60) + long + bytes([QUARTER, 60, 0]) + END)
  assert rows(piece) == SCALE[:1]
  many = on(60) + bytes([1, 60, 0, 1, 60, 80]) * 99_999 + off(60)
  assert len(read(many).notes.start) == 100_000
  with pytest.raises(Refused, match='more than 200000 events'):
    midi_notes.read_midi(midi(many + off(60)), 'x', ORDINARY)


def test_events_by_hand():
  data = midi(
    meta(0x03, b'a', 5) + on(60, 1) + bytes([2, 61, 0]) + END,
    b'\x0a\xe3\x00\x40' + END,
  )
  events = read_events(data)
  assert events.track.tolist() == [0, 0, 1]
  assert events.order.tolist() == [1, 2, 4]
  assert events.tick.tolist() == [6, 8, 10]
  assert events.status.tolist() == [0x90, 0x90, 0xE3]
  assert events.first.tolist() == [60, 61, 0]
  assert events.second.tolist() == [80, 0, 0x40]
  assert events.ends == [8, 10]
  assert [(m.track, m.tick, m.data) for m in events.metas] == [(0, 5, b'a')]


def test_the_same_notes_as_symusic():
  """Random parts of random programs, changes of tempo and metre."""
  symusic = pytest.importorskip('symusic')
  random = np.random.default_rng(1)
  for seed in range(5):
    count = 400
    start = np.sort(random.integers(0, 800, count)) / 8
    piece = Piece(
      f'{seed}',
      notes(
        start,
        start + random.integers(1, 9, count) / 8,
        random.integers(21, 109, count),
        random.integers(1, 128, count),
        part=np.arange(count) % 4,
        drum=np.arange(count) % 4 == 3,
      ),
    )
    data = smf.dump(piece)
    score = symusic.Score.from_midi(data)
    theirs = sorted(
      (note.time, note.end, note.pitch, note.velocity, track.is_drum)
      for track in score.tracks
      for note in track.notes
    )
    table = midi_notes.read_midi(data, 'x').notes
    ours = sorted(
      zip(
        (table.start * 480).tolist(),
        (table.end * 480).tolist(),
        table.pitch.tolist(),
        table.velocity.tolist(),
        table.drum.tolist(),
        strict=True,
      )
    )
    assert ours == theirs
