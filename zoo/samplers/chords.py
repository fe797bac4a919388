"""A melody with the roots of its chords below."""

from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import Sampler, Spec
from zoo.samplers.counterpoint import draw_rows, keep_windows
from zoo.samplers.drawing import check_model


def chords(model: Any, spec: Spec) -> Sampler:
  """Builds the sampler of a model that names the roots of chords.

  The last voice sings the root of each quarter; those between rest.

  Modes:
    fit: keeps windows of the training set.
    sample: below the first voice of one of them, drawn.
    harmonize: condition {'voices': [n, T, V], ...}, the user's melody in
      windows end to end.

  Args:
    model: a Flax module such as ChordFromMelody.
    spec: of the encoder voices.
  """
  check_model('chords', model, 'decide', 'beat')
  first = spec.sizes['first_pitch']
  lowest = spec.tables['pitches'][-1][first]
  rest = (
    spec.vocabulary['symbols'].index('rest')
    if 'rest' in spec.vocabulary['symbols']
    else 0
  )

  def write(params, given):
    given = jax.tree.map(lambda x: jnp.asarray(x, jnp.int32), given)
    roots = model.decide(model.apply({'params': params}, given))
    bass = first + (roots - lowest) % 12
    steps = given['voices'].shape[1]
    struck = jnp.arange(steps) % model.beat == 0
    bass = jnp.where(struck, jnp.repeat(bass, model.beat, 1), 0)
    voices = jnp.full_like(given['voices'], rest)
    voices = voices.at[..., 0].set(given['voices'][..., 0])
    return {**given, 'voices': voices.at[..., -1].set(bass)}

  def sample(params, state, keys, condition):
    del state
    return write(params, draw_rows(keys, condition))

  def harmonize(params, state, keys, condition):
    del state, keys
    return write(params, condition)

  return {'fit': keep_windows, 'sample': sample, 'harmonize': harmonize}
