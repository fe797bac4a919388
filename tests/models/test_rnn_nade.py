"""RNN-NADE: sizes, causality, and features of the past."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.piano_roll import PianoRoll
from zoo.layers.autoregression import at
from zoo.layers.recall import longest_match
from zoo.losses.likelihood import init_model
from zoo.models.rnn_nade import RnnNade

P, T, VOICES = 12, 10, 3
STRONG = {
  'inputs': 'voices',
  'activation': 'relu',
  'skip': True,
  'reach': 4,
  'recall': True,
}
ORDERS = ('u', 'd', 'ud', 'du')
SMALL = {'recurrent': (8,), 'hidden': 9, 'voices': VOICES}


def rolls(count, seed=0, steps=T, repeat=True):
  """Random frames of up to four notes; the second half repeats the first."""
  rng = np.random.default_rng(seed)
  found = np.zeros((count, steps, P), np.int32)
  for frame in found.reshape(-1, P):
    frame[rng.choice(P, rng.integers(0, 5), replace=False)] = 1
  if repeat:
    found[:, steps // 2 :] = found[:, : steps // 2]
  return found


def made(**options):
  """A model whose weights are all large, and its logits as a function."""
  model = RnnNade(P, **{**SMALL, **options})

  @jax.jit
  def logits(params, frames):
    past, carry = model.given(frames, {}), model.begin(len(frames))
    return model.apply({'params': params}, frames, past, carry)[0]

  def init(key, frames):
    batch = {'roll': frames, 'length': jnp.ones(1, int)}
    return init_model(model, key, batch)['params']

  return model, drawn(init, rolls(1), scale=0.7), logits


def test_golden_parameter_count_of_the_published_form():
  model = RnnNade(88)
  batch = {'roll': jnp.zeros((1, 2, 88), int), 'length': jnp.ones(1, int)}
  shapes = jax.eval_shape(
    functools.partial(init_model, model), jax.random.key(0), batch
  )
  found = sum(np.prod(x.shape) for x in jax.tree.leaves(shapes))
  recurrent = 4 * 256 * (88 + 256 + 1)
  biases = 256 * 256 + 256 + 256 * 88 + 88
  assert found == recurrent + biases + 2 * 88 * 256 == 486_744


@pytest.mark.parametrize(
  'options',
  [
    {},
    {'voices': 0},
    STRONG,
    {'skip': True, 'cell': 'gru', 'recurrent': (8, 8)},
    STRONG | {'orders': ORDERS},
  ],
  ids=['published', 'dense', 'strong', 'gru', 'orders'],
)
def test_nothing_is_known_of_what_comes_later(options):
  model, params, logits = made(**options)
  rng = np.random.default_rng(3)
  frames = rolls(1)
  before = np.asarray(logits(params, frames))[0]
  later = 0
  for _ in range(60):
    edited = frames.copy()
    step, pitch = rng.integers(T), rng.integers(P)
    edited[0, step, pitch] ^= 1
    after = np.asarray(logits(params, edited))[0]
    np.testing.assert_array_equal(after[:step], before[:step])
    # In its own frame, the pitches above it alone may hear of the edit; by a
    # head that goes down, those below it.
    unheard = [np.s_[0, : pitch + 1]]
    unheard += [np.s_[1, pitch:]] if len(model.orders) > 1 else []
    for part in unheard:
      np.testing.assert_allclose(
        after[step][part], before[step][part], atol=2e-5
      )
    later += (np.abs(after - before) > 1e-3).any()
  assert later >= 50


def test_the_recall_finds_the_longest_match_by_hand():
  a, b, c = np.eye(P, dtype=np.int32)[:3]
  frames = np.stack([a, b, c, a, b, a, b, c, a])[None]
  place, length = longest_match(frames)
  # Before frame 3 (a) nothing was heard twice; before 4, 'a' at 0, so b is
  # next, as it was; before 5, 'ab' at 0; before 6, 'a' last at 3; then 'ab'
  # last at 3, which then led to a; 'abc' at 0 led to a.
  np.testing.assert_array_equal(length[0], [0, 0, 0, 0, 1, 2, 1, 2, 3])
  np.testing.assert_array_equal(place[0, 4:], [1, 2, 4, 5, 3])


def test_the_recall_equals_brute_force():
  frames = rolls(4, steps=24, repeat=False)
  frames[:, 1::3] = frames[:, :1]
  frames[1, 12:] = frames[1, :12]
  places, lengths = jax.tree.map(np.asarray, longest_match(frames))
  for roll, place, length in zip(frames, places, lengths, strict=True):
    for t in range(len(roll)):
      best = (0, 0)
      for s in range(t):
        run = 0
        while run < s and (roll[s - 1 - run] == roll[t - 1 - run]).all():
          run += 1
        best = max(best, (run, s))
      assert length[t] == best[0]
      if best[0]:
        assert place[t] == best[1]


def test_what_is_read_by_hand():
  model = RnnNade(P, **{**SMALL, **STRONG})
  frames = np.zeros((1, 3, P), np.int32)
  frames[0, 0, [2, 6]] = 1
  frames[0, 1, [1, 5, 11]] = 1
  past = model.given(frames, {})
  np.testing.assert_array_equal(
    past.notes[0], [[P, P, P], [2, 6, P], [1, 5, 11]]
  )
  none = 9
  np.testing.assert_array_equal(
    past.melodic[0], [[none] * 3, [none] * 3, [3, 3, none]]
  )
  # A fourth is all of the reach; a tritone counts as one.
  np.testing.assert_array_equal(
    past.harmonic[0], [[none] * 3, [none, 8, none], [none, 8, 8]]
  )
  np.testing.assert_array_equal(past.match, [[0, 0, 0]])
  assert not past.hint.any()


def test_several_orders_are_one_network_with_as_many_heads():
  every, params, _ = made(inputs='voices', reach=4, orders=ORDERS)
  frames = jnp.asarray(rolls(2))
  uniforms = jax.random.uniform(jax.random.key(4), (2, T, P + 1))

  @functools.partial(jax.jit, static_argnums=0)
  def predict(model, params, uniforms):
    """Logits, and each frame drawn with the true ones before it known."""
    given, carry = model.given(frames, {}), model.begin(2)
    variables = {'params': params}
    logits, _ = model.apply(variables, frames, given, carry)

    def one(carry, step):
      drawn, _, memory = model.apply(
        variables,
        carry,
        at(given, step),
        at(uniforms, step),
        (1.0,),
        method='sample_step',
      )
      return (at(frames, step), memory), drawn

    _, drawn = jax.lax.scan(one, carry, jnp.arange(T))
    return logits, jnp.moveaxis(drawn, 0, 1)

  logits, drawn = predict(every, params, uniforms)
  chosen = np.floor(4 * uniforms[..., -1:])
  assert {*chosen.flat} == {0, 1, 2, 3}
  for number, order in enumerate(ORDERS):
    own = {k: v for k, v in params.items() if not k.startswith('further')}
    for place, part in enumerate(('hidden_bias', 'visible_bias', 'head')):
      if number:
        own[part] = params[f'further_{number - 1}_{place}']
    one = predict(every.clone(orders=(order,)), own, uniforms[..., :P])
    np.testing.assert_allclose(
      logits[..., number, :], one[0][..., 0, :], rtol=1e-6, atol=1e-5
    )
    mine = chosen == number
    np.testing.assert_array_equal(drawn * mine, one[1] * mine)


def test_transposition_moves_intervals_nowhere():
  model = RnnNade(P, **{**SMALL, **STRONG})
  frames = np.zeros((1, T, P), np.int32)
  frames[..., :-1] = rolls(1)[..., :-1]
  higher = np.roll(frames, 1, -1)
  one, other = (model.given(x, {}) for x in (frames, higher))
  for name in ('melodic', 'harmonic', 'match'):
    np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
  np.testing.assert_array_equal(np.roll(one.hint, 1, -1), other.hint)


@pytest.mark.parametrize(
  'options',
  [
    {'voices': 0, 'reach': 3},
    {'voices': 0, 'orders': ('d',)},
    {'recall': True},
    {'reach': -1},
    {'orders': ()},
    {'orders': ('u', 'u')},
  ],
  ids=str,
)
def test_options_that_do_not_fit_are_refused(options):
  with pytest.raises(UserError):
    RnnNade.from_spec(PianoRoll(steps=8).spec, **options)
