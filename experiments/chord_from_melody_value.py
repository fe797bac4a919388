"""The root of a chord from four notes of melody, as a number.

System: feedforward network, regression (example 1 of Briot's course)
Source: Briot's course
Family: chorales
Command: python run.py --experiment=chord_from_melody_value
Data: music21's four-part chorales in 4/4, as chord_from_melody
Parameters: 1,201
Headline: 11.36 squared error; the mean root 11.25
Result: worse than trivial: on 894 test chords a squared error of 11.36 (the
  mean root 11.25); accuracy .088 (most common root for the active pitch .308,
  most common root .144). All its predictions are near the mean
Time: 41 s of training on half a core of a busy machine

Regression on pitch classes fails: they lie on a circle, and the mean of two
possible roots is not a root. chord_from_melody classifies.
"""

from experiments.chord_from_melody import CONFIG as CLASSES
from experiments.chord_from_melody import SMOKE as SMOKE

CONFIG = {
  **CLASSES,
  'model': {'name': 'chord_from_melody', 'view': 'value', 'head': 'value'},
}
