"""Runs a study; a user error is one sentence and exit code 2."""

from collections.abc import Callable
from pathlib import Path
import sys

from zoo.contracts import UserError


def start(main: Callable[[], None]) -> None:
  """Runs a study's `main`; a UserError is printed and ends the process."""
  try:
    main()
  except UserError as error:
    print(f'{Path(sys.argv[0]).name}: {error}', file=sys.stderr)
    sys.exit(2)
