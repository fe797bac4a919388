"""Builds the parts of an experiment, and rebuilds those of a trained run.

The only file below `zoo.cli` that imports both towers: it holds the tables,
passes them to `zoo.config`, and rebuilds a system from its checkpoint.
"""

from collections.abc import Iterable, Mapping
import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from zoo import config as config_lib
from zoo.contracts import Augment, Batches, Sampler, Spec, UserError
from zoo.data.augmentations import AUGMENTATIONS
from zoo.data.batches import BATCHES, take
from zoo.encoders import ENCODERS
from zoo.evaluation.model import MODEL_EVALUATORS
from zoo.evaluation.music import MUSIC_EVALUATORS
from zoo.losses import LOSSES
from zoo.models import MODELS
from zoo.questions import Asks, questions
from zoo.samplers import SAMPLERS, drawing
from zoo.training import selection
from zoo.training.log import warn
from zoo.training.optimizer import OPTIMIZERS
from zoo.training.stages import Stage, taken

EVALUATORS = MODEL_EVALUATORS | MUSIC_EVALUATORS

TABLES: dict[str, Mapping] = {
  'encoder': ENCODERS,
  'batches': BATCHES,
  'augmentation': AUGMENTATIONS,
  'model': MODELS,
  'loss': LOSSES,
  'optimizer': OPTIMIZERS,
  'sample': SAMPLERS,
  'evaluate': EVALUATORS,
}


class System(NamedTuple):
  """An experiment's network parts, ready for the training loop."""

  model: Any
  stages: list[Stage]
  augment: list[Augment]


class Loaded(NamedTuple):
  """A trained run.

  Attributes:
    config: the experiment as it was trained.
    model: the Flax module.
    params, state: after the last step, or as selected on validation.
    encoder: rebuilt from the checkpoint, with its vocabulary.
    sampler: {mode: Mode}, as config['sample'] names it.
    meta: the checkpoint's metadata: step, seed, digest, versions.
  """

  config: dict[str, Any]
  model: Any
  params: Any
  state: Any
  encoder: Any
  sampler: Sampler
  meta: dict[str, Any]


def check_fit(config: Mapping[str, Any]) -> None:
  """Raises UserError if the parts of an experiment do not fit each other.

  Checks the model against the encoder, and losses, sampler and evaluators
  against both: see zoo.questions.Asks. No data is read.
  """
  model = MODELS[config['model']['name']]
  encoder = ENCODERS[config['encoder']['name']]
  reads = getattr(model, 'reads', ())
  if reads and encoder.main not in reads:
    raise UserError(
      f'model/name is {config["model"]["name"]}, which reads '
      f'{" or ".join(reads)}, and the encoder {config["encoder"]["name"]} '
      f'gives {encoder.main}: take the encoder '
      f'{_or(k for k, v in ENCODERS.items() if v.main in reads)}.'
    )
  for place, stage in enumerate(config.get('stages') or [config]):
    what = f'stages/{place}/loss' if config.get('stages') else 'loss'
    _check_asks(config, LOSSES, stage['loss'], what)
  _check_asks(config, SAMPLERS, config['sample'], 'sample')
  for place, entry in enumerate(config.get('evaluate') or []):
    _check_asks(config, EVALUATORS, entry, f'evaluate/{place}')


def _check_asks(config, table, entry, what):
  """Raises UserError unless model and encoder fit what a part requires."""
  asked = getattr(table[entry['name']], 'asks', Asks())
  model = MODELS[config['model']['name']]
  answered = questions(model)
  main = ENCODERS[config['encoder']['name']].main

  def answers(other):
    claimed = not other.questions or {*other.questions} & {*answered}
    return claimed and all(hasattr(model, name) for name in other.methods)

  def fits(builder):
    other = getattr(builder, 'asks', Asks())
    return answers(other) and (not other.fields or main in other.fields)

  if fits(table[entry['name']]):
    return
  others = _or(name for name, builder in table.items() if fits(builder))
  kind = f'{_or(answered)} model {config["model"]["name"]}'
  if answers(asked):
    kind = f'field {main} of the encoder {config["encoder"]["name"]}'
  raise UserError(
    f'{what}/name is {entry["name"]}, which does not fit the {kind}: '
    f'take {others}.'
  )


def _or(names):
  """Names in words: 'a, b or c'; 'nothing here' for none."""
  *first, last = [*names] or ['nothing here']
  return f'{", ".join(first)} or {last}' if first else last


def assemble(
  config: Mapping[str, Any],
  spec: Spec,
  arrays: Mapping[str, Any] | None = None,
) -> System:
  """Builds the model, stages and augmentations of an experiment.

  Args:
    config: the experiment.
    spec: the encoder's.
    arrays: the training set {field: [N, ...]}, for stages with batches of their
      own; None if nothing is trained.

  Raises:
    UserError: an unknown name or option, or a wrong type.
  """
  model = config_lib.build(MODELS, config['model'], 'model', spec=spec)
  stages = []
  for place, stage in enumerate(config.get('stages') or [config]):
    what = f'stages/{place}/loss' if config.get('stages') else 'loss'
    loss = config_lib.build(
      LOSSES,
      stage['loss'],
      what,
      model=model,
      spec=spec,
      total_steps=stage['steps'],
    )
    own: dict[str, Any] = {}
    if config.get('stages') and stage.get('augmentation') is not None:
      own['augment'] = _augmentations(stage, spec)
    if config.get('stages') and stage.get('batches') is not None:
      if arrays is not None:
        own['batches'] = build_batches({**config, **stage}, arrays)
    if stage.get('start') is not None:
      own['start'] = _start(stage['start'])
    stages.append(Stage(loss, stage['optimizer'], stage['steps'], **own))
  return System(model, stages, _augmentations(config, spec))


def _augmentations(config, spec):
  return [
    config_lib.build(AUGMENTATIONS, entry, f'augmentation/{place}', spec=spec)
    for place, entry in enumerate(config.get('augmentation') or [])
  ]


def _start(entry):
  """(shapes) -> {name: array}, the parameters taken from another run."""
  if (
    not isinstance(entry, Mapping)
    or set(entry) != {'run', 'take'}
    or not isinstance(entry['take'], Mapping)
    or not entry['take']
  ):
    raise UserError(
      "start must be like {'run': DIRECTORY, 'take': {'drums/(.*)': "
      f"'core/\\\\1'}}}}, a trained run and {{pattern of parameters here: name "
      f'there}}, not {entry!r}.'
    )
  restored = selection.restore(entry['run'], warn)
  if restored is None:
    raise UserError(
      f'start/run is {entry["run"]}, which holds no trained checkpoint: train '
      'it first, or give another directory.'
    )
  source = restored.snapshot.params
  return lambda shapes: taken(shapes, source, entry['take'], entry['run'])


def build_batches(
  config: Mapping[str, Any], arrays: Mapping[str, Any]
) -> Batches:
  """The batches of an experiment over a set {field: [N, ...]}."""
  lengths = arrays.get('length')
  if lengths is not None:
    # Without padding: no stretch begins in the padding before the music.
    lengths = np.asarray(lengths) - config['encoder'].get('padding', 0)
  return config_lib.build(
    BATCHES,
    config['batches'],
    'batches',
    size=config['batch'],
    count=len(arrays['piece']),
    lengths=lengths,
    pieces=arrays['piece'],
  )


def build_sampler(config: Mapping[str, Any], model: Any, spec: Spec) -> Sampler:
  """The sampler that config['sample'] names.

  Raises:
    UserError: an unknown name or option, a wrong type, a count below 1, or a
      seed out of range.
  """
  sampler = config_lib.build(
    SAMPLERS, config['sample'], 'sample', model=model, spec=spec
  )
  for name in ('count', 'at_once'):
    if config['sample'].get(name, 1) < 1:
      raise UserError(f'sample/{name} must be at least 1.')
  seed = config['sample'].get('seed', 0)
  if not 0 <= seed < 2**32:
    raise UserError(f'sample/seed must be 0 to {2**32 - 1}, not {seed}.')
  return sampler


def parameter_count(config: Mapping[str, Any], spec: Spec) -> int:
  """The number of parameters of the last stage; nothing is allocated.

  They are as many wherever training starts from, so that no other run is read.
  """
  system = assemble({**config, 'start': None}, spec)
  batch = abstract_batch(spec, config['batch'])
  shapes, _ = jax.eval_shape(
    lambda rng, batch: system.stages[-1].loss.init(rng, batch, {}),
    jax.random.key(0),
    batch,
  )
  return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(shapes))


def untrained(
  config: Mapping[str, Any], spec: Spec, arrays: Mapping[str, np.ndarray]
) -> tuple[Any, Any]:
  """Initial parameters and state of the last stage: a baseline for metrics.

  Args:
    config: the experiment, with its seed.
    spec: the encoder's.
    arrays: the training set, {field: [N, ...]}.
  """
  loss = assemble(config, spec).stages[-1].loss
  size = config['batch']
  batch = {**take(arrays, np.arange(size)), 'start': np.ones(size, bool)}
  return loss.init(jax.random.key(config['seed']), batch, {})


def abstract_batch(spec: Spec, size: int) -> dict[str, jax.ShapeDtypeStruct]:
  """Shapes and types of a batch: enough to init a loss without data."""
  return {
    name: jax.ShapeDtypeStruct((size, *field.shape), field.dtype)
    for name, field in spec.fields.items()
  }


def load(workdir: str | Path, experiment: str = '', **sample) -> Loaded:
  """Loads a trained run: `zoo.load('runs/musicvae_melody/seed0')`.

  Args:
    workdir: the run directory.
    experiment: name of the experiment that the run must be of; '' for any.
    **sample: options of the sampler that replace the config's.

  Raises:
    UserError: there is no checkpoint, it is damaged, or it is of another
      experiment.
  """
  restored = selection.restore(workdir, warn)
  if restored is None:
    raise UserError(
      f'There is no trained checkpoint in {workdir}: train it first, with '
      'run.py --mode=train and the same --workdir.'
    )
  snapshot, meta = restored
  trained = meta['experiment']
  if experiment not in ('', trained):
    raise UserError(
      f'{workdir} holds a run of {trained}, not of {experiment}: give '
      f'--experiment={trained} or another --workdir.'
    )
  config = {**meta['config']}
  config['sample'] = {**config['sample'], **sample}
  spec = Spec.from_json(json.dumps(meta['spec']))
  rebuild: Any = config_lib.look_up(ENCODERS, spec.encoder, 'encoder')
  encoder = rebuild.from_spec(spec)
  model = assemble(config, spec).model
  return Loaded(
    config,
    model,
    snapshot.params,
    snapshot.state,
    encoder,
    build_sampler(config, model, spec),
    meta,
  )


def draw(
  loaded: Loaded,
  mode: str,
  indices: Iterable[int],
  condition: Mapping[str, Any],
  by_row: bool = False,
  at_once: int | None = None,
) -> dict[str, np.ndarray]:
  """Samples of a run in one mode; see zoo.samplers.drawing.

  Args:
    loaded: the run.
    mode: sample, reconstruct, ...
    indices: the numbers of the samples.
    condition: the encoded inputs that the user gave.
    by_row: whether sample i receives row i of the condition only.
    at_once: samples per compiled call; None for the sampler's own number.

  Returns:
    {field: [n, ...]}, n samples.
  """
  options = loaded.config['sample']
  return drawing.draw(
    loaded.sampler,
    mode,
    loaded.params,
    loaded.state,
    seed=options['seed'],
    indices=list(indices),
    condition=condition,
    by_row=by_row,
    at_once=at_once or options.get('at_once', drawing.AT_ONCE),
  )
