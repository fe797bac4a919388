"""Counterpoint: sizes by hand, what each form knows, learning, sampling."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.parameters import program
from zoo.encoders.voices import Voices
from zoo.losses.counterpoint import counterpoint as loss_of
from zoo.models.counterpoint import counterpoint
from zoo.samplers.counterpoint import counterpoint as sampler_of

B, T = 4, 8
SPEC = Voices(steps=T, rests=False).spec
FORMS = ('feedforward', 'recurrent', 'bidirectional')


def batch(seed=0):
  random = np.random.default_rng(seed)
  voices = random.integers(0, 23, (B, T, 4))
  return {
    'voices': jnp.asarray(voices),
    'fermata': jnp.zeros((B, T), int),
    'beat': jnp.tile(jnp.arange(T) % 4, (B, 1)),
    'key': jnp.full((B, T), 7),
    'length': jnp.full(B, T),
  }


def build(form):
  model = counterpoint(SPEC, form=form, hidden=(16,))
  return model, loss_of(model).init(jax.random.key(0), batch(), {})[0]


def size(form, **options):
  model = counterpoint(SPEC, form=form, hidden=(16,), **options)
  shapes = jax.eval_shape(
    lambda: loss_of(model).init(jax.random.key(0), batch(), {})[0]
  )
  return sum(leaf.size for leaf in jax.tree.leaves(shapes))


def test_parameters_by_hand():
  """26 classes of the soprano in; 23 + 23 + 30 out."""
  assert size('feedforward') == ((T * 26 + 1) * 16 + (16 + 1) * T * 76)
  assert size('recurrent') == 4 * 16 * (26 + 16 + 1) + 17 * 76
  assert size('bidirectional') == (2 * 4 * 16 * (26 + 16 + 1) + 33 * 76)
  assert (
    size('recurrent', marks=True)
    == 4 * 16 * (26 + 2 + 4 + 15 + 16 + 1) + 17 * 76
  )


@pytest.mark.parametrize('form', FORMS)
def test_which_steps_of_the_soprano_are_known(form):
  """One way, only those before; and the lower voices never."""
  model, params = build(form)
  examples = batch()
  before = program(model)({'params': params}, examples)
  voices = examples['voices']
  changed = voices.at[:, 5, 0].set((voices[:, 5, 0] + 1) % 23)
  after = program(model)({'params': params}, {**examples, 'voices': changed})
  moved = np.asarray((before != after).any((0, 2, 3)))
  assert moved[5:].all()
  assert moved[:5].all() == (form != 'recurrent')
  if form == 'recurrent':
    assert not moved[:5].any()
  lower = {**examples, 'voices': voices.at[..., 1:].set(0)}
  same = program(model)({'params': params}, lower)
  np.testing.assert_array_equal(before, same)


def test_classes_that_a_voice_has_not_are_never_likely():
  model, params = build('feedforward')
  logits = program(model)({'params': params}, batch())
  assert logits.shape == (B, T, 3, 30)
  chances = jax.nn.softmax(logits)
  assert float(chances[:, :, :2, 23:].max()) == 0
  assert float(chances[:, :, 2, 23:].min()) > 0


@pytest.mark.parametrize('head', ['softmax', 'sigmoid'])
def test_it_learns_four_examples_by_heart(head):
  model = counterpoint(SPEC, hidden=(64,))
  loss = loss_of(model, head=head)
  examples = batch()
  keys = jax.random.split(jax.random.key(0), B)
  params, state = loss.init(jax.random.key(0), examples, {})
  rule = optax.adam(1e-2)

  @jax.jit
  def step(params, moments):
    def value(params):
      return loss.loss(params, state, examples, keys, True)

    (_, (_, metrics)), gradient = jax.value_and_grad(value, has_aux=True)(
      params
    )
    moves, moments = rule.update(gradient, moments)
    return optax.apply_updates(params, moves), moments, metrics

  moments = rule.init(params)
  for _ in range(150):
    params, moments, metrics = step(params, moments)
  assert float(metrics['accuracy'].min()) == 1
  assert float(metrics['onset_accuracy'].min()) == 1


def test_what_lies_behind_the_end_counts_for_nothing():
  model, params = build('recurrent')
  loss = loss_of(model)
  examples = {**batch(), 'length': jnp.full(B, 5)}
  other = examples['voices'].at[:, 5:].set(1)
  found = [
    jax.jit(loss.loss, static_argnums=4)(
      params, {}, {**examples, 'voices': one}, None, False
    )[1][1]
    for one in (examples['voices'], other)
  ]
  for name in found[0]:
    np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-6)


def test_the_given_voice_stays_and_sampling_draws():
  model, params = build('recurrent')
  given = batch()
  keys = jax.random.split(jax.random.key(0), B)
  likeliest = sampler_of(model)['harmonize'](params, {}, keys, given)
  drawn = sampler_of(model, temperature=1.0)['harmonize'](
    params, {}, keys, given
  )
  for made in (likeliest, drawn):
    np.testing.assert_array_equal(
      made['voices'][..., 0], given['voices'][..., 0]
    )
  logits = program(model)({'params': params}, given)
  np.testing.assert_array_equal(likeliest['voices'][..., 1:], logits.argmax(-1))
  assert (drawn['voices'] != likeliest['voices']).any()
