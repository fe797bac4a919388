"""Melodies for tests of the melody encoder: by rows, and drawn at random."""

from hypothesis import strategies as st
import numpy as np

from zoo.encoders.melody import Melody
from zoo.music.piece import Metre, Notes, Piece

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
    np.zeros(count, np.int16),
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
  """Windows with an onset, and note-offs only where a note is active."""
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
