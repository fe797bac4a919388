"""The interfaces between the parts of the zoo, and the letters for axes.

An experiment is a plain dict that names a dataset, an encoder, augmentations,
a model and a loss; one compiled loop trains them all. The parts know each other
only through these interfaces: a part that implements its interface can be added
without changing any other.

Letters for axes, the same in every docstring:

  B batch    T time steps    V voices    P pitches    K classes
  Z latent   H hidden        N examples of a set      D devices
"""

from collections.abc import Callable, Sequence
import json
from typing import Any, Literal, NamedTuple

Tree = Any  # a pytree of arrays

HOLD = 0  # The class that continues the active note, in every encoder.


class UserError(Exception):
  """A mistake that the user can fix, in one sentence; run.py exits with 2."""


class Interrupted(Exception):
  """Training was stopped by a signal, and everything up to `step` is saved.

  Attributes:
    step: steps taken, over all stages.
    code: the exit code that a shell expects, 128 + the signal's number.
  """

  def __init__(self, step: int, number: int):
    super().__init__(f'Stopped at step {step}; everything is saved.')
    self.step = step
    self.code = 128 + number


class Field(NamedTuple):
  """One array of an example.

  Attributes:
    shape: without the batch axis.
    dtype: of the stored values.
    classes: K of a categorical field; 0 for others.
    kind: what a value is: a `class` 0..K-1; a `bit`, 0 or 1; a `grey` level
      0..255; a `share`, a number from 0 to 1; a `real` number; a `count`, which
      describes the other fields (a length, a range) and is not an input of a
      network.
    transposed: how transposition changes it. 'table': each class becomes the
      class of the transposed pitch, by the spec's table `pitches_<field>` or
      `pitches`; 'later': the same, for the steps after the window; 'axis': the
      last axis is pitches, ascending; 'voices': classes of each voice ascend by
      semitones; 'key': a key signature; 'chord': a class of chord_symbols;
      'notes': rows of notes; 'events': rows of encoders.events; 'fixed': not at
      all. If a field leaves this empty, its examples cannot be transposed.
    dilated: how a change of tempo changes it: 'steps', a grid of steps in which
      class 0 holds; 'later', the steps after the window; 'notes'; 'fixed'. If a
      field leaves this empty, its examples cannot be dilated.
  """

  shape: tuple[int, ...]
  dtype: str
  classes: int = 0
  kind: Literal['class', 'bit', 'grey', 'share', 'real', 'count'] = 'class'
  transposed: str = ''
  dilated: str = ''


class Spec(NamedTuple):
  """What networks need to know about an encoder, and what rebuilds it.

  Attributes:
    encoder: the encoder's name in ENCODERS.
    options: the encoder's options, as the experiment gives them.
    fields: the arrays of an example.
    sizes: numbers that a model may declare by name: classes, steps,
      steps_per_beat, ...
    quarters: the length of a time step in quarter notes (0 off the grid).
    tables: lookup tables for augmentation, as nested lists of integers.
    vocabulary: what a fitted encoder learned from the training pieces.
    main: the field that models read and predict; '' for the first.
  """

  encoder: str
  options: dict[str, Any]
  fields: dict[str, Field]
  sizes: dict[str, int]
  quarters: float
  tables: dict[str, list]
  vocabulary: dict[str, list]
  main: str = ''

  @property
  def main_field(self) -> str:
    """The name of the field that models read and predict."""
    return self.main or next(iter(self.fields))

  def to_json(self) -> str:
    """The spec as JSON text."""
    fields = {name: field._asdict() for name, field in self.fields.items()}
    return json.dumps({**self._asdict(), 'fields': fields}, sort_keys=True)

  @classmethod
  def from_json(cls, text: str) -> 'Spec':
    """The spec that `to_json` wrote."""
    values = json.loads(text)
    values['fields'] = {
      name: Field(**{**field, 'shape': tuple(field['shape'])})
      for name, field in values['fields'].items()
    }
    return cls(**values)


class Dataset(NamedTuple):
  """Where music comes from; `datasets/<corpus>.py` builds one.

  Attributes:
    fingerprint: identifies the content, found without reading all of it.
    licence: the license, printed when the corpus is first read.
    read: () -> (pieces, dropped): a sequence of zoo.music.piece.Piece, and a
      list of (id, reason) for whatever could not be read. The pieces of a large
      folder are read from disk during iteration; see zoo.music.shards.
  """

  fingerprint: str
  licence: str
  read: Callable[[], tuple[Sequence, list[tuple[str, str]]]]


class Encoded(NamedTuple):
  """What an encoder makes of one piece.

  Attributes:
    examples: {field: [n, ...]} arrays; n may be 0.
    dropped: {reason: count} of the examples that were dropped.
    where: the passage that caused the drop, for lists of what was dropped; ''
      if there is none.
  """

  examples: dict[str, Any]
  dropped: dict[str, int]
  where: str = ''


class Batches(NamedTuple):
  """Which examples form the batch of a step: a pure function of (key, step).

  Attributes:
    size: B, the global batch size.
    draw: (key, step) -> {'index': [B, ...] int32 rows of the set, 'start': [B]
      bool, true where the state carried from step to step is to be reset};
      other entries, [B, ...], are added to the batch.
    figures: metrics of how the set was laid out, for the report.
    whole: (piece [N]) -> rows [M, T] of the set, -1 for none; each row is
      scored as one example. None if every row of the set is one example.
    shards: V, the number of virtual shards of the set, 0 for none. `index` then
      counts the rows of zoo.data.batches.dealt, B/V of each shard in turn, so
      that a device needs only the shards of its own examples.
  """

  size: int
  draw: Callable[[Any, Any], dict[str, Any]]
  figures: dict[str, float] = {}  # noqa: RUF012 never written to
  whole: Callable[[Any], Any] | None = None
  shards: int = 0


class Loss(NamedTuple):
  """A training objective: all that the training loop knows of a system.

  `params` is what gradient descent updates. `state` is everything else that is
  kept between steps: {'shared': ..., 'example': ...}. The shared part is the
  same on every device (a step counter for annealing, batch statistics, a frozen
  reference); leaves of the example part have the batch as their first axis and
  are sharded (a recurrent carry, Gibbs chains). `keys` [B] is one random key
  per example, so that no result depends on how a batch is split over devices.

  Attributes:
    init: (rng, batch, before) -> params, state. `before` is the parameters of
      the previous stage, {} for the first. The loop copies leaves of equal path
      and shape from `before`.
    begin: (batch) -> state['example'] at the start of pieces.
    loss: (params, state, batch, keys, train) -> scalar, (state, metrics).
      The scalar is the mean over the given examples; metrics are [B] arrays.
  """

  init: Callable[[Any, Tree, Tree], tuple[Tree, Tree]]
  begin: Callable[[Tree], Tree]
  loss: Callable[..., tuple[Any, tuple[Tree, dict[str, Any]]]]


Augment = Callable[[Any, Tree], Tree]  # (keys [B], batch) -> batch


class Drawing(NamedTuple):
  """The data of a picture; zoo.pictures.charts draws it.

  Attributes:
    name: the file's name, without the mode that precedes it.
    kind: `matrices`, values 0..1 as shades; `curves`, over a common axis;
      `tiles`, groups of many small pictures with values 0..255.
    panels: {title: [H, W]}, {title: {label: [steps]}} or {title: [n, H, W]}.
    axis: label of the horizontal axis.
  """

  name: str
  kind: Literal['matrices', 'curves', 'tiles']
  panels: dict[str, Any]
  axis: str = ''


class Mode(NamedTuple):
  """One mode of a sampler: what `--mode=NAME` generates.

  Attributes:
    function: (params, state, keys, condition) -> {field: [n, ...]}. `keys` [n]
      is one random key per sample, so that sample i does not depend on the
      number of samples. `condition` holds the encoded inputs that the user
      gave, and what the sampler learned from the training set; {} for neither.
    inputs: how many files it takes: (least, most).
    by_row: whether sample i receives row i of the condition only.
    by_window: whether it runs once for each window of the files: the condition
      then has one row per file, beside what the sampler learned, and the
      samples of window w are numbered from w * count.
    help: one line for --list=NAME.
    check: (condition) -> None, which raises UserError if the inputs do not fit
      the sampler's options.
    options: {option of the run: value} that this mode sets: 'count', if the
      number of samples is neither the run's nor one per row; all of them are
      then generated in one call. A number, or a function of the number of
      files.
    whole: whether samples begin where the user's piece begins, and are as
      long; otherwise they continue from some place in it.
    report: (given, made) -> lines for the user about the encoded inputs and
      what was generated from them; None for no report.
    writes: 'samples', which the encoder decodes; or 'page', one HTML file: the
      function is then (params, state, learned, examples) -> what zoo.cli.pages
      embeds, given what the sampler learned and some examples
      {field: [n, ...]} of the corpus.
    drawings: (given, made) -> [Drawing] to save beside the samples; None for
      none.
  """

  function: Callable[..., Any]
  inputs: tuple[int, int] = (0, 0)
  by_row: bool = False
  by_window: bool = False
  help: str = ''
  check: Callable[[Any], None] | None = None
  options: dict[str, Any] = {}  # noqa: RUF012 never written to
  report: Callable[[Any, Any], list[str]] | None = None
  writes: Literal['samples', 'page'] = 'samples'
  drawings: Callable[[Any, Any], list[Drawing]] | None = None
  whole: bool = False

  def __call__(self, *arguments: Any) -> Any:
    return self.function(*arguments)


# {mode: Mode}; an optional entry `fit`, (params, state, key, examples) ->
# arrays, learns from the training set what the modes then receive.
Sampler = dict[str, Any]
