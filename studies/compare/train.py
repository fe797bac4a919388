"""Trains one system on a budget, scores it and samples it."""

from collections.abc import Callable, Mapping
import math
from pathlib import Path
import statistics
import time
from typing import Any, NamedTuple

import jax
import numpy as np

from datasets import DATASETS
import run as command_line
from studies.compare import briefly
from studies.compare.systems import System
from studies.trained import evenly
from zoo import assembly
from zoo import config as config_lib
from zoo.contracts import Dataset, Spec, UserError
from zoo.data import corpus as corpus_lib
from zoo.encoders import ENCODERS
from zoo.evaluation.model.energy_likelihood import energy_likelihood
from zoo.evaluation.model.reconstruction import reconstruction
from zoo.evaluation.model.scores import scores
from zoo.questions import questions
from zoo.samplers.drawing import AT_ONCE
from zoo.training import selection

FRACTIONS = corpus_lib.FRACTIONS
SCORED = 512  # Test windows at most; fewer if they are long.
_LONGEST_SCORED = 32 * SCORED  # Steps, over all windows.


class Trained(NamedTuple):
  """A system that has been trained.

  Attributes:
    loaded: see zoo.assembly.Loaded; in memory only.
    corpus: the training corpus.
    dataset: the source of the corpus.
    figures: the cost of training: 'seconds' and 'compile_seconds' of processor
      time, 'steps', and 'own_steps', those of the experiment.
  """

  loaded: assembly.Loaded
  corpus: corpus_lib.Corpus
  dataset: Dataset
  figures: dict[str, float]


def held_apart(dataset: Dataset) -> Dataset:
  """A corpus with the split of each piece fixed by the hash of its id.

  For encoders that would put similar pieces into one split: so all systems are
  trained and tested on the same pieces.
  """

  def read():
    pieces, dropped = dataset.read()
    named = []
    for piece in pieces:
      split = corpus_lib.official_split(piece)
      split = split or corpus_lib.split_of(piece.id, FRACTIONS)
      metadata = {**piece.metadata, 'split': split}
      named.append(piece._replace(metadata=metadata))
    return named, dropped

  fingerprint = f'{dataset.fingerprint} split {FRACTIONS}'
  return dataset._replace(fingerprint=fingerprint, read=read)


def prepare(config: Mapping[str, Any], say: Callable[[str], None]) -> Any:
  """(Corpus, Dataset) of a config, split by the hash of each piece's id."""
  dataset = config_lib.build(DATASETS, config['dataset'], 'dataset')
  encoder = config_lib.build(ENCODERS, config['encoder'], 'encoder')
  if hasattr(encoder, 'groups'):
    dataset = held_apart(dataset)
  corpus, _ = corpus_lib.prepare(
    dataset,
    encoder,
    cache=corpus_lib.default_cache(),
    fractions=FRACTIONS,
    minimum=config['batch'],
    report=lambda text: None,
  )
  sizes = {name: len(one['piece']) for name, one in corpus.splits.items()}
  say(f'  {config["encoder"]["name"]}: {sizes}')
  return corpus, dataset


def train(
  system: System,
  budget: float,
  say: Callable[[str], None],
) -> Trained:
  """Trains a system from scratch.

  The parameters are those after the last step, or their average if the
  experiment averages them: nothing is selected on validation.

  Args:
    system: which, and with which settings.
    budget: seconds of processor time, without compilation.
    say: takes lines for the user.
  """
  config = command_line.resolve(system.experiment, system.settings)
  config.pop('select', None)
  corpus, dataset = prepare(config, say)
  training = corpus.splits['train']
  batches = assembly.build_batches(config, training)
  parts = assembly.assemble(config, corpus.spec, training)
  found = briefly.train(
    parts.stages,
    training,
    batches,
    parts.augment,
    seed=config['seed'],
    chunk=config['batches']['chunk'],
    budget=budget,
  )
  snapshot = selection.averaged(found.snapshot)
  encoder = ENCODERS[corpus.spec.encoder].from_spec(corpus.spec)
  loaded = assembly.Loaded(
    config,
    parts.model,
    snapshot.params,
    snapshot.state,
    encoder,
    assembly.build_sampler(config, parts.model, corpus.spec),
    {'experiment': system.experiment, 'step': snapshot.step},
  )
  figures = {
    'seconds': found.seconds,
    'compile_seconds': found.compile_seconds,
    'steps': snapshot.step,
    'own_steps': sum(stage.steps for stage in parts.stages),
  }
  return Trained(loaded, corpus, dataset, figures)


def take(
  workdir: Path, system: System, dataset_name: str, say: Callable[[str], None]
) -> Trained:
  """An existing run, with all its training steps.

  Raises:
    UserError: no run, or one on another corpus or split.
  """
  loaded = assembly.load(workdir, system.experiment)
  config = loaded.config
  if config['dataset']['name'] != dataset_name:
    raise UserError(
      f'{workdir} was trained on {config["dataset"]["name"]}, not on '
      f'{dataset_name}: give a run on that corpus.'
    )
  if tuple(config.get('split') or FRACTIONS) != FRACTIONS:
    raise UserError(
      f'{workdir} was trained with the split {config["split"]}, and the table '
      f'has {list(FRACTIONS)}: train it with that split.'
    )
  corpus, dataset = prepare(config, say)
  if corpus.fingerprint != loaded.meta['data']:
    raise UserError(
      f'{workdir} was trained on another version of the data: train it again.'
    )
  steps = loaded.meta['step']
  figures = {'steps': steps, 'own_steps': steps}
  return Trained(loaded, corpus, dataset, figures)


def parameters(loaded: assembly.Loaded) -> int:
  """The number of parameters."""
  return sum(int(np.size(x)) for x in jax.tree.leaves(loaded.params))


def nats(trained: Trained) -> dict[str, Any]:
  """Negative log-likelihood of held-out music per quarter note.

  Returns:
    {} if the model has none, else 'nats'; 'kind': 'exact', 'bound' (the
    negative evidence lower bound, an upper bound) or 'estimate' (annealed
    importance sampling, which tends to be too low); 'space', the events whose
    probabilities are multiplied.
  """
  loaded, splits = trained.loaded, trained.corpus.splits
  asked = questions(loaded.model)
  spec = trained.corpus.spec
  test = scored(splits['test'], spec)
  if not len(next(iter(test.values()))):
    return {}
  quarters = _quarters(trained, test)
  if 'Autoregressive' in asked or 'Conditional' in asked:
    found = scores(loaded.model, loaded.params, loaded.state, test)
    total, kind = float(found.nats.sum()), 'exact'
  elif 'Latent' in asked:
    few = evenly(splits['train'], 256)
    sets = {'train': few, 'test': test}
    result = reconstruction(
      loaded.model, loaded.params, loaded.state, sets, spec, batch=128
    )
    if 'kl_bits' not in result:
      return {}
    each = result['cross_entropy']['model']
    each += result['kl_bits']['model'] * math.log(2)
    total, kind = each * len(next(iter(test.values()))), 'bound'
  elif 'Energy' in asked:
    few = {'train': splits['train'], 'test': test}
    few['validation'] = splits['validation']
    # One RBM for all rows is estimated once, with many chains.
    options = {'chains': 256, 'temperatures': 2000}
    if not loaded.model.constant:
      options = {'chains': 8, 'temperatures': 500}
    result = energy_likelihood(
      loaded.model, loaded.params, few, check=False, **options
    )
    steps = quarters / spec.quarters
    each = -result['log_likelihood']['model']
    total, kind = each * steps, 'estimate'
  else:
    return {}
  return {'nats': total / quarters, 'kind': kind, 'space': space(spec)}


def generate(trained: Trained, count: int) -> tuple[list[Any], float]:
  """Pieces generated with the experiment's settings, and their cost.

  Returns:
    the pieces; seconds of processor time for all of them, without compilation.
  """
  loaded = trained.loaded
  examples = {
    k: v for k, v in trained.corpus.splits['train'].items() if k != 'piece'
  }
  learned = {}
  if 'fit' in loaded.sampler:
    key = jax.random.key(0)
    learned = loaded.sampler['fit'](loaded.params, loaded.state, key, examples)
    learned = {name: np.asarray(x) for name, x in learned.items()}
  options = loaded.config['sample']
  at_once = min(options.get('at_once') or AT_ONCE, max(count // 2, 1))
  program = jax.jit(loaded.sampler['sample'].function)
  root = jax.random.key(options['seed'])
  parts, times = [], []
  for first in range(0, count, at_once):
    rows = np.arange(first, first + at_once)
    keys = jax.vmap(lambda i: jax.random.fold_in(root, i))(rows)
    began = time.process_time()
    made = program(loaded.params, loaded.state, keys, learned)
    parts.append({name: np.asarray(x) for name, x in made.items()})
    times.append(time.process_time() - began)
  rows = {k: np.concatenate([one[k] for one in parts])[:count] for k in made}
  warm = times[1:] or times
  return loaded.encoder.decode(rows), statistics.mean(warm) / at_once * count


def scored(arrays: Mapping[str, np.ndarray], spec: Spec) -> dict[str, Any]:
  """Some windows of a set; all rows if they are events of whole pieces."""
  if _of_events(spec):
    return dict(arrays)
  steps = spec.sizes.get('steps', 32)
  return evenly(arrays, min(SCORED, max(_LONGEST_SCORED // steps, 16)))


def _of_events(spec):
  return spec.encoder in ('notes', 'abc_text')


def _quarters(trained, test):
  """Quarter notes of the music that is scored."""
  spec = trained.corpus.spec
  if _of_events(spec):
    pieces, _ = trained.dataset.read()
    known = set(trained.corpus.pieces['test'])
    kept = [piece for piece in pieces if piece.id in known]
    if spec.encoder == 'abc_text':
      return sum(bar.length for piece in kept for bar in piece.bars)
    return sum(piece.length for piece in kept)
  if 'length' in test:
    padding = trained.loaded.config['encoder'].get('padding', 0)
    return float((np.asarray(test['length']) - padding).sum() * spec.quarters)
  steps = spec.fields[spec.main_field].shape[0]
  return len(next(iter(test.values()))) * steps * spec.quarters


def space(spec: Spec) -> str:
  """The events of an encoder; likelihoods of others are not comparable."""
  per_quarter = round(1 / spec.quarters) if spec.quarters else 0
  return {
    'melody': f'tokens, {spec.sizes.get("bars", 0)} bars',
    'melody_roll': 'sounding pitch a step',
    'notes': 'notes',
    'abc_text': 'ABC as written',
    'voices': f'{"four" if spec.sizes.get("padding") else "three"} voices',
    'piano_roll': f'roll, {per_quarter} a quarter',
    'drums': f'drums, {spec.sizes.get("bars", 0)} bars',
  }.get(spec.encoder, spec.encoder)
