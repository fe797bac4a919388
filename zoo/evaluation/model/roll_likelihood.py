"""How likely a model finds unseen piano rolls, and how well it guesses them."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.evaluation.model.trivial_rolls import accuracy, rolls_of
from zoo.evaluation.model.trivial_rolls import log_likelihoods as trivial
from zoo.layers.nade import mixed_log_likelihood

_SHORTEST = 32  # Batches are padded to this, its double, its fourfold, ...

Arrays = Mapping[str, np.ndarray]


def roll_likelihood(
  model: Any,
  params: Any,
  splits: Mapping[str, Arrays],
  *,
  batch: int = 16,
) -> dict[str, Any]:
  """Scores every frame of the test set by the frames before it.

  Args:
    model: a Flax module such as RnnNade, whose likelihood is exact.
    params: its parameters.
    splits: {split: {'roll': [N, T, P] 0 or 1, 'length': [N]}}.
    batch: pieces at once; no figure depends on it.

  Returns:
    'pieces' and 'frames' of test, and {figure: {whose: number}}:
    'log_likelihood', nats a frame over all frames of test, the first of each
    piece included, of the 'model' and of trivial ones (see trivial_rolls);
    'validation_log_likelihood', where there are such pieces, and
    'train_log_likelihood' of the model;
    'piece_spread', the standard error of its test figure over pieces;
    'accuracy', TP / (TP + FP + FN) over all test notes, where each frame is
    guessed with the true ones before it given: one drawn from the 'model', its
    'likelier' of on and off, pitch by pitch in its first order, or the frame
    before ('repeat'). With no test pieces, only 'pieces'.

  Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392.
  """
  test = splits['test']
  if not len(test['roll']):
    return {'pieces': 0}
  scores = {
    split: frame_scores(model, params, splits[split], batch=batch)
    for split in ('train', 'validation', 'test')
    if len(splits[split]['roll'])
  }
  means = {
    split: float(np.mean(np.concatenate(each), dtype=np.float64))
    for split, each in scores.items()
  }
  rolls = {split: rolls_of(splits[split]) for split in splits}
  frames = rolls['test'].frames
  guesses = {
    whose: np.concatenate(
      guess_frames(model, params, test, temperature=temperature, batch=batch)
    )
    for whose, temperature in (('model', 1.0), ('likelier', 0.0))
  }
  guesses['repeat'] = rolls['test'].before
  return {
    'pieces': len(test['roll']),
    'frames': len(frames),
    'log_likelihood': {'model': means['test'], **trivial(**rolls)},
    **{
      f'{split}_log_likelihood': {'model': means[split]}
      for split in ('validation', 'train')
      if split in means
    },
    'piece_spread': {'model': piece_spread(scores['test'])},
    'accuracy': {
      whose: accuracy(guess, frames) for whose, guess in guesses.items()
    },
  }


def frame_scores(
  model: Any, params: Any, arrays: Arrays, *, batch: int = 16
) -> list[np.ndarray]:
  """log p(x_t | x_<t) of each piece, [length] float32 in nats."""

  @jax.jit
  def score(params, frames, index):
    del index
    past = model.apply({}, frames, method='read')
    logits, _ = model.apply({'params': params}, past, frames)
    return mixed_log_likelihood(logits, frames)

  return _by_length(lambda *given: score(params, *given), arrays, batch)


def guess_frames(
  model: Any,
  params: Any,
  arrays: Arrays,
  *,
  temperature: float,
  batch: int = 16,
) -> list[np.ndarray]:
  """Each frame drawn, the true ones before it given: [length, P] a piece."""

  @jax.jit
  def guess(params, frames, index):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), index)
    shape = (frames.shape[1], model.chances)
    chances = jax.vmap(lambda key: _chances(key, shape))(keys)
    past = model.apply({}, frames, method='read')
    carry = model.begin(len(frames))
    return model.apply(
      {'params': params}, past, carry, chances, temperature, method='draw'
    )[0]

  return _by_length(lambda *given: guess(params, *given), arrays, batch)


def piece_spread(scores: list[np.ndarray]) -> float:
  """The standard error of the mean score a frame, were pieces drawn anew."""
  mean = np.mean(np.concatenate(scores))
  # Of a ratio of sums, as the delta method has it.
  excess = np.array([np.sum(one - mean) for one in scores])
  return float(np.sqrt(np.sum(excess**2)) / sum(map(len, scores)))


def _by_length(function, arrays, batch):
  """function (frames [B, T, P], rows [B]) of all pieces, cut to length."""
  lengths = np.asarray(arrays['length'])
  order = np.argsort(lengths, kind='stable')
  found: list[Any] = [None] * len(order)
  for start in range(0, len(order), batch):
    rows = order[start : start + batch]
    # Past the end the last piece again, as padding; few lengths, few programs.
    padded = np.concatenate([rows, np.full(batch - len(rows), rows[-1])])
    steps = _SHORTEST
    while steps < lengths[rows].max():
      steps *= 2
    frames = np.asarray(arrays['roll'][padded][:, :steps], np.int32)
    values = np.asarray(function(frames, padded))
    for place, row in enumerate(rows):
      found[row] = values[place, : lengths[row]]
  return found


def _chances(key, shape):
  """Uniform numbers [T, N], the same for a frame whatever T is."""

  def one(step):
    return jax.random.uniform(jax.random.fold_in(key, step), shape[1:])

  return jax.vmap(one)(jnp.arange(shape[0]))
