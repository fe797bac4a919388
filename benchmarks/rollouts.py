"""Roll-outs for RL-Tuner: ours against PyTorch, called once per step.

  python benchmarks/rollouts.py [--rounds=7] [--melodies=1024]

The Note-RNN, an LSTM of 100 cells over 38 classes, writes melodies of 32 steps.
Ours is zoo.losses.policy.roll_out, one compiled loop over all melodies. PyTorch
calls nn.LSTM and nn.Linear once per step: for all melodies together, and for
one melody at a time, as the published code does. All start from the same
weights and must agree on the likeliest melody. Prints a Markdown table.
"""

import argparse
from pathlib import Path
import sys
import tempfile

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alternate import Contender, race, table

from zoo.losses.likelihood import init_model
from zoo.losses.policy import roll_out
from zoo.models.melody_rnn import MelodyRnn

CLASSES, WIDTH, STEPS = 38, 100, 32
SINGLE = 8  # Melodies of a run that writes one at a time.
MODEL = MelodyRnn(CLASSES, 16, (WIDTH,))


def write_weights(path):
  """Weights under which the likeliest token depends on the past."""
  batch = {'tokens': jnp.zeros((1, STEPS), jnp.int32)}
  params = init_model(MODEL, jax.random.key(0), batch)['params']
  params['output']['kernel'] *= 8
  names = {
    jax.tree_util.keystr(path, simple=True, separator='/'): np.asarray(leaf)
    for path, leaf in jax.tree_util.tree_leaves_with_path(params)
  }
  np.savez(path, **names)


def ours(path, melodies):
  """A contender: one compiled loop."""
  params = {}
  for name, value in np.load(path, allow_pickle=False).items():
    *parents, last = name.split('/')
    here = params
    for key in parents:
      here = here.setdefault(key, {})
    here[last] = jnp.asarray(value)

  def make(params, number, temperature):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(
      jax.random.key(number), jnp.arange(melodies)
    )
    return roll_out(MODEL, params, keys, STEPS, temperature)

  draw = jax.jit(make, static_argnums=2)
  number = 0

  def run():
    nonlocal number
    number += 1
    return np.asarray(draw(params, number, 1.0))

  return run, melodies, np.asarray(draw(params, 0, 0.0))[0]


def peer(path, melodies, at_once, threads=2):
  """A contender: PyTorch, the network called once a step."""
  import torch

  torch.set_num_threads(threads)
  arrays = {
    k: torch.tensor(v) for k, v in np.load(path, allow_pickle=False).items()
  }
  lstm = torch.nn.LSTM(CLASSES, WIDTH, batch_first=True)
  output = torch.nn.Linear(WIDTH, CLASSES)
  layer = 'stack/layer_0'
  lstm.load_state_dict(
    {
      'weight_ih_l0': arrays[f'{layer}/input_kernel_0'].T,
      'weight_hh_l0': arrays[f'{layer}/recurrent_kernel'].T,
      'bias_ih_l0': arrays[f'{layer}/bias'],
      'bias_hh_l0': torch.zeros_like(arrays[f'{layer}/bias']),
    }
  )
  output.load_state_dict(
    {'weight': arrays['output/kernel'].T, 'bias': arrays['output/bias']}
  )

  def write(rows, likeliest):
    hot, carry = torch.zeros(rows, 1, CLASSES), None
    tokens = []
    for _ in range(STEPS):
      state, carry = lstm(hot, carry)
      logits = output(state[:, 0])
      if likeliest:
        token = logits.argmax(-1)
      else:
        token = torch.multinomial(logits.softmax(-1), 1)[:, 0]
      hot = torch.nn.functional.one_hot(token, CLASSES).float()[:, None]
      tokens.append(token)
    return torch.stack(tokens, 1).numpy()

  with torch.inference_mode():
    check = write(1, True)[0]

  def run():
    with torch.inference_mode():
      for _ in range(melodies // at_once):
        write(at_once, False)

  return run, melodies, check


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=7)
  parser.add_argument('--melodies', type=int, default=1024)
  options = parser.parse_args()
  here = str(Path(__file__).resolve())
  many = options.melodies
  with tempfile.TemporaryDirectory() as folder:
    path = str(Path(folder) / 'weights.npz')
    write_weights(path)
    contenders = [
      Contender('ours', here, 'ours', {'path': path, 'melodies': many})
    ]
    for at_once, melodies in ((many, many), (1, SINGLE)):
      for threads in (1, 2):
        given = {'path': path, 'melodies': melodies, 'at_once': at_once}
        contenders.append(
          Contender(
            f'PyTorch, {at_once} at once, threads: {threads}',
            here,
            'peer',
            given | {'threads': threads},
            threads,
          )
        )
    results = race(contenders, options.rounds, 0)
  print(f'\nRoll-outs of {STEPS} steps, {many} melodies at once\n')
  print(table(results, 'ours', 'us/melody', 1e6), flush=True)


if __name__ == '__main__':
  main()
