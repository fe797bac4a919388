"""A chorale's alto, tenor and bass from its soprano, with softmax outputs.

System: MiniBach with a softmax for each voice and step, in every key
Source: Briot, Hadjeres & Pachet, https://arxiv.org/abs/1709.01620 (multiple
  one-hot outputs); the rest as minibach
Family: chorales
Command: python run.py --experiment=minibach_softmax
Data: as minibach, each window in every key that keeps the voices in range
Parameters: 3,269,364
Headline: A/T/B steps .781, .771, .778; always hold .728, .704, .715
Result: alto / tenor / bass: .781 / .771 / .778 of the steps (always hold .728 /
  .704 / .715), .282 / .272 / .253 of the onsets; .738 / .815 / .811 nats a step
  (unigram 1.279 / 1.357 / 1.409)
Time: 3.2 min of training on one core

--set sample/temperature=1 samples notes instead of taking the most likely.
Ablation (softmax, width, transposition): docs/results/chorales.md.
"""

from experiments.minibach import CONFIG as MINIBACH

CONFIG = {
  **MINIBACH,
  'augmentation': [{'name': 'transpose', 'low': -12, 'high': 12}],
  'model': {**MINIBACH['model'], 'hidden': [500], 'head': 'softmax'},
  'steps': 4800,
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/alto',
  'likelihood/tenor',
  'likelihood/bass',
  'voice_leading/parallel_fifths',
  'voice_leading/parallel_octaves',
]
