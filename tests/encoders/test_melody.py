"""The melody encoder: tokens by hand, windows, metres, reasons."""

import numpy as np
import pytest

from tests.encoders.tunes import OPEN, make, tokens
from zoo import config
from zoo.contracts import Spec, UserError
from zoo.encoders import ENCODERS
from zoo.encoders.lines import LONGEST
from zoo.encoders.melody import Melody
from zoo.music.piece import Metre, Piece, notes


def test_tokens_of_a_melody_by_hand():
  # C quarter, D eighth, eighth rest, E half note tied over the bar line.
  piece = make([(0, 1, 60), (1, 1.5, 62), (2, 5, 64), (5, 8, 65)])
  found = tokens(piece)
  expected = np.zeros(32)
  expected[[0, 4, 6, 8, 20]] = [41, 43, 1, 45, 46]
  assert found.dtype == np.int8
  assert np.array_equal(found, [expected])
  # Bar by bar: the E that is held over the bar line is repeated.
  bars = tokens(piece, bars=1)
  assert np.array_equal(bars[0], expected[:16])
  assert bars[1, 0] == 45
  assert np.array_equal(bars[1, 1:], expected[17:])


def test_a_window_that_begins_in_silence_begins_with_holds():
  piece = make([(0, 4, 60), (5, 6, 62), (8, 9, 64)])
  second = tokens(piece, bars=1)[1]
  assert np.flatnonzero(second).tolist() == [4, 8]
  assert second[[4, 8]].tolist() == [43, 1]


def test_silent_windows_are_dropped_even_with_the_filters_off():
  found = Melody(bars=1, **OPEN).encode(make([(0, 1, 60), (9, 10, 62)]))
  assert len(found.examples['tokens']) == 2
  assert found.dropped == {'silence': 1}


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


@pytest.mark.parametrize(
  ('notes', 'options', 'dropped'),
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
def test_why_a_window_is_dropped(notes, options, dropped):
  found = Melody(**OPEN | options).encode(make(notes))
  assert found.dropped == dropped
  assert len(found.examples['tokens']) == (0 if dropped else 1)


def test_a_fault_drops_only_the_windows_that_contain_it():
  melody = [(quarter, quarter + 1, 60) for quarter in range(0, 32)]
  low = [*melody[:16], (16, 17, 10), *melody[17:]]
  found = Melody(**OPEN).encode(make(low))
  assert (len(found.examples['tokens']), found.dropped) == (
    5,
    {'pitch out of range': 2},
  )
  # A pedal note from bar 2 on spoils bars 2 and 3, in windows 1, 2 and 3.
  pedal = Melody(**OPEN).encode(make([*melody, (8, 16, 40)]))
  assert pedal.dropped == {'polyphonic': 3}


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
    assert found.dropped == {'metre': 1}


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
  assert spec.fields['tokens'][:3] == ((3 * steps_per_bar,), 'int8', 90)
  assert spec.quarters == 0.25


def test_bars_start_again_at_a_change_of_metre():
  # A pick-up of one quarter written as a bar of 1/4, then two bars of 4/4, a
  # bar of 3/4, and 4/4 again, written twice.
  metres = [(0, 1, 4), (1, 4, 4), (9, 3, 4), (12, 4, 4), (16, 4, 4)]
  piece = make(
    [(0, 1, 55), (1, 5, 60), (5, 9, 62), (9, 14, 64), (14, 20, 65)],
    tuple(Metre(*one) for one in metres),
  )
  found = Melody(**OPEN).encode(piece)
  assert found.dropped == {'metre': 2}
  first, second = found.examples['tokens']
  assert np.flatnonzero(first).tolist() == [0, 16]
  # The note that is held over the change is repeated after it.
  assert np.flatnonzero(second).tolist() == [0, 8]
  assert second[[0, 8]].tolist() == [45, 46]


def test_a_note_over_two_changes_of_metre_sounds_after_both():
  metres = (Metre(0, 4, 4), Metre(4, 2, 4), Metre(6, 4, 4))
  piece = make([(0, 10, 60)], metres)
  found = Melody(**OPEN | {'bars': 1}).encode(piece)
  assert found.dropped == {'metre': 1}
  assert found.examples['tokens'].tolist() == [[41] + [0] * 15] * 2
  # And the note above it is active with it.
  both = make([(0, 10, 60), (8, 9, 72)], metres)
  found = Melody(**OPEN | {'bars': 1}).encode(both)
  assert found.dropped == {'metre': 1, 'polyphonic': 1}


def test_a_section_shorter_than_a_window_and_a_broken_bar():
  metres = (Metre(0, 4, 4), Metre(6, 3, 4), Metre(9, 4, 4))
  piece = make([(0, 4, 60), (4, 6, 62), (6, 9, 64), (9, 17, 65)], metres)
  found = Melody(**OPEN).encode(piece)
  assert found.dropped == {'metre': 1, 'shorter than a window': 1}
  assert len(found.examples['tokens']) == 1
  # The half bar before the change is no bar, but what begins in it is told of.
  single = Melody(**OPEN | {'bars': 1}).encode(piece)
  assert len(single.examples['tokens']) == 3
  assert single.dropped == {'metre': 1, 'a bar that breaks off': 1}
  held = make([(0, 6, 60), (6, 9, 64), (9, 17, 65)], metres)
  assert Melody(**OPEN | {'bars': 1}).encode(held).dropped == {'metre': 1}


def test_each_part_is_a_melody_but_drums_are_not():
  high = [(q, q + 1, 72, 1, False) for q in range(8)]
  low = [(q, q + 2, 48, 3, False) for q in range(0, 8, 2)]
  drums = [(q / 2, q / 2 + 0.1, 36, 9, True) for q in range(16)]
  found = tokens(make([*high, *low, *drums]))
  assert found.shape == (2, 32)
  assert set(found[0]) == {0, 72 - 19}
  assert set(found[1]) == {0, 48 - 19}


def test_a_narrower_range_has_fewer_classes_and_drops_the_rest():
  encoder = Melody(**OPEN, bars=1, lowest=57, highest=81)
  assert encoder.spec.fields['tokens'].classes == 27
  assert encoder.spec.tables['pitches'] == [-1, -1, *range(57, 82)]
  piece = make([(0, 1, 57), (1, 2, 81), (4, 5, 82), (8, 9, 56)])
  found = encoder.encode(piece)
  assert found.dropped == {'pitch out of range': 2}
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
  assert soprano.encode(silent).dropped == {'no melodic part': 1}


def test_windows_of_sixteen_bars_without_long_silences():
  """note-seq ends a melody at a bar of silence; a short tune is no window."""
  every = [(q, q + 1, 60 + q % 5) for q in range(64)]
  options = OPEN | {'bars': 16, 'gap_bars': 1}
  assert tokens(make(every), bars=16, gap_bars=1).shape == (1, 256)
  short = make(every[:40])  # Ten bars, filled up with six of silence.
  assert len(tokens(short, bars=16)) == 1
  assert Melody(**options).encode(short).dropped == {'a long silence': 1}
  # A note held for three bars is no silence.
  held = [*every[:20], (20, 32, 70), *every[32:]]
  assert len(tokens(make(held), bars=16, gap_bars=1)) == 1
  # Fifteen sixteenths of rest are less than a bar, sixteen are one.
  for rest, count in ((3.75, 1), (4, 0)):
    gap = [(q, q + 1, 60) for q in range(24)]
    gap += [(24 + rest, 32, 62), *((q, q + 1, 60) for q in range(32, 64))]
    assert len(tokens(make(gap), bars=16, gap_bars=1)) == count
  assert len(tokens(make(gap), bars=16, gap_bars=2)) == 1
  with pytest.raises(UserError, match='gap_bars must be at least 0'):
    Melody(gap_bars=-1)


def test_sixteen_bars_are_read_back():
  every = [(q, q + 1, 60 + q % 5) for q in range(64)]
  encoder = Melody(bars=16, gap_bars=1)
  found = encoder.encode(
    make([*every, *((q + 64, q + 65, 72) for q in range(8))])
  )
  assert found.examples['tokens'].shape == (3, 256)
  again = [encoder.encode(one) for one in encoder.decode(found.examples)]
  for row, one in zip(found.examples['tokens'], again, strict=True):
    np.testing.assert_array_equal(one.examples['tokens'], row[None])
  assert encoder.canonical(found.examples).dtype == np.uint8
