"""C-RNN-GAN's two players: what writes events and what judges them.

See zoo.models.c_rnn_gan.
"""

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.layers.recurrent import Stack, layers_of, step

_SLOPE = 0.2  # Of leaky rectifiers.
FRAME, STRIDE = 5, 2  # Of the convolutional critic.


class Writer(nn.Module):
  """The generator: z [B, T, N + M + C] to examples [B, T, F + C].

  Attributes:
    grids: of each number what it is chosen from; () for one that is regressed.
    The others are as CRnnGan has.
  """

  grids: tuple[tuple[float, ...], ...]
  inputs: int
  layers: tuple[int, ...]
  output_layers: tuple[int, ...]
  output_noise: int
  bound: float
  softness: float

  def setup(self):
    width = sum(len(grid) or 1 for grid in self.grids)
    self.of_noise = nn.Dense(self.inputs)
    self.of_event = nn.Dense(self.inputs, use_bias=False)
    self.stack = Stack(self.layers)
    self.outputs = [
      nn.Dense(width, name=f'output_{number}')
      for number, width in enumerate((*self.output_layers, width))
    ]

  def predict(self, examples, z):
    """Examples, each event of the true ones before it."""
    return self._emit(self._teacher_forced(examples, z), self._split(z)[2])

  def log_prob(self, examples, z):
    """[B, T] of true events; see CRnnGan."""
    found, edge = 0.0, len(self.grids)
    outputs = self._teacher_forced(examples, z)
    for number, (grid, output) in enumerate(self._numbers(outputs)):
      if grid:
        choice = examples[..., edge : edge + len(grid)]
        found += jnp.sum(choice * jax.nn.log_softmax(output), -1)
        edge += len(grid)
      else:
        gap = self._bounded(output[..., 0]) - examples[..., number]
        found -= jnp.square(gap) / 2
    return found

  def __call__(self, z):
    """Examples; the first event is given zeros, the mean event."""
    count, numbers = len(z), len(self.grids)
    first = jnp.zeros((count, numbers))
    if self.is_initializing():
      self.predict(jnp.zeros((count, z.shape[1], numbers)), z)
    early, late, gumbel = self._split(z)
    layers = layers_of(self.stack.variables['params'])
    kernel = self.of_event.variables['params']['kernel']
    outputs = [layer.variables['params'] for layer in self.outputs]
    carry = tuple((jnp.zeros((count, width)),) * 2 for width in self.layers)

    def write(before, now):
      event, carry = before
      early, late, gumbel = now
      x = nn.relu(early + event @ kernel)
      gates = x @ layers[0]['input_kernel_0'] + layers[0]['bias']
      x, carry = step(layers, gates, carry)
      x = jnp.concatenate([x, late], -1)
      for number, layer in enumerate(outputs):
        x = nn.leaky_relu(x, _SLOPE) if number else x
        x = x @ layer['kernel'] + layer['bias']
      x = self._emit(x, gumbel)
      return (x[..., :numbers], carry), x

    over_time = [
      jnp.swapaxes(x, 0, 1) for x in (self.of_noise(early), late, gumbel)
    ]
    _, examples = lax.scan(write, (first, carry), over_time)
    return jnp.swapaxes(examples, 0, 1)

  def _teacher_forced(self, examples, z):
    """Outputs [B, T, O] of the true events before each."""
    events = examples[..., : len(self.grids)]
    before = jnp.pad(events, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    early, late, _ = self._split(z)
    x = nn.relu(self.of_noise(early) + self.of_event(before))
    x, _ = self.stack(x)
    x = jnp.concatenate([x, late], -1)
    for number, layer in enumerate(self.outputs):
      x = layer(nn.leaky_relu(x, _SLOPE) if number else x)
    return x

  def _numbers(self, outputs):
    """(grid, outputs [..., K or 1]) of each number."""
    edge = 0
    for grid in self.grids:
      width = len(grid) or 1
      yield grid, outputs[..., edge : edge + width]
      edge += width

  def _emit(self, outputs, gumbel):
    """Examples [..., F + C] of outputs [..., O] and noise [..., C]."""
    numbers, choices, edge = [], [], 0
    for grid, output in self._numbers(outputs):
      if not grid:
        numbers.append(self._bounded(output))
        continue
      output = output + gumbel[..., edge : edge + len(grid)]
      edge += len(grid)
      hard = jax.nn.one_hot(jnp.argmax(output, -1), len(grid))
      soft = jax.nn.softmax(output / self.softness)
      # The difference is 0, and its gradient that of the softmax.
      choices.append(hard + (soft - lax.stop_gradient(soft)))
      numbers.append(choices[-1] @ jnp.asarray(grid)[:, None])
    return jnp.concatenate([*numbers, *choices], -1)

  def _bounded(self, x):
    return self.bound * jnp.tanh(x / self.bound) if self.bound else x

  def _split(self, z):
    """Noise before the LSTM, behind it, and of choices."""
    choices = z.shape[-1] - sum(map(len, self.grids))
    edge = choices - self.output_noise
    return z[..., :edge], z[..., edge:choices], z[..., choices:]


class RecurrentCritic(nn.Module):
  """Events [B, T, D] to a score, the mean of those of the steps; features.

  The features are the outputs of the last layer at all steps.
  """

  layers: tuple[int, ...]

  @nn.compact
  def __call__(self, x, whole):
    hidden, _ = Stack(self.layers, bidirectional=True, name='stack')(x)
    score = jnp.mean(nn.Dense(1, name='score')(hidden)[..., 0], 1)
    if whole is not None:
      score = score + nn.Dense(1, name='whole')(whole)[:, 0]
    return score, hidden.reshape(len(hidden), -1)


class ConvolutionalCritic(nn.Module):
  """Events [B, T, D] to a score [B] and the features before it [B, H]."""

  channels: tuple[int, ...]
  layers: tuple[int, ...]

  @nn.compact
  def __call__(self, x, whole):
    for number, width in enumerate(self.channels):
      count = (x.shape[1] - FRAME) // STRIDE + 1
      last = STRIDE * (count - 1) + 1
      frames = [x[:, i : i + last : STRIDE] for i in range(FRAME)]
      x = _dense(width, f'convolution_{number}')(jnp.concatenate(frames, -1))
      x = nn.leaky_relu(x, _SLOPE)
    x = x.reshape(len(x), -1)
    if whole is not None:
      x = jnp.concatenate([x, whole], -1)
    for number, width in enumerate(self.layers):
      x = nn.leaky_relu(_dense(width, f'dense_{number}')(x), _SLOPE)
    return nn.Dense(1, name='score')(x)[:, 0], x


def _dense(width, name):
  return nn.Dense(width, name=name, kernel_init=nn.initializers.he_normal())
