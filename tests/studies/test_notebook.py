"""The quick-start notebook is its script, and the script runs."""

import json
import os
import subprocess
import sys

from studies import notebook


def test_cells_of_a_script():
  head = '# ---\n# a: b\n# ---\n\n'
  script = head + '# %% [markdown]\n# # A\n#\n# b\n\n# %%\nx = 1\n\n\ny = 2\n'
  assert list(notebook.cells(script)) == [
    ('markdown', '# A\n\nb'),
    ('code', 'x = 1\n\n\ny = 2'),
  ]


def test_the_notebook_is_made_of_the_script():
  made = json.loads(notebook.SCRIPT.with_suffix('.ipynb').read_text('utf-8'))
  assert made == notebook.notebook(notebook.SCRIPT.read_text('utf-8'))
  assert all(cell.get('outputs', []) == [] for cell in made['cells'])


def test_the_script_runs_from_its_folder(tmp_path):
  environment = os.environ | {
    'QUICKSTART_SHORT': '1',
    'QUICKSTART_RUNS': str(tmp_path),
    'JAX_PLATFORMS': 'cpu',
  }
  done = subprocess.run(
    [sys.executable, notebook.SCRIPT.name],
    cwd=notebook.SCRIPT.parent,
    env=environment,
    capture_output=True,
    text=True,
  )
  assert done.returncode == 0, done.stdout + done.stderr
  made = {path.name for path in tmp_path.rglob('*.wav')}
  assert {'sample-000.wav', 'harmonize-output.wav'} <= made
  assert any(name.startswith('interpolate-') for name in made)
  assert done.stdout.rstrip().split('\n')[-1].endswith(' notes')
