"""The music-theory table of RL-Tuner, before and after tuning."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD, Spec
from zoo.layers import music_theory as theory
from zoo.losses.policy import log_probs, roll_out
from zoo.questions import Autoregressive, asks

_FIRST_PITCH = 2  # The class of the lowest pitch; 0 holds, 1 is a note-off.
_AT_ONCE = 500  # Melodies per compiled call.


@asks(Autoregressive, fields=('tokens',))
def music_theory(
  model: Any,
  params: Any,
  state: Any,
  splits: Mapping[str, Mapping[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 2000,
  seed: int = 0,
) -> dict[str, Any]:
  """Statistics of generated melodies, and of held-out ones.

  Args:
    model: an Autoregressive module of melody tokens.
    params: its parameters.
    state: of its loss; `reference` in its shared part holds the parameters
      before tuning.
    splits: {'test'} -> {'tokens': [N, T]}.
    spec: of the encoder melody.
    count: melodies that are generated.
    seed: of these.

  Returns:
    {metric: {'model', 'reference' (the same model before tuning, if it was
    tuned) and 'held_out': number}}: see `statistics`; and `divergence`,
    KL(model || reference) in nats per melody.
  """
  steps = spec.sizes['steps']
  keys = jax.random.split(jax.random.key(seed), -(-count // _AT_ONCE))
  keys = jax.vmap(lambda key: jax.random.split(key, _AT_ONCE))(keys)
  write = jax.jit(lambda params, keys: roll_out(model, params, keys, steps))

  def melodies(params):
    made = [np.asarray(write(params, some)) for some in keys]
    return np.concatenate(made)[:count]

  tokens = {'model': melodies(params)}
  reference = state.get('shared', {}).get('reference')
  if reference is not None:
    tokens['reference'] = melodies(reference)
  if len(splits['test']['tokens']):
    tokens['held_out'] = np.asarray(splits['test']['tokens']).astype(int)
  figures: dict[str, Any] = {}
  for column, rows in tokens.items():
    for name, value in statistics(rows, spec).items():
      figures.setdefault(name, {})[column] = value
  if reference is not None:
    apart = jax.jit(
      lambda one, other, tokens: jnp.sum(
        log_probs(model, one, tokens) - log_probs(model, other, tokens), 1
      )
    )
    rows = np.resize(tokens['model'], (len(keys), _AT_ONCE, steps))
    found = [np.asarray(apart(params, reference, some)) for some in rows]
    mean = float(np.concatenate(found)[:count].mean())
    figures['divergence'] = {'model': mean}
  return figures


def statistics(tokens: np.ndarray, spec: Spec) -> dict[str, float]:
  """Shares and means over melodies [N, T], as in the paper's table.

  Returns:
    repeated, not_in_key, in_motif, in_repeated_motif, hold, note_off: shares of
    the steps. autocorrelation_1 to 3: means over melodies. starts_on_tonic,
    unique_highest, unique_lowest: shares of the melodies. leaps_resolved: the
    share of leaps resolved, among those resolved or doubled. odd_onsets: the
    share of the onsets on odd steps. distinct: the number of different melodies
    divided by N. onset_entropy: the entropy in nats of the number of steps from
    one onset to the next. reward: the mean sum of the published rewards of a
    melody.

  Source: Jaques et al., ICML 2017, arXiv 1611.02796.
  """
  rows, tonic = theory.numbered(jnp.asarray(tokens), spec.tables['pitches'])

  @jax.jit
  def counted(rows):
    outcomes = theory.leap_outcomes(rows)
    highest, lowest = theory.extremes(rows)
    means = {
      'repeated': theory.repeated(rows),
      'not_in_key': theory.outside_key(rows),
      'starts_on_tonic': rows[:, 0] == tonic,
      'unique_highest': highest,
      'unique_lowest': lowest,
      'in_motif': theory.unique_notes(rows) >= 3,
      'in_repeated_motif': theory.repeats_motif(rows),
    }
    for lag in (1, 2, 3):
      last = theory.autocorrelations(rows, lag)[:, -1]
      means[f'autocorrelation_{lag}'] = last
    found = {k: jnp.mean(v.astype(jnp.float32)) for k, v in means.items()}
    resolved = jnp.sum(outcomes > 0) / jnp.maximum(jnp.sum(outcomes != 0), 1)
    reward = jnp.mean(jnp.sum(theory.total(rows, tonic), 1))
    return {**found, 'leaps_resolved': resolved, 'reward': reward}

  found = {k: float(v) for k, v in counted(rows).items()}
  onset = tokens >= _FIRST_PITCH
  odd = onset[:, 1::2].sum() / max(onset.sum(), 1)
  return {
    **found,
    'hold': float((tokens == HOLD).mean()),
    'note_off': float((tokens == HOLD + 1).mean()),
    'odd_onsets': float(odd),
    'distinct': len(np.unique(tokens, axis=0)) / len(tokens),
    'onset_entropy': onset_entropy(onset),
  }


def onset_entropy(onset: np.ndarray) -> float:
  """The entropy in nats of the steps between onsets of melodies [N, T]."""
  row, step = np.nonzero(onset)
  apart = np.diff(step)[np.diff(row) == 0]
  counts = np.bincount(apart)
  shares = counts[counts > 0] / max(counts.sum(), 1)
  return float(-np.sum(shares * np.log(shares)))
