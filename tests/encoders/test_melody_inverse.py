"""The melody encoder's inverse: note-seq's events, decode, cover, join."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from tests.encoders.tunes import (
  FOUR,
  OPEN,
  canonical_windows,
  make,
  melodies,
  same_notes,
  tokens,
)
from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.music.piece import Metre


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
    assert alone.dropped == found.dropped


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
