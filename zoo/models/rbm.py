"""The restricted Boltzmann machine, over frames of music or whole examples.

Its biases may be given from outside, a pair for each frame: the RNN-RBM is
this machine, told by a recurrent network what to expect.

Source: Smolensky 1986; Hinton 2002; first weights: Hinton, 'A practical guide
to training restricted Boltzmann machines', 2010, section 8.
"""

from typing import Literal

from flax import linen as nn
import jax

from zoo.contracts import Spec
from zoo.layers import boltzmann
from zoo.layers.boltzmann import Machine
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_widths


def rbm(
  spec: Spec,
  *,
  hidden: int = 150,
  rows: Literal['frames', 'examples'] = 'frames',
) -> 'Rbm':
  """The machine that sees what `spec` describes.

  Args:
    spec: of the encoder.
    hidden: H.
    rows: what one row is: a frame of a roll, or a whole example. Examples
      that are no rolls are always whole.

  Raises:
    UserError: no hidden unit.
  """
  check_widths(hidden=hidden)
  seen = visible_of(spec)
  framed = rows == 'frames' and seen.field == 'roll'
  return Rbm(seen, seen.shape[-1] if framed else seen.size, hidden, framed)


class Rbm(nn.Module):
  """A restricted Boltzmann machine of D visible and H hidden units.

  Attributes:
    seen: the field of the examples, and how it becomes rows.
    visible: D.
    hidden: H.
    framed: whether each frame of a roll is a row, or the whole example.
  """

  seen: Visible
  visible: int
  hidden: int
  framed: bool = True

  def setup(self):
    self.kernel = self.param(
      'kernel', nn.initializers.normal(0.01), (self.visible, self.hidden)
    )
    zeros = nn.initializers.zeros
    self.visible_bias = self.param('visible_bias', zeros, (self.visible,))
    self.hidden_bias = self.param('hidden_bias', zeros, (self.hidden,))

  def __call__(self, rows, biases=None):
    """F(v), see `free_energy`."""
    return self.free_energy(rows, biases)

  def energy(self, rows, hidden, biases=None):
    """E(v, h) of rows [..., D] and hidden units [..., H]: [...]."""
    return boltzmann.energy(self._machine(biases), rows, hidden)

  def free_energy(self, rows, biases=None):
    """F(v) = -b.v - sum softplus(v W + c) of rows [..., D]: [...].

    Args:
      rows: [..., D].
      biases: (b [..., D], c [..., H]) instead of the machine's own.
    """
    return boltzmann.free_energy(self._machine(biases), rows)

  def hidden_probability(self, rows, biases=None):
    """p(h_j = 1 | v) of rows [..., D]: [..., H]."""
    logits = boltzmann.hidden_logits(self._machine(biases), rows)
    return boltzmann.probability(logits)

  def visible_probability(self, hidden, biases=None):
    """p(v_i = 1 | h) of hidden units [..., H]: [..., D]."""
    logits = boltzmann.visible_logits(self._machine(biases), hidden)
    return boltzmann.probability(logits)

  def machine(self, past, carry=(), keys=None) -> tuple[Machine, tuple]:
    """The machine of every frame, which knows nothing of the past.

    Args:
      past: [B, T, D], the frames before; not looked at.
      carry: empty.
      keys: not needed.

    Returns:
      the machine, and the empty carry.
    """
    del past, keys
    return self._machine(None), carry

  def begin(self, count):
    """The empty carry of `count` pieces."""
    del count
    return ()

  def read(self, batch) -> tuple[jax.Array, jax.Array]:
    """Rows [B, T, D] and mask [B, T] of a batch; T = 1 for whole examples."""
    return boltzmann.read(self.seen, self.framed, batch)

  def _machine(self, biases):
    if biases is None:
      biases = self.visible_bias, self.hidden_bias
    return Machine(self.kernel, *biases)
