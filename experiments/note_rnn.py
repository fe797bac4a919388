"""Two-bar folk melodies in C major, by the network that RL-Tuner tunes.

System: Note-RNN: one LSTM of 100 cells over 38 classes
Source: Jaques, Gu, Turner & Eck 2016, section 5,
  https://arxiv.org/abs/1611.02796
Family: melody
Command: python run.py --experiment=note_rnn
Data: folk (music21: O'Neill's, Ryan's, Aird's), tunes in major transposed to
  C, 2 bars of 4/4 in sixteenths
Parameters: 59,438
Headline: .993 nats a step; unigram 1.740, Markov 1.558
Result: seed 0, test windows of unseen tunes: .993 nats a step (unigram 1.740,
  Markov 1.558, position and last pitch 1.114), accuracy .692 (hold .603), of
  onsets alone .288
Time: 2.1 min of training on part of a core
"""

CONFIG = {
  'dataset': {'name': 'folk', 'major_in_c': True},
  'encoder': {'name': 'melody', 'bars': 2, 'lowest': 48, 'highest': 83},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'melody_rnn', 'hidden': [100]},
  'loss': {'name': 'likelihood'},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 4e-3,
      'warmup': 50,
      'final': 0.05,
      'clip': 1.0,
    }
  },
  'steps': 1500,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'autoregressive', 'count': 16},
  'evaluate': [{'name': 'likelihood'}, {'name': 'music_theory'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/hidden': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'evaluate/1/count': 16,
}
