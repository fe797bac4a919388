"""Chorales note by note, told what sounds and where in the bar the music is.

System: BachProp that keeps account of what sounds (ours)
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669
Command: python run.py --experiment=bachprop_sounding
Data: chorales (music21, Riemenschneider's order), 319 pieces to learn, 35 to
  test; pieces that share a tenth in any key stand together
Parameters: 776,765
Result: not measured yet
Time: not measured yet
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES
from experiments.bachprop_chorales import SIZES as SIZES

CONFIG = {**_CHORALES, 'model': {**_CHORALES['model'], 'sounding': True}}
