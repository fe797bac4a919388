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
# # The music zoo: parts for your own project
#
# A model of the zoo in your own Flax and optax loop, a loss of the zoo on your
# own model, and an encoder of the zoo with a PyTorch `DataLoader`. Nothing here
# uses the zoo's command line, experiments or training loop. Models, losses and
# layers need no music library: `pip install .` in the checkout is enough for
# them; reading MIDI, MusicXML or ABC needs `pip install '.[music]'`. The
# notebook runs in half a minute.

# %%
from pathlib import Path
import sys

here = Path.cwd()
root = next(
  path for path in (here, *here.parents) if (path / 'run.py').exists()
)
sys.path.insert(0, str(root))  # Not needed if music-zoo is installed.

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

print('jax', jax.__version__)

# %% [markdown]
# ## An encoder
#
# Encoders are plain numpy: pieces in, arrays out, and back again. Here one tune
# in five keys becomes windows of two bars, a class for each sixteenth.

# %%
from zoo.encoders.melody import Melody
from zoo.music.reading import read

encoder = Melody(bars=2)
tune = read(root / 'experiments' / 'tunes' / 'ode_to_joy.abc')
keys = [
  tune._replace(notes=tune.notes._replace(pitch=tune.notes.pitch + semitones))
  for semitones in (-5, -2, 0, 2, 5)
]
tokens = np.concatenate(
  [encoder.encode(one).examples['tokens'] for one in keys]
)
print('windows', tokens.shape, 'classes', encoder.spec.sizes['classes'])

# %% [markdown]
# ## A model in your own Flax and optax loop
#
# A model is a Flax module with its sizes as fields. It defines how it reads a
# batch (`read`), its initial state (`start`) and the log probability of true
# symbols (`log_prob`).

# %%
from zoo.models.melody_rnn import MelodyRnn

model = MelodyRnn(encoder.spec.sizes['classes'], steps_per_bar=16, hidden=(32,))
batch = {'tokens': jnp.asarray(tokens)}
symbols, given, _ = model.read(batch)
params = model.init(jax.random.key(0), symbols, given, model.start(batch))


def nats(params):
  outputs, _ = model.apply(params, symbols, given, model.start(batch))
  return -model.log_prob(outputs, symbols)['token'].mean()


optimizer = optax.adam(2e-2)
moments = optimizer.init(params)


@jax.jit
def step(params, moments):
  loss, gradient = jax.value_and_grad(nats)(params)
  updates, moments = optimizer.update(gradient, moments)
  return optax.apply_updates(params, updates), moments, loss


first = float(nats(params))
for _ in range(40):
  params, moments, loss = step(params, moments)
print(f'nats a step: {first:.2f} at first, {float(loss):.2f} after 40 steps')

# %% [markdown]
# ## A loss on your own model
#
# A loss needs a few methods of a model and nothing else; `zoo.questions` lists
# them. `adversarial` needs `prior`, `generate`, `real` and `discriminate`, and
# supports WGAN-GP, R1, label smoothing and feature matching. It is one scalar
# whose gradient is that of each player's own loss, so any optimizer works. Here
# the players are two small networks that learn points on a circle.

# %%
from zoo.losses.adversarial import adversarial


class Circle(nn.Module):
  """Your own GAN: points [B, 2] from two random numbers."""

  def setup(self):
    self.generator = nn.Sequential([nn.Dense(32), nn.tanh, nn.Dense(2)])
    self.features = nn.Sequential([nn.Dense(32), nn.tanh])
    self.score = nn.Dense(1)

  def __call__(self, batch, keys):  # Draws all parameters.
    made = self.generate(self.prior(keys), batch, keys)
    return self.discriminate(made, batch)

  def prior(self, keys):
    return jax.vmap(lambda key: jax.random.normal(key, (2,)))(keys)

  def generate(self, z, batch, keys):
    return self.generator(z)

  def real(self, batch):
    return batch['points']

  def discriminate(self, examples, batch):
    features = self.features(examples)
    return self.score(features)[:, 0], features


gan = Circle()
loss = adversarial(gan, penalty='real', penalty_weight=0.1)
angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 256)
points = {'points': jnp.stack([jnp.cos(angle), jnp.sin(angle)], -1)}
params, state = loss.init(jax.random.key(0), points, {})
optimizer = optax.adam(5e-3, b1=0.5)
moments = optimizer.init(params)


@jax.jit
def play(params, moments, key):
  keys = jax.random.split(key, 256)
  gradient, _ = jax.grad(loss.loss, has_aux=True)(
    params, state, points, keys, True
  )
  updates, moments = optimizer.update(gradient, moments)
  return optax.apply_updates(params, updates), moments


def distance(params):
  """Mean distance of generated points to the circle."""
  z = gan.prior(jax.random.split(jax.random.key(1), 256))
  made = gan.apply({'params': params}, z, {}, None, method='generate')
  return float(jnp.abs(jnp.linalg.norm(made, axis=-1) - 1).mean())


first = distance(params)
for number in range(300):
  params, moments = play(params, moments, jax.random.key(number))
print(f'distance to the circle: {first:.2f} at first, {distance(params):.2f}')

# %% [markdown]
# ## An encoder with a PyTorch DataLoader
#
# The arrays of an encoder are a dataset for any framework, and `decode` turns a
# network's outputs into music.

# %%
try:
  import torch
except ImportError:
  torch = None
  print('PyTorch is not installed: pip install torch to run this part.')

if torch is not None:
  data = torch.utils.data.TensorDataset(torch.from_numpy(tokens).long())
  loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True)
  for (rows,) in loader:
    print('a batch', tuple(rows.shape), rows.dtype)
    break
  pieces = encoder.decode({'tokens': rows.numpy()})
  again = [encoder.encode(piece).examples['tokens'][0] for piece in pieces]
  assert np.array_equal(np.stack(again), rows.numpy())
  print(len(pieces), 'pieces, and the same windows again')
