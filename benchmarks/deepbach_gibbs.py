"""Pseudo-Gibbs of DeepBach: ours against the PyTorch release's loop.

  python benchmarks/deepbach_gibbs.py [--rounds=7] [--chorales=64] [--bars=16]
      [--iterations=500] [--measured=2]

All resample equally many cells, a sixteenth of each voice per iteration, with
the paper's network and the same weights. The release's loop, reimplemented from
its description: one chorale after another; in each iteration, for each voice, a
batch of random ticks through the voice's network; then every new note is drawn
by numpy and written, one by one. Ours runs all chorales in one compiled loop.
The contender 'PyTorch, batched' runs all chorales through the network together,
which shows how much batching alone gains.

Every iteration costs the same, so a run measures --measured of them; the table
gives milliseconds per iteration of all chorales, and the time of --iterations.
All must agree on the logits of a fixed window. On a GPU: JAX_PLATFORMS=cuda and
--device=cuda.
"""

import argparse
from pathlib import Path
import sys

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alternate import Contender, race, table

from zoo.encoders.voices import Voices
from zoo.layers.pseudo_gibbs import Schedule, Score, fill_in
from zoo.models.deepbach import MARKS, DeepBach

SPEC = Voices(steps=0, padding=16).spec
CONTEXT, BAR, SHARE = 16, 16, 1 / 16


def _model():
  model = DeepBach.from_spec(SPEC, context=CONTEXT)
  params = jax.jit(model.init)(jax.random.key(0), *_parted(_window()))['params']
  return model, params


def _window():
  """A fixed window of one cell."""
  rng = np.random.default_rng(0)
  window = {
    name: rng.integers(0, SPEC.fields[name].classes, (1, 2 * CONTEXT + 1))
    for name in MARKS
  }
  voices = rng.integers(4, 29, (1, 2 * CONTEXT + 1, 4))
  return {name: jnp.int32(x) for name, x in window.items()} | {
    'voices': jnp.int32(voices)
  }


def _parted(window):
  return window['voices'], {name: window[name] for name in MARKS}


def _streams(steps):
  places = np.arange(steps)
  return {
    'fermata': np.zeros(steps, int),
    'beat': places % 4,
    'key': np.full(steps, 7),
  }


def ours(chorales, bars, iterations):
  """A contender: one compiled loop over all chorales."""
  model, params = _model()
  steps = 2 * CONTEXT + bars * BAR
  music = np.zeros(steps, bool)
  music[CONTEXT:-CONTEXT] = True
  score = Score(
    jnp.full((chorales, steps, 4), 2),
    {
      name: jnp.broadcast_to(jnp.int32(x), (chorales, steps))
      for name, x in _streams(steps).items()
    },
    jnp.broadcast_to(jnp.array(music)[:, None], (chorales, steps, 4)),
    jnp.ones(33, bool),
    jnp.full(chorales, bars * BAR),
  )
  schedule = Schedule(iterations, SHARE)

  @jax.jit
  def chains(params, score, number):
    keys = jax.random.split(jax.random.key(number), chorales)
    return fill_in(model, params, score, keys, schedule)

  number = 0

  def run():
    nonlocal number
    number += 1
    return np.asarray(chains(params, score, number))

  run()
  logits, _ = model.apply({'params': params}, *_parted(_window()))
  logits = np.asarray(logits)[0, 0]
  return run, iterations, logits[np.asarray(model.possible)]


def pytorch(chorales, bars, iterations, batched, device='cpu', threads=2):
  """A contender: the release's loop, or all chorales through it together."""
  import torch

  torch.set_num_threads(threads)
  model, params = _model()
  networks = [
    _network(torch, params[f'voices_{voice}'], voice, device)
    for voice in range(4)
  ]
  possible = torch.tensor(np.asarray(model.possible), device=device)
  steps = 2 * CONTEXT + bars * BAR
  streams = {k: torch.tensor(v) for k, v in _streams(steps).items()}
  around = torch.arange(-CONTEXT, CONTEXT + 1)
  cells = round(SHARE * bars * BAR)
  rng = np.random.default_rng(1)
  together = chorales if batched else 1

  def windows(score, ticks):
    """Those of ticks [n, cells] in score [n, T, 4]."""
    places = torch.as_tensor(ticks)[..., None] + around
    rows = torch.arange(len(score))[:, None, None]
    found = {name: x[places].flatten(0, 1) for name, x in streams.items()}
    return found | {'voices': score[rows, places].flatten(0, 1)}

  def generate():
    shape = (together, steps, 4)
    score = torch.as_tensor(rng.integers(4, 25, shape))
    temperature = 1.1
    for _ in range(iterations):
      temperature = max(1.0, temperature * 0.9993)
      drawn = []
      for voice, network in enumerate(networks):
        ticks = rng.integers(CONTEXT, steps - CONTEXT, (together, cells))
        logits = network(windows(score, ticks))
        logits = logits.masked_fill(~possible[voice], -1e9)
        drawn.append((ticks, torch.softmax(logits, 1).cpu().numpy()))
      for voice, (ticks, shares) in enumerate(drawn):
        for cell, share in enumerate(shares):
          heated = np.exp(np.log(share + 1e-20) / temperature)
          heated = np.float64(heated) / np.sum(heated, dtype=np.float64)
          pitch = rng.multinomial(1, heated).argmax()
          score[cell // cells, ticks.flat[cell], voice] = int(pitch)
    return score

  def run():
    with torch.inference_mode():
      return [generate() for _ in range(chorales // together)]

  window = {k: torch.tensor(np.asarray(v)) for k, v in _window().items()}
  with torch.inference_mode():
    logits = torch.stack([network(window)[0] for network in networks])
  return run, iterations, logits[possible].cpu().numpy()


def _network(torch, params, voice, device):
  """windows -> logits [R, K] of one voice, with our weights."""
  functional = torch.nn.functional
  counts = [33] + [SPEC.fields[name].classes for name in MARKS]

  def weight(values):
    return torch.tensor(np.asarray(values), device=device)

  def one_hot(values, count):
    rows = functional.one_hot(values.to(device).long(), count)
    return rows.float().flatten(2)

  def features(window, chosen):
    parts = [window['voices'][..., chosen]]
    parts += [window[name][..., None] for name in MARKS]
    made = [one_hot(x, count) for x, count in zip(parts, counts, strict=True)]
    return torch.cat(made, 2)

  sides = []
  for name in ('past', 'future'):
    given = params[name]['layer_0']
    kernel = np.concatenate([given[f'input_kernel_{i}'] for i in range(4)])
    lstm = torch.nn.LSTM(kernel.shape[0], 200, batch_first=True).to(device)
    lstm.weight_ih_l0.data = weight(kernel.T.copy())
    lstm.weight_hh_l0.data = weight(np.asarray(given['recurrent_kernel']).T)
    lstm.bias_ih_l0.data = weight(given['bias'])
    lstm.bias_hh_l0.data = torch.zeros_like(lstm.bias_ih_l0)
    sides.append(lstm)
  dense = {
    name: (weight(params[name]['kernel']), weight(params[name]['bias']))
    for name in ('centre', 'joint', 'out')
  }

  def affine(name, rows):
    kernel, bias = dense[name]
    return torch.addmm(bias, rows, kernel)

  def network(window):
    whole = features(window, [0, 1, 2, 3])
    past = sides[0](whole[:, :CONTEXT])[0][:, -1]
    future = sides[1](whole[:, CONTEXT + 1 :].flip(1))[0][:, -1]
    others = [other for other in range(4) if other != voice]
    centre = features(window, others)[:, CONTEXT]
    centre = torch.relu(affine('centre', centre))
    joined = torch.cat([past, centre, future], 1)
    return affine('out', torch.relu(affine('joint', joined)))

  return network


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=7)
  parser.add_argument('--chorales', type=int, default=64)
  parser.add_argument('--bars', type=int, default=16)
  parser.add_argument('--iterations', type=int, default=500)
  parser.add_argument('--measured', type=int, default=2)
  parser.add_argument('--threads', type=int, default=2)
  parser.add_argument('--device', default='cpu', choices=['cpu', 'cuda'])
  options = parser.parse_args()
  here = str(Path(__file__).resolve())
  given = {
    'chorales': options.chorales,
    'bars': options.bars,
    'iterations': options.measured,
  }
  contenders = [Contender('ours', here, 'ours', given, options.threads)]
  for name, batched in (('release', False), ('batched', True)):
    more = {
      **given,
      'batched': batched,
      'device': options.device,
      'threads': options.threads,
    }
    contenders.append(
      Contender(f'PyTorch, {name}', here, 'pytorch', more, options.threads)
    )
  results = race(contenders, options.rounds)
  print(f'\n{options.chorales} chorales of {options.bars} bars\n')
  print(table(results, 'ours', 'ms/iteration'), flush=True)
  for name, result in results.items():
    seconds = result.median * options.iterations
    print(f'{name}: {seconds:.0f} s for {options.iterations} iterations')


if __name__ == '__main__':
  main()
