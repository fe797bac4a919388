"""Generates tunes in ABC token by token, from scratch or from an opening."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Mode, Sampler, Spec, UserError
from zoo.layers import abc_grammar
from zoo.layers.autoregression import write
from zoo.layers.heads import draw_class
from zoo.layers.metrics import log_prob_of
from zoo.questions import Autoregressive, asks
from zoo.samplers.drawing import check_temperature


@asks(Autoregressive, fields=('text',))
def text(
  model: Any,
  spec: Spec,
  *,
  steps: int = 500,
  temperature: float = 1.0,
  top_p: float = 1.0,
  grammar: bool = False,
  metre: str = '',
  mode: str = '',
  opening: str = '',
  root: str = 'C',
  entropy: bool = False,
) -> Sampler:
  """Builds the sampler of a model that predicts ABC token by token.

  Modes:
    sample: whole tunes.
    continue: continues a user's tune, the condition, encoded by `cover`, in its
      key. The tune and its continuation are returned.

  Args:
    model: an Autoregressive module over the field `text`.
    spec: of the encoder abc_text.
    steps: maximum number of tokens to sample.
    temperature: 0 takes the most likely token, so that all samples are equal.
    top_p: cumulative probability of the most likely tokens from which one is
      sampled (nucleus sampling, Holtzman et al., arXiv 1904.09751).
    grammar: whether to sample only tokens that abc_grammar allows.
    metre: of the tunes, such as 6/8; '' to let the model choose.
    mode: maj, min, dor, mix; '' to let the model choose.
    opening: tokens that tunes begin with, separated by spaces: '|: G c c'. They
      follow metre and mode, and are in C.
    root: the tonic that tunes are transposed to, such as D.
    entropy: whether to return the entropy of each prediction, too.

  Raises:
    UserError: a number out of range, or a token that the vocabulary lacks.
  """
  check_temperature(temperature)
  if steps < 1 or not 0 < top_p <= 1:
    raise UserError(
      'sample/steps must be at least 1 and sample/top_p above 0 and at most 1, '
      f'not {steps} and {top_p}.'
    )
  forced = _forced(spec, metre, mode, opening)
  place = _root(spec, root)
  table = abc_grammar.table_of(spec) if grammar else None
  writer = _Writer(model, top_p, table)
  writing = functools.partial(
    write, writer, steps=steps, temperature=(temperature,)
  )

  def finish(params, symbols, root):
    found = {'text': symbols, 'root': root}
    if entropy:
      found['entropy'] = _entropies(model, params, symbols)
    return found

  def sample(params, state, keys, condition):
    del state, condition
    known = jnp.zeros((len(keys), 0), jnp.int32)
    written = writing(params, keys, known, allowed=_allowed(forced))
    roots = jnp.full(len(keys), place, jnp.int32)
    return finish(params, written.symbols, roots)

  def go_on(params, state, keys, condition):
    del state
    given = jnp.asarray(condition['text'], jnp.int32).reshape(-1)
    known = jnp.broadcast_to(given, (len(keys), len(given)))
    written = writing(params, keys, known)
    root = jnp.asarray(condition['root'], jnp.int32).reshape(-1)[0]
    roots = jnp.broadcast_to(root, (len(keys),))
    return finish(params, written.symbols, roots)

  return {
    'sample': Mode(sample, help='tunes from the beginning'),
    'continue': Mode(
      go_on,
      inputs=(1, 1),
      help='continues a tune from its end',
      check=_check_input,
    ),
  }


def _check_input(condition):
  """Raises UserError for an input without text."""
  if not len(condition.get('text', ())):
    raise UserError('The input has no text: give a tune in ABC.')


class _Writer:
  """An Autoregressive model with a grammar and nucleus sampling.

  It implements what zoo.layers.autoregression.write needs of the protocol.
  """

  uniforms = 1

  def __init__(self, model, top_p, table):
    self.begin, self.given, self.ended = model.begin, model.given, model.ended
    self._model, self._top_p, self._table = model, top_p, table

  def apply(
    self, variables, carry, given, uniforms, temperature, allowed, method
  ):
    """Tokens [B], their log-probability [B] under the model, the memory."""
    del given, method
    last, memory = carry
    logits, memory = self._model.apply(
      variables, last[:, None], memory, method='predict'
    )
    logits = logits[:, 0]
    legal = logits
    if self._table is not None:
      may = abc_grammar.allowed(self._table, memory[1])
      legal = jnp.where(may, legal, -jnp.inf)
    if allowed is not None:
      # The user's tokens take precedence over the grammar.
      both = jnp.where(allowed, legal, -jnp.inf)
      asked = jnp.where(allowed, logits, -jnp.inf)
      stuck = ~jnp.any(jnp.isfinite(both), -1, keepdims=True)
      legal = jnp.where(stuck, asked, both)
    if self._top_p < 1:
      legal = nucleus(legal, self._top_p)
    token = draw_class(legal, uniforms[:, 0], temperature[0])
    return token, log_prob_of(logits, token), memory


def nucleus(logits: jax.Array, share: float) -> jax.Array:
  """Logits [B, K] of the most likely classes with a total share; else -inf."""
  order = jnp.argsort(-logits, -1)
  probability = jax.nn.softmax(jnp.take_along_axis(logits, order, -1), -1)
  before = jnp.cumsum(probability, -1) - probability
  kept = jnp.take_along_axis(before < share, jnp.argsort(order, -1), -1)
  return jnp.where(kept, logits, -jnp.inf)


def _entropies(model, params, symbols):
  """[B, T] entropy of the prediction of each symbol, in nats."""
  carry = model.begin(len(symbols))
  logits, _ = model.apply({'params': params}, symbols, (), carry)
  logs = jax.nn.log_softmax(logits)
  return -jnp.sum(jnp.exp(logs) * logs, -1)


def _forced(spec, metre, mode, opening):
  """[F, K] bool, the allowed tokens of the first steps; None for all."""
  words = spec.vocabulary['text']
  asked = [
    f'M:{metre}' if metre else '',
    f'K:C{mode}' if mode else '',
    *opening.split(),
  ]
  for option, word in zip(('metre', 'mode'), asked, strict=False):
    if word and word not in words:
      start = 'M:' if option == 'metre' else 'K:C'
      known = [w.removeprefix(start) for w in words if w.startswith(start)]
      raise UserError(
        f'sample/{option} is {word[2 + (option == "mode") :]!r}, which this '
        f'run does not know: take {", ".join(known) or "none"}.'
      )
  for word in asked[2:]:
    if word not in words:
      raise UserError(
        f'sample/opening has {word!r}, which is not a token of this run: '
        'separate notes, lengths and bar lines by spaces, as in '
        "'|: G 2 c > d |'."
      )
  if not any(asked):
    return None
  kinds = np.array([[w[:2] == kind for w in words] for kind in ('M:', 'K:')])
  given = np.array([[word == w for w in words] for word in asked])
  given[:2] = np.where(given[:2].any(1, keepdims=True), given[:2], kinds)
  return given


def _allowed(forced):
  """`allowed` of `write`; None if nothing is forced."""
  if forced is None:
    return None

  def allowed(symbols, step):
    del symbols
    now = jnp.asarray(forced)[jnp.minimum(step, len(forced) - 1)]
    return now | (step >= len(forced))

  return allowed


def _root(spec, root):
  roots = spec.vocabulary['roots']
  if root not in roots:
    raise UserError(
      f'sample/root must be one of {", ".join(roots)}, not {root!r}.'
    )
  return roots.index(root)
