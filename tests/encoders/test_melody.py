"""The melody encoder: tokens by hand, note-seq's events, inverse, reasons."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from zoo import config
from zoo.contracts import Spec, UserError
from zoo.encoders import ENCODERS
from zoo.encoders.lines import LONGEST
from zoo.encoders.melody import Melody
from zoo.music.piece import Metre, Notes, Piece, notes

FOUR = (Metre(0.0, 4, 4),)
OPEN = {'min_notes': 0, 'min_pitches': 0}


def make(notes, metres=FOUR, name='tune'):
  """A Piece of (start, end, pitch[, part[, drum]]) rows, in quarters."""
  rows = sorted((*row, 0, False)[:5] if len(row) == 3 else row for row in notes)
  start, end, pitch, part, drum = zip(*rows, strict=True) if rows else [()] * 5
  count = len(rows)
  columns = (
    np.array(start, float),
    np.array(end, float),
    np.array(pitch, np.int16),
    np.full(count, 80, np.int16),
    np.zeros(count, np.int16),
    np.array(part, np.int16),
    np.array(drum, bool),
  )
  return Piece(name, Notes(*columns), metres)


def same_notes(one, other):
  """Whether two pieces have the same starts, ends and pitches."""
  return all(
    np.array_equal(getattr(one.notes, name), getattr(other.notes, name))
    for name in ('start', 'end', 'pitch')
  )


def tokens(piece, **options):
  return Melody(**OPEN | options).encode(piece).examples['tokens']


@st.composite
def canonical_windows(draw, steps=32):
  """Windows with an onset, and note-offs only where a note sounds."""
  events = draw(
    st.lists(
      st.one_of(st.just(0), st.just(0), st.just(1), st.integers(2, 89)),
      min_size=steps,
      max_size=steps,
    )
  )
  sounding = False
  for step, event in enumerate(events):
    if event == 1 and not sounding:
      events[step] = 0
    sounding = event > 1 or (sounding and event == 0)
  if max(events) < 2:
    events[draw(st.integers(0, steps - 1))] = 41
  return np.array(events, np.int8)


@st.composite
def melodies(draw, jitter=0.0):
  """Rows (start, end, pitch) of one voice: notes and rests, in quarters."""
  rows, step = [], 0
  for pitch, length, rest in draw(
    st.lists(
      st.tuples(
        st.integers(21, 108), st.integers(1, 12), st.sampled_from([0, 0, 1, 7])
      ),
      min_size=1,
      max_size=24,
    )
  ):
    off = jitter * draw(st.sampled_from([-1, 0, 0, 1])) if step else 0
    rows.append(((step + off) / 4, (step + length) / 4, pitch))
    step += length + rest
  return rows


def test_tokens_of_a_melody_by_hand():
  # C quarter, D eighth, eighth rest, E half note tied over the bar line.
  piece = make([(0, 1, 60), (1, 1.5, 62), (2, 5, 64), (5, 8, 65)])
  found = tokens(piece)
  expected = np.zeros(32)
  expected[[0, 4, 6, 8, 20]] = [41, 43, 1, 45, 46]
  assert found.dtype == np.int8
  assert np.array_equal(found, [expected])
  # Bar by bar: the E that is held over the bar line begins anew.
  bars = tokens(piece, bars=1)
  assert np.array_equal(bars[0], expected[:16])
  assert bars[1, 0] == 45
  assert np.array_equal(bars[1, 1:], expected[17:])


def test_a_window_that_begins_in_silence_begins_with_holds():
  piece = make([(0, 4, 60), (5, 6, 62), (8, 9, 64)])
  second = tokens(piece, bars=1)[1]
  assert np.flatnonzero(second).tolist() == [4, 8]
  assert second[[4, 8]].tolist() == [43, 1]


def test_silent_windows_are_left_out_even_with_the_filters_off():
  found = Melody(bars=1, **OPEN).encode(make([(0, 1, 60), (9, 10, 62)]))
  assert len(found.examples['tokens']) == 2
  assert found.left_out == {'silence': 1}


def test_windows_move_by_the_stride_and_the_last_bar_is_filled_up():
  piece = make(
    [(quarter, quarter + 1, 60) for quarter in range(18)]
  )  # 4.5 bars
  assert len(tokens(piece, bars=2)) == 4
  assert len(tokens(piece, bars=2, stride=2)) == 2
  assert len(tokens(piece, bars=5)) == 1
  assert len(tokens(piece, bars=8)) == 1
  last = tokens(piece, bars=2)[-1]
  assert last[24] == 1
  assert not last[25:].any()


@settings(deadline=None, max_examples=60)
@given(melodies(jitter=0.2))
def test_events_equal_note_seq(rows):
  import note_seq

  sequence = note_seq.NoteSequence(ticks_per_quarter=220)
  sequence.tempos.add(qpm=60)  # A quarter a second.
  sequence.time_signatures.add(numerator=4, denominator=4)
  for start, end, pitch in rows:
    sequence.notes.add(start_time=start, end_time=end, pitch=pitch, velocity=80)
  sequence.total_time = max(end for _, end, _ in rows)
  quantized = note_seq.quantize_note_sequence(sequence, steps_per_quarter=4)
  melody = note_seq.Melody()
  melody.from_quantized_sequence(quantized, gap_bars=1000, pad_end=True)
  encoding = note_seq.MelodyOneHotEncoding(21, 109)
  theirs = [encoding.encode_event(event) for event in melody]
  bars = len(theirs) // 16
  # Their melody starts at the bar of the first note, which is bar 0 here.
  assert melody.start_step == 0
  ours = tokens(make(rows), bars=bars, polyphony='highest', tolerance=0.5)
  assert ours.tolist() == [theirs]


@settings(deadline=None, max_examples=60)
@given(st.lists(canonical_windows(), min_size=1, max_size=4))
def test_encode_inverts_decode(windows):
  encoder = Melody(**OPEN)
  windows = np.stack(windows)
  pieces = encoder.decode({'tokens': windows})
  found = [one.examples['tokens'] for one in encoder.encode_all(pieces)]
  assert np.array_equal(np.concatenate(found), windows)


@settings(deadline=None, max_examples=60)
@given(melodies())
def test_decode_inverts_encode(rows):
  piece = make(rows)
  bars = math.ceil(rows[-1][1] / 4)
  encoder = Melody(bars=bars, **OPEN)
  (decoded,) = encoder.decode(encoder.encode(piece).examples)
  assert same_notes(decoded, piece)


def test_decode_takes_any_tokens():
  window = np.zeros((2, 32), np.int32)
  window[0, [0, 1, 5, 9, 12, 14]] = [1, 1, 41, 1, 1, 89]
  first, second = Melody().decode({'tokens': window})
  assert first.notes.start.tolist() == [1.25, 3.5]
  assert first.notes.end.tolist() == [2.25, 8.0]
  assert first.notes.pitch.tolist() == [60, 108]
  assert len(second.notes.start) == 0
  assert [one.dtype for one in first.notes] == [
    one.dtype for one in make([(0, 1, 60)]).notes
  ]
  assert Melody().decode({'tokens': window[:0]}) == []


@pytest.mark.parametrize(
  ('notes', 'options', 'left_out'),
  [
    ([(0, 4, 60), (0, 4, 64)], {}, {'polyphonic': 1}),
    ([(0, 4, 60), (2, 3, 64)], {}, {'polyphonic': 1}),
    # Less than half a step of legato is one voice.
    ([(0, 1.1, 60), (1, 2, 64)], {}, {}),
    ([(0, 0.125, 60), (0.125, 1, 62)], {'tolerance': 0.5}, {}),
    ([(0, 0.1, 60), (0.1, 1, 62)], {}, {'two onsets on a step': 1}),
    ([(0, 1 / 3, 60), (1 / 3, 2 / 3, 62)], {}, {'off grid': 1}),
    ([(0, 1 / 3, 60), (1 / 3, 2 / 3, 62)], {'tolerance': 0.4}, {}),
    ([(0.06, 1, 60)], {}, {}),
    ([(0, 1, 20)], {}, {'pitch out of range': 1}),
    ([(0, 1, 109)], {}, {'pitch out of range': 1}),
    ([(0, 1, 21), (1, 2, 108)], {}, {}),
    ([(0, 1, 60)], {'min_notes': 2}, {'too few notes': 1}),
    ([(0, 1, 60), (1, 2, 60)], {'min_pitches': 2}, {'too few pitches': 1}),
    ([(0, 1, 60), (1, 2, 61)], {'min_pitches': 2, 'min_notes': 2}, {}),
    ([], {}, {'no melodic part': 1}),
    ([(0, 1, 36, 0, True)], {}, {'no melodic part': 1}),
    ([(0, LONGEST + 1, 60)], {}, {'too long': 1}),
  ],
)
def test_why_a_window_is_left_out(notes, options, left_out):
  found = Melody(**OPEN | options).encode(make(notes))
  assert found.left_out == left_out
  assert len(found.examples['tokens']) == (0 if left_out else 1)


def test_a_fault_costs_only_the_windows_that_hear_it():
  melody = [(quarter, quarter + 1, 60) for quarter in range(0, 32)]
  low = [*melody[:16], (16, 17, 10), *melody[17:]]
  found = Melody(**OPEN).encode(make(low))
  assert (len(found.examples['tokens']), found.left_out) == (
    5,
    {'pitch out of range': 2},
  )
  # A pedal note from bar 2 on spoils bars 2 and 3, in windows 1, 2 and 3.
  pedal = Melody(**OPEN).encode(make([*melody, (8, 16, 40)]))
  assert pedal.left_out == {'polyphonic': 3}


def test_highest_keeps_the_highest_and_cuts_what_overlaps():
  piece = make([(0, 4, 60), (0, 4, 67), (2, 3, 64), (4, 8, 60)])
  (found,) = tokens(piece, polyphony='highest')
  assert np.flatnonzero(found).tolist() == [0, 8, 12, 16]
  assert found[[0, 8, 12, 16]].tolist() == [48, 45, 1, 41]


@pytest.mark.parametrize(
  ('metre', 'taken', 'refused'),
  [
    ('4/4', [(4, 4), (2, 2), (8, 8)], [(3, 4), (2, 4), (12, 8)]),
    ('3/4', [(3, 4), (3, 4)], [(6, 8), (9, 8)]),
    ('6/8', [(6, 8)], [(3, 4), (12, 8)]),
    ('5/8', [(5, 8)], [(5, 4)]),
  ],
)
def test_metres_of_the_same_bars_are_taken(metre, taken, refused):
  notes = [(0, 0.5, 60), (0.5, 1, 62)]
  for one in taken:
    found = Melody(metre=metre, **OPEN).encode(make(notes, (Metre(0, *one),)))
    assert len(found.examples['tokens']) == 1
  for one in refused:
    found = Melody(metre=metre, **OPEN).encode(make(notes, (Metre(0, *one),)))
    assert found.left_out == {'metre': 1}


@pytest.mark.parametrize(
  ('metre', 'steps_per_bar', 'steps_per_beat'),
  [('4/4', 16, 4), ('3/4', 12, 4), ('6/8', 12, 6), ('2/2', 16, 8)],
)
def test_sizes(metre, steps_per_bar, steps_per_beat):
  spec = Melody(metre=metre, bars=3).spec
  assert spec.sizes == {
    'classes': 90,
    'steps': 3 * steps_per_bar,
    'steps_per_beat': steps_per_beat,
    'steps_per_bar': steps_per_bar,
    'bars': 3,
  }
  assert spec.fields['tokens'] == ((3 * steps_per_bar,), 'int8', 90)
  assert spec.quarters == 0.25


def test_bars_begin_anew_at_a_change_of_metre():
  # A pick-up of one quarter written as a bar of 1/4, then two bars of 4/4, a
  # bar of 3/4, and 4/4 again, written twice.
  metres = [(0, 1, 4), (1, 4, 4), (9, 3, 4), (12, 4, 4), (16, 4, 4)]
  piece = make(
    [(0, 1, 55), (1, 5, 60), (5, 9, 62), (9, 14, 64), (14, 20, 65)],
    tuple(Metre(*one) for one in metres),
  )
  found = Melody(**OPEN).encode(piece)
  assert found.left_out == {'metre': 2}
  first, second = found.examples['tokens']
  assert np.flatnonzero(first).tolist() == [0, 16]
  # The note that sounds over the change begins anew after it.
  assert np.flatnonzero(second).tolist() == [0, 8]
  assert second[[0, 8]].tolist() == [45, 46]


def test_a_section_shorter_than_a_window_and_a_broken_bar():
  metres = (Metre(0, 4, 4), Metre(6, 3, 4), Metre(9, 4, 4))
  piece = make([(0, 4, 60), (4, 6, 62), (6, 9, 64), (9, 17, 65)], metres)
  found = Melody(**OPEN).encode(piece)
  assert found.left_out == {'metre': 1, 'shorter than a window': 1}
  assert len(found.examples['tokens']) == 1
  # The half bar before the change is no bar.
  assert len(tokens(piece, bars=1)) == 3


def test_each_part_is_a_melody_and_drums_are_none():
  high = [(q, q + 1, 72, 1, False) for q in range(8)]
  low = [(q, q + 2, 48, 3, False) for q in range(0, 8, 2)]
  drums = [(q / 2, q / 2 + 0.1, 36, 9, True) for q in range(16)]
  found = tokens(make([*high, *low, *drums]))
  assert found.shape == (2, 32)
  assert set(found[0]) == {0, 72 - 19}
  assert set(found[1]) == {0, 48 - 19}


@settings(deadline=None, max_examples=20)
@given(st.lists(melodies(jitter=0.3), min_size=1, max_size=5))
def test_many_pieces_at_once_equal_one_by_one(tunes):
  metres = [FOUR, (Metre(0, 3, 4), Metre(6, 4, 4)), (Metre(0, 6, 8),)]
  pieces = [
    make(rows, metres[place % 3], str(place))
    for place, rows in enumerate(tunes)
  ]
  pieces.insert(1, make([]))
  encoder = Melody()
  for piece, found in zip(pieces, encoder.encode_all(pieces), strict=True):
    alone = encoder.encode(piece)
    assert np.array_equal(alone.examples['tokens'], found.examples['tokens'])
    assert alone.left_out == found.left_out


@settings(deadline=None, max_examples=40)
@given(st.lists(canonical_windows(), min_size=1, max_size=4))
def test_cover_inverts_join(windows):
  encoder = Melody()
  windows = np.stack(windows)
  found = encoder.cover(encoder.join({'tokens': windows}))
  assert np.array_equal(found['tokens'], windows)


def test_cover_takes_a_users_piece_as_it_is():
  encoder = Melody()
  # Thin, in chords, a little off the grid, a silent window, a second part.
  piece = make(
    [
      (0.1, 4, 60, 0, False),
      (0.1, 4, 64, 0, False),
      (17, 21, 62, 0, False),
      (0, 1, 40, 1, False),
    ]
  )
  found = encoder.cover(piece)['tokens']
  assert found.shape == (3, 32)
  assert found[0, 0] == 45
  assert not found[1].any()
  assert np.flatnonzero(found[2]).tolist() == [4, 20]
  with pytest.raises(UserError, match=r'waltz has no melody of 2 bars in 4/4'):
    encoder.cover(make([(0, 1, 60)], (Metre(0, 3, 4),), 'waltz'))
  with pytest.raises(UserError, match=r'deep has notes outside'):
    encoder.cover(make([(0, 1, 12)], name='deep'))


@given(canonical_windows(), st.integers(-87, 87))
def test_canonical_rows_are_equal_up_to_transposition(window, shift):
  encoder = Melody()
  pitches = window[window > 1]
  shift = min(max(shift, 2 - pitches.min()), 89 - pitches.max())
  moved = np.where(window > 1, window + shift, window)
  altered = window.copy()
  altered[np.flatnonzero(window > 1)[-1]] += 1
  rows = encoder.canonical({'tokens': np.stack([window, moved, altered])})
  assert rows.dtype == np.uint8
  assert np.array_equal(rows[0], rows[1])
  assert (window > 1).sum() == 1 or not np.array_equal(rows[0], rows[2])


def test_a_narrower_range_has_fewer_classes_and_leaves_the_rest_out():
  encoder = Melody(**OPEN, bars=1, lowest=57, highest=81)
  assert encoder.spec.fields['tokens'].classes == 27
  assert encoder.spec.tables['pitches'] == [-1, -1, *range(57, 82)]
  piece = make([(0, 1, 57), (1, 2, 81), (4, 5, 82), (8, 9, 56)])
  found = encoder.encode(piece)
  assert found.left_out == {'pitch out of range': 2}
  assert found.examples['tokens'][:, [0, 4, 8]].tolist() == [[2, 26, 1]]
  again = encoder.decode(found.examples)[0]
  assert again.notes.pitch.tolist() == [57, 81]


def test_spec_rebuilds_the_encoder():
  encoder = config.build(
    ENCODERS, {'name': 'melody', 'metre': '3/4', 'bars': 4}, 'encoder'
  )
  assert encoder.fit([]) is encoder
  spec = Spec.from_json(encoder.spec.to_json())
  assert spec == encoder.spec
  assert Melody.from_spec(spec).spec == spec
  assert spec.tables['pitches'][:3] == [-1, -1, 21]
  assert len(spec.tables['pitches']) == 90


@pytest.mark.parametrize(
  'options',
  [
    {'bars': 0},
    {'stride': 0},
    {'min_notes': -1},
    {'tolerance': 0.6},
    {'lowest': 20},
    {'highest': 50, 'lowest': 51},
    {'metre': 'C'},
    {'metre': '4/0'},
    {'metre': '4/4/4'},
    {'steps_per_quarter': 1, 'metre': '7/8'},
    {'steps_per_quarter': 1, 'metre': '3/8'},
    {'steps_per_quarter': 3, 'metre': '6/8'},
  ],
)
def test_options_out_of_range_are_refused_by_name(options):
  with pytest.raises(UserError, match=next(iter(options))):
    Melody(**options)


def test_the_highest_part_is_the_soprano():
  """Its pitches are higher on average, though others go above it at times."""
  low = [72, 40, 41, 43, 45, 47, 48, 50]
  high = [60, 62, 64, 65, 67, 69, 71, 72]
  start = np.arange(8)
  both = Piece(
    'x',
    notes(
      np.tile(start, 3),
      np.tile(start + 1, 3),
      [*low, *high, *[90] * 8],
      part=np.repeat([0, 2, 3], 8),
      drum=np.repeat([False, False, True], 8),
    ),
  )
  alone = Piece('x', notes(start, start + 1, high))
  soprano = Melody(parts='highest')
  expected = Melody().encode(alone).examples['tokens']
  np.testing.assert_array_equal(
    soprano.encode(both).examples['tokens'], expected
  )
  assert len(Melody().encode(both).examples['tokens']) == 2
  np.testing.assert_array_equal(
    soprano.cover(both)['tokens'], Melody().cover(alone)['tokens']
  )
  silent = Piece('x', notes([], [], []))
  assert soprano.encode(silent).left_out == {'no melodic part': 1}
