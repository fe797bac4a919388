"""The loop on systems small enough to work out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.training import toy
from zoo.contracts import Loss, UserError
from zoo.data.batches import windows
from zoo.training import loop, parallel
from zoo.training.stages import Stage, inherit, stage_key, taken

X = {'x': np.arange(8, dtype=np.float32)}
SGD = {'name': 'sgd', 'learning_rate': 0.1}
EMPTY = {'shared': {}, 'example': {}}


def simple(loss, params=None):
  """A Loss of (params, x, keys) -> [B], without state."""
  start = params or {'w': jnp.zeros(())}

  def whole(params, state, batch, keys, train):
    del train
    values = loss(params, batch['x'], keys)
    return values.mean(), (state, {'value': values})

  return Loss(lambda *_: (start, EMPTY), lambda batch: {}, whole)


def train(stages, arrays=X, chunk=2, seed=0, said=None, **more):
  """All edges' metrics, finite flags and snapshots, read one by one."""
  edges = loop.run(
    stages,
    arrays,
    windows(4, 8),
    seed=seed,
    chunk=chunk,
    announce=(said if said is not None else []).append,
    **more,
  )
  return [(*edge.metrics(), edge.snapshot()) for edge in edges]


def test_steps_are_gradient_descent_on_the_batches_drawn():
  loss = simple(lambda p, x, keys: (p['w'] - x) ** 2)
  found = train([Stage(loss, {'.*': SGD}, 6)])
  w = 0.0
  key = jax.random.fold_in(stage_key(0, 0), 2**32 - 2)
  losses = []
  for step in range(6):
    x = X['x'][np.asarray(windows(4, 8).draw(key, step)['index'])]
    losses.append(np.mean((w - x) ** 2))
    w -= 0.1 * np.mean(2 * (w - x))
  result = np.concatenate([metrics['loss'] for metrics, _, _ in found])
  np.testing.assert_allclose(result, losses, rtol=1e-5)
  np.testing.assert_allclose(found[-1][2].params['w'], w, rtol=1e-5)
  assert [snapshot.step for _, _, snapshot in found] == [2, 4, 6]


@pytest.mark.parametrize('slope', [1e18, 1.5e19, 2e19])
def test_a_gradient_whose_length_overflows_is_no_step(slope):
  """1.5e19 squared is finite in float32, and twice that is not."""
  start = {'v': jnp.zeros(()), 'w': jnp.zeros(())}
  loss = simple(lambda p, x, keys: slope * (p['v'] + p['w']) + 0 * x, start)
  found = train([Stage(loss, {'.*': {**SGD, 'clip': 1.0}}, 2)])
  (_, finite, snapshot), long = found[-1], slope > 1e19
  assert finite.tolist() == [not long] * 2
  assert snapshot.skipped == (2 if long else 0)
  step = 0.0 if long else -2 * 0.1 * 0.5**0.5
  np.testing.assert_allclose(snapshot.params['w'], step, rtol=1e-5)


def test_a_stage_is_traced_once():
  traces = []

  def loss(params, x, keys):
    del keys
    traces.append(0)
    return (params['w'] - x) ** 2

  stages = [Stage(simple(loss), {'.*': SGD}, 6)] * 2
  edges = loop.run(stages, X, windows(4, 8), seed=0, chunk=1)
  assert [len(traces) for _ in edges] == [1] * 6 + [2] * 6


def test_all_seeds_share_one_program(monkeypatch):
  programs = []
  compiled = parallel.compile

  def spy(program):
    def run(carry, data):
      one = jax.tree.map(lambda leaf: leaf[0], (carry, data))
      programs.append(str(jax.make_jaxpr(program)(*one)))
      return compiled(program)(carry, data)

    return run

  monkeypatch.setattr(parallel, 'compile', spy)
  uniform = jax.vmap(jax.random.uniform)
  noisy = simple(lambda p, x, keys: (p['w'] - x - uniform(keys)) ** 2)
  stages = [Stage(noisy, {'.*': SGD}, 2)]
  result = [train(stages, seed=seed)[0][0]['loss'] for seed in (0, 1)]
  assert programs[0] == programs[1]
  assert (result[0] != result[1]).all()


def test_the_compiled_chunk_equals_plain_jit():
  loss = toy.regression()
  edges = loop.run(
    [Stage(loss, {'.*': SGD}, 5)],
    toy.arrays(),
    windows(8, 50),
    [toy.shift],
    seed=1,
    chunk=5,
  )
  result = next(edges).metrics()[0]['loss']

  key = stage_key(1, 0)
  batches, arrays = windows(8, 50), toy.arrays()
  order = jax.random.fold_in(key, 2**32 - 2)

  @jax.jit
  def step(params, state, batch, number):
    keys = jax.vmap(
      lambda i: jax.random.fold_in(jax.random.fold_in(key, number), i)
    )(jnp.arange(8))
    fold = jax.vmap(jax.random.fold_in, (0, None))
    batch = toy.shift(fold(keys, 1), batch)
    (value, (state, _)), gradient = jax.value_and_grad(loss.loss, has_aux=True)(
      params, state, batch, fold(keys, 0), True
    )
    move = jax.tree.map(lambda p, g: p - 0.1 * g, params, gradient)
    return value, move, state

  def batch_of(number):
    index = np.asarray(batches.draw(order, number)['index'])
    tokens = arrays['tokens'][index].astype(np.int32)
    return {'tokens': tokens, 'y': arrays['y'][index]}

  rng = jax.random.fold_in(key, 2**32 - 1)
  params, state = loss.init(rng, batch_of(0), {})
  expected = []
  for number in range(5):
    value, params, state = step(params, state, batch_of(number), number)
    expected.append(value)
  np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_two_players_in_one_scalar_take_turns():
  # The critic climbs to the data, the generator to the critic; each sees
  # only its own gradient.
  def game(p, x, keys):
    del keys
    stop = jax.lax.stop_gradient
    critic = (p['critic'] - x.mean()) ** 2
    generator = (p['generator'] - stop(p['critic'])) ** 2
    return (critic + generator) * jnp.ones(4)

  params = {'critic': jnp.ones(()), 'generator': -jnp.ones(())}
  groups = {
    'critic': {**SGD, 'turns': [0, 1], 'of': 3},
    'generator': {**SGD, 'turns': [2], 'of': 3},
  }
  stage = Stage(simple(game, params), groups, 6)
  path = [snapshot.params for _, _, snapshot in train([stage], chunk=1)]
  path = [params, *path]
  for step in range(6):
    for player, turns in (('critic', (0, 1)), ('generator', (2,))):
      moved = path[step][player] != path[step + 1][player]
      assert moved == (step % 3 in turns), (step, player)
  np.testing.assert_allclose(
    path[3]['generator'], -1 - 0.2 * (-1 - path[2]['critic']), rtol=1e-6
  )


def two_layers(trained):
  """A stack of which `trained` says how many layers there are."""

  def init(rng, batch, before):
    del batch
    keys = jax.random.split(rng, trained)
    layers = {
      f'layer{i}': {'kernel': jax.random.normal(keys[i], (3,))}
      for i in range(trained)
    }
    # What is kept of the stage before must survive that buffers are given
    # away at every call.
    return layers, {'shared': {'before': before}, 'example': {}}

  def loss(params, state, batch, keys, train):
    del keys, train
    total = sum(p['kernel'].sum() for p in params.values())
    values = (total - batch['x']) ** 2
    return values.mean(), (state, {})

  return Loss(init, lambda batch: {}, loss)


def test_stages_copy_what_they_can_and_freeze_what_they_must():
  said = []
  adam = {'name': 'adam', 'learning_rate': 0.1, 'weight_decay': 0.1}
  stages = [
    Stage(two_layers(1), {'.*': adam}, 4),
    Stage(two_layers(2), {'layer0/.*': None, '.*': adam}, 4),
  ]
  found = [snapshot for _, _, snapshot in train(stages, said=said)]
  first, second = found[1], found[3]
  assert [s.stage for s in found] == [0, 0, 1, 1]
  assert [s.step for s in found] == [2, 4, 6, 8]
  frozen = second.params['layer0']['kernel']
  np.testing.assert_array_equal(frozen, first.params['layer0']['kernel'])
  assert np.all(
    found[2].params['layer1']['kernel'] != second.params['layer1']['kernel']
  )
  kept = second.state['shared']['before']['layer0']['kernel']
  np.testing.assert_array_equal(kept, frozen)
  assert said[1] == (
    'Stage 1 copies layer0/kernel from the previous stage and draws '
    'layer1/kernel.'
  )
  # Carrying on in the middle, and at the seam of the stages.
  for snapshot in (found[1], found[2]):
    again = train(stages, snapshot=snapshot)[-1][2]
    jax.tree.map(np.testing.assert_array_equal, again, second)
  assert train(stages, snapshot=second) == []


def test_inherit_wants_equal_path_and_shape():
  before = {'a': jnp.ones(2), 'b': {'c': jnp.ones(3)}}
  drawn = {'a': jnp.zeros(3), 'b': {'c': jnp.zeros(3)}, 'd': jnp.zeros(1)}
  params, copied, kept = inherit(drawn, before)
  assert copied == ['b/c']
  assert kept == ['a', 'd']
  assert params['b']['c'].tolist() == [1, 1, 1]
  assert params['a'].tolist() == [0, 0, 0]


def test_a_step_that_is_not_finite_moves_nothing_and_is_counted():
  def init(rng, batch, before):
    del rng, batch, before
    state = {'shared': {'steps': jnp.int32(0)}, 'example': {}}
    return {'w': jnp.zeros(())}, state

  def loss(params, state, batch, keys, train):
    del batch, keys, train
    steps = state['shared']['steps']
    # sqrt'(0) = inf: the loss of the second step is finite, its gradient not.
    root = jnp.sqrt(jnp.where(steps == 1, 0.0 * params['w'], 1.0))
    value = (params['w'] - 1) ** 2 + root
    state = {**state, 'shared': {'steps': steps + 1}}
    return value, (state, {})

  stage = Stage(
    Loss(init, lambda batch: {}, loss), {'.*': {**SGD, 'momentum': 0.9}}, 4
  )
  found = train([stage], chunk=1)
  finite = [bool(flags[0]) for _, flags, _ in found]
  # The state stands still as well, so every later step fails likewise.
  assert finite == [True, False, False, False]
  assert [snapshot.skipped for _, _, snapshot in found] == [0, 1, 2, 3]
  for _, _, snapshot in found[1:]:
    assert snapshot.params['w'] == found[0][2].params['w']
    assert int(snapshot.state['shared']['steps']) == 1
    jax.tree.map(np.testing.assert_array_equal, snapshot.opt, found[0][2].opt)


def test_steps_chunk_batch_and_devices_must_fit(monkeypatch):
  loss = simple(lambda p, x, keys: (p['w'] - x) ** 2)
  with pytest.raises(
    UserError, match='batches/chunk is 2: it must divide steps, 5'
  ):
    train([Stage(loss, {'.*': SGD}, 5)])
  for steps, chunk, result in (
    (0, 2, 'steps is 0: it must be at least 1'),
    (-4, 2, 'steps is -4: it must be at least 1'),
    (4, 0, 'batches/chunk is 0: it must be at least 1'),
    (4, -2, 'batches/chunk is -2: it must be at least 1'),
  ):
    with pytest.raises(UserError, match=result):
      train([Stage(loss, {'.*': SGD}, steps)], chunk=chunk)
  with pytest.raises(UserError, match='There is no optimizer'):
    train([Stage(loss, {'.*': {'name': 'x'}}, 4)])
  other = Stage(loss, {'.*': SGD}, 4, batches=windows(4, 8, shards=2))
  with pytest.raises(
    UserError, match='stages/0/batches/shards is 2, and batches/shards of'
  ):
    train([other])
  monkeypatch.setattr(jax, 'process_count', lambda: 3)
  with pytest.raises(UserError, match='batch is 4, which 3 processes cannot'):
    train([Stage(loss, {'.*': SGD}, 4)])
  with pytest.raises(UserError, match='batches/shards is 4, which 3 processes'):
    parallel.use(6, 4)


def test_devices_share_virtual_shards_equally(monkeypatch):
  monkeypatch.setattr(jax, 'local_device_count', lambda: 8)
  monkeypatch.setattr(parallel, '_taken', None)
  assert [parallel.use(24, shards) for shards in (0, 2, 3, 6, 24)] == [
    *(8, 2, 3, 6, 8)
  ]


@pytest.mark.parametrize(
  'batch, devices, taken',
  [(10, 4, 2), (10, 8, 5), (8, 4, 4), (7, 4, 1), (3, 8, 3), (64, 8, 8)],
)
def test_as_many_devices_are_used_as_divide_the_batch(
  monkeypatch, batch, devices, taken
):
  monkeypatch.setattr(jax, 'local_device_count', lambda: devices)
  monkeypatch.setattr(parallel, '_taken', None)
  assert parallel.use(batch) == taken == parallel.count()
  assert parallel.idle() == devices - taken
  assert parallel.share(batch) * taken == batch


def test_a_stage_may_read_other_batches_and_leave_augmentation_out():
  seen = simple(lambda p, x, keys: x + 0 * p['w'])
  ten = lambda keys, batch: {**batch, 'x': batch['x'] + 10}  # noqa: E731
  stages = [
    Stage(seen, {'.*': SGD}, 2),
    Stage(seen, {'.*': SGD}, 2, batches=windows(8, 8), augment=()),
  ]
  found = train(stages, augment=[ten])
  first, second = (metrics['loss'] for metrics, _, _ in found)
  # All eight examples are in each batch of the second stage: mean 0..7.
  np.testing.assert_allclose(second, [3.5, 3.5])
  assert first.sum() / 2 == 13.5  # one epoch of two batches of four


def test_a_stage_starts_from_parameters_of_another_run():
  source = {'core': {'w': np.float32(3.0), 'v': np.ones(2, np.float32)}}
  drawn = {'drums': {'w': jnp.zeros(()), 'v': jnp.zeros(2)}, 'b': jnp.ones(())}
  loss = simple(lambda p, x, keys: 0 * (x + p['drums']['w'] + p['b']), drawn)
  said = []

  def start(shapes):
    return taken(shapes, source, {r'drums/(.*)': r'core/\1'}, 'the run')

  stage = Stage(loss, {'.*': SGD}, 2, start=start)
  ((_, _, snapshot),) = train([stage], said=said)
  assert snapshot.params['drums']['w'] == 3
  assert snapshot.params['drums']['v'].tolist() == [1, 1]
  assert snapshot.params['b'] == 1
  assert 'copies drums/v, drums/w from trained parameters and draws b' in (
    ' '.join(said)
  )


@pytest.mark.parametrize(
  'take, sentence',
  [
    ({'strings/.*': 'core/w'}, 'start/take/strings/.* matches no parameter'),
    ({'drums/w': 'core/u'}, "refers to 'core/u', which the run does not have"),
    ({'drums/w': 'core/v'}, r"'core/v' of shape \(2,\) to 'drums/w' of"),
  ],
)
def test_what_cannot_be_taken_is_refused(take, sentence):
  source = {'core': {'w': np.float32(3.0), 'v': np.ones(2, np.float32)}}
  drawn = {'drums': {'w': jnp.zeros(()), 'v': jnp.zeros(2)}}
  with pytest.raises(UserError, match=sentence):
    taken(drawn, source, take, 'the run')


def test_outside_the_devices_mean_and_gather_change_nothing():
  tree = {'a': jnp.arange(3.0)}
  assert parallel.mean(tree) is tree
  assert parallel.gather(tree) is tree
  assert jax.jit(parallel.gather)(tree)['a'].tolist() == [0, 1, 2]
