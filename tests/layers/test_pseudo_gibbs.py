"""Pseudo-Gibbs: what it converges to, and what it keeps."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from zoo.layers.pseudo_gibbs import Schedule, Score, fill_in

C = 1
PAIRS = np.random.default_rng(0).normal(size=(4, 4)) * 0.5
PAIRS = np.float32(np.triu(PAIRS, 1) + np.triu(PAIRS, 1).T)
STEADY = {'hottest': 1.0, 'cooling': 1.0}


class Ising:
  """Two voices of two steps of 0 and 1, between steps of padding.

  log p(x) = sum over pairs of cells of s_i s_j PAIRS[i, j] / 2, s = 2x - 1.
  """

  context = C
  possible = np.ones((2, 2), bool)

  def apply(self, variables, voices, given, voice, method):
    del variables, method
    # Padding holds 2 + step, which tells where the window stands.
    voices = voices.astype(jnp.float32)
    first = given['step'][:, C] == 1
    here, after = 2 * voices[:, C] - 1, 2 * voices[:, C + 1] - 1
    before = 2 * voices[:, C - 1] - 1
    # Cells in the order (step, voice).
    spins = jnp.where(
      first[:, None],
      jnp.concatenate([here, after], 1),
      jnp.concatenate([before, here], 1),
    )
    own = jnp.where(first, voice, 2 + voice)
    weights = jnp.asarray(PAIRS)[own]
    field = jnp.sum(weights * spins, 1)
    return jnp.stack([-field, field], -1)[:, None]


class Orderless(Ising):
  """The same, given whichever other cells are known: 2 is one that is not."""

  def apply(self, variables, voices, given, voice, method):
    del variables, method
    first = given['step'][:, C] == 1
    pair = jnp.where(
      first[:, None, None], voices[:, C:], voices[:, : C + 1]
    ).reshape(-1, 4)
    own = jnp.where(first, voice, 2 + voice)
    states = jnp.array(list(itertools.product((0, 1), repeat=4)))
    fits = (pair[:, None] == states) | (pair[:, None] == 2)
    fits |= (jnp.arange(4) == own[:, None])[:, None]
    share = jnp.where(jnp.all(fits, -1), jnp.asarray(expected()), 0)
    on = states.T[own] == 1
    off, on = (jnp.sum(share * one, -1) for one in (~on, on))
    return jnp.log(jnp.stack([off, on], -1))[:, None]


def score(count, free=None):
  voices = jnp.full((count, 4, 2), 7).at[:, 1:3].set(0)
  music = jnp.zeros((4, 2), bool).at[1:3].set(True)
  free = music if free is None else jnp.asarray(free) & music
  return Score(
    voices,
    {'step': jnp.broadcast_to(jnp.arange(4), (count, 4))},
    jnp.broadcast_to(free, (count, 4, 2)),
    jnp.ones(2, bool),
    jnp.full(count, 2),
  )


def filled(count, schedule, **options):
  keys = jax.random.split(jax.random.key(0), count)
  given = score(count)
  model = options.pop('model', Ising())
  for name in ('free', 'allowed'):
    if name in options:
      given = given._replace(**{name: options.pop(name)})
  return np.asarray(
    jax.jit(lambda keys: fill_in(model, {}, given, keys, schedule, **options))(
      keys
    )
  )


def expected(temperature=1.0):
  states = np.array(list(itertools.product((0, 1), repeat=4)))
  spins = 2 * states - 1
  energy = np.einsum('si,ij,sj->s', spins, PAIRS, spins) / 2
  shares = np.exp(energy / temperature)
  return shares / shares.sum()


def test_one_cell_at_a_time_it_is_gibbs_sampling():
  count = 10000
  made = filled(count, Schedule(60, 0.5, **STEADY))
  cells = made[:, 1:3].reshape(count, 4)
  found = np.bincount(cells @ np.array([8, 4, 2, 1]), minlength=16)
  shares = expected() * count
  # Chi-squared with 15 degrees of freedom: 37.7 once in a thousand.
  assert np.sum((found - shares) ** 2 / shares) < 37.7
  assert np.all(made[:, [0, 3]] == 7)


def test_a_pass_draws_each_cell_given_those_written_before():
  # All of them once; and then half of them again, in an iteration or two.
  count = 10000
  for passes, iterations in ((1, 2), (2, 4)):
    schedule = Schedule(iterations, 0.5, **STEADY, passes=passes)
    assert schedule.passing == passes + 1
    made = filled(count, schedule, model=Orderless())
    cells = made[:, 1:3].reshape(count, 4)
    found = np.bincount(cells @ np.array([8, 4, 2, 1]), minlength=16)
    shares = expected() * count
    assert np.sum((found - shares) ** 2 / shares) < 37.7


class Certain(Ising):
  """Every cell is 1."""

  def apply(self, variables, voices, given, voice, method):
    del variables, given, voice, method
    return jnp.tile(jnp.array([-50.0, 50.0]), (len(voices), 1, 1))


def test_what_rounding_leaves_is_drawn_after_the_passes():
  # A sixteenth of 23 steps is one, and so a pass draws 16 of them.
  music = 23
  given = Score(
    jnp.zeros((4, music + 2, 2), int),
    {},
    jnp.zeros((4, music + 2, 2), bool).at[:, 1:-1].set(True),
    jnp.ones(2, bool),
    jnp.full(4, music),
  )
  keys = jax.random.split(jax.random.key(0), 4)
  for passes in (1, 3):
    schedule = Schedule(0, 1 / 16, passes=passes)
    assert schedule.least == schedule.passing + 16
    for iterations in (schedule.passing, schedule.least):
      made = fill_in(
        Certain(), {}, given, keys, schedule._replace(iterations=iterations)
      )
      drawn = bool(np.all(made[:, 1:-1] == 1))
      assert drawn == (iterations == schedule.least)
  assert Schedule(0, 1 / 16).least == 0


def test_what_passes_forget():
  schedule = Schedule(12, 0.25, passes=4)
  assert schedule.parts.tolist() == [1, 0.75, 0.5, 0.25]
  assert schedule.forgotten.tolist() == [
    *(1, 0, 0, 0, 0.75, 0, 0, 0.5, 0, 0.25, 0, 0)
  ]


def test_the_temperature_goes_down_to_its_end():
  count = 10000
  schedule = Schedule(60, 0.5, hottest=9.0, cooling=0.5, temperature=2.0)
  cells = filled(count, schedule)[:, 1:3].reshape(count, 4)
  found = np.bincount(cells @ np.array([8, 4, 2, 1]), minlength=16)
  shares = expected(2.0) * count
  assert np.sum((found - shares) ** 2 / shares) < 37.7


def test_what_is_fixed_never_changes_and_the_rest_moves():
  free = np.ones((64, 4, 2), bool)
  free[:, 1, 0] = free[:, :, 1] = free[:, 0] = free[:, 3] = False
  made = filled(64, Schedule(20, 1.0), free=jnp.asarray(free))
  assert np.all(made[~free] == np.asarray(score(64).voices)[~free])
  assert 0 < made[:, 2, 0].mean() < 1


def test_only_what_is_allowed_is_drawn():
  allowed = np.ones((4, 2, 2), bool)
  allowed[1, 0, 0] = allowed[2, 1, 1] = False
  made = filled(64, Schedule(3, 1.0), allowed=jnp.asarray(allowed))
  assert np.all(made[:, 1, 0] == 1)
  assert np.all(made[:, 2, 1] == 0)
  none = filled(64, Schedule(0, 1.0), allowed=jnp.asarray(allowed))
  assert np.all(none[:, 1, 0] == 1)


def test_a_chorale_depends_on_its_own_key():
  many, few = (filled(n, Schedule(5, 0.5)) for n in (8, 8))
  np.testing.assert_array_equal(many, few)
  keys = jax.random.split(jax.random.key(0), 8)
  alone = fill_in(Ising(), {}, score(3), keys[2:5], Schedule(5, 0.5))
  np.testing.assert_array_equal(alone, many[2:5])
