"""Chorales note by note, as BachProp's release has it.

System: BachProp, the release's form
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669, and its release
Command: python run.py --experiment=bachprop_release
Data: chorales (music21, Riemenschneider's order), 319 pieces to learn, 35 to
  test; pieces that share a tenth in any key stand together
Parameters: 473,949
Result: test 2.455 nats a note (dT .333, T .767, P 1.355; right .895, .732,
  .597), standard error over pieces .08; 3-note Witten-Bell n-gram 3.335 (4-note
  3.347), unigram 5.548 (majority .638, .527, .066). Training pieces, in their
  own keys, cost 2.307: it had not learned all it can when it stopped.
  bachprop_chorales reaches 1.620. Published: figures could not be recovered
Time: 5.3 min of training on one core beside other work

Heads are one layer with a ReLU before the softmax, chords are sorted from the
lowest note up, there is no dropout, and samples are drawn at temperature .5.
Where ours differs: the release trains three networks that share the GRUs one
after the other, each with its own Adam, on pieces padded to equal length; here
one Adam minimises the weighted sum, as the talk describes it, on streams.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES
from experiments.bachprop_chorales import SIZES as SIZES

CONFIG = {
  **_CHORALES,
  'encoder': {'name': 'notes', 'order': 'ascending'},
  'batches': {'name': 'streams', 'length': 128, 'chunk': 20},
  'model': {
    'name': 'bachprop',
    'cell': 'gru',
    'hidden': [128, 128, 128, 128],
    'heads': 'rectified',
  },
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-3}},
  'steps': 1000,
  'batch': 32,
  'sample': {
    'name': 'autoregressive',
    'steps': 1000,
    'count': 8,
    'temperature': 0.5,
  },
  'evaluate': [{'name': 'likelihood'}],
}
