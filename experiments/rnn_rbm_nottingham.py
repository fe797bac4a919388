"""Folk tunes with their chords, frame by frame: RNN-RBM on Nottingham.

System: RNN-RBM, an LSTM in place of the tanh layer, and the last frame to the
  biases directly (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rnn_rbm_nottingham
Data: the Nottingham rolls of Boulanger-Lewandowski et al., in
  data/Nottingham.mat: --set dataset/path=FILE says where else
Parameters: 313,182
Result: TODO
Time: TODO

As rnn_rbm, for longer, and with a stronger weight decay on the machine's own
weights. With as little decay as there (.02) chains freeze: one that learned for
12,480 steps is somewhere between -2.38 (2,400 temperatures) and -2.52 (walking
back), one that learned for 24,960 between -2.29 and -2.70, and the validation
of the longer one, which 600 temperatures flatter, is the better one. Without
transposition and with dropout .2 it is between -2.43 and -2.81. With a decay of
.3 all estimates agree, on -2.84.
"""

import copy

from experiments import rnn_rbm

CONFIG = copy.deepcopy(rnn_rbm.CONFIG)
CONFIG['dataset'] = {'name': 'piano_rolls', 'path': 'data/Nottingham.mat'}
CONFIG['model']['input_dropout'] = 0.15
CONFIG['loss'] |= {'frames': 2, 'temperatures': 600}
CONFIG['optimizer'] = {
  'kernel': {**CONFIG['optimizer']['.*'], 'weight_decay': 0.1},
  **CONFIG['optimizer'],
}
CONFIG['select']['every'] = 2340
CONFIG['steps'] = 18720
CONFIG['evaluate'][0] |= {'temperatures': 300, 'chains': 4}
