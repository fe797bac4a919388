"""BachProp: causality, resets of the state, its parameters by hand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.layers.active_notes import Vocabulary
from zoo.losses.likelihood import init_model
from zoo.models.bachprop import BachProp

CLASSES = (5, 6, 9)
TAG = jnp.asarray(CLASSES) - 1
CELLS = ('feedforward', 'rnn', 'lstm', 'gru')
FORMS = (*CELLS, 'active_notes')  # A GRU whose heads read them.
VOCABULARY = Vocabulary((0, 24, 48, 96), (12, 24, 48, 96, 192), 8, 48)


def model(form, **options):
  active = form == 'active_notes'
  options = {'hidden': (4, 5, 6, 7), 'head_hidden': 8, **options}
  return BachProp(
    CLASSES,
    VOCABULARY if active else None,
    cell='gru' if active else form,
    active_notes=active,
    **options,
  )


def variables_of(network):
  """Shapes of its variables."""
  batch = {'notes': jnp.zeros((1, 2, 3), jnp.int32)}
  return jax.eval_shape(
    functools.partial(init_model, network), jax.random.key(0), batch
  )


def piece(seed, count):
  """Notes [count, 3] without tags."""
  random = np.random.default_rng(seed)
  return jnp.asarray(random.integers(0, np.array(CLASSES) - 1, (count, 3)))


def row(*pieces):
  """Pieces end to end, a tag before and behind each: [1, T, 3]."""
  parts = [TAG[None]]
  for one in pieces:
    parts += [one, TAG[None]]
  return jnp.concatenate(parts)[None]


@functools.cache
def compiled(form):
  """A network of one form, its parameters, and `apply`, compiled."""
  network = model(form)
  shapes = variables_of(network)
  # Drawn here: to compile how a network draws them takes long.
  random = np.random.default_rng(1)
  params = jax.tree.map(
    lambda x: 0.5 * np.float32(random.normal(size=x.shape)), shapes
  )
  return network, params, jax.jit(network.apply)


def logits_of(form, notes, carry=None):
  network, params, apply = compiled(form)
  carry = network.start({'notes': notes}) if carry is None else carry
  return apply(params, notes[:, 1:], (), carry)


def differ(one, other):
  """[3, T] bool: which logits of two runs are not the same."""
  return np.stack(
    [np.abs(a - b).max((0, 2)) > 1e-6 for a, b in zip(one, other, strict=True)]
  )


@pytest.mark.parametrize('form', FORMS)
def test_each_stream_reads_what_comes_before_it_and_no_more(form):
  """dT' reads the past; T' also dT'; P' also T'; none reads later rows."""
  notes = row(piece(0, 5), piece(1, 5))
  plain, _ = logits_of(form, notes)
  for stream in range(3):
    other = notes.at[0, 4, stream].add(1)
    moved = differ(logits_of(form, other)[0], plain)
    # Row 4 is predicted at place 3, and read from place 4 on.
    assert not moved[:, :3].any()
    assert moved[:, 3].tolist() == [False, stream < 1, stream < 2]
    assert moved[:, 4].all()


@pytest.mark.parametrize('form', FORMS)
def test_a_prediction_is_independent_of_the_previous_piece(form):
  second = piece(1, 5)
  one, _ = logits_of(form, row(piece(0, 5), second))
  other, _ = logits_of(form, row(piece(2, 5), second))
  moved = differ(one, other)
  assert moved[2, 1:6].all()  # the piece before differs
  assert not moved[:, 6:].any()


@pytest.mark.parametrize('form', FORMS)
def test_a_row_cut_in_two_is_predicted_as_if_it_were_whole(form):
  """Cut within a piece, two notes before the next begins."""
  notes = row(piece(0, 5), piece(1, 5))
  whole, last = logits_of(form, notes)
  first, carry = logits_of(form, notes[:, :5])
  second, after = logits_of(form, notes[:, 4:], carry)
  for parts in zip(whole, first, second, strict=True):
    together = jnp.concatenate(parts[1:], 1)
    np.testing.assert_allclose(parts[0], together, atol=1e-4)
  jax.tree.map(
    lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), last, after
  )


@pytest.mark.parametrize('cell', CELLS)
def test_the_feedforward_network_sees_three_notes_and_the_others_all(cell):
  """Logits at place t follow rows t, t-1, t-2; row 1 is the first note."""
  notes = row(piece(0, 11))
  other = notes.at[0, 1].set((notes[0, 1] + 1) % TAG)
  moved = differ(logits_of(cell, other)[0], logits_of(cell, notes)[0])
  seen = moved.all(0).tolist()
  assert seen[1:4] == [True] * 3
  assert seen[4] == (cell != 'feedforward')


def test_parameters_by_hand():
  """Inputs 5 + 6 + 9 = 20 (x 3 for feedforward); H = 4, 5, 6, 7.

  Layers read 20, 20 + 4, 20 + 5 and 6. Heads read 4; 9 + 5; 22 + 11.
  """
  inputs, states = np.array([20, 24, 25, 6]), np.array([4, 5, 6, 7])
  square = inputs + states + 1
  cells = {
    'gru': sum(3 * states * square + states),
    'lstm': sum(4 * states * square),
    'rnn': sum(states * square),
    'feedforward': sum(states * (np.array([60, 64, 65, 6]) + 1)),
  }
  reads, out = np.array([4, 14, 33]), np.array(CLASSES)
  heads = {
    'linear': sum(reads * out + out),
    'residual': sum(reads * out + out + reads * 8 + 8 + 8 * out),
  }
  # 2 x 5 for the metre, 5 times until something ends, 3 x 5 counts; and 8
  # pitches that sound and 8 that have ended, for P.
  read = 10 + 5 + 15
  more_heads = {
    'linear': sum(read * out) + 16 * 9,
    'residual': sum(read * (out + 8)) + 16 * (9 + 8),
  }
  cells['active_notes'] = cells['gru']
  for form, count in cells.items():
    for name, head in heads.items():
      network = model(form, heads=name)
      if form == 'active_notes':
        head += more_heads[name]
      shapes = variables_of(network)
      sizes = [np.prod(leaf.shape) for leaf in jax.tree.leaves(shapes)]
      assert sum(sizes) == count + head


@pytest.mark.parametrize('what', ['dropout', 'input_dropout'])
def test_dropout_is_drawn_per_example(what):
  _, params, _ = compiled('gru')
  network = model('gru', **{what: 0.5})
  notes = jnp.tile(row(piece(0, 4)), (2, 1, 1))
  keys = jax.random.split(jax.random.key(0), 3)
  apply = jax.jit(network.apply)

  def run(keys):
    return apply(params, notes[:, 1:], (), network.begin(2), keys)[0][2]

  found, others = run(keys[:2]), run(keys[1:])
  np.testing.assert_allclose(found[1], others[0], atol=1e-4)
  assert np.abs(found[0] - found[1]).max() > 1e-3


def test_a_hidden_note_is_not_read():
  _, params, _ = compiled('gru')
  network = model('gru', input_dropout=1.0)
  notes = jnp.concatenate([row(piece(seed, 4)) for seed in (0, 1)])
  assert (notes[0] != notes[1]).any()

  @jax.jit
  def read(keys):
    return network.apply(
      params, notes[:, 1:4], network.begin(2)[1], keys, method='listen'
    )[0].layers[-1]

  first, second = read(jax.random.split(jax.random.key(0), 2))
  np.testing.assert_array_equal(first, second)
  shown = read(None)
  assert np.abs(shown[0] - shown[1]).max() > 1e-3


def test_what_cannot_be_built_is_refused():
  with pytest.raises(UserError, match="encoder 'melody' gives none"):
    BachProp.from_spec(Melody(bars=2).spec)
  spec = Notes().spec
  with pytest.raises(UserError, match='number of widths must be at least 3'):
    BachProp.from_spec(spec, hidden=(4, 4))
