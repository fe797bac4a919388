"""DeepBach: predicts each note of a chorale from everything around it.

One network per voice reads C steps before a cell, the C steps after it in
reverse, and the other voices at the same step:

  past      -> LSTM, its last state
  future    -> LSTM over reversed time, its last state
  center    -> dense ReLU of the other voices and the metadata
  [past, center, future] -> dense ReLU -> softmax over the voice's classes

The paper's two simpler baselines use the same window: `mlp`, with one hidden
layer over all of it (the course's MiniDeepBach, in our interpretation), and
`maxent`, with none.

M adjacent cells share the two scans, so that a cell may see more than C steps;
with M = 1 it is exactly the paper's window.

Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010.
"""

import dataclasses
from typing import Any, Literal

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD, Spec, UserError
from zoo.layers import cells, harmony
from zoo.layers.dropout import dropout, fold
from zoo.layers.heads import HEADS
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import Stack
from zoo.layers.views import voice_names
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Conditional, Steps

MARKS = ('fermata', 'beat', 'key')  # Streams of metadata.

_NEVER = -1e9  # The logit of a class that a voice does not have.
_WHOLE = 0.4  # Probability that a voice stays known while others are hidden.


class _Network(nn.Module):
  """Attributes of DeepBach and of the network of each voice.

  Attributes:
    counts: classes of each of the V voices.
    mark_classes: of each of MARKS.
    symbols: names of the first classes, such as hold, rest, start, end.
    pitches: [V][K] MIDI pitch of each class, -1 for symbols.
    padding: steps of padding before and after a piece.
    form: lstm as above; mlp, one hidden layer on the flattened window; maxent,
      no hidden layer.
    context: C, steps before and after a cell.
    recurrent: H of each layer of the LSTMs, in the form lstm.
    hidden: width of the dense layers.
    embedding: size of the embeddings of classes and metadata; 0 for one-hot.
    dropout: share of each LSTM layer's outputs, or of the mlp's hidden layer,
      that is zeroed in training.
    relations: whether the network also receives the active notes and the
      relations of a note to those around it, see zoo.layers.harmony (not in
      the paper).
  """

  counts: tuple[int, ...]
  mark_classes: tuple[int, ...]
  symbols: tuple[str, ...]
  pitches: tuple[tuple[int, ...], ...]
  padding: int
  form: Literal['lstm', 'mlp', 'maxent'] = 'lstm'
  context: int = 16
  recurrent: tuple[int, ...] = (200,)
  hidden: int = 200
  embedding: int = 0
  dropout: float = 0.0
  relations: bool = False

  @property
  def classes(self) -> tuple[int, ...]:
    """Classes of the voices (the maximum), of each of MARKS and of degrees."""
    degrees = (harmony.DEGREES,) if self.relations else ()
    return (max(self.counts), *self.mark_classes, *degrees)


class _Voice(_Network):
  """The network of one voice."""

  @nn.compact
  def __call__(self, symbols, given, voice, keys=None):
    """Logits of the cells in the middle of windows.

    Args:
      symbols: [R, S, V] integers, S = C + M + C. A class of K or more marks an
        unknown cell.
      given: {MARKS: [R, S]} integers.
      voice: the number of this voice; its own cell is not read.
      keys: [R] random keys for dropout, or None.

    Returns:
      [R, M, K], where K is the maximum number of classes of a voice.
    """
    around = self.context
    marks = [given[name][..., None] for name in MARKS]
    steps = symbols.shape[1] - 2 * around
    now = slice(around, around + steps)
    others = np.delete(np.arange(symbols.shape[2]), voice)
    centre = self._table(
      [symbols[:, now, others], *(mark[:, now] for mark in marks)],
      'centre_table',
    )
    relations = None
    if self.relations:
      pitches, key = np.array(self.pitches), given['key']
      relations = harmony.surroundings(symbols, key, pitches, voice, around)
      centre = jnp.concatenate([centre, harmony.described(relations)], -1)
      marks.append(harmony.degrees(symbols, key, pitches, voice))
    features = self._features([symbols, *marks], centre, steps, keys)
    logits = self._dense(self.classes[0], 'out')(features)
    if relations is not None:
      layer = harmony.Relations(self.pitches[voice], name='relations')
      logits += layer(features, relations)
    return logits

  def _features(self, window, centre, steps, keys):
    """Features [R, M, H] of the window and of its center [R, M, D]."""
    if self.form == 'lstm':
      past, future = (
        self._scan(side, name, steps, fold(keys, number))
        for number, (name, side) in enumerate(
          {'past': window, 'future': [x[:, ::-1] for x in window]}.items()
        )
      )
      centre = nn.relu(self._dense(self.hidden, 'centre')(centre))
      features = jnp.concatenate([past, centre, future[:, ::-1]], -1)
    else:
      rows = self._table(window, 'window_table')
      places = np.delete(np.arange(2 * self.context + 1), self.context)
      near = rows[:, np.arange(steps)[:, None] + places]
      features = jnp.concatenate(
        [near.reshape(*near.shape[:2], -1), centre], -1
      )
    if self.form != 'maxent':
      features = nn.relu(self._dense(self.hidden, 'joint')(features))
    if self.form == 'mlp':
      features = dropout(features, keys, self.dropout)
    return features

  def _dense(self, features, name):
    return nn.Dense(features, name=name, dot_general=cells.dense_product)

  def _table(self, ids, name):
    """One-hot or embedded ids [R, S, P], concatenated: [R, S, D]."""
    parts = []
    counts = self.classes[: len(ids)]
    for values, count in zip(ids, counts, strict=True):
      if self.embedding:
        places = np.arange(values.shape[2])
        table = self.param(
          f'{name}_{len(parts)}',
          nn.initializers.normal(1.0),  # as in PyTorch
          (len(places), count, self.embedding),
        )
        found = (
          jnp.asarray(table).at[places, values].get(mode='fill', fill_value=0)
        )
      else:
        found = jax.nn.one_hot(values, count)
      parts.append(found.reshape(*found.shape[:2], -1))
    return jnp.concatenate(parts, -1)

  def _scan(self, sides, name, steps, keys):
    """The state of an LSTM before each cell: [R, M, H]."""
    before = self.context - 1
    sides = [ids[:, : before + steps] for ids in sides]
    inputs: Any = [
      Symbols(ids, count)
      for ids, count in zip(sides, self.classes, strict=True)
    ]
    if self.embedding:
      inputs = self._table(sides, f'{name}_table')
    stack = Stack(self.recurrent, dropout=self.dropout, name=name)
    return stack(inputs, keys=keys)[0][:, before:]


class DeepBach(_Network, Conditional):  # type: ignore[misc]
  """The conditionals of all voices."""

  reads = ('voices',)

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'DeepBach':
    """The conditionals of the voices of the encoder `voices`.

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
    model = cls(
      counts=tuple(spec.vocabulary['classes']),
      mark_classes=tuple(spec.fields[name].classes for name in MARKS),
      symbols=tuple(spec.vocabulary['symbols']),
      pitches=tuple(map(tuple, spec.tables['pitches'])),
      padding=spec.sizes['padding'],
      **options,
    )
    model.check()
    return model

  def check(self) -> None:
    """Raises UserError if a size is out of range."""
    if not 1 <= self.context <= self.padding:
      raise UserError(
        f'model/context is {self.context} and encoder/padding {self.padding}: '
        'padding must be at least context, and context at least 1.'
      )
    if self.form == 'lstm':
      # Without LSTM layers the inputs must be embeddings.
      check_widths(0 if self.embedding else 1, recurrent=self.recurrent)
    if self.form != 'maxent':
      check_widths(hidden=self.hidden)
    if self.embedding < 0:
      raise UserError(
        f'model/embedding is {self.embedding}: it must be at least 0, which '
        'means one-hot.'
      )
    check_dropout(dropout=self.dropout)

  def setup(self):
    own = {
      field.name: getattr(self, field.name)
      for field in dataclasses.fields(_Network)
      if field.name not in ('parent', 'name')
    }
    # Separate networks: vmapped over the voices they compile in half the time,
    # but a step on two cores takes 1.1 to 1.2 times as long; in a loop over
    # the voices, 1.3 to 1.5 times.
    self.voices = [_Voice(**own) for _ in self.counts]

  @property
  def streams(self) -> tuple[str, ...]:  # type: ignore[override]
    """Names of the voices."""
    return voice_names(len(self.counts))

  @property
  def possible(self) -> np.ndarray:
    """[V, K] bool: possible classes; not start, end or missing pitches."""
    classes = np.arange(max(self.counts))
    found = classes < np.array(self.counts)[:, None]
    for name in {'start', 'end'} & {*self.symbols}:
      found &= classes != self.symbols.index(name)
    return found

  def read(self, batch):
    """Symbols [B, C + T + C, V], given MARKS."""
    voices, skip = batch['voices'], self.padding - self.context
    steps = np.arange(skip, voices.shape[1] - skip)
    mask = (steps >= self.padding) & (steps < batch['length'][:, None])
    given = {name: batch[name][:, steps] for name in MARKS}
    return Steps(voices[:, steps], given, mask)

  def start(self, batch):
    """There is no carry."""
    del batch
    return ()

  def __call__(self, symbols, given, carry=(), keys=None):
    """Logits [B, M, V, K] of the cells in the middle of windows.

    Classes that are not `possible` have a very low logit.

    Args:
      symbols: [B, C + M + C, V]; K or more for unknown cells.
      given: {MARKS: [B, C + M + C]}.
      carry: ().
      keys: [B] random keys for dropout, or None.
    """
    logits = [
      self.conditional(symbols, given, number, keys)
      for number in range(len(self.counts))
    ]
    return jnp.stack(logits, -2), carry

  def conditional(self, symbols, given, stream, keys=None):
    """Logits [B, M, K] of one voice; see `__call__`."""
    own = fold(keys, stream)  # Independent dropout for each voice.
    logits = self.voices[stream](symbols, given, stream, own)
    return jnp.where(jnp.asarray(self.possible[stream]), logits, _NEVER)

  def log_prob(self, outputs, symbols):
    """{voice: [B, M]} nats."""
    logs = HEADS['softmax'].log_prob(outputs, symbols)
    return dict(zip(self.streams, jnp.moveaxis(logs, -1, 0), strict=True))

  def likeliest(self, outputs, symbols=None):
    """The most likely class of each cell [B, M, V]."""
    del symbols
    return HEADS['softmax'].draw(outputs)

  def events(self, symbols):
    """Notes and rests that begin."""
    return symbols != HOLD

  def hide(self, keys, symbols, share):
    """Symbols [B, S, V] with some of them unknown: K.

    In a share of the windows, cells are hidden: each voice stays known with
    probability 0.4, and in the others the same share of cells is hidden, drawn
    from U(0, 1), as for training an orderless NADE (Uria et al. 2014; for
    chorales Huang et al. 2017, arXiv 1903.07227). It does not matter whether a
    cell is to be predicted: no prediction depends on its own target.

    Args:
      keys: [B] random keys.
      symbols: [B, S, V]; the padding of a piece stays known.
      share: of the windows with hidden cells, 0..1.
    """
    shape = symbols.shape[1:]

    def one(key):
      which, rate, voice, cell = jax.random.split(key, 4)
      some = jax.random.bernoulli(which, share)
      whole = jax.random.bernoulli(voice, _WHOLE, shape[1:])
      gone = jax.random.uniform(cell, shape) < jax.random.uniform(rate)
      return some & gone & ~whole

    around = [
      self.symbols.index(name) for name in {'start', 'end'} & {*self.symbols}
    ]
    gone = jax.vmap(one)(keys) & ~jnp.isin(symbols, jnp.array(around, int))
    return jnp.where(gone, max(self.counts), symbols)

  def draw(self, outputs, keys, temperature):
    """Classes [B, M, V], sampled independently."""
    shape = outputs.shape[1:-1]
    uniforms = jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)
    return HEADS['softmax'].draw(outputs, uniforms, temperature)

  def write(self, batch, symbols):
    """The batch with the cells that `read` returned replaced by symbols."""
    voices, skip = batch['voices'], self.padding
    mask = self.read(batch).mask[:, self.context : -self.context, None]
    inside = voices[:, skip : voices.shape[1] - skip]
    made = jnp.where(mask, symbols, inside)
    return {
      **batch,
      'voices': voices.at[:, skip : skip + len(made[0])].set(made),
    }
