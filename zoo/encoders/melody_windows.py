"""From notes on lines to windows of melody tokens, without a loop over notes.

The tokens are those of note-seq's Melody: 0 holds the active note or silence;
1 is a note-off; 2..89 begin a note of MIDI pitch 21..108. Of overlapping notes
the last one is active, and a note-off is written only before silence.
"""

from typing import NamedTuple

import numpy as np

from zoo.encoders.lines import Onsets, Row

HOLD, OFF, FIRST_PITCH = 0, 1, 2  # Classes.
LOWEST, HIGHEST = 21, 108  # MIDI pitches of the piano.
CLASSES = FIRST_PITCH + HIGHEST - LOWEST + 1  # 90.

# Reasons for dropping a window; the first that applies is counted.
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

_CHORD = 0.05  # Steps: closer onsets are simultaneous.
_LEGATO = 0.5  # Steps by which a note may overlap with the next.


class Limits(NamedTuple):
  """Conditions for keeping a window; see the options of `Melody`."""

  min_notes: int
  min_pitches: int
  tolerance: float
  only_highest: bool
  lowest: int
  highest: int
  gap: int = 0  # Consecutive steps of silence; 0 for no limit.


def cut(
  row: Row, start: np.ndarray, steps: int, limits: Limits
) -> tuple[np.ndarray, np.ndarray]:
  """Cuts windows out of the common row of steps.

  Args:
    row: lines and notes.
    start: [n] first step of each window; its line has `steps` steps from there.
    steps: T, length of a window.
    limits: which windows are dropped.

  Returns:
    tokens [n, T] int8, and reason [n], an index into REASONS (0 is kept).
  """
  onsets = _in_order(row.onsets)
  leads = np.diff(onsets.first, prepend=-1) > 0
  single = leads.all()
  kept = onsets if single else Onsets(*(column[leads] for column in onsets))
  until = np.append(kept.first[1:], row.steps)
  ends = np.minimum(kept.last, until)

  # A note up to the end of its line writes its note-off on the first step of
  # the next line. No window of its own line reads it, and the next line
  # replaces it by its own event or state.
  events = np.zeros(max(row.steps, steps), np.int8)
  events[ends[ends < until]] = OFF
  strange = (kept.pitch < limits.lowest) | (kept.pitch > limits.highest)
  classes = np.where(strange, HOLD, kept.pitch - limits.lowest + FIRST_PITCH)
  events[kept.first] = classes
  tokens = np.lib.stride_tricks.sliding_window_view(events, steps)[start]
  # The note that is active as the window begins: the last one, if it lasts.
  latest = np.searchsorted(kept.first, start, 'right')  # 0 for none.
  lasts = np.append(0, ends)[latest] > start
  tokens[:, 0] = np.where(lasts, np.append(HOLD, classes)[latest], HOLD)

  def touched(begin, end):
    """Windows [n] bool that share a step with any of begin..end."""
    if not len(begin):
      return np.zeros(len(start), bool)
    size = len(events) + 1
    change = np.bincount(begin, minlength=size)
    change -= np.bincount(end, minlength=size)
    total = np.concatenate([[0], np.cumsum(np.cumsum(change) > 0)])
    return total[start + steps] > total[start]

  # In reverse order, so that the first of REASONS that applies is kept.
  reason = np.zeros(len(start), np.int64)
  notes = np.count_nonzero(tokens >= FIRST_PITCH, axis=1)
  pitches = _different(row, kept.first, classes, start, tokens)
  _leave_out(reason, 'too few pitches', pitches < limits.min_pitches)
  _leave_out(reason, 'too few notes', notes < limits.min_notes)
  if limits.gap:
    long = longest_run(silent_steps(tokens)) >= limits.gap
    _leave_out(reason, 'a long silence', long)
  _leave_out(reason, 'silence', notes == 0)
  outside = touched(kept.first[strange], ends[strange])
  _leave_out(reason, 'pitch out of range', outside)
  off = np.abs(onsets.start - onsets.first) > limits.tolerance + 1e-6
  off_grid = touched(onsets.first[off], onsets.first[off] + 1)
  _leave_out(reason, 'off grid', off_grid)
  if not limits.only_highest:
    _leave_out_polyphony(reason, onsets, kept, leads, touched)
  return tokens, reason


def _in_order(onsets):
  """Onsets sorted by step, then by descending pitch."""
  if np.all(onsets.first[1:] > onsets.first[:-1]):
    return onsets
  key = onsets.first * 128 + (127 - onsets.pitch)
  order = np.argsort(key, kind='stable')
  return Onsets(*(column[order] for column in onsets))


def _leave_out(reason, why, windows):
  reason[windows] = REASONS.index(why)


def _leave_out_polyphony(reason, onsets, kept, leads, touched):
  """Drops windows in which two notes begin together or overlap.

  Args:
    reason: [n], changed in place.
    onsets: all onsets, in order.
    kept: the first onset of each step.
    leads: which of `onsets` are kept.
    touched: (begin, end) -> windows [n] bool.
  """
  played = np.maximum.accumulate(onsets.end)[:-1]
  both = leads[1:] & (played - onsets.start[1:] > _LEGATO)
  begin = onsets.first[1:][both]
  # Up to the end of the longest note, which the tokens cut short.
  end = np.maximum.accumulate(onsets.last)[:-1][both]
  late = np.flatnonzero(~leads)
  leader = np.searchsorted(kept.first, onsets.first[late])
  apart = np.abs(onsets.start[late] - kept.start[leader]) > _CHORD
  quick, chord = (onsets.first[late[which]] for which in (apart, ~apart))
  _leave_out(reason, 'two onsets on a step', touched(quick, quick + 1))
  polyphonic = touched(
    np.concatenate([begin, chord]),
    np.concatenate([np.maximum(end, begin + 1), chord + 1]),
  )
  _leave_out(reason, 'polyphonic', polyphonic)


def silent_steps(tokens: np.ndarray) -> np.ndarray:
  """[n, T] bool: steps without an active note, of melody tokens [n, T]."""
  steps = np.arange(tokens.shape[1])
  latest = np.maximum.accumulate(np.where(tokens == HOLD, 0, steps), axis=1)
  return np.take_along_axis(tokens, latest, axis=1) < FIRST_PITCH


def longest_run(mask: np.ndarray) -> np.ndarray:
  """[n] the length of the longest run of true values in each row of [n, T]."""
  steps = np.arange(mask.shape[1])
  last = np.maximum.accumulate(np.where(mask, -1, steps), axis=1)
  return (steps - last).max(1, initial=0)


def _different(row, first, classes, start, tokens):
  """[n] how many different pitches each window has, combined from its bars."""
  count, steps = tokens.shape
  seen = np.zeros((max(row.steps, steps) // row.steps_per_bar, CLASSES), bool)
  seen[first // row.steps_per_bar, classes] = True
  seen[:, :FIRST_PITCH] = False
  bars = np.packbits(seen, axis=1)
  begin = start // row.steps_per_bar
  found = bars[begin]
  for bar in range(1, steps // row.steps_per_bar):
    found |= bars[begin + bar]
  # The note that is held from the previous bar.
  held = tokens[:, 0].astype(np.uint8)
  bit = np.where(held >= FIRST_PITCH, 128 >> (held & 7), 0).astype(np.uint8)
  found[np.arange(count), held >> 3] |= bit
  return np.bitwise_count(found).sum(1)
