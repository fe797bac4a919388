"""Losses of layered networks: numbers by hand, and frozen layers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.data.batches import windows
from zoo.layers import reconstruction as rows_lib
from zoo.layers.boltzmann import Machine
from zoo.layers.gibbs import block, gibbs
from zoo.losses.elbo import elbo
from zoo.losses.layerwise import contrastive_divergence, layerwise
from zoo.losses.likelihood import likelihood
from zoo.models.stacked_autoencoder import StackedAutoencoder
from zoo.models.stacked_classifier import StackedClassifier
from zoo.training import loop
from zoo.training.evaluate import evaluate
from zoo.training.stages import Stage

FIELDS = {
  'image': Field((6,), 'uint8', kind='grey'),
  'label': Field((), 'int32', 2),
}
SPEC = Spec('toy', {}, FIELDS, {}, 0.0, {}, {})
TOKENS = Spec('toy', {}, {'tokens': Field((2,), 'int8', 3)}, {}, 0.25, {}, {})
# Twenty pictures of two kinds, left lit or right lit, with noise.
KIND = np.arange(20) % 2
NOISE = np.random.default_rng(0).integers(0, 60, (20, 6))
IMAGES = np.where((np.arange(6) < 3) == KIND[:, None], 190, 0) + NOISE
ARRAYS = {'image': IMAGES.astype(np.uint8), 'label': KIND.astype(np.int32)}
KEYS = jax.random.split(jax.random.key(3), 20)
ADAM = {'name': 'adam', 'learning_rate': 0.02, 'weight_decay': 0.1}


def value(loss, batch, train=False):
  params, state = loss.init(jax.random.key(0), batch, {})
  keys = KEYS[: len(next(iter(batch.values())))]
  return jax.jit(loss.loss, static_argnums=4)(params, state, batch, keys, train)


def test_errors_of_a_row_by_hand():
  rows, logits = jnp.array([[1.0, 0.0]]), jnp.array([[0.0, np.log(3.0)]])
  found = rows_lib.binary_cross_entropy(logits, rows)
  # -log 1/2 - log (1 - 3/4)
  np.testing.assert_allclose(found, [np.log(2) + np.log(4)], rtol=1e-6)
  found = rows_lib.squared_error(jax.nn.sigmoid(logits), rows)
  np.testing.assert_allclose(found, [0.25 + 0.5625], rtol=1e-6)
  huge = rows_lib.binary_cross_entropy(jnp.array([[200.0]]), jnp.zeros((1, 1)))
  np.testing.assert_allclose(huge, [200])


def test_each_error_of_a_fair_decoder_by_hand():
  batch = {'tokens': np.array([[0, 2], [1, 1]], np.int8)}
  for head, expected in (
    ('bernoulli', 6 * np.log(2)),
    ('gaussian', 6 * 0.25),
    ('categorical', 2 * np.log(3)),
  ):
    model = StackedAutoencoder.from_spec(TOKENS, widths=(4,), head=head)
    loss = elbo(model, TOKENS)
    params, state = loss.init(jax.random.key(0), batch, {})
    zero = jax.tree.map(jnp.zeros_like, params)
    scalar, (_, metrics) = jax.jit(loss.loss, static_argnums=4)(
      zero, state, batch, KEYS[:2], False
    )
    np.testing.assert_allclose(scalar, expected, rtol=1e-6)
    assert {k: v.shape for k, v in metrics.items()} == dict.fromkeys(
      ['loss', 'reconstruction', 'mistakes'], (2,)
    )


def test_sparsity_is_the_divergence_of_the_mean_activation():
  codes = jnp.array([[0.1, 0.5], [0.3, 0.5]])
  expected = sum(
    0.2 * np.log(0.2 / mean) + 0.8 * np.log(0.8 / (1 - mean))
    for mean in (0.2, 0.5)
  )
  np.testing.assert_allclose(
    rows_lib.sparsity([codes], 0.2), expected, rtol=1e-5
  )
  # The slide's KL is 0 where the mean is the target, and its gradient too.
  at = jnp.full((2, 1), 0.2)
  assert abs(float(rows_lib.sparsity([at], 0.2))) < 1e-6
  model = StackedAutoencoder.from_spec(SPEC, widths=(4,))
  plain, _ = value(elbo(model, SPEC), ARRAYS)
  sparse, _ = value(elbo(model, SPEC, sparsity=3.0), ARRAYS, True)
  assert sparse > plain + 1


@pytest.mark.parametrize(
  'loss',
  [
    lambda model: elbo(model, SPEC, sparsity=3.0),
    lambda model: layerwise(model, layer=0, sparsity=3.0),
  ],
)
def test_a_validation_of_sparse_codes_is_cut_as_one_likes(loss):
  loss = loss(StackedAutoencoder.from_spec(SPEC, widths=(4,)))
  params, state = loss.init(jax.random.key(0), ARRAYS, {})
  whole, parts = (
    evaluate(loss, params, state, ARRAYS, seed=0, batch=batch)
    for batch in (20, 3)
  )
  assert whole == pytest.approx(parts, rel=1e-5)


def test_corruption_hides_a_share_in_training_and_asks_for_everything():
  rows = jnp.ones((20, 500))
  hidden = rows_lib.corrupt(rows, KEYS, 0.3)
  assert 0.68 < float(hidden.mean()) < 0.72
  np.testing.assert_array_equal(rows_lib.corrupt(rows, KEYS, 0.0), rows)
  model = StackedAutoencoder.from_spec(SPEC, widths=(4,))
  loss = elbo(model, SPEC, corruption=1.0)
  # All hidden: the code is that of darkness, the same for every picture.
  params, state = loss.init(jax.random.key(0), ARRAYS, {})
  dark = model.apply({'params': params}, {'image': jnp.zeros((20, 6))})
  _, (_, metrics) = jax.jit(loss.loss, static_argnums=4)(
    params, state, ARRAYS, KEYS, True
  )
  np.testing.assert_allclose(
    metrics['reconstruction'],
    rows_lib.binary_cross_entropy(dark, ARRAYS['image'] / 255.0),
    rtol=1e-5,
  )


def test_a_layer_learns_on_stopped_encodings():
  model = StackedAutoencoder.from_spec(SPEC, widths=(5, 4, 3))
  loss = layerwise(model, layer=1)
  params, state = loss.init(jax.random.key(0), ARRAYS, {})

  def scalar(params):
    return loss.loss(params, state, ARRAYS, KEYS, True)[0]

  gradient = jax.grad(scalar)(params)
  for name in ('layer_0', 'layer_2'):
    for leaf in jax.tree.leaves(gradient[name]):
      assert not leaf.any()
  for leaf in jax.tree.leaves(gradient['layer_1']):
    assert leaf.any()
  variables = {'params': params}
  below = model.apply(variables, ARRAYS, 1, method='below')
  logits, _ = model.apply(variables, below, 1, method='reconstruct')
  np.testing.assert_allclose(
    scalar(params),
    jnp.mean(rows_lib.binary_cross_entropy(logits, below)),
    rtol=1e-6,
  )


def test_the_gradient_of_a_boltzmann_layer_is_the_rule_of_cd():
  rng = np.random.default_rng(1)
  layer = {
    'kernel': rng.normal(size=(6, 3)),
    'bias': rng.normal(size=3),
    'visible_bias': rng.normal(size=6),
  }
  layer = {k: jnp.asarray(v, jnp.float32) for k, v in layer.items()}
  rows = jnp.asarray(rng.random((20, 6)) < 0.5, jnp.float32)

  def hidden(rows):
    logits = np.asarray(rows) @ layer['kernel'] + layer['bias']
    return 1 / (1 + np.exp(-logits))

  machine = Machine(layer['kernel'], layer['visible_bias'], layer['bias'])
  chain = np.asarray(gibbs(block(machine), rows, KEYS, 2))
  rows = np.asarray(rows)
  positive, negative = hidden(rows), hidden(chain)
  expected = {
    'kernel': (chain.T @ negative - rows.T @ positive) / 20,
    'bias': (negative - positive).mean(0),
    'visible_bias': (chain - rows).mean(0),
  }
  gradient = jax.grad(
    lambda layer: contrastive_divergence(layer, rows, KEYS, 2)[0].mean()
  )(layer)
  for name, value in expected.items():
    np.testing.assert_allclose(gradient[name], value, atol=1e-6)


def test_frozen_layers_move_by_exactly_nothing_even_under_weight_decay():
  model = StackedClassifier.from_spec(SPEC, widths=(5, 4), tied=True)
  stages = [
    Stage(
      layerwise(model, layer=layer, learner=learner),
      {f'layer_{layer}/.*': ADAM, '.*': None},
      40,
    )
    for layer, learner in enumerate(('autoencoder', 'rbm'))
  ]
  tuned = {r'layer_\d+/(kernel|bias)|classifier/.*': ADAM, '.*': None}
  stages.append(Stage(likelihood(model), tuned, 120))
  edges = loop.run(stages, ARRAYS, windows(10, 20), seed=0, chunk=20)
  found = [(*edge.metrics(), edge.snapshot()) for edge in edges]
  first, _ = stages[0].loss.init(jax.random.key(0), ARRAYS, {})
  ends = [found[i][2].params for i in (1, 3, 9)]

  def names(tree):
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {
      jax.tree_util.keystr(path, simple=True, separator='/'): np.asarray(leaf)
      for path, leaf in leaves
    }

  def moved(before, after):
    before, after = names(before), names(after)
    return {k for k in before if not np.array_equal(before[k], after[k])}

  layer = {f'/{name}' for name in ('kernel', 'bias', 'visible_bias')}
  # Within each stage only its own layer moves: before each stage, the last.
  assert moved(found[0][2].params, ends[0]) == {f'layer_0{x}' for x in layer}
  assert moved(ends[0], ends[1]) == {f'layer_1{x}' for x in layer}
  assert moved(ends[1], ends[2]) == {
    *(f'layer_{n}/{x}' for n in range(2) for x in ('kernel', 'bias')),
    'classifier/kernel',
    'classifier/bias',
  }
  assert first.keys() == ends[0].keys()
  for number in range(2):
    errors = np.concatenate(
      [m['error'] for m, _, s in found if s.stage == number]
    )
    assert errors[-5:].mean() < errors[:5].mean()
  assert found[-1][0]['accuracy'][-1] == 1


@pytest.mark.parametrize(
  'options', [{}, {'batch_norm': True}, {'residual': True}, {'dropout': 0.2}]
)
def test_every_alternative_learns_to_classify(options):
  model = StackedClassifier.from_spec(
    SPEC, widths=(8, 8), activation='relu', **options
  )
  group = {'name': 'adam', 'learning_rate': 0.02}
  stage = Stage(likelihood(model), {'.*': group}, 60)
  edges = loop.run([stage], ARRAYS, windows(10, 20), seed=1, chunk=60)
  (edge,) = edges
  metrics, finite = edge.metrics()
  assert finite.all()
  snapshot = edge.snapshot()
  scalar, (state, now) = stage.loss.loss(
    snapshot.params, snapshot.state, ARRAYS, KEYS, False
  )
  assert now['accuracy'].mean() > 0.9
  assert scalar < metrics['loss'][0]
  # Evaluation leaves what batch normalisation remembers alone.
  jax.tree.map(np.testing.assert_array_equal, state, snapshot.state)


def test_mistakes_are_refused():
  sigmoids = StackedAutoencoder.from_spec(SPEC, widths=(4,))
  rectified = StackedAutoencoder.from_spec(
    SPEC, widths=(4, 4), activation='relu'
  )
  with pytest.raises(UserError, match='must be 0 to 0, not 1'):
    layerwise(sigmoids, layer=1)
  with pytest.raises(UserError, match='corruption must be a share'):
    elbo(sigmoids, SPEC, corruption=1.5)
  with pytest.raises(UserError, match='corruption must be a share'):
    layerwise(sigmoids, layer=0, corruption=-0.5)
  with pytest.raises(UserError, match='relu gives other values: take sig'):
    elbo(rectified, SPEC, sparsity=1.0)
  with pytest.raises(UserError, match='take mse'):
    layerwise(rectified, layer=1)
  with pytest.raises(UserError, match="learner='rbm' needs"):
    layerwise(rectified, layer=0, learner='rbm')


def test_what_is_normalised_is_not_learned_layer_by_layer():
  model = StackedAutoencoder.from_spec(SPEC, widths=(4,), batch_norm=True)
  for learner in ('autoencoder', 'rbm'):
    with pytest.raises(UserError, match='does not support model/batch_norm'):
      layerwise(model, layer=0, learner=learner)


def test_sums_of_activations_are_not_probabilities():
  # Layer 0 is as wide as the rows, and layer 2 as layer 1: these add.
  model = StackedAutoencoder.from_spec(SPEC, widths=(6, 4, 4, 3), residual=True)
  for layer in (0, 2):
    layerwise(model, layer=layer, sparsity=1.0)
    layerwise(model, layer=layer, learner='rbm')
  for layer in (1, 3):
    layerwise(model, layer=layer, error='mse', sparsity=1.0)
    for options in ({}, {'learner': 'rbm'}, {'learner': 'rbm', 'error': 'mse'}):
      with pytest.raises(UserError, match=f'layer {layer} reads sums'):
        layerwise(model, layer=layer, **options)
  with pytest.raises(UserError, match='model/residual adds up activations'):
    elbo(model, SPEC, sparsity=1.0)
  elbo(model, SPEC)
  # No layer is as wide as what it reads: nothing is added.
  narrowing = StackedAutoencoder.from_spec(SPEC, widths=(5, 4), residual=True)
  elbo(narrowing, SPEC, sparsity=1.0)
