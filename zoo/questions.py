"""The six questions that a model can answer, and what asks them.

A model is one Flax module that implements one or more of these protocols (by
subclassing: `class Rbm(nn.Module, Energy)`), has its sizes as fields without a
default and its options as fields with one, and has a class method

  from_spec(spec, **options) -> model

that reads its sizes off an encoder's Spec and raises UserError if the two do
not fit. Losses, samplers and evaluators call only the methods declared here.
`params` are applied as in Flax: model.apply({'params': params}, ...,
method='...'). Letters for axes are those of zoo.contracts.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from zoo.contracts import Tree


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
