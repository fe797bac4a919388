"""What all tests share: a private cache of corpora and compiled programs."""

import os
import tempfile

# Before any import of jax. Shared by the tests of one session and by the
# processes that they start: what one compiled, the next one loads.
_CACHE = tempfile.mkdtemp(prefix='music-zoo-tests-')
os.chmod(_CACHE, 0o700)
os.environ['XDG_CACHE_HOME'] = _CACHE
os.environ['JAX_COMPILATION_CACHE_DIR'] = os.path.join(_CACHE, 'compiled')
os.environ['JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS'] = '0.2'
os.environ.setdefault('JAX_PLATFORMS', 'cpu')
