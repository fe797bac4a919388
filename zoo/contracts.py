"""The contracts that every part of the zoo keeps, and the letters for axes.

An experiment is a plain dict that names a dataset, an encoder, augmentations,
a model and a loss; one compiled loop trains them all. The parts meet only
here: a part that keeps its contract needs no other change anywhere.

Letters, the same in every docstring:

  B batch    T time steps    V voices    P pitches    K classes
  Z latent   H hidden        N examples of a set      D devices
"""

from collections.abc import Callable
import json
from typing import Any, NamedTuple

Tree = Any  # a pytree of arrays


class UserError(Exception):
  """A mistake that a user can mend, told in one sentence; run.py exits 2."""


class Interrupted(Exception):
  """Training was asked to stop, and everything up to `step` is saved.

  Attributes:
    step: the steps taken, over all stages.
    code: the exit code that a shell expects, 128 + the signal.
  """

  def __init__(self, step: int, number: int):
    super().__init__(f'Stopped at step {step}; everything is saved.')
    self.step = step
    self.code = 128 + number


class Field(NamedTuple):
  """One array of an example: its shape without the batch axis, and values.

  `classes` is the number of values of a categorical field, 0 for real ones.
  """

  shape: tuple[int, ...]
  dtype: str
  classes: int = 0


class Spec(NamedTuple):
  """What an encoder tells the networks, and all that rebuilds the encoder.

  Attributes:
    encoder: the encoder's name in ENCODERS.
    options: the encoder's options, as the experiment gives them.
    fields: the arrays of an example; the field called `tokens`, where there
      is one, is what token models read and predict.
    sizes: numbers that a model may declare by name: classes, steps,
      steps_per_beat, ...
    quarters: the length of a time step in quarter notes (0 off the grid).
    tables: lookup tables for augmentation, as nested lists of integers.
    vocabulary: what a fitted encoder learned from the training pieces.
  """

  encoder: str
  options: dict[str, Any]
  fields: dict[str, Field]
  sizes: dict[str, int]
  quarters: float
  tables: dict[str, list]
  vocabulary: dict[str, list]

  def to_json(self) -> str:
    fields = {name: field._asdict() for name, field in self.fields.items()}
    return json.dumps({**self._asdict(), 'fields': fields}, sort_keys=True)

  @classmethod
  def from_json(cls, text: str) -> 'Spec':
    values = json.loads(text)
    values['fields'] = {
      name: Field(tuple(field['shape']), field['dtype'], field['classes'])
      for name, field in values['fields'].items()
    }
    return cls(**values)


class Dataset(NamedTuple):
  """Where music comes from; `datasets/<corpus>.py` builds one.

  Attributes:
    fingerprint: identifies the content, found without reading all of it.
    licence: printed once when the corpus is first read.
    read: () -> (pieces, dropped): a list of zoo.music.piece.Piece, and a
      list of (id, reason) for whatever could not be read.
  """

  fingerprint: str
  licence: str
  read: Callable[[], tuple[list, list[tuple[str, str]]]]


class Encoded(NamedTuple):
  """What an encoder makes of one piece.

  Attributes:
    examples: {field: [n, ...]} arrays; n may be 0.
    dropped: {reason: count} of the examples that were dropped.
  """

  examples: dict[str, Any]
  dropped: dict[str, int]


class Batches(NamedTuple):
  """Which examples make step s: a pure function of (key, step).

  Attributes:
    size: B, the global batch.
    draw: (key, step) -> {'index': [B, ...] int32 rows of the set, 'start': [B]
      bool, true where what was carried from step to step must be forgotten};
      whatever else it gives, [B, ...], goes into the batch, too.
    figures: about how the set was laid out, for the report.
    whole: (piece [N]) -> rows [M, T] of the set, -1 for none, each row what is
      scored as one example; None where every row of the set is one.
  """

  size: int
  draw: Callable[[Any, Any], dict[str, Any]]
  figures: dict[str, float] = {}  # noqa: RUF012 never written to
  whole: Callable[[Any], Any] | None = None


class Loss(NamedTuple):
  """What everyone wants; the training loop reads nothing else.

  `params` is what gradient descent moves. `state` is whatever else outlives a
  step: {'shared': ..., 'example': ...}. The shared part is the same on every
  device (a step counter for annealing, batch statistics, a frozen reference);
  the example part leads with the batch and is sharded (a recurrent carry,
  Gibbs chains). `keys` is one random key an example, so that no result
  depends on how a batch is split.

  Attributes:
    init: (rng, batch, before) -> params, state. `before` is the parameters of
      the stage before, {} at the first. The loop copies leaves of equal path
      and shape from `before`.
    begin: (batch) -> state['example'] of a fresh start.
    loss: (params, state, batch, keys, train) -> scalar, (state, metrics).
      The scalar is the mean over the examples given; metrics are [B] arrays.
  """

  init: Callable[[Any, Tree, Tree], tuple[Tree, Tree]]
  begin: Callable[[Tree], Tree]
  loss: Callable[..., tuple[Any, tuple[Tree, dict[str, Any]]]]


Augment = Callable[[Any, Tree], Tree]  # (keys [B], batch) -> batch

# A sampler is a dict from a mode of the command line (sample, reconstruct,
# interpolate, ...) to (params, state, keys, condition) -> {field: [n, ...]}.
# `keys` [n] is one random key a sample, so that sample i is the same whatever
# the count. `condition` holds the encoded inputs that the user gave, {} for
# none. Under `check` may stand (mode, condition) -> None instead, which raises
# UserError where the two do not go with the sampler's options.
Sampler = dict[str, Callable[..., Any]]
