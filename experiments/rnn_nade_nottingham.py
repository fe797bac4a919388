"""Folk tunes with their chords, frame by frame: RNN-NADE on Nottingham.

System: RNN-NADE, the published form
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rnn_nade_nottingham
Data: the Nottingham rolls of Boulanger-Lewandowski et al., in
  data/Nottingham.mat: --set dataset/path=FILE says where else
Parameters: 486,744
Result: official split, three seeds: test -2.050 +- .007 nats a frame (standard
  error over pieces .08; validation -1.916, training -1.293, chosen at step
  3,120 or 3,640); the paper -2.91, and -2.31 trained by HF (recalled,
  unverified); note 1-gram -10.252, chord 1-gram -5.941, Markov -5.164. Frame
  accuracy .625 by drawing, .687 by the likelier of on and off (repeat .648)
Time: 14.7 to 17.9 min of training on one core that did other work, too

As rnn_nade, with longer crops for longer pieces, less dropout for more of them,
six notes of a frame that condition what lies above, and no transposition.
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
