"""Roots of chords, by name."""

import jax.numpy as jnp
import pytest

from zoo.layers.chords import chord_root

C, D, E, F, G, A, B = 0, 2, 4, 5, 7, 9, 11


@pytest.mark.parametrize(
  'pitches, root',
  [
    ((64, 60, 55, 48), C),  # C major
    ((67, 60, 64, 52), C),  # in first inversion
    ((72, 64, 60, 55), C),  # in second inversion
    ((65, 62, 57, 50), D),  # D minor
    ((65, 62, 57, 53), D),  # D minor, third in the bass
    ((65, 59, 55, 43), G),  # G7
    ((71, 65, 62, 53), B),  # B diminished over its fifth
    ((64, 60, 57, 45), A),  # A minor
    ((-1, 60, 55, 48), C),  # a bare fifth
    ((-1, -1, -1, 53), F),  # a note alone
    ((68, 64, 59, 52), E),  # E major
  ],
)
def test_roots(pitches, root):
  assert int(chord_root(jnp.array(pitches))) == root


def test_silence_has_no_root_and_transposing_moves_it():
  assert int(chord_root(jnp.full(4, -1))) == -1
  chords = jnp.array([[64, 60, 55, 48], [65, 59, 55, 43]])
  moved = chord_root(chords[None] + jnp.arange(12)[:, None, None])
  expected = (jnp.array([C, G])[None] + jnp.arange(12)[:, None]) % 12
  assert (moved == expected).all()
