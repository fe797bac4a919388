"""The voices encoder: classes by hand, inverse, laws, what is dropped."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.data.augmentations import transpose
from zoo.encoders import ENCODERS
from zoo.encoders.voices import Voices
from zoo.music.piece import Metre, Piece, notes

FOUR_FOUR = (Metre(0.0, 4, 4),)
THREE_FOUR = (Metre(0.0, 3, 4),)


def piece(rows, metadata=None, metres=FOUR_FOUR):
  """A Piece of (start, end, pitch, part), in quarters."""
  start, end, pitch, part = zip(*rows, strict=True)
  return Piece(
    'x',
    notes(start, end, pitch, part=part),
    metres,
    metadata=metadata or {},
  )


# Two beats: the soprano moves, the tenor rests on the first eighth.
CADENCE = [
  (0, 1, 71, 0),
  (1, 2, 72, 0),
  (0, 2, 67, 1),
  (0.5, 1, 62, 2),
  (1, 2, 64, 2),
  (0, 1, 43, 3),
  (1, 2, 48, 3),
]
MARKS = {'fermatas': [[1.0, 2.0]], 'key_signatures': [[0.0, -1]]}


def test_classes_by_hand():
  """0 holds, 1 rests, 2 is the lowest pitch: 57, 53, 48 and 36."""
  found = Voices(steps=8).encode(piece(CADENCE, MARKS)).examples
  assert found['voices'][0].T.tolist() == [
    [16, 0, 0, 0, 17, 0, 0, 0],
    [16, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 16, 0, 18, 0, 0, 0],
    [9, 0, 0, 0, 14, 0, 0, 0],
  ]
  assert found['fermata'][0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
  assert found['beat'][0].tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
  assert found['key'][0].tolist() == [6] * 8
  assert found['length'].tolist() == [8]


def test_padding_puts_start_before_and_end_behind():
  """Then 2 is start, 3 is end, and 4 is the lowest pitch."""
  encoder = Voices(steps=0, padding=2).measure([piece(CADENCE, MARKS)])
  found = encoder.encode(piece(CADENCE, MARKS)).examples
  assert found['voices'][0, :, 0].tolist() == [
    *(2, 2),
    *(18, 0, 0, 0, 19, 0, 0, 0),
    *(3, 3),
  ]
  assert found['beat'][0].tolist() == [2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
  assert found['fermata'][0].tolist() == [0] * 6 + [1] * 4 + [0] * 2
  assert found['key'][0].tolist() == [6] * 12
  assert found['length'].tolist() == [10]
  sizes = encoder.spec.sizes
  assert (sizes['steps'], sizes['padding'], sizes['first_pitch']) == (12, 2, 4)


def test_without_rests_a_rest_is_a_hold():
  encoder = Voices(steps=8, rests=False)
  tenor = encoder.encode(piece(CADENCE)).examples['voices'][0, :, 2]
  assert tenor.tolist() == [0, 0, 15, 0, 17, 0, 0, 0]
  assert encoder.spec.vocabulary == {
    'symbols': ['hold'],
    'classes': [26, 23, 23, 30],
  }


def test_windows_repeat_held_notes_or_hold_them():
  long = [*CADENCE, *((a + 2, b + 2, p, v) for a, b, p, v in CADENCE)]
  struck = Voices(steps=8, stride=4).encode(piece(long)).examples
  held = Voices(steps=8, stride=4, begin='hold').encode(piece(long)).examples
  assert struck['voices'].shape == (3, 8, 4)
  assert struck['voices'][1, 0].tolist() == [17, 16, 18, 14]
  assert held['voices'][1, 0].tolist() == [17, 0, 18, 14]
  np.testing.assert_array_equal(held['voices'][:, 1:], struck['voices'][:, 1:])


def test_windows_that_the_end_cuts_short():
  whole = Voices(steps=6, stride=4).encode(piece(CADENCE))
  assert whole.dropped == {'shorter than a window': 1}
  assert whole.examples['length'].tolist() == [6]
  found, dropped, *_ = Voices(steps=6, stride=4, partial=True).encode(
    piece(CADENCE)
  )
  assert dropped == {}
  assert found['length'].tolist() == [6, 4]
  assert found['voices'][1, :, 0].tolist() == [17, 0, 0, 0, 1, 1]
  padded = Voices(steps=6, stride=4, padding=1, partial=True).encode(
    piece(CADENCE)
  )
  assert padded.examples['length'].tolist() == [6, 5]
  assert padded.examples['voices'][1, :, 0].tolist() == [18, 19, 0, 0, 0, 3]


@pytest.mark.parametrize('padding', [0, 3])
@pytest.mark.parametrize('seed', range(3))
def test_decoding_and_encoding_come_back_the_same(seed, padding):
  random = np.random.default_rng(seed)
  rows = []
  for part, (low, high) in enumerate([(57, 81), (53, 74), (48, 69), (36, 64)]):
    edges = np.unique([0, 16, *random.integers(0, 16, 6)])
    for start, end in itertools.pairwise(edges):
      if end == 16 or random.random() < 0.8:
        pitch = random.integers(low, high + 1)
        rows.append((start / 4, end / 4, pitch, part))
  marks = {
    'fermatas': [[0.5, 1.5], [3.0, 4.0]],
    'key_signatures': [[0.0, 3], [2.25, -4]],
  }
  made = piece(rows, marks)
  encoder = Voices(steps=0, padding=padding).measure([made])
  found = encoder.encode(made).examples
  (again,) = encoder.decode(found)
  for ours, theirs in zip(made.notes[:3], again.notes[:3], strict=True):
    np.testing.assert_array_equal(ours, theirs)
  np.testing.assert_array_equal(made.notes.part, again.notes.part)
  assert again.metadata['key_signatures'] == marks['key_signatures']
  twice = encoder.encode(again).examples
  for name in found:
    np.testing.assert_array_equal(found[name], twice[name], err_msg=name)
  assert encoder.join(found).notes.pitch.tolist() == made.notes.pitch.tolist()


def test_to_augment_what_was_encoded_is_to_encode_what_was_transposed():
  """F major a tone up is G major: from one flat to one sharp."""
  moved = piece(CADENCE, MARKS | {'key_signatures': [[0.0, 1]]})
  moved = moved._replace(
    notes=moved.notes._replace(pitch=moved.notes.pitch + np.int16(2))
  )
  encoder = Voices(steps=8)
  before, after = (
    encoder.encode(one).examples for one in (piece(CADENCE, MARKS), moved)
  )
  augment = transpose(encoder.spec, low=2, high=2)
  made = augment(
    jax.random.split(jax.random.key(0), 1),
    {name: jnp.asarray(array) for name, array in before.items()},
  )
  for name in after:
    np.testing.assert_array_equal(made[name], after[name], err_msg=name)
    assert made[name].dtype == after[name].dtype
  np.testing.assert_array_equal(
    encoder.canonical(before), encoder.canonical(after)
  )


def test_only_legal_intervals_are_drawn_and_all_of_them():
  """The bass may fall by 7 (43 to 36), the alto rise by 7 (67 to 74)."""
  made = piece(CADENCE)
  encoder = Voices(steps=8)
  assert encoder.transpositions(made) == range(-7, 6)  # tenor: 64 to 69
  found = encoder.encode(made).examples
  batch = {
    name: jnp.repeat(jnp.asarray(array), 400, 0)
    for name, array in found.items()
  }
  keys = jax.random.split(jax.random.key(1), 400)
  for bounds, expected in (
    ((-12, 12), range(-7, 6)),
    ((-2, 1), range(-2, 2)),
    ((8, 12), range(1)),
  ):
    augment = transpose(encoder.spec, low=bounds[0], high=bounds[1])
    soprano = augment(keys, batch)['voices'][:, 0, 0] - 16
    assert set(np.asarray(soprano).tolist()) == set(expected)


def test_canonical_tells_music_apart():
  other = [*CADENCE[:-1], (1, 2, 36, 3)]
  encoder = Voices(steps=8)
  rows = [
    encoder.canonical(encoder.encode(piece(one)).examples)
    for one in (CADENCE, other)
  ]
  assert (rows[0] != rows[1]).any()
  none = {'voices': np.zeros((0, 8, 4), np.int8)}
  assert encoder.canonical(none).shape == (0, 32)


def test_the_spec_rebuilds_the_encoder():
  encoder = Voices(steps=0, padding=16).measure([piece(CADENCE)])
  spec = Spec.from_json(encoder.spec.to_json())
  again = ENCODERS[spec.encoder].from_spec(spec)
  assert again.spec == encoder.spec == spec
  assert spec.sizes['steps'] == 8 + 32
  assert spec.sizes['classes'] == 33
  assert spec.vocabulary['classes'] == [29, 26, 26, 33]
  assert spec.vocabulary['symbols'] == ['hold', 'rest', 'start', 'end']
  table = spec.tables['pitches']
  assert [row[4] for row in table] == [57, 53, 48, 36]
  assert table[1][25:27] == [74, -1]


def test_dropped_pieces_have_a_reason():
  encoder = Voices(steps=4, metre='4/4')
  three = [row for row in CADENCE if row[3] < 3]
  chord = [*CADENCE, (1, 2, 60, 1)]
  low = [*CADENCE[:-1], (1, 2, 35, 3)]
  assert encoder.encode(piece(three)).dropped == {'has 3 parts': 1}
  assert encoder.encode(piece(chord)).dropped == {
    'has notes together in a part': 1
  }
  assert encoder.encode(piece(low)).dropped == {'pitch out of range': 1}
  other = piece(CADENCE, metres=THREE_FOUR)
  assert encoder.encode(other).dropped == {'metre': 1}
  short = Voices(steps=0).measure([piece(CADENCE)])
  assert short.encode(
    piece([(a * 9, b * 9, p, v) for a, b, p, v in CADENCE])
  ).dropped == {'too long': 1}


def test_a_melody_is_covered_and_the_other_voices_rest():
  encoder = Voices(steps=6)
  found = encoder.cover(piece(CADENCE[:2]))
  assert found['length'].tolist() == [6, 2]
  assert found['voices'][0, :, 0].tolist() == [16, 0, 0, 0, 17, 0]
  assert found['voices'][0, :, 1:].max() == 1
  assert encoder.join(found).notes.pitch.tolist() == [71, 72, 72]


def test_a_melody_so_low_that_a_bass_would_leave_midi_is_refused():
  low = piece([(0, 4, 11, 0), (4, 8, 14, 0)])
  with pytest.raises(UserError, match='x is so low that other voices'):
    Voices(steps=8).cover(low)
  assert len(Voices(steps=8).cover(piece([(0, 4, 36, 0)]))['voices']) == 2


def test_what_cannot_be_covered_names_the_bar():
  encoder = Voices(steps=8)
  high = piece([(0, 12, 57, 0), (13, 14, 82, 0)])  # 25 semitones
  with pytest.raises(
    UserError, match=r'x cannot be sung \(pitch out of range in bar 4\)'
  ):
    encoder.cover(high)
  waltz = piece([(0, 12, 70, 0), (12, 14, 72, 0), (12, 14, 75, 0)])
  with pytest.raises(UserError, match='together in a part in bar 5'):
    encoder.cover(waltz._replace(metres=THREE_FOUR))
  with pytest.raises(UserError, match='has 3 parts'):
    encoder.cover(piece([row for row in CADENCE if row[3]]))


@pytest.mark.parametrize(
  'options, message',
  [
    ({'steps': -1}, 'encoder/steps must be at least 0'),
    ({'lowest': (60,)}, 'one pitch for each voice, not 1 and 4'),
    ({'lowest': (82, 53, 48, 36)}, 'pitches in order, not 82 and 81'),
    ({'metre': '4'}, 'encoder/metre'),
  ],
)
def test_options_out_of_range(options, message):
  with pytest.raises(UserError, match=message):
    Voices(**options)


def test_onsets_off_the_grid_move_to_the_nearest_step():
  """A grace note and its main note share a step: the last stays."""
  rows = [(0.0, 0.05, 74, 0), (0.05, 1.1, 72, 0), (1.1, 2, 71, 0)]
  found = Voices(steps=8).encode(piece(rows + CADENCE[2:])).examples
  assert found['voices'][0, :, 0].tolist() == [17, 0, 0, 0, 16, 0, 0, 0]
