"""A bar of melody as a bag of features, for both towers.

Source: Bretan, Weinberg and Heck 2016, arXiv 1612.03789, which does not list
its 9,675 features in full. Counted here are pitch classes, lengths, pairs of
both, pitches, bigrams of pitch classes, intervals, the first and the last
pitch, and the steps on which notes begin and on which there is silence.
"""

from typing import Any

_FIRST = 2  # The class of the lowest pitch; 0 holds, 1 is a note-off.
_WIDEST = 12  # Semitones; wider intervals are counted as these.


def width(steps: int, pitches: int) -> int:
  """How many features the bag of a unit has: C of `bag`."""
  return 12 + steps + 12 * steps + pitches + 144 + 25 + 2 * pitches + 2 * steps


def bag(xp: Any, tokens: Any, lowest: int, pitches: int) -> Any:
  """Feature counts of units of melody.

  Args:
    xp: numpy or jax.numpy.
    tokens: [..., T] classes of the encoder `melody`; each unit begins with an
      onset or a note-off.
    lowest: MIDI pitch of class 2.
    pitches: P, how many classes are pitches.

  Returns:
    [..., C] float32; C is `width(T, P)`.
  """
  steps = tokens.shape[-1]
  place = xp.arange(steps)
  onset = tokens >= _FIRST
  event = tokens != 0

  def one_hot(values, size):
    return (values[..., None] == xp.arange(size)).astype('float32')

  begins = onset[..., None].astype('float32')
  pitch = one_hot(tokens - _FIRST, pitches) * begins
  octave = one_hot((tokens - _FIRST + lowest) % 12, 12) * begins
  length = one_hot(_until(xp, event) - 1, steps) * begins

  # The onset before each step: its place, -1 for none.
  latest = xp.maximum.accumulate(xp.where(onset, place, -1), axis=-1)
  before = xp.concatenate([xp.full_like(latest[..., :1], -1), latest], -1)
  before = before[..., :-1]
  follows = onset & (before >= 0)
  at = xp.maximum(before, 0)
  pairs = follows[..., None].astype('float32')
  earlier = xp.take_along_axis(octave, at[..., None], -2) * pairs
  leap = tokens - xp.take_along_axis(tokens, at, -1)
  leap = xp.clip(leap, -_WIDEST, _WIDEST) + _WIDEST
  leaps = one_hot(leap, 2 * _WIDEST + 1) * pairs

  first = pitch * (onset & (before < 0))[..., None]
  ends = xp.maximum(latest[..., -1:], 0)
  last = xp.take_along_axis(pitch, ends[..., None], -2)
  # The last event up to each step: silence after a note-off or before any.
  current = xp.maximum.accumulate(xp.where(event, place, 0), axis=-1)
  silent = xp.take_along_axis(tokens, current, -1) < _FIRST
  both = xp.einsum('...tp,...td->...pd', octave, length)
  bigrams = xp.einsum('...tp,...tq->...pq', earlier, octave)

  def flat(x):
    return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])

  counted = (octave, length, pitch, leaps, first, last)
  summed = [x.sum(-2) for x in counted]
  return xp.concatenate(
    [
      *summed,
      flat(both),
      flat(bigrams),
      onset.astype('float32'),
      silent.astype('float32'),
    ],
    -1,
  )


def _until(xp, event):
  """[..., T] steps from each step to the next event, or to the end."""
  steps = event.shape[-1]
  place = xp.arange(steps)
  backward = xp.where(event, place, steps)[..., ::-1]
  found = xp.minimum.accumulate(backward, axis=-1)[..., ::-1]
  beyond = xp.concatenate([found, xp.full_like(found[..., :1], steps)], -1)
  return beyond[..., 1:] - place
