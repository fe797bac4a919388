"""C-RNN-GAN's statistics of songs, compared with real music and baselines.

Source: Mogren 2016, arXiv 1611.09904, section 4.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.contracts import Spec
from zoo.encoders.events import Tones
from zoo.evaluation.music.melody_statistics import evenly
from zoo.questions import asks

# Semitones above the tonic, of major and harmonic minor; the natural minor is
# the major of another tonic.
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11))
COMPARED = ('scale', 'span', 'tones', 'polyphony', 'repetition', 'intensity')
_NEAR_ZERO = (
  0.05  # Statistics of real music below this are left out of `error`.
)


@asks(fields=('events',))
def event_statistics(
  generate: Callable[..., dict[str, np.ndarray]],
  generate_untrained: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  encoder: Any,
  *,
  count: int = 1024,
  seed: int = 0,
) -> dict[str, Any]:
  """Means over songs, each a window of events.

  Args:
    generate: (n) -> {'events': [n, T, F]}.
    generate_untrained: the same, with parameters that were never trained.
    splits: {'train', 'test'} -> {'events': [N, T, F]}.
    spec: of the encoder.
    encoder: with `tones`, such as zoo.encoders.events.
    count: songs of each column, at most.
    seed: of the independent events.

  Returns:
    {metric: {column: number}} for `generated`, `real` (test windows), `train`,
    `untrained` and `independent` (each event drawn from all of training).
    Metrics: those of `songs`, their mean; unique, the share of songs that
    differ once rounded; spread, the standard deviation over songs of their
    mean pitch; error, the mean of |value / real - 1| over COMPARED, without
    those that hardly occur in real music.
  """
  del spec
  train = np.asarray(splits['train']['events'])
  real = splits['test']['events'] if len(splits['test']['events']) else train
  sets = {
    'generated': generate(count)['events'],
    'real': evenly(np.asarray(real), count),
    'train': evenly(train, count),
    'untrained': generate_untrained(count)['events'],
    'independent': independent_events(train, count, seed),
  }
  found = {
    column: statistics(encoder.tones({'events': events}))
    for column, events in sets.items()
  }
  for one in found.values():
    one['error'] = error(one, found['real'])
  names = next(iter(found.values()))
  return {
    name: {column: one[name] for column, one in found.items()} for name in names
  }


def independent_events(train: np.ndarray, count: int, seed: int) -> np.ndarray:
  """[count, T, F] songs of events drawn from all of those of [N, T, F]."""
  random = np.random.default_rng(seed)
  flat = train.reshape(-1, train.shape[-1])
  return flat[random.integers(len(flat), size=(count, train.shape[1]))]


def statistics(tones: Tones) -> dict[str, float]:
  """Means over songs, and how much songs differ from each other."""
  found = {name: float(np.mean(x)) for name, x in songs(tones).items()}
  rounded = np.stack(
    [np.where(tones.sounds, x, -1) for x in tones[1:4]], -1
  ).reshape(len(tones.pitch), -1)
  counts = tones.sounds.sum((1, 2))
  mean_pitch = (tones.pitch * tones.sounds).sum((1, 2)) / counts
  return found | {
    'unique': len(np.unique(rounded, axis=0)) / len(rounded),
    'spread': float(mean_pitch.std()),
  }


def songs(tones: Tones) -> dict[str, np.ndarray]:
  """The statistics of each song, {name: [n]}.

  scale: share of the tones in the best major or harmonic minor scale; span:
  semitones from the lowest to the highest; tones: how many different pitches;
  intensity: the range of velocities; polyphony: share of the tones that begin
  together with another; repetition: how many sequences of three tones occurred
  before; beat: the most common time between onsets, in quarters.
  """
  found: dict[str, list[float]] = {}
  for index in range(len(tones.pitch)):
    sounds = tones.sounds[index].ravel()
    pitch = tones.pitch[index].ravel()[sounds]
    start = tones.start[index].ravel()[sounds]
    velocity = tones.velocity[index].ravel()[sounds]
    onsets, times = np.unique(start, return_counts=True)
    gaps, often = np.unique(np.diff(onsets), return_counts=True)
    for name, value in (
      ('scale', _scale(pitch)),
      ('span', np.ptp(pitch)),
      ('tones', len(np.unique(pitch))),
      ('intensity', np.ptp(velocity)),
      ('polyphony', times[times > 1].sum() / len(pitch)),
      ('repetition', _repetition(pitch)),
      ('beat', gaps[often.argmax()] if len(gaps) else 0.0),
    ):
      found.setdefault(name, []).append(float(value))
  return {name: np.array(values) for name, values in found.items()}


def error(found: dict[str, float], real: dict[str, float]) -> float:
  """Mean relative error of the statistics that are not near 0 in real music."""
  each = [
    abs(found[name] / real[name] - 1)
    for name in COMPARED
    if real[name] > _NEAR_ZERO
  ]
  return float(np.mean(each))


def _scale(pitch):
  classes = np.bincount(pitch % 12, minlength=12)
  best = max(
    classes[(np.array(scale) + tonic) % 12].sum()
    for scale in _SCALES
    for tonic in range(12)
  )
  return best / len(pitch)


def _repetition(pitch):
  three = [tuple(pitch[i : i + 3]) for i in range(len(pitch) - 2)]
  return len(three) - len(set(three))
