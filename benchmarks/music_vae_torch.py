"""MusicVAE in idiomatic PyTorch: nn.LSTM on one-hots.

Three forms, with weights copied from ours; used only by the benchmarks.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SEGMENTS = 16  # Of the form hierarchical.


class TorchVae(nn.Module):
  """The same model and loss as zoo.models.music_vae and zoo.losses.elbo."""

  def __init__(self, weights, classes, latent, form, encoder, decoder, beta):
    super().__init__()
    self.classes, self.latent, self.beta = classes, latent, beta
    self.beatwise = form == 'beatwise'
    self.conductor = conductor_of(weights) if form == 'hierarchical' else None
    read = weights['reader/forward_0/input_kernel_0'].shape[0]
    self.reader = nn.LSTM(read, encoder[0], len(encoder), bidirectional=True)
    first = _stacked(weights, 'writer/layer_0')
    self.writer = nn.LSTM(first.shape[0], decoder[0], len(decoder))
    fill(self.reader, weights, 'reader/forward_{}', '')
    fill(self.reader, weights, 'reader/backward_{}', '_reverse')
    fill(self.writer, weights, 'writer/layer_{}', '')
    names = ['posterior', 'first_state', 'output']
    for name in names + ['beats'] * self.beatwise:
      self.add_module(name, linear(weights, name))

  def forward(self, tokens, noise, hide=0.0):
    """The loss of tokens [B, T] with the noise [B, Z] of z."""
    count, steps = tokens.shape
    times = tokens.T
    hot = F.one_hot(times, self.classes).float()
    if self.beatwise:
      # A beat a step: the one-hots of its steps side by side.
      beat = tokens.view(count, steps // 4, 4).transpose(0, 1)
      read = F.one_hot(beat, self.classes).float().flatten(2)
      states = self.reader(read)[0].transpose(0, 1).flatten(1)
    else:
      states = self.reader(hot)[0]
      width = self.reader.hidden_size
      states = torch.cat([states[-1, :, :width], states[0, :, width:]], -1)
    mu, sigma = self.posterior(states).chunk(2, -1)
    sigma = F.softplus(sigma)
    z = mu + sigma * noise
    given = F.pad(hot[:-1], (0, 0, 0, 0, 1, 0))
    if hide:
      given = given * (torch.rand_like(given[..., :1]) >= hide)
    code = z
    if self.conductor:
      # The segments are rows of one batch: each begins from its own code.
      code = self.conductor(z)
      given = given.view(SEGMENTS, -1, count, self.classes).transpose(0, 1)
      given, code = given.flatten(1, 2), code.flatten(0, 1)
    layers = torch.tanh(self.first_state(code)).chunk(
      self.writer.num_layers, -1
    )
    c, h = (
      torch.stack(part).contiguous()
      for part in zip(*(layer.chunk(2, -1) for layer in layers), strict=True)
    )
    if self.beatwise:
      beats = torch.tanh(self.beats(z)).view(count, steps // 4, -1)
      condition = [
        beats.transpose(0, 1).repeat_interleave(4, 0),
        torch.eye(steps, device=z.device)[:, None].expand(-1, count, -1),
      ]
    else:
      condition = [code.expand(len(given), -1, -1)]
    states, _ = self.writer(torch.cat([given, *condition], -1), (h, c))
    if self.conductor:
      states = states.unflatten(1, (SEGMENTS, count)).transpose(0, 1)
      states = states.flatten(0, 1)
    logits = self.output(states)
    errors = F.cross_entropy(
      logits.flatten(0, 1), times.flatten(), reduction='sum'
    )
    divergence = 0.5 * (mu**2 + sigma**2 - 1 - 2 * sigma.log()).sum()
    return (errors + self.beta * divergence) / count


class Conductor(nn.Module):
  """z [B, Z] to the codes of the segments [U, B, H], by an LSTM on zeros."""

  def __init__(self, first, layer):
    super().__init__()
    self.first, self.layer = first, layer

  def forward(self, z):
    c, h = torch.tanh(self.first(z)).chunk(2, -1)
    nothing = z.new_zeros(SEGMENTS, len(z), 1)
    carry = h[None].contiguous(), c[None].contiguous()
    return self.layer(nothing, carry)[0]


def conductor_of(weights):
  """A Conductor of one layer, with our weights."""
  hidden = weights['conducting/layers/layer_0/recurrent_kernel'].shape[0]
  layer = nn.LSTM(1, hidden)
  fill(layer, weights, 'conducting/layers/layer_{}', '')
  return Conductor(linear(weights, 'conducting/state'), layer)


def training(path, size, device='cpu', bfloat16=False, threads=2):
  """A contender for `alternate`: training steps in PyTorch."""
  torch.set_num_threads(threads)
  # As jax multiplies float32 on a GPU by default.
  torch.backends.cuda.matmul.allow_tf32 = True
  arrays = dict(np.load(path, allow_pickle=False))
  data = torch.as_tensor(arrays.pop('data'))
  noise = torch.as_tensor(arrays.pop('noise')).to(device)
  batch, hide = size['batch'], size['word_dropout']
  model = TorchVae(
    arrays,
    90,
    size['latent'],
    size['form'],
    size['encoder'],
    size['decoder'],
    size['beta'],
  ).to(device)
  trained = [p for p in model.parameters() if p.requires_grad]

  def gradient(tokens, noise, hide=0.0):
    with torch.autocast(device, torch.bfloat16, enabled=bfloat16):
      loss = model(tokens.to(device).long(), noise, hide)
    loss.backward()
    return loss

  loss = gradient(data[:batch], noise)
  norm = math.sqrt(sum(float((p.grad**2).sum()) for p in trained))
  check = [float(loss.detach()), norm]
  optimizer = torch.optim.Adam(trained, 1e-3, fused=True)

  def run():
    for _ in range(size['steps']):
      rows = torch.randint(len(data), (batch,))
      optimizer.zero_grad(set_to_none=True)
      drawn = torch.randn(batch, size['latent'], device=device)
      loss = gradient(data[rows], drawn, hide)
      nn.utils.clip_grad_norm_(trained, 1.0)
      optimizer.step()
    return float(loss.detach())  # waits for the device

  return run, size['steps'], check


def _stacked(weights, name):
  """All rows of a layer's input matrix, [D, 4H]."""
  kernels = [weights[k] for k in sorted(weights) if f'{name}/input' in k]
  return np.concatenate(kernels)


def fill(lstm, weights, name, suffix):
  """Ours into an nn.LSTM; its second bias stays zero, and is not trained."""
  for number in range(lstm.num_layers):
    layer, tail = name.format(number), f'l{number}{suffix}'
    for key, value in {
      f'weight_ih_{tail}': _stacked(weights, layer).T,
      f'weight_hh_{tail}': weights[f'{layer}/recurrent_kernel'].T,
      f'bias_ih_{tail}': weights[f'{layer}/bias'],
    }.items():
      getattr(lstm, key).data = torch.tensor(value.copy())
    second = getattr(lstm, f'bias_hh_{tail}')
    second.data.zero_()
    second.requires_grad = False


def linear(weights, name):
  """An nn.Linear with the weights of our layer of that name."""
  kernel = weights[f'{name}/kernel']
  bias = f'{name}/bias'
  layer = nn.Linear(*kernel.shape, bias=bias in weights)
  layer.weight.data = torch.tensor(kernel.T.copy())
  if bias in weights:
    layer.bias.data = torch.tensor(weights[bias])
  return layer
