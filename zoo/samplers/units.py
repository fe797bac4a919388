"""Melodies concatenated from bars of the training set.

The most relevant next bars are found by their codes; one of them is selected by
relevance and by the probability of its notes. Every selected bar is reported
with the tune that it comes from.

Source: Bretan, Weinberg and Heck 2016, arXiv 1612.03789.
"""

from collections.abc import Callable
import functools
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Mode, Sampler, Spec, Tree, UserError
from zoo.layers.heads import draw_class
from zoo.questions import Ranker, asks
from zoo.samplers.drawing import check_temperature

_LIBRARY = ('library_units', 'library_titles', 'library_bars', 'library_first')
_AT_ONCE = 1024  # Units of the library whose codes are computed together.


class _Options(NamedTuple):
  """The options of `units`."""

  bars: int
  relevance: float
  concatenation: float
  candidates: int
  temperature: float
  repeats: bool


@asks(Ranker)
def units(
  model: Any,
  spec: Spec,
  *,
  bars: int = 16,
  relevance: float = 1.0,
  concatenation: float = 0.05,
  candidates: int = 100,
  temperature: float = 0.5,
  repeats: bool = True,
) -> Sampler:
  """Builds the sampler of a model that ranks units and predicts notes.

  Modes:
    sample: begins with the opening bar of a tune.
    continue: continues a user's melody. Melody and continuation are returned.

  Args:
    model: a Flax module such as UnitSelection.
    spec: of the encoder `units`.
    bars: of a sample, and of a continuation without the given bars.
    relevance: weight of the logit from the codes.
    concatenation: weight of the log-probability of a bar's notes, in nats.
      .05 is about the weight that unit_ranks fits for a relevance of 1.
    candidates: how many of the most relevant bars are scored by their notes.
    temperature: of the selection; 0 takes the best.
    repeats: whether a bar may be used more than once.

  Raises:
    UserError: a number out of range.
  """
  options = _Options(
    bars, relevance, concatenation, candidates, temperature, repeats
  )
  _check(spec, options)
  compose = functools.partial(_compose, model, options)

  def sample(params, state, keys, condition):
    del state
    library = _library(condition)
    opens = jnp.asarray(library['library_first'])
    logits = jnp.where(opens, 0.0, -jnp.inf)
    begin = jax.vmap(lambda key: jax.random.categorical(key, logits))(keys)
    first = jnp.asarray(library['library_units'], jnp.int32)[begin]
    made = compose(params, keys, first[:, None], 1, library, bars - 1)
    chosen = jnp.concatenate([begin[:, None], made], 1)
    return _written(spec, first[:, :0], 0, chosen, library)

  def go_on(params, state, keys, condition):
    del state
    library = _library(condition)
    given, mask = model.units(condition)
    given, length = given.reshape(-1, given.shape[-1]), jnp.sum(mask)
    # The last bars, aligned right, with padding before them.
    most = spec.sizes['units'] - bars
    padded = jnp.pad(given, [(most, 0), (0, 0)])
    known = lax.dynamic_slice_in_dim(padded, length, most)
    known = jnp.broadcast_to(known, (len(keys), *known.shape))
    kept = jnp.minimum(length, most)
    made = compose(params, keys, known, kept, library, bars)
    return _written(spec, known.reshape(len(keys), -1), kept, made, library)

  return {
    'fit': functools.partial(_keep, model),
    'sample': Mode(
      sample,
      help='melodies of bars of the training set',
      report=_sources,
    ),
    'continue': Mode(
      go_on,
      inputs=(1, 1),
      help='continues a melody with bars of the training set',
      check=functools.partial(_check_given, spec, bars),
      report=_sources,
    ),
  }


def _check(spec, options):
  """Raises UserError for a number that is out of range."""
  check_temperature(options.temperature)
  if not 1 <= options.bars <= spec.sizes['units']:
    raise UserError(
      f'sample/bars must be 1 to encoder/units={spec.sizes["units"]}, not '
      f'{options.bars}.'
    )
  least = min(options.relevance, options.concatenation)
  if options.candidates < 1 or least < 0:
    raise UserError(
      'sample/candidates must be at least 1, and sample/relevance and '
      'sample/concatenation 0 or more.'
    )


def _check_given(spec, bars, condition):
  """Raises UserError if the input cannot be continued."""
  if 'tokens' not in condition:
    raise UserError('The input has no melody in bars: give a piece of music.')
  if bars == spec.sizes['units']:
    raise UserError(
      f'sample/bars={bars} leaves no room for the given bars: give fewer.'
    )


def _keep(model, params, state, key, examples):
  """The library: the distinct bars of the training set, and their sources."""
  del params, state, key
  found, mask = (np.asarray(x) for x in model.units(examples))
  row, place = np.nonzero(mask)
  _, first = np.unique(found[row, place], axis=0, return_index=True)
  row, place = row[first], place[first]
  return {
    'library_units': found[row, place].astype(np.int8),
    'library_titles': np.asarray(examples['title'])[row],
    'library_bars': (np.asarray(examples['bar'])[row] + place).astype(np.int32),
    'library_first': np.asarray(examples['bar'])[row] + place == 0,
  }


def _library(condition):
  if _LIBRARY[0] not in condition:
    raise UserError(
      'Bars come from a library that --mode=train keeps at its end: train '
      'to the end, or give --mode=evaluate first.'
    )
  return {name: condition[name] for name in _LIBRARY}


def _compose(
  model: Any,
  options: _Options,
  params: Tree,
  keys: jax.Array,
  known: jax.Array,
  kept: Any,
  library: Tree,
  count: int,
) -> jax.Array:
  """Selects bars one by one.

  Args:
    model: a Ranker that is also Autoregressive.
    options: of the sampler.
    params: of the model.
    keys: [B] random keys.
    known: [B, U, T] bars; the last `kept` of them precede the selected ones.
    kept: [] see `known`.
    library: from `_keep`.
    count: how many bars to select.

  Returns:
    [B, count] indices in the library.
  """
  call = functools.partial(model.apply, {'params': params})
  all_units = jnp.asarray(library['library_units'], jnp.int32)
  codes = lax.map(
    lambda unit: call(unit[None], method='describe')[0],
    all_units,
    batch_size=_AT_ONCE,
  )
  rows = len(keys)
  start = _read(model, call, known, kept)
  used = jnp.zeros((rows, len(all_units)), bool)
  most = min(options.candidates, len(all_units))

  def one(carry, step):
    query, memory, notes, used = carry
    logits = options.relevance * call(query, codes, method='compare')
    if not options.repeats:
      logits = jnp.where(used, -jnp.inf, logits)
    near, place = lax.top_k(logits, most)
    score = near
    if options.concatenation:
      nats, carries = _note_log_prob(model, call, all_units[place], notes)
      score = near + options.concatenation * nats
    uniforms = jax.vmap(
      lambda key: jax.random.uniform(jax.random.fold_in(key, step))
    )(keys)
    best = draw_class(score, uniforms, options.temperature)
    chosen = jnp.take_along_axis(place, best[:, None], 1)[:, 0]
    unit = all_units[chosen]
    if options.concatenation:
      notes = jax.tree.map(lambda x: x[jnp.arange(rows), best], carries)
    query, memory = call(unit[:, None], memory, method='expect')
    used = used.at[jnp.arange(rows), chosen].set(True)
    return (query[:, 0], memory, notes, used), chosen

  _, chosen = lax.scan(one, (*start, used), jnp.arange(count))
  return chosen.T


def _read(model, call, known, kept):
  """Reads the last `kept` of known [B, U, T].

  Returns:
    The query [B, Z] after them, and the carries over bars and over notes.
  """
  rows, most, _ = known.shape
  forgotten = call(rows, method='forget'), model.begin(rows)

  def one(carry, place):
    memory, notes = carry
    unit = known[:, place]
    query, memory = call(unit[:, None], memory, method='expect')
    _, notes = call(unit, call(unit, {}, method='given'), notes)
    here = place >= most - kept
    after = jax.tree.map(
      lambda new, old: jnp.where(here, new, old), (memory, notes), carry
    )
    return after, query[:, 0]

  (memory, notes), queries = lax.scan(one, forgotten, jnp.arange(most))
  return queries[-1], memory, notes


def _note_log_prob(
  model: Any, call: Callable, candidates: jax.Array, carry: Tree
) -> tuple[jax.Array, Tree]:
  """Log-probability [B, C] of candidates [B, C, T], and the carries after."""
  rows, count, steps = candidates.shape
  flat = candidates.reshape(-1, steps)
  carry = jax.tree.map(lambda x: jnp.repeat(x, count, 0), carry)
  outputs, carry = call(flat, call(flat, {}, method='given'), carry)
  nats = call(outputs, flat, method='log_prob')['token'].sum(-1)
  again = jax.tree.map(lambda x: x.reshape(rows, count, *x.shape[1:]), carry)
  return nats.reshape(rows, count), again


def _written(spec, known, kept, chosen, library):
  """The fields of the samples; `bar` and `title` are those of selected bars.

  Args:
    spec: of the encoder.
    known: [B, K] tokens; the last `kept` bars were given by the user.
    kept: [] see `known`.
    chosen: [B, U] indices in the library.
    library: from `_keep`.
  """
  tokens = jnp.asarray(library['library_units'], jnp.int32)[chosen]
  new = tokens.reshape(len(chosen), -1)
  room = spec.sizes['steps'] - known.shape[1] - new.shape[1]
  tokens = jnp.pad(jnp.concatenate([known, new], 1), [(0, 0), (0, room)])
  given = kept * spec.sizes['steps_per_bar']
  return {
    'tokens': jnp.roll(tokens, given - known.shape[1], 1),
    'length': jnp.full(len(chosen), given + new.shape[1]),
    'bar': jnp.asarray(library['library_bars'])[chosen],
    'title': jnp.asarray(library['library_titles'])[chosen],
  }


def _sources(given, made):
  """Lines with the source of each bar of each sample."""
  del given
  lines = []
  for number, (titles, bars) in enumerate(
    zip(np.asarray(made['title']), np.asarray(made['bar']), strict=True)
  ):
    sources = [
      f'{bytes(title).decode(errors="replace").strip()} bar {bar + 1}'
      for title, bar in zip(titles, bars, strict=True)
    ]
    lines.append(f'sample {number:03d}: ' + '; '.join(sources))
  return lines
