"""Two-bar drum patterns from a variational autoencoder, on two CPU cores.

System: MusicVAE of drums, beat-wise form (ours)
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: drums
Command: python run.py --experiment=musicvae_drums
Data: drum_patterns (written for this project, nothing to download), 2 bars of
  4/4 in sixteenths, split by pattern
Parameters: 2,295,040
Headline: not trained: to come
Result: not trained: to come
Time: to come

The same of played drums: musicvae_drums_groove. A step is one of the 512
combinations of nine drums, read as bits.
"""

CONFIG = {
  'dataset': {'name': 'drum_patterns'},
  'encoder': {'name': 'drums', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {
    'name': 'music_vae',
    'form': 'beatwise',
    'latent': 128,
    'encoder': [256],
    'decoder': [256],
  },
  'loss': {
    'name': 'elbo',
    'beta': 0.2,
    'free_bits': 48.0,
    'anneal_steps': 1500,
    'word_dropout': 0.3,
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
  'steps': 3000,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16, 'temperature': 0.0},
  'evaluate': [
    {'name': 'reconstruction'},
    {'name': 'drum_reconstruction'},
    {
      'name': 'drum_statistics',
      'samples': {
        'normal': {'prior': 'model'},
        'mixture': {'prior': 'mixture'},
      },
    },
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/styles': ['blues', 'bossa nova', 'disco', 'funk', 'house', 'rock'],
  'dataset/variations': 8,
  'model/latent': 8,
  'model/encoder': [8],
  'model/decoder': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'loss/anneal_steps': 2,
  'sample/count': 2,
  'evaluate/1/count': 8,
  'evaluate/2/count': 16,
}
