"""BachProp in idiomatic PyTorch: nn.GRU on one-hots.

With weights copied from ours; used only by the benchmarks. The state is not
reset where a piece begins within a chunk: nn.GRU cannot do this, and saves the
work.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

WEIGHTS = (0.1, 0.3, 0.6)


class TorchBachProp(nn.Module):
  """The network of zoo.models.bachprop with GRUs and residual heads."""

  def __init__(self, weights, classes):
    super().__init__()
    self.classes = classes
    self.layers = nn.ModuleList(
      _gru(weights, f'layers_{number}') for number in range(4)
    )
    self.heads = nn.ModuleList(
      _Head(weights, name) for name in ('after', 'length', 'pitch')
    )

  def read(self, past, carry):
    """States of notes [B, T, 3] after each, and the carry."""
    hot = torch.cat(self.one_hots(past), -1)
    states, carries = [], []
    for number, layer in enumerate(self.layers):
      inputs = [hot] if number < 3 else []
      inputs += states[-1:]
      state, last = layer(torch.cat(inputs, -1), carry[number])
      states.append(state)
      carries.append(last)
    return states, carries

  def one_hots(self, notes):
    return [
      F.one_hot(notes[..., place], count).float()
      for place, count in enumerate(self.classes)
    ]

  def predict(self, stream, states, hots):
    reads = (states[:1], states[:2], states)[stream]
    return self.heads[stream](torch.cat([*reads, *hots[:stream]], -1))

  def forward(self, notes, carry):
    """The loss of notes [B, 1 + T, 3], and the carry."""
    states, carry = self.read(notes[:, :-1], carry)
    following = notes[:, 1:]
    hots = self.one_hots(following)
    loss = 0.0
    for stream, weight in enumerate(WEIGHTS):
      logits = self.predict(stream, states, hots).flatten(0, 1)
      true = following[..., stream].flatten()
      loss = loss + weight * F.cross_entropy(logits, true)
    return loss, [state.detach() for state in carry]

  def begin(self, count):
    return [torch.zeros(1, count, layer.hidden_size) for layer in self.layers]


class _Head(nn.Module):
  def __init__(self, weights, name):
    super().__init__()
    self.linear = _linear(weights, f'{name}/linear')
    self.hidden = _linear(weights, f'{name}/hidden')
    self.residual = _linear(weights, f'{name}/residual')

  def forward(self, inputs):
    return self.linear(inputs) + self.residual(F.relu(self.hidden(inputs)))


def training(path, size, threads=2):
  """A contender for `alternate`: training steps, augmented by numpy."""
  torch.set_num_threads(threads)
  arrays = dict(np.load(path, allow_pickle=False))
  classes = arrays['classes'].tolist()
  model = TorchBachProp(arrays, classes)
  trained = list(model.parameters())
  batch, length = size['batch'], size['length']
  loss, _ = model(torch.as_tensor(arrays['checked']).long(), model.begin(batch))
  loss.backward()
  norm = math.sqrt(sum(float((p.grad**2).sum()) for p in trained))
  check = [float(loss.detach()), norm]
  optimizer = torch.optim.Adam(trained, 1e-3, fused=True)
  steps = stream_batches(arrays, batch, length)
  carry = model.begin(batch)

  def run():
    nonlocal carry
    for _ in range(size['steps']):
      notes, begins = next(steps)
      if begins:
        carry = model.begin(batch)
      optimizer.zero_grad(set_to_none=True)
      loss, carry = model(torch.as_tensor(notes), carry)
      loss.backward()
      nn.utils.clip_grad_norm_(trained, 1.0)
      optimizer.step()
    return float(loss.detach())

  return run, size['steps'], check


def stream_batches(arrays, batch, length):
  """Endless (notes [B, 1 + T, 3] int64, whether an epoch begins)."""
  rng = np.random.default_rng(1)
  notes, piece = arrays['notes'].astype(np.int64), arrays['piece']
  room = arrays['room']
  pieces = np.split(np.arange(len(piece)), np.flatnonzero(np.diff(piece)) + 1)
  tag = arrays['classes'][2] - 1
  steps = -(-len(notes) // (batch * length))
  reach = np.arange(batch)[:, None] * steps * length + np.arange(-1, length)
  while True:
    order = np.concatenate([pieces[i] for i in rng.permutation(len(pieces))])
    low, high = room[[one[0] for one in pieces]].T
    shift = rng.integers(-low, high + 1)
    for step in range(steps):
      rows = order[(reach + step * length) % len(order)]
      found = notes[rows]
      pitch = found[..., 2]
      found[..., 2] = np.where(pitch == tag, tag, pitch + shift[piece[rows]])
      yield found, step == 0


def writing(path, size, threads=2):
  """A contender: notes sampled one by one, for several pieces at once."""
  torch.set_num_threads(threads)
  arrays = dict(np.load(path, allow_pickle=False))
  classes = arrays['classes'].tolist()
  model = TorchBachProp(arrays, classes)
  tag = torch.as_tensor(arrays['classes'] - 1)

  def write(count, notes, likeliest):
    note = tag.expand(count, 3)
    carry, made = model.begin(count), []
    for _ in range(notes):
      states, carry = model.read(note[:, None], carry)
      drawn = tag.repeat(count, 1)
      for stream in range(3):
        hots = model.one_hots(drawn[:, None])
        logits = model.predict(stream, states, hots)[:, 0]
        # No piece ends, so that all contenders write as many notes.
        logits[:, -1] = -math.inf
        if likeliest:
          drawn[:, stream] = logits.argmax(-1)
        else:
          drawn[:, stream] = torch.multinomial(logits.softmax(-1), 1)[:, 0]
      note = drawn
      made.append(note)
    return torch.stack(made, 1)

  with torch.inference_mode():
    check = write(1, size['checked'], True)[0].flatten().tolist()

  def run():
    with torch.inference_mode():
      write(size['count'], size['notes'], False)

  return run, size['count'] * size['notes'], check


def _gru(weights, name):
  """An nn.GRU with the weights of one of our layers."""
  kernels = [
    weights[key] for key in sorted(weights) if f'{name}/input_kernel' in key
  ]
  enters, recurs = np.concatenate(kernels), weights[f'{name}/recurrent_kernel']
  hidden = len(recurs)
  layer = nn.GRU(len(enters), hidden, batch_first=True)
  last = np.zeros(3 * hidden, np.float32)
  last[2 * hidden :] = weights[f'{name}/candidate_bias']
  with torch.no_grad():
    layer.weight_ih_l0.copy_(torch.as_tensor(enters.T))
    layer.weight_hh_l0.copy_(torch.as_tensor(recurs.T))
    layer.bias_ih_l0.copy_(torch.as_tensor(weights[f'{name}/bias']))
    layer.bias_hh_l0.copy_(torch.as_tensor(last))
  return layer


def _linear(weights, name):
  kernel = weights[f'{name}/kernel']
  layer = nn.Linear(*kernel.shape, bias=f'{name}/bias' in weights)
  with torch.no_grad():
    layer.weight.copy_(torch.as_tensor(kernel.T))
    if layer.bias is not None:
      layer.bias.copy_(torch.as_tensor(weights[f'{name}/bias']))
  return layer
