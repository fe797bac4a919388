"""Folk melodies through notes that the user sets, by Anticipation-RNN.

System: Anticipation-RNN: an LSTM over the constraints, another over the notes
Source: Hadjeres & Nielsen 2017, section 3, https://arxiv.org/abs/1709.06404
Family: melody
Command: python run.py --experiment=anticipation_folk
Data: folk (music21: O'Neill's, Ryan's, Aird's), four-bar windows of 4/4 in
  sixteenths, in every key that stays in range
Parameters: 590,373
Headline: .911 of constraints met unforced; unconstrained .038
Result: seed 0: C4 .943, C3 .929, tritone .879, random pitches .649; 1.0 where
  set; mean leap into a constraint 3.09 semitones (real 2.72, unconditioned
  4.82); 1.008 nats a step (unigram 1.778, Markov 1.604)
Time: 5.1 min of one core, evaluation included
"""

from experiments.anticipation_rnn import CONFIG as SOPRANOS

CONFIG = {
  **SOPRANOS,
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 4, 'lowest': 55, 'highest': 88},
}
