"""Folk tunes with chords, frame by frame, voice by voice, in two orders.

System: RNN-NADE, voice by voice, given intervals and recent notes (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, section 4,
  https://arxiv.org/abs/1206.6392
Family: rolls
Command: python run.py --experiment=rnn_nade_strong_nottingham
Data: the Nottingham rolls of Boulanger-Lewandowski et al., in
  data/Nottingham.mat (--set dataset/path=FILE)
Parameters: 2,405,808
Headline: -.948 nats a frame; Markov -5.164; published -2.31
Result: official split, seed 0, all 44,463 test frames: -.948 nats a frame
  (standard error over pieces .045; validation -.896, training -.856); Markov
  -5.164, chord 1-gram -5.941, note 1-gram -10.252. Frame accuracy .793 by
  sampling, .848 by the likelier of on and off (repeat .648)
Time: 21 min of training on one core, 4.5 min of evaluation and samples

As rnn_nade_strong, with six voices, less dropout and larger batches.
"""

from experiments import rnn_nade_strong

CONFIG = {
  **rnn_nade_strong.CONFIG,
  'dataset': {'name': 'piano_rolls', 'path': 'data/Nottingham.mat'},
  'model': {
    **rnn_nade_strong.CONFIG['model'],
    'voices': 6,
    'dropout': 0.4,
    'head_dropout': 0.3,
  },
  'select': {'metric': 'nats', 'every': 130},
  'batch': 16,
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/log_likelihood',
  'likelihood/accuracy',
]
