"""Voice leading: the rate of faults by the rules of harmony textbooks.

After Ebcioglu 1988 and textbooks: two voices that move in parallel fifths or
octaves, voices that cross, pitches outside a voice's range, wide leaps. Bach
breaks these rules now and then, so every rate is compared with his.
"""

from collections.abc import Callable
import itertools
from typing import Any

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.music.active_notes import active_notes
from zoo.questions import asks

FIGURES = (
  'parallel_fifths',
  'parallel_octaves',
  'crossings',
  'out_of_range',
  'leaps',
)
_FIFTH, _OCTAVE = 7, 12  # Semitones.


@asks(fields=('voices',))
def voice_leading(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 256,
  share: float = 0.005,
) -> dict[str, Any]:
  """Rates of faults per hundred beats, of generated voices and of the corpus.

  Args:
    generate: (n) -> {'voices': [n, T, V] classes, and `length` [n] if not all
      T steps are music}.
    splits: {'train', 'test'} -> the same.
    spec: of the encoder voices.
    count: how many examples are generated.
    share: the share of the training pitches of a voice that lie below its
      usual range, and as many above.

  Returns:
    {metric: {'generated', 'corpus' (the training set), 'real' (the test set,
    if there is one)}}, see `faults`.

  Raises:
    UserError: the encoder has no voices.
  """
  if 'voices' not in spec.fields:
    raise UserError(
      "The evaluator 'voice_leading' reads voices, which the encoder "
      f"'{spec.encoder}' does not write: take it out of evaluate."
    )
  train = pitches(splits['train'], spec)
  ranges = usual_ranges(train, share)
  sets = {
    'generated': pitches(generate(count), spec),
    'corpus': train,
    'real': pitches(splits['test'], spec),
  }
  found = {
    column: faults(*one, ranges, spec.sizes['steps_per_beat'])
    for column, one in sets.items()
    if len(one[0])
  }
  return {
    name: {column: one[name] for column, one in found.items()}
    for name in FIGURES
  }


def pitches(
  examples: dict[str, Any], spec: Spec
) -> tuple[np.ndarray, np.ndarray]:
  """The active pitches, and their onsets.

  Args:
    examples: {'voices': [n, T, V] classes, optionally `length` [n]}.
    spec: of the encoder voices.

  Returns:
    [n, T, V] MIDI pitch, -1 in silence and after the end; and [n, T, V] bool,
    true where a note begins.
  """
  voices = np.asarray(examples['voices']).astype(int)
  count, steps, several = voices.shape
  table = np.asarray(spec.tables['pitches'])
  midi = table[np.arange(several), voices]
  active = active_notes(voices.swapaxes(1, 2), spec.sizes['first_pitch'])
  sounds = table[np.arange(several), active.swapaxes(1, 2)]
  length = np.asarray(examples.get('length', np.full(count, steps)))
  music = (np.arange(steps) < length[:, None])[..., None]
  return np.where(music, sounds, -1), music & (midi >= 0)


def usual_ranges(
  train: tuple[np.ndarray, np.ndarray], share: float
) -> np.ndarray:
  """[V, 2]: the lowest and highest pitch in the usual range of each voice.

  Args:
    train: see `pitches`.
    share: of the onsets, below the range and as many above.
  """
  sounds, onset = train
  return np.array(
    [
      np.quantile(
        sounds[..., voice][onset[..., voice]],
        [share, 1 - share],
        method='inverted_cdf',
      )
      if onset[..., voice].any()
      else (0, 127)
      for voice in range(sounds.shape[-1])
    ]
  )


def faults(
  sounds: np.ndarray,
  onset: np.ndarray,
  ranges: np.ndarray,
  steps_per_beat: int,
) -> dict[str, float]:
  """Faults per hundred beats in which any voice is active.

  Args:
    sounds: [n, T, V] MIDI pitch, -1 in silence.
    onset: [n, T, V] bool, where a note begins.
    ranges: [V, 2] pitches, inclusive.
    steps_per_beat: of the grid.

  Returns:
    parallel_fifths, parallel_octaves: a pair of voices a perfect fifth (or an
    octave or unison, compound or not) apart that both move in the same
    direction to another such interval. crossings: a pair of adjacent voices
    starts to cross. out_of_range: notes. leaps: of more than an octave within a
    voice.
  """
  active = (sounds >= 0).any(-1)
  beats = max(np.sum(active) / steps_per_beat, 1e-9)
  counts = dict.fromkeys(FIGURES, 0)
  several = sounds.shape[-1]
  before, now = sounds[:, :-1], sounds[:, 1:]
  there = (before >= 0) & (now >= 0)
  moves = np.where(there, now - before, 0)
  for upper, lower in itertools.combinations(range(several), 2):
    interval, last = (
      np.abs(one[..., upper] - one[..., lower]) % _OCTAVE
      for one in (now, before)
    )
    together = moves[..., upper] * moves[..., lower] > 0
    for name, size in (
      ('parallel_fifths', _FIFTH),
      ('parallel_octaves', 0),
    ):
      same = (interval == size) & (last == size)
      counts[name] += int(np.sum(together & same))
  for upper in range(several - 1):
    both = (sounds[..., upper] >= 0) & (sounds[..., upper + 1] >= 0)
    crossed = both & (sounds[..., upper] < sounds[..., upper + 1])
    begins = crossed & ~np.pad(crossed, ((0, 0), (1, 0)))[:, :-1]
    counts['crossings'] += int(np.sum(begins))
  outside = (sounds < ranges[:, 0]) | (sounds > ranges[:, 1])
  counts['out_of_range'] = int(np.sum(outside & onset))
  counts['leaps'] = int(np.sum(np.abs(moves) > _OCTAVE))
  return {name: 100 * one / beats for name, one in counts.items()}
