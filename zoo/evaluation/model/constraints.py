"""Whether melodies meet constraints, and how they approach them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec
from zoo.layers.autoregression import write
from zoo.questions import Autoregressive, asks

_FIRST_PITCH = 2  # The class of the lowest pitch; 0 holds, 1 is a note-off.
_LARGE = 7  # Semitones of a leap that is counted as large.

# Sets from the paper's code, as (bar, beat, MIDI pitch) over six bars: a few
# distant notes; and a chromatic scale, one note per beat, as in no chorale.
_SPARSE = ((1, 1, 62), (3, 1, 62), (4, 1, 74), (5, 1, 62), (6, 3, 69))
_SCALE = tuple((1 + n // 4, 1 + n % 4, 67 + n) for n in range(13))
_PAPERS = {'C3': _SPARSE, 'C4': _SCALE}
_PAPERS_BARS = 6


class Asked(NamedTuple):
  """Constraints [N, T] of classes, K where there is none."""

  asked: np.ndarray
  classes: int

  @property
  def where(self) -> np.ndarray:
    """[N, T] bool, the constrained steps."""
    return self.asked < self.classes


@asks(Autoregressive, fields=('tokens',), methods=('prepare',))
def constraints(
  model: Any,
  params: Any,
  splits: Mapping[str, Mapping[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 512,
  notes: int = 5,
  seed: int = 0,
) -> dict[str, Any]:
  """Writes melodies under constraints; constrained steps are free or forced.

  Args:
    model: an Autoregressive module that reads `constraints`.
    params: its parameters.
    splits: {'test'} -> {'tokens': [N, T]}.
    spec: of the encoder.
    count: melodies per set of constraints.
    notes: how many are constrained in a melody; see `draw_sets`.
    seed: of everything that is drawn.

  Returns:
    {metric: {column: number}}: `met`, the share of the constrained steps at
    which free samples meet the constraint, and `set`, the same with these steps
    forced, for each set of constraints (`unconditioned`: those in style, which
    the network is not given). `leap`, the mean number of semitones from the
    previous note to a forced constraint of `in_style`, and `large_leaps`, the
    share above 7: of the `model`, of `unconditioned` and of the test windows
    that the constraints come from (`real`). Empty for an empty split.
  """
  test = np.asarray(splits['test']['tokens']).astype(int)
  if not len(test):
    return {}
  random = np.random.default_rng(seed)
  windows = test[np.resize(random.permutation(len(test)), count)]
  sets = draw_sets(windows, spec, notes, random)
  keys = jax.random.split(jax.random.key(seed), count)
  draw = _writer(model, params, keys)
  figures: dict[str, Any] = {'met': {}, 'set': {}}
  for name, one in sets.items():
    for metric, hard in (('met', False), ('set', True)):
      figures[metric][name] = met(draw(one, True, hard), one)
  style = sets['in_style']
  figures['met']['unconditioned'] = met(draw(style, False, False), style)
  columns = {
    'model': draw(style, True, True),
    'unconditioned': draw(style, False, True),
    'real': windows,
  }
  found = {name: leaps(tokens, style) for name, tokens in columns.items()}
  figures['leap'] = {k: float(v.mean()) for k, v in found.items()}
  figures['large_leaps'] = {
    name: float((leap > _LARGE).mean()) for name, leap in found.items()
  }
  return figures


def draw_sets(
  windows: np.ndarray, spec: Spec, notes: int, random: np.random.Generator
) -> dict[str, Asked]:
  """Constraints in style and out of it.

  Args:
    windows: [N, T] tokens of held-out music.
    spec: of the encoder.
    notes: how many onsets are constrained in each, drawn at random; all if
      there are fewer.
    random: the generator to draw with.

  Returns:
    {'in_style': onsets of each window; 'tritone': the same, six semitones
    away; 'random': random pitches in their places; 'C3', 'C4': the sets from
    the paper's code, if the encoder has their pitches}.
  """
  classes = spec.sizes['classes']
  onsets = windows >= _FIRST_PITCH
  order = np.argsort(np.where(onsets, random.random(windows.shape), 2), 1)
  chosen = np.zeros(windows.shape, bool)
  np.put_along_axis(chosen, order[:, :notes], True, 1)
  chosen &= onsets
  other = np.where(windows + 6 < classes, windows + 6, windows - 6)
  other = np.maximum(other, _FIRST_PITCH)
  any_pitch = random.integers(_FIRST_PITCH, classes, windows.shape)
  sets = {
    name: Asked(np.where(chosen, tokens, classes), classes)
    for name, tokens in (
      ('in_style', windows),
      ('tritone', other),
      ('random', any_pitch),
    )
  }
  bar, beat = spec.sizes['steps_per_bar'], spec.sizes['steps_per_beat']
  pitches = list(spec.tables['pitches'])
  for name, places in _PAPERS.items():
    if bar != 4 * beat or not {pitch for *_, pitch in places} <= {*pitches}:
      continue
    asked = np.full((len(windows), _PAPERS_BARS * bar), classes)
    for number, of_bar, pitch in places:
      step = (number - 1) * bar + (of_bar - 1) * beat
      asked[:, step] = pitches.index(pitch)
    sets[name] = Asked(asked, classes)
  return sets


def met(tokens: np.ndarray, one: Asked) -> float:
  """The share of the constrained steps that meet their constraint."""
  return float((tokens == one.asked)[one.where].mean())


def leaps(tokens: np.ndarray, one: Asked) -> np.ndarray:
  """[M] semitones from the previous note, if any, to each constraint."""
  steps = np.arange(tokens.shape[1])
  latest = np.where(tokens >= _FIRST_PITCH, steps, -1)
  latest = np.maximum.accumulate(latest, 1)
  before = np.pad(latest, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
  where = one.where & (before >= 0)
  pitch = np.take_along_axis(tokens, np.maximum(before, 0), 1)
  return np.abs(tokens - pitch)[where]


def _writer(model, params, keys):
  """(constraints, whether the network reads them, forced or not) -> tokens."""

  @jax.jit
  def run(params, keys, constraints, asked):
    return write(
      model,
      params,
      keys,
      jnp.zeros((len(keys), 0), jnp.int32),
      steps=asked.shape[1],
      batch={'constraints': constraints},
      allowed=lambda symbols, step: (
        (asked[:, step, None] == model.classes)
        | (asked[:, step, None] == jnp.arange(model.classes))
      ),
    ).symbols

  def draw(one: Asked, conditioned: bool, hard: bool) -> np.ndarray:
    nothing = np.full_like(one.asked, one.classes)
    given = one.asked if conditioned else nothing
    forced = one.asked if hard else nothing
    return np.asarray(run(params, keys, jnp.asarray(given), forced))

  return draw
