"""How well the next token is foretold, beside models that count."""

from typing import Any, Literal

import jax
import numpy as np

from zoo.contracts import Spec, UserError
from zoo.layers import metrics

HOLD = 0
_AT_ONCE = 256


def token_likelihood(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
) -> dict[str, Any]:
  """Nats and accuracy a step of windows of tokens.

  Args:
    model: a Flax module such as MelodyRnn.
    params: what training left.
    splits: {split: {'tokens': [N, T]}}.
    spec: of an encoder of tokens in bars.
    split: which of them.

  Returns:
    'examples', and {'nats', 'accuracy', 'onset_accuracy'} -> {'model',
    'training' (the model on the training set), 'hold' (always; it has no
    nats), 'unigram', 'markov' (from the token before), 'position' (from the
    step of the bar and the note that sounds)}. The counting models mix what
    follows a context with the unigram, which counts for one observation. With
    no examples, only 'examples'.

  Raises:
    UserError: the encoder has no tokens in bars.
  """
  if 'tokens' not in spec.fields or 'steps_per_bar' not in spec.sizes:
    raise UserError(
      "The evaluator 'token_likelihood' reads tokens in bars, which the "
      f"encoder '{spec.encoder}' has not: take it out of evaluate."
    )
  train, test = (
    np.asarray(splits[name]['tokens']).astype(int) for name in ('train', split)
  )
  if not len(test):
    return {'examples': 0}
  classes, bar = spec.sizes['classes'], spec.sizes['steps_per_bar']
  counted = {
    'unigram': lambda tokens: np.zeros(tokens.shape, int),
    'markov': lambda tokens: before(tokens, classes),
    'position': lambda tokens: (
      sounding_before(tokens, classes) * bar + np.arange(tokens.shape[1]) % bar
    ),
  }
  found = {
    'model': _model(model, params, test),
    'training': _model(model, params, train),
    'hold': (None, np.full(test.shape, HOLD)),
  }
  for whose, context in counted.items():
    found[whose] = _count(context(train), train, context(test), test, classes)
  figures: dict[str, Any] = {
    'nats': {k: float(nats) for k, (nats, _) in found.items() if nats}
  }
  truth = {whose: test for whose in found} | {'training': train}
  for name, there in (
    ('accuracy', lambda tokens: tokens >= 0),
    ('onset_accuracy', lambda tokens: tokens != HOLD),
  ):
    figures[name] = {
      whose: float(np.mean((guess == truth[whose])[there(truth[whose])]))
      for whose, (_, guess) in found.items()
    }
  return {'examples': len(test), **figures}


def before(tokens: np.ndarray, classes: int) -> np.ndarray:
  """The token before each of [N, T]; `classes` before the first."""
  return np.pad(tokens[:, :-1], ((0, 0), (1, 0)), constant_values=classes)


def sounding_before(tokens: np.ndarray, classes: int) -> np.ndarray:
  """The last token that is no hold, before each of [N, T]."""
  earlier = before(tokens, classes)
  place = np.where(earlier != HOLD, np.arange(tokens.shape[1]), 0)
  latest = np.maximum.accumulate(place, axis=1)
  return np.take_along_axis(earlier, latest, 1)


def _count(known, train, asked, test, classes):
  """Nats a step [] and likeliest tokens [N, T] of test, given contexts."""
  share = np.bincount(train.ravel(), minlength=classes) + 0.5
  share = share / share.sum()
  size = int(max(known.max(), asked.max())) + 1
  table = np.zeros((size, classes))
  np.add.at(table, (known, train), 1)
  chances = (table + share) / (table.sum(1, keepdims=True) + 1)
  return -np.log(chances[asked, test]).mean(), chances.argmax(1)[asked]


def _model(model, params, tokens):
  @jax.jit
  def one(params, some):
    logits = model.apply({'params': params}, some)
    return metrics.cross_entropy(logits, some), logits.argmax(-1)

  parts = [
    one(params, tokens[first : first + _AT_ONCE])
    for first in range(0, len(tokens), _AT_ONCE)
  ]
  nats, guess = (np.concatenate(x) for x in zip(*parts, strict=True))
  return nats.mean() / tokens.shape[1], guess
