"""What every model refuses: widths and shares with which none can learn."""

from collections.abc import Sequence

from zoo.contracts import UserError


def check_widths(layers: int = 1, **widths: int | Sequence[int]) -> None:
  """Raises UserError unless every width is at least 1.

  Args:
    layers: how many widths a list holds at least.
    **widths: {option of the model: a width, or one of each layer}.
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
  """Raises UserError unless each share that is zeroed leaves something.

  Args:
    **shares: {option of the model: a share}.
  """
  for name, share in shares.items():
    # What is left is divided by 1 - share.
    if not 0 <= share < 1:
      raise UserError(
        f'model/{name} is {share}: a share must be at least 0 and below 1.'
      )
