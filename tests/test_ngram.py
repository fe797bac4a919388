"""Counting models of tokens, by hand and by enumeration."""

import numpy as np
import pytest

from zoo import ngram

K = 4
END = K - 1
TUNES = np.array([0, 1, 0, 2, END, 0, 1, 1, END, 2, 0, 1, 0, END])


def test_histories_end_where_a_tune_begins():
  found = ngram.histories(TUNES, K, 2)
  assert found[:3].tolist() == [[END, END], [0, END], [1, 0]]
  assert found[5].tolist() == [END, END]
  assert found[13].tolist() == [0, 1]


@pytest.mark.parametrize('model', [ngram.kneser_ney, ngram.witten_bell])
@pytest.mark.parametrize('order', [1, 2, 4])
def test_the_probabilities_of_all_tokens_add_up_to_one(model, order):
  known = ngram.count(TUNES, K, order)
  for history in ngram.histories(TUNES, K, order - 1):
    rows = np.tile(history, (K, 1))
    assert model(known, rows, np.arange(K)).sum() == pytest.approx(1)


def test_witten_bell_by_hand():
  """Behind 0: 1 three times, 2 once, an end once; of 14 tokens 5 are 1."""
  known = ngram.count(TUNES, K, 2)
  found = ngram.witten_bell(known, np.array([[0]]), np.array([1]))
  unigram = (4 + 4 / K) / (14 + 4)
  assert found[0] == pytest.approx((3 + 3 * unigram) / (5 + 3))


def test_kneser_ney_by_hand():
  """Lower orders count how many tokens stand before, not how often."""
  known = ngram.count(TUNES, K, 2)
  # Before 1 stand 0 and 1; there are 8 different pairs: end 0, end 2, 0 1,
  # 0 2, 0 end, 1 0, 1 1, 1 end, 2 0, 2 end.
  pairs = {(a, b) for (b,), a in zip(ngram.histories(TUNES, K, 1), TUNES)}
  assert len(pairs) == 10
  ones = [len({b for a, b in pairs if a == token}) for token in range(K)]
  assert ones == [3, 2, 2, 3]
  low = (2 - 0) / 10  # no token is continued in one way, so no discount
  counts = {pair: 0 for pair in pairs}
  for (before,), token in zip(ngram.histories(TUNES, K, 1), TUNES):
    counts[token, before] += 1
  values = list(counts.values())
  discount = values.count(1) / (values.count(1) + 2 * values.count(2))
  found = ngram.kneser_ney(known, np.array([[0]]), np.array([1]))
  assert found[0] == pytest.approx((3 - discount + discount * 3 * low) / 5)


def test_the_cache_counts_this_tune_alone():
  tokens = np.array([0, 1, 0, 1, END, 0, 1, END])
  found = ngram.with_cache(tokens, K, np.full(8, 0.25))
  weight = ngram.STRENGTH
  # The second 1 follows a 0, as once before; nothing of it stays.
  assert found[3] == pytest.approx((1 + weight / 4) / (1 + weight))
  assert found[[0, 1, 2, 5, 6]] == pytest.approx(0.25)
  assert found[4] == pytest.approx(
    0.25 * weight / (1 + weight) * (weight / 2**1.5) / (1 + weight / 2**1.5)
  )


def test_drawn_sequences_are_distributed_as_predicted():
  known = ngram.count(TUNES, K, 2)
  drawn = ngram.draw(known, 20_000, 3)
  first = np.bincount(drawn[:, 0], minlength=K) / len(drawn)
  rows = np.full((K, 1), END)
  expected = ngram.kneser_ney(known, rows, np.arange(K))
  assert first == pytest.approx(expected, abs=0.015)
  ended = drawn[:, 0] == END
  assert (drawn[ended] == END).all()
