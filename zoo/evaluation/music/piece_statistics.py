"""Statistics of pieces, as muspy defines them.

Source: Dong, Chen, McAuley and Berg-Kirkpatrick, MusPy, ISMIR 2020, arXiv
2008.01951, module muspy.metrics; a piece for which muspy gives nan does not
count in the mean.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.evaluation.music.note_rows import TICKS, NoteRows, evenly, note_sets
from zoo.questions import asks

RESOLUTION = 24  # Steps per quarter, as in muspy.
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
POLYPHONIC = 2  # More pitches at once than this: muspy's threshold.


@asks(fields=('tokens', 'melody', 'notes', 'roll', 'voices'))
def piece_statistics(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  encoder: Any,
  *,
  count: int = 256,
  samples: dict[str, dict] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """Means of the statistics over pieces.

  Args:
    generate: (n, **options of the sampler) -> {field: [n, ...]}.
    splits: {'train', 'test'} -> {field: [N, ...]}.
    encoder: decodes examples to pieces.
    count: pieces generated, and at most read from each set.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the baseline.

  Returns:
    {metric: {column: number}}: those of `statistics`, and `notes`, the number
    of notes of a piece. Columns: one for each of `samples`, `held_out`,
    `shuffled` (training rhythms, all pitches shuffled), `training`.

  Raises:
    UserError: the encoder does not decode to music.
  """
  sets = note_sets(encoder, generate, splits, count, samples, seed)
  everyone = {**sets.others, 'training': evenly(sets.training, count)}
  figures: dict[str, dict[str, float]] = {}
  for column, rows in everyone.items():
    each = [statistics(rows, place) for place in range(len(rows.sizes))]
    for name in each[0] if each else ():
      values = np.array([one[name] for one in each])
      if np.isfinite(values).any():
        mean = float(values[np.isfinite(values)].mean())
        figures.setdefault(name, {})[column] = mean
    figures.setdefault('notes', {})[column] = float(rows.sizes.mean())
  return figures


def statistics(rows: NoteRows, place: int) -> dict[str, float]:
  """Statistics of one piece; nan where they are undefined.

  Args:
    rows: notes of pieces.
    place: the index of the piece.

  Returns:
    pitch_range in semitones, 0 without notes; n_pitches_used and
    n_pitch_classes_used; pitch_entropy and pitch_class_entropy in bits;
    polyphony, the mean number of active pitches where there are any;
    polyphony_rate, the share of the steps with more than POLYPHONIC;
    scale_consistency, the largest share of notes in one major or minor scale;
    empty_beat_rate, the share of beats in which no note is active or ends.
  """
  one = slice(rows.first[place], rows.first[place + 1])
  pitch = rows.pitch[one]
  start, end = (
    np.rint(ticks * RESOLUTION / TICKS).astype(np.int64)
    for ticks in (rows.onset[one], rows.onset[one] + rows.length[one])
  )
  pitches = np.bincount(pitch, minlength=128)
  classes = np.bincount(pitch % 12, minlength=12)
  pitches_at_once = _roll(start, end, pitch).sum(1)
  active = np.count_nonzero(pitches_at_once)
  inside = max(
    classes[(np.array(scale) + root) % 12].sum()
    for scale in (MAJOR, MINOR)
    for root in range(12)
  )
  return {
    'pitch_range': float(np.ptp(pitch)) if len(pitch) else 0.0,
    'n_pitches_used': float(np.count_nonzero(pitches)),
    'n_pitch_classes_used': float(np.count_nonzero(classes)),
    'pitch_entropy': _entropy(pitches),
    'pitch_class_entropy': _entropy(classes),
    'polyphony': _share(pitches_at_once.sum(), active),
    'polyphony_rate': _share(
      (pitches_at_once > POLYPHONIC).sum(), len(pitches_at_once)
    ),
    'scale_consistency': _share(inside, len(pitch)),
    'empty_beat_rate': _empty(start // RESOLUTION, end // RESOLUTION),
  }


def _roll(start, end, pitch):
  """[T, 128] bool, where a pitch is active."""
  change = np.zeros((end.max(initial=0) + 1, 128), np.int32)
  np.add.at(change, (start, pitch), 1)
  np.add.at(change, (end, pitch), -1)
  return np.cumsum(change, axis=0)[:-1] > 0


def _empty(first, last):
  """Share of beats without an active note; muspy counts a note's end."""
  beats = last.max(initial=-1) + 1
  change = np.bincount(first, minlength=beats + 1)
  change = change - np.bincount(last + 1, minlength=beats + 1)
  return _share(np.count_nonzero(np.cumsum(change)[:beats] == 0), beats)


def _entropy(counts):
  """Shannon entropy, in bits."""
  shares = counts[counts > 0] / max(counts.sum(), 1)
  return float(-(shares * np.log2(shares)).sum()) if len(shares) else np.nan


def _share(part, whole):
  return float(part / whole) if whole else np.nan
