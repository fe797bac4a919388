"""Modes that compute codes in the latent space.

Each function here takes the options of its mode, and returns a function of
codes [k, Z] of the k files, keys [n] and the condition, which returns codes
[n, Z] of n samples.

Source: Roberts et al. 2018, arXiv 1803.05428; `vary` and four corners as in
Magenta's music_vae for JavaScript.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy import special

from zoo.contracts import UserError
from zoo.layers import latent as latent_lib
from zoo.samplers.latent_fit import widest

Codes = Callable[[Any, Any, Mapping[str, Any]], jax.Array]
Path = Callable[..., jax.Array]

MOST = 16  # Maximum files of an average, and codes per side of a grid.


def path_of(name: str, gaussian: bool) -> Path:
  """slerp or lerp.

  `auto` is slerp for Gaussian priors, whose codes are concentrated near a
  sphere.
  """
  turns = gaussian if name == 'auto' else name == 'slerp'
  return latent_lib.slerp if turns else latent_lib.lerp


def interpolate(path: Path, points: int) -> Codes:
  """From the first code to the second, or a grid between four corners.

  Samples beyond the last point repeat it.
  """

  def codes(ends, keys, condition):
    del condition
    if len(ends) == 4:
      grid = latent_lib.corners(ends, path, points)
      return grid[jnp.minimum(jnp.arange(len(keys)), points**2 - 1)]
    share = jnp.minimum(jnp.arange(len(keys)) / (points - 1), 1.0)
    return path(ends[0], ends[1], share)

  return codes


def check_ends(fields: Any, points: int) -> Callable:
  """A check of the condition of `interpolate`.

  Args:
    fields: names of fields; the condition has some of them.
    points: of the path, or of a side of the grid.
  """

  def check(condition):
    files = len(next(condition[k] for k in fields if k in condition))
    if files not in (2, 4):
      raise UserError(
        f'--mode=interpolate goes between two files or four corners, and '
        f'{files} were given.'
      )
    if files == 4 and points > MOST:
      raise UserError(
        f'sample/points is {points}: a grid has 2 to {MOST} per side.'
      )

  return check


def average(turned: bool) -> Codes:
  """The mean of all codes."""

  def codes(ends, keys, condition):
    del condition
    mean = latent_lib.average(ends, turned)
    return jnp.broadcast_to(mean, (len(keys), ends.shape[-1]))

  return codes


def vary(path: Path, draw: Callable, nearness: float) -> Codes:
  """Part of the way from a code to samples from the prior.

  Args:
    path: `lerp` or `slerp`.
    draw: (keys [n], condition) -> z [n, Z] from the prior.
    nearness: 1 stays at the code, 0 goes all the way.
  """

  def codes(ends, keys, condition):
    drawn = draw(keys, condition)
    return path(
      jnp.broadcast_to(ends[:1], drawn.shape),
      drawn,
      jnp.full(len(keys), 1 - nearness),
    )

  return codes


def walk(direction: Callable, reach: float, steps: int) -> Codes:
  """From -reach to reach times a direction, through a code.

  Args:
    direction: (condition) -> [Z].
    reach: distance in both directions.
    steps: number of codes; for an odd number the middle one is the code itself.
  """

  def codes(ends, keys, condition):
    place = jnp.minimum(jnp.arange(len(keys)), steps - 1)
    amount = jnp.linspace(-reach, reach, steps)[place]
    return ends[:1] + amount[:, None] * direction(condition)

  return codes


def plane(latent: int, side: int) -> Codes:
  """A grid over the plane of `widest`: quantiles of the normal, row by row.

  Source: Kingma & Welling 2014, arXiv 1312.6114, figure 4.
  """

  def codes(ends, keys, condition):
    del ends
    middle, directions = widest(condition, latent)
    place = jnp.minimum(jnp.arange(len(keys)), side**2 - 1)
    row, column = place // side, place % side
    across, down = (
      special.ndtri((x + 0.5) / side)[:, None] for x in (column, row)
    )
    # The second direction ascends from the lowest row.
    return middle + across * directions[0] - down * directions[1]

  return codes
