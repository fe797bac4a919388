"""C-RNN-GAN: a recurrent GAN over events of real numbers.

The generator is an LSTM that receives noise and its own last event at each
step; the discriminator reads all events with a bidirectional LSTM and scores
each step, and its score is the mean (of logits here: the paper takes the mean
of probabilities).

Options not in the paper: noise that enters after the LSTM (`output_noise`), a
convolutional critic, and `summary`: the critic also receives the soft pitch
class of each tone, and for the whole song the frequencies of pitch classes and
the similarity of its stretches of three tones.

With `values` chosen, pitches and times are chosen from their grid and not
regressed: the generator writes a distribution over the grid, and a straight-
through Gumbel sample of it is the real number that is written, fed back and
judged. The likelihood of the choices can then be trained (`log_prob`).

Source: Mogren 2016, arXiv 1611.09904; sizes as in the authors' code (350
instead of 100 in the paper, as we recall). Straight-through Gumbel: Jang et al.
2017, arXiv 1611.01144.
"""

from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec, UserError
from zoo.layers.dropout import fold
from zoo.models.c_rnn_gan_players import (
  FRAME,
  STRIDE,
  ConvolutionalCritic,
  RecurrentCritic,
  Writer,
)
from zoo.models.sizes import check_widths
from zoo.questions import Adversary

_SHARP = 30.0  # At a distance of one semitone a soft pitch class is exp(-4).
_PER_TONE = 3  # Length, pitch, velocity.
_LONGEST = 16  # Quarters: of a note, and of the time between events.
_CHOICE = 1  # Purpose of the random keys of choices.


class CRnnGan(nn.Module, Adversary):
  """C-RNN-GAN over `events` [B, T, F], standardized real numbers.

  What the players pass on and read is `examples` [B, T, F + C]: the events, and
  with chosen values the one-hot choices of all numbers, C classes in all.

  Attributes:
    steps: T.
    numbers: F, three per tone and the time since the previous event.
    pitch_mean, pitch_scale: of each tone, mean and deviation of its pitch in
      semitones, by which it was standardized; () if it is in hertz.
    grids: of each number, the standardized values that it is rounded to when it
      is written; () for velocities.
    latent: number of noise inputs of the LSTM per step; 0 for F.
    noise: distribution of the noise: U(0, 1) or N(0, 1).
    inputs: width of the layer before the LSTM.
    generator_layers: H of each LSTM of the generator.
    output_noise: number of noise inputs after the LSTM per step.
    output_layers: widths of the layers after the LSTM.
    bound: maximum absolute value of regressed numbers, in standard deviations,
      so that feedback cannot diverge; 0 for no bound.
    values: whether pitches and times are regressed, or chosen from their grids.
    softness: temperature of the softmax through which a choice's gradient goes.
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
  grids: tuple[tuple[float, ...], ...]
  latent: int = 0
  noise: Literal['uniform', 'normal'] = 'uniform'
  inputs: int = 100
  generator_layers: tuple[int, ...] = (100, 100)
  output_noise: int = 0
  output_layers: tuple[int, ...] = ()
  bound: float = 0.0
  values: Literal['regressed', 'chosen'] = 'regressed'
  softness: float = 1.0
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
    return cls(steps, numbers, mean, scale, _grids(spec), **options)

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
    if self.softness <= 0:
      raise UserError('model/softness must be more than 0.')
    if self.summary and not self.pitch_mean:
      raise UserError(
        'model/summary reads pitches in semitones: set encoder/frequency to '
        "'log', or model/summary to false."
      )
    if self.critic == 'convolution':
      length = self.steps
      for _ in self.critic_layers:
        length = (length - FRAME) // STRIDE + 1
      if length < 1:
        raise UserError(
          f'{self.steps} events are too short for {len(self.critic_layers)} '
          'convolutions: shorten model/critic_layers.'
        )

  def setup(self):
    self.generator = Writer(
      self._choices(),
      self.inputs,
      self.generator_layers,
      self.output_layers,
      self.output_noise,
      self.bound,
      self.softness,
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
    """z [B, T, N + M + C]: noise before and after the LSTM, and of choices."""
    shape = self.steps, (self.latent or self.numbers) + self.output_noise
    draw = jax.random.normal if self.noise == 'normal' else jax.random.uniform
    z = jax.vmap(lambda key: draw(key, shape))(keys)
    if self.values == 'regressed':
      return z
    shape = self.steps, sum(map(len, self._choices()))
    gumbel = jax.vmap(lambda key: jax.random.gumbel(key, shape))
    return jnp.concatenate([z, gumbel(fold(keys, _CHOICE))], -1)

  def generate(self, z, batch, keys):
    """Examples from z; each step reads the previous event."""
    del batch, keys  # no conditions, and no noise other than z
    return self.generator(z)

  def predict(self, examples, z):
    """Examples [B, T, F + C], each event given the true ones before it."""
    return self.generator.predict(examples, z)

  def log_prob(self, examples, z):
    """[B, T] of each event, given the true ones before it.

    Choices of an event are independent of each other; what is regressed has a
    unit Gaussian, without its constant.
    """
    return self.generator.log_prob(examples, z)

  def real(self, batch):
    """The examples of a batch; chosen values are rounded to their grids."""
    events = batch['events']
    if self.values == 'regressed':
      return events
    numbers, choices = [], []
    for number, grid in enumerate(self._choices()):
      value = events[..., number, None]
      if grid:
        nearest = jnp.argmin(jnp.abs(value - jnp.asarray(grid)), -1)
        choices.append(jax.nn.one_hot(nearest, len(grid)))
        value = choices[-1] @ jnp.asarray(grid)[:, None]
      numbers.append(value)
    return jnp.concatenate([*numbers, *choices], -1)

  def discriminate(self, examples, batch):
    """Scores [B], logits that the events are real; features [B, H]."""
    del batch
    events = examples[..., : self.numbers]
    if not self.summary:
      return self.discriminator(events, None)
    steps, whole = self._summary(examples)
    return self.discriminator(jnp.concatenate([events, steps], -1), whole)

  def write(self, z, keys, temperature=0.0, batch=None):
    """{'events': [B, T, F]} from z; `temperature` applies to classes only."""
    del keys, temperature, batch
    return {'events': self.generator(z)[..., : self.numbers]}

  def _choices(self):
    """The grid of each number; () for one that is regressed."""
    if self.values == 'regressed':
      return ((),) * self.numbers
    return self.grids

  def _summary(self, examples):
    """What each step is [B, T, D], and what the whole song is [B, E].

    Of a step: the pitch class of each tone, and chosen times.
    """
    if self.values == 'chosen':
      steps, alike = self._chosen(examples)
    else:
      pitch = examples[..., 1:-1:3] * jnp.asarray(self.pitch_scale)
      pitch = pitch + jnp.asarray(self.pitch_mean)
      angle = (pitch[..., None] - jnp.arange(12)) * (2 * jnp.pi / 12)
      classes = jnp.exp(_SHARP * (jnp.cos(angle) - 1))
      steps = classes.reshape(*examples.shape[:2], -1)
      first = pitch[..., 0]
      alike = jnp.exp(-2 * jnp.square(first[:, :, None] - first[:, None]))
    three = alike[:, 2:, 2:] * alike[:, 1:-1, 1:-1] * alike[:, :-2, :-2]
    before = jnp.tril(jnp.ones(three.shape[1:]), -1)
    again = jnp.max(three * before, -1).mean(-1, keepdims=True)
    lags = [
      jnp.mean(jnp.diagonal(alike, lag, 1, 2), -1, keepdims=True)
      for lag in range(1, min(17, self.steps))
    ]
    return steps, jnp.concatenate([jnp.mean(steps, 1), again, *lags], -1)

  def _chosen(self, examples):
    """Steps of `_summary`, and which first tones are equal [B, T, T]."""
    classes, times, first, edge = [], [], None, self.numbers
    for number, grid in enumerate(self._choices()):
      if not grid:
        continue
      choice = examples[..., edge : edge + len(grid)]
      edge += len(grid)
      tone, part = divmod(number, _PER_TONE)
      if part != 1:
        times.append(choice)
        continue
      scale, mean = self.pitch_scale[tone], self.pitch_mean[tone]
      pitch = np.rint(np.array(grid) * scale + mean).astype(int)
      classes.append(choice @ jnp.asarray(np.eye(12)[pitch % 12]))
      first = choice if first is None else first
    alike = jnp.einsum('btk,bsk->bts', first, first)
    return jnp.concatenate([*classes, *times], -1), alike


def _grids(spec):
  """The standardized values that each number of an event is rounded to."""
  options = spec.options
  times = np.arange(_LONGEST * options['steps_per_quarter'] + 1)
  if options['times'] == 'log':
    times = np.log2(1 + times)
  else:
    times = times / options['steps_per_quarter']
  pitches = np.arange(128.0)
  if options['frequency'] == 'hertz':
    pitches = 440.0 * 2 ** ((pitches - 69) / 12)
  found = [times, pitches, None] * options['tones'] + [times]
  return tuple(
    () if grid is None else tuple(((grid - mean) / scale).tolist())
    for grid, mean, scale in zip(
      found, spec.vocabulary['mean'], spec.vocabulary['scale'], strict=True
    )
  )
