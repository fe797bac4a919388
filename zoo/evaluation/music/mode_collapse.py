"""Has a generator collapsed: few different outputs, or few kinds of them?

For any generator of integer arrays. Samples are compared with each other and
with as many training examples, in one stated space: the Hamming distance, the
number of places at which two examples differ, over

  symbols: the classes of the field as they are; or
  sounding: for melodies, the pitch that sounds at each step, and whether a
    note begins, ends or goes on there. In raw tokens a hold is a hold,
    whatever note it holds.

Precision, density and coverage by k nearest neighbours: around each of the
training examples lies a ball that reaches, open, to its k-th nearest other
training example.

  precision  share of the samples that lie in some ball
  density    mean number of balls that a sample lies in, divided by k
  coverage   share of the balls in which some sample lies

A collapsed generator has high precision and low coverage; independent steps
have low both; real examples that were not trained on show what can be reached.

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
  """The shares that the head of this file explains, and mean distances.

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
      where there is no such thing.
    seed: of the independent baseline.

  Returns:
    {figure: {column: number}}, a column for each of `samples`, then
    `untrained`, `independent` (each place drawn from its own histogram) and
    `real` (test examples, where there are any). Figures: unique (different
    samples / all), distance (mean over pairs of samples, in the stated
    space), to_data (mean distance of a sample to the nearest training example),
    to_samples (of a training example to the nearest sample), precision,
    density, coverage, copied (equal to a training example,
    of melodies in any transposition), and with `same_z` dependence_on_z: 1 -
    distance with one z / distance, 0 where there is no distance. And `space`.

  Raises:
    UserError: `sounding` with an encoder that has no melody, no k, or fewer
      than k + 1 training examples or samples.
  """
  pitches = spec.tables.get('pitches') if field == 'tokens' else None
  _check(spec, field, pitches, space, count, neighbours)
  train = _training_examples(splits, field, neighbours)

  def view(examples):
    return sounding(examples, pitches) if space == 'sounding' else examples

  def key(examples):
    return _rows(examples if pitches is None else any_key(examples, pitches))

  classes = spec.fields[field].classes or int(train.max()) + 1
  sets = {
    column: _flat(generate(count, **options)[field])
    for column, options in (samples or {'generated': {}}).items()
  }
  shared = {
    column: _flat(generate(count, **{**options, **same_z})[field])
    for column, options in (samples or {'generated': {}}).items()
    if same_z
  }
  sets |= {
    'untrained': _flat(generate_untrained(count)[field]),
    'independent': independent(train, count, classes, seed),
    'real': evenly(_flat(splits['test'][field]), count),
  }
  reference = view(evenly(train, count))
  radii = ball_radii(reference, neighbours)
  known = set(key(train))
  figures: dict[str, Any] = {}
  for column, examples in sets.items():
    if not len(examples):
      continue
    seen = view(examples)
    found = {
      'unique': len(set(_rows(examples))) / len(examples),
      'distance': mean_distance(seen),
      **nearest(reference, radii, seen, neighbours)._asdict(),
      'copied': float(np.mean([row in known for row in key(examples)])),
    }
    if column in shared:
      rest = mean_distance(view(shared[column]))
      found['dependence_on_z'] = _dependence(found['distance'], rest)
    for name, value in found.items():
      figures.setdefault(name, {})[column] = value
  return figures | {'space': f'{space}, k = {neighbours}'}


def _check(spec, field, pitches, space, count, neighbours):
  """Raises UserError for a space or a number that does not fit."""
  if space == 'sounding' and pitches is None:
    raise UserError(
      "mode_collapse's space 'sounding' reads melody tokens, which the encoder "
      f"'{spec.encoder}' with field '{field}' has not: set "
      "evaluate/.../space to 'symbols'."
    )
  if not 1 <= neighbours < count:
    raise UserError(
      'mode_collapse needs evaluate/.../neighbours of at least 1 and a greater '
      f'evaluate/.../count, not {neighbours} and {count}.'
    )


def _training_examples(splits, field, neighbours):
  """[N, M]; raises UserError where there are too few of them."""
  train = _flat(splits['train'][field])
  if len(train) <= neighbours:
    raise UserError(
      f'mode_collapse needs more than {neighbours} training examples, and '
      f'there are {len(train)}: lower evaluate/.../neighbours.'
    )
  return train


def _dependence(distance, rest):
  """1 - rest / distance, the mean distances with one z and with many."""
  return 1 - rest / distance if distance else 0.0


def hamming(first: np.ndarray, second: np.ndarray) -> np.ndarray:
  """Places at which rows of [n, M] and [m, M] differ: [n, m] float32.

  Equal places are counted by a product of one-hot rows, in which integers are
  exact; that is some ten times faster than comparing.
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
  """How `samples` [m, M] lie about the balls [n] around the reference."""
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
  # By place: n^2 pairs, less those that agree.
  agree = sum(
    int((np.unique(place, return_counts=True)[1].astype(np.int64) ** 2).sum())
    for place in samples.T
  )
  pairs = samples.shape[1] * count**2 - agree
  return float(pairs / (count * (count - 1)))


def sounding(tokens: np.ndarray, pitches: list[int]) -> np.ndarray:
  """[n, 2T]: the pitch that sounds at each step, -1 for none; what happens.

  Args:
    tokens: [n, T] classes; 0 holds.
    pitches: MIDI pitch of each class, -1 for symbols.

  Returns:
    MIDI pitches, then for each step 1000 for a hold, 1001 for a note-off,
    1002 for an onset: numbers that are no pitch.
  """
  table = np.asarray(pitches)
  onset = table[tokens] >= 0
  happens = np.where(onset, 1002, np.where(tokens == HOLD, 1000, 1001))
  active = table[active_notes(tokens, int((table >= 0).argmax()))]
  return np.concatenate([active, happens], axis=1)


def any_key(tokens: np.ndarray, pitches: list[int]) -> np.ndarray:
  """[n, T], equal where one melody transposes the other; see `sounding`."""
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
