"""Checks of options that many models share: widths and dropout."""

from collections.abc import Sequence

from zoo.contracts import UserError


def check_widths(layers: int = 1, **widths: int | Sequence[int]) -> None:
  """Raises UserError unless every width is at least 1.

  Args:
    layers: minimum length of a list of widths.
    **widths: {option of the model: a width, or a list with one per layer}.
  """
  for name, given in widths.items():
    listed = [given] if isinstance(given, int) else list(given)
    shown = given if isinstance(given, int) else listed
    if not isinstance(given, int) and len(listed) < layers:
      raise UserError(
        f'model/{name} is {shown}: the number of widths must be at least '
        f'{layers}.'
      )
    if any(width < 1 for width in listed):
      raise UserError(f'model/{name} is {shown}: a width must be at least 1.')


def check_dropout(**shares: float) -> None:
  """Raises UserError unless each share is at least 0 and below 1.

  Args:
    **shares: {option of the model: a share}.
  """
  for name, share in shares.items():
    # The remaining values are divided by 1 - share.
    if not 0 <= share < 1:
      raise UserError(
        f'model/{name} is {share}: a share must be at least 0 and below 1.'
      )
