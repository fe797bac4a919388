"""Bags of bars, and the nearest bar of the library."""

import numpy as np
import pytest

from tests.encoders.tunes import make, same_notes
from zoo.contracts import UserError
from zoo.encoders.unit_bags import UnitBags

TUNE = make([(0, 2, 60), (2, 4, 64), (4, 8, 67), (8, 9, 72), (9, 12, 71)])


def test_a_bar_of_the_library_comes_back():
  encoder = UnitBags().fit([TUNE])
  found = encoder.encode(TUNE).examples
  assert found['bag'].shape == (3, encoder.spec.sizes['features'])
  assert same_notes(encoder.join(found), TUNE)
  assert same_notes(encoder.join(encoder.cover(TUNE)), TUNE)
  # With a few features lost, the nearest is still the same bar.
  lost = found['bag'].copy()
  lost[:, ::7] = 0
  assert same_notes(encoder.join({'bag': lost}), TUNE)


def test_the_library_is_rebuilt_from_the_spec_and_has_a_limit():
  encoder = UnitBags(library=2).fit([TUNE, TUNE])
  spec = encoder.spec
  assert len(spec.vocabulary['library']) == 2
  again = UnitBags.from_spec(type(spec).from_json(spec.to_json()))
  bags = encoder.encode(TUNE).examples
  for one, other in zip(encoder.decode(bags), again.decode(bags), strict=True):
    assert same_notes(one, other)


def test_silence_has_no_bars_and_no_library():
  encoder = UnitBags()
  assert len(encoder.encode(make([])).examples['bag']) == 0
  with pytest.raises(UserError, match='needs the bars of the training'):
    encoder.decode({'bag': np.ones((1, encoder.spec.sizes['features']))})
