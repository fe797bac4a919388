"""Folk melodies as real numbers by C-RNN-GAN, one tone after another.

System: C-RNN-GAN's generator, choosing pitches and times from their grid; a
  convolutional critic that receives the choices, pitch classes and
  repetition; Wasserstein loss with a gradient penalty
Source: Mogren 2016, sections 3 and 4, https://arxiv.org/abs/1611.09904
Family: events
Command: python run.py --experiment=c_rnn_gan_folk
Data: folk (music21: O'Neill's, Ryan's, Aird's), 50 tones, logarithms
Parameters: 656,328
Headline: error of statistics .150; independent events .450
Result: three seeds, mean of the last five checkpoints, 1,024 songs each: mean
  relative error .150 (pre-training alone .181, independent events .450,
  untrained 2.68), scale .984 (real .991), repetition 10.3 (15.1), all distinct
Time: 2.6 to 2.9 min of one core with the evaluation

The published recipe and quartets: docs/results/events.md.
"""

_ADAM = {'name': 'adam', 'final': 0.0, 'b1': 0.5, 'b2': 0.9}

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'real_events', 'frequency': 'log', 'times': 'log'},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {
    'name': 'c_rnn_gan',
    'noise': 'normal',
    'output_noise': 16,
    'output_layers': (100,),
    'bound': 4.0,
    'values': 'chosen',
    'critic': 'convolution',
    'critic_layers': (64, 128),
    'critic_dense': (256,),
    'summary': True,
  },
  'stages': [
    {
      'loss': {'name': 'next_event', 'by': 'likelihood'},
      'optimizer': {
        '.*': {'name': 'adam', 'learning_rate': 3e-3, 'final': 0.1}
      },
      'steps': 300,
    },
    {
      'loss': {
        'name': 'adversarial',
        'kind': 'wasserstein',
        'penalty': 'between',
      },
      'optimizer': {
        'discriminator/.*': {**_ADAM, 'learning_rate': 5e-4},
        'generator/.*': {
          **_ADAM,
          'learning_rate': 1e-4,
          'warmup': 100,
          'average': 0.97,
        },
      },
      'steps': 400,
    },
  ],
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'generator', 'spread': 0.6, 'count': 16},
  'evaluate': [{'name': 'event_statistics'}],
}

# What a run says at its end, in this order.
HEADLINE = [
  'event_statistics/error',
  'event_statistics/scale',
  'event_statistics/repetition',
  'event_statistics/unique',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'encoder/events': 16,
  'model/inputs': 4,
  'model/generator_layers': [4],
  'model/critic_layers': [4],
  'model/critic_dense': [4],
  'model/output_layers': [4],
  'batches/chunk': 2,
  'stages/0/steps': 2,
  'stages/1/steps': 2,
  'batch': 8,
  'sample/count': 2,
  'evaluate/0/count': 32,
}
