"""Held-out chorales harmonized from their soprano alone, against Bach's."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.evaluation.music.voice_leading import faults, pitches, usual_ranges
from zoo.questions import asks

_ROUND = 64  # Lengths are rounded up to this multiple, for few compilations.
_OUTSIDE = 0.005  # Share of training notes on either side of a usual range.
_NAMES = ('alto', 'tenor', 'bass')


class Sung(NamedTuple):
  """The notes of voices, see zoo.evaluation.music.voice_leading.pitches.

  Attributes:
    sounds: [n, T, V] MIDI pitch, -1 in silence and after the end.
    onset: [n, T, V] bool, where a note begins.
  """

  sounds: np.ndarray
  onset: np.ndarray


@asks(fields=('voices',))
def harmonization(
  harmonize: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['validation', 'test'] = 'test',
  draws: int = 1,
  group: int = 8,
) -> dict[str, Any]:
  """Writes the lower voices to each soprano, and compares them with Bach's.

  Fermatas and key signatures are given, as metadata of the score.

  Args:
    harmonize: ({field: [n, ...]}, number of the first) -> the same with the
      lower voices written, each by the random key of its number.
    splits: {split: {'voices' [N, T, V], 'length' [N], 'piece' [N], ...}}.
    spec: of the encoder voices.
    split: the one that is harmonized.
    draws: how often each soprano is harmonized; intervals are over pieces.
    group: how many whole pieces of similar length are written together.

  Returns:
    'examples', and the metrics of `compare`; `soprano` is here the share of
    examples with all classes of the first voice unchanged. If the encoder cuts
    pieces into windows, each window is an example, with a last chord of its
    own. With no examples, only 'examples'.

  Raises:
    UserError: the encoder has no four voices.
  """
  if spec.sizes.get('voices') != len(_NAMES) + 1:
    raise UserError(
      f"The evaluator 'harmonization' reads four voices, which the encoder "
      f"'{spec.encoder}' does not write: take it out of evaluate."
    )
  truth = {k: np.repeat(v, draws, axis=0) for k, v in splits[split].items()}
  piece = truth.pop('piece')
  if not len(truth['voices']):
    return {'examples': 0}
  made = rewrite(harmonize, truth, spec, group * draws)
  written, bach, train = (
    Sung(*pitches(one, spec)) for one in (made, truth, splits['train'])
  )
  figures = compare(written, bach, train, spec.sizes['steps_per_beat'], piece)
  same = (made['voices'][..., 0] == truth['voices'][..., 0]).all(1)
  figures['soprano'] = {'model': float(np.mean(same))}
  return {'examples': len(truth['voices']), **figures}


def compare(
  written: Sung,
  bach: Sung,
  train: Sung,
  steps_per_beat: int,
  piece: np.ndarray,
) -> dict[str, Any]:
  """Compares a model's harmonizations with Bach's.

  Args:
    written, bach: the same examples.
    train: the training set.
    steps_per_beat: of the grid.
    piece: [n], the piece of each example.

  Returns:
    {metric: {column: number}}. `alto`, `tenor`, `bass`: the share of steps in
    which the voice has the same pitch as Bach's; `chord`: in which the four
    voices together have the same pitch classes. Columns of these: 'model';
    'interval', half its 95 % confidence interval over pieces; and 'lookup', the
    most common pitch in training below that of the soprano. `soprano`: the
    share of examples with the same first voice. `final_tonic`: the share of
    examples that end with a triad on the root of Bach's last chord. Faults per
    hundred beats (see zoo.evaluation.music.voice_leading) of the 'model', with
    'interval', and of 'bach'.
  """
  lookup = _look_up(train.sounds, bach.sounds)
  sounds = (bach.sounds >= 0).any(-1)
  agreed = {
    name: [
      one[..., voice] == bach.sounds[..., voice]
      for one in (written.sounds, lookup)
    ]
    for voice, name in enumerate(_NAMES, 1)
  }
  chords = _chords(bach.sounds)
  agreed['chord'] = [
    (_chords(one) == chords).all(-1) for one in (written.sounds, lookup)
  ]
  figures: dict[str, Any] = {}
  for name, (by_model, by_lookup) in agreed.items():
    share, interval = _ratio((by_model & sounds).sum(1), sounds.sum(1), piece)
    figures[name] = {
      'model': share,
      'interval': interval,
      'lookup': float((by_lookup & sounds).sum() / max(sounds.sum(), 1)),
    }
  same = written.sounds[..., 0] == bach.sounds[..., 0]
  figures['soprano'] = {'model': float(np.mean(same.all(1)))}
  mine, his = (_ends_on(one.sounds, bach.sounds) for one in (written, bach))
  share, interval = _ratio(mine, np.ones(len(mine)), piece)
  figures['final_tonic'] = {
    'model': share,
    'interval': interval,
    'bach': float(np.mean(his)),
  }
  return figures | _faults(written, bach, train, steps_per_beat, piece)


def _faults(written, bach, train, steps_per_beat, piece):
  """Faults per hundred beats of the model, with an interval, and of Bach."""
  ranges = usual_ranges(train, _OUTSIDE)
  every = [
    faults(sounds[None], onset[None], ranges, steps_per_beat)
    for sounds, onset in zip(*written, strict=True)
  ]
  active = (written.sounds >= 0).any(-1).sum(1)
  figures: dict[str, Any] = {}
  for name, rate in faults(*bach, ranges, steps_per_beat).items():
    counts = active * np.array([one[name] for one in every])
    share, interval = _ratio(counts, active, piece)
    figures[name] = {'model': share, 'interval': interval, 'bach': rate}
  return figures


def rewrite(
  harmonize: Callable[..., dict[str, np.ndarray]],
  truth: dict[str, np.ndarray],
  spec: Spec,
  group: int = 8,
) -> dict[str, np.ndarray]:
  """`truth` with the voices below the first as the model writes them.

  Args:
    harmonize, spec, group: see `harmonization`.
    truth: {field: [n, ...]}.
  """
  given = dict(truth)
  steps = np.arange(truth['voices'].shape[1])
  music = (steps < truth['length'][:, None]) & (steps >= spec.sizes['padding'])
  voices = truth['voices'].copy()
  # The model must not see Bach's lower voices.
  voices[..., 1:][music] = 0
  given['voices'] = voices
  if spec.options.get('steps'):
    return harmonize(given)
  made = voices.copy()
  order = np.argsort(truth['length'], kind='stable')
  for start in range(0, len(order), group):
    rows = order[start : start + group]
    need = truth['length'][rows].max() + spec.sizes['padding']
    cut = min(-(-need // _ROUND) * _ROUND, voices.shape[1])
    some = {k: v[rows] for k, v in given.items()}
    some = {k: v[:, :cut] if v.ndim > 1 else v for k, v in some.items()}
    # Each group has numbers, and so random keys, of its own.
    made[rows, :cut] = harmonize(some, start)['voices']
  return {**given, 'voices': made}


def _look_up(train, bach):
  """[n, T, V]: Bach's soprano, with the most common pitches below it."""
  found = np.full_like(bach, -1)
  found[..., 0] = bach[..., 0]
  rest = 128  # The last row and column are silence.
  for voice in range(1, bach.shape[-1]):
    counts = np.zeros((rest + 1, rest + 1), int)
    np.add.at(counts, (train[..., 0], train[..., voice]), 1)
    below = counts[:, :rest].argmax(1)
    found[..., voice] = np.where(bach[..., 0] < 0, -1, below[bach[..., 0]])
  return found


def _chords(sounds):
  """[n, T, 12] bool: the active pitch classes of [n, T, V]."""
  found = [((sounds % 12 == one) & (sounds >= 0)).any(-1) for one in range(12)]
  return np.stack(found, -1)


def _ends_on(sounds, bach):
  """[n] bool: whether [n, T, V] ends with a triad on the root of Bach's."""
  right = []
  for mine, his in zip(sounds, bach, strict=True):
    last = np.flatnonzero((his >= 0).any(-1))[-1]
    root = his[last][his[last] >= 0][-1] % 12
    chord = mine[last][mine[last] >= 0]
    above = {*((chord - root) % 12).tolist()}
    triad = above <= {0, 3, 7} or above <= {0, 4, 7}
    low = len(chord) and chord[-1] % 12 == root
    right.append(bool(triad and {3, 4} & above and low))
  return np.array(right)


def _ratio(top, bottom, piece):
  """sum top / sum bottom of [n], and 1.96 standard errors over pieces [n]."""
  _, place = np.unique(piece, return_inverse=True)
  top, bottom = (np.bincount(place, one) for one in (top, bottom))
  share = top.sum() / max(bottom.sum(), 1)
  # The standard error of a ratio of sums, by the delta method.
  error = np.sqrt(np.sum((top - share * bottom) ** 2)) / max(bottom.sum(), 1)
  return float(share), float(1.96 * error)
