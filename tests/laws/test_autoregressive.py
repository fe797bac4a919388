"""Laws of every Autoregressive model, at tiny sizes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.laws import autoregressive as tiny
from tests.laws.autoregressive import FORMS, parameters, some_symbols
from zoo.layers.autoregression import predict_each, prepare, write
from zoo.models import MODELS
from zoo.questions import Autoregressive

# Rows, steps and known steps of every program: one of each kind a form.
ROWS, T, KNOWN = 120, 10, 3
KEYS = jax.random.split(jax.random.key(0), ROWS)

forms = pytest.mark.parametrize('form', FORMS)
# The sampling step of a model is the same in all its forms.
plain_forms = pytest.mark.parametrize(
  'form',
  [
    'melody_rnn-metre',
    'anticipation_rnn-next',
    'bachprop-gru',
    'rnn_nade-orders',
  ],
)


def temperatures(model, value=1.0):
  return (value,) * len(model.streams)


def given_of(form, symbols):
  """As `writer` has it: of KNOWN steps more, where a model reads them all."""
  model = FORMS[form]
  rows, steps = symbols.shape[:2]
  batch = prepare(model, parameters(form), {}, rows, steps + KNOWN)
  return jax.tree.map(lambda x: x[:, :steps], model.given(symbols, batch))


@functools.cache
def compiled(form):
  """(symbols [ROWS, T, ...]) -> outputs, log p [ROWS, T], carry."""
  model, params = FORMS[form], parameters(form)

  @jax.jit
  def run(symbols):
    given, carry = given_of(form, symbols), model.begin(ROWS)
    outputs, carry = model.apply({'params': params}, symbols, given, carry)
    return outputs, sum(model.log_prob(outputs, symbols).values()), carry

  return run


def forward(form, symbols):
  filled = jnp.resize(symbols, (ROWS, *symbols.shape[1:]))
  return jax.tree.map(lambda x: x[: len(symbols)], compiled(form)(filled))


@functools.cache
def writer(form):
  """(keys, known [ROWS, KNOWN, ...], count) -> Written, T steps more."""
  model, params = FORMS[form], parameters(form)

  @jax.jit
  def run(keys, known, count):
    return write(
      model,
      params,
      keys,
      known,
      steps=T,
      count=count,
      temperature=temperatures(model),
    )

  return run


def test_every_model_that_claims_it_is_tested():
  claimed = {
    name
    for name, model in MODELS.items()
    if Autoregressive in getattr(model, '__mro__', ())
  }
  assert claimed == set(tiny.MODELS)


@forms
def test_nothing_is_known_of_later_symbols(form):
  """In row t one symbol, that of step t, is another."""
  model = FORMS[form]
  every = tiny.every_symbol(model)
  row = some_symbols(model, 1, T)[0]
  steps = jnp.arange(T)
  other = jnp.stack([jnp.roll(every, -1, 0)[0]] * T)
  same = (other == row).reshape(T, -1).all(-1)
  other = jnp.where(same.reshape(-1, *[1] * (row.ndim - 1)), every[2], other)
  rows = jnp.tile(row, (T, *[1] * row.ndim)).at[steps, steps].set(other)
  before, _, _ = forward(form, row[None])
  after, _, _ = forward(form, rows)
  moved = np.zeros(T, bool)
  for one, others in zip(*map(jax.tree.leaves, (before, after)), strict=True):
    for step in range(T):
      change = np.abs(others[step] - one[0]).reshape(T, -1).max(-1)
      assert not change[:step].any()
      moved[step] |= change[step + 1 :].any()
  assert moved[:-1].sum() >= T - 2


@forms
def test_the_probabilities_of_all_symbols_add_up_to_one(form):
  """At the beginning, in the middle and where something comes back."""
  model = FORMS[form]
  every = tiny.every_symbol(model)
  rows = jnp.tile(some_symbols(model, 1, T), (len(every), *[1] * every.ndim))
  for step in (0, 3, T - 1):
    _, logs, _ = forward(form, rows.at[:, step].set(every))
    assert float(jnp.exp(logs[:, step]).sum()) == pytest.approx(1, rel=1e-5)


@forms
def test_step_by_step_is_teacher_forcing(form):
  model = FORMS[form]
  known = some_symbols(model, ROWS, KNOWN)
  written = writer(form)(KEYS, known, 0)
  symbols = written.symbols[:, :T]
  _, expected, _ = forward(form, symbols)
  logs = np.asarray(written.log_prob)[:, :T]
  drawn = logs != 0
  assert drawn[:, 0].all() and len(np.unique(symbols, axis=0)) > 9
  np.testing.assert_allclose(logs[drawn], expected[drawn], rtol=1e-5, atol=2e-5)
  # A row depends on its own key alone.
  again = writer(form)(KEYS.at[0].set(KEYS[1]), known, 0).symbols
  np.testing.assert_array_equal(again[1:], written.symbols[1:])


@forms
def test_a_piece_cut_in_two_is_predicted_as_the_whole(form):
  model = FORMS[form]
  symbols = some_symbols(model, ROWS, T)
  given = given_of(form, symbols)
  outputs, _, last = forward(form, symbols)

  @jax.jit
  def part(symbols, given, carry):
    return model.apply({'params': parameters(form)}, symbols, given, carry)

  halves, carry = [], model.begin(ROWS)
  for cut in (slice(0, T // 2), slice(T // 2, T)):
    seen = jax.tree.map(lambda x, cut=cut: x[:, cut], (symbols, given))
    found, carry = part(*seen, carry)
    halves.append(found)
  whole = jax.tree.map(lambda *x: jnp.concatenate(x, 1), *halves)
  for found, expected in ((whole, outputs), (carry, last)):
    jax.tree.map(
      lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), found, expected
    )


@forms
def test_known_symbols_are_kept_and_then_it_goes_on(form):
  """What comes next is what is drawn with all true symbols known."""
  model = FORMS[form]
  symbols = some_symbols(model, ROWS, T + KNOWN)
  drawn, _ = jax.jit(
    lambda keys: predict_each(
      model, parameters(form), keys, symbols, temperature=temperatures(model)
    )
  )(KEYS)
  for count in (0, KNOWN - 1):
    written = writer(form)(KEYS, symbols[:, :KNOWN], count)
    assert int(written.length) == count + T
    known = written.symbols[:, :count]
    np.testing.assert_array_equal(known, symbols[:, :count])
    np.testing.assert_array_equal(written.symbols[:, count], drawn[:, count])
    assert not written.log_prob[:, :count].any()
    assert not written.symbols[:, count + T :].any()


@plain_forms
@pytest.mark.parametrize('heat', [0.0, 0.7])
def test_only_allowed_classes_are_drawn_and_without_temperature_the_likeliest(
  form, heat
):
  model = FORMS[form]
  size = {'tokens': 5, 'notes': 4, 'roll': 4}[model.field]

  @jax.jit
  def made(keys):
    return write(
      model,
      parameters(form),
      keys,
      model.begin(len(keys))[0][:, None][:, :0],
      steps=6,
      temperature=temperatures(model, heat),
      allowed=lambda symbols, step: jnp.arange(size) % 2 == step % 2,
    ).symbols

  symbols = np.asarray(made(KEYS))
  first = symbols[..., 0] if model.field == 'notes' else symbols
  for step in range(6):
    if model.field == 'roll':
      assert not first[:, step, (step + 1) % 2 :: 2].any()
    else:
      # A piece that has ended continues with its end token, the last class.
      ended = (first[:, step] == size - 1) & (model.field == 'notes')
      assert (ended | (first[:, step] % 2 == step % 2)).all()
  alike = (symbols == symbols[:1]).all()
  assert alike == (heat == 0)
