"""Batch normalization with means over all devices.

Source: Ioffe and Szegedy 2015, arXiv 1502.03167.
"""

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.training import parallel


class BatchNorm(nn.Module):
  """Normalizes the last axis of [B, ..., H].

  While the collection `batch_stats` is mutable, in training only, it uses the
  mean and variance of the batch, over all other axes and over devices;
  otherwise their running means, so that rows are independent.

  Attributes:
    momentum: decay of the running means at each step.
    epsilon: added to the variance.
  """

  momentum: float = 0.9
  epsilon: float = 1e-5

  @nn.compact
  def __call__(self, x: jax.Array) -> jax.Array:
    shape = (x.shape[-1],)
    mean = self.variable('batch_stats', 'mean', jnp.zeros, shape)
    variance = self.variable('batch_stats', 'variance', jnp.ones, shape)
    scale = self.param('scale', nn.initializers.ones_init(), shape)
    bias = self.param('bias', nn.initializers.zeros_init(), shape)
    here, spread = mean.value, variance.value
    learns = self.is_mutable_collection('batch_stats')
    if learns and not self.is_initializing():
      axes = tuple(range(x.ndim - 1))
      here = parallel.mean(jnp.mean(x, axes))
      spread = parallel.mean(jnp.mean(jnp.square(x - here), axes))
      for kept, new in ((mean, here), (variance, spread)):
        kept.value = self.momentum * kept.value + (1 - self.momentum) * new
    return (x - here) * jax.lax.rsqrt(spread + self.epsilon) * scale + bias
