"""Examples as rows of numbers, for feed-forward networks.

Autoencoders and Boltzmann machines read melodies, piano rolls and pictures as
rows of D values from 0 to 1, depending on the kind of the encoder's main field:

  class [T]      each step one-hot; D = T * K
  bit [T, P]     0 or 1; D = T * P
  grey [D]       0..255, divided by 255
  share [D]      0..1, unchanged (such as spectra)
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from zoo.contracts import Spec, Tree, UserError
from zoo.layers import metrics

_WHITE = 255


class Visible(NamedTuple):
  """Converts a field of the examples to rows, and rows back to the field.

  Attributes:
    field: its name.
    kind: class, bit, grey or share; see zoo.contracts.Field.
    shape: of the field, without the batch.
    classes: K of classes; 0 for the others.
    length: whether the examples also have a length, as rolls may.
  """

  field: str
  kind: str
  shape: tuple[int, ...]
  classes: int
  length: bool

  @property
  def size(self) -> int:
    """D."""
    return math.prod(self.shape) * max(self.classes, 1)

  def read(self, batch: Tree) -> jax.Array:
    """The rows [B, D] of a batch {field: [B, ...]}."""
    values = jnp.asarray(batch[self.field])
    if self.classes:
      values = jax.nn.one_hot(values.astype(jnp.int32), self.classes)
    values = values.reshape(len(values), -1).astype(jnp.float32)
    return values / _WHITE if self.kind == 'grey' else values

  def steps(self, rows: jax.Array) -> jax.Array:
    """Rows [B, D] of tokens as [B, T, K]."""
    return rows.reshape(len(rows), -1, self.classes)

  def write(self, logits: jax.Array, threshold: float = 0.5) -> dict[str, Any]:
    """Fields for the encoder's `decode`, from the outputs of a network.

    Args:
      logits: [B, D].
      threshold: probability from which a bit is 1.

    Returns:
      {field: the most likely classes [B, T] int32; or bits [B, T, P] int32; or
      probabilities [B, D], as gray levels uint8 or shares float32}, and
      `length` [B], always T, for rolls with a length.
    """
    if self.classes:
      chosen = jnp.argmax(self.steps(logits), -1).astype(jnp.int32)
      return {self.field: chosen}
    values = jax.nn.sigmoid(logits).reshape(len(logits), *self.shape)
    if self.kind == 'grey':
      return {self.field: jnp.round(_WHITE * values).astype(jnp.uint8)}
    if self.kind == 'share':
      return {self.field: values}
    made = {self.field: (values > threshold).astype(jnp.int32)}
    if self.length:
      made['length'] = jnp.full(len(logits), self.shape[0], jnp.int32)
    return made

  def draw(self, logits: jax.Array, keys: jax.Array) -> dict[str, Any]:
    """Fields like those of `write`, sampled from the logits.

    Args:
      logits: [B, D]; pictures and shares are not sampled, but written as in
        `write`.
      keys: [B] random keys.
    """
    if self.classes:
      draw = jax.vmap(lambda key, row: jax.random.categorical(key, row))
      return {self.field: draw(keys, self.steps(logits)).astype(jnp.int32)}
    if self.kind in ('grey', 'share'):
      return self.write(logits)
    flip = jax.vmap(lambda key, row: jax.random.bernoulli(key, row))
    # A logit of 1 means on, and -1 off.
    return self.write(2.0 * flip(keys, jax.nn.sigmoid(logits)) - 1)

  def log_prob(self, logits: jax.Array, batch: Tree) -> jax.Array:
    """Log-probability, in nats, of a batch {field: [B, ...]}; logits [B, D].

    Returns:
      [B, T] of tokens, with one softmax per step; else [B, D], Bernoulli.
    """
    if self.classes:
      tokens = jnp.asarray(batch[self.field]).astype(jnp.int32)
      tokens = tokens.reshape(len(tokens), -1)
      return metrics.log_prob_of(self.steps(logits), tokens)
    # x log y + (1 - x) log (1 - y), in a form that does not overflow.
    return self.read(batch) * logits - jax.nn.softplus(logits)

  def shaped(self, logits: jax.Array) -> jax.Array:
    """Logits [B, D] in the field's shape; for tokens with a last axis K."""
    shape = (*self.shape, self.classes) if self.classes else self.shape
    return logits.reshape(len(logits), *shape)

  def generate(
    self,
    logits: jax.Array,
    keys: jax.Array,
    temperature: Any = 0.0,
    threshold: float = 0.5,
  ) -> dict[str, Any]:
    """Fields like those of `write`, sampled unless the temperature is 0.

    Args:
      logits: [B, D].
      keys: [B] random keys.
      temperature: divides the logits; 0 takes the most likely values.
      threshold: at temperature 0, probability from which a bit is 1.
    """
    if isinstance(temperature, int | float) and temperature == 0:
      return self.write(logits, threshold)
    return self.draw(logits / temperature, keys)


def visible_of(spec: Spec, name: str = '') -> Visible:
  """The Visible of a field of an encoder.

  Args:
    spec: of the encoder.
    name: a field; '' for the main field.

  Raises:
    UserError: the field is not a sequence of classes, nor bits, gray levels or
      shares.
  """
  name = name or spec.main_field
  field = spec.fields[name]
  rows = field.kind == 'class' and len(field.shape) == 1 and field.classes
  if not rows and field.kind not in ('bit', 'grey', 'share'):
    raise UserError(
      f"The field '{name}' of the encoder '{spec.encoder}' is not a row of "
      'classes, bits, gray levels or shares: take melody, piano_roll, image or '
      'spectrogram.'
    )
  classes = field.classes if rows else 0
  shape = tuple(field.shape)
  return Visible(name, field.kind, shape, classes, 'length' in spec.fields)
