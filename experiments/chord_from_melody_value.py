"""The root of a chord from four notes of melody, as a number.

System: feedforward network, regression (example 1 of the course)
Source: Briot's course, no paper
Command: python run.py --experiment=chord_from_melody_value
Data: as chord_from_melody
Parameters: 1,201
Result: not measured yet
Time: not measured yet

Four values in, one value out, squared error: the course's first step. A mean
of two roots is no root between them, which is why the second step is
classification: experiments/chord_from_melody.py.
"""

from experiments.chord_from_melody import CONFIG as CLASSES
from experiments.chord_from_melody import SMOKE as SMOKE

CONFIG = {
  **CLASSES,
  'model': {'name': 'chord_from_melody', 'view': 'value', 'output': 'value'},
  'loss': {'name': 'chord', 'head': 'value'},
}
