"""Parameters and programs for tests, where most time goes to compiling."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def shapes(init: Callable, *arguments: Any, **options: Any) -> Any:
  """Shapes and types of what `init` returns, called with the first key."""
  return jax.eval_shape(init, jax.random.key(0), *arguments, **options)


def program(module: Any) -> Callable:
  """`module.apply` as one program: one an operation takes longer."""
  return jax.jit(module.apply, static_argnames=('method', 'temperature'))


def drawn(
  init: Callable, *arguments: Any, scale: float = 1.0, **options: Any
) -> Any:
  """Normal numbers of these shapes; `scale` is their deviation.

  To compile how a network draws its own takes long. These are arrays of numpy,
  as those of a run that is loaded.
  """
  random = np.random.default_rng(0)
  return jax.tree.map(
    lambda leaf: np.asarray(random.normal(0, scale, leaf.shape), leaf.dtype),
    shapes(init, *arguments, **options),
  )
