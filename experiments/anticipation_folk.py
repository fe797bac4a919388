"""Folk melodies that meet the notes a user sets, by Anticipation-RNN.

System: Anticipation-RNN: an LSTM over constraints, and one that writes
Source: Hadjeres & Nielsen 2017, section 3, https://arxiv.org/abs/1709.06404
Family: melody
Command: python run.py --experiment=anticipation_folk
Data: folk (music21: O'Neill's, Ryan's, Aird's), four-bar windows of 4/4 in
  sixteenths, in every key that stays in range
Parameters: 590,373
Headline: not measured: being trained
Result: not measured yet
Time: not measured yet
"""

from experiments.anticipation_rnn import CONFIG as SOPRANOS

CONFIG = {
  **SOPRANOS,
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 4, 'lowest': 55, 'highest': 88},
}
