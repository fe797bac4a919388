# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The music zoo: a quick start
#
# Train a model, listen to its samples, interpolate between two melodies,
# harmonize a tune, and use a trained model as a library. Run it from the
# checkout, after `python3 -m venv .venv && .venv/bin/pip install -e '.[music]'`
# (and `.venv/bin/pip install jupyterlab` to open it).

# %%
import importlib
import os
from pathlib import Path
import sys

SHORT = 'QUICKSTART_SHORT' in os.environ  # True: a few steps, to see it run.
RUNS = Path(os.environ.get('QUICKSTART_RUNS', 'runs'))
TUNE = 'experiments/tunes/ode_to_joy.abc'

here = Path.cwd()
root = next(
  path for path in (here, *here.parents) if (path / 'run.py').exists()
)
os.chdir(root)
sys.path.insert(0, str(root))

import run as command_line


def run(experiment, *options):
  """Like `python run.py`; returns the run directory."""
  workdir = RUNS / experiment / 'quickstart'
  if SHORT:
    smoke = importlib.import_module(f'experiments.{experiment}').SMOKE
    smoke = {k: v for k, v in smoke.items() if not k.startswith('evaluate/')}
    smoke['evaluate'] = []
    if options:  # Of a trained run only these may change.
      smoke = {k: v for k, v in smoke.items() if k.startswith('sample/')}
    options += tuple(f'--set={key}={value!r}' for key, value in smoke.items())
  command = [f'--experiment={experiment}', f'--workdir={workdir}', *options]
  assert command_line.main(['run.py', *command]) == 0
  return workdir


# %% [markdown]
# ## Train
#
# A variational autoencoder of two-bar folk melodies, four to eight minutes on
# two cores. The run directory has a page, `index.html`, with every metric.

# %%
melodies = run('musicvae_melody')

# %% [markdown]
# ## Listen
#
# Samples from the prior: the `.wav` is played by the notebook, the `.mid` and
# the `.musicxml` open in any sequencer or notation program.

# %%
try:
  from IPython.display import Audio, Image, display
except ImportError:  # As a script there is nothing to display with.
  Audio = Image = str
  display = print

for path in sorted((melodies / 'samples').glob('sample-00[0-2].wav')):
  display(Audio(str(path)))
  display(Image(str(path.with_suffix('.png'))))

# %% [markdown]
# ## Interpolate
#
# From one melody to another through the latent space. Any two files will do;
# here they are two of the samples.

# %%
first, second = sorted((melodies / 'samples').glob('sample-00[0-1].mid'))
run(
  'musicvae_melody',
  '--mode=interpolate',
  f'--input={first}',
  f'--input={second}',
)
for path in sorted((melodies / 'samples').glob('interpolate-*.wav'))[-1:]:
  display(Audio(str(path)))

# %% [markdown]
# ## Harmonize
#
# Alto, tenor and bass below your own tune, by MiniBach; about a minute of
# training.

# %%
chorales = run('minibach')
run('minibach', '--mode=harmonize', f'--input={TUNE}')
display(Audio(str(chorales / 'samples' / 'harmonize-output.wav')))

# %% [markdown]
# ## As a library
#
# A run directory contains all that is needed to rebuild its model: the config,
# the vocabulary and the parameters.

# %%
import jax

import zoo

trained = zoo.load(str(melodies))
z = jax.random.normal(jax.random.key(0), (4, trained.model.latent))
keys = jax.random.split(jax.random.key(1), 4)
tokens = trained.model.apply(
  {'params': trained.params}, z, keys, method='generate'
)
pieces = trained.encoder.decode(tokens)
for piece in pieces:
  print(len(piece.notes.pitch), 'notes')
