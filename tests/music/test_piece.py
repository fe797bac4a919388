"""Notes from arrays, the tempo map, and the bridge to NoteSequence."""

from pathlib import Path
import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from zoo.music import piece as pieces
from zoo.music import sequences
from zoo.music.piece import Metre, Piece, Tempo, notes

ROOT = Path(__file__).resolve().parents[2]


def test_notes_are_sorted_by_start_then_pitch_and_filled():
  made = notes([2, 0, 0], [3, 1, 1], [60, 67, 64])
  np.testing.assert_array_equal(made.start, [0, 0, 2])
  np.testing.assert_array_equal(made.pitch, [64, 67, 60])
  np.testing.assert_array_equal(made.velocity, [80, 80, 80])
  assert made.start.dtype == np.float64 and made.pitch.dtype == np.int16
  assert made.drum.dtype == np.bool_


def test_notes_without_length_are_left_out():
  made = notes([0, 1, 2], [1, 1, 1.5], 60)
  np.testing.assert_array_equal(made.start, [0])


def test_bar_of_a_metre_in_quarters():
  bars = [Metre(0, *metre).bar for metre in [(4, 4), (2, 2), (6, 8), (3, 8)]]
  assert bars == [4, 4, 3, 1.5]


def test_seconds_follow_the_tempos():
  tempos = [Tempo(0, 60), Tempo(4, 120), Tempo(6, 30)]
  np.testing.assert_allclose(
    pieces.seconds(tempos, [0, 4, 5, 6, 7]), [0, 4, 4.5, 5, 7]
  )
  np.testing.assert_allclose(
    pieces.quarters(tempos, [0, 4, 4.5, 5, 7]), [0, 4, 5, 6, 7]
  )


def test_a_sequence_without_tempos_plays_at_120():
  note_seq = sequences.import_note_seq()
  sequence = note_seq.NoteSequence()
  sequence.notes.add(start_time=0.5, end_time=1, pitch=60, velocity=70)
  made = sequences.from_sequence(sequence, 'x')
  assert (made.notes.start[0], made.notes.end[0]) == (1, 2)
  assert made.tempos == (Tempo(0, 120),) and made.metres == (Metre(0, 4, 4),)


def test_importing_note_seq_leaves_the_limit_on_ticks():
  import pretty_midi.pretty_midi

  sequences.import_note_seq()
  assert pretty_midi.pretty_midi.MAX_TICK == 1e7


def test_what_draws_in_notebooks_comes_when_it_is_called():
  code = (
    'import sys\n'
    'from zoo.music.sequences import import_note_seq\n'
    'import_note_seq()\n'
    'assert not {"bokeh", "pandas", "IPython"} & set(sys.modules)\n'
    'import note_seq.notebook_utils\n'
    'assert "bokeh" in sys.modules\n'
  )
  subprocess.run([sys.executable, '-c', code], check=True, cwd=ROOT)
  assert sequences.called_later('json', 'dumps').dumps([1]) == '[1]'


def test_of_changes_at_one_time_the_last_counts():
  made = sequences.with_first(
    [Tempo(0, 90), Tempo(4, 100), Tempo(4, 110), Tempo(8, 110)], Tempo(0, 120)
  )
  assert made == (Tempo(0, 90), Tempo(4, 110))


@settings(max_examples=60, deadline=None)
@given(
  rows=st.lists(
    st.tuples(
      st.integers(0, 400),  # start, twelfths of a quarter
      st.integers(1, 60),
      st.integers(0, 127),
      st.integers(1, 127),
      st.integers(0, 3),
      st.booleans(),
    ),
    max_size=30,
  ),
  rates=st.lists(st.floats(20, 300), min_size=1, max_size=4),
)
def test_round_trip_through_a_sequence(rows, rates):
  start, length, pitch, velocity, part, drum = (
    np.array(rows, int).reshape(-1, 6).T
  )
  made = Piece(
    'x',
    notes(
      start / 12, (start + length) / 12, pitch, velocity, 7 * part, part, drum
    ),
    (Metre(0.0, 3, 4), Metre(9.0, 6, 8)),
    sequences.with_first(
      [Tempo(5.0 * place, rate) for place, rate in enumerate(rates)],
      Tempo(0.0, rates[0]),
    ),
    {'title': 'Ode'},
  )
  back = sequences.from_sequence(sequences.to_sequence(made), 'x')
  for ours, theirs in zip(made.notes, back.notes, strict=True):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
  assert back.metres == made.metres and back.metadata == made.metadata
  np.testing.assert_allclose(back.tempos, made.tempos)


@pytest.mark.parametrize('count, length', [(0, 0.0), (2, 5.0)])
def test_length_of_a_piece(count, length):
  made = Piece('x', notes([0, 4][:count], [2, 5][:count], 60))
  assert made.length == length
