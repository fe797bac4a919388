"""Two-bar melodies through an RNN encoder-decoder: MusicVAE without noise.

System: RNN encoder-decoder, as the ablation of MusicVAE
Source: Cho et al. 2014, https://arxiv.org/abs/1406.1078; Sutskever et al. 2014
Family: melody
Command: python run.py --experiment=rnn_autoencoder
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths
Parameters: 2,921,306
Headline: .999 of the steps reconstructed; musicvae_melody .951
Result: 3,031 test windows: steps .999, onsets .999, windows .991 (128 principal
  components .927 / .817 / .313); codes from N(0, 1) give melodies like the
  corpus in .002, a mixture fitted to the codes in .190 (MusicVAE .748 / .814)
Time: 10.7 min of one core, evaluation included, 4,000 steps

The network, data and steps of musicvae_melody; beta is 0 and the code has no
noise. The comparison of samples: docs/results/melody.md.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 6}],
  'model': {
    'name': 'rnn_autoencoder',
    'form': 'beatwise',
    'latent': 128,
    'encoder': [256],
    'decoder': [256],
  },
  'loss': {'name': 'elbo', 'word_dropout': 0.1},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 3e-3,
      'warmup': 150,
      'final': 0.01,
      'b2': 0.99,
      'clip': 1.0,
    }
  },
  'steps': 4000,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16, 'prior': 'mixture'},
  'evaluate': [
    {'name': 'reconstruction'},
    {
      'name': 'melody_statistics',
      'samples': {
        'normal': {'prior': 'model'},
        'mixture': {'prior': 'mixture'},
      },
    },
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/latent': 8,
  'model/encoder': [8],
  'model/decoder': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/components': 8,
  'evaluate/1/count': 8,
}
