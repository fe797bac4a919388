"""MidiNet: a GAN that generates a melody bar by bar, over chords.

The generator makes one bar from noise, from the previous bar, through a
convolutional conditioner, and from the bar's chord. As published, the previous
bar is a 2-D condition: maps of the conditioner are concatenated to the
generator's layers of the same length; and the chord is a 1-D condition,
concatenated to every step of a layer:

  chord 'none'  melody only
  chord 'last'  in the generator's last layer only: the stable form
  chord 'all'   in all of its layers: the creative form

Here a bar is a distribution over K classes at each of T steps (hold, off and
pitches, see the encoder lead_sheet), where the paper has 16 x 128 sigmoids: a
roll does not distinguish a repeated note from a long one. The kernels of the
paper span all pitches, so that each of its convolutions is over time only.

Not in the paper: `critic='dense'`, a discriminator without convolution that
also reads the previous bar, the chord, and the share of each step on the
chord's root, third and fifth; and `chord_view='triad'`, since a linear last
layer cannot compute the third from a root and a bit for minor.

Source: Yang, Chou and Yang, ISMIR 2017, arXiv 1703.10847; sizes as in the
authors' code.
"""

from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo import chord_symbols
from zoo.contracts import Spec, UserError
from zoo.layers.batch_norm import BatchNorm
from zoo.layers.dropout import fold
from zoo.models.sizes import check_widths
from zoo.questions import Adversary

_SLOPE = 0.2  # Of leaky ReLU.
_MAPS = 16  # Channels of the conditioner.
_STEP = 32  # Width of a step in the dense critic.


class MidiNet(nn.Module, Adversary):
  """MidiNet over bars: `tokens` and `previous` [B, T], `chord` [B].

  Both networks work with `examples` [B, T, K], a distribution over classes at
  each step.

  Attributes:
    classes: K.
    steps: T, a multiple of 8.
    pitches: [K] MIDI pitch of each class, -1 for symbols.
    latent: Z.
    chord: where the generator receives the chord, see above.
    chord_view: 12 roots and a bit for minor, as published (`root`), or the
      three pitch classes of the `triad`.
    chord_scale: factor of the generator's chord input.
    previous: how the generator receives the previous bar: `2d`, as published;
      `1d`, the conditioner's last map in every layer; `none`.
    critic: `convolution` as published, or `dense`.
    critic_previous: whether the critic also reads the previous bar.
    critic_chord: whether a dense critic receives the chord and the positions of
      its tones; the published one receives the chord in every layer unless
      `chord` is 'none'.
    generator_layers: widths of the dense layers before the convolutions; the
      last is a multiple of T / 8.
    channels: of the generator's convolutions.
    critic_layers: widths of the dense layers of the critic.
    batch_norm: whether to use batch normalization.
  """

  reads = ('tokens',)
  conditions = ('previous', 'chord')

  classes: int
  steps: int
  pitches: tuple[int, ...]
  latent: int = 100
  chord: Literal['none', 'last', 'all'] = 'all'
  chord_view: Literal['root', 'triad'] = 'root'
  chord_scale: float = 1.0
  previous: Literal['none', '1d', '2d'] = '2d'
  critic: Literal['convolution', 'dense'] = 'convolution'
  critic_previous: bool = False
  critic_chord: bool = True
  generator_layers: tuple[int, ...] = (1024, 256)
  channels: int = 128
  critic_layers: tuple[int, ...] = (1024,)
  batch_norm: bool = True

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'MidiNet':
    """The model of the bars that `spec` describes.

    Raises:
      UserError: the encoder has no bars with a chord, or an option is out of
        range.
    """
    if not {'tokens', 'previous', 'chord'} <= {*spec.fields}:
      raise UserError(
        "The model 'midinet' reads bars, each with the previous bar and its "
        f"chord, and the encoder '{spec.encoder}' has none: choose "
        'encoder/name=lead_sheet.'
      )
    field = spec.fields['tokens']
    return cls(
      classes=field.classes,
      steps=field.shape[0],
      pitches=tuple(spec.tables['pitches']),
      **options,
    )

  def __post_init__(self):
    super().__post_init__()
    check_widths(latent=self.latent, channels=self.channels)
    check_widths(
      generator_layers=self.generator_layers, critic_layers=self.critic_layers
    )
    short = self.steps // 8
    if self.steps % 8:
      raise UserError(
        f'model midinet halves a bar three times, and {self.steps} steps are '
        'not a multiple of 8: change encoder/metre or '
        'encoder/steps_per_quarter.'
      )
    if self.generator_layers and self.generator_layers[-1] % short:
      raise UserError(
        f'The last of model/generator_layers must be a multiple of {short}, '
        f'not {self.generator_layers[-1]}.'
      )

  def setup(self):
    self.generator = Generator(
      self.generator_layers,
      self.channels,
      self.steps,
      self.classes,
      self.previous,
      self.chord,
      self.batch_norm,
    )
    if self.critic == 'dense':
      self.discriminator = DenseCritic(self.critic_layers)
    else:
      self.discriminator = ConvolutionalCritic(
        self.critic_layers, self.batch_norm
      )

  def __call__(self, batch, keys):
    """Scores and features of generated examples."""
    made = self.generate(self.prior(keys), batch, keys)
    return self.discriminate(made, batch)

  def prior(self, keys):
    """z [B, Z] from N(0, 1), one of the keys [B] per example."""
    return jax.vmap(lambda key: jax.random.normal(key, (self.latent,)))(keys)

  def generate(self, z, batch, keys):
    """Examples [B, T, K] from z [B, Z], `previous` [B, T] and `chord` [B]."""
    del keys  # there is no noise other than z
    return nn.softmax(self._logits(z, batch))

  def real(self, batch):
    """The bars [B, T, K] of a batch with `tokens` [B, T]."""
    return nn.one_hot(batch['tokens'], self.classes)

  def discriminate(self, examples, batch):
    """Scores [B], logits that the bars are real; features [B, H]."""
    seen = examples
    if self.critic_previous:
      before = nn.one_hot(batch['previous'], self.classes)
      seen = jnp.concatenate([examples, before], -1)
    if self.critic == 'convolution':
      return self.discriminator(seen, self._chord(batch))
    about = ()
    if self.critic_chord:
      about = self._tones(examples, batch['chord']), self._root(batch['chord'])
    return self.discriminator(seen, about)

  def write(self, z, keys, temperature=0.0, batch=None):
    """Generates the bars after `previous` [B, T] over `chord` [B].

    Args:
      z: [B, Z].
      keys: [B] random keys.
      temperature: divides the logits; 0 takes the most likely class.
      batch: the conditions.

    Returns:
      {'tokens': [B, T] int32}.
    """
    logits = self._logits(z, batch)
    if temperature > 0:
      shape = logits.shape[1:]
      noise = jax.vmap(lambda key: jax.random.gumbel(key, shape))
      logits = logits / temperature + noise(fold(keys, 1))
    return {'tokens': jnp.argmax(logits, -1).astype(jnp.int32)}

  def _logits(self, z, batch):
    before = nn.one_hot(batch['previous'], self.classes)
    return self.generator(z, before, self._chord(batch))

  def _chord(self, batch):
    """[B, C] the generator's chord input; None for none."""
    if self.chord == 'none':
      return None
    chord = batch['chord']
    if self.chord_view == 'root':
      return self.chord_scale * self._root(chord)
    return self.chord_scale * jnp.asarray(chord_symbols.chroma())[chord]

  def _root(self, chord):
    """[B, 13] the root one-hot, then 1 for minor; zeros for no chord."""
    chord = chord.astype(jnp.int32)
    known = chord < chord_symbols.TRIADS
    root = nn.one_hot(jnp.where(known, chord % 12, -1), 12)
    minor = (known & (chord >= 12)).astype(root.dtype)
    return jnp.concatenate([root, minor[:, None]], -1)

  def _tones(self, examples, chord):
    """[B, T, 3] the share of each step on onsets of root, third and fifth."""
    pitches = np.asarray(self.pitches)
    member = chord_symbols.members()
    same = pitches[None, :, None] % 12 == member[:, None]
    table = same & (pitches >= 0)[None, :, None]  # [25, K, 3]
    tones = jnp.asarray(table, examples.dtype)[chord]
    return jnp.einsum('btk,bkm->btm', examples, tones)


class Generator(nn.Module):
  """z [B, Z], the previous bar [B, T, K] and the chord to logits [B, T, K]."""

  layers: tuple[int, ...]
  channels: int
  steps: int
  classes: int
  previous: str
  chord: str
  normal: bool

  @nn.compact
  def __call__(self, z, before, chord):
    maps = self._condition(before)
    everywhere = chord if self.chord == 'all' else None
    x = z
    for number, width in enumerate(self.layers):
      x = _joined(x, everywhere)
      x = self._active(_dense(width, f'dense_{number}')(x), f'dense_{number}')
    x = x.reshape(len(x), self.steps // 8, -1)
    for number in range(3):
      x = _joined(x, everywhere, self._map(maps, x.shape[1]))
      wide = _dense(2 * self.channels, f'deconvolution_{number}')(x)
      x = wide.reshape(len(x), -1, self.channels)
      x = self._active(x, f'deconvolution_{number}')
    x = _joined(x, chord, self._map(maps, self.steps))
    return _dense(self.classes, 'output')(x)

  def _condition(self, before):
    """The conditioner's maps of the previous bar, by their length."""
    if self.previous == 'none':
      return {}
    x = _dense(_MAPS, 'conditioner_0')(before)
    maps = {}
    for number in range(4):
      if number:
        x = x.reshape(len(x), x.shape[1] // 2, -1)
        x = _dense(_MAPS, f'conditioner_{number}')(x)
      x = self._active(x, f'conditioner_{number}')
      maps[x.shape[1]] = x
    return maps

  def _map(self, maps, length):
    if self.previous == '1d':
      last = maps[self.steps // 8].reshape(len(maps[self.steps]), -1)
      return jnp.broadcast_to(
        last[:, None], (len(last), length, last.shape[-1])
      )
    return maps.get(length)

  def _active(self, x, name):
    if self.normal:
      x = BatchNorm(name=f'{name}_norm')(x)
    return nn.leaky_relu(x, _SLOPE)


class ConvolutionalCritic(nn.Module):
  """Bars [B, T, K] and the chord to scores [B] and features [B, H].

  As published: both convolutions span all classes, and the features are those
  of the first.
  """

  layers: tuple[int, ...]
  normal: bool

  @nn.compact
  def __call__(self, x, chord):
    count, extra = len(x), 0 if chord is None else chord.shape[-1]
    x = _joined(x, chord).reshape(count, x.shape[1] // 2, -1)
    x = nn.leaky_relu(_dense(1 + extra, 'convolution_0')(x), _SLOPE)
    features = x.reshape(count, -1)
    x = _joined(x, chord)
    frames = (x.shape[1] - 4) // 2 + 1
    x = jnp.stack([x[:, 2 * i : 2 * i + 4] for i in range(frames)], 1)
    x = _dense(64 + extra, 'convolution_1')(x.reshape(count, frames, -1))
    x = self._active(x, 'convolution_1').reshape(count, -1)
    for number, width in enumerate(self.layers):
      x = _dense(width, f'dense_{number}')(_joined(x, chord))
      x = self._active(x, f'dense_{number}')
    return _dense(1, 'score')(_joined(x, chord))[:, 0], features

  def _active(self, x, name):
    if self.normal:
      x = BatchNorm(name=f'{name}_norm')(x)
    return nn.leaky_relu(x, _SLOPE)


class DenseCritic(nn.Module):
  """Bars [B, T, K] and further inputs to scores [B] and features [B, H]."""

  layers: tuple[int, ...]

  @nn.compact
  def __call__(self, x, about):
    parts = [_dense(_STEP, 'step')(x), *about]
    x = jnp.concatenate([one.reshape(len(x), -1) for one in parts], -1)
    for number, width in enumerate(self.layers):
      x = nn.leaky_relu(_dense(width, f'dense_{number}')(x), _SLOPE)
    return _dense(1, 'score')(x)[:, 0], x


def _dense(width, name):
  return nn.Dense(width, name=name, kernel_init=nn.initializers.he_normal())


def _joined(x, condition, maps=None):
  """Concatenates x [B, ..., H], a condition [B, C] at every place, and maps."""
  parts = [x]
  if condition is not None:
    between = (1,) * (x.ndim - 2)
    wide = condition.reshape(len(x), *between, condition.shape[-1])
    parts.append(jnp.broadcast_to(wide, (*x.shape[:-1], condition.shape[-1])))
  if maps is not None:
    parts.append(maps)
  return jnp.concatenate(parts, -1)
