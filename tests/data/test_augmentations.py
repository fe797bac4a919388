"""Augmentations: to augment what was encoded is to encode what was augmented.

The law is tested on windows clipped out of whole tunes, real and random, with
the encoder's drop filters off.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
import jax
import numpy as np
import pytest

from zoo import config
from zoo.contracts import Field, UserError
from zoo.data.augmentations import (
  AUGMENTATIONS,
  compose,
  dilate_rhythm,
  transpose,
)
from zoo.data.shifts import (
  double_tokens,
  halve_tokens,
  shift_roll,
  shift_tokens,
  transposition,
)
from zoo.encoders import ENCODERS
from zoo.encoders.melody import Melody
from zoo.encoders.piano_roll import PianoRoll
from zoo.music.piece import Notes, Piece, notes

ENCODER = Melody(min_notes=0, min_pitches=0)
LONG = Melody(min_notes=0, min_pitches=0, following=True)
SPEC = ENCODER.spec
PITCHES = np.array(SPEC.tables['pitches'])
SEMITONES = 24
ROWS = transposition(PITCHES, -SEMITONES, SEMITONES)

shift = jax.jit(shift_tokens)
double = jax.jit(double_tokens)
halve = jax.jit(halve_tokens)


def tune(pitches, lengths, name):
  """A melody without rests; a pitch of 0 is a rest; lengths in quarters."""
  end = np.cumsum(np.array(lengths, float))
  rows = zip(end - lengths, end, pitches, strict=True)
  return make([row for row in rows if row[2]], name)


def make(rows, name='random'):
  start, end, pitch = np.array(sorted(rows), float).reshape(-1, 3).T
  count = len(start)
  whole = np.zeros(count, np.int16)
  return Piece(
    name,
    Notes(
      start,
      end,
      pitch.astype(np.int16),
      np.full(count, 80, np.int16),
      whole,
      whole,
      np.zeros(count, bool),
      whole,
    ),
  )


FRERE_JACQUES = tune(
  [60, 62, 64, 60] * 2
  + [64, 65, 67] * 2
  + [67, 69, 67, 65, 64, 60] * 2
  + [60, 55, 60] * 2,
  [1, 1, 1, 1] * 2 + [1, 1, 2] * 2 + [0.5, 0.5, 0.5, 0.5, 1, 1] * 2
  + [1, 1, 2] * 2,
  'Frère Jacques',
)  # fmt: skip
PHRASE = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64]
ODE_TO_JOY = tune(
  [*PHRASE, 64, 62, 62, 0, *PHRASE, 62, 60, 60],
  [1] * 12 + [1.5, 0.5, 1, 1] + [1] * 12 + [1.5, 0.5, 2],
  'Ode to Joy (Beethoven), with a rest at the half cadence',
)
# Reel, in sixteenths as it is played, and with notes tied over bar lines.
DROWSY_MAGGIE = tune(
  [64, 71, 69, 71, 64, 71, 69, 71, 62, 69, 66, 69, 62, 69, 66, 69, 64] * 2,
  ([0.5, 0.25, 0.25, 0.5, 0.25, 0.25] * 2 + [0.5, 0.5, 1, 1.5, 1.5]) * 2,
  'Drowsy Maggie, opening (traditional), varied',
)
REAL = [FRERE_JACQUES, ODE_TO_JOY, DROWSY_MAGGIE]


@st.composite
def random_music(draw):
  rows, step = [], draw(st.integers(0, 20))
  for pitch, length, rest in draw(
    st.lists(
      st.tuples(
        st.integers(21, 108),
        st.sampled_from([1, 2, 2, 3, 4, 4, 8, 18]),
        st.sampled_from([0, 0, 0, 2, 5, 20]),
      ),
      min_size=1,
      max_size=20,
    )
  ):
    rows.append((step / 4, (step + length) / 4, pitch))
    step += length + rest
  return make(rows)


music = st.one_of(st.sampled_from(REAL), random_music())


def clip(piece, begin, length=8.0):
  """The active notes in a range of quarters, moved to 0."""
  notes = piece.notes
  start = np.maximum(notes.start - begin, 0)
  end = np.minimum(notes.end - begin, length)
  sounds = end > start
  moved = notes._replace(start=start, end=end)
  return piece._replace(notes=Notes(*(column[sounds] for column in moved)))


def encode(piece, encoder=ENCODER):
  """The one window that `piece` fills, or None if it is silent."""
  examples = encoder.encode(piece).examples
  if not len(examples['tokens']):
    return None
  return {name: x[0] for name, x in examples.items()}


@settings(deadline=None, max_examples=120)
@given(music, st.integers(0, 6), st.integers(-SEMITONES, SEMITONES))
def test_to_transpose_tokens_is_to_encode_transposed_music(piece, bar, moves):
  window = clip(piece, 4.0 * bar)
  encoded = encode(window)
  if encoded is None:
    return
  shifted = np.asarray(shift(encoded['tokens'], ROWS[moves + SEMITONES]))
  pitch = window.notes.pitch + moves
  if pitch.min() < 21 or pitch.max() > 108:
    assert -1 in shifted
    return
  expected = encode(window._replace(notes=window.notes._replace(pitch=pitch)))
  assert shifted.dtype == np.int8
  assert np.array_equal(shifted, expected['tokens'])


@settings(deadline=None, max_examples=120)
@given(music, st.integers(0, 6), st.integers(0, 1))
def test_to_double_tokens_is_to_encode_doubled_music(piece, bar, half):
  window = clip(piece, 4.0 * bar)
  encoded = encode(window)
  if encoded is None:
    return
  notes = window.notes
  slower = window._replace(
    notes=notes._replace(start=2 * notes.start, end=2 * notes.end)
  )
  expected = encode(clip(slower, 8.0 * half))
  found, legal = double(encoded['tokens'], half, PITCHES >= 0)
  assert bool(legal) == (expected is not None)
  if legal:
    assert found.dtype == np.int8
    assert np.array_equal(found, expected['tokens'])


@settings(deadline=None, max_examples=120)
@given(music, st.integers(0, 6))
def test_to_halve_tokens_is_to_encode_halved_music(piece, bar):
  window = clip(piece, 4.0 * bar, 16.0)
  if window.notes.end.max(initial=0) <= 12 or window.notes.start.min() >= 8:
    return  # Not four bars, or the first two are silent.
  encoded = encode(window, LONG)
  found, legal = halve(encoded['tokens'], encoded['following'])
  notes = window.notes
  faster = window._replace(
    notes=notes._replace(start=notes.start / 2, end=notes.end / 2)
  )
  steps = 4 * np.concatenate([faster.notes.start, faster.notes.end])
  assert bool(legal) == np.array_equal(steps, np.round(steps))
  if legal:
    assert np.array_equal(found, encode(faster)['tokens'])


def test_real_music_is_dilated_as_a_musician_would():
  first = encode(clip(FRERE_JACQUES, 0))['tokens']
  slow, legal = double(first, 1, PITCHES >= 0)
  assert legal
  assert np.flatnonzero(slow).tolist() == [0, 8, 16, 24]
  assert [PITCHES[slow[s]] for s in (0, 8, 16, 24)] == [60, 62, 64, 60]
  long = encode(clip(FRERE_JACQUES, 0, 16.0), LONG)
  fast, legal = halve(long['tokens'], long['following'])
  assert legal
  assert np.flatnonzero(fast).tolist() == [
    0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 26, 28,
  ]  # fmt: skip
  # The fourth phrase has eighths on the grid; the reel's sixteenths have none.
  reel = encode(clip(DROWSY_MAGGIE, 0, 16.0), LONG)
  assert not halve(reel['tokens'], reel['following'])[1]


def test_following_is_what_comes_after_the_window():
  plain = ENCODER.encode(ODE_TO_JOY).examples['tokens']
  long = LONG.encode(ODE_TO_JOY).examples
  assert np.array_equal(long['tokens'], plain)
  # A note held into the following bars is still held there.
  reel = encode(clip(DROWSY_MAGGIE, 0, 16.0), LONG)
  whole = Melody(bars=4, min_notes=0, min_pitches=0)
  assert np.array_equal(
    np.concatenate([reel['tokens'], reel['following']]),
    encode(clip(DROWSY_MAGGIE, 0, 16.0), whole)['tokens'],
  )
  assert (long['following'] == -1).all(1).tolist() == [False] * 5 + [True] * 2
  faulty = clip(FRERE_JACQUES, 0, 16.0)
  faulty.notes.pitch[-1] = 12
  assert (encode(faulty, LONG)['following'] == -1).all()


def test_symbols_do_not_move_and_the_table_is_exact():
  assert ROWS.shape == (49, 90)
  assert (ROWS[:, :2] == [0, 1]).all()
  assert ROWS[SEMITONES].tolist() == list(range(90))
  assert ROWS[SEMITONES + 5, 2:86].tolist() == [*range(7, 90), -1]
  # Any order of pitches, and symbols anywhere, as other encoders have them.
  assert transposition([60, -1, 62, 61], 1, 2).tolist() == [
    [3, 1, -1, 2],
    [2, 1, -1, -1],
  ]


def windows(count, low, high):
  """[count, 32] int8: quarters from pitch low to high."""
  tokens = np.zeros((count, 32), np.int8)
  tokens[:, ::4] = np.linspace(low - 19, high - 19, 8).astype(np.int8)
  return tokens


def test_each_key_is_drawn_equally_often_and_the_edge_stays():
  augment = jax.jit(transpose(SPEC, low=-5, high=6))
  count = 6000
  keys = jax.random.split(jax.random.key(0), count)
  batch = {'tokens': windows(count, 60, 72), 'piece': np.arange(count)}
  moved = augment(keys, batch)
  assert np.array_equal(moved['piece'], batch['piece'])
  assert moved['tokens'].dtype == np.int8
  interval = np.asarray(moved['tokens'])[:, 0].astype(int) - 41
  shares = np.bincount(interval + 5, minlength=12) / count
  # Five standard deviations of a twelfth.
  assert len(shares) == 12
  assert np.abs(shares - 1 / 12).max() < 5 * np.sqrt(11 / 144 / count)
  # Up by more than two semitones leaves the range: then the window stays.
  batch = {'tokens': windows(count, 94, 106)}
  moved = np.asarray(augment(keys, batch)['tokens'])
  interval = moved[:, 0].astype(int) - 75
  assert set(interval) == {-5, -4, -3, -2, -1, 0, 1, 2}
  assert abs((interval == 0).mean() - 5 / 12) < 0.04
  assert ((moved - batch['tokens'])[:, ::4] == interval[:, None]).all()


def test_a_share_of_the_examples_is_dilated_each_half_equally_often():
  count = 4000
  keys = jax.random.split(jax.random.key(1), count)
  batch = {'tokens': windows(count, 60, 74)}
  moved = np.asarray(
    jax.jit(dilate_rhythm(SPEC, probability=0.25))(keys, batch)['tokens']
  )
  kinds = [
    (moved == np.asarray(expected)).all(1).mean()
    for expected in (
      batch['tokens'][0],
      double(batch['tokens'][0], 0, PITCHES >= 0)[0],
      double(batch['tokens'][0], 1, PITCHES >= 0)[0],
    )
  ]
  assert np.allclose(kinds, [0.75, 0.125, 0.125], atol=0.03)
  assert np.isclose(sum(kinds), 1)  # And nothing else.
  # With what follows at hand, half of the dilated windows are halved.
  long = batch | {'following': windows(count, 74, 60)}
  moved = jax.jit(dilate_rhythm(LONG.spec, probability=1.0))(keys, long)
  assert set(moved) == {'tokens'}
  fast = halve(long['tokens'][0], long['following'][0])[0]
  share = (np.asarray(moved['tokens']) == np.asarray(fast)).all(1).mean()
  assert abs(share - 0.5) < 0.05


def test_windows_without_a_dilation_are_unchanged():
  tokens = np.zeros((64, 32), np.int8)
  tokens[:, [0, 8]] = [41, 1]  # The second half is silent.
  keys = jax.random.split(jax.random.key(2), 64)
  augment = jax.jit(dilate_rhythm(LONG.spec, probability=1.0))
  batch = {'tokens': tokens, 'following': np.full_like(tokens, -1)}
  moved = np.asarray(augment(keys, batch)['tokens'])
  stays = (moved == tokens).all(1)
  assert 0 < stays.sum() < 64
  assert (np.flatnonzero(moved[~stays][0]) == [0, 16]).all()


def test_transposition_moves_what_follows_and_drops_it_out_of_range():
  keys = jax.random.split(jax.random.key(3), 256)
  batch = {'tokens': windows(256, 60, 72), 'following': windows(256, 72, 108)}
  augment = jax.jit(transpose(LONG.spec, low=-1, high=1))
  moved = {name: np.asarray(x) for name, x in augment(keys, batch).items()}
  interval = moved['tokens'][:, 0].astype(int) - 41
  assert set(interval) == {-1, 0, 1}
  assert (moved['following'][interval == 1] == -1).all()
  assert (moved['following'][interval == -1, 0] == 72 - 19 - 1).all()


def sounding(pitches, encoder):
  """A roll of one step per pitch, as the encoder makes it."""
  notes = [(i, i + 1, pitch) for i, pitch in enumerate(pitches)]
  return encoder.encode(make(notes)).examples['roll'][0]


def test_to_transpose_rolls_is_to_encode_transposed_music():
  encoder = PianoRoll(steps=4, lowest=60, highest=72)
  roll = sounding([60, 64, 67, 64], encoder)
  for by in range(-3, 8):
    moved = shift_roll(roll, by, -3, 7)
    kept = 0 <= by <= 5  # 67 + 5 is the highest
    expected = [p + by * kept for p in (60, 64, 67, 64)]
    np.testing.assert_array_equal(moved, sounding(expected, encoder))


def test_a_share_of_the_rolls_is_transposed_by_each_interval_alike():
  encoder = PianoRoll(steps=2)
  augment = transpose(encoder.spec, low=-1, high=2, probability=0.5)
  count = 2000
  roll = np.repeat(sounding([60, 70], encoder)[None], count, 0)
  batch = {'roll': roll, 'length': np.arange(count)}
  keys = jax.random.split(jax.random.key(5), count)
  made = jax.jit(augment)(keys, batch)
  by = np.argmax(made['roll'][:, 0], -1) - np.argmax(roll[0, 0])
  np.testing.assert_array_equal(np.argmax(made['roll'][:, 1], -1), by + 70 - 21)
  # Half stay; of the others a quarter each goes by -1, 0, 1 and 2.
  share = np.bincount(by + 1, minlength=4) / count
  np.testing.assert_allclose(share, [1 / 8, 5 / 8, 1 / 8, 1 / 8], atol=0.04)
  np.testing.assert_array_equal(made['length'], batch['length'])


def test_no_example_depends_on_its_neighbours():
  augment = jax.jit(
    compose([transpose(SPEC), dilate_rhythm(SPEC, probability=0.7)])
  )
  keys = jax.random.split(jax.random.key(4), 8)
  batch = {'tokens': windows(8, 60, 74).astype(np.int32)}
  whole = augment(keys, batch)['tokens']
  halves = [
    augment(keys[part], {'tokens': batch['tokens'][part]})['tokens']
    for part in (slice(0, 4), slice(4, 8))
  ]
  assert whole.dtype == np.int32
  assert np.array_equal(whole, np.concatenate(halves))
  # Each augmentation has keys of its own: two in a row do not draw alike.
  twice = jax.jit(compose([transpose(SPEC), transpose(SPEC)]))
  keys = jax.random.split(jax.random.key(5), 256)
  moved = twice(keys, {'tokens': windows(256, 60, 74)})['tokens']
  assert np.any((np.asarray(moved)[:, 0].astype(int) - 41) % 2)
  assert np.array_equal(compose([])(keys, batch)['tokens'], batch['tokens'])


@pytest.mark.parametrize(
  ('entry', 'message'),
  [
    ({'name': 'transpose', 'low': 2, 'high': -2}, 'high=-2 below low=2'),
    ({'name': 'dilate_rhythm', 'probability': 1.5}, 'between 0 and 1'),
    ({'name': 'transpos'}, "did you mean 'transpose'"),
  ],
)
def test_wrong_options_are_refused(entry, message):
  with pytest.raises(UserError, match=message):
    config.build(AUGMENTATIONS, entry, 'augmentation', spec=SPEC)


@pytest.mark.parametrize('name', ['dilate_rhythm', 'transpose'])
def test_an_encoder_without_the_table_is_refused(name):
  with pytest.raises(UserError, match='needs a table of pitches'):
    config.build(
      AUGMENTATIONS,
      {'name': name},
      'augmentation',
      spec=SPEC._replace(tables={}),
    )


@pytest.mark.parametrize(
  'name, what', [('dilate_rhythm', 'dilated'), ('transpose', 'transposed')]
)
def test_a_field_without_a_transposition_rule_is_refused(name, what):
  """It could contain pitches, which would silently keep the old key."""
  fields = {**SPEC.fields, 'chords': Field((8,), 'int8', 12)}
  with pytest.raises(UserError, match=f"'chords'.*set {what} in its Field"):
    config.build(
      AUGMENTATIONS,
      {'name': name},
      'augmentation',
      spec=SPEC._replace(fields=fields),
    )


@pytest.mark.parametrize('name', sorted(ENCODERS))
def test_every_field_of_an_encoder_says_what_transposition_does(name):
  """Or else the encoder is none whose examples can be moved to a key.

  Pictures and sounds are no notes, tunes as text are all in C or bring their
  keys, and of a bag of features nothing tells which go with a pitch.
  """
  encoder = ENCODERS[name]()
  pieces = [Piece('a', notes([0, 1, 2], [1, 2, 3], [60, 62, 64]))]
  others = ('image', 'mel', 'mfcc', 'spectrogram', 'waveform')
  if name in (*others, 'abc_keys', 'abc_text', 'unit_bags'):
    pieces = [] if name in others else pieces
    spec = encoder.fit(pieces).spec if pieces else encoder.spec
    with pytest.raises(UserError, match='transpose'):
      transpose(spec)
    return
  for field, about in encoder.fit(pieces).spec.fields.items():
    assert about.transposed, f'{name}/{field}'


def test_rhythm_needs_an_even_grid():
  odd = Melody(metre='5/4', bars=1, steps_per_quarter=1).spec
  for spec in (odd, SPEC._replace(quarters=0.0)):
    with pytest.raises(UserError, match='even number of steps'):
      dilate_rhythm(spec)
