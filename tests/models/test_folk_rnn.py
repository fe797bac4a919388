"""folk-rnn: its published size, and what our form reads."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.laws.autoregressive import FORMS, parameters
from tests.parameters import shapes
from zoo.contracts import UserError
from zoo.encoders.abc_text import AbcText
from zoo.encoders.notes import Notes
from zoo.losses.likelihood import init_model
from zoo.models.folk_rnn import FolkRnn


def spec_of(classes):
  spec = AbcText().spec
  return spec._replace(sizes={**spec.sizes, 'classes': classes})


def count(model):
  batch = {'text': jnp.zeros((1, 2), int)}
  found = shapes(lambda rng: init_model(model, rng, batch))
  return sum(leaf.size for leaf in jax.tree.leaves(found['params']))


def test_the_published_size_has_5_599_881_parameters():
  """Sturm 2018, 'What do these 5,599,881 parameters mean?'."""
  assert count(FolkRnn.from_spec(spec_of(137))) == 5_599_881
  # Of these the softmax has 70,281.
  assert 512 * 137 + 137 == 70_281


def test_what_ours_reads_are_rows_of_the_first_layer():
  plain = count(FolkRnn.from_spec(spec_of(87), hidden=(256, 256)))
  placed = count(FolkRnn.from_spec(spec_of(87), hidden=(256, 256), place=True))
  assert placed - plain == 4 * 256 * (65 + 65 + 18 + 10 + 8 + 6 + 3)
  both = FolkRnn.from_spec(
    spec_of(87), hidden=(256, 256), place=True, reach=512
  )
  assert count(both) - placed == 4 * 256 * (87 + 16) + 16


def test_the_learned_weight_raises_what_followed_the_match():
  model = FORMS['folk_rnn-match']
  params = dict(parameters('folk_rnn-match'))
  params['copied'] = jnp.full(16, 50.0)
  # c 2 | c 2 > behind c 2 there was a |, of three tokens back.
  row = jnp.array([[0, 1, 2, 3, 5, 2, 3, 4]])
  logits, _ = jax.jit(model.apply)({'params': params}, row, (), model.begin(1))
  assert int(jnp.argmax(logits[0, 7])) == 5
  assert int(jnp.argmax(logits[0, 4])) != 5 or logits[0, 4, 5] < 50


def test_an_end_makes_it_forget():
  for form in ('folk_rnn-published', 'folk_rnn-match'):
    model = FORMS[form]
    rows = np.array([[0, 1, 2, 3, 6, 0, 1, 2], [0, 1, 4, 4, 6, 0, 1, 2]])
    logits, _ = jax.jit(model.apply)(
      {'params': parameters(form)}, jnp.asarray(rows), (), model.begin(2)
    )
    np.testing.assert_allclose(logits[0, 5:], logits[1, 5:], atol=1e-5)
    assert np.abs(logits[0, 3] - logits[1, 3]).max() > 1e-3


def test_what_it_cannot_read_is_refused():
  with pytest.raises(UserError, match="encoder 'notes' gives none"):
    FolkRnn.from_spec(Notes().spec)
  with pytest.raises(UserError, match='model/reach 0 or more than it'):
    FolkRnn.from_spec(spec_of(9), reach=8)
