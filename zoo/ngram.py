"""Counting models of token sequences: n-grams, and a cache model.

They are baselines for both towers, so they need numpy only. Sequences end with
an end token, the last class, and contexts do not cross it.

Sources: Witten & Bell 1991; Kneser & Ney 1995, interpolated as in Chen &
Goodman 1999, with one discount an order; Kuhn & De Mori 1990 (cache).
"""

from typing import NamedTuple

import numpy as np

LONGEST = 10  # tokens of the longest pattern in the cache
# The weight, in observations, of the model that is mixed with the cache,
# divided by (n - 1) ** 1.5: the best of 21 forms on folk_rnn's validation set.
STRENGTH = 64.0


class Counts(NamedTuple):
  """How often sequences of n tokens occur, n = 1, 2, ...

  Attributes:
    classes: K.
    grams: sorted codes of the sequences of each n.
    counts: how often each occurs.
    continued: how many different tokens were seen before each sequence; for the
      longest n, its counts.
  """

  classes: int
  grams: tuple[np.ndarray, ...]
  counts: tuple[np.ndarray, ...]
  continued: tuple[np.ndarray, ...]


def count(tokens: np.ndarray, classes: int, order: int = 5) -> Counts:
  """Counts of all sequences of up to `order` tokens.

  Args:
    tokens: [N] concatenated sequences, each with its end token.
    classes: K.
    order: n of the longest; K ** order must fit 63 bits.
  """
  codes = _codes(tokens, classes, order)
  found = [np.unique(one, return_counts=True) for one in codes]
  grams = tuple(one for one, _ in found)
  counts = tuple(number.astype(np.float64) for _, number in found)
  continued = []
  for n in range(order - 1):
    _, number = np.unique(grams[n + 1] % classes ** (n + 1), return_counts=True)
    continued.append(number.astype(np.float64))
  return Counts(classes, grams, counts, (*continued, counts[-1]))


def histories(tokens: np.ndarray, classes: int, size: int) -> np.ndarray:
  """[N, size] the tokens before each, the latest first.

  Before the first token of a sequence they are end tokens.

  Args:
    tokens: [N] as in `count`.
    classes: K.
    size: how many.
  """
  end = classes - 1
  begins = np.concatenate([[True], tokens[:-1] == end])
  into = np.arange(len(tokens))
  into = into - np.maximum.accumulate(np.where(begins, into, 0))
  found = np.full((len(tokens), size), end, np.int64)
  for back in range(1, size + 1):
    reaches = into >= back
    found[reaches, back - 1] = tokens[np.flatnonzero(reaches) - back]
  return found


def kneser_ney(
  known: Counts, history: np.ndarray, tokens: np.ndarray
) -> np.ndarray:
  """[N] probabilities of tokens [N] given histories [N, order - 1].

  Interpolated Kneser-Ney with one discount per order (Chen & Goodman 1999).
  """
  result = np.full(len(tokens), 1 / known.classes)
  code, power = np.asarray(tokens, np.int64), 1
  for n, (grams, values) in enumerate(
    zip(known.grams, known.continued, strict=True)
  ):
    if n:
      power = known.classes**n
      code = code + history[:, n - 1] * power
    once, twice = np.sum(values == 1), np.sum(values == 2)
    discount = once / max(once + 2 * twice, 1)
    total, kinds = _contexts(grams, values, known.classes, code)
    number = _look_up(grams, values, code)
    kept = np.maximum(number - discount, 0) + discount * kinds * result
    result = np.where(total > 0, kept / np.maximum(total, 1), result)
  return result


def witten_bell(
  known: Counts, history: np.ndarray, tokens: np.ndarray
) -> np.ndarray:
  """[N] probabilities of tokens [N] given histories [N, order - 1].

  Interpolated Witten-Bell smoothing (Witten & Bell 1991).
  """
  result = np.full(len(tokens), 1 / known.classes)
  code = np.asarray(tokens, np.int64)
  for n, (grams, values) in enumerate(
    zip(known.grams, known.counts, strict=True)
  ):
    if n:
      code = code + history[:, n - 1] * known.classes**n
    total, kinds = _contexts(grams, values, known.classes, code)
    number = _look_up(grams, values, code)
    mixed = (number + kinds * result) / np.maximum(total + kinds, 1)
    result = np.where(total > 0, mixed, result)
  return result


def with_cache(
  tokens: np.ndarray, classes: int, probability: np.ndarray
) -> np.ndarray:
  """Probabilities [N] mixed with counts of the sequence so far.

  For n = 2, 3, ... LONGEST, the continuations of the last n - 1 tokens earlier
  in the same sequence are counted; the mixture for n - 1 is added with the
  weight of STRENGTH / (n - 1) ** 1.5 observations.

  Source: Kuhn & De Mori 1990.

  Args:
    tokens: [N] as in `count`.
    classes: K.
    probability: [N] of each token under another model.
  """
  result = np.array(probability, np.float64)
  end = classes - 1
  seen: dict[tuple[int, ...], dict[int, int]] = {}
  past: list[int] = []
  weight = [STRENGTH / max(n, 1) ** 1.5 for n in range(LONGEST)]
  for place, token in enumerate(np.asarray(tokens).tolist()):
    for n in range(1, min(LONGEST - 1, len(past)) + 1):
      after = seen.setdefault(tuple(past[-n:]), {})
      total = sum(after.values())
      if total:
        mixed = after.get(token, 0) + weight[n] * result[place]
        result[place] = mixed / (total + weight[n])
      after[token] = after.get(token, 0) + 1
    past.append(token)
    if token == end:
      seen, past = {}, []
  return result


def draw(known: Counts, rows: int, steps: int, seed: int = 0) -> np.ndarray:
  """[rows, steps] sequences sampled from the Kneser-Ney model.

  All tokens after the first end token are end tokens.
  """
  random = np.random.default_rng(seed)
  classes, size = known.classes, len(known.grams) - 1
  every = np.arange(classes)
  found = np.full((rows, steps), classes - 1, np.int64)
  history = np.full((rows, size), classes - 1, np.int64)
  unfinished = np.ones(rows, bool)
  for step in range(steps):
    row = np.flatnonzero(unfinished)
    if not len(row):
      break
    tiled = np.repeat(history[row], classes, 0)
    predicted = kneser_ney(known, tiled, np.tile(every, len(row)))
    mass = np.cumsum(predicted.reshape(len(row), classes), 1)
    uniform = random.random((len(row), 1)) * mass[:, -1:]
    token = np.minimum((mass <= uniform).sum(1), classes - 1)
    found[row, step] = token
    history[row] = np.concatenate([token[:, None], history[row, :-1]], 1)
    unfinished[row] = token != classes - 1
  return found


def _codes(tokens, classes, order):
  """Codes of the n tokens up to and including each, n = 1 .. order."""
  history = histories(tokens, classes, order - 1)
  codes = [np.asarray(tokens, np.int64)]
  for n in range(1, order):
    codes.append(codes[-1] + history[:, n - 1] * classes**n)
  return codes


def _look_up(grams, values, codes):
  """The value of each code; 0 for codes that were not counted."""
  place = np.minimum(np.searchsorted(grams, codes), len(grams) - 1)
  return np.where(grams[place] == codes, values[place], 0)


def _contexts(grams, values, classes, codes):
  """Sum of the values after the context of each code, and how many kinds.

  The latest token is the lowest digit of a code, so that the codes of one
  context are adjacent.
  """
  first = codes - codes % classes
  edges = np.concatenate([[0.0], np.cumsum(values)])
  low = np.searchsorted(grams, first)
  high = np.searchsorted(grams, first + classes)
  return edges[high] - edges[low], high - low
