"""Experiments at the size of a test."""

import run as command_line


def smoke(name, **changes):
  """The SMOKE settings of an experiment and others, as --set takes them."""
  settings = command_line.experiment(name).SMOKE | changes
  return [f'{path}={value!r}' for path, value in settings.items()]
