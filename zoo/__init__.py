"""The music zoo: the textbook's music generators, one training loop.

`zoo.load('runs/musicvae_melody/seed0')` gives a trained model with its
parameters and encoder; each module is also of use on its own.
"""

from typing import Any

__version__ = '0.1.0'


def load(workdir, **sample) -> Any:
  """Loads a trained run; see `zoo.assembly.load`."""
  # Importing zoo.models alone must not need a music library, nor orbax.
  from zoo.assembly import load as load_run

  return load_run(workdir, **sample)
