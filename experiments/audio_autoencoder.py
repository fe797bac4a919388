"""Sound through a code of 16 numbers per frame, played and drawn.

System: autoencoder of spectrogram frames, 513-512-128-16 and back
Source: Briot's course (representations of audio); Griffin & Lim 1984
Family: audio
Command: python run.py --experiment=audio_autoencoder
Data: notes and chords from the zoo's synthesiser; dataset/path takes .wav files
Parameters: 662,289
Headline: squared error 3.21 a frame; 16 principal components 4.43
Result: on frames of an unseen timbre and of held-out notes and chords;
  training 2.43, the mean frame 13.0
Time: 2.4 min of one core
"""

CONFIG = {
  # No test notes in loud noise: training has none either.
  'dataset': {'name': 'audio_folder', 'noise': [], 'renditions': 18},
  'encoder': {'name': 'spectrogram'},
  'batches': {'name': 'windows', 'chunk': 50},
  'augmentation': [],
  'model': {
    'name': 'stacked_autoencoder',
    'widths': [512, 128, 16],
    'activation': 'tanh',
    'dropout': 0.05,
    'head': 'gaussian',
  },
  'loss': {'name': 'elbo'},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 2e-3, 'final': 0.05}},
  'steps': 6000,
  'batch': 128,
  'seed': 0,
  # Uniform codes decode to no real sound; codes from a mixture do.
  'sample': {'name': 'latent', 'prior': 'mixture', 'count': 12},
  'evaluate': [{'name': 'reconstruction'}],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = ['reconstruction/squared_error']

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/rate': 4000,
  'dataset/renditions': 1,
  'dataset/lowest': 60,
  'dataset/highest': 71,
  'encoder/window': 256,
  'encoder/hop': 128,
  'model/widths': [8, 4],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/components': 2,
}
