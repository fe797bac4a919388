"""A melody network tuned by music theory: policy gradient with a KL penalty.

System: RL-Tuner, our variant: policy gradient, KL to the Note-RNN
Source: Jaques, Gu, Turner & Eck 2016, https://arxiv.org/abs/1611.02796;
  policy gradient: Williams 1992
Family: melody
Command: python run.py --experiment=rl_tuner
Data: as note_rnn
Parameters: 59,438
Headline: in a motif 72.9 %, untuned 49.1 %; published 75.7 % (Q)
Result: seed 0: repeated notes 0 (untuned 3.1 %), starts on the tonic 30.2 %
  (10.4), distinct 1.0, 2.52 nats from the Note-RNN; but 10.3 % of the onsets
  are odd sixteenths (8.1) and note-offs fall to a fifth
Time: 1.6 min of training on one core, both stages; 2.1 min in all

To tune another run of melodies: --set stages/0/steps=25 --set stages/1/start=
"{'run': 'runs/note_rnn/seed0', 'take': {'(.*)': '\\\\1'}}".
"""

from typing import Any

from experiments.note_rnn import CONFIG as NOTE_RNN


def tuned(
  loss: dict[str, Any], steps: int, batch: int, learning_rate: float
) -> dict[str, Any]:
  """The Note-RNN, and then a stage that tunes it."""
  config = {
    k: v for k, v in NOTE_RNN.items() if k not in ('loss', 'optimizer', 'steps')
  }
  first = {k: NOTE_RNN[k] for k in ('loss', 'optimizer', 'steps')}
  second = {
    'loss': loss,
    'optimizer': {
      '.*': {
        'name': 'adam',
        'learning_rate': learning_rate,
        'final': 0.05,
        'clip': 1.0,
      }
    },
    'steps': steps,
    'batches': {'name': 'windows', 'chunk': 25},
    'batch': batch,
  }
  return {
    **config,
    'stages': [first, second],
    'evaluate': [{'name': 'music_theory'}],
  }


CONFIG = tuned({'name': 'policy'}, 400, 256, 2e-3)

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/hidden': [8],
  'batches/chunk': 2,
  'stages/0/steps': 2,
  'stages/1/steps': 2,
  'stages/1/batch': 8,
  'batch': 8,
  'sample/count': 2,
  'evaluate/0/count': 16,
}
