"""MIDI files as bytes: what is refused, and what is written."""

import struct

import numpy as np
import pytest

from zoo.music import smf
from zoo.music.limits import ORDINARY, Refused
from zoo.music.piece import Piece, notes

NOTE = b'\x00\x90\x3c\x50' + b'\x60\x80\x3c\x00'
END = b'\x00\xff\x2f\x00'


def midi(*tracks, division=96, count=None):
  """A file of raw tracks."""
  chunks = b''.join(b'MTrk' + struct.pack('>I', len(t)) + t for t in tracks)
  number = len(tracks) if count is None else count
  return b'MThd' + struct.pack('>IHHH', 6, 1, number, division) + chunks


TEMPO = b'\x00\xff\x51\x03'
FAR = b'\xff\xff\xff\x7f'  # a delta of 2^28 - 1 ticks
BAD = {
  'not a MIDI file': b'RIFF' + bytes(40),
  'cut short': midi(NOTE + END)[:-3],
  'track that is cut short': midi(b'\x00\x90\x3c'),
  'no tracks': midi(),
  'several pieces': midi(NOTE + END).replace(b'\0\x06\0\x01', b'\0\x06\0\x02'),
  '0 ticks': midi(NOTE + END, division=0),
  'SMPTE': midi(NOTE + END, division=0xE728),
  'more than 10000000 ticks': midi(FAR + NOTE[1:] + END),
  'tempo of 0': midi(TEMPO + b'\0\0\0' + NOTE + END),
  'tempo of 60000000': midi(TEMPO + b'\0\0\1' + NOTE + END),
  'metre that does not exist': midi(b'\0\xff\x58\4\0\2\x18\x08' + NOTE + END),
  'damaged number': midi(b'\xff\xff\xff\xff\x7f' + NOTE + END),
  'events that do not exist in MIDI files': midi(b'\x00\xf1\x50' + END),
  'begins in running status': midi(NOTE + END, b'\x00\x3c\x50' + END),
  'header of 4 bytes': b'MThd' + bytes([0, 0, 0, 4, 0, 1, 0, 1, 0, 96]) + END,
  'values exceed 127': midi(b'\x00\x90\xfc\x50' + END),
  'more than 256 tracks': midi(*[END] * 257),
  'more than 200000 events': midi(b'\x00\xc0\x00' * 200_001 + END),
  'more than 2 hours': midi(
    b'\x83\x8d\x7a' + NOTE[1:] + TEMPO + b'\xd5\x9f\x80'
    # 50,000 quarters at 4.3 a minute
    b'\x84\xa4\xd1\x00' + NOTE[1:] + END
  ),
}


@pytest.mark.parametrize('reason', BAD)
def test_bad_files_are_refused_with_their_reason(reason):
  with pytest.raises(Refused, match=reason):
    smf.check(BAD[reason])


def test_an_ordinary_file_passes():
  assert smf.check(midi(NOTE + END)) == smf.Summary(96, [])
  assert smf.check(midi(NOTE)) == smf.Summary(96, [])  # no end of track
  running = b'\x00\x90\x3c\x50' + b'\x60\x3c\x00' + END
  assert smf.check(midi(running)).division == 96


def test_limits_are_counted_over_all_tracks():
  tight = ORDINARY._replace(events=5)
  smf.check(midi(NOTE + END), tight)
  with pytest.raises(Refused, match='more than 5 events'):
    smf.check(midi(NOTE + END, NOTE + END), tight)


def test_bytes_of_one_note_by_hand():
  data = smf.dump(Piece('x', notes([0], [1], [60], [80])))
  head = (
    b'\x00\xff\x58\x04\x04\x02\x18\x08'  # 4/4
    b'\x00\xff\x51\x03\x07\xa1\x20'  # 500,000 us a quarter
  )
  voice = b'\x00\xc0\x00' + b'\x00\x90\x3c\x50' + b'\x83\x60\x80\x3c\x00'
  assert data == midi(head + END, voice + END, division=480)


def test_text_comes_back():
  text = '{"step": 12, "model": "très long"} ' * 20
  data = smf.dump(Piece('x', notes([0], [1], [60])), text)
  assert smf.check(data).texts == [text]


def test_a_repeated_note_ends_before_it_starts_again():
  data = smf.dump(Piece('x', notes([0, 1], [1, 2], [60, 60])))
  assert data.index(b'\x80\x3c\x00') < data.rindex(b'\x90\x3c\x50')


def test_parts_get_channels_of_their_own_and_drums_the_tenth():
  count = 17
  data = smf.dump(
    Piece(
      'x',
      notes(
        np.zeros(count),
        np.ones(count),
        60,
        part=range(count),
        drum=[False] * 16 + [True],
      ),
    )
  )
  channels = [
    data[place + 1] & 0x0F
    for place in range(len(data) - 1)
    if data[place] == 0 and data[place + 1] & 0xF0 == 0xC0
  ]
  assert channels == [*range(9), *range(10, 16), 0, 9]
