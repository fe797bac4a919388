"""Charts are written, show what they are given, and are equal to the byte."""

import numpy as np

from tests.pictures.test_plots import coloured, size
from zoo.pictures import charts, plots

CURVES = {
  'generated': [0.1, 0.5, 1.0],
  'held_out': [0.0, 0.4, float('nan')],
  'shuffled': [1.0, 1.0, 1.0],
}


def test_profiles_have_a_panel_a_name(tmp_path):
  for name in ('a.png', 'b.png'):
    charts.profiles(
      {'exact': CURVES, 'in_any_key': CURVES}, (2, 3, 4), tmp_path / name, ''
    )
  assert (tmp_path / 'a.png').read_bytes() == (tmp_path / 'b.png').read_bytes()
  charts.profiles({'exact': CURVES}, (2, 3, 4), tmp_path / 'c.png', '')
  assert size(tmp_path / 'a.png')[0] > 1.8 * size(tmp_path / 'c.png')[0]
  for colour in (plots.PARTS[1], plots.INK, plots.FADED):
    assert coloured(tmp_path / 'c.png', colour) > 50
  alone = {'generated': CURVES['generated']}
  charts.profiles({'exact': alone}, (2, 3, 4), tmp_path / 'd.png', '')
  assert coloured(tmp_path / 'd.png', plots.PARTS[1]) > 50


def test_histograms_omit_what_was_never_counted(tmp_path):
  one, none = np.array([0, 4, 2, 0]), np.zeros(4, int)
  panels = {'successive': {'generated': one, 'training': 3 * one}}
  charts.histograms(panels, range(4), tmp_path / 'a.png', '')
  silent = {'generated': none, 'training': none}
  charts.histograms(
    {**panels, 'simultaneous': silent}, range(4), tmp_path / 'b.png', ''
  )
  assert (tmp_path / 'a.png').read_bytes() == (tmp_path / 'b.png').read_bytes()
  assert coloured(tmp_path / 'a.png', plots.FADED) > 100
  charts.histograms({'none': silent}, range(4), tmp_path / 'c.png', '')
  assert size(tmp_path / 'c.png')[0] > 100
