"""Chorales in the style of Bach, every note open to the user's hand.

System: DeepBach, the paper's form
Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010
Command: python run.py --experiment=deepbach
Data: music21's four-part chorales, whole, split by chorale; every stretch in a
  transposition drawn from those that stay in range
Parameters: 2,869,732
Result: held-out cells guessed from all others, seed 0: soprano .934, alto .908,
  tenor .885, bass .915 (hold .766/.736/.715/.722); of onsets .737, .714, .661,
  .749 (commonest onset .164/.126/.150/.111). Mean and spread of three seeds:
  .290 +- .002 nats a cell, .713 +- .003 of the onsets (deepbach_mlp .390, .627;
  deepbach_maxent .454, .586: the paper's order; unigram 1.287). The paper gives
  no such table. From the soprano alone, seed 0, sample/iterations=250, the very
  pitch of Bach's alto .259, tenor .250, bass .213, chord .161 (lookup below the
  soprano's pitch .291, .312, .240, .140), soprano intact in all, last chord the
  tonic in .476; parallel fifths 14.1 and octaves 11.5 a hundred beats (Bach .26
  and .09), crossings 2.4 (1.3): not good enough. At temperature .5 agreement is
  .289, .261, .269, .236, last chord .619, parallels 19.9 and 15.0, crossings
  .3. The model finds what it wrote nearly as likely as Bach's (.411 against
  .347 nats a cell, four validation chorales). deepbach_relations is what came
  of that
Time: 372 s of training on one core, 31 s of evaluation and samples

A network a voice: one-hot classes and metadata (fermata, beat, key) of 16
sixteenths before and after, an LSTM of 200 from each side, a dense layer of 200
on the other voices at the step, and a dense layer of 200 above the three.
Trained on each note given all others; music comes of pseudo-Gibbs sampling.
The paper tells its LSTMs 16 steps; ours share a scan of 32 cells and see 16 to
47 of them in training, 16 in sampling and in every figure above.

--mode=harmonize --input=FILE writes alto, tenor and bass to a melody of any
length in any key; see --list=deepbach for what else can be fixed.
"""

from typing import Any

CONFIG: dict[str, Any] = {
  'dataset': {'name': 'chorales'},
  'encoder': {'name': 'voices', 'steps': 0, 'padding': 16},
  'batches': {'name': 'by_length', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -12, 'high': 12}],
  'model': {'name': 'deepbach', 'form': 'lstm'},
  'loss': {'name': 'likelihood', 'crop': 32},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 2e-3,
      'warmup': 50,
      'final': 0.02,
      'clip': 5.0,
      'average': 0.99,
    }
  },
  'select': {'metric': 'loss', 'every': 125},
  'steps': 1000,
  'batch': 32,
  'seed': 0,
  'sample': {'name': 'pseudo_gibbs', 'count': 4, 'at_once': 4},
  'evaluate': [{'name': 'likelihood'}, {'name': 'harmonization'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 30,
  'model/context': 4,
  'model/recurrent': [8],
  'model/hidden': 8,
  'batches/chunk': 2,
  'loss/crop': 4,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/length': 2,
  'sample/iterations': 4,
}
