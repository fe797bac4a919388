"""Rules of voice leading, against the counts of violations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.voices import Voices
from zoo.evaluation.music.voice_leading import faults, pitches, usual_ranges
from zoo.layers.pseudo_gibbs import Schedule, Score, fill_in
from zoo.samplers.rules import rules

C = 2
SPEC = Voices(steps=0, padding=C, lowest=(60, 55), highest=(72, 67)).spec
TABLE = np.array(SPEC.tables['pitches'])
UNKNOWN = TABLE.shape[1]


def window(upper, lower):
  """Two lines of MIDI pitches, 0 for hold, None for unknown."""
  lines = [
    [
      UNKNOWN if x is None else x and int(np.flatnonzero(TABLE[voice] == x)[0])
      for x in line
    ]
    for voice, line in enumerate((upper, lower))
  ]
  return {
    'voices': jnp.array(lines).T[None],
    'key': jnp.full((1, len(upper)), 7),
  }


def broken(text, upper, lower, voice=0):
  found = rules(text, TABLE, C)(window(upper, lower), voice)
  return sorted(int(x) for x in TABLE[voice][np.flatnonzero(found[0, 0])])


def test_parallels_into_a_note_and_out_of_it():
  # 67 over 60 is a fifth; as the lower voice steps up to 62, 69 is one, too.
  assert broken('parallels', [67, 0, 70, 0, 0], [60, 0, 62, 0, 0]) == [69]
  # Out of 72 over 65, a fifth, to 71 over 64.
  assert broken('parallels', [67, 0, 70, 71, 0], [65, 0, 0, 64, 0]) == [72]
  # A hold would keep 67, from which 65 over 58 is reached as 67 over 60 was.
  assert broken('parallels', [67, 0, 70, 65, 0], [60, 0, 0, 58, 0]) == [-1, 67]
  # The previous note is unknown.
  assert broken('parallels', [67, None, 70, 0, 0], [60, 0, 62, 0, 0]) == []
  # Repeated notes do not move, and contrary motion is free.
  assert broken('parallels', [67, 0, 67, 0, 0], [60, 0, 60, 0, 0]) == []


def test_crossings_with_the_voice_below_and_above():
  below = [60, 61, 62, 63, 64]
  assert broken('crossings', [67, 0, 70, 0, 0], [65, 0, 0, 0, 0]) == below
  above = [66, 67]
  assert broken('crossings', [65, 0, 0, 0, 0], [60, 0, 64, 0, 0], 1) == above
  both = broken('parallels crossings', [67, 0, 70, 0, 0], [60, 0, 62, 0, 0])
  assert both == [60, 61, 69]


def test_there_are_no_other_rules():
  assert rules('', TABLE, C) is None
  with pytest.raises(UserError, match='parallels and crossings'):
    rules('parallel', TABLE, C)


class Anything:
  """A model to which all classes of a cell are alike."""

  context = C
  possible = TABLE >= 0

  def apply(self, variables, voices, given, voice, method):
    del variables, given, voice, method
    return jnp.zeros((len(voices), 1, TABLE.shape[1]))


def test_what_is_drawn_by_rules_has_no_faults_that_are_counted():
  count, steps = 64, 36
  voices = jnp.full((count, steps, 2), 4)
  music = (jnp.arange(steps) >= C) & (jnp.arange(steps) < steps - C)
  free = jnp.broadcast_to(music[:, None], voices.shape)
  voices = jnp.where(
    free, voices, jnp.where(jnp.arange(steps) < C, 2, 3)[:, None]
  )
  score = Score(
    voices,
    {'key': jnp.full((count, steps), 7)},
    free,
    jnp.ones(TABLE.shape, bool),
    jnp.full(count, steps - 2 * C),
  )
  keys = jax.random.split(jax.random.key(0), count)
  counted = {}
  for text in ('', 'parallels,crossings'):
    made = fill_in(
      Anything(),
      {},
      score,
      keys,
      Schedule(40, 1 / 8),
      broken=rules(text, TABLE, C),
    )
    heard = pitches({'voices': made, 'length': np.full(count, steps - C)}, SPEC)
    counted[text] = faults(*heard, usual_ranges(heard, 0), 4)
  for name in ('parallel_fifths', 'parallel_octaves', 'crossings'):
    assert counted['parallels,crossings'][name] == 0
    assert counted[''][name] > 0
