"""Matches of the last tokens, against a search that looks at everything."""

import jax
import numpy as np
import pytest

from zoo.layers.token_match import LONGEST, match, nothing


def searched(tokens, nearest, least, end):
  """(token that followed, length) behind each, by comparing all places."""
  found, begin = [], 0
  for now in range(len(tokens)):
    best, follows = 0, -1
    if tokens[now] == end:
      begin = now + 1
      found.append((-1, 0))
      continue
    for back in range(nearest, now - begin + 1):
      length = 0
      while (
        now - back - length >= begin
        and tokens[now - length] == tokens[now - back - length]
      ):
        length += 1
      if length > best:
        best, follows = length, tokens[now - back + 1]
    good = best >= least
    found.append((follows, min(best, LONGEST)) if good else (-1, 0))
  return np.array(found)


@pytest.mark.parametrize(('nearest', 'least'), [(1, 2), (4, 1)])
def test_the_longest_match_and_of_equals_the_latest(nearest, least):
  tokens = np.random.default_rng(0).integers(0, 3, (4, 60))
  end = 2
  tokens[:, ::7] = np.where(tokens[:, ::7] == end, 0, tokens[:, ::7])
  run = jax.jit(
    lambda past, x: match(past, x, x == end, nearest=nearest, least=least)
  )
  follows, lengths, past = run(nothing(4, 64), tokens)
  for row in range(4):
    expected = searched(tokens[row].tolist(), nearest, least, end)
    np.testing.assert_array_equal(follows[row], expected[:, 0])
    np.testing.assert_array_equal(lengths[row], expected[:, 1])
  # In two parts it is the same.
  past = nothing(4, 64)
  for part, cut in ((slice(0, 30), 0), (slice(30, 60), 30)):
    found, _, past = run(past, tokens[:, part])
    np.testing.assert_array_equal(found, follows[:, cut : cut + 30])


def test_a_match_lies_no_further_back_than_it_reaches():
  tokens = np.array([[0, 1, 3, 3, 3, 3, 0, 1]])
  fresh = np.zeros(tokens.shape, bool)
  near, _, _ = match(nothing(1, 6), tokens, fresh, nearest=5, least=2)
  far, length, _ = match(nothing(1, 7), tokens, fresh, nearest=5, least=2)
  assert int(near[0, -1]) == 3 and int(far[0, -1]) == 3
  assert int(length[0, -1]) == 2
  short, _, _ = match(nothing(1, 5), tokens, fresh, nearest=5, least=2)
  assert int(short[0, -1]) == -1
