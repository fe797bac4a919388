"""N-grams of tokens in ABC, for comparison."""

from collections.abc import Mapping

import numpy as np

from zoo import ngram


def probabilities(
  train: np.ndarray, test: np.ndarray, classes: int
) -> dict[str, np.ndarray]:
  """Probabilities [N] of the tokens of `test` by counting models of `train`.

  Args:
    train, test: [N] concatenated tunes, each with its end token.
    classes: K.

  Returns:
    {model: [N]}: kneser_ney_cache, kneser_ney with counts of the tune so far;
    kneser_ney and witten_bell, both 5-grams; unigram.
  """
  train, test = (np.asarray(x).astype(np.int64) for x in (train, test))
  known = ngram.count(train, classes)
  history = ngram.histories(test, classes, len(known.grams) - 1)
  plain = ngram.kneser_ney(known, history, test)
  alone = ngram.count(train, classes, 1)
  return {
    'kneser_ney_cache': ngram.with_cache(test, classes, plain),
    'kneser_ney': plain,
    'witten_bell': ngram.witten_bell(known, history, test),
    'unigram': ngram.witten_bell(alone, history[:, :0], test),
  }


def mixed(
  nats: np.ndarray,
  counted: Mapping[str, np.ndarray],
  tuned_nats: np.ndarray,
  tuned: Mapping[str, np.ndarray],
) -> np.ndarray:
  """Nats [N] of a model mixed with kneser_ney_cache.

  Args:
    nats: [N] of the model.
    counted: the result of `probabilities`.
    tuned_nats, tuned: the same for the tunes that the weight is chosen on.
  """
  weights = np.linspace(0, 1, 51)

  def of(share, nats, counted):
    both = share * np.exp(-nats) + (1 - share) * counted['kneser_ney_cache']
    return -np.log(both)

  means = [of(share, tuned_nats, tuned).mean() for share in weights]
  return of(weights[int(np.argmin(means))], nats, counted)
