"""Whether the parts of an experiment fit, before any data is read."""

import copy

import pytest

import run
from zoo import assembly, config
from zoo.contracts import UserError
from zoo.encoders import ENCODERS
from zoo.evaluation.model import MODEL_EVALUATORS
from zoo.losses import LOSSES
from zoo.models import MODELS
from zoo.questions import Asks, questions
from zoo.samplers import SAMPLERS


def configs():
  """{model: the config of one experiment that uses it}."""
  found = {}
  for name in run.experiment_names():
    one = run.experiment(name).CONFIG
    found.setdefault(one['model']['name'], one)
  return found


CONFIGS = configs()


def check(one):
  """Whether a config passes; what it raises otherwise is a UserError."""
  try:
    assembly.check_fit(one)
  except UserError as error:
    assert 'does not fit the' in str(error) and 'take ' in str(error)
    return False
  return True


def test_every_model_answers_a_question():
  for name, model in MODELS.items():
    assert questions(model), f'{name} claims no question'


@pytest.mark.parametrize(
  'table', [LOSSES, SAMPLERS, MODEL_EVALUATORS], ids=['loss', 'sample', 'eval']
)
def test_every_part_that_meets_a_model_says_what_it_asks(table):
  for name, builder in table.items():
    asked = getattr(builder, 'asks', Asks())
    assert asked.questions or asked.methods, f'{name} asks for nothing'


@pytest.mark.parametrize('model', sorted(CONFIGS))
def test_what_every_pair_of_tables_gives_fits_or_is_one_sentence(model):
  """All losses, samplers and evaluators beside every model."""
  base = {k: v for k, v in CONFIGS[model].items() if k != 'stages'}
  first = {'loss': {'name': 'x'}, 'optimizer': {}, 'steps': 1}
  claimed = {*questions(MODELS[model])}
  main = ENCODERS[base['encoder']['name']].main
  own = {'evaluate': []}

  def expected(asked):
    fits = bool({*asked.questions} & claimed) or not asked.questions
    fits &= all(hasattr(MODELS[model], name) for name in asked.methods)
    return fits and (not asked.fields or main in asked.fields)

  for loss, builder in LOSSES.items():
    one = {**base, **first, **own, 'loss': {'name': loss}}
    assert check(one) == expected(builder.asks), loss
  fitting = {**base, **first, **own}
  fitting['loss'] = (CONFIGS[model].get('stages') or [base])[-1]['loss']
  for sampler, builder in SAMPLERS.items():
    one = {**fitting, 'sample': {'name': sampler}}
    assert check(one) == expected(builder.asks), sampler
  for name in assembly.EVALUATORS:
    check({**fitting, 'evaluate': [{'name': name}]})


@pytest.mark.parametrize('name', run.experiment_names())
def test_every_experiment_fits(name):
  assembly.check_fit(run.experiment(name).CONFIG)


@pytest.mark.parametrize(
  'name, assignment, sentence',
  [
    ('rbm', 'model/name=music_vae', 'rbm.*|music_vae'),
    ('musicvae_melody', 'loss/name=likelihood', 'Latent model music_vae'),
    ('musicvae_melody', 'sample/name=gibbs', 'take latent'),
    ('rnn_melody', 'encoder/name=piano_roll', 'reads tokens.*gives roll'),
    (
      'rnn_melody',
      'evaluate=[{"name": "voice_leading"}]',
      'field tokens of the encoder melody',
    ),
  ],
)
def test_a_pair_that_does_not_fit_is_one_sentence(name, assignment, sentence):
  with pytest.raises(UserError, match=sentence) as caught:
    run.resolve(name, [assignment])
  assert '\n' not in str(caught.value)


def test_sizes_are_not_options():
  """What an encoder measures reaches a model by from_spec alone."""
  for name, model in MODELS.items():
    legal = config.options(model)
    one = copy.deepcopy(CONFIGS.get(name, {'model': {}}))['model']
    assert set(one) - {'name'} <= set(legal), name
