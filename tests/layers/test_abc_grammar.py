"""The state machine over ABC tokens: what may follow, and its state."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.abc_books import JIG, POLKA, REEL, book, tune
from zoo.encoders.abc_text import AbcText
from zoo.evaluation.music.tune_text import bars_full, repeats_closed
from zoo.layers import abc_grammar
from zoo.layers.abc_grammar import advance, allowed, beginning, table_of

STEPS = 120


@functools.cache
def encoder():
  return AbcText(least=1).fit(book())


@functools.cache
def followed():
  """(tokens [B, STEPS]) -> places before each, and what may follow there."""
  table = table_of(encoder().spec)

  @jax.jit
  def run(tokens):
    def one(place, token):
      after = advance(table, place, token)
      return after, (place, allowed(table, place))

    begin = beginning(table, len(tokens))
    _, (places, may) = jax.lax.scan(one, begin, tokens.T)
    return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), (places, may))

  return run


def read(text):
  """The tokens of a tune [STEPS], and places and masks before each."""
  end = len(encoder().vocabulary) - 1
  row = np.full(STEPS, end, np.int32)
  row[: len(text)] = text
  places, may = followed()(row[None])
  return jax.tree.map(lambda x: np.asarray(x)[0], (places, may))


def classes(words):
  return [encoder().vocabulary.index(word) for word in words.split()]


@pytest.mark.parametrize('text', [JIG, REEL, POLKA])
def test_tunes_of_the_corpus_keep_to_it(text):
  row = encoder().encode(tune(text)).examples['text']
  places, may = read(row)
  assert may[np.arange(len(row)), row].all()
  # Bars are full where a line stands, but for pick-ups and last bars.
  lines = np.isin(row, classes('|'))
  short = lines & (places.now[: len(row)] != places.full[: len(row)])
  assert short.sum() <= 3
  # An end token forgets everything.
  fresh = jax.tree.map(lambda x: x[len(row)], places)
  assert fresh == jax.tree.map(lambda x: x[0], places)


def follows(words, word):
  row = classes(words)
  _, may = read(row)
  return bool(may[len(row), encoder().vocabulary.index(word)])


START = 'M:4/4 K:Cmaj '
FULL = START + '|: c 4 c 4 '


@pytest.mark.parametrize(
  ('words', 'word', 'right'),
  [
    (START, 'M:4/4', False),
    ('M:4/4', 'c', False),
    (START, '|', False),
    (FULL, '|', True),
    (FULL, 'c', False),
    (FULL, ':|', True),
    (FULL, '|2', False),
    (FULL + ':|', '|2', False),
    (FULL + ':|', '</s>', True),
    (FULL + '| c 4 c 4 |', '</s>', False),
    (FULL + '|1 c 4 c 4 :|', '|2', True),
    (FULL + '|1 c 4 c 4 :|', 'c', False),
    (FULL + '|1 c 4 c 4', '|', True),
    (FULL + '|1 c 4 c 4', '|:', False),
    (FULL + '| c 4 c 2', '|', False),
    (FULL + '| c 4 c 2', ':|', True),
    (START + '|: c 4 c 2', '4', False),
    (START + '|: c 4 c', '4', True),
    (START + '|: c 4 c', '2', True),
    (START + '|: [ c', ']', False),
    (START + '|: [ c e', ']', True),
    (START + '|: [ c e', 'd', False),
    (START + '|: [ c e', '|', False),
    (START + '|: (3 c d', '|', False),
    (START + '|: (3 c d', 'e', True),
    (START + '|: c >', '|', False),
    (START + '|: c 2 > d', '2', True),
    (START + '|: c 2 > d', 'e', False),
    (START + '|: c > d', '2', False),
    (START + '|: c > d', 'e', True),
    (START + '|: c 4 c -', 'c', True),
    (START + '|: c 4 c -', 'd', False),
    (START + '|: c 4 c -', ':|', False),
  ],
)
def test_what_may_follow(words, word, right):
  assert follows(words, word) == right


def test_whatever_is_drawn_under_it_is_a_well_formed_tune():
  """Tokens drawn at random of those that may follow, all alike."""
  table, rows, end = table_of(encoder().spec), 48, len(encoder().vocabulary) - 1

  @jax.jit
  def drawn(key):
    def one(carry, key):
      place, ended = carry
      may = allowed(table, place)
      # Plain lines often, so that tunes come to an end.
      weight = 1 + 4 * (
        jnp.asarray(table['bar']) + 3 * jnp.asarray(table['end'])
      )
      token = jax.random.categorical(key, jnp.where(may, jnp.log(weight), -1e9))
      token = jnp.where(ended, end, token)
      return (advance(table, place, token), ended | (token == end)), token

    begin = beginning(table, rows), jnp.zeros(rows, bool)
    _, tokens = jax.lax.scan(one, begin, jax.random.split(key, 900))
    return tokens.T

  tokens = np.asarray(drawn(jax.random.key(0)))
  ended = (tokens == end).any(1)
  assert ended.mean() > 0.8
  pieces = encoder().decode({'text': tokens[ended]})
  # Drawn all alike, a few tunes of a hundred come to where nothing could
  # follow, and anything may.
  assert np.mean([bars_full(piece) for piece in pieces]) >= 0.9
  assert all(repeats_closed(encoder().words(row)) for row in tokens[ended])


def test_features_stay_in_their_classes():
  random = np.random.default_rng(0)
  tokens = random.integers(0, len(encoder().vocabulary), (8, STEPS))
  places, _ = followed()(jnp.asarray(tokens, jnp.int32))
  found = np.asarray(
    abc_grammar.features(table_of(encoder().spec), places)
  ).reshape(-1, len(abc_grammar.SIZES))
  assert (found >= 0).all() and (found < abc_grammar.SIZES).all()
