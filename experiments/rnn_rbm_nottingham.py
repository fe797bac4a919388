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

As rnn_rbm, for three times as long, and with more temperatures where the moment
is chosen.
"""

from experiments import rnn_rbm

CONFIG = {
  **rnn_rbm.CONFIG,
  'dataset': {'name': 'piano_rolls', 'path': 'data/Nottingham.mat'},
  'model': {**rnn_rbm.CONFIG['model'], 'input_dropout': 0.15},
  'loss': {**rnn_rbm.CONFIG['loss'], 'frames': 2, 'temperatures': 600},
  'select': {'metric': 'annealed_nats', 'every': 3120},
  'steps': 24960,
}
