"""A user's pieces: matched in length, and where a continuation begins."""

import numpy as np
import pytest

from zoo.cli import user_pieces
from zoo.cli.user_pieces import Given
from zoo.contracts import UserError
from zoo.encoders import coverage
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.encoders.piano_roll import PianoRoll
from zoo.encoders.spectrogram import Spectrogram
from zoo.music import sound
from zoo.music.inherit import between, inherit
from zoo.music.piece import Piece, notes


def given(encoder, piece, path='tune.mid'):
  examples = encoder.cover(piece)
  stretches = coverage.read_from(encoder, piece)
  return Given(path, piece, examples, encoder.join(examples), stretches)


def tune(bars, first=0.0):
  start = first + np.arange(4.0 * bars)
  pitch = 60 + (np.arange(len(start)) * 7) % 12
  return Piece('tune', notes(start, start + 1, pitch))


def test_windows_of_the_shorter_piece_repeat():
  encoder = Melody(bars=2)
  short, long = given(encoder, tune(4), 'a'), given(encoder, tune(10), 'b')
  rows, words = user_pieces.matched([short, long])
  assert [row['tokens'].shape for row in rows] == [(2, 32)] * 5
  for place, row in enumerate(rows):
    first, second = row['tokens']
    assert (first == short.examples['tokens'][place % 2]).all()
    assert (second == long.examples['tokens'][place]).all()
  assert words == (
    'a (2) has fewer windows than b (5) and repeats from the beginning.'
  )
  assert user_pieces.matched([long, long])[1] == ''


def test_whole_pieces_of_different_lengths_are_refused():
  encoder = PianoRoll(steps_per_quarter=1)
  one, other = (
    given(encoder.measure([piece]), piece) for piece in (tune(2), tune(3))
  )
  with pytest.raises(UserError, match='have different lengths'):
    user_pieces.matched([one, other])


@pytest.mark.parametrize('kept', [32, 64, 96])
def test_a_continuation_begins_where_its_primer_ends(kept):
  encoder = Melody(bars=2)
  own = given(encoder, tune(6))
  flat = own.examples['tokens'].reshape(-1)
  made = np.stack([np.append(flat[-kept:], [n] * 32) for n in (5, 9)])
  begin = user_pieces.primer_begin(own, {'tokens': made}, 'tokens', 0.25)
  assert begin == (96 - kept) / 4


def test_padding_of_a_roll_is_not_part_of_the_primer():
  piece = tune(3, first=2.0)
  encoder = PianoRoll(steps_per_quarter=1, steps=8, partial=True)
  own = given(encoder, piece)
  assert own.examples['length'].tolist() == [8, 6]
  music = np.arange(8) < own.examples['length'][:, None]
  made = own.examples['roll'][music][None, -6:]
  assert user_pieces.primer_begin(own, {'roll': made}, 'roll', 1.0) == 8.0


def test_notes_begin_with_the_first_onset():
  piece = tune(3, first=3.0)
  encoder = Notes().fit([piece])
  own = given(encoder, piece)
  assert own.begin == 3.0
  made = {'notes': own.examples['notes'][None, -5:]}
  # The last five of twelve quarters that begin at 3: from 10 on.
  assert user_pieces.primer_begin(own, made, 'notes', 0) == 10.0


def test_repairs_are_said_in_one_line():
  piece = tune(2)._replace(metadata={'repaired': {'unended notes': 3}})
  encoder = Melody(bars=2)
  lines = user_pieces.remarks(given(encoder, piece, 'x.mid'), encoder)
  assert lines == ['x.mid was repaired while reading: 3 unended notes.']


def test_a_file_of_sound_is_read_by_the_encoder_itself(tmp_path):
  sine = 0.5 * np.sin(np.arange(4_000) / 3)
  one = sound.Sound('a', sine.astype(np.float32), 16_000)
  path = sound.write(one, tmp_path / 'a.wav')
  encoder = Spectrogram()
  found = user_pieces.read(str(path), encoder)
  assert found.examples['spectrogram'].shape == (found.rows, 513)
  assert user_pieces.remarks(found, encoder) == []
  # What is made of it is as long, and inherits neither metre nor tempo.
  assert 0 <= len(found.joined.samples) - 4_000 < 256
  assert inherit(found.joined, found.piece) is found.joined
  assert between(found.joined, found.piece, found.piece, 0.5) is found.joined
  rows, words = user_pieces.matched([found, found])
  assert len(rows) == found.rows and not words
  with pytest.raises(UserError, match=r'b\.wav cannot be read: it does not'):
    user_pieces.read(str(tmp_path / 'b.wav'), encoder)
