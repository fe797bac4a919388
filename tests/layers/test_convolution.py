"""Convolutions by matrix products against lax, and adjoints."""

from jax import lax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.layers import convolution

rng = np.random.default_rng(0)


def normal(*shape):
  return jnp.float32(rng.normal(size=shape))


def test_over_time():
  steps, kernel, hidden = normal(2, 6, 3), normal(5, 3, 4), normal(2, 6, 4)
  expected = lax.conv_general_dilated(
    steps, kernel, (1,), 'SAME', dimension_numbers=('NWC', 'WIO', 'NWC')
  )
  found = convolution.up(steps, kernel)
  np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
  back = convolution.down(hidden, kernel)
  np.testing.assert_allclose(
    jnp.vdot(found, hidden), jnp.vdot(steps, back), rtol=1e-4
  )


@pytest.mark.parametrize(('edge', 'padding'), [(1, 'SAME'), (0, 'VALID')])
def test_over_pictures(edge, padding):
  maps, kernel = normal(2, 5, 4, 3), normal(3, 3, 3, 2)
  expected = lax.conv_general_dilated(
    maps, kernel, (1, 1), padding, dimension_numbers=('NHWC', 'HWIO', 'NHWC')
  )
  found = convolution.plane(maps, kernel, edge)
  np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
  # What is written is the adjoint of what is read.
  code, picture = normal(*found.shape), maps[..., 0]
  read = convolution.plane(picture[..., None], kernel[:, :, :1], edge)
  written = convolution.spread(code, kernel[:, :, 0], edge)
  assert written.shape == picture.shape
  np.testing.assert_allclose(
    jnp.vdot(read, code), jnp.vdot(picture, written), rtol=1e-3
  )
