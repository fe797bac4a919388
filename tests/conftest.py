"""What all tests share: a private cache of corpora and compiled programs."""

import atexit
import gc
from importlib import metadata
import os
import shutil
import tempfile

# Before any import of jax or numpy. Shared by the workers of one session and by
# the processes that they start: what one compiled, the next one loads.
if 'PYTEST_XDIST_WORKER' not in os.environ:
  _CACHE = tempfile.mkdtemp(prefix='music-zoo-tests-')
  os.chmod(_CACHE, 0o700)
  atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)
  os.environ['XDG_CACHE_HOME'] = _CACHE
  os.environ['JAX_COMPILATION_CACHE_DIR'] = os.path.join(_CACHE, 'compiled')
os.environ['JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS'] = '0'
os.environ.setdefault('JAX_PLATFORMS', 'cpu')
# Two workers whose threads wait for one another in loops take many times as
# long as one thread each.
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
# Most of the time goes to compiling what then runs for a moment. What tests
# start as processes of their own is optimized as it is for users.
os.environ.setdefault('JAX_DISABLE_MOST_OPTIMIZATIONS', '1')
# XLA's older emitters of loops, which 0.10 is the last to have, compile in two
# thirds of the time. An unknown flag would end the process.
if metadata.version('jaxlib').startswith('0.10.'):
  os.environ.setdefault(
    'XLA_FLAGS',
    '--xla_cpu_use_fusion_emitters=false'
    ' --xla_cpu_parallel_codegen_split_count=1',
  )
# As run.prepare_process does: to look for rubbish each 700 objects takes an
# eighth of the time of a test that traces and compiles.
gc.set_threshold(100_000)
