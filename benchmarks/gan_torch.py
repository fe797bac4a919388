"""C-RNN-GAN and MidiNet in idiomatic PyTorch.

The forms of experiments/c_rnn_gan_folk.py, c_rnn_gan_published.py and
midinet_creative.py, with weights copied from ours; used only by the benchmarks.
Convolutions that do not overlap are nn.Linear, which is fastest here, too.
"""

import math
from pathlib import Path

from music_vae_torch import fill, linear
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SLOPE = 0.2  # Of leaky rectifiers.


class Dense(nn.Module):
  """All layers of `weights` that are an nn.Linear, by their names."""

  def __init__(self, weights):
    super().__init__()
    names = [name[:-7] for name in weights if name.endswith('/kernel')]
    self.layers = nn.ModuleDict(
      {name.replace('/', '_'): linear(weights, name) for name in names}
    )

  def __call__(self, name, x):
    return self.layers[name.replace('/', '_')](x)


class CRnnGan(nn.Module):
  """zoo.models.c_rnn_gan, with either critic."""

  def __init__(self, weights, size):
    super().__init__()
    self.options = size['model']
    self.dense = Dense(weights)
    widths = self.options.get('generator_layers', [100, 100])
    self.generator_cells = nn.ModuleList()
    for number, width in enumerate(widths):
      name = f'generator/stack/layer_{number}'
      cell = nn.LSTMCell(len(weights[f'{name}/input_kernel_0']), width)
      cell.weight_ih.data = _turned(weights[f'{name}/input_kernel_0'])
      cell.weight_hh.data = _turned(weights[f'{name}/recurrent_kernel'])
      cell.bias_ih.data = torch.tensor(weights[f'{name}/bias'])
      cell.bias_hh.data.zero_()
      cell.bias_hh.requires_grad = False
      self.generator_cells.append(cell)
    if self.options.get('critic') != 'convolution':
      widths = self.options.get('critic_layers', [100, 100])
      self.discriminator_stack = nn.LSTM(
        4, widths[0], len(widths), bidirectional=True, batch_first=True
      )
      for way, suffix in (('forward', ''), ('backward', '_reverse')):
        name = f'discriminator/stack/{way}_{{}}'
        fill(self.discriminator_stack, weights, name, suffix)
    self.mean, self.scale = 70.0, 5.0

  def prior(self, count, size):
    width = 4 + self.options.get('output_noise', 0)
    draw = torch.randn if self.options.get('noise') == 'normal' else torch.rand
    return draw(count, size['events'], width)

  def real(self, batch):
    return batch['events']

  def generate(self, z, batch):
    count, steps, _ = z.shape
    late = z[..., 4:]
    early = self.dense('generator/of_noise', z[..., :4])
    event = z.new_zeros(count, 4)
    states = [
      [z.new_zeros(count, cell.hidden_size)] * 2
      for cell in self.generator_cells
    ]
    last = len(self.options.get('output_layers', ()))
    bound = self.options.get('bound', 0.0)
    events = []
    for step in range(steps):
      x = F.relu(early[:, step] + self.dense('generator/of_event', event))
      for number, cell in enumerate(self.generator_cells):
        states[number] = cell(x, states[number])
        x = states[number][0]
      x = torch.cat([x, late[:, step]], -1) if late.shape[-1] else x
      for number in range(last + 1):
        x = F.leaky_relu(x, SLOPE) if number else x
        x = self.dense(f'generator/output_{number}', x)
      event = bound * torch.tanh(x / bound) if bound else x
      events.append(event)
    return torch.stack(events, 1)

  def discriminate(self, x, batch):
    if self.options.get('critic') != 'convolution':
      hidden = self.discriminator_stack(x)[0]
      score = self.dense('discriminator/score', hidden)[..., 0].mean(1)
      return score, hidden.flatten(1)
    steps, whole = self.summary(x)
    x = torch.cat([x, steps], -1)
    for number in range(len(self.options['critic_layers'])):
      # As a product: nn.Conv1d is slower here, and twice so its gradient's.
      x = x.unfold(1, 5, 2).transpose(2, 3).flatten(2)
      x = self.dense(f'discriminator/convolution_{number}', x)
      x = F.leaky_relu(x, SLOPE)
    x = torch.cat([x.flatten(1), whole], -1)
    for number in range(len(self.options['critic_dense'])):
      x = self.dense(f'discriminator/dense_{number}', x)
      x = F.leaky_relu(x, SLOPE)
    return self.dense('discriminator/score', x)[:, 0], x

  def summary(self, x):
    pitch = x[..., 1] * self.scale + self.mean
    angle = (pitch[..., None] - torch.arange(12)) * (2 * math.pi / 12)
    classes = torch.exp(30 * (torch.cos(angle) - 1))
    alike = torch.exp(-2 * (pitch[:, :, None] - pitch[:, None]) ** 2)
    three = alike[:, 2:, 2:] * alike[:, 1:-1, 1:-1] * alike[:, :-2, :-2]
    again = three.tril(-1).amax(-1).mean(-1, keepdim=True)
    lags = [
      alike.diagonal(lag, 1, 2).mean(-1, keepdim=True)
      for lag in range(1, min(17, x.shape[1]))
    ]
    return classes, torch.cat([classes.mean(1), again, *lags], -1)


class MidiNet(nn.Module):
  """zoo.models.midinet: chord in all layers, the dense critic."""

  def __init__(self, weights, size):
    super().__init__()
    self.dense = Dense(weights)
    self.classes = size['spec']['classes']
    pitches = torch.tensor(size['pitches'])
    minor = torch.arange(24) >= 12
    root = torch.arange(24) % 12
    member = torch.stack([root, root + 4 - minor.long(), root + 7], -1) % 12
    same = (pitches[None, :, None] % 12 == member[:, None]) & (
      pitches[None, :, None] >= 0
    )
    none = torch.zeros(1, self.classes, 3)
    self.tones = torch.cat([same.float(), none])
    roots = torch.cat([F.one_hot(root, 12), minor.long()[:, None]], -1)
    self.roots = torch.cat([roots, torch.zeros(1, 13)]).float()

  def prior(self, count, size):
    return torch.randn(count, 100)

  def real(self, batch):
    return F.one_hot(batch['tokens'].long(), self.classes).float()

  def generate(self, z, batch):
    def active(name, x):
      return F.leaky_relu(self.dense(f'generator/{name}', x), SLOPE)

    chord = self.roots[batch['chord'].long()]

    def joined(x, *more):
      wide = chord[:, None].expand(-1, x.shape[1], -1)
      return torch.cat([x, wide, *more], -1)

    before = F.one_hot(batch['previous'].long(), self.classes).float()
    x = active('conditioner_0', before)
    maps = {x.shape[1]: x}
    for number in range(1, 4):
      x = active(f'conditioner_{number}', x.unflatten(1, (-1, 2)).flatten(2))
      maps[x.shape[1]] = x
    x = z
    for number in range(2):
      x = active(f'dense_{number}', torch.cat([x, chord], -1))
    x = x.unflatten(1, (2, -1))
    for number in range(3):
      x = active(f'deconvolution_{number}', joined(x, maps[x.shape[1]]))
      x = x.unflatten(2, (2, -1)).flatten(1, 2)
    x = self.dense('generator/output', joined(x, maps[x.shape[1]]))
    return x.softmax(-1)

  def discriminate(self, x, batch):
    before = F.one_hot(batch['previous'].long(), self.classes).float()
    chord = batch['chord'].long()
    seen = torch.cat([x, before], -1)
    parts = [
      self.dense('discriminator/step', seen).flatten(1),
      torch.bmm(x, self.tones[chord]).flatten(1),
      self.roots[chord],
    ]
    x = torch.cat(parts, -1)
    for number in range(2):
      x = self.dense(f'discriminator/dense_{number}', x)
      x = F.leaky_relu(x, SLOPE)
    return self.dense('discriminator/score', x)[:, 0], x


def training(folder, size, threads=2):
  """A contender for `alternate`: training steps in PyTorch."""
  torch.set_num_threads(threads)
  found = {
    kind: dict(np.load(Path(folder) / f'{kind}.npz', allow_pickle=False))
    for kind in ('data', 'noise', 'params')
  }
  build = MidiNet if size['name'].startswith('midinet') else CRnnGan
  model = build(found['params'], size)
  data = {name: torch.as_tensor(x) for name, x in found['data'].items()}
  count = size['batch']
  sides = {side: _of(model, side) for side in ('discriminator', 'generator')}

  def gradients(batch, noise):
    fake, real = model.generate(noise['z'], batch), model.real(batch)
    if size['game'].get('instance_noise'):
      real = real + size['game']['instance_noise'] * noise['real']
      fake = fake + size['game']['instance_noise'] * noise['fake']
    first, wanted = model.discriminate(real, batch)
    second, _ = model.discriminate(fake.detach(), batch)
    loss = _critic_loss(size['game'], first, second)
    if size['game'].get('penalty') == 'between':
      share = noise['share'].view(-1, 1, 1)
      loss = loss + 10 * _steepness(model, batch, real, fake.detach(), share)
    loss.backward(inputs=sides['discriminator'])
    score, features = model.discriminate(fake, batch)
    fooling = _generator_loss(size['game'], score, features, wanted.detach())
    fooling.backward(inputs=sides['generator'])
    return loss.detach(), fooling.detach()

  noise = {name: torch.as_tensor(x) for name, x in found['noise'].items()}
  batch = {name: x[:count] for name, x in data.items()}
  losses = gradients(batch, noise)
  norms = [
    math.sqrt(sum(float((p.grad**2).sum()) for p in side))
    for side in sides.values()
  ]
  check = [*map(float, losses), *norms]
  rules = [_optimizer(size['rules'], *side) for side in sides.items()]
  shape = model.real(batch).shape

  def run():
    for _ in range(size['steps']):
      rows = torch.randint(len(next(iter(data.values()))), (count,))
      batch = {name: x[rows] for name, x in data.items()}
      noise = {'z': model.prior(count, size), 'share': torch.rand(count)}
      if size['game'].get('instance_noise'):
        noise |= {'real': torch.randn(shape), 'fake': torch.randn(shape)}
      for rule, _, _ in rules:
        rule.zero_grad(set_to_none=True)
      losses = gradients(batch, noise)
      for rule, params, clip in rules:
        if clip:
          nn.utils.clip_grad_norm_(params, clip)
        rule.step()
    return float(losses[0])

  return run, size['steps'], check


def _of(model, side):
  return [
    param
    for name, param in model.named_parameters()
    if side in name and param.requires_grad
  ]


def _critic_loss(game, real, fake):
  if game.get('kind') == 'wasserstein':
    return fake.mean() - real.mean()
  return F.softplus(-real).mean() + F.softplus(fake).mean()


def _generator_loss(game, score, features, wanted):
  if game.get('kind') == 'wasserstein':
    loss = -score.mean()
  else:
    loss = F.softplus(-score).mean()
  weight = game.get('feature_matching', 0.0)
  if weight:
    loss = loss + weight * ((features.mean(0) - wanted.mean(0)) ** 2).sum()
  return loss


def _steepness(model, batch, real, fake, share):
  where = (real + share * (fake - real)).requires_grad_()
  score, _ = model.discriminate(where, batch)
  (slope,) = torch.autograd.grad(score.sum(), where, create_graph=True)
  norm = slope.square().flatten(1).sum(1).clamp_min(1e-12).sqrt()
  return (norm - 1).square().mean()


def _optimizer(rules, side, params):
  """(optimizer, parameters, largest norm of the gradient or None)."""
  rule = rules.get(f'{side}/.*') or rules['.*']
  rate, clip = rule['learning_rate'], rule.get('clip')
  if rule['name'] == 'adam':
    betas = rule['b1'], rule['b2']
    return torch.optim.Adam(params, rate, betas, fused=True), params, clip
  decay = rule['weight_decay']
  found = torch.optim.SGD(params, rate, weight_decay=decay, fused=True)
  return found, params, clip


def _turned(kernel):
  return torch.tensor(np.ascontiguousarray(kernel.T))
