"""A melody network tuned by music theory: a policy gradient with a KL.

System: RL-Tuner as we would do it: policy gradient, KL to the Note-RNN
Source: Jaques, Gu, Turner & Eck 2016, https://arxiv.org/abs/1611.02796;
  policy gradient: Williams 1992
Family: melody
Command: python run.py --experiment=rl_tuner
Data: as note_rnn
Parameters: 59,438
Headline: not measured: being trained
Result: not measured yet
Time: not measured yet

Tunes any run of melodies: --set stages/0/steps=25 and --set stages/1/start=
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
