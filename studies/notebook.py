"""Makes the notebooks docs/quickstart.ipynb and docs/reuse.ipynb.

  python -m studies.notebook

They are generated, without outputs, from docs/quickstart.py and docs/reuse.py,
which are edited and tested. These scripts are in jupytext's percent format: a
line `# %%` begins a cell of code, `# %% [markdown]` one of text.
"""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / 'docs'
SCRIPTS = (DOCS / 'quickstart.py', DOCS / 'reuse.py')


def cells(script: str) -> Iterator[tuple[str, str]]:
  """('code' or 'markdown', text) of each cell of a script."""
  parts = re.split(r'^# %%(.*)\n', script, flags=re.M)
  for mark, text in zip(parts[1::2], parts[2::2], strict=True):
    kind = 'markdown' if mark.strip() == '[markdown]' else 'code'
    text = text.strip('\n')
    if kind == 'markdown':
      text = re.sub(r'^# ?', '', text, flags=re.M)
    yield kind, text


def notebook(script: str) -> dict[str, Any]:
  """A script as a notebook of format 4.5, without outputs."""
  made = []
  for number, (kind, text) in enumerate(cells(script)):
    cell: dict[str, Any] = {
      'cell_type': kind,
      'id': f'cell-{number}',
      'metadata': {},
      'source': text.splitlines(keepends=True),
    }
    if kind == 'code':
      cell |= {'execution_count': None, 'outputs': []}
    made.append(cell)
  kernel = {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'}
  return {
    'cells': made,
    'metadata': {
      'kernelspec': kernel,
      'language_info': {'name': 'python'},
    },
    'nbformat': 4,
    'nbformat_minor': 5,
  }


def main() -> None:
  """Makes the notebook of each script."""
  for script in SCRIPTS:
    path = script.with_suffix('.ipynb')
    made = json.dumps(notebook(script.read_text('utf-8')), indent=1)
    path.write_text(made + '\n', 'utf-8')
    print(path)


if __name__ == '__main__':
  main()
