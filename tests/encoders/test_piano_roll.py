"""Piano rolls: active notes on the grid, whole pieces and windows."""

import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.encoders import ENCODERS
from zoo.encoders.piano_roll import PianoRoll
from zoo.music.piece import Metre, Piece, notes
from zoo.music.rolls import PITCHES, Roll, play, sample


def piece(start, end, pitch, **given):
  return Piece('x', notes(start, end, pitch, **given))


def roll(active, steps, split=None):
  """A Roll from (step, pitch) pairs."""
  frames = np.zeros((steps, PITCHES), np.uint8)
  for step, pitch in active:
    frames[step, pitch] = 1
  return Roll('r', frames, {'split': split} if split else {})


def sounding(frames):
  return [np.flatnonzero(frame).tolist() for frame in frames]


def test_a_roll_of_quarters_has_the_notes_active_on_the_beat():
  """Passing notes between the beats are dropped, held notes are kept."""
  made = piece(
    [0, 0, 0.5, 1, 1.5, 2.1, 2.75],
    [0.25, 2, 1, 1.5, 2.5, 3, 3],
    [60, 48, 62, 64, 65, 67, 71],
  )
  # By hand. Step 2: 65 sounds from 1.5 to 2.5, and 67 comes in at 2.1, which
  # is late for the beat; 71 falls between the steps.
  assert sounding(sample(made, 1)) == [[48, 60], [48, 64], [65, 67]]
  assert sounding(sample(made, 2)) == [
    [48, 60],
    [48, 62],
    [48, 64],
    [48, 65],
    [65],
    [67],
  ]


def test_drums_make_no_roll():
  drums = piece([0, 1], [1, 2], [36, 60], drum=[True, False])
  assert sounding(sample(drums, 1)) == [[], [60]]
  assert len(sample(piece([0], [1], [36], drum=True), 1)) == 0


def test_legato_ties_and_otherwise_strikes_again():
  frames = roll([(0, 60), (1, 60), (1, 64), (3, 60)], 4).frames
  tied = play(frames, 2)
  assert list(zip(tied.start, tied.end, tied.pitch, strict=True)) == [
    (0.0, 1.0, 60),
    (0.5, 1.0, 64),
    (1.5, 2.0, 60),
  ]
  struck = play(frames, 2, legato=False)
  assert list(zip(struck.start, struck.end, struck.pitch, strict=True)) == [
    (0.0, 0.5, 60),
    (0.5, 1.0, 60),
    (0.5, 1.0, 64),
    (1.5, 2.0, 60),
  ]


def test_whole_pieces_are_padded_to_the_longest_of_all():
  short, long = roll([(0, 21), (1, 108)], 2), roll([(2, 60)], 3)
  encoder = PianoRoll().fit([short]).measure([short, long])
  assert encoder.spec.fields['roll'].shape == (3, 88)
  assert encoder.spec.sizes == {
    'steps': 3,
    'pitches': 88,
    'steps_per_beat': 1,
    'steps_per_bar': 4,
  }
  found, dropped, *_ = encoder.encode(short)
  assert dropped == {}
  assert found['roll'].dtype == np.uint8
  assert found['length'].tolist() == [2]
  assert sounding(found['roll'][0]) == [[0], [87], []]
  again = PianoRoll.from_spec(Spec.from_json(encoder.spec.to_json()))
  assert again.spec == encoder.spec
  assert ENCODERS[encoder.spec.encoder] is PianoRoll


def test_a_whole_piece_begins_with_its_pick_up():
  made = piece([3, 4, 6], [4, 5, 7], [60, 62, 64])
  encoder = PianoRoll().measure([made])
  found = encoder.encode(made).examples
  assert sounding(found['roll'][0]) == [[39], [41], [], [43]]
  windows = PianoRoll(steps=4).encode(made).examples
  assert sounding(windows['roll'][0]) == [[], [], [], [39]]


@pytest.mark.parametrize('seed', range(3))
def test_decoding_and_encoding_come_back_the_same(seed):
  random = np.random.default_rng(seed)
  rolls = (random.random((5, 12, 88)) < 0.05).astype(np.uint8)
  rolls[:, -1, 40] = 1  # Something sounds at the end, so the length is known.
  encoder = PianoRoll(steps=12, steps_per_quarter=4)
  for one, made in zip(rolls, encoder.decode({'roll': rolls}), strict=True):
    found, dropped, *_ = encoder.encode(made)
    assert dropped == {}
    np.testing.assert_array_equal(found['roll'], one[None])


def test_encoding_moves_with_transposition():
  """The law of augmentation: a roll moves along its pitches."""
  made = piece([0, 1, 1, 2.5], [1, 3, 2, 4], [60, 64, 67, 72])
  moved = made._replace(
    notes=made.notes._replace(pitch=made.notes.pitch + np.int16(5))
  )
  encoder = PianoRoll(steps=4)
  before, after = (encoder.encode(one).examples for one in (made, moved))
  np.testing.assert_array_equal(np.roll(before['roll'], 5, 2), after['roll'])
  np.testing.assert_array_equal(
    encoder.canonical(before), encoder.canonical(after)
  )


def test_an_empty_split_has_no_rows():
  for steps in (0, 4):
    encoder = PianoRoll(steps=steps).measure([])
    none = encoder.encode(roll([], 0)).examples
    assert encoder.canonical(none).shape == (0, steps * 11 + 4)


def test_canonical_tells_music_and_lengths_apart():
  encoder = PianoRoll(steps=4)
  rolls = np.zeros((4, 4, 88), np.uint8)
  rolls[0, 0, [3, 7]] = rolls[1, 0, [30, 34]] = 1  # The same third.
  rolls[2, 0, [3, 8]] = rolls[3, 0, [3, 7]] = 1
  rows = encoder.canonical({'roll': rolls, 'length': np.array([4, 4, 4, 3])})
  same = (rows[:, None] == rows[None]).all(-1)
  expected = np.eye(4, dtype=bool)
  expected[0, 1] = expected[1, 0] = True
  np.testing.assert_array_equal(same, expected)


def test_windows_go_on_to_the_end_of_the_piece():
  long = roll([(step, 60 + step) for step in range(7)], 7)
  found, dropped, *_ = PianoRoll(steps=4).encode(long)
  assert found['length'].tolist() == [4, 3]
  assert sounding(found['roll'][1]) == [[43], [44], [45], []]
  found, *_ = PianoRoll(steps=4, stride=2).encode(long)
  assert found['length'].tolist() == [4, 4, 3]
  found, dropped, *_ = PianoRoll(steps=4, stride=1, partial=False).encode(long)
  assert found['length'].tolist() == [4] * 4
  assert dropped == {}
  found, dropped, *_ = PianoRoll(steps=8, partial=False).encode(long)
  assert (len(found['roll']), dropped) == (0, {'shorter than a window': 1})


def test_dropped_pieces_have_a_reason():
  encoder = PianoRoll(steps=2, lowest=60, highest=71)
  found, dropped, *_ = encoder.encode(roll([(0, 59), (2, 60), (3, 71)], 6))
  assert dropped == {'pitch out of range': 1, 'silence': 1}
  assert sounding(found['roll'][0]) == [[0], [11]]
  assert encoder.encode(roll([], 0)).dropped == {'no notes': 1}
  whole = PianoRoll().measure([roll([(0, 60)], 2)])
  assert whole.encode(roll([(5, 60)], 6)).dropped == {'too long': 1}


def test_a_file_is_covered_and_joined_again():
  made = piece([0, 1, 4], [1, 5, 6], [60, 64, 67])
  encoder = PianoRoll(steps=4)
  windows = encoder.cover(made)
  assert windows['length'].tolist() == [4, 2]
  joined = encoder.join(windows)
  for ours, theirs in zip(made.notes[:3], joined.notes[:3], strict=True):
    np.testing.assert_array_equal(ours, theirs)
  with pytest.raises(UserError, match=r'outside MIDI pitch 21\.\.108'):
    encoder.cover(piece([0], [1], [20]))
  with pytest.raises(UserError, match='no notes'):
    encoder.cover(piece([0], [1], [40], drum=True))


def test_decoded_pieces_have_the_metre_and_speed():
  encoder = PianoRoll(steps=2, steps_per_quarter=2, metre='3/4')
  rolls = np.zeros((1, 2, 88))
  rolls[0, :, 39] = 0.9
  rolls[0, :, 40] = 0.5
  (made,) = encoder.decode({'roll': rolls, 'length': [1]})
  assert made.metres == (Metre(0.0, 3, 4),)
  assert made.notes.pitch.tolist() == [60]
  assert made.notes.end.tolist() == [0.5]
  assert encoder.spec.sizes['steps_per_bar'] == 6
  assert encoder.spec.tables['pitches'][39] == 60


@pytest.mark.parametrize(
  'options, message',
  [
    ({'steps': -1}, 'encoder/steps must be at least 0'),
    ({'steps_per_quarter': 0}, 'encoder/steps_per_quarter'),
    ({'lowest': 60, 'highest': 59}, 'pitches in order'),
    ({'highest': 128}, 'pitches in order'),
    ({'metre': '4'}, 'encoder/metre'),
  ],
)
def test_options_out_of_range(options, message):
  with pytest.raises(UserError, match=message):
    PianoRoll(**options)
