"""Sixteen bars of melody from a slice of the code for each bar.

System: MusicVAE, bar-wise form (ours)
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody_16bar
Data: folk (music21: O'Neill's, Ryan's, Aird's), 16 bars of 4/4 in sixteenths
Parameters: 1,991,290
Headline: .977 of the steps reconstructed (16 bars), always hold .625
Result: 621 test windows, free-running: steps .977, onsets .943 at 385 bits
  (nearest window in any key .752 / .393); .353 of the windows come back whole.
  Samples of the fitted prior are like the corpus in .453 (real .786)
Time: 20.7 min of one core with the evaluation, 4,000 steps

z is 16 slices of 16 numbers; encoder head and decoder are the same for all
bars. Beside it: musicvae_melody_16bar_music (fewer bits, samples closer to the
corpus), _hierarchical and _flat (the published forms).
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 16, 'stride': 4},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 6}],
  'model': {
    'name': 'music_vae',
    'form': 'barwise',
    'latent': 256,
    'encoder': [256],
    'decoder': [256],
  },
  'loss': {
    'name': 'elbo',
    'beta': 0.5,
    'anneal_steps': 2000,
    'word_dropout': 0.1,
  },
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 3e-3,
      'warmup': 100,
      'final': 0.01,
      'b2': 0.99,
      'clip': 1.0,
    }
  },
  'steps': 4000,
  'batch': 16,
  'seed': 0,
  'sample': {
    'name': 'latent',
    'count': 16,
    'temperature': 0.0,
    'prior': 'mixture',
    'components': 1,
  },
  'evaluate': [
    {'name': 'reconstruction'},
    {'name': 'nearest_window'},
    {
      'name': 'melody_statistics',
      'count': 1024,
      'samples': {
        'normal': {'prior': 'model'},
        'fitted': {'prior': 'mixture'},
      },
    },
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'encoder/bars': 2,
  'model/latent': 16,
  'model/encoder': [8],
  'model/bar_embedding': 8,
  'model/decoder': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'loss/anneal_steps': 2,
  'sample/count': 2,
  'evaluate/1/count': 8,
  'evaluate/2/count': 16,
}
