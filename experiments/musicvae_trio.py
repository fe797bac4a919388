"""Trios of melody, bass and drums: a slice of the code per bar and part.

System: MusicVAE of trios, bar-wise form (ours)
Source: Roberts et al., ICML 2018, section 4,
  https://arxiv.org/abs/1803.05428
Family: drums
Command: python run.py --experiment=musicvae_trio
Data: twelve backings written for this project, enough for a first run; give
  your own folder of multitrack MIDI files by --set dataset/path=DIR
Parameters: 3,288,340
Headline: melody .821, bass .711, drums .680 of the steps (freedoom)
Result: trained on freedoom's music (65 files; 8 test, 803 windows of 16 bars),
  free-running, at 527 bits; most frequent .680 / .543 / .424, nearest window of
  drums .590; onsets .531 / .560 / .517
Time: 11.8 min of one core with the evaluation, 1,000 steps

With a drum part that was trained on Groove: musicvae_trio_groove. Published
size: hierdec-trio_16bar, 230,975,156 parameters (model/form=hierarchical).
"""

CONFIG = {
  'dataset': {'name': 'multitrack_folder'},
  'encoder': {'name': 'trio', 'bars': 16},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 6}],
  'model': {'name': 'music_vae_trio', 'form': 'barwise', 'dropout': 0.2},
  'loss': {
    'name': 'elbo',
    'beta': 0.5,
    'anneal_steps': 500,
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
  'start': None,
  'steps': 1000,
  'batch': 8,
  'seed': 0,
  'sample': {
    'name': 'latent',
    'count': 16,
    'temperature': 0.0,
    'prior': 'mixture',
    'components': 1,
  },
  'evaluate': [
    {'name': 'reconstruction', 'batch': 64},
    {'name': 'nearest_window'},
    {'name': 'drum_reconstruction'},
    {'name': 'drum_statistics', 'count': 256},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'encoder/bars': 2,
  'model/latent': 48,
  'model/encoder': [4],
  'model/decoder': [8],
  'model/bar_embedding': 8,
  'model/beat_embedding': 8,
  'batches/chunk': 2,
  'steps': 4,
  'batch': 4,
  'loss/anneal_steps': 2,
  'sample/count': 2,
  'evaluate/1/count': 8,
  'evaluate/2/count': 8,
  'evaluate/3/count': 8,
}
