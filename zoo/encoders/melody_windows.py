"""From notes on lines to windows of melody tokens, without a loop over notes.

The tokens are those of note-seq's Melody: 0 holds what sounds, or the silence;
1 is a note-off; 2..89 begin a note of MIDI pitch 21..108. The last of
overlapping notes sounds, and a note-off is written only where silence follows.
"""

import functools
from typing import NamedTuple

import numpy as np

from zoo.encoders.lines import Onsets, Row

HOLD, OFF, FIRST_PITCH = 0, 1, 2  # Classes.
LOWEST, HIGHEST = 21, 108  # MIDI pitch: the piano's.
CLASSES = FIRST_PITCH + HIGHEST - LOWEST + 1  # 90.

# Why a window is left out; the first that applies is counted.
REASONS = (
  'kept',
  'metre',
  'shorter than a window',
  'a bar that breaks off',
  'polyphonic',
  'two onsets on a step',
  'off grid',
  'pitch out of range',
  'silence',
  'a long silence',
  'too few notes',
  'too few pitches',
)

_CHORD = 0.05  # Steps; onsets closer than this are meant together.
_LEGATO = 0.5  # Steps that a note may sound into the next.


class Limits(NamedTuple):
  """What a window must keep to; see `Melody` for the meaning."""

  min_notes: int
  min_pitches: int
  tolerance: float
  only_highest: bool
  lowest: int
  highest: int
  gap: int = 0  # Steps of silence on end; 0 for any.


def cut(
  row: Row, start: np.ndarray, steps: int, limits: Limits
) -> tuple[np.ndarray, np.ndarray]:
  """Cuts windows out of the common row of steps.

  Args:
    row: lines and notes.
    start: [n] first step of each window; its line goes on for `steps`.
    steps: T, length of a window.
    limits: what is left out.

  Returns:
    tokens [n, T] int8, and reason [n], an index into REASONS (0 is kept).
  """
  onsets = row.onsets
  if np.any(onsets.first[1:] <= onsets.first[:-1]):
    # By step, then from the highest pitch down.
    key = onsets.first * 128 + (127 - onsets.pitch)
    order = np.argsort(key, kind='stable')
    onsets = Onsets(*(column[order] for column in onsets))
  leads = np.diff(onsets.first, prepend=-1) > 0
  single = leads.all()
  kept = onsets if single else Onsets(*(column[leads] for column in onsets))
  until = np.append(kept.first[1:], row.steps)
  sounds = np.minimum(kept.last, until)

  # A note that fills its line up writes its end on the first step of the next
  # line. There no window of its own reads it, and that step's sound begins.
  events = np.zeros(max(row.steps, steps), np.int8)
  events[sounds[sounds < until]] = OFF
  strange = (kept.pitch < limits.lowest) | (kept.pitch > limits.highest)
  classes = np.where(strange, HOLD, kept.pitch - limits.lowest + FIRST_PITCH)
  events[kept.first] = classes
  tokens = np.lib.stride_tricks.sliding_window_view(events, steps)[start]
  # What sounds as the window begins: the last note up to there, if it lasts.
  latest = np.searchsorted(kept.first, start, 'right')  # 0 where there is none.
  lasts = np.append(0, sounds)[latest] > start
  tokens[:, 0] = np.where(lasts, np.append(HOLD, classes)[latest], HOLD)

  reason = np.zeros(len(start), np.int64)

  def leave_out(why, windows):
    reason[windows] = REASONS.index(why)

  touched = functools.partial(_touched, start, steps, len(events))
  # In reverse order, so that the first of REASONS that applies stays.
  notes = np.count_nonzero(tokens >= FIRST_PITCH, axis=1)
  pitches = _different(row, kept.first, classes, start, tokens)
  leave_out('too few pitches', pitches < limits.min_pitches)
  leave_out('too few notes', notes < limits.min_notes)
  if limits.gap:
    leave_out('a long silence', longest_run(silent_steps(tokens)) >= limits.gap)
  leave_out('silence', notes == 0)
  leave_out('pitch out of range', touched(kept.first[strange], sounds[strange]))
  off = np.abs(onsets.start - onsets.first) > limits.tolerance + 1e-6
  leave_out('off grid', touched(onsets.first[off], onsets.first[off] + 1))
  if limits.only_highest:
    return tokens, reason

  quick, *together = _several(onsets, kept, leads)
  leave_out('two onsets on a step', touched(quick, quick + 1))
  leave_out('polyphonic', touched(*together))
  return tokens, reason


def _touched(start, steps, length, begin, end):
  """Windows [n] bool that share a step with any of begin..end.

  Args:
    start: [n] first step of each window.
    steps: T, length of a window.
    length: of the common row of steps.
    begin, end: [m] first step of each stretch, and the one after its last.
  """
  if not len(begin):
    return np.zeros(len(start), bool)
  size = length + 1
  change = np.bincount(begin, minlength=size)
  change -= np.bincount(end, minlength=size)
  total = np.concatenate([[0], np.cumsum(np.cumsum(change) > 0)])
  return total[start + steps] > total[start]


def _several(onsets, kept, leads):
  """Where a line is no melody.

  Args:
    onsets: of all notes, by step.
    kept: the first of each step.
    leads: [M] bool, which of `onsets` those are.

  Returns:
    steps on which two notes begin one after the other; and the first steps of
    stretches in which notes sound together, and the steps after their last.
  """
  played = np.maximum.accumulate(onsets.end)[:-1]
  both = leads[1:] & (played - onsets.start[1:] > _LEGATO)
  begin = onsets.first[1:][both]
  # Up to the end of whatever sounds longest, since the tokens cut it short.
  end = np.maximum.accumulate(onsets.last)[:-1][both]
  late = np.flatnonzero(~leads)
  leader = np.searchsorted(kept.first, onsets.first[late])
  apart = np.abs(onsets.start[late] - kept.start[leader]) > _CHORD
  quick, chord = (onsets.first[late[which]] for which in (apart, ~apart))
  return (
    quick,
    np.concatenate([begin, chord]),
    np.concatenate([np.maximum(end, begin + 1), chord + 1]),
  )


def silent_steps(tokens: np.ndarray) -> np.ndarray:
  """[n, T] bool: where no note of melody tokens [n, T] sounds."""
  steps = np.arange(tokens.shape[1])
  latest = np.maximum.accumulate(np.where(tokens == HOLD, 0, steps), axis=1)
  return np.take_along_axis(tokens, latest, axis=1) < FIRST_PITCH


def longest_run(mask: np.ndarray) -> np.ndarray:
  """[n] the most steps on end of [n, T] that are true."""
  steps = np.arange(mask.shape[1])
  last = np.maximum.accumulate(np.where(mask, -1, steps), axis=1)
  return (steps - last).max(1, initial=0)


def _different(row, first, classes, start, tokens):
  """How many pitches begin in each window, [n], put together from its bars."""
  count, steps = tokens.shape
  seen = np.zeros((max(row.steps, steps) // row.steps_per_bar, CLASSES), bool)
  seen[first // row.steps_per_bar, classes] = True
  seen[:, :FIRST_PITCH] = False
  bars = np.packbits(seen, axis=1)
  begin = start // row.steps_per_bar
  found = bars[begin]
  for bar in range(1, steps // row.steps_per_bar):
    found |= bars[begin + bar]
  # The note that is held from the bar before.
  held = tokens[:, 0].astype(np.uint8)
  bit = np.where(held >= FIRST_PITCH, 128 >> (held & 7), 0).astype(np.uint8)
  found[np.arange(count), held >> 3] |= bit
  return np.bitwise_count(found).sum(1)
