"""C-RBM: a restricted Boltzmann machine that is convolutional over time.

  F(v) = -sum_t b.v_t - sum_{t,j} softplus(c_j + (v * W)_{t,j})

Every hidden unit sees a few steps of music over the whole range of pitches,
with the same weights at every step, so that one machine models music of any
length. A roll has binary visible units; a melody has one softmax per step over
its pitches and the rest (categorical units: with binary units, melodies are
neither monophonic nor musical).

Source: Lattner, Grachten & Widmer, Imposing higher-level structure in
polyphonic music generation using convolutional restricted Boltzmann machines
and constraints, 2016, arXiv 1612.04742; categorical visible units:
Salakhutdinov, Mnih & Hinton 2007.
"""

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers import convolution
from zoo.layers.boltzmann import probability, softplus
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_widths
from zoo.questions import Energy


class CRbm(nn.Module, Energy):
  """A convolutional machine over whole examples: rows [B, C, T * P].

  Attributes:
    seen: the field of the examples, T steps of P bits or of one of P classes.
    hidden: H, hidden units per step.
    width: number of steps that a hidden unit sees, odd.
  """

  reads = ('roll', 'pitch')

  seen: Visible
  hidden: int = 256
  width: int = 9

  constant = True
  framed = False

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'CRbm':
    """The machine that sees what `spec` describes.

    Raises:
      UserError: examples without a grid of steps, no hidden unit or an even
        width.
    """
    seen = visible_of(spec)
    if not seen.classes and len(seen.shape) != 2:
      raise UserError(
        f"model 'c_rbm' reads steps of pitches, and encoder '{spec.encoder}' "
        'has none: take the encoder piano_roll or melody_roll.'
      )
    return cls(seen=seen, **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(hidden=self.hidden, width=self.width)
    if self.width % 2 == 0:
      raise UserError(
        f'model/width is {self.width}: windows are centered on a step, so give '
        'an odd number.'
      )

  def setup(self):
    pitches = self.pitches
    shape = self.width, pitches, self.hidden
    self.kernel = self.param('kernel', nn.initializers.normal(0.01), shape)
    zeros = nn.initializers.zeros
    self.visible_bias = self.param('visible_bias', zeros, (pitches,))
    self.hidden_bias = self.param('hidden_bias', zeros, (self.hidden,))

  @property
  def steps(self) -> int:
    """T, the number of steps."""
    return self.seen.shape[0]

  @property
  def pitches(self) -> int:
    """P, visible units per step."""
    return self.seen.classes or self.seen.shape[1]

  @property
  def one_of(self) -> int:  # type: ignore[override]
    """P if one of P units is on at each step; 0 if units are binary."""
    return self.seen.classes

  @property
  def visible(self) -> int:  # type: ignore[override]
    """D = T P, the number of visible units."""
    return self.steps * self.pitches

  @property
  def uniforms(self) -> int:  # type: ignore[override]
    """Uniform numbers that the sweep of a row takes."""
    drawn = self.steps if self.one_of else self.visible
    return self.steps * self.hidden + drawn

  def long(self, steps: int) -> 'CRbm':
    """The machine with the same weights over another number of steps."""
    shape = (steps, *self.seen.shape[1:])
    return self.clone(seen=self.seen._replace(shape=shape))

  def __call__(self, rows):
    """F(v) of rows [B, C, D]: [B, C]."""
    biases, _ = self.condition(rows, ())
    return self.energy(rows, biases)

  def read(self, batch):
    """Rows [B, 1, D] and mask [B, 1]."""
    rows = self.seen.read(batch)[:, None]
    return rows, jnp.ones(rows.shape[:2], bool)

  def begin(self, count):
    """Nothing is carried from row to row."""
    del count
    return ()

  def condition(self, past, carry, keys=None):
    """The biases (b, c), the same for every row."""
    del keys
    shape = past.shape[:2]
    biases = self.visible_bias, self.hidden_bias
    return tuple(jnp.broadcast_to(x, (*shape, len(x))) for x in biases), carry

  def energy(self, rows, biases, beta=1.0):
    """F(v) of rows [B, C, D]: [B, C]."""
    steps = self.grid(rows)
    linear = jnp.sum(steps * biases[0][..., None, :], (-2, -1))
    inputs = beta * self._up(steps, biases)
    return -linear - jnp.sum(softplus(inputs), (-2, -1))

  def hidden_units(self, rows, biases, uniforms, beta=1.0):
    """Samples hidden units [B, C, T, H] given rows; uniforms [B, C, T H]."""
    inputs = beta * self._up(self.grid(rows), biases)
    return (uniforms.reshape(inputs.shape) < probability(inputs)).astype(
      rows.dtype
    )

  def visible_logits(self, hidden, biases, beta=1.0):
    """Logits [B, C, D] of visible units given hidden ones [B, C, T, H]."""
    logits = beta * convolution.down(hidden, self.kernel)
    return self._flat(logits + biases[0][..., None, :])

  def draw(self, logits, uniforms):
    """Samples rows [B, C, D] from logits; uniforms [B, C, T], or D for bits."""
    if not self.one_of:
      return (uniforms < probability(logits)).astype(logits.dtype)
    shares = jnp.cumsum(jax.nn.softmax(self.grid(logits), -1), -1)
    chosen = jnp.sum(shares <= uniforms[..., None], -1)
    chosen = jnp.minimum(chosen, self.pitches - 1)
    return self._flat(jax.nn.one_hot(chosen, self.pitches))

  def sweep(self, rows, biases, uniforms, beta=1.0):
    """Rows [B, C, D] after sampling all hidden, then all visible units."""
    above, below = self.split(uniforms)
    hidden = self.hidden_units(rows, biases, above, beta)
    return self.draw(self.visible_logits(hidden, biases, beta), below)

  def split(self, uniforms):
    """Splits uniforms [..., U] into those of hidden and of visible units."""
    return jnp.split(uniforms, [self.steps * self.hidden], -1)

  def first(self, biases, uniforms):
    """Rows [B, C, D] of the machine at beta 0; see zoo.questions."""
    logits = jnp.broadcast_to(
      biases[0][..., None, :], (*biases[0].shape[:-1], self.steps, self.pitches)
    )
    logits = jnp.broadcast_to(self._flat(logits), uniforms.shape)
    below = uniforms[..., : self.steps] if self.one_of else uniforms
    return self.draw(logits, below)

  def base(self, biases):
    """log Z at beta 0."""
    visible, hidden = biases
    if self.one_of:
      log_z = jax.nn.logsumexp(visible, -1)
    else:
      log_z = jnp.sum(softplus(visible), -1)
    return self.steps * (log_z + hidden.shape[-1] * jnp.log(2.0))

  def activations(self, rows, biases):
    """p(h | v), [B, C, T, H]."""
    return probability(self._up(self.grid(rows), biases))

  def reconstruct(self, rows, biases):
    """Logits [B, C, D] of visible units given the mean hidden units."""
    return self.visible_logits(self.activations(rows, biases), biases)

  def cross_entropy(self, logits, rows):
    """Cross-entropy of rows and logits [B, C, D], in nats: [B, C]."""
    if self.one_of:
      logs = jax.nn.log_softmax(self.grid(logits), -1)
      return -jnp.sum(self._flat(logs) * rows, -1)
    return jnp.sum(softplus(logits) - rows * logits, -1)

  def fit_biases(self, params, rows, mask):
    """Sets b by the share of each pitch, with half a step added to counts."""
    steps = self.grid(jnp.where(mask[..., None], rows, 0))
    total = jnp.sum(steps, tuple(range(steps.ndim - 1)))
    count = jnp.sum(mask) * self.steps
    if self.one_of:
      share = (total + 0.5) / (count + 0.5 * self.pitches)
      return {**params, 'visible_bias': jnp.log(share)}
    share = (total + 0.5) / (count + 1)
    return {**params, 'visible_bias': jnp.log(share) - jnp.log1p(-share)}

  def grid(self, rows):
    """Rows [..., D] as [..., T, P]."""
    return rows.reshape(*rows.shape[:-1], -1, self.pitches)

  def _flat(self, steps):
    return steps.reshape(*steps.shape[:-2], -1)

  def _up(self, steps, biases):
    """c + v * W, [B, C, T, H]."""
    return biases[1][..., None, :] + convolution.up(steps, self.kernel)
