"""The music zoo: music generation models in JAX, with one training loop.

`zoo.load('runs/musicvae_melody/seed0')` returns a trained model with its
parameters and encoder; each module can also be used on its own.
"""

from typing import Any

__version__ = '0.1.0'


def load(workdir, **sample) -> Any:
  """Loads a trained run; see `zoo.assembly.load`."""
  # Importing zoo.models alone must need neither a music library nor orbax.
  from zoo.assembly import load as load_run

  return load_run(workdir, **sample)
