"""Energies against sums by hand; the generator against jax.random's own."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from zoo.layers import boltzmann
from zoo.layers.boltzmann import Machine
from zoo.layers.threefry import uniform
from zoo.layers.visible import Visible

RNG = np.random.default_rng(0)
MACHINE = Machine(
  *(jnp.float32(RNG.normal(size=shape)) for shape in ((4, 3), (4,), (3,)))
)
HIDDEN = np.float32(list(itertools.product((0, 1), repeat=3)))


def test_the_numbers_are_those_of_jax_random():
  keys = jax.random.split(jax.random.key(3), 5)
  theirs = jax.vmap(lambda key: jax.random.uniform(key, (7, 3)))(keys)
  np.testing.assert_array_equal(uniform(keys, (7, 3)), theirs)


def test_energy_by_hand():
  machine = Machine(
    jnp.float32([[1, 2], [3, 4]]), jnp.float32([5, 6]), jnp.float32([7, 8])
  )
  # -(5) - (7 + 8) - (1 + 2)
  assert boltzmann.energy(machine, jnp.float32([1, 0]), jnp.ones(2)) == -23


def test_free_energy_sums_over_the_hidden_units():
  for row in itertools.product((0.0, 1.0), repeat=4):
    energies = boltzmann.energy(MACHINE, jnp.float32([row] * 8), HIDDEN)
    expected = -jax.nn.logsumexp(-energies)
    found = boltzmann.free_energy(MACHINE, jnp.float32(row))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_conditionals_are_ratios_of_energies():
  rows, hidden = jnp.float32([1, 0, 1, 1]), jnp.float32([1, 0, 1])
  flipped = hidden.at[1].set(1)
  odds = boltzmann.energy(MACHINE, rows, hidden) - boltzmann.energy(
    MACHINE, rows, flipped
  )
  np.testing.assert_allclose(
    boltzmann.hidden_logits(MACHINE, rows)[1], odds, rtol=1e-5
  )
  odds = boltzmann.energy(MACHINE, rows.at[0].set(0), hidden)
  odds -= boltzmann.energy(MACHINE, rows, hidden)
  np.testing.assert_allclose(
    boltzmann.visible_logits(MACHINE, hidden)[0], odds, rtol=1e-5
  )


def test_a_frame_or_a_whole_roll_is_a_row():
  roll = np.arange(12).reshape(1, 3, 4) % 2
  batch = {'roll': roll, 'length': np.array([2])}
  seen = Visible('roll', 'bit', (3, 4), 0, True)
  rows, mask = boltzmann.read(seen, True, batch)
  np.testing.assert_array_equal(rows, roll)
  np.testing.assert_array_equal(mask, [[True, True, False]])
  rows, mask = boltzmann.read(seen, False, batch)
  np.testing.assert_array_equal(rows, roll.reshape(1, 1, 12))
  np.testing.assert_array_equal(mask, [[True]])
