"""Whether a generator collapsed: few different outputs, or few kinds of them.

For any generator of integer arrays. Samples are compared with each other and
with as many training examples by the Hamming distance, the number of places at
which two examples differ, in one of two spaces:

  symbols: the classes of the field as they are; or
  sounding: for melodies, the active pitch of each step, and whether a note
    begins, ends or continues there. In raw tokens all holds are equal,
    whichever note they hold.

Precision, density and coverage are defined by k nearest neighbors: each
training example is the center of an open ball that reaches to its k-th nearest
other training example.

  precision  share of the samples that lie in some ball
  density    mean number of balls that a sample lies in, divided by k
  coverage   share of the balls that contain a sample

A collapsed generator has high precision and low coverage; for independent steps
both are low; held-out real examples are an upper bound.

Source: precision: Kynkaanniemi et al. 2019, arXiv 1904.06991; density and
coverage: Naeem et al. 2020, arXiv 2002.09797.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from zoo.contracts import HOLD, Spec, UserError
from zoo.evaluation.music.melody_statistics import evenly, independent
from zoo.music.active_notes import active_notes


class Neighbours(NamedTuple):
  """Precision, density and coverage (see above), and mean distances.

  Attributes:
    to_data: of a sample to the nearest training example.
    to_samples: of a training example to the nearest sample.
  """

  precision: float
  density: float
  coverage: float
  to_data: float
  to_samples: float


def mode_collapse(
  generate: Callable[..., dict[str, np.ndarray]],
  generate_untrained: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  field: str = 'tokens',
  space: Literal['symbols', 'sounding'] = 'sounding',
  count: int = 2048,
  neighbours: int = 5,
  samples: dict[str, dict] | None = None,
  same_z: dict[str, Any] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """Compares samples with each other and with training examples.

  Args:
    generate: (n, **options of the sampler) -> {field: [n, ...] int}.
    generate_untrained: the same, with parameters that were never trained.
    splits: {'train', 'test'} -> {field: [N, ...] int}.
    spec: of the encoder.
    field: which array of an example.
    space: see above.
    count: how many samples, and at most how many training and test examples.
    neighbours: k.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    same_z: options of the sampler that give all samples the same z; None
      if there are none.
    seed: of the independent baseline.

  Returns:
    {metric: {column: number}}, a column for each of `samples`, then
    `untrained`, `independent` (each place drawn from its own histogram) and
    `real` (test examples, if there are any). Metrics: unique (different
    samples / all), distance (mean over pairs of samples, in `space`), to_data
    (mean distance of a sample to the nearest training example), to_samples (of
    a training example to the nearest sample), precision, density, coverage,
    copied (the share of samples equal to a training example, for melodies in
    any transposition), and with `same_z` dependence_on_z: 1 - distance with one
    z / distance, 0 if the distance is 0. And `space`.

  Raises:
    UserError: `sounding` with an encoder that has no melody, k < 1, or fewer
      than k + 1 training examples or samples.
  """
  pitches = spec.tables.get('pitches') if field == 'tokens' else None
  train = _flat(splits['train'][field])
  _check(spec, field, space, pitches, count, neighbours, len(train))

  def view(examples):
    return sounding(examples, pitches) if space == 'sounding' else examples

  def drawn(**same):
    return {
      column: _flat(generate(count, **{**options, **same})[field])
      for column, options in (samples or {'generated': {}}).items()
    }

  classes = spec.fields[field].classes or int(train.max()) + 1
  sets = drawn() | {
    'untrained': _flat(generate_untrained(count)[field]),
    'independent': independent(train, count, classes, seed),
    'real': evenly(_flat(splits['test'][field]), count),
  }
  shared = drawn(**same_z) if same_z else {}
  reference = view(evenly(train, count))
  radii = ball_radii(reference, neighbours)
  copied = _copies(train, pitches)
  figures: dict[str, Any] = {}
  for column, examples in sets.items():
    if not len(examples):
      continue
    seen = view(examples)
    found = {
      'unique': len(set(_rows(examples))) / len(examples),
      'distance': mean_distance(seen),
      **nearest(reference, radii, seen, neighbours)._asdict(),
      'copied': copied(examples),
    }
    if column in shared:
      rest = mean_distance(view(shared[column]))
      found['dependence_on_z'] = (
        1 - rest / found['distance'] if found['distance'] else 0.0
      )
    for name, value in found.items():
      figures.setdefault(name, {})[column] = value
  return figures | {'space': f'{space}, k = {neighbours}'}


def _check(spec, field, space, pitches, count, neighbours, examples):
  """Raises UserError if the options do not fit the data."""
  if space == 'sounding' and pitches is None:
    raise UserError(
      "mode_collapse's space 'sounding' reads melody tokens, which the encoder "
      f"'{spec.encoder}' with field '{field}' does not write: set "
      "evaluate/.../space to 'symbols'."
    )
  if not 1 <= neighbours < count:
    raise UserError(
      'mode_collapse needs evaluate/.../neighbours of at least 1 and a greater '
      f'evaluate/.../count, not {neighbours} and {count}.'
    )
  if examples <= neighbours:
    raise UserError(
      f'mode_collapse needs more than {neighbours} training examples, and '
      f'there are {examples}: lower evaluate/.../neighbours.'
    )


def _copies(train, pitches):
  """(examples) -> the share equal to a training example, in any key."""

  def key(examples):
    return _rows(examples if pitches is None else any_key(examples, pitches))

  known = set(key(train))
  return lambda examples: float(
    np.mean([row in known for row in key(examples)])
  )


def hamming(first: np.ndarray, second: np.ndarray) -> np.ndarray:
  """[n, m] float32 number of places at which rows of [n, M], [m, M] differ.

  Equal places are counted by a product of one-hot rows, about ten times faster
  than comparing; the integers are exact.
  """
  _, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
  codes = codes.reshape(-1, first.shape[1])
  hot = np.zeros((*codes.shape, codes.max(initial=0) + 1), np.float32)
  np.put_along_axis(hot, codes[..., None], 1, axis=2)
  hot = hot.reshape(len(codes), -1)
  return first.shape[1] - hot[: len(first)] @ hot[len(first) :].T


def ball_radii(reference: np.ndarray, neighbours: int) -> np.ndarray:
  """[n] distance of each row of [n, M] to its k-th nearest other row."""
  distances = hamming(reference, reference)
  np.fill_diagonal(distances, np.inf)
  return np.partition(distances, neighbours - 1, axis=1)[:, neighbours - 1]


def nearest(
  reference: np.ndarray,
  radii: np.ndarray,
  samples: np.ndarray,
  neighbours: int,
) -> Neighbours:
  """Compares samples with the balls around the reference.

  Args:
    reference: [n, M].
    radii: [n] of the balls.
    samples: [m, M].
    neighbours: k.
  """
  distances = hamming(reference, samples)
  inside = distances < radii[:, None]
  return Neighbours(
    precision=float(inside.any(0).mean()),
    density=float(inside.sum(0).mean() / neighbours),
    coverage=float(inside.any(1).mean()),
    to_data=float(distances.min(0).mean()),
    to_samples=float(distances.min(1).mean()),
  )


def mean_distance(samples: np.ndarray) -> float:
  """Mean Hamming distance over all pairs of different rows of [n, M]."""
  count = len(samples)
  if count < 2:
    return 0.0
  # Per place: n^2 pairs, minus those that agree.
  agree = sum(
    int((np.unique(place, return_counts=True)[1].astype(np.int64) ** 2).sum())
    for place in samples.T
  )
  pairs = samples.shape[1] * count**2 - agree
  return float(pairs / (count * (count - 1)))


def sounding(tokens: np.ndarray, pitches: list[int]) -> np.ndarray:
  """The active pitch of each step, and its event.

  Args:
    tokens: [n, T] classes; 0 holds.
    pitches: MIDI pitch of each class, -1 for symbols.

  Returns:
    [n, 2T]: MIDI pitches, -1 for none; then for each step 1000 for a hold, 1001
    for a note-off, 1002 for an onset, which no pitch equals.
  """
  table = np.asarray(pitches)
  onset = table[tokens] >= 0
  happens = np.where(onset, 1002, np.where(tokens == HOLD, 1000, 1001))
  active = table[active_notes(tokens, int((table >= 0).argmax()))]
  return np.concatenate([active, happens], axis=1)


def any_key(tokens: np.ndarray, pitches: list[int]) -> np.ndarray:
  """[n, T], equal if one melody transposes the other.

  Args:
    tokens, pitches: see `sounding`.
  """
  midi = np.asarray(pitches)[tokens]
  first = np.take_along_axis(midi, (midi >= 0).argmax(1)[:, None], axis=1)
  return np.where(midi >= 0, midi - first, tokens + 1000)


def _flat(examples):
  examples = np.asarray(examples)
  size = int(np.prod(examples.shape[1:]))
  return examples.reshape(len(examples), size).astype(np.int32)


def _rows(examples):
  """Each row as bytes, to be looked up in a set."""
  examples = np.ascontiguousarray(examples.astype(np.int32))
  return examples.view(f'V{4 * examples.shape[1]}').ravel().tolist()
