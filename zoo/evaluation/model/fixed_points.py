"""The fixed points of an autoencoder: digits, or new symbols.

Source: Kazakci, Cherti & Kegl, Digits that are not, 2016, arXiv 1606.04345.
"""

from collections.abc import Callable
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np
import optax

from zoo.contracts import Spec, UserError
from zoo.layers.visible import visible_of
from zoo.models.stacked_classifier import StackedClassifier
from zoo.questions import Latent, asks
from zoo.samplers.fixed_point import APART, REST, kinds

_WIDTHS = (64,)  # Of the classifier.
_STEPS, _RATE = 400, 1e-2


@asks(Latent)
def fixed_points(
  model: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  make: Callable[..., dict[str, np.ndarray]],
  *,
  starts: int = 256,
  confidence: float = 0.9,
) -> dict[str, Any]:
  """What random starts converge to, by the sampler's mode `fixed_point`.

  Args:
    model: a Latent model.
    splits: {split: {field: [N, ...]}}.
    spec: of the encoder.
    make: (mode, count, condition) -> the output of the run's sampler.
    starts: how many.
    confidence: the least probability of a class at which the classifier is
      counted as sure.

  Returns:
    'starts', 'rest' (the share of starts that converged), 'rounds' (the median
    number of those), 'kinds' (fixed points that differ from one another in more
    than a tenth of the thresholded values), 'new' (the share of kinds that
    differ from every training example in more than that); and if the examples
    have labels, by a small classifier that is trained here: 'sure'
    {fixed_points, kinds, test}, the share it is confident of, and 'accuracy'
    {test}.

  Raises:
    UserError: values that are neither bits nor gray levels, or no start.
  """
  visible = visible_of(spec, spec.main_field)
  if visible.kind == 'class' or starts < 1:
    raise UserError(
      'evaluate/.../fixed_points needs pictures or rolls and at least one '
      'start: leave it out of evaluate, or give more.'
    )
  made = make('fixed_point', starts, {})
  rests = made['change'] < REST
  symbols = made['symbols'][rests]
  found = {'starts': starts, 'rest': float(rests.mean())}
  if not rests.any():
    return {**found, 'kinds': 0}
  numbers = kinds(symbols)
  first = np.unique(numbers, return_index=True)[1]
  train = _bits(visible.read(splits['train']))
  apart = [(one != train).mean(1).min() for one in _bits(symbols[first] / 255)]
  found |= {
    'rounds': float(np.median(made['rounds'][rests])),
    'kinds': len(first),
    'new': float(np.mean(np.asarray(apart) > APART)),
  }
  if 'label' not in spec.fields:
    return found
  classify = _classifier(spec, splits['train'])
  rows = {visible.field: symbols.reshape(len(symbols), *visible.shape)}
  every, tested = classify(rows), classify(splits['test'])
  right = tested.argmax(-1) == splits['test']['label']
  return {
    **found,
    'sure': {
      'fixed_points': float((every.max(-1) >= confidence).mean()),
      'kinds': float((every[first].max(-1) >= confidence).mean()),
      'test': float((tested.max(-1) >= confidence).mean()),
    },
    'accuracy': {'test': float(right.mean())},
  }


def _bits(values):
  """[N, D] bool, thresholded at a half."""
  values = np.asarray(values)
  return values.reshape(len(values), -1) > 0.5


def _classifier(spec, train):
  """(fields) -> probabilities [n, K] of labels, learned from `train`."""
  model = StackedClassifier.from_spec(spec, widths=_WIDTHS)
  fields = {k: jnp.asarray(v) for k, v in train.items() if k in spec.fields}
  steps = model.read(fields)
  params = model.init(jax.random.key(0), fields)['params']
  rule = optax.adam(_RATE)

  def wrong(params):
    outputs, _ = model.apply({'params': params}, steps.symbols, steps.given)
    return -jnp.mean(model.log_prob(outputs, steps.symbols)['label'])

  def step(carry, _):
    params, moments = carry
    moves, moments = rule.update(jax.grad(wrong)(params), moments)
    return (optax.apply_updates(params, moves), moments), None

  @jax.jit
  def learn(params):
    begun = params, rule.init(params)
    return lax.scan(step, begun, None, length=_STEPS)[0][0]

  learned = learn(params)

  def classify(fields):
    rows = model.visible.read(fields)[:, None]
    labels = jnp.zeros((len(rows), 1), jnp.int32)
    outputs, _ = model.apply({'params': learned}, labels, rows)
    return np.asarray(jax.nn.softmax(outputs[:, 0], -1))

  return classify
