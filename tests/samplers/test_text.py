"""Tunes written token by token: what a user may ask for."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.abc_books import book
from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.abc_text import AbcText
from zoo.evaluation.music.tune_text import bars_full, repeats_closed
from zoo.losses.likelihood import init_model
from zoo.models.folk_rnn import FolkRnn
from zoo.samplers.text import nucleus, text

KEYS = jax.random.split(jax.random.key(0), 6)


@functools.cache
def made():
  """The encoder, a tiny model and its parameters."""
  encoder = AbcText(least=1).fit(book())
  model = FolkRnn.from_spec(
    encoder.spec, hidden=(8,), place=True, reach=32, nearest=4
  )
  batch = {'text': jnp.zeros((1, 2), int)}
  params = drawn(functools.partial(init_model, model), batch, scale=0.3)
  return encoder, model, params['params']


def asked(mode='sample', condition=None, **options):
  encoder, model, params = made()
  sampler = text(model, encoder.spec, **options)
  found = jax.jit(sampler[mode].function)(params, {}, KEYS, condition or {})
  return {k: np.asarray(v) for k, v in found.items()}


def test_metre_mode_opening_root_and_entropy():
  encoder, model, _ = made()
  found = asked(steps=12, metre='6/8', opening='|: c 2', root='D', entropy=True)
  # The mode is the model's own; the rest is asked for.
  for row in found['text']:
    words = encoder.words(row)
    assert words[0] == 'M:6/8' and words[1].startswith('K:C')
    assert words[2:5] == ['|:', 'c', '2']
  assert len(np.unique(found['text'], axis=0)) == 6
  assert (found['root'] == 2).all()
  assert found['entropy'].shape == found['text'].shape
  assert (found['entropy'] >= 0).all()
  assert (found['entropy'] <= np.log(model.classes) + 1e-5).all()
  piece = encoder.decode(found)[0]
  assert piece.metadata['text'].splitlines()[4].startswith('K:D')
  assert len(piece.metadata['entropy']) == 12


def test_under_the_grammar_an_untrained_model_writes_tunes():
  encoder, _, _ = made()
  found = asked(steps=300, grammar=True, mode='sample')
  whole = (found['text'] == len(encoder.vocabulary) - 1).any(1)
  for row, piece in zip(found['text'], encoder.decode(found), strict=True):
    assert 'unreadable' not in piece.metadata
    if whole.all():
      assert bars_full(piece) and repeats_closed(encoder.words(row))


def test_a_tune_of_the_user_is_kept_and_goes_on_in_its_key():
  encoder, _, _ = made()
  tune = book()[1]
  covered = encoder.cover(tune)
  found = asked('continue', covered, steps=5)
  size = len(covered['text'])
  assert found['text'].shape == (6, size + 5)
  assert (found['text'][:, :size] == covered['text']).all()
  again = encoder.decode(found)[0]
  count = len(tune.notes.pitch)
  assert again.metadata['key'] == 'Ador'
  assert (again.notes.pitch[:count] == tune.notes.pitch).all()


def test_the_nucleus_holds_the_likeliest_and_no_more_than_it_needs():
  logits = jnp.log(jnp.array([[0.1, 0.5, 0.3, 0.1], [0.97, 0.01, 0.01, 0.01]]))
  kept = np.isfinite(nucleus(logits, 0.75))
  assert kept.tolist() == [[False, True, True, False], [True] + [False] * 3]
  assert np.isfinite(nucleus(logits, 1.0)).all()


def test_what_the_vocabulary_lacks_is_named():
  encoder, model, _ = made()
  for options, message in (
    ({'metre': '7/8'}, "sample/metre is '7/8', which this run does not know"),
    ({'mode': 'maj7'}, "sample/mode is 'maj7'"),
    ({'opening': '|: Gcc'}, "sample/opening has 'Gcc', which is not a token"),
    ({'root': 'H'}, 'sample/root must be one of C, Db'),
    ({'top_p': 0.0}, 'sample/top_p above 0'),
  ):
    with pytest.raises(UserError, match=message):
      text(model, encoder.spec, **options)
