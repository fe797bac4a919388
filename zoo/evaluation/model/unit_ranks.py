"""How highly a model ranks the true next bar among others.

For each join of two bars of an unseen tune the true next bar is ranked among
bars of the library, drawn at random. Repeats dominate music, so the joins whose
true bar did not occur before in the tune ("novel") are also scored separately,
and the networks are compared with a baseline that only knows repeats.

Source: Bretan, Weinberg and Heck 2016, arXiv 1612.03789: 50 candidates, one of
them true; chance is a mean rank of 25.5.
"""

from collections.abc import Mapping
import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo import unit_bags
from zoo.contracts import Spec, UserError
from zoo.questions import Ranker, asks

Arrays = Mapping[str, np.ndarray]

_AT_ONCE = 32  # Joins whose candidates are scored together.
_STEPS, _RATE = 400, 0.1  # Of the gradient descent on the scores' weights.
_BEST = 0.05  # The share that the published combination keeps by relevance.


class _Joins(NamedTuple):
  """Joins and their candidates; candidate 0 is the true one.

  Attributes:
    past: [J, U, T], the bars before, aligned at the right.
    bars: [J], how many of them there are.
    candidates: [J, C, T].
    novel: [J], whether the true bar is not among those before.
  """

  past: np.ndarray
  bars: np.ndarray
  candidates: np.ndarray
  novel: np.ndarray


@asks(Ranker)
def unit_ranks(
  model: Any,
  params: Any,
  splits: Mapping[str, Arrays],
  spec: Spec,
  *,
  count: int = 1000,
  among: int = 100,
  seed: int = 0,
) -> dict[str, Any]:
  """Ranks true next bars among bars of the training set.

  Args:
    model: a Flax module such as UnitSelection, which also predicts notes.
    params: of the trained model.
    splits: {split: {field: [N, ...]}}; the weights are fitted on 'validation'.
    spec: of the encoder `units`.
    count: joins at most, evenly over the set.
    among: C, how many candidates, including the true one.
    seed: of the candidates.

  Returns:
    {metric: {column: number}}. Metrics: mean_rank (ties in the middle), first
    and first_ten (shares), novel_mean_rank and novel_first (of joins whose true
    bar did not occur before), mean_rank_of_50 (of the first 50 candidates).
    Columns: chance; last_pitch (distance of the first pitch from the last);
    bigram (how often the two bars follow one another in training);
    largest_cosine (similarity of the bag to that of any bar before); relevance;
    concatenation (log probability of the notes after the past, minus that of
    the notes by themselves); published (the best twentieth by relevance, then
    the sum of both ranks); both (relevance, notes and notes by themselves,
    weighted); weighted (all scores). Weights are fitted on validation joins and
    reported as weight_<score>.

  Raises:
    UserError: fewer than two candidates, or a training set with fewer bars.
  """
  if among < 2:
    raise UserError(f'evaluate/.../among must be at least 2, not {among}.')
  train = _pieces(model, splits['train'])
  library = np.unique(np.concatenate(train), axis=0)
  if len(library) < among:
    raise UserError(
      f'unit_ranks draws {among} candidates, and the training set has '
      f'{len(library)} different bars: lower evaluate/.../among.'
    )
  random = np.random.default_rng(seed)
  scores: dict[str, dict[str, np.ndarray]] = {}
  novel = np.zeros(0, bool)
  for split in ('validation', 'test'):
    joins = _joins(_pieces(model, splits[split]), library, count, among, random)
    if joins is None:
      return {'joins': 0}
    scores[split] = _scores(model, params, spec, joins, train)
    novel = joins.novel
  rows, weights = _combine(scores['validation'], scores['test'])
  figures: dict[str, Any] = {'joins': {'test': len(novel)}}
  for column, score in {'chance': np.zeros_like(rows['both']), **rows}.items():
    for name, value in _figures(score, novel).items():
      figures.setdefault(name, {})[column] = value
  return figures | {
    f'weight_{name}': {'both': x} for name, x in weights.items()
  }


def _pieces(model, examples):
  """Bars [U, T] of each example."""
  units, mask = (np.asarray(x) for x in model.units(examples))
  return [bars[inside] for bars, inside in zip(units, mask, strict=True)]


def _joins(pieces, library, count, among, random):
  """Joins evenly over the pieces; None if there are none."""
  every = [(n, t) for n, bars in enumerate(pieces) for t in range(1, len(bars))]
  if not every:
    return None
  every = every[:: -(-len(every) // count)]
  longest = max(len(bars) for bars in pieces)
  steps = library.shape[1]
  past = np.zeros((len(every), longest, steps), np.int32)
  candidates = np.zeros((len(every), among, steps), np.int32)
  novel = np.zeros(len(every), bool)
  for row, (number, place) in enumerate(every):
    bars = pieces[number]
    past[row, longest - place :] = bars[:place]
    true = bars[place]
    others = library[random.choice(len(library), among, replace=False)]
    others = others[(others != true).any(1)][: among - 1]
    candidates[row, 0], candidates[row, 1 : 1 + len(others)] = true, others
    novel[row] = not (bars[:place] == true).all(1).any()
  return _Joins(past, np.array([t for _, t in every]), candidates, novel)


def _scores(model, params, spec, joins, train):
  """{score: [J, C]}, higher for better candidates."""
  found = _network_scores(model, params, joins)
  lowest = spec.tables['pitches'][2]
  bag = functools.partial(
    unit_bags.bag, np, lowest=lowest, pitches=spec.sizes['classes'] - 2
  )
  found['largest_cosine'] = _largest_cosine(bag, joins)
  first, last = (_edges(x) for x in (joins.candidates, joins.past[:, -1]))
  leap = np.abs(first[0] - last[1][:, None])
  found['last_pitch'] = np.where(first[0] < 0, -12.0, -np.minimum(leap, 24))
  pairs: dict[bytes, int] = {}
  for bars in train:
    for one in range(len(bars) - 1):
      key = bars[one : one + 2].astype(np.int32).tobytes()
      pairs[key] = pairs.get(key, 0) + 1
  found['bigram'] = np.array(
    [
      [pairs.get(last.tobytes() + one.tobytes(), 0) for one in row]
      for last, row in zip(joins.past[:, -1], joins.candidates, strict=True)
    ],
    float,
  )
  return found


def _edges(units):
  """First and last pitch class [...] of units [..., T]; -1 for none."""
  onset = units >= 2
  heard = onset.any(-1)
  ends = onset.argmax(-1), onset.shape[-1] - 1 - onset[..., ::-1].argmax(-1)
  return [
    np.where(heard, np.take_along_axis(units, at[..., None], -1)[..., 0], -1)
    for at in ends
  ]


def _largest_cosine(bag, joins):
  """[J, C] cosine of each candidate to the most similar bar before."""
  unit = lambda x: x / (np.linalg.norm(x, axis=-1, keepdims=True) + 1e-9)  # noqa: E731
  found = []
  for past, count, candidates in zip(
    joins.past, joins.bars, joins.candidates, strict=True
  ):
    near = unit(bag(candidates)) @ unit(bag(past[-count:])).T
    found.append(near.max(1))
  return np.array(found)


def _network_scores(model, params, joins):
  """Relevance, and log p of the notes after the past and by themselves."""

  @jax.jit
  def some(past, count, candidates):
    call = functools.partial(model.apply, {'params': params})
    rows, longest, steps = past.shape
    forgotten = call(rows, method='forget'), model.begin(rows)

    def read(carry, place):
      memory, notes = carry
      unit = past[:, place]
      query, memory = call(unit[:, None], memory, method='expect')
      _, notes = call(unit, call(unit, {}, method='given'), notes)
      here = place >= longest - count
      shaped = lambda new, old: jnp.where(  # noqa: E731
        here.reshape(-1, *[1] * (new.ndim - 1)), new, old
      )
      return jax.tree.map(shaped, (memory, notes), carry), query[:, 0]

    (_, notes), queries = jax.lax.scan(read, forgotten, jnp.arange(longest))
    codes = call(candidates, method='describe')
    compare = functools.partial(call, method='compare')
    relevance = jax.vmap(lambda q, c: compare(q[None], c)[0])(
      queries[-1], codes
    )
    flat = candidates.reshape(-1, steps)
    each = candidates.shape[1]

    def nats(carry):
      given = call(flat, {}, method='given')
      outputs, _ = call(flat, given, carry)
      found = call(outputs, flat, method='log_prob')['token'].sum(-1)
      return found.reshape(rows, each)

    after = jax.tree.map(lambda x: jnp.repeat(x, each, 0), notes)
    return {
      'relevance': relevance,
      'notes': nats(after),
      'alone': nats(model.begin(len(flat))),
    }

  total, parts = len(joins.bars), []
  for begin in range(0, total, _AT_ONCE):
    # The last block is padded to the same shape, to compile only once.
    rows = np.minimum(np.arange(begin, begin + _AT_ONCE), total - 1)
    block = some(joins.past[rows], joins.bars[rows], joins.candidates[rows])
    parts.append({k: np.asarray(v) for k, v in block.items()})
  return {k: np.concatenate([x[k] for x in parts])[:total] for k in parts[0]}


def _combine(fitting, scores):
  """Scores of each ranker by itself, and of the combined ones."""
  both = ('relevance', 'notes', 'alone')
  weights = _fit(fitting, both)
  every = _fit(fitting, sorted(scores))

  def weighted(found):
    return sum(weight * scores[name] for name, weight in found.items())

  rank = lambda x: np.argsort(np.argsort(-x, 1), 1)  # noqa: E731
  relevant = rank(scores['relevance'])
  concatenation = scores['notes'] - scores['alone']
  kept = relevant < max(round(_BEST * relevant.shape[1]), 1)
  published = np.where(
    kept, -(relevant + rank(concatenation)), -1000.0 - relevant
  )
  return {
    **{k: scores[k] for k in ('last_pitch', 'bigram', 'largest_cosine')},
    'relevance': scores['relevance'],
    'concatenation': concatenation,
    'published': published,
    'both': weighted(weights),
    'weighted': weighted(every),
  }, weights


def _fit(scores, names):
  """{name: weight} of a softmax over candidates, the first of them true."""
  stacked = np.stack([scores[name] for name in names], -1)
  scale = stacked.std((0, 1)) + 1e-9
  inputs = jnp.asarray(stacked / scale, jnp.float32)

  def loss(weights):
    logits = inputs @ weights
    return jnp.mean(jax.nn.logsumexp(logits, -1) - logits[:, 0])

  @jax.jit
  def descend(weights):
    def one(weights, _):
      return weights - _RATE * jax.grad(loss)(weights), None

    return jax.lax.scan(one, weights, None, length=_STEPS)[0]

  found = np.asarray(descend(jnp.zeros(len(names)))) / scale
  return dict(zip(names, found.tolist(), strict=True))


def _figures(scores, novel):
  """Metrics of scores [J, C]; those of novel joins if there are any."""
  ranks = _ranks(scores)
  found = {
    'mean_rank': float(ranks.mean()),
    'first': float(np.mean(ranks == 1)),
    'first_ten': float(np.mean(ranks <= 10)),
    'mean_rank_of_50': float(_ranks(scores[:, :50]).mean()),
  }
  if novel.any():
    found['novel_mean_rank'] = float(ranks[novel].mean())
    found['novel_first'] = float(np.mean(ranks[novel] == 1))
  return found


def _ranks(scores):
  """[J] rank of the first of scores [J, C], ties in the middle."""
  true, others = scores[:, :1], scores[:, 1:]
  above, level = (others > true).sum(1), (others == true).sum(1)
  return 1 + above + level / 2
