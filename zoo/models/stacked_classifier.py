"""A classifier on top of a stack of autoencoders: a softmax of its code.

Source: Hinton & Salakhutdinov 2006; Bengio et al. 2007.
"""

from collections.abc import Mapping
from typing import Self

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.heads import HEADS
from zoo.models.stacked_autoencoder import StackedAutoencoder
from zoo.questions import Conditional, Steps
from zoo.training import parallel


class StackedClassifier(StackedAutoencoder, Conditional):
  """Predicts the label of an example, and is still an autoencoder of its rows.

  Methods that receive a batch follow Latent; those that receive Steps follow
  Conditional.
  """

  context = None
  streams = ('label',)

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> Self:
    """The stack that reads and labels what `spec` describes.

    Raises:
      UserError: no labels, or an option that StackedAutoencoder refuses.
    """
    if 'label' not in spec.fields:
      raise UserError(
        'model stacked_classifier needs labels, and the encoder '
        f"'{spec.encoder}' has none: choose another encoder."
      )
    return super().from_spec(spec, **options)  # type: ignore[return-value]

  def setup(self):
    super().setup()
    self.softmax = nn.Dense(self.labels, name='classifier')

  def read(self, batch):
    """Symbols are the labels [B, 1], given the rows [B, 1, D]."""
    labels = jnp.asarray(batch['label'])[:, None]
    rows = self.visible.read(batch)[:, None]
    return Steps(labels, rows, jnp.ones(labels.shape, bool))

  def start(self, batch):
    """There is no carry."""
    del batch
    return ()

  def __call__(self, symbols, given=None, carry=(), keys=None):
    """Logits [B, 1, K] of labels; for a batch, logits [B, D] of its rows."""
    if given is None:
      code, _ = self.encode(symbols)
      self.softmax(code)  # Initializes its parameters, too.
      return self.decode(code)
    pool = None if keys is None else parallel.mean
    code = self.encodings(given[:, 0], keys, pool)[-1]
    return self.softmax(code)[:, None], carry

  def log_prob(self, outputs, symbols):
    """{'label': [B, 1]} nats; or, for a batch, see StackedAutoencoder."""
    if isinstance(symbols, Mapping):
      return super().log_prob(outputs, symbols)
    return {'label': HEADS['softmax'].log_prob(outputs, symbols)}

  def likeliest(self, outputs, symbols=None):
    """The most likely label [B, 1]."""
    del symbols
    return HEADS['softmax'].draw(outputs)

  def events(self, symbols):
    """Every example has a label."""
    return jnp.ones(symbols.shape, bool)

  def draw(self, outputs, keys, temperature):
    """Samples labels [B, 1]."""
    uniforms = jax.vmap(lambda key: jax.random.uniform(key, (1,)))(keys)
    return HEADS['softmax'].draw(outputs, uniforms, temperature)

  def write(self, batch, symbols):
    """The batch with its labels replaced."""
    return {**batch, 'label': symbols[:, 0]}
