"""Drawings are written, with a panel each, and are equal to the byte."""

import numpy as np

from tests.pictures.test_plots import size
from zoo.contracts import Drawing
from zoo.pictures.drawings import draw

CURVES = {'error': {'sample 0': [1.0, 0.5], 'sample 1': [1.0, 0.7]}}
KINDS = {
  'matrices': {'template': np.eye(4), 'sample': np.eye(4)},
  'curves': CURVES | {'other': CURVES['error']},
  'tiles': {
    'all': np.full((30, 8, 8), 255, np.uint8),
    'some': np.zeros((3, 8, 8), np.uint8),
    'none': np.zeros((0, 8, 8), np.uint8),
  },
}


def test_every_kind_is_drawn_the_same_again(tmp_path):
  for kind, panels in KINDS.items():
    drawing = Drawing(kind, kind, panels, 'step')
    for name in ('a', 'b'):
      draw(drawing, tmp_path / f'{kind}-{name}.png')
    one, other = (tmp_path / f'{kind}-{name}.png' for name in ('a', 'b'))
    assert one.read_bytes() == other.read_bytes()
    first = dict(list(panels.items())[:1])
    draw(drawing._replace(panels=first), other)
    assert size(one) > size(other)
