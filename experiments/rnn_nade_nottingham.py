"""Folk tunes with chords, frame by frame, by RNN-NADE.

System: RNN-NADE, the published form
Source: Boulanger-Lewandowski et al., ICML 2012, section 4,
  https://arxiv.org/abs/1206.6392
Family: rolls
Command: python run.py --experiment=rnn_nade_nottingham
Data: the Nottingham rolls of Boulanger-Lewandowski et al., in
  data/Nottingham.mat (--set dataset/path=FILE)
Parameters: 486,744
Headline: -2.050 nats a frame; Markov -5.164; published -2.31
Result: official split, three seeds: test -2.050 +- .007 nats a frame (standard
  error over pieces .08); Markov -5.164, chord 1-gram -5.941, note 1-gram
  -10.252. Frame accuracy .625 by sampling, .687 by the likelier of on and off
  (repeat .648)
Time: 14.7 to 17.9 min of training on one core shared with other work

As rnn_nade, but with longer crops, less dropout, each note conditioned on six
notes of the frame, and no transposition.
"""

from experiments import rnn_nade

CONFIG = {
  **rnn_nade.CONFIG,
  'dataset': {'name': 'piano_rolls', 'path': 'data/Nottingham.mat'},
  'augmentation': [],
  'model': {
    **rnn_nade.CONFIG['model'],
    'voices': 6,
    'dropout': 0.3,
    'input_dropout': 0.1,
  },
  'loss': {'name': 'likelihood', 'crop': 64},
  'select': {'metric': 'nats', 'every': 520},
  'steps': 5200,
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/log_likelihood',
  'likelihood/accuracy',
]
