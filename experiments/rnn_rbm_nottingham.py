"""Folk tunes with chords, frame by frame, by RNN-RBM.

System: RNN-RBM; an LSTM in place of the tanh layer, and the biases also receive
  the previous frame (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, section 4,
  https://arxiv.org/abs/1206.6392
Family: rolls
Command: python run.py --experiment=rnn_rbm_nottingham
Data: the Nottingham rolls of Boulanger-Lewandowski et al., in
  data/Nottingham.mat (--set dataset/path=FILE)
Parameters: 572,582
Headline: -2.352 nats a frame; Markov -5.164; published -2.39
Result: official split, all 44,463 test frames, three seeds: -2.352 +- .024 nats
  a frame by annealed importance sampling; Markov -5.164, chord 1-gram -5.941,
  note 1-gram -10.252. Frame accuracy .616 by sampling (repeat .648)
Time: 20 to 30 min of training on one core shared with other work, validation
  included, and 11 min of evaluation

As rnn_rbm, with a wider LSTM and more weight decay on the RBM's weights.
"""

import copy

from experiments import rnn_rbm

CONFIG = copy.deepcopy(rnn_rbm.CONFIG)
CONFIG['dataset'] = {'name': 'piano_rolls', 'path': 'data/Nottingham.mat'}
CONFIG['model'] |= {'recurrent': [300], 'input_dropout': 0.15}
CONFIG['loss'] |= {'frames': 2, 'temperatures': 600}
CONFIG['optimizer'] = {
  'kernel': {**CONFIG['optimizer']['.*'], 'weight_decay': 0.1},
  **CONFIG['optimizer'],
}
CONFIG['select']['every'] = 2340
CONFIG['steps'] = 18720

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'energy_likelihood/log_likelihood',
  'energy_likelihood/accuracy',
]
