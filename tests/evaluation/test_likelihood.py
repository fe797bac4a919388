"""Every step of every piece scored once, and counting models by hand."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, program
from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.evaluation.model import scores as scores_lib
from zoo.evaluation.model import trivial_notes
from zoo.evaluation.model.endings import endings
from zoo.evaluation.model.likelihood import likelihood
from zoo.evaluation.model.scores import Scores, guesses, scores, spread
from zoo.evaluation.model.trivial_tokens import active_before, before
from zoo.losses.likelihood import init_model
from zoo.models.bachprop import BachProp
from zoo.models.melody_rnn import MelodyRnn
from zoo.models.rnn_nade import RnnNade

CLASSES = (3, 4, 6)
TAG = np.array(CLASSES) - 1
NOTES = BachProp(CLASSES, None, hidden=(4, 4, 4), head_hidden=4)
NOTE_SPEC = Notes().spec
TOKENS = Melody().spec
P, T = 6, 100
ROLLS = RnnNade(P, recurrent=(8,), hidden=8, voices=3)
STATE = {'shared': {}, 'example': {}}


def weights(model, scale=1.0):
  batch = {
    'notes': jnp.zeros((1, 2, 3), int),
    'roll': jnp.zeros((1, 2, P), int),
    'tokens': jnp.zeros((1, 2), int),
    'length': jnp.ones(1, int),
  }
  init = functools.partial(init_model, model)
  return drawn(init, batch, scale=scale)['params']


def pieces(*lengths, seed=0):
  random = np.random.default_rng(seed)
  rows = [
    np.concatenate([random.integers(0, TAG, (length, 3)), [TAG]])
    for length in lengths
  ]
  sizes = [len(one) for one in rows]
  return {
    'notes': np.concatenate(rows).astype(np.int16),
    'piece': np.repeat(np.arange(len(rows)), sizes).astype(np.int32),
  }


def alone(model, params, symbols):
  """(nats [T, S], right [T, ...]) of one piece [T, ...], in one pass."""
  symbols = jnp.asarray(symbols, jnp.int32)[None]
  outputs, _ = program(model)(
    {'params': params}, symbols, model.given(symbols, {}), model.begin(1)
  )
  logs = model.log_prob(outputs, symbols)
  nats = -np.stack([logs[name][0] for name in model.streams], -1)
  return nats, np.asarray(model.likeliest(outputs, symbols) == symbols)[0]


def test_each_row_has_the_score_that_its_piece_alone_gives_it():
  """Longer and shorter than what one call scores, in any batch."""
  arrays = pieces(3, 300, 7)
  params = weights(NOTES, 0.5)
  found = scores(NOTES, params, STATE, arrays, batch=2)
  for piece in range(3):
    rows = arrays['notes'][arrays['piece'] == piece]
    nats, right = alone(NOTES, params, rows)
    mine = found.example == piece
    np.testing.assert_array_equal(mine, arrays['piece'] == piece)
    np.testing.assert_allclose(found.nats[mine], nats, atol=1e-4)
    assert (found.right[mine] == right).all()
    assert found.ends[mine].tolist() == [False] * (len(rows) - 1) + [True]


def test_the_report_of_a_network_that_knows_nothing():
  train, test = pieces(20, 20), pieces(5, 9, seed=1)
  nothing = {name: values[:0] for name, values in test.items()}
  splits = {'train': train, 'validation': nothing, 'test': test}
  figures = likelihood(NOTES, weights(NOTES, 0.0), STATE, splits, NOTE_SPEC)
  assert figures['pieces'] == 2 and figures['notes'] == 14
  logs = dict(zip(('after', 'length', 'pitch'), np.log(CLASSES), strict=True))
  for name, log in logs.items():
    assert figures[f'{name}_nats']['model'] == pytest.approx(log, rel=1e-5)
  total = sum(logs.values())
  assert figures['sum_nats']['model'] == pytest.approx(total, rel=1e-5)
  assert figures['end_nats']['model'] == pytest.approx(total, rel=1e-5)
  assert figures['train_sum_nats']['model'] == pytest.approx(total, rel=1e-5)
  # Fifteen rows of nothing, without spread.
  assert figures['piece_spread']['model'] < 1e-5
  assert 'validation_sum_nats' not in figures


def rows(*dts):
  """A piece of notes that differ in dT alone, T and P the same throughout."""
  notes = [[dt, 0, 0] for dt in dts] + [[2, 1, 1]]
  return {'notes': np.array(notes), 'piece': np.zeros(len(notes), int)}


def test_witten_bell_by_hand():
  """Trained on 0 1 0 1 END: c = 2, 2, 1 of n = 5, t = 3 kinds.

  Unigram of 0: (2 + 3/3) / (5 + 3) = 3/8, of END (1 + 1) / 8. After 0 come 1
  and 1, n = 2 of t = 1 kind: p(1) = (2 + 3/8) / 3. After 1 come 0 and END.
  """
  train, test = rows(0, 1, 0, 1), rows(0, 1, 1)
  found = trivial_notes.scores(train, test, (3, 2, 2), context=1)
  shares = np.exp(-found['unigram'].nats[:, 0])
  np.testing.assert_allclose(shares, [3 / 8, 3 / 8, 3 / 8, 2 / 8])
  shares = np.exp(-found['ngram_1'].nats[:, 0])
  # The first: begins, as once in training; (1 + 3/8) / (1 + 1).
  # 1 after 1: never, (0 + 2 * 3/8) / (2 + 2); END after 1: (1 + 2/4) / 4.
  np.testing.assert_allclose(shares, [1.375 / 2, 2.375 / 3, 0.75 / 4, 1.5 / 4])
  assert found['ngram_1'].right[:2, 0].all()


def test_t_is_predicted_with_dt_given_and_p_with_both():
  """T is dT's own number, P is T's: counted once, they are nearly sure."""
  notes = np.array([[0, 0, 0], [1, 1, 1]] * 50 + [[2, 2, 2]])
  arrays = {'notes': notes, 'piece': np.zeros(len(notes), int)}
  found = trivial_notes.scores(arrays, arrays, (3, 3, 3), context=0)
  assert found['conditional'].right[:, 1:].all()
  assert np.exp(-found['conditional'].nats[:-1, 1:]).min() > 0.98
  np.testing.assert_allclose(
    found['conditional'].nats[:, 0], found['unigram'].nats[:, 0], atol=0.1
  )


def test_endings_are_counted():
  made = np.zeros((4, 5, 3), int)
  made[0, 2:] = made[1, 4:] = TAG

  def generate(count, **options):
    assert count == 4 and options == {'temperature': 0.9}
    return {'notes': made}

  figures = endings(
    NOTES,
    generate,
    {'test': pieces(3, 5)},
    count=4,
    samples={'cool': {'temperature': 0.9}},
  )
  assert figures == {
    'ended': {'cool': 0.5},
    'notes': {'cool': (2 + 4 + 5 + 5) / 4, 'held_out': 4.0},
  }
  with pytest.raises(UserError, match='RnnNade does not predict'):
    endings(ROLLS, generate, {})


def test_contexts():
  tokens = np.array([[7, 0, 0, 9, 0, 1]])
  assert before(tokens, 90).tolist() == [[90, 7, 0, 0, 9, 0]]
  assert active_before(tokens, 90).tolist() == [[90, 7, 7, 7, 9, 9]]


def test_a_melody_that_always_does_the_same_is_predicted_by_counting():
  """Hold, then 40, in turn: Markov knows; the unigram knows only shares."""
  window = np.tile([40, 0], 16)[None]
  splits = {
    'train': {'tokens': np.repeat(window, 50, 0)},
    'test': {'tokens': window},
  }
  # Every class is as likely, and class 0 the first of them.
  even = MelodyRnn(TOKENS.sizes['classes'], 16, (4,))
  found = likelihood(even, weights(even, 0.0), STATE, splits, TOKENS)
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
  none = {**splits, 'test': {'tokens': window[:0]}}
  assert likelihood(even, {}, STATE, none, TOKENS) == {'examples': 0}


def arrays(lengths, seed=0):
  rng = np.random.default_rng(seed)
  roll = rng.random((len(lengths), T, P)) < 0.25
  roll &= np.arange(T)[None, :, None] < np.array(lengths)[:, None, None]
  return {'roll': roll.astype(np.uint8), 'length': np.array(lengths, np.int32)}


SPLITS = {
  'train': arrays([30, 20], 1),
  'validation': arrays([9], 2),
  'test': arrays([100, 3, 57]),
}


@pytest.fixture(scope='module')
def params():
  return weights(ROLLS)


def rolls_of(params, **splits):
  """The figures of these splits."""
  spec = NOTE_SPEC._replace(fields={})
  return likelihood(ROLLS, params, STATE, {**SPLITS, **splits}, spec)


def test_every_frame_is_scored_once_whatever_the_batch(params):
  """Longer and shorter than what one call scores."""
  test = SPLITS['test']
  found = scores(ROLLS, params, STATE, test, batch=2)
  for row, length in enumerate(test['length']):
    nats, _ = alone(ROLLS, params, test['roll'][row, :length])
    mine = found.nats[found.example == row]
    np.testing.assert_allclose(mine, nats, rtol=1e-4)
  one, other = (
    guesses(ROLLS, params, test, temperature=1.0, batch=batch)
    for batch in (2, 3)
  )
  assert one.shape == (len(found.nats), P)
  np.testing.assert_array_equal(one, other)


def test_the_report_of_rolls(params, monkeypatch):
  traced, judge = [], scores_lib.judge
  monkeypatch.setattr(
    scores_lib, 'judge', lambda *given: traced.append(1) or judge(*given)
  )
  figures = rolls_of(params)
  assert len(traced) == 1  # of all three splits
  together = -scores(ROLLS, params, STATE, SPLITS['test']).nats
  assert figures['pieces'] == 3
  assert figures['frames'] == len(together) == 160
  found = figures['log_likelihood']
  np.testing.assert_allclose(found['model'], together.mean(), rtol=1e-5)
  np.testing.assert_allclose(found['random'], -P * np.log(2))
  assert {'note_unigram', 'chord_unigram', 'note_markov'} <= found.keys()
  assert figures['accuracy'].keys() == {'model', 'likelier', 'repeat'}
  assert rolls_of(params, test=arrays([])) == {'pieces': 0}


def test_what_a_set_without_pieces_says_is_left_out(params):
  found = rolls_of(params, validation=arrays([]))
  assert 'validation_log_likelihood' not in found
  assert 'chord_unigram' not in found['log_likelihood']
  assert found['train_log_likelihood']['model'] < 0


def test_the_spread_by_hand():
  # Two pieces of two frames, means 1 and 3: 2 +- 1.
  nats = np.array([0.0, 2.0, 3.0, 3.0])[:, None]
  here = np.ones(4, bool)
  scored = Scores(nats, nats > 0, nats > 0, ~here, np.array([0, 0, 1, 1]))
  np.testing.assert_allclose(spread(scored, here), np.sqrt(4 + 4) / 4)


def test_a_model_that_says_fair_coins_scores_fair_coins(params):
  flat = jax.tree.map(np.zeros_like, params)
  figures = rolls_of(flat)
  found = figures['log_likelihood']
  np.testing.assert_allclose(found['model'], found['random'], rtol=1e-6)
