"""What all tests share: a private cache, and the command line in-process."""

import os
import tempfile

# Before any import of jax. The cache of encoded corpora is shared by the
# tests of one session, and by the processes that they start.
_CACHE = tempfile.mkdtemp(prefix='music-zoo-tests-')
os.chmod(_CACHE, 0o700)
os.environ['XDG_CACHE_HOME'] = _CACHE
os.environ.setdefault('JAX_PLATFORMS', 'cpu')
