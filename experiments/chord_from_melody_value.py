"""The root of a chord from four notes of melody, as a number.

System: feedforward network, regression (example 1 of the course)
Source: Briot's course, no paper
Command: python run.py --experiment=chord_from_melody_value
Data: as chord_from_melody
Parameters: 1,201
Result: worse than trivial: on 894 held-out chords a squared error of 11.36,
  beside 11.25 of the mean root always; accuracy .088, beside .308 (commonest
  root below the note that sounds when the quarter begins) and .144 (commonest
  root). It answers near the mean whatever it hears. None is published
Time: 41 s of training on half a core of a crowded machine

Four values in, one value out, squared error: the course's first step, and it
fails here. Pitch classes lie on a circle, so B and C, next to each other, are
11 apart as numbers; and below one melody stand several roots, whose mean is no
root. The second step, classification, is experiments/chord_from_melody.py.
"""

from experiments.chord_from_melody import CONFIG as CLASSES
from experiments.chord_from_melody import SMOKE as SMOKE

CONFIG = {
  **CLASSES,
  'model': {'name': 'chord_from_melody', 'view': 'value', 'head': 'value'},
}
