"""The contracts that every part of the zoo keeps, and the letters for axes.

An experiment is a plain dict that names a dataset, an encoder, augmentations,
a model and a loss; one compiled loop trains them all. The parts meet only
here: a part that keeps its contract needs no other change anywhere.

Letters, the same in every docstring:

  B batch    T time steps    V voices    P pitches    K classes
  Z latent   H hidden        N examples of a set      D devices
"""

from collections.abc import Callable, Sequence
import json
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

Tree = Any  # a pytree of arrays

HOLD = 0  # The class that goes on with the active note, in every encoder.


class UserError(Exception):
  """A mistake that a user can mend, in one sentence; run.py exits 2."""


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
  """One array of an example.

  Attributes:
    shape: without the batch axis.
    dtype: of the stored values.
    classes: K of a categorical field; 0 for others.
    kind: what a value is: a `class` 0..K-1; a `bit`, 0 or 1; a `grey` level
      0..255; a `share`, a number from 0 to 1; a `real` number; a `count`, which
      says something about the other fields (a length, a range) and is no input
      of a network by itself.
    transposed: what moving all pitches does to it. 'table': each class becomes
      the one of the moved pitch, by the spec's table `pitches_<field>` or
      `pitches`; 'later': the same, of steps after the window; 'axis': the last
      axis is pitches, ascending; 'voices': classes of each voice ascend by
      semitones; 'key': a key signature; 'chord': a class of chord_symbols;
      'notes': rows of notes; 'events': of encoders.events; 'fixed':
      nothing. A field that leaves this empty cannot be transposed, nor can
      those beside it.
    dilated: what another tempo does to it, likewise: 'steps', a grid of steps
      of which the first class holds; 'later', the steps after the window;
      'notes'; 'fixed'.
  """

  shape: tuple[int, ...]
  dtype: str
  classes: int = 0
  kind: Literal['class', 'bit', 'grey', 'share', 'real', 'count'] = 'class'
  transposed: str = ''
  dilated: str = ''


class Spec(NamedTuple):
  """What an encoder tells the networks, and all that rebuilds the encoder.

  Attributes:
    encoder: the encoder's name in ENCODERS.
    options: the encoder's options, as the experiment gives them.
    fields: the arrays of an example.
    sizes: numbers that a model may declare by name: classes, steps,
      steps_per_beat, ...
    quarters: the length of a time step in quarter notes (0 off the grid).
    tables: lookup tables for augmentation, as nested lists of integers.
    vocabulary: what a fitted encoder learned from the training pieces.
    main: the field that models read and predict; '' where there is but one.
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
    fields = {name: field._asdict() for name, field in self.fields.items()}
    return json.dumps({**self._asdict(), 'fields': fields}, sort_keys=True)

  @classmethod
  def from_json(cls, text: str) -> 'Spec':
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
    licence: printed once when the corpus is first read.
    read: () -> (pieces, dropped): a sequence of zoo.music.piece.Piece, and a
      list of (id, reason) for whatever could not be read. Of a large folder
      the pieces are read from disk as one iterates; see zoo.music.shards.
  """

  fingerprint: str
  licence: str
  read: Callable[[], tuple[Sequence, list[tuple[str, str]]]]


class Encoded(NamedTuple):
  """What an encoder makes of one piece.

  Attributes:
    examples: {field: [n, ...]} arrays; n may be 0.
    dropped: {reason: count} of the examples that were dropped.
    where: the passage that is the reason, for lists of what was dropped; ''
      where there is none.
  """

  examples: dict[str, Any]
  dropped: dict[str, int]
  where: str = ''


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
    shards: V, how many virtual shards the set is cut into, 0 for none. `index`
      then counts the rows of zoo.data.batches.deal, B/V of each shard in turn,
      so that a device needs no more than the shards of its own examples.
  """

  size: int
  draw: Callable[[Any, Any], dict[str, Any]]
  figures: dict[str, float] = {}  # noqa: RUF012 never written to
  whole: Callable[[Any], Any] | None = None
  shards: int = 0


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


class Drawing(NamedTuple):
  """A picture of numbers; zoo.pictures.charts draws it.

  Attributes:
    name: of the file, without the mode before it.
    kind: `matrices`, values 0..1 in shades; `curves`, over a common axis;
      `tiles`, many small pictures of 0..255, in groups.
    panels: {title: [H, W]}, {title: {whose: [steps]}} or {title: [n, H, W]}.
    axis: what the horizontal axis is.
  """

  name: str
  kind: Literal['matrices', 'curves', 'tiles']
  panels: dict[str, Any]
  axis: str = ''


class Mode(NamedTuple):
  """One mode of a sampler: what `--mode=NAME` makes.

  Attributes:
    function: (params, state, keys, condition) -> {field: [n, ...]}. `keys` [n]
      is one random key a sample, so that sample i is the same whatever the
      count. `condition` holds the encoded inputs that the user gave, and what
      the sampler learned from the training set; {} for neither.
    inputs: how many files it takes: (least, most).
    by_row: whether sample i is given row i of the condition alone.
    by_window: whether it is asked once for each window of the files: the
      condition then has one row a file, beside what the sampler learned, and
      the samples of window w are number w * count on.
    help: one line for --list=NAME.
    check: (condition) -> None, which raises UserError where the inputs do not
      go with the sampler's options.
    options: {option of the run: value} that this mode needs: 'count' of
      samples where it is neither the run's nor one a row, which are then made
      in one call; a function of the number of files, or a number.
    whole: whether samples begin where the user's piece begins, and are as
      long; others go on from some place in it.
    report: (given, made) -> lines for the user, about the encoded inputs and
      what came of them; None for nothing to say.
    writes: 'samples', which the encoder decodes; or 'page', one HTML file for
      which the function is (params, state, learned, examples) -> what
      zoo.cli.pages embeds: it is given what the sampler learned, and some
      examples {field: [n, ...]} of the corpus.
    drawings: (given, made) -> [Drawing] to leave beside the samples; None for
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


# {mode: Mode}; under `fit`, where there is one, (params, state, key, examples)
# -> arrays: what the modes are then given of the training set.
Sampler = dict[str, Any]


# What a model answers. A model is one Flax module that claims one or more of
# these six protocols (by subclassing: `class Rbm(nn.Module, Energy)`), has its
# sizes as fields without a default and its options as fields with one, and
#
#   from_spec(spec, **options) -> model
#
# a class method that reads its sizes off an encoder's Spec and raises UserError
# where the two do not fit. Losses, samplers and evaluators ask nothing but
# what stands here. `params` are applied as Flax does it: model.apply({'params':
# params}, ..., method='...').


class Steps(NamedTuple):
  """What a model of steps reads of a batch.

  Attributes:
    symbols: [B, T, ...] integers (or values), what is predicted at each step.
    given: a tree of [B, T, ...], what the network receives beside them; of
      earlier symbols it may know anything, of this and later ones nothing.
    mask: [B, T] bool, the steps that count.

  Where the model has a `context` C, all three are C + T + C steps long.
  """

  symbols: Any
  given: Any
  mask: Any


class Likelihood(Protocol):
  """What the loss `likelihood` asks: shared by the first two questions.

  Attributes:
    streams: names of the parts whose log-probabilities add up at a step:
      ('after', 'length', 'pitch'), ('alto', 'tenor', 'bass'), ('token',).
    context: C, steps before and after a stretch that the network needs to see;
      Steps are padded by as many on both sides. None for networks that read
      and answer whole examples only.
  """

  streams: tuple[str, ...]
  context: int | None

  def read(self, batch: Tree) -> Steps:
    """What is predicted, given and masked; needs no parameters."""

  def start(self, batch: Tree) -> Tree:
    """The carry before the first step, leaves [B, ...]; () where none is."""

  def __call__(
    self, symbols: Any, given: Any, carry: Tree, keys: Any = None
  ) -> tuple[Tree, Tree]:
    """Outputs [B, T, ...] of every step, and the carry after the last.

    Args:
      symbols, given: of Steps, any T (but for `context` None); where context
        is C, of C + T + C steps.
      carry: of `start`, or of the steps before.
      keys: [B] random keys for dropout; None in evaluation.
    """

  def log_prob(self, outputs: Tree, symbols: Any) -> dict[str, Any]:
    """{stream: [B, T]} log-probability, in nats, of the symbols [B, T, ...].

    A squared error is that of a unit Gaussian.
    """

  def likeliest(self, outputs: Tree, symbols: Any) -> Any:
    """The most likely symbols [B, T, ...].

    Streams that are conditioned on earlier streams of the same step are given
    those of `symbols`.
    """

  def events(self, symbols: Any) -> Any:
    """[B, T] or [B, T, streams] bool: symbols that begin something.

    Onsets in place of holds, notes in place of the end token: accuracy is
    reported over all steps and over these alone. With several streams the last
    axis of `symbols` is theirs.
    """

  # Optional: `bound(outputs, symbols)` -> {stream: [B, T]}, a lower bound of
  # log_prob that training maximises in its place.
  # Optional: `hide(keys, symbols, share)` -> symbols of which some are
  # unknown, for models that can be asked with gaps.


class Autoregressive(Likelihood, Protocol):
  """What comes next? Each symbol is predicted from all before it.

  The carry is (last, memory): the symbol before the first step, and whatever
  else the network remembers. `context` is 0.

  Attributes:
    field: the field of a batch that holds the symbols.
    uniforms: U, how many uniform numbers the drawing of a symbol takes.
  """

  field: str
  uniforms: int

  def begin(self, count: int) -> tuple[Any, Tree]:
    """The carry before the first symbol of new pieces; see `start`."""

  def given(self, symbols: Any, batch: Tree) -> Tree:
    """`given` of Steps for symbols [B, T, ...] of which few are written yet.

    Step t may read the symbols before t, and of the batch (a user's
    constraints; {} for none) anything.
    """

  def sample_step(
    self, carry: Tree, given: Any, uniforms: Any, temperature: Any, allowed: Any
  ) -> tuple[Any, Any, Tree]:
    """Draws one symbol.

    Args:
      carry: (last, memory).
      given: of Steps, at this step alone: leaves [B, ...].
      uniforms: [B, U] in [0, 1), all the chance there is.
      temperature: of each stream; 0 takes the likeliest.
      allowed: bool that broadcasts to the logits of the first stream, the
        classes that may be drawn; None for all.

    Returns:
      symbols [B, ...], their log-probability [B] at temperature 1 and without
      `allowed`, and the memory; the caller makes the next carry of the symbol
      that it keeps.
    """

  # Optional: `prepare(batch, rows, steps)` -> the batch with what is computed
  # from all of it, once, before the first of so many steps; `given` then reads
  # it there, and `sample_step` needs it.
  # Optional: `ended(symbols)` -> bool, whether a piece ends with each of the
  # symbols, for models that predict an end token; others write as many steps as
  # they are asked for.


class Conditional(Likelihood, Protocol):
  """What stands here, given the rest? No answer looks at itself.

  The carry is (). `read` gives as symbols what is asked for, and as `given`
  what is known; where a cell is conditioned on other cells of `symbols`
  (DeepBach), the network masks the cell itself.
  """

  def draw(self, outputs: Tree, keys: Any, temperature: Any) -> Any:
    """Symbols [B, T, ...] drawn from outputs, as its head decides.

    temperature 0 takes the likeliest.
    """

  def write(self, batch: Tree, symbols: Any) -> dict[str, Any]:
    """The batch's fields with the answers in their places, to decode."""

  # Optional, for pseudo-Gibbs sampling, which asks one stream after another:
  # `conditional(symbols, given, stream)` -> logits [B, T, K] of stream number
  # `stream`, where a class of K or more is a cell that is unknown; `possible`
  # [streams, K] bool, the classes that each may have.


class Latent(Protocol):
  """What is this in few numbers, and back?

  Parameters are those that `model(batch)`, one encoding and decoding, draws.
  Where keys [B] are given, a model trains: it folds them by purpose (see
  zoo.layers.latent), drops, hides, and normalises by the batch; without keys
  nothing is random. `hidden` is a share of what is read.

  Attributes:
    latent: Z.
    gaussian: whether the prior is N(0, 1); paths then turn as on a sphere.
    autoregressive: whether `decode` reads the batch's own symbols.
  """

  latent: int
  gaussian: bool
  autoregressive: bool

  def prior(self, keys: Any) -> Any:
    """z [B, Z], one of the keys [B] an example."""

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
    """Outputs, with the batch's symbols as what was written so far.

    Args:
      z: [B, Z].
      batch: {field: [B, ...]}, which teacher forcing reads; {} where nothing
        is autoregressive.
      keys: [B] random keys, or None.
      own_share: probability that a step reads the model's own symbol.
      hidden: share of the symbols that is hidden (word dropout).
    """

  def log_prob(self, outputs: Tree, batch: Tree) -> dict[str, Any]:
    """{stream: [B, T]} log-probability, in nats, of what the batch holds.

    A squared error is that of a Gaussian of variance 1/2, without its constant.
    """

  def logits(self, outputs: Tree) -> dict[str, Any]:
    """{field: [B, T, K]} of classes, {field: [B, ...]} of bits and shares."""

  def generate(
    self, z: Any, keys: Any, temperature: Any = 0.0, threshold: float = 0.5
  ) -> dict:
    """{field: [B, ...]} written from z; row i depends on z[i], keys[i].

    Args:
      z: [B, Z].
      keys: [B] random keys.
      temperature: of what is drawn; 0 takes the likeliest.
      threshold: at temperature 0, the probability from which a bit is 1.
    """

  # Optional: `activations(batch, keys, hidden)` -> [[B, H], ...], the hidden
  # units that a sparse code is asked of, and the text `unbounded`: why they
  # may leave 0..1, '' where they do not.


class Adversary(Protocol):
  """Make one; is this one real? Two players in one module.

  Parameters are the sub-trees `generator` and `discriminator`, as
  `model(batch, keys)`, a look at what is generated, draws them. Where the
  collection `batch_stats` is mutable, which it is in training alone, a player
  may normalise by the batch (with means over devices); elsewhere by running
  means, so that rows are independent.

  Attributes:
    latent: Z.
    conditions: fields of a batch that the players are given beside z.
  """

  latent: int
  conditions: tuple[str, ...] = ()

  def prior(self, keys: Any) -> Any:
    """z [B, ...], one of the keys [B] an example; needs no parameters."""

  def generate(self, z: Any, batch: Tree, keys: Any) -> Any:
    """Examples [B, ...] as the discriminator reads them; has a gradient.

    The batch carries conditions ({} where there are none).
    """

  def real(self, batch: Tree) -> Any:
    """The batch's own examples, in the same form; needs no parameters."""

  def discriminate(self, examples: Any, batch: Tree) -> tuple[Any, Any]:
    """Scores [B], logits that the examples are real; features [B, H]."""

  def write(
    self, z: Any, keys: Any, temperature: Any = 0.0, batch: Tree = None
  ) -> dict:
    """{field: [B, ...]}, to decode: what `generate` makes, in classes.

    Row i depends on z[i], keys[i] and the conditions in batch[i] alone (None
    where there are none); temperature 0 takes the likeliest classes.
    """


class Energy(Protocol):
  """How likely is this, up to a constant? A machine of hidden binary units.

    p(v) = exp(-F(v)) / Z

  Parameters are those that `model(rows)` draws: F of rows [B, T, D], each
  given the rows before it. `biases` is a tree of what conditions the machine
  of each row, leaves [B, T, ...]; rows [B, C, D] and leaves [B, 1, ...] are C
  chains of one machine. `beta` is an inverse temperature from 0 to 1 that
  scales what couples visible and hidden units: at 1 it is the machine itself,
  at 0 the visible units are independent. Annealed importance sampling goes
  from one to the other.

  Attributes:
    visible: D.
    uniforms: U, how many uniform numbers the sweep of a row takes.
    framed: whether rows are the frames of a piece, or whole examples.
    constant: whether all rows have the same machine.
    one_of: where visible units are categorical, how many lie side by side of
      which one is on; 0 where they are binary.
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
    """Biases of each row's machine, and the carry after the last.

    Args:
      past: [B, T, D], the row before each; zeros before the first.
      carry: of `begin`, or of the rows before.
      keys: [B] random keys for dropout; None in evaluation.
    """

  def energy(self, rows: Any, biases: Tree, beta: Any = 1.0) -> Any:
    """F(v), the free energy, [B, T]."""

  def sweep(
    self, rows: Any, biases: Tree, uniforms: Any, beta: Any = 1.0
  ) -> Any:
    """One round of block Gibbs: all hidden units, then all visible ones.

    Args:
      rows: [B, T, D].
      biases: of `condition`.
      uniforms: [B, T, U] in [0, 1), all the chance there is.
      beta: see above.
    """

  def base(self, biases: Tree) -> Any:
    """log Z [B, T] at beta 0."""

  def first(self, biases: Tree, uniforms: Any) -> Any:
    """Rows [B, T, D] of the machines at beta 0; uniforms [B, T, D]."""

  def reconstruct(self, rows: Any, biases: Tree) -> Any:
    """Logits [B, T, D] of visible units given the mean hidden ones."""

  def cross_entropy(self, logits: Any, rows: Any) -> Any:
    """Of rows [B, T, D] given logits as `reconstruct` has them: [B, T] nats."""

  def fit_biases(self, params: Tree, rows: Any, mask: Any) -> Tree:
    """First parameters, with visible biases at the log odds in some rows.

    Without weights, this is the most likely machine of those rows.

    Source: Hinton 2010, section 8.1.
    """

  # Optional: `activations(rows, biases)` -> p(h | v), [B, T, ...], of which
  # sparsity can be asked.
  #
  # Optional, for machines whose rows are grids of steps, of any number with
  # the same weights: `steps`, T; `long(steps)` -> the machine of another
  # length; `grid(rows)` -> [..., T, P]; and a sweep in its parts, between
  # which a sampler can step: `split(uniforms)`, `hidden_units(rows, biases,
  # uniforms, beta)`, `visible_logits(hidden, biases, beta)`, `draw(logits,
  # uniforms)`.


class Ranker(Protocol):
  """Which of these comes next? Scores of candidates, given what came before.

  A piece is a run of units of T steps: bars, say.
  """

  def units(self, batch: Tree) -> tuple[Any, Any]:
    """Units [B, U, T] of the batch, and mask [B, U]; needs no parameters."""

  def describe(self, units: Any, keys: Any = None) -> Any:
    """Codes [..., Z] of candidates [..., T], each by itself.

    Args:
      units: [..., T].
      keys: random keys of the first axis for dropout; None in evaluation.
    """

  def forget(self, count: int) -> Tree:
    """The carry before the first unit of `count` pieces."""

  def expect(
    self, units: Any, carry: Tree, keys: Any = None
  ) -> tuple[Any, Tree]:
    """Queries [B, U, Z], what is expected after each unit, and the carry."""

  def compare(self, queries: Any, codes: Any) -> Any:
    """[N, M]: logits that each code [M, Z] comes next, for queries [N, Z]."""

  def all_parts(self, units: Any) -> None:
    """Draws all parameters, those of the model's other questions, too."""


QUESTIONS: tuple[type, ...] = (
  Autoregressive,
  Conditional,
  Latent,
  Adversary,
  Energy,
  Ranker,
)


def questions(model: Any) -> tuple[str, ...]:
  """Names of the questions that a model, or a class of models, answers."""
  claimed = (model if isinstance(model, type) else type(model)).__mro__
  return tuple(one.__name__ for one in QUESTIONS if one in claimed)


class Asks(NamedTuple):
  """What a loss, a sampler or an evaluator needs of what it is put beside.

  Attributes:
    questions: of which the model must answer one; () for any model.
    fields: of which the encoder's main field must be one; () for any.
    methods: optional ones of a protocol that the model must have.
  """

  questions: tuple[str, ...] = ()
  fields: tuple[str, ...] = ()
  methods: tuple[str, ...] = ()


Builder = TypeVar('Builder', bound=Callable)


def asks(
  *questions: type, fields: Sequence[str] = (), methods: Sequence[str] = ()
) -> Callable[[Builder], Builder]:
  """Marks a builder with what it asks; assembly.check_fit reads it."""
  names = tuple(one.__name__ for one in questions)

  def mark(builder: Builder) -> Builder:
    asked = Asks(names, tuple(fields), tuple(methods))
    builder.asks = asked  # type: ignore[attr-defined]
    return builder

  return mark
