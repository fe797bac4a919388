"""Counting models of tokens, by hand."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from zoo.encoders.melody import Melody
from zoo.evaluation.model.token_likelihood import (
  before,
  sounding_before,
  token_likelihood,
)

SPEC = Melody().spec


class Even:
  """Every class is as likely, and class 0 the first of them."""

  def apply(self, variables, tokens):
    return jnp.zeros((*tokens.shape, 90))


def test_contexts():
  tokens = np.array([[7, 0, 0, 9, 0, 1]])
  assert before(tokens, 90).tolist() == [[90, 7, 0, 0, 9, 0]]
  assert sounding_before(tokens, 90).tolist() == [[90, 7, 7, 7, 9, 9]]


def test_a_melody_that_always_does_the_same_is_foretold_by_counting():
  """Hold, then 40, in turn: Markov knows; the unigram knows only shares."""
  window = np.tile([40, 0], 16)[None]
  splits = {
    'train': {'tokens': np.repeat(window, 50, 0)},
    'test': {'tokens': window},
  }
  found = token_likelihood(Even(), {}, splits, SPEC)
  assert found['examples'] == 1
  assert found['nats']['model'] == pytest.approx(math.log(90), rel=1e-5)
  assert found['nats']['unigram'] == pytest.approx(math.log(2), abs=0.02)
  assert found['nats']['markov'] < 0.01
  assert found['nats']['position'] < 0.01
  assert 'hold' not in found['nats']
  assert found['accuracy'] == {
    'model': 0.5,
    'training': 0.5,
    'hold': 0.5,
    'unigram': 0.5,
    'markov': 1,
    'position': 1,
  }
  assert found['onset_accuracy']['hold'] == 0
  assert found['onset_accuracy']['markov'] == 1
