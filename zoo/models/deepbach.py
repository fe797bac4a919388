"""DeepBach: each note of a chorale guessed from everything around it.

A network a voice, which reads C steps before a cell, the C steps after it
backward, and what the other voices do at that very step:

  past      -> LSTM, its last state
  future    -> LSTM over reversed time, its last state
  centre    -> dense ReLU of the other voices and the metadata
  [past, centre, future] -> dense ReLU -> softmax over the voice's classes

Beside it stand the paper's two simpler rungs, on the same window: `mlp`, one
hidden layer on the whole of it (the course's MiniDeepBach, in our reading),
and `maxent`, none.

M neighbouring cells share the two scans, so that a cell may see more than C
steps; with M = 1 it is the paper's window to the step.

Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec, UserError
from zoo.layers import cells, harmony
from zoo.layers.dropout import dropout, fold
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import Stack
from zoo.models.sizes import check_dropout, check_widths

STREAMS = ('fermata', 'beat', 'key')

_NEVER = -1e9  # The logit of a class that a voice does not have.


def deepbach(
  spec: Spec,
  *,
  form: Literal['lstm', 'mlp', 'maxent'] = 'lstm',
  context: int = 16,
  recurrent: tuple[int, ...] = (200,),
  hidden: int = 200,
  embedding: int = 0,
  dropout: float = 0.0,
  relations: bool = False,
) -> 'DeepBach':
  """The conditionals of the voices that `spec` describes.

  Args:
    spec: of the encoder `voices`, with padding for the context.
    form: lstm as above; mlp, one hidden layer on the flattened window;
      maxent, no hidden layer.
    context: C, steps before and after a cell.
    recurrent: H of each layer of the LSTMs; only lstm has any.
    hidden: of the dense layers.
    embedding: size of what each voice's class, and each stream's, is turned
      into first; 0 takes one-hot.
    dropout: share of each LSTM layer's outputs that is zeroed in training,
      and of the mlp's hidden layer.
    relations: tells the network what sounds, not only what begins, and what a
      note would be to those around it: see zoo.layers.harmony. The paper's has
      none of it.

  Raises:
    UserError: an encoder without voices, of windows, or with less padding
      than context; a width or share out of range.
  """
  if 'voices' not in spec.fields:
    raise UserError(
      f"model/deepbach reads voices, and the encoder '{spec.encoder}' has "
      'none: take the encoder voices.'
    )
  if spec.options.get('steps'):
    raise UserError(
      f'model/deepbach reads whole pieces, and encoder/steps is '
      f'{spec.options["steps"]}: set encoder/steps=0.'
    )
  if not 1 <= context <= spec.sizes['padding']:
    raise UserError(
      f'model/context is {context} and encoder/padding '
      f'{spec.sizes["padding"]}: padding must be at least context, and '
      'context at least 1.'
    )
  if form == 'lstm':
    # Embeddings can be read as they are, one-hot classes only by a layer.
    check_widths(0 if embedding else 1, recurrent=recurrent)
  if form != 'maxent':
    check_widths(hidden=hidden)
  if embedding < 0:
    raise UserError(
      f'model/embedding is {embedding}: it must be at least 0, which takes '
      'one-hot.'
    )
  check_dropout(dropout=dropout)
  sizes = Sizes(
    tuple(spec.vocabulary['classes']),
    tuple(spec.fields[name].classes for name in STREAMS),
    form,
    context,
    tuple(recurrent),
    hidden,
    embedding,
    dropout,
    tuple(map(tuple, spec.tables['pitches'])) if relations else (),
  )
  return DeepBach(sizes, tuple(spec.vocabulary['symbols']))


class Sizes(NamedTuple):
  """What the network of a voice is made of.

  Attributes:
    classes: how many each of the V voices has.
    streams: how many classes each of STREAMS has.
    form, context, recurrent, hidden, embedding, dropout: see `deepbach`.
    pitches: MIDI pitch of each voice's classes, NONE for symbols; empty where
      the network is told of no relations.
  """

  classes: tuple[int, ...]
  streams: tuple[int, ...]
  form: str
  context: int
  recurrent: tuple[int, ...]
  hidden: int
  embedding: int
  dropout: float
  pitches: tuple[tuple[int, ...], ...] = ()

  @property
  def counts(self) -> tuple[int, ...]:
    """Classes of the voices, all alike, and of each stream."""
    degrees = (harmony.DEGREES,) if self.pitches else ()
    return (max(self.classes), *self.streams, *degrees)


class Conditional(nn.Module):
  """The network of one voice."""

  sizes: Sizes

  @nn.compact
  def __call__(
    self,
    window: Mapping[str, jax.Array],
    voice: int,
    keys: jax.Array | None = None,
  ) -> jax.Array:
    """Logits of the cells in the middle of windows.

    Args:
      window: {'voices' [R, S, V], and STREAMS [R, S]} integers, S = C + M + C.
        A class of K or more is a cell that is not known yet.
      voice: which one this is; its own cell is not looked at.
      keys: [R] random keys for dropout, or None.

    Returns:
      [R, M, K], K = the most classes that a voice has.
    """
    sizes, around = self.sizes, self.sizes.context
    voices = window['voices']
    streams = [window[name][..., None] for name in STREAMS]
    cells = voices.shape[1] - 2 * around
    now = slice(around, around + cells)
    others = np.delete(np.arange(voices.shape[2]), voice)
    centre = self._table(
      [voices[:, now, others], *(stream[:, now] for stream in streams)],
      'centre_table',
    )
    given = None
    if sizes.pitches:
      pitches = np.array(sizes.pitches)
      key = window['key']
      given = harmony.surroundings(voices, key, pitches, voice, around)
      centre = jnp.concatenate([centre, harmony.described(given)], -1)
      streams.append(harmony.degrees(voices, key, pitches, voice))
    if sizes.form == 'lstm':
      past, future = (
        self._scan(side, name, cells, fold(keys, number))
        for number, (name, side) in enumerate(
          {
            'past': [voices, *streams],
            'future': [x[:, ::-1] for x in (voices, *streams)],
          }.items()
        )
      )
      centre = nn.relu(self._dense(sizes.hidden, 'centre')(centre))
      features = jnp.concatenate([past, centre, future[:, ::-1]], -1)
    else:
      rows = self._table([voices, *streams], 'window_table')
      places = np.delete(np.arange(2 * around + 1), around)
      near = rows[:, np.arange(cells)[:, None] + places]
      features = jnp.concatenate(
        [near.reshape(*near.shape[:2], -1), centre], -1
      )
    if sizes.form != 'maxent':
      features = nn.relu(self._dense(sizes.hidden, 'joint')(features))
    if sizes.form == 'mlp':
      features = dropout(features, keys, sizes.dropout)
    logits = self._dense(sizes.counts[0], 'out')(features)
    if given is not None:
      relations = harmony.Relations(sizes.pitches[voice], name='relations')
      logits += relations(features, given)
    return logits

  def _dense(self, features, name):
    return nn.Dense(features, name=name, dot_general=cells.dense_product)

  def _table(self, ids, name):
    """One-hot or embedded rows [R, S, D] of ids [R, S, P], side by side."""
    parts = []
    counts = self.sizes.counts[: len(ids)]
    for values, count in zip(ids, counts, strict=True):
      if self.sizes.embedding:
        places = np.arange(values.shape[2])
        table = self.param(
          f'{name}_{len(parts)}',
          nn.initializers.normal(1.0),  # as PyTorch begins
          (len(places), count, self.sizes.embedding),
        )
        found = table.at[places, values].get(mode='fill', fill_value=0)
      else:
        found = jax.nn.one_hot(values, count)
      parts.append(found.reshape(*found.shape[:2], -1))
    return jnp.concatenate(parts, -1)

  def _scan(self, sides, name, cells, keys):
    """What an LSTM knows when it comes to each cell: [R, M, H]."""
    before = self.sizes.context - 1
    sides = [ids[:, : before + cells] for ids in sides]
    inputs: Any = [
      Symbols(ids, count)
      for ids, count in zip(sides, self.sizes.counts, strict=True)
    ]
    if self.sizes.embedding:
      inputs = self._table(sides, f'{name}_table')
    stack = Stack(self.sizes.recurrent, dropout=self.sizes.dropout, name=name)
    return stack(inputs, keys=keys)[0][:, before:]


class DeepBach(nn.Module):
  """The conditionals of all voices.

  Attributes:
    sizes: of the network of each voice.
    symbols: names of the first classes, such as hold, rest, start, end.
  """

  sizes: Sizes
  symbols: tuple[str, ...]

  def setup(self):
    # Networks apart: mapped over the voices they compile in half the time, but
    # a step on two cores takes 1.1 to 1.2 times as long; in turn, 1.3 to 1.5.
    self.voices = [Conditional(self.sizes) for _ in self.sizes.classes]

  @property
  def context(self) -> int:
    """C."""
    return self.sizes.context

  @property
  def dropout(self) -> float:
    """Share of values that is zeroed where keys come."""
    return self.sizes.dropout

  @property
  def possible(self) -> np.ndarray:
    """[V, K] bool: what a cell may be; not start, end or another's pitch."""
    classes = np.arange(max(self.sizes.classes))
    there = classes < np.array(self.sizes.classes)[:, None]
    for name in {'start', 'end'} & {*self.symbols}:
      there &= classes != self.symbols.index(name)
    return there

  def __call__(
    self, window: Mapping[str, jax.Array], keys: jax.Array | None = None
  ) -> jax.Array:
    """Logits of every voice's cells in the middle of windows.

    Args:
      window: {'voices' [R, S, V], STREAMS [R, S]}, S = C + M + C.
      keys: [R] random keys for dropout, or None.

    Returns:
      [V, R, M, K]; what is not possible has almost no probability.
    """
    count = len(self.sizes.classes)
    return jnp.stack(
      [self.voice(window, number, keys) for number in range(count)]
    )

  def voice(
    self,
    window: Mapping[str, jax.Array],
    number: int,
    keys: jax.Array | None = None,
  ) -> jax.Array:
    """Logits [R, M, K] of one voice; see `__call__`."""
    logits = self.voices[number](window, number, keys)
    return jnp.where(jnp.asarray(self.possible[number]), logits, _NEVER)
