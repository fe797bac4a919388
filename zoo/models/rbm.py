"""The restricted Boltzmann machine, over frames of music or whole examples.

Its biases may be inputs, a pair for each frame: the RNN-RBM is this machine,
conditioned on the previous frames by a recurrent network.

Source: Smolensky 1986; Hinton 2002; initial weights: Hinton, 'A practical guide
to training restricted Boltzmann machines', 2010, section 8.
"""

from typing import Literal

from flax import linen as nn
import jax.numpy as jnp

from zoo.contracts import Spec
from zoo.layers import boltzmann
from zoo.layers.boltzmann import Machine
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_widths
from zoo.questions import Energy


class Units(nn.Module, Energy):
  """The base class of machines: units and weights; biases are (b, c).

  Subclasses implement the conditioning, and have the fields `seen` (the field
  of the examples that becomes rows), `hidden` (H) and `framed`.
  """

  one_of = 0  # Visible units are binary.

  @property
  def visible(self) -> int:  # type: ignore[override]
    """D, the number of visible units."""
    return self.seen.shape[-1] if self.framed else self.seen.size

  @property
  def uniforms(self) -> int:  # type: ignore[override]
    """Uniform numbers that the sweep of a row takes."""
    return self.visible + self.hidden

  def setup(self):
    shape = self.visible, self.hidden
    self.kernel = self.param('kernel', nn.initializers.normal(0.01), shape)
    zeros = nn.initializers.zeros
    self.visible_bias = self.param('visible_bias', zeros, (self.visible,))
    self.hidden_bias = self.param('hidden_bias', zeros, (self.hidden,))

  def __call__(self, rows):
    """F(v) of each of the rows [B, T, D], given those before: [B, T]."""
    past = boltzmann.before_each(rows)
    biases, _ = self.condition(past, self.begin(len(rows)))
    return self.energy(rows, biases)

  def read(self, batch):
    """Rows [B, T, D] and mask [B, T] of a batch; T = 1 for whole examples."""
    return boltzmann.read(self.seen, self.framed, batch)

  def energy(self, rows, biases, beta=1.0):
    """F(v) = -b.v - sum softplus(beta (c + v W)) of rows [B, T, D]: [B, T]."""
    return boltzmann.free_energy(Machine(self.kernel, *biases), rows, beta)

  def sweep(self, rows, biases, uniforms, beta=1.0):
    """Rows [B, T, D] after sampling all hidden, then all visible units."""
    machine = Machine(self.kernel, *biases)
    return boltzmann.sweep(machine, rows, uniforms, beta)

  def base(self, biases):
    """log Z = H log 2 + sum softplus(b): the machine without weights."""
    visible, hidden = biases
    log_z = jnp.sum(boltzmann.softplus(visible), -1)
    return log_z + hidden.shape[-1] * jnp.log(2.0)

  def first(self, biases, uniforms):
    """Samples rows [B, T, D] of the machine without weights."""
    return (uniforms < boltzmann.probability(biases[0])).astype(jnp.float32)

  def activations(self, rows, biases):
    """p(h | v), [B, T, H]."""
    machine = Machine(self.kernel, *biases)
    return boltzmann.probability(boltzmann.hidden_logits(machine, rows))

  def reconstruct(self, rows, biases):
    """b + W p(h | v), log odds of the visible units: [B, T, D]."""
    machine = Machine(self.kernel, *biases)
    return boltzmann.visible_logits(machine, self.activations(rows, biases))

  def cross_entropy(self, logits, rows):
    """Cross-entropy of rows and logits [B, T, D], in nats: [B, T]."""
    return jnp.sum(boltzmann.softplus(logits) - rows * logits, -1)

  def fit_biases(self, params, rows, mask):
    """Sets b to the log odds of each unit, with half a row added to counts."""
    total = jnp.sum(jnp.where(mask[..., None], rows, 0), (0, 1))
    share = (total + 0.5) / (jnp.sum(mask) + 1)
    return {**params, 'visible_bias': jnp.log(share) - jnp.log1p(-share)}


class Rbm(Units):
  """A restricted Boltzmann machine of D visible and H hidden units.

  Attributes:
    seen: the field of the examples, and how it becomes rows.
    hidden: H.
    rows: whether a row is a frame of a roll, or a whole example. Examples other
      than rolls are always whole.
  """

  seen: Visible
  hidden: int = 150
  rows: Literal['frames', 'examples'] = 'frames'

  constant = True

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'Rbm':
    """The machine that sees what `spec` describes.

    Raises:
      UserError: an encoder whose field is not a row of numbers, or no hidden
        unit.
    """
    return cls(seen=visible_of(spec), **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(hidden=self.hidden)

  @property
  def framed(self) -> bool:  # type: ignore[override]
    """Whether each frame of a roll is a row, or the whole example."""
    return self.rows == 'frames' and self.seen.field == 'roll'

  def begin(self, count):
    """Nothing is carried from row to row."""
    del count
    return ()

  def condition(self, past, carry, keys=None):
    """The same biases for every row, independent of the past."""
    del keys
    shape = past.shape[:2]
    biases = self.visible_bias, self.hidden_bias
    return tuple(jnp.broadcast_to(x, (*shape, len(x))) for x in biases), carry
