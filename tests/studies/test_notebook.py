"""The notebooks are their scripts, and the scripts run."""

import importlib.util
import json
import math
import os
import re
import subprocess
import sys

import pytest

from studies import notebook


def test_cells_of_a_script():
  head = '# ---\n# a: b\n# ---\n\n'
  script = head + '# %% [markdown]\n# # A\n#\n# b\n\n# %%\nx = 1\n\n\ny = 2\n'
  assert list(notebook.cells(script)) == [
    ('markdown', '# A\n\nb'),
    ('code', 'x = 1\n\n\ny = 2'),
  ]


@pytest.mark.parametrize('script', notebook.SCRIPTS, ids=lambda one: one.stem)
def test_the_notebook_is_made_of_the_script(script):
  made = json.loads(script.with_suffix('.ipynb').read_text('utf-8'))
  assert made == notebook.notebook(script.read_text('utf-8'))
  assert all(cell.get('outputs', []) == [] for cell in made['cells'])


def test_the_quick_start_runs_from_its_folder(tmp_path):
  environment = os.environ | {
    'QUICKSTART_SHORT': '1',
    'QUICKSTART_RUNS': str(tmp_path),
    'JAX_PLATFORMS': 'cpu',
  }
  done = subprocess.run(
    [sys.executable, 'quickstart.py'],
    cwd=notebook.DOCS,
    env=environment,
    capture_output=True,
    text=True,
  )
  assert done.returncode == 0, done.stdout + done.stderr
  made = {path.name for path in tmp_path.rglob('*.wav')}
  assert {'sample-000.wav', 'harmonize-output.wav'} <= made
  assert any(name.startswith('interpolate-') for name in made)
  assert done.stdout.rstrip().split('\n')[-1].endswith(' notes')


def test_parts_of_the_zoo_serve_elsewhere():
  environment = os.environ | {'JAX_PLATFORMS': 'cpu'}
  done = subprocess.run(
    [sys.executable, 'reuse.py'],
    cwd=notebook.DOCS,
    env=environment,
    capture_output=True,
    text=True,
  )
  assert done.returncode == 0, done.stdout + done.stderr
  found = re.findall(r': ([\d.]+) at first, ([\d.]+)', done.stdout)
  (first_nats, nats), (first_distance, distance) = (
    map(float, pair) for pair in found
  )
  # Log 90 before training; later less than a uniform choice of 12 classes.
  assert abs(first_nats - math.log(90)) < 0.3
  assert nats < math.log(12)
  assert distance < first_distance / 2
  known = importlib.util.find_spec('torch') is not None
  last = done.stdout.rstrip().split('\n')[-1]
  assert last.endswith(
    'the same windows again' if known else 'to run this part.'
  )
