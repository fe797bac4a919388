"""Every note of every piece scored once, and counting models by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.evaluation.model import trivial_notes
from zoo.evaluation.model.endings import endings
from zoo.evaluation.model.note_likelihood import note_likelihood, note_scores
from zoo.losses.next_note import score
from zoo.models.bachprop import BachProp

CLASSES = (3, 4, 6)
TAG = np.array(CLASSES) - 1
MODEL = BachProp(classes=CLASSES, hidden=(4, 4, 4), head_hidden=4)


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


def params(scale):
  note = jnp.zeros((1, 1, 3), jnp.int32)
  shapes = jax.eval_shape(
    MODEL.init, jax.random.key(0), note, note, MODEL.begin(1)
  )['params']
  random = np.random.default_rng(3)
  return jax.tree.map(
    lambda x: scale * np.float32(random.normal(size=x.shape)), shapes
  )


def test_each_row_has_the_score_that_its_piece_alone_gives_it():
  """Longer and shorter than what one call scores, in any batch."""
  arrays = pieces(3, 300, 7)
  weights = params(0.5)
  nats, right = note_scores(MODEL, weights, arrays, batch=2)
  for piece in range(3):
    rows = arrays['notes'][arrays['piece'] == piece]
    row = jnp.asarray(np.concatenate([[TAG], rows]), jnp.int32)[None]
    alone, same, _ = jax.jit(score, static_argnums=0)(
      MODEL, weights, row, MODEL.begin(1)
    )
    np.testing.assert_allclose(
      nats[arrays['piece'] == piece], alone[0], atol=1e-4
    )
    assert (right[arrays['piece'] == piece] == same[0]).all()


def test_the_report_of_a_network_that_knows_nothing():
  train, test = pieces(20, 20), pieces(5, 9, seed=1)
  nothing = {name: values[:0] for name, values in test.items()}
  splits = {'train': train, 'validation': nothing, 'test': test}
  figures = note_likelihood(MODEL, params(0.0), splits)
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
  chances = np.exp(-found['unigram'].nats[:, 0])
  np.testing.assert_allclose(chances, [3 / 8, 3 / 8, 3 / 8, 2 / 8])
  chances = np.exp(-found['ngram_1'].nats[:, 0])
  # The first: begins, as once in training; (1 + 3/8) / (1 + 1).
  # 1 after 1: never, (0 + 2 * 3/8) / (2 + 2); END after 1: (1 + 2/4) / 4.
  np.testing.assert_allclose(chances, [1.375 / 2, 2.375 / 3, 0.75 / 4, 1.5 / 4])
  assert found['ngram_1'].right[:2, 0].all()


def test_t_is_foretold_with_dt_given_and_p_with_both():
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
    MODEL,
    generate,
    {'test': pieces(3, 5)},
    count=4,
    samples={'cool': {'temperature': 0.9}},
  )
  assert figures == {
    'ended': {'cool': 0.5},
    'notes': {'cool': (2 + 4 + 5 + 5) / 4, 'held_out': 4.0},
  }
