"""Melodies bar by bar by MidiNet, each bar conditioned on the one before.

System: MidiNet's generator and conditioner without chords; Wasserstein loss
  with a gradient penalty, and a dense critic that reads the bar before, too
Source: Yang, Chou and Yang 2017, section 3, https://arxiv.org/abs/1703.10847
Family: lead_sheets
Command: python run.py --experiment=midinet_melody
Data: sopranos of Bach's chorales in 4/4
Parameters: 1,014,316
Headline: precision .632, coverage .246; independent steps .460, .171
Result: three seeds, 2,048 bars each, each the critic's choice of 8: precision
  .632 (.616 to .647), coverage .246 (.223 to .269; real .810 / .385); worst bar
  statistic 17 % off (13 to 22; independent steps 90); .715 distinct (real
  .737); seams of 2.9 semitones (real 2.0)
Time: 2 min of one core, evaluation included

Beside the forms with chords: docs/results/lead_sheets.md.
"""

import copy

from experiments import midinet_creative

CONFIG = copy.deepcopy(midinet_creative.CONFIG)
CONFIG['model'] |= {'chord': 'none', 'critic_chord': False}
