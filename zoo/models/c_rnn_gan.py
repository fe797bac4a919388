"""C-RNN-GAN: a recurrent GAN over events of real numbers.

The generator is an LSTM that receives noise and its own last event at each
step; the discriminator reads all events with a bidirectional LSTM and scores
each step, and its score is the mean (of logits here: the paper takes the mean
of probabilities).

Options not in the paper: noise that enters after the LSTM (`output_noise`), a
convolutional critic, and `summary`: the critic also receives the soft pitch
class of each tone, and for the whole song the frequencies of pitch classes and
the similarity of its stretches of three tones.

Source: Mogren 2016, arXiv 1611.09904; sizes as in the authors' code (350
instead of 100 in the paper, as we recall).
"""

from typing import Literal

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Adversary, Spec, UserError
from zoo.layers.recurrent import Stack, layers_of, step
from zoo.models.sizes import check_widths

_SLOPE = 0.2  # Of leaky ReLU.
_SHARP = 30.0  # At a distance of one semitone a soft pitch class is exp(-4).
_FRAME, _STRIDE = 5, 2  # Of the convolutional critic.


class CRnnGan(nn.Module, Adversary):
  """C-RNN-GAN over `events` [B, T, F], standardized real numbers.

  Attributes:
    steps: T.
    numbers: F, three per tone and the time since the previous event.
    pitch_mean, pitch_scale: of each tone, mean and deviation of its pitch in
      semitones, by which it was standardized; () if it is in hertz.
    latent: number of noise inputs of the LSTM per step; 0 for F.
    noise: distribution of the noise: U(0, 1) or N(0, 1).
    inputs: width of the layer before the LSTM.
    generator_layers: H of each LSTM of the generator.
    output_noise: number of noise inputs after the LSTM per step.
    output_layers: widths of the layers after the LSTM.
    bound: maximum absolute value of the numbers of an event, in standard
      deviations, so that feedback cannot diverge; 0 for no bound.
    critic: a bidirectional LSTM (`recurrent`), or convolutions over time.
    critic_layers: H of each of its LSTMs, or channels of each convolution.
    critic_dense: widths of the layers after the convolutions.
    summary: whether the critic receives pitch classes and similarities; see
      the top of this file.
  """

  reads = ('events',)

  steps: int
  numbers: int
  pitch_mean: tuple[float, ...]
  pitch_scale: tuple[float, ...]
  latent: int = 0
  noise: Literal['uniform', 'normal'] = 'uniform'
  inputs: int = 100
  generator_layers: tuple[int, ...] = (100, 100)
  output_noise: int = 0
  output_layers: tuple[int, ...] = ()
  bound: float = 0.0
  critic: Literal['recurrent', 'convolution'] = 'recurrent'
  critic_layers: tuple[int, ...] = (100, 100)
  critic_dense: tuple[int, ...] = ()
  summary: bool = False

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'CRnnGan':
    """The model of the events that `spec` describes.

    Raises:
      UserError: the encoder writes no events, or an option is out of range.
    """
    if 'events' not in spec.fields:
      raise UserError(
        "The model 'c_rnn_gan' reads events of real numbers, and the encoder "
        f"'{spec.encoder}' writes none: choose encoder/name=real_events."
      )
    steps, numbers = spec.fields['events'].shape
    semitones = spec.options.get('frequency') == 'log'
    mean, scale = (
      tuple(spec.vocabulary[name][1:-1:3]) if semitones else ()
      for name in ('mean', 'scale')
    )
    return cls(steps, numbers, mean, scale, **options)

  def __post_init__(self):
    super().__post_init__()
    for name in ('latent', 'output_noise', 'bound'):
      if getattr(self, name) < 0:
        raise UserError(f'model/{name} must be 0 or more.')
    check_widths(
      0,  # These layers are optional.
      output_layers=self.output_layers,
      critic_dense=self.critic_dense,
    )
    check_widths(
      inputs=self.inputs,
      generator_layers=self.generator_layers,
      critic_layers=self.critic_layers,
    )
    if self.summary and not self.pitch_mean:
      raise UserError(
        'model/summary reads pitches in semitones: set encoder/frequency to '
        "'log', or model/summary to false."
      )
    if self.critic == 'convolution':
      length = self.steps
      for _ in self.critic_layers:
        length = (length - _FRAME) // _STRIDE + 1
      if length < 1:
        raise UserError(
          f'{self.steps} events are too short for {len(self.critic_layers)} '
          'convolutions: shorten model/critic_layers.'
        )

  def setup(self):
    self.generator = Writer(
      self.numbers,
      self.inputs,
      self.generator_layers,
      self.output_layers,
      self.output_noise,
      self.bound,
    )
    if self.critic == 'recurrent':
      self.discriminator = RecurrentCritic(self.critic_layers)
    else:
      self.discriminator = ConvolutionalCritic(
        self.critic_layers, self.critic_dense
      )

  def __call__(self, batch, keys):
    """Scores and features of generated examples."""
    made = self.generate(self.prior(keys), batch, keys)
    return self.discriminate(made, batch)

  def prior(self, keys):
    """z [B, T, N + M]: noise per step, before and after the LSTM."""
    shape = self.steps, (self.latent or self.numbers) + self.output_noise
    if self.noise == 'normal':
      return jax.vmap(lambda key: jax.random.normal(key, shape))(keys)
    return jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)

  def generate(self, z, batch, keys):
    """Examples [B, T, F] from z; each step reads the previous event."""
    del batch, keys  # no conditions, and no noise other than z
    return self.generator(z)

  def predict(self, examples, z):
    """[B, T, F] the next event, given the true ones before it."""
    return self.generator.predict(examples, z)

  def real(self, batch):
    """The examples [B, T, F] of a batch."""
    return batch['events']

  def discriminate(self, examples, batch):
    """Scores [B], logits that the events are real; features [B, H]."""
    del batch
    if not self.summary:
      return self.discriminator(examples, None)
    steps, whole = self._summary(examples)
    return self.discriminator(jnp.concatenate([examples, steps], -1), whole)

  def write(self, z, keys, temperature=0.0, batch=None):
    """{'events': [B, T, F]} from z; `temperature` applies to classes only."""
    del keys, temperature, batch
    return {'events': self.generator(z)}

  def _summary(self, examples):
    """Pitch classes of each step [B, T, 12 k], and of the whole song."""
    pitch = examples[..., 1:-1:3] * jnp.asarray(self.pitch_scale)
    pitch = pitch + jnp.asarray(self.pitch_mean)
    angle = (pitch[..., None] - jnp.arange(12)) * (2 * jnp.pi / 12)
    classes = jnp.exp(_SHARP * (jnp.cos(angle) - 1))
    often = jnp.mean(classes, 1).reshape(len(examples), -1)
    first = pitch[..., 0]
    alike = jnp.exp(-2 * jnp.square(first[:, :, None] - first[:, None]))
    three = alike[:, 2:, 2:] * alike[:, 1:-1, 1:-1] * alike[:, :-2, :-2]
    before = jnp.tril(jnp.ones(three.shape[1:]), -1)
    again = jnp.max(three * before, -1).mean(-1, keepdims=True)
    lags = [
      jnp.mean(jnp.diagonal(alike, lag, 1, 2), -1, keepdims=True)
      for lag in range(1, min(17, self.steps))
    ]
    whole = jnp.concatenate([often, again, *lags], -1)
    return classes.reshape(*examples.shape[:2], -1), whole


class Writer(nn.Module):
  """The generator: z [B, T, N + M] to events [B, T, F].

  For attributes see CRnnGan.
  """

  numbers: int
  inputs: int
  layers: tuple[int, ...]
  output_layers: tuple[int, ...]
  output_noise: int
  bound: float

  def setup(self):
    self.of_noise = nn.Dense(self.inputs)
    self.of_event = nn.Dense(self.inputs, use_bias=False)
    self.stack = Stack(self.layers)
    self.outputs = [
      nn.Dense(width, name=f'output_{number}')
      for number, width in enumerate((*self.output_layers, self.numbers))
    ]

  def predict(self, examples, z):
    """Events [B, T, F], each predicted from the true ones before it."""
    before = jnp.pad(examples, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    early, late = self._split(z)
    x = nn.relu(self.of_noise(early) + self.of_event(before))
    x, _ = self.stack(x)
    x = jnp.concatenate([x, late], -1)
    for number, layer in enumerate(self.outputs):
      x = layer(nn.leaky_relu(x, _SLOPE) if number else x)
    return self._bounded(x)

  def __call__(self, z):
    """Events [B, T, F]; the first step reads zeros, the mean event."""
    count = len(z)
    first = jnp.zeros((count, self.numbers))
    if self.is_initializing():
      self.predict(jnp.zeros((count, z.shape[1], self.numbers)), z)
    early, late = self._split(z)
    layers = layers_of(self.stack.variables['params'])
    kernel = self.of_event.variables['params']['kernel']
    outputs = [layer.variables['params'] for layer in self.outputs]
    carry = tuple((jnp.zeros((count, width)),) * 2 for width in self.layers)

    def write(before, now):
      event, carry = before
      early, late = now
      x = nn.relu(early + event @ kernel)
      gates = x @ layers[0]['input_kernel_0'] + layers[0]['bias']
      x, carry = step(layers, gates, carry)
      x = jnp.concatenate([x, late], -1)
      for number, layer in enumerate(outputs):
        x = nn.leaky_relu(x, _SLOPE) if number else x
        x = x @ layer['kernel'] + layer['bias']
      x = self._bounded(x)
      return (x, carry), x

    over_time = (
      jnp.swapaxes(self.of_noise(early), 0, 1),
      jnp.swapaxes(late, 0, 1),
    )
    _, events = lax.scan(write, (first, carry), over_time)
    return jnp.swapaxes(events, 0, 1)

  def _bounded(self, x):
    return self.bound * jnp.tanh(x / self.bound) if self.bound else x

  def _split(self, z):
    edge = z.shape[-1] - self.output_noise
    return z[..., :edge], z[..., edge:]


class RecurrentCritic(nn.Module):
  """Events [B, T, D] to a score [B], the mean over steps, and features.

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
  """Events [B, T, D] to a score [B] and features [B, H]."""

  channels: tuple[int, ...]
  layers: tuple[int, ...]

  @nn.compact
  def __call__(self, x, whole):
    for number, width in enumerate(self.channels):
      count = (x.shape[1] - _FRAME) // _STRIDE + 1
      last = _STRIDE * (count - 1) + 1
      frames = [x[:, i : i + last : _STRIDE] for i in range(_FRAME)]
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
