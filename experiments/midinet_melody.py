"""Melodies bar by bar by MidiNet, each bar conditioned on the one before.

System: MidiNet's generator and conditioner without chords; Wasserstein loss
  with a gradient penalty, and a dense critic that reads the bar before, too
Source: Yang, Chou and Yang 2017, section 3, https://arxiv.org/abs/1703.10847
Family: lead_sheets
Command: python run.py --experiment=midinet_melody
Data: sopranos of Bach's chorales in 4/4
Parameters: 0
Headline: TODO
Result: TODO
Time: TODO

Beside the forms with chords: docs/results/lead_sheets.md.
"""

import copy

from experiments import midinet_creative

CONFIG = copy.deepcopy(midinet_creative.CONFIG)
CONFIG['model'] |= {'chord': 'none', 'critic_chord': False}
