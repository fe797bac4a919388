"""Melodies bar by bar over chords, by MidiNet: the chord in every layer.

System: MidiNet's generator and conditioner; Wasserstein loss with a gradient
  penalty, and a dense critic that is given the chord's tones at each step
Source: Yang, Chou and Yang 2017, section 3, https://arxiv.org/abs/1703.10847
Family: lead_sheets
Command: python run.py --experiment=midinet_creative
Data: sopranos of Bach's chorales in 4/4, with the triad of the lower voices
Parameters: 1,072,731
Headline: chord tones .608 of sounding time, shuffled chords .314
Result: three seeds, 2,048 bars over held-out progressions, each the critic's
  choice of 8: chord tones .608, under shuffled chords .314 (real .560 / .303);
  worst bar statistic 11 % off (independent steps 90 %); precision .670,
  coverage .253 (real .810 / .385); .731 distinct (real .737); seams of 2.7
  semitones (real 2.0)
Time: 1.9 min of one core a seed, evaluation included

The published loss and critic, and other corpora: docs/results/lead_sheets.md.
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {'name': 'lead_sheet'},
  'batches': {'name': 'windows', 'chunk': 50},
  'augmentation': [],
  'model': {
    'name': 'midinet',
    'chord': 'all',
    'critic': 'dense',
    'critic_previous': True,
    'critic_layers': (512, 512),
    'batch_norm': False,
  },
  'loss': {'name': 'adversarial', 'kind': 'wasserstein', 'penalty': 'between'},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 5e-4,
      'final': 0.02,
      'b1': 0.5,
      'b2': 0.9,
    }
  },
  'steps': 3000,
  'batch': 72,
  'seed': 0,
  'sample': {'name': 'bar_by_bar', 'spread': 0.6, 'candidates': 8, 'count': 16},
  'evaluate': [{'name': 'lead_sheets'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 12,
  'model/generator_layers': [8],
  'model/channels': 4,
  'model/critic_layers': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'evaluate/0/count': 64,
}
