"""Counterpoint: sizes by hand, inputs of each form, learning, sampling."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.parameters import program
from zoo.encoders.voices import Voices
from zoo.evaluation.model.likelihood import likelihood as evaluate
from zoo.losses.likelihood import likelihood as loss_of
from zoo.models.counterpoint import Counterpoint
from zoo.samplers.predict import predict

B, T = 4, 8
SPEC = Voices(steps=T, rests=False).spec
KEYS = jax.random.split(jax.random.key(0), B)
STATE = {'shared': {}, 'example': {}}
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
  model = Counterpoint.from_spec(SPEC, form=form, hidden=(16,))
  return model, loss_of(model).init(jax.random.key(0), batch(), {})[0]


def logits_of(model, params, examples):
  steps = model.read(examples)
  return program(model)({'params': params}, steps.symbols, steps.given)[0]


def size(form, **options):
  model = Counterpoint.from_spec(SPEC, form=form, hidden=(16,), **options)
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
  before = logits_of(model, params, examples)
  voices = examples['voices']
  changed = voices.at[:, 5, 0].set((voices[:, 5, 0] + 1) % 23)
  after = logits_of(model, params, {**examples, 'voices': changed})
  moved = np.asarray((before != after).any((0, 2, 3)))
  assert moved[5:].all()
  assert moved[:5].all() == (form != 'recurrent')
  if form == 'recurrent':
    assert not moved[:5].any()
  lower = {**examples, 'voices': voices.at[..., 1:].set(0)}
  same = logits_of(model, params, lower)
  np.testing.assert_array_equal(before, same)


def test_classes_that_a_voice_has_not_are_never_likely():
  model, params = build('feedforward')
  logits = logits_of(model, params, batch())
  assert logits.shape == (B, T, 3, 30)
  shares = jax.nn.softmax(logits)
  assert float(shares[:, :, :2, 23:].max()) == 0
  assert float(shares[:, :, 2, 23:].min()) > 0


@pytest.mark.parametrize('head', ['softmax', 'sigmoid'])
def test_it_memorises_four_examples(head):
  model = Counterpoint.from_spec(SPEC, hidden=(64,), head=head)
  loss = loss_of(model)
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


def test_steps_beyond_the_end_are_ignored():
  model, params = build('recurrent')
  loss = loss_of(model)
  examples = {**batch(), 'length': jnp.full(B, 5)}
  other = examples['voices'].at[:, 5:].set(1)
  found = [
    jax.jit(loss.loss, static_argnums=4)(
      params, STATE, {**examples, 'voices': one}, None, False
    )[1][1]
    for one in (examples['voices'], other)
  ]
  for name in found[0]:
    np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-6)


def test_the_given_voice_stays_and_sampling_draws():
  model, params = build('recurrent')
  given = batch()
  keys = jax.random.split(jax.random.key(0), B)
  likeliest = predict(model)['harmonize'](params, {}, keys, given)
  drawn = predict(model, temperature=1.0)['harmonize'](params, {}, keys, given)
  for made in (likeliest, drawn):
    np.testing.assert_array_equal(
      made['voices'][..., 0], given['voices'][..., 0]
    )
  logits = logits_of(model, params, given)
  np.testing.assert_array_equal(likeliest['voices'][..., 1:], logits.argmax(-1))
  assert (drawn['voices'] != likeliest['voices']).any()


def test_the_head_of_a_voice_is_that_of_its_loss_and_its_nats():
  """Sigmoids: the loss is every class's, the nats those of a distribution."""
  for head, loss in (('softmax', 'nats'), ('sigmoid', 'bound')):
    model = Counterpoint.from_spec(SPEC, hidden=(), head=head)
    examples = batch()
    params = jax.tree.map(
      jnp.zeros_like, loss_of(model).init(jax.random.key(0), examples, {})[0]
    )
    metrics = [
      jax.jit(loss_of(model).loss, static_argnums=4)(
        params, STATE, examples, KEYS, train
      )[1][1]
      for train in (True, False)
    ]
    # All classes are alike: 23, 23 and 30, of which a sigmoid each is a coin.
    nats = np.log(23) + np.log(23) + np.log(30)
    coins = (23 + 23 + 30) * np.log(2)
    np.testing.assert_allclose(
      metrics[0]['loss'], nats if loss == 'nats' else coins, rtol=1e-5
    )
    np.testing.assert_allclose(metrics[1]['loss'], nats, rtol=1e-5)
    np.testing.assert_allclose(
      metrics[1]['bound'], metrics[0]['loss'], rtol=1e-5
    )


def test_nats_of_the_evaluator_are_those_of_the_head():
  """A log-softmax of a sigmoid's logits would be no probability of it."""
  examples = {k: np.asarray(v) for k, v in batch().items()}
  splits = {'train': examples, 'test': examples}
  for head in ('softmax', 'sigmoid'):
    model = Counterpoint.from_spec(SPEC, form='recurrent', hidden=(), head=head)
    params = loss_of(model).init(jax.random.key(0), batch(), {})[0]
    outputs = logits_of(model, params, batch())
    p = np.asarray(
      jax.nn.softmax(outputs) if head == 'softmax' else jax.nn.sigmoid(outputs)
    )
    p = p / p.sum(-1, keepdims=True)
    truth = np.asarray(examples['voices'])[..., 1:, None]
    nats = -np.log(np.take_along_axis(p, truth, -1))[..., 0].mean((0, 1))
    found = evaluate(model, params, {}, splits, SPEC)
    for voice, name in enumerate(('alto', 'tenor', 'bass')):
      assert found[f'{name}_nats']['model'] == pytest.approx(
        nats[voice], rel=1e-4
      )


def test_the_evaluator_by_hand():
  """Two examples of two steps: held, begun; a soprano that tells the alto."""
  spec = Voices(steps=2, rests=False).spec
  voices = np.zeros((2, 2, 4), np.int32)
  voices[:, 1, 0], voices[:, 1, 1] = (3, 4), (5, 6)
  train = {'voices': voices, 'length': np.array([2, 2], np.int32)}
  test = {'voices': voices[[1, 1]], 'length': np.array([2, 1], np.int32)}
  model = Counterpoint.from_spec(spec, form='recurrent', hidden=())
  params = jax.tree.map(
    jnp.zeros_like, loss_of(model).init(jax.random.key(0), train, {})[0]
  )
  found = evaluate(model, params, {}, {'train': train, 'test': test}, spec)
  assert found['examples'] == 2
  # Three steps: hold, 6, hold. All weights are 0: the model holds, as `hold`.
  assert found['alto']['model'] == found['alto']['hold'] == pytest.approx(2 / 3)
  assert found['alto']['unigram'] == pytest.approx(2 / 3)
  assert found['alto']['given_soprano'] == 1
  assert found['alto_onsets']['model'] == found['alto_onsets']['hold'] == 0
  assert found['alto_onsets']['unigram'] == 0  # 5 and 6 once: the first
  assert found['alto_onsets']['given_soprano'] == 1
  assert found['alto_nats']['model'] == pytest.approx(np.log(23), rel=1e-5)
  # Counts 2, 1 and 1, one added to each of 23: 3/27 for a hold, 2/27 for 6.
  assert found['alto_nats']['unigram'] == pytest.approx(
    -np.log(3 * 3 * 2 / 27**3) / 3
  )
  assert found['mean']['hold'] == pytest.approx((2 / 3 + 1 + 1) / 3)
  # By example 1 of 2 and 1 of 1 are right, of 2/3: the excesses are 1/3.
  assert found['alto']['spread'] == pytest.approx(np.sqrt(2 / 9) / 3)
  empty = {k: v[:0] for k, v in test.items()}
  assert evaluate(model, params, {}, {'train': train, 'test': empty}, spec) == {
    'examples': 0
  }
