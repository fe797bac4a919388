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
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

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


# The questions that a model can answer. A model is one Flax module that
# implements one or more of these six protocols (by subclassing: `class
# Rbm(nn.Module, Energy)`), has its sizes as fields without a default and its
# options as fields with one, and has a class method
#
#   from_spec(spec, **options) -> model
#
# that reads its sizes off an encoder's Spec and raises UserError if the two do
# not fit. Losses, samplers and evaluators call only the methods declared here.
# `params` are applied as in Flax: model.apply({'params': params}, ...,
# method='...').


class Steps(NamedTuple):
  """What a sequence model reads from a batch.

  Attributes:
    symbols: [B, T, ...] integers (or values), what is predicted at each step.
    given: a tree of [B, T, ...], the network's other inputs; at each step they
      may depend on earlier symbols, but not on this one or later ones.
    mask: [B, T] bool, the steps that count.

  If the model has a `context` C, all three are C + T + C steps long.
  """

  symbols: Any
  given: Any
  mask: Any


class Likelihood(Protocol):
  """What the loss `likelihood` needs: shared by the first two questions.

  Attributes:
    streams: names of the parts of a step; their log-probabilities add up:
      ('after', 'length', 'pitch'), ('alto', 'tenor', 'bass'), ('token',).
    context: C, steps before and after a stretch that the network needs to see;
      Steps are padded by C on both sides. None for networks that read whole
      examples only.
  """

  streams: tuple[str, ...]
  context: int | None

  def read(self, batch: Tree) -> Steps:
    """Symbols, other inputs and mask of a batch; needs no parameters."""

  def start(self, batch: Tree) -> Tree:
    """The carry before the first step, leaves [B, ...]; () for none."""

  def __call__(
    self, symbols: Any, given: Any, carry: Tree, keys: Any = None
  ) -> tuple[Tree, Tree]:
    """Outputs [B, T, ...] of every step, and the carry after the last.

    Args:
      symbols, given: as in Steps, with any T (unless `context` is None);
        C + T + C steps long for a context C.
      carry: from `start`, or after the previous steps.
      keys: [B] random keys for dropout; None in evaluation.
    """

  def log_prob(self, outputs: Tree, symbols: Any) -> dict[str, Any]:
    """{stream: [B, T]} log-probability, in nats, of the symbols [B, T, ...].

    Real values have a unit Gaussian: its log-probability is a squared error.
    """

  def likeliest(self, outputs: Tree, symbols: Any) -> Any:
    """The most likely symbols [B, T, ...].

    Streams that are conditioned on earlier streams of the same step receive
    those of `symbols`.
    """

  def events(self, symbols: Any) -> Any:
    """[B, T] or [B, T, streams] bool: the symbols that begin something.

    Onsets rather than holds, notes rather than the end token: accuracy is
    reported over all steps and over these only. With several streams, they are
    the last axis of `symbols`.
    """

  # Optional: `bound(outputs, symbols)` -> {stream: [B, T]}, a lower bound of
  # log_prob that training maximizes instead.
  # Optional: `hide(keys, symbols, share)` -> symbols with a share of them
  # unknown, for models that accept gaps.


class Autoregressive(Likelihood, Protocol):
  """What comes next? Each symbol is predicted from all before it.

  The carry is (last, memory): the symbol before the first step, and the state
  of the network. `context` is 0.

  Attributes:
    field: the field of a batch that holds the symbols.
    uniforms: U, how many uniform numbers it takes to sample a symbol.
  """

  field: str
  uniforms: int

  def begin(self, count: int) -> tuple[Any, Tree]:
    """The carry before the first symbol of new pieces; see `start`."""

  def given(self, symbols: Any, batch: Tree) -> Tree:
    """`given` of Steps, for symbols [B, T, ...] that are partly generated.

    Step t may read the symbols before t, and all of the batch (a user's
    constraints; {} for none).
    """

  def sample_step(
    self, carry: Tree, given: Any, uniforms: Any, temperature: Any, allowed: Any
  ) -> tuple[Any, Any, Tree]:
    """Samples one symbol.

    Args:
      carry: (last, memory).
      given: as in Steps, for this step only: leaves [B, ...].
      uniforms: [B, U] in [0, 1), the only source of randomness.
      temperature: of each stream; 0 takes the most likely class.
      allowed: bool that broadcasts to the logits of the first stream, the
        classes that may be sampled; None for all.

    Returns:
      symbols [B, ...], their log-probability [B] at temperature 1 and without
      `allowed`, and the memory; the caller builds the next carry from it and
      the symbol that it keeps.
    """

  # Optional: `prepare(batch, rows, steps)` -> the batch with whatever is
  # computed from all of it, once, before the first of `steps` steps; `given`
  # and `sample_step` then read it there.
  # Optional: `ended(symbols)` -> bool, whether a piece ends with each of the
  # symbols, for models that predict an end token; others generate as many steps
  # as requested.


class Conditional(Likelihood, Protocol):
  """What is here, given the rest? No prediction depends on its own target.

  The carry is (). `read` returns what is to be predicted as symbols, and what
  is known as `given`; where a cell is conditioned on other cells of `symbols`
  (DeepBach), the network masks the cell itself.
  """

  def draw(self, outputs: Tree, keys: Any, temperature: Any) -> Any:
    """Symbols [B, T, ...] sampled from the outputs, as the head defines it.

    Temperature 0 takes the most likely classes.
    """

  def write(self, batch: Tree, symbols: Any) -> dict[str, Any]:
    """The batch's fields with the predicted symbols filled in, to decode."""

  # Optional, for pseudo-Gibbs sampling, which updates one stream after another:
  # `conditional(symbols, given, stream)` -> logits [B, T, K] of stream number
  # `stream`, where a class of K or more marks an unknown cell; `possible`
  # [streams, K] bool, the classes that each may have.


class Latent(Protocol):
  """What is this in few numbers, and back?

  `model(batch)`, one encoding and decoding, initializes all parameters. With
  keys [B], a model trains: it folds them by purpose (see zoo.layers.latent),
  applies dropout and corruption, and normalizes by the batch; without keys,
  nothing is random. `hidden` is a share of the input.

  Attributes:
    latent: Z.
    gaussian: whether the prior is N(0, 1); interpolation is then spherical.
    autoregressive: whether `decode` reads the batch's own symbols.
  """

  latent: int
  gaussian: bool
  autoregressive: bool

  def prior(self, keys: Any) -> Any:
    """z [B, Z] from the prior, one of the keys [B] per example."""

  def encode(
    self, batch: Tree, keys: Any = None, hidden: float = 0.0
  ) -> tuple[Any, Any]:
    """mean [B, Z] and scale [B, Z] of q(z | x); scale None: no noise.

    Args:
      batch: {field: [B, ...]}.
      keys: [B] random keys, or None.
      hidden: share of the input that is hidden (a denoising autoencoder).
    """

  def decode(
    self,
    z: Any,
    batch: Tree,
    keys: Any = None,
    own_share: Any = 0.0,
    hidden: float = 0.0,
  ) -> Tree:
    """Outputs, teacher-forced on the batch's symbols.

    Args:
      z: [B, Z].
      batch: {field: [B, ...]}, for teacher forcing; {} for decoders that are
        not autoregressive.
      keys: [B] random keys, or None.
      own_share: probability that a step reads the model's own symbol
        (scheduled sampling).
      hidden: share of the symbols that is hidden (word dropout).
    """

  def log_prob(self, outputs: Tree, batch: Tree) -> dict[str, Any]:
    """{stream: [B, T]} log-probability, in nats, of the batch's symbols.

    Real values have a Gaussian of variance 1/2: its log-probability is a
    squared error, without the constant.
    """

  def logits(self, outputs: Tree) -> dict[str, Any]:
    """Logits: {field: [B, T, K]} of classes, [B, ...] of bits and shares."""

  def generate(
    self, z: Any, keys: Any, temperature: Any = 0.0, threshold: float = 0.5
  ) -> dict:
    """{field: [B, ...]} generated from z; row i depends on z[i] and keys[i].

    Args:
      z: [B, Z].
      keys: [B] random keys.
      temperature: of sampling; 0 takes the most likely classes.
      threshold: at temperature 0, the probability from which a bit is 1.
    """

  # Optional: `activations(batch, keys, hidden)` -> [[B, H], ...], the hidden
  # units that a sparsity penalty applies to, and the text `unbounded`: why they
  # may leave 0..1, '' if they do not.


class Adversary(Protocol):
  """Make one; is this one real? Generator and discriminator in one module.

  Parameters are the sub-trees `generator` and `discriminator`;
  `model(batch, keys)`, which discriminates generated examples, initializes
  them. While the collection `batch_stats` is mutable, in training only, either
  player may normalize by the batch (with means over devices); otherwise it uses
  running means, so that rows are independent.

  Attributes:
    latent: Z.
    conditions: fields of a batch that both players receive.
  """

  latent: int
  conditions: tuple[str, ...] = ()

  def prior(self, keys: Any) -> Any:
    """z [B, ...], one of the keys [B] per example; needs no parameters."""

  def generate(self, z: Any, batch: Tree, keys: Any) -> Any:
    """Examples [B, ...] as the discriminator reads them; differentiable.

    The batch holds the conditions ({} for none).
    """

  def real(self, batch: Tree) -> Any:
    """The batch's own examples, in the same form; needs no parameters."""

  def discriminate(self, examples: Any, batch: Tree) -> tuple[Any, Any]:
    """Scores [B], logits that the examples are real; features [B, H]."""

  def write(
    self, z: Any, keys: Any, temperature: Any = 0.0, batch: Tree = None
  ) -> dict:
    """{field: [B, ...]}, to decode: the output of `generate` as classes.

    Row i depends only on z[i], keys[i] and the conditions in batch[i] (None for
    no conditions); temperature 0 takes the most likely classes.
    """


class Energy(Protocol):
  """How likely is this, up to a constant? A Boltzmann machine.

    p(v) = exp(-F(v)) / Z

  Its hidden units are binary. `model(rows)`, the free energy F of rows
  [B, T, D], each given the rows before it, initializes all parameters. `biases`
  is a tree that conditions the machine of each row, leaves [B, T, ...]; rows
  [B, C, D] and leaves [B, 1, ...] are C chains of one machine. `beta` is an
  inverse temperature from 0 to 1 that scales the coupling of visible and hidden
  units: at 1 it is the machine itself, at 0 the visible units are independent.
  Annealed importance sampling goes from 0 to 1.

  Attributes:
    visible: D.
    uniforms: U, how many uniform numbers the sweep of a row takes.
    framed: whether rows are the frames of a piece, or whole examples.
    constant: whether all rows have the same machine.
    one_of: for categorical visible units, the size of each group of adjacent
      units with exactly one on; 0 for binary ones.
  """

  visible: int
  uniforms: int
  framed: bool
  constant: bool
  one_of: int

  def read(self, batch: Tree) -> tuple[Any, Any]:
    """Rows [B, T, D] and mask [B, T]; T is 1 for whole examples.

    Needs no parameters.
    """

  def begin(self, count: int) -> Tree:
    """The carry before the first row of `count` pieces; needs no parameters."""

  def condition(
    self, past: Any, carry: Tree, keys: Any = None
  ) -> tuple[Tree, Tree]:
    """Biases of each row's machine, and the carry after the last row.

    Args:
      past: [B, T, D], the row before each; zeros before the first.
      carry: from `begin`, or after the previous rows.
      keys: [B] random keys for dropout; None in evaluation.
    """

  def energy(self, rows: Any, biases: Tree, beta: Any = 1.0) -> Any:
    """F(v), the free energy, [B, T], in nats."""

  def sweep(
    self, rows: Any, biases: Tree, uniforms: Any, beta: Any = 1.0
  ) -> Any:
    """One round of block Gibbs: all hidden units, then all visible ones.

    Args:
      rows: [B, T, D].
      biases: from `condition`.
      uniforms: [B, T, U] in [0, 1), the only source of randomness.
      beta: see above.
    """

  def base(self, biases: Tree) -> Any:
    """log Z [B, T] at beta 0."""

  def first(self, biases: Tree, uniforms: Any) -> Any:
    """Rows [B, T, D] sampled at beta 0, with uniforms [B, T, D]."""

  def reconstruct(self, rows: Any, biases: Tree) -> Any:
    """Logits [B, T, D] of the visible units given the mean hidden units."""

  def cross_entropy(self, logits: Any, rows: Any) -> Any:
    """Cross-entropy [B, T], in nats, of rows and logits [B, T, D]."""

  def fit_biases(self, params: Tree, rows: Any, mask: Any) -> Tree:
    """Initial parameters, with visible biases at the log odds in some rows.

    With zero weights, this is the maximum-likelihood machine of those rows.

    Source: Hinton 2010, section 8.1.
    """

  # Optional: `activations(rows, biases)` -> p(h | v), [B, T, ...], to which a
  # sparsity penalty can apply.
  #
  # Optional, for machines whose rows are grids of steps, of any length with the
  # same weights: `steps`, T; `long(steps)` -> the machine of another length;
  # `grid(rows)` -> [..., T, P]; and the parts of a sweep, so that a sampler can
  # intervene between them: `split(uniforms)`, `hidden_units(rows, biases,
  # uniforms, beta)`, `visible_logits(hidden, biases, beta)`, `draw(logits,
  # uniforms)`.


class Ranker(Protocol):
  """Which of these comes next? Scores of candidates, given what came before.

  A piece is a sequence of units of T steps, such as bars.
  """

  def units(self, batch: Tree) -> tuple[Any, Any]:
    """Units [B, U, T] of the batch, and mask [B, U]; needs no parameters."""

  def describe(self, units: Any, keys: Any = None) -> Any:
    """Codes [..., Z] of candidates [..., T], each encoded by itself.

    Args:
      units: [..., T].
      keys: random keys for dropout, one per entry of the first axis; None in
        evaluation.
    """

  def forget(self, count: int) -> Tree:
    """The carry before the first unit of `count` pieces."""

  def expect(
    self, units: Any, carry: Tree, keys: Any = None
  ) -> tuple[Any, Tree]:
    """Queries [B, U, Z], what is expected after each unit, and the carry.

    Args:
      units: [B, U, T].
      carry: from `forget`, or after the previous units.
      keys: [B] random keys for dropout; None in evaluation.
    """

  def compare(self, queries: Any, codes: Any) -> Any:
    """Logits [N, M] that each code [M, Z] comes next, for queries [N, Z]."""

  def all_parts(self, units: Any) -> None:
    """Initializes all parameters, including those of other questions."""


QUESTIONS: tuple[type, ...] = (
  Autoregressive,
  Conditional,
  Latent,
  Adversary,
  Energy,
  Ranker,
)


def questions(model: Any) -> tuple[str, ...]:
  """Names of the questions that a model, or a model class, answers."""
  claimed = (model if isinstance(model, type) else type(model)).__mro__
  return tuple(one.__name__ for one in QUESTIONS if one in claimed)


class Asks(NamedTuple):
  """What a loss, a sampler or an evaluator requires of model and encoder.

  Attributes:
    questions: the model must answer one of these; () for any model.
    fields: the encoder's main field must be one of these; () for any.
    methods: optional methods of a protocol that the model must have.
  """

  questions: tuple[str, ...] = ()
  fields: tuple[str, ...] = ()
  methods: tuple[str, ...] = ()


Builder = TypeVar('Builder', bound=Callable)


def asks(
  *questions: type, fields: Sequence[str] = (), methods: Sequence[str] = ()
) -> Callable[[Builder], Builder]:
  """Marks a builder with what it requires; assembly.check_fit reads it."""
  names = tuple(one.__name__ for one in questions)

  def mark(builder: Builder) -> Builder:
    asked = Asks(names, tuple(fields), tuple(methods))
    builder.asks = asked  # type: ignore[attr-defined]
    return builder

  return mark
