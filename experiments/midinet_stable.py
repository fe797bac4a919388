"""Melodies bar by bar over chords, by MidiNet: the chord in the last layer.

System: MidiNet's generator and conditioner; its last layer is given the three
  pitch classes of the chord, times 4; Wasserstein loss with a gradient penalty
Source: Yang, Chou and Yang 2017, section 3, https://arxiv.org/abs/1703.10847
Family: lead_sheets
Command: python run.py --experiment=midinet_stable
Data: sopranos of Bach's chorales in 4/4, with the triad of the lower voices
Parameters: 1,046,064
Headline: chord tones .591 of sounding time, shuffled chords .326
Result: three seeds, 2,048 bars each over held-out progressions, each the
  critic's choice of 6: chord tones .591 (.580 to .602), under shuffled chords
  .326 (real .560 / .303); worst bar statistic 14 % off (8 to 19; independent
  steps 90); precision .628, coverage .241 (real .810 / .385); .713 distinct
  (real .737)
Time: 2.1 min of training on one core shared with other work

Why the published stable form cannot hear chords: docs/results/lead_sheets.md.
"""

import copy

from experiments import midinet_creative

CONFIG = copy.deepcopy(midinet_creative.CONFIG)
CONFIG['model'] |= {'chord': 'last', 'chord_view': 'triad', 'chord_scale': 4.0}
# With 8, as in midinet_creative, too few bars are distinct.
CONFIG['sample'] |= {'candidates': 6}
