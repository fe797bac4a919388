"""Two-bar melodies from a variational autoencoder, sized for two CPU cores.

System: MusicVAE, beat-wise form (ours)
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths;
  25,975 training windows, 3,031 test windows of other tunes
Parameters: 2,921,306
Headline: .951 of the steps reconstructed; always hold .601
Result: reconstruction of test windows (z = mu): .951 of the steps, .884 of the
  onsets and .474 of whole windows, at 38.3 bits (always hold .601 / 0 / 0);
  .748 of prior samples resemble the corpus in hold rate, range, intervals and
  key (real windows .726, independent steps .079); none copies a training window
Time: 4.3 min of training on two cores; 7.0 to 8.6 min on slower machines

The encoder reads a beat a step; one autoregressive LSTM over sixteenths is
conditioned on a beat-wise embedding of z. Seeds, ablations, published figures:
docs/results/melody.md.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 6}],
  'model': {
    'name': 'music_vae',
    'form': 'beatwise',
    'latent': 128,
    'encoder': [256],
    'decoder': [256],
  },
  'loss': {
    'name': 'elbo',
    'beta': 0.6,
    'anneal_steps': 2000,
    'word_dropout': 0.1,
  },
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
  'sample': {'name': 'latent', 'count': 16, 'temperature': 0.0},
  'evaluate': [
    {'name': 'reconstruction'},
    {'name': 'nearest_window'},
    {
      'name': 'melody_statistics',
      'samples': {
        'normal': {'prior': 'model', 'temperature': 0.0},
        'mixture': {'prior': 'mixture', 'temperature': 0.0},
      },
    },
    {'name': 'intervals', 'count': 1024},
    {'name': 'originality', 'count': 1024},
    {'name': 'diversity', 'count': 1024},
    {'name': 'plagiarism', 'count': 1024},
  ],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'reconstruction/accuracy',
  'reconstruction/onset_accuracy',
  'reconstruction/exact_match',
  'reconstruction/kl_bits',
  'nearest_window/accuracy',
  'melody_statistics/all_four',
  'melody_statistics/copied',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/latent': 8,
  'model/encoder': [8],
  'model/decoder': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'loss/anneal_steps': 2,
  'sample/count': 2,
  'evaluate/1/count': 8,
  'evaluate/2/count': 64,
  'evaluate/3/count': 16,
  'evaluate/4/count': 16,
  'evaluate/5/count': 16,
  'evaluate/6/count': 16,
}
