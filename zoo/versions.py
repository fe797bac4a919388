"""The versions of the packages that determine a run's numbers."""

import functools
import importlib.metadata

_PACKAGES = ('jax', 'jaxlib', 'flax', 'optax', 'orbax-checkpoint', 'numpy')


@functools.cache
def versions() -> dict[str, str]:
  """{package: version}, as installed."""
  return {name: importlib.metadata.version(name) for name in _PACKAGES}
