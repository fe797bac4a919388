"""The files of a run are valid JSON."""

import json

import numpy as np

from zoo.cli import run_directory


def test_numbers_that_json_lacks_become_null(tmp_path):
  nan, infinity = float('nan'), float('inf')
  value = {'a': {'b': [1.5, nan, (2, -infinity)]}, 'c': np.float64(nan), 'd': 3}
  run_directory.write_json(tmp_path / 'x.json', value)
  text = (tmp_path / 'x.json').read_text()
  found = json.loads(text, parse_constant=lambda name: 1 / 0)
  assert found == {'a': {'b': [1.5, None, [2, None]]}, 'c': None, 'd': 3}
