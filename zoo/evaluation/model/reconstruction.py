"""How much of an example survives encoding and decoding."""

from collections.abc import Callable, Mapping
import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec
from zoo.evaluation.model.linear_codes import principal
from zoo.layers import comparison, metrics
from zoo.layers.batch_statistics import variables
from zoo.layers.comparison import TRIVIAL
from zoo.layers.latent import sample_normal
from zoo.layers.visible import Visible
from zoo.questions import Latent, asks

_TRAINING = 4096  # Examples of the training set that are reconstructed.
_EDGE = 1e-4  # Keeps the probabilities of a mean off 0 and 1.

Totals = dict[str, dict[str, dict[str, Any]]]  # {field: {column: counts}}


@asks(Latent)
def reconstruction(
  model: Any,
  params: Any,
  state: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  batch: int = 512,
) -> dict[str, Any]:
  """Encodes every example and decodes it again.

  Every example counts once; `batch` does not affect the results.

  Args:
    model: a Latent model.
    params, state: of the trained model.
    splits: {split: {field: [N, ...]}}.
    spec: of the encoder.
    split: the one that is reconstructed.
    batch: examples at once.

  Returns:
    'examples', and {metric: {column: number}}; with several fields the name of
    the metric is prefixed with that of the field. By the kind of the field:

      class  accuracy (of all steps), onset_accuracy (of the steps whose true
             token is an event) and onset_f1 (which counts false events too)
      bit    precision, recall and f1 of the notes, counted at each step
      real   only the metrics below

    and for every kind mistakes (wrong steps or cells, or pixels on the wrong
    side of a half) and events per example, exact_match of whole examples,
    cross_entropy (nats), and squared_error unless the field holds classes, both
    summed over an example. Columns are the 'model', decoding the mean code
    without the truth; if it is autoregressive, 'teacher_forced', which reads
    the true symbols; 'training', the model on (at most 4,096 examples of) the
    training set; and baselines without a network: 'training_mean', the same for
    every example; 'always_hold', 'silence' or 'zeros'; 'components', a linear
    code of as many principal components as the model's latent dimensions,
    clipped to 0 to 1. The model's cross_entropy is that of a code drawn from q,
    given the true symbols; 'kl_bits' is that of a code with noise. With no
    examples, only 'examples'.
  """
  examples, train = (
    splits[split],
    splits['train' if 'train' in splits else split],
  )
  count = len(next(iter(examples.values())))
  if count == 0:
    return {'examples': 0}
  given = variables(params, state)
  seen = comparison.compared(spec, _written(model, given, examples))
  program = jax.jit(_autoencode(model, seen))
  found = _totals(program, given, examples, batch)
  some = {k: v[:: -(-len(v) // _TRAINING)] for k, v in train.items()}
  learned = _totals(program, given, some, batch)
  figures = _figures(seen, found, count)
  known = len(next(iter(some.values())))
  for name, row in _figures(seen, learned, known).items():
    figures[name]['training'] = row['model']
  for name, visible in seen.items():
    answer, arrays = _trivial(visible, train[name], batch, model.latent)
    totals = _totals(jax.jit(answer), arrays, examples, batch)
    for figure, row in _figures(seen, totals, count).items():
      figures[figure] |= row
  return {'examples': count, **figures}


def _written(model, given, examples):
  """Shapes of the fields that the model writes, {field: ...}."""
  one = {k: v[:1] for k, v in examples.items()}
  keys = jax.random.split(jax.random.key(0), 1)

  def write(given, one):
    z, _ = model.apply(given, one, method='encode')
    return model.apply(given, z, keys, 0.0, 0.5, method='generate')

  return jax.eval_shape(write, given, one)


def _autoencode(model: Any, seen: Mapping[str, Visible]) -> Callable:
  """(variables, examples, keys) -> {field: {column: sums of each example}}."""

  def measure(given, examples, keys):
    def call(method, *arguments):
      return model.apply(given, *arguments, method=method)

    mean, scale = call('encode', examples)
    z = mean if scale is None else sample_normal(keys, mean, scale)
    written = {'model': call('generate', mean, keys, 0.0, 0.5)}
    drawn = call('logits', call('decode', z, examples))
    if model.autoregressive:
      logits = call('logits', call('decode', mean, examples))
      written['teacher_forced'] = {
        name: comparison.likeliest(visible, logits[name])
        for name, visible in seen.items()
      }
    found: Totals = {}
    for name, visible in seen.items():
      found[name] = {
        column: comparison.counts(visible, made[name], examples[name])
        for column, made in written.items()
      }
      rows = visible.read(examples)
      flat = drawn[name].reshape(rows.shape)
      found[name]['model'] |= comparison.errors(visible, flat, rows)
    if scale is not None:
      bits = metrics.normal_divergence(mean, scale) / math.log(2)
      found[''] = {'model': {'kl_bits': bits}}
    return found

  return measure


def _trivial(visible, train, batch, latent):
  """Baselines, as a program like that of `_autoencode`, and its arrays."""
  mean, axes = principal(visible, train, batch, latent)
  arrays = {'mean': mean} | ({} if axes is None else {'axes': axes})
  nothing = jnp.full(visible.size, -jnp.inf)
  if visible.classes:
    nothing = nothing.reshape(-1, visible.classes).at[:, 0].set(0).ravel()

  def sure(probability):
    """The logits of probabilities [..., D], clipped to stay finite."""
    inside = jnp.clip(probability, _EDGE, 1 - _EDGE)
    other = 1.0 if visible.classes else 1 - inside
    return jnp.log(inside / other)

  def measure(arrays, examples, keys):
    del keys
    rows = visible.read(examples)
    answers = {
      'training_mean': jnp.broadcast_to(sure(arrays['mean']), rows.shape),
      TRIVIAL[visible.kind]: jnp.broadcast_to(nothing, rows.shape),
    }
    if 'axes' in arrays:
      mean, axes = arrays['mean'], arrays['axes']
      answers['components'] = sure(mean + (rows - mean) @ axes.T @ axes)
    found = {}
    for column, logits in answers.items():
      made = comparison.likeliest(visible, logits)
      found[column] = comparison.counts(visible, made, examples[visible.field])
      found[column] |= comparison.errors(visible, logits, rows)
      if column != 'training_mean':
        del found[column]['cross_entropy']  # Infinite, or meaningless.
    return {visible.field: found}

  return measure, arrays


def _totals(
  program: Callable,
  given: Any,
  examples: Mapping[str, np.ndarray],
  batch: int,
) -> Totals:
  """Sums over the examples of what `program` returns for each."""
  count = len(next(iter(examples.values())))
  found = []
  for start in range(0, count, batch):
    # The last batch is padded with the last example and cut off afterwards:
    # so one compiled program serves every set.
    rows = np.arange(start, start + batch)
    some = {
      name: np.asarray(values)[np.minimum(rows, count - 1)]
      for name, values in examples.items()
    }
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), rows)
    values = program(given, some, keys)
    found.append(jax.tree.map(lambda x, n=count - start: x[:n], values))
  return jax.tree.map(
    lambda *parts: np.sum(np.concatenate(parts), dtype=np.float64), *found
  )


def _figures(seen, totals, count):
  """{metric: {column: number}} of sums over `count` examples."""
  figures: dict[str, dict[str, float]] = {}
  for name, rows in totals.items():
    before = f'{name}_' if name and len(seen) > 1 else ''
    for column, total in rows.items():
      found = {
        figure: float(total[figure]) / count
        for figure in ('cross_entropy', 'squared_error', 'kl_bits')
        if figure in total
      }
      if 'wrong' in total:
        found = comparison.figures(seen[name], total, count) | found
      for figure, value in found.items():
        figures.setdefault(before + figure, {})[column] = value
  return figures
