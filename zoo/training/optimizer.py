"""Optimizer groups: a dict from a parameter-name pattern to an optimizer.

  {'decoder/.*': {'name': 'adam', 'learning_rate': 3e-3, 'final': 0.01},
   '.*': None}

A pattern is a regular expression that must match the whole '/'-joined name of
a parameter; the first match wins. `None` freezes a group. Groups that alternate
(the two players of a GAN) have `'turns': [0, 1], 'of': 3`: they are updated on
those steps of every three; on the others neither parameters nor moments change.
A group with `'waits': {'metric': 'discriminator', 'below': 0.7, 'of':
'generator'}` is not updated on steps where the metric `discriminator` is below
0.7 times the metric `generator`: the stronger player waits for the other.
`'average': .99` keeps a moving average of a group's parameters, by which the
run is evaluated (Polyak and Juditsky 1992).
"""

from collections.abc import Callable, Mapping
import math
import re
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from zoo import config
from zoo.contracts import Tree, UserError


class Optimizer(NamedTuple):
  """What the loop needs from an optimizer.

  Attributes:
    init: (params) -> opt, its moments and counters.
    update: (gradients, opt, params, step, metrics) -> (params, opt). `step`
      is the step of the stage, for turns; `metrics` are those of the step,
      means over the batch, for groups that wait.
    hold: (params) -> params, with the gradient of frozen ones stopped, so that
      it is not computed.
  """

  init: Callable[[Tree], Tree]
  update: Callable[[Tree, Tree, Tree, Any], tuple[Tree, Tree]]
  hold: Callable[[Tree], Tree]


class Average(NamedTuple):
  """State of a group that keeps averages: the `mean` of each parameter."""

  mean: Tree


def adam(
  steps: int,
  *,
  learning_rate: float = 1e-3,
  warmup: int = 0,
  final: float = 1.0,
  b1: float = 0.9,
  b2: float = 0.999,
  eps: float = 1e-8,
  weight_decay: float = 0.0,
  clip: float | None = None,
  average: float = 0.0,
  max_norm: float | None = None,
  turns: list[int] | None = None,
  of: int = 1,
  waits: dict[str, Any] | None = None,
) -> optax.GradientTransformation:
  """Adam (Kingma and Ba 2015); decoupled weight decay (Loshchilov 2019).

  Args:
    steps: the steps of the stage, over which the learning rate changes.
    learning_rate: the peak.
    warmup: updates over which the learning rate rises linearly to its peak.
    final: the last learning rate as a share of the peak, by cosine decay; 1 is
      constant.
    b1: decay of the mean of gradients.
    b2: decay of the mean of squared gradients.
    eps: keeps the denominator from 0.
    weight_decay: share of each weight subtracted at an update, times the
      learning rate.
    clip: largest global norm of this group's gradient; None does not clip.
    average: decay of the moving average of parameters; 0: none.
    max_norm: the largest norm of the weights into a unit (over all axes of a
      parameter but its last), to which longer ones are rescaled; None: no
      bound.
    turns: the steps of every `of` on which this group is updated; None: all.
    of: the length of a round of turns.
    waits: {'metric': name, 'below' (or 'above'): number, 'of': another metric}:
      the group is not updated on steps where the metric is below (above) that
      number, or that number times the other metric if 'of' names one; None:
      it never waits.
  """
  rule = optax.scale_by_adam(b1, b2, eps)
  rate = _rate(learning_rate, warmup, final, steps, turns, of)
  return _chain(
    rule, rate, weight_decay, clip, average, max_norm, turns, of, waits
  )


def rmsprop(
  steps: int,
  *,
  learning_rate: float = 1e-3,
  warmup: int = 0,
  final: float = 1.0,
  decay: float = 0.9,
  eps: float = 1e-8,
  weight_decay: float = 0.0,
  clip: float | None = None,
  average: float = 0.0,
  max_norm: float | None = None,
  turns: list[int] | None = None,
  of: int = 1,
  waits: dict[str, Any] | None = None,
) -> optax.GradientTransformation:
  """RMSProp (Hinton 2012); the other options are those of `adam`."""
  rule = optax.scale_by_rms(decay, eps)
  rate = _rate(learning_rate, warmup, final, steps, turns, of)
  return _chain(
    rule, rate, weight_decay, clip, average, max_norm, turns, of, waits
  )


def sgd(
  steps: int,
  *,
  learning_rate: float = 1e-2,
  warmup: int = 0,
  final: float = 1.0,
  momentum: float = 0.0,
  nesterov: bool = False,
  weight_decay: float = 0.0,
  clip: float | None = None,
  average: float = 0.0,
  max_norm: float | None = None,
  turns: list[int] | None = None,
  of: int = 1,
  waits: dict[str, Any] | None = None,
) -> optax.GradientTransformation:
  """Gradient descent with momentum; the other options are those of `adam`."""
  rule = optax.trace(momentum, nesterov) if momentum else optax.identity()
  rate = _rate(learning_rate, warmup, final, steps, turns, of)
  return _chain(
    rule, rate, weight_decay, clip, average, max_norm, turns, of, waits
  )


# Options without meaning below 0; some would ascend the gradient.
_NOT_NEGATIVE = (
  'learning_rate',
  'final',
  'weight_decay',
  'clip',
  'average',
  'max_norm',
)

OPTIMIZERS = {'adam': adam, 'rmsprop': rmsprop, 'sgd': sgd}


def check(groups: Any) -> None:
  """Raises UserError unless the groups are well-formed, before any data."""
  _transforms(groups, steps=1)


def build(groups: Mapping[str, Any], params: Tree, steps: int) -> Optimizer:
  """The optimizer of a stage.

  Args:
    groups: {pattern: {'name': ..., option: value} or None}.
    params: the parameters, or their shapes.
    steps: the steps of the stage.

  Raises:
    UserError: an unknown optimizer or option, a parameter that no pattern
      covers, a pattern that covers no parameter.
  """
  transforms = _transforms(groups, steps)
  names = [
    jax.tree_util.keystr(path, simple=True, separator='/')
    for path, _ in jax.tree_util.tree_leaves_with_path(params)
  ]
  owners = [_owner(name, groups) for name in names]
  for pattern in groups:
    if pattern not in owners:
      raise UserError(
        f"The optimizer's pattern '{pattern}' matches no parameter that is "
        f'left by earlier patterns; there are: {", ".join(names)}.'
      )
  labels = jax.tree.unflatten(jax.tree.structure(params), owners)
  joined = optax.partition(transforms, labels)

  def update(gradients, opt, params, step, metrics=None):
    moves, opt = joined.update(
      gradients, opt, params, step=step, metrics=metrics or {}
    )
    return optax.apply_updates(params, moves), opt

  def hold(params):
    return jax.tree.map(
      lambda label, leaf: (
        jax.lax.stop_gradient(leaf) if groups[label] is None else leaf
      ),
      labels,
      params,
    )

  return Optimizer(joined.init, update, hold)


def averaged(opt: Tree, params: Tree) -> Tree | None:
  """The parameters with their averages, if any; None if there are none."""

  def is_average(node):
    return isinstance(node, Average)

  nodes = jax.tree.leaves(opt, is_leaf=is_average)
  found = [node for node in nodes if is_average(node)]
  for average in found:
    params = jax.tree.map(
      lambda leaf, mean: leaf if isinstance(mean, optax.MaskedNode) else mean,
      params,
      average.mean,
    )
  return params if found else None


def _transforms(groups, steps):
  if not isinstance(groups, Mapping) or not groups:
    raise UserError(
      "The optimizer must be a dict like {'.*': {'name': 'adam'}}, "
      f'not {groups!r}.'
    )
  transforms = {}
  for pattern, spec in groups.items():
    try:
      re.compile(pattern)
    except re.error as error:
      raise UserError(
        f"The optimizer's pattern '{pattern}' is not a regular expression: "
        f'{error}.'
      ) from None
    what = f'optimizer/{pattern}'
    if spec is None:
      transforms[pattern] = optax.set_to_zero()
    else:
      transforms[pattern] = config.build(OPTIMIZERS, spec, what, steps=steps)
      for name in _NOT_NEGATIVE:
        value = spec.get(name)
        if value is not None and not value >= 0:
          raise UserError(f'{what}/{name} is {value}: it must be at least 0.')
      _check_rests(what, spec)
  return transforms


def _check_rests(what, spec):
  """Raises UserError unless `turns` and `waits` are well-formed."""
  turns, of = spec.get('turns'), spec.get('of', 1)
  if turns is not None and not (turns and set(turns) <= set(range(of))):
    raise UserError(
      f'{what}/turns must name steps from 0 to {of - 1} (of: {of}), '
      f'not {turns!r}.'
    )
  waits = spec.get('waits')
  if waits is None:
    return
  bounds = [waits.get(name) for name in ('below', 'above') if name in waits]
  if (
    not isinstance(waits.get('metric'), str)
    or not isinstance(waits.get('of', ''), str)
    or len(bounds) != 1
    or not isinstance(bounds[0], int | float)
    or not {*waits} <= {'metric', 'below', 'above', 'of'}
  ):
    raise UserError(
      f"{what}/waits must be like {{'metric': 'loss', 'below': 0.7}}, with "
      f"'above' instead of 'below', or with 'of': another metric to compare "
      f'with; not {waits!r}.'
    )


def _owner(name, groups):
  for pattern in groups:
    if re.fullmatch(pattern, name):
      return pattern
  raise UserError(
    f"No pattern of the optimizer matches the parameter '{name}'; "
    f'there are: {", ".join(groups)}.'
  )


def _rate(peak, warmup, final, steps, turns, of):
  """The learning rate of the n-th update: linear warm-up, then a cosine."""
  if turns is not None:
    steps = steps * len(turns) // max(of, 1)

  def rate(move):
    rise = jnp.minimum(1.0, (move + 1) / max(warmup, 1))
    done = jnp.clip((move - warmup) / max(steps - warmup, 1), 0.0, 1.0)
    cosine = (1 + jnp.cos(math.pi * done)) / 2
    return peak * rise * (final + (1 - final) * cosine)

  return rate


def _bound(norm):
  """Bounds the norm of the weights into each unit (Srebro & Shraibman 2005)."""

  def update(moves, state, params):
    def cut(leaf, move):
      if leaf.ndim < 2:
        return move
      moved = leaf + move
      axes = tuple(range(leaf.ndim - 1))
      length = jnp.sqrt(jnp.sum(jnp.square(moved), axes, keepdims=True))
      return moved * jnp.minimum(1, norm / (length + 1e-12)) - leaf

    return jax.tree.map(cut, params, moves), state

  return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def _keep_average(decay):
  """Averages the updated parameters; the last transform of a chain."""

  def init(params):
    return Average(params)

  def update(moves, average, params):
    def slide(mean, leaf, move):
      return decay * mean + (1 - decay) * (leaf + move)

    return moves, Average(jax.tree.map(slide, average.mean, params, moves))

  return optax.GradientTransformation(init, update)


def _chain(rule, rate, weight_decay, clip, average, max_norm, turns, of, waits):
  parts = [
    *([] if clip is None else [optax.clip_by_global_norm(clip)]),
    rule,
    *([optax.add_decayed_weights(weight_decay)] if weight_decay else []),
    optax.scale_by_learning_rate(rate),
    *([] if max_norm is None else [_bound(max_norm)]),
    *([_keep_average(average)] if average else []),
  ]
  transform = optax.chain(*parts)
  if turns is None and waits is None:
    return transform

  # The stage's own step, not the transform's count, which does not advance when
  # a step is skipped, so that the groups would no longer alternate.
  def moves(_, step, metrics):
    now = jnp.bool_(True)
    if turns is not None:
      now &= jnp.isin(step % of, jnp.array(turns, jnp.int32))
    return now if waits is None else now & ~_rests(waits, metrics)

  return optax.conditionally_mask(transform, moves, forward_extra_args=True)


def _rests(waits, metrics):
  """Whether a group that waits skips a step with these metrics."""
  names = [waits['metric'], *([waits['of']] if waits.get('of') else [])]
  for name in names:
    if name not in metrics:
      raise UserError(
        f"optimizer/waits asks for the metric '{name}'"
        f'{config.suggestion(name, metrics)}'
      )
  value, *scale = (metrics[name] for name in names)
  scale = scale[0] if scale else 1.0
  if 'below' in waits:
    return value < waits['below'] * scale
  return value > waits['above'] * scale
