"""Melodies of a conditional Adversary, bar by bar, over chords.

Of several candidates for a bar the discriminator, which has learned what real
bars are like after the one before and over their chord, may choose: the greedy
form of discriminator rejection sampling (Azadi et al. 2019, arXiv 1810.06758).
"""

import functools
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo import chord_symbols
from zoo.contracts import Mode, Sampler, Spec, UserError
from zoo.layers.batch_statistics import variables
from zoo.questions import Adversary, asks
from zoo.samplers.drawing import check_temperature

# Purposes of the random keys of a sample.
_LATENT, _WRITE, _CHORDS, _MORE = range(4)

_KEPT = 512  # Progressions that are kept from the training set.
_MOST = 4096  # Maximum number of bars of a sample.
_MOST_CANDIDATES = 64


@asks(Adversary, fields=('tokens',))
def bar_by_bar(
  model: Any,
  spec: Spec,
  *,
  temperature: float = 0.0,
  spread: float = 1.0,
  candidates: int = 1,
  bars: int = 8,
  chords: str = '',
) -> Sampler:
  """Builds the sampler of a model such as MidiNet.

  Each bar is conditioned on the previous bar, silence for the first, and on its
  chord.

  Args:
    model: a Flax module that reads `previous` and `chord`.
    spec: of the encoder lead_sheet.
    temperature: of each class; 0 takes the most likely, with z as the only
      noise.
    spread: multiplies z; below 1 samples are closer to the training data and
      less varied.
    candidates: bars drawn for each bar that is written; the discriminator
      chooses the one that it scores highest. 1 does not use it.
    bars: of a sample; 0 for as many as there are chords.
    chords: one per bar, such as 'C Am F G7', repeated if there are more bars;
      '' draws a progression of the training set.

  Raises:
    UserError: the encoder has no chords; a chord that cannot be read; a number
      out of range.
  """
  _check(model, spec, temperature, spread, bars, candidates)
  asked = chord_symbols.progression(chords)
  length = bars or len(asked) or spec.fields['progression'].shape[0]
  steps = spec.fields['tokens'].shape[0]
  write = functools.partial(_write, model, temperature, spread, candidates)
  roll = functools.partial(_roll, write)
  choose = functools.partial(_choose, asked, length)

  def sample(params, state, keys, condition):
    """A condition `progression` [B, P] sets the chords of each row."""
    silence = jnp.zeros((len(keys), steps), jnp.int32)
    return roll(params, state, keys, silence, choose(keys, condition))

  def go_on(params, state, keys, condition):
    """The last bar of the user's piece, and the bars after it."""
    own = jnp.asarray(condition['chord'], jnp.int32)
    rows = choose(keys, {'progression': own[None]})
    rows = jnp.broadcast_to(rows, (len(keys), length))
    last = condition['tokens'][-1].astype(jnp.int32)
    last = jnp.broadcast_to(last, (len(keys), steps))
    made = roll(params, state, keys, last, rows)
    first = jnp.broadcast_to(own[-1], (len(keys), 1))
    return {
      'tokens': jnp.concatenate([last, made['tokens']], 1),
      'progression': jnp.concatenate([first, rows], 1),
    }

  def over(params, state, keys, condition):
    """Over the chords of the user's piece, bar for bar."""
    given = jnp.asarray(condition['chord'], jnp.int32)
    rows = jnp.broadcast_to(given, (len(keys), len(given)))
    silence = jnp.zeros((len(keys), steps), jnp.int32)
    return roll(params, state, keys, silence, rows)

  return {
    'fit': _keep_progressions,
    'sample': Mode(
      sample,
      help="sample/bars bars over sample/chords, such as 'C Am F G'",
    ),
    'continue': Mode(
      go_on,
      inputs=(1, 1),
      help='the last bar of a piece, and sample/bars bars after it, over '
      'sample/chords or the chords of the piece',
    ),
    'over': Mode(
      over, inputs=(1, 1), help='a new melody over the chords of a lead sheet'
    ),
  }


def _check(model, spec, temperature, spread, bars, candidates):
  """Raises UserError for a number out of range, or if there are no chords."""
  check_temperature(temperature)
  if spread < 0:
    raise UserError(f'sample/spread must be 0 or more, not {spread}.')
  if not 1 <= candidates <= _MOST_CANDIDATES:
    raise UserError(
      f'sample/candidates must be 1 to {_MOST_CANDIDATES}, not {candidates}.'
    )
  if not 0 <= bars <= _MOST:
    raise UserError(f'sample/bars must be 0 to {_MOST}, not {bars}.')
  if {*getattr(model, 'conditions', ())} != {'previous', 'chord'}:
    raise UserError(
      'sample/name bar_by_bar is for models conditioned on the previous bar '
      'and a chord, such as midinet: take the sampler generator.'
    )
  if 'progression' not in spec.fields:
    raise UserError(
      'sample/name bar_by_bar generates over chords, which the encoder '
      f"'{spec.encoder}' does not have: take the sampler generator."
    )


def _choose(asked, length, keys, condition):
  """[B, length] a progression for each of the keys [B].

  The chords `asked`, else the condition's `progression` [B, P], else a random
  one of its `progressions` [n, P].
  """
  if asked:
    rows = jnp.tile(jnp.array(asked, jnp.int32), (len(keys), 1))
  elif 'progression' in condition:
    rows = condition['progression']
  else:
    known = condition['progressions']
    place = jax.vmap(lambda key: jax.random.randint(key, (), 0, len(known)))
    rows = known[place(_own(keys, _CHORDS))]
  return jnp.asarray(rows, jnp.int32)[:, jnp.arange(length) % rows.shape[1]]


def _own(keys, number):
  """Keys for one purpose; the number may be traced."""
  return jax.vmap(lambda key: jax.random.fold_in(key, number))(keys)


def _roll(write, params, state, keys, before, chords):
  """Bars over chords [B, n] after the bar `before` [B, T]."""
  given = variables(params, state)

  def bar(before, now):
    place, chord = now
    made = write(given, _own(keys, place + 8), before, chord)
    return made, made

  count = chords.shape[1]
  _, bars = lax.scan(bar, before, (jnp.arange(count), chords.T))
  tokens = jnp.swapaxes(bars, 0, 1).reshape(len(chords), -1)
  return {'tokens': tokens, 'progression': chords}


def _write(model, temperature, spread, candidates, given, keys, before, chord):
  """The bars [B, T] after `before` [B, T] over `chord` [B].

  Of several candidates the best by the discriminator's score.
  """
  more = [_own(keys, _MORE + number) for number in range(candidates - 1)]
  own = jnp.concatenate([keys, *more])
  z = spread * model.prior(_own(own, _LATENT))
  batch = {
    'previous': jnp.tile(before, (candidates, 1)),
    'chord': jnp.tile(chord, candidates),
  }
  made = model.apply(
    given, z, _own(own, _WRITE), temperature, batch, method='write'
  )
  if candidates == 1:
    return made['tokens']
  real = model.apply(given, made, method='real')
  scores, _ = model.apply(given, real, batch, method='discriminate')
  best = jnp.argmax(scores.reshape(candidates, -1), 0)
  rows = made['tokens'].reshape(candidates, *before.shape)
  return rows[best, jnp.arange(len(before))]


def _keep_progressions(params: Any, state: Any, key: Any, examples: Any) -> Any:
  """`fit` of the sampler: keeps progressions, evenly from the training set."""
  del params, state, key
  rows = np.asarray(examples['progression'])
  places = np.linspace(0, len(rows) - 1, min(_KEPT, len(rows))).astype(int)
  return {'progressions': rows[places]}
