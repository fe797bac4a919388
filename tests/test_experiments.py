"""Every experiment builds; each pair of model and loss runs end to end."""

import json

import jax
import pytest

from datasets import DATASETS
import run as command_line
from tests.smoke import pair, trained
from zoo import assembly
from zoo import config as config_lib
from zoo.encoders import ENCODERS

NAMES = command_line.experiment_names()
# Encoders whose fields are as large as what they find in the data.
SIZED_BY_DATA = ('image',)
SUFFIXES = ('.mid', '.musicxml', '.wav', '.png')
# What encoders of other things than notes write.
OWN_SUFFIXES = {
  'image': ('.png',),
  **dict.fromkeys(('mel', 'mfcc', 'spectrogram', 'waveform'), ('.wav', '.png')),
}


def one_of_each_pair():
  found = {}
  for name in NAMES:
    if hasattr(command_line.experiment(name), 'SMOKE'):
      found.setdefault(pair(name), name)
  return sorted(found.values())


def test_every_pair_of_model_and_loss_has_a_smoke_run():
  assert {pair(name) for name in NAMES} == {
    pair(name) for name in one_of_each_pair()
  }


@pytest.mark.parametrize('name', NAMES)
def test_experiment_builds_and_its_card_tells_the_truth(name):
  config = command_line.resolve(name)
  encoder = config_lib.build(ENCODERS, config['encoder'], 'encoder')
  if config['encoder']['name'] in SIZED_BY_DATA:
    dataset = config_lib.build(DATASETS, config['dataset'], 'dataset')
    encoder = encoder.fit(dataset.read()[0])
  card = command_line.card(name)
  spec = encoder.spec
  # What an encoder would find in a corpus that takes long to read, or that is
  # not everybody's.
  found = getattr(command_line.experiment(name), 'SIZES', {})
  words = {k: list(range(found.get(k, 1) - 1)) for k in spec.vocabulary}
  spec = spec._replace(
    sizes={**spec.sizes, **found},
    vocabulary={k: v or words[k] for k, v in spec.vocabulary.items()},
  )
  count = assembly.parameter_count(config, spec)
  assert card['Parameters'].split()[0] == f'{count:,}'
  assert card['Command'] == f'python run.py --experiment={name}'
  assert {'System', 'Source', 'Data', 'Result', 'Time'} <= card.keys()
  for stage in config.get('stages') or [config]:
    assert stage['steps'] % config['batches']['chunk'] == 0


@pytest.mark.parametrize('name', one_of_each_pair())
def test_smoke_run_end_to_end(name):
  workdir = trained(name)
  report = json.loads((workdir / 'report.json').read_text())
  lines = (workdir / 'metrics.jsonl').read_text().splitlines()
  config = json.loads((workdir / 'config.json').read_text())
  steps = sum(stage['steps'] for stage in config.get('stages') or [config])
  assert report['step'] == steps
  assert json.loads(lines[-1])['step'] == steps
  assert set(report['evaluate']) == {e['name'] for e in config['evaluate']}
  for suffix in OWN_SUFFIXES.get(config['encoder']['name'], SUFFIXES):
    written = list((workdir / 'samples').glob(f'sample-[0-9]*{suffix}'))
    assert len(written) == config['sample']['count'], suffix
  assert (workdir / 'curves.png').exists()
  # The start of each stage and its steps, all in a format that can be kept.
  kept = list((workdir / 'programs').iterdir())
  assert len(kept) == 2 * len(config.get('stages') or [config])
  jax.clear_caches()
