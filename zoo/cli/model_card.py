"""The model card of a run: `card.md`, with Hugging Face's front matter."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from zoo.cli.listing import read_card
from zoo.cli.report import markdown

_LICENCE = 'apache-2.0'  # Of the program, and of what it trains.
_LIMITS = """\
For study, teaching and play with small music models, and as a baseline. The
model only knows its training corpus: it cannot write in other styles or meters
or for other instruments, and its output should be compared with the corpus
(see `originality` and `plagiarism` above, if present) before it is called new.
Nothing here identifies the author of a piece, and no metric replaces listening:
`--mode=listen` writes a blind test."""


def write(workdir: Path, card: str, report: Mapping[str, Any]) -> Path:
  """Writes card.md into a run directory.

  Args:
    workdir: the run directory.
    card: the experiment's docstring.
    report: as in report.json.
  """
  path = workdir / 'card.md'
  partial = workdir / '.card.md.partial'
  partial.write_text(model_card(card, report), 'utf-8')
  partial.replace(path)
  return path


def model_card(card: str, report: Mapping[str, Any]) -> str:
  """The card as Markdown, YAML front matter first."""
  fields = read_card(card)
  name = report['experiment']
  sections = {
    'What it is': _what(fields, report),
    'Training data and license': _data(fields, report),
    'Metrics': _metrics(report),
    'Intended use and limits': _LIMITS,
    'How to reproduce': _again(report),
    'Citation': _citation(fields),
  }
  body = '\n\n'.join(f'## {k}\n\n{v}' for k, v in sections.items() if v)
  return f'---\n{_front_matter(report)}---\n\n# {name}\n\n{body}\n'


def _front_matter(report):
  """YAML with scalars in JSON, which is valid YAML and escapes them."""
  name = json.dumps(report['experiment'])
  lines = [
    f'license: {_LICENCE}',
    'library_name: jax',
    'tags:',
    *(f'- {json.dumps(tag)}' for tag in ('music', 'music-generation', 'flax')),
    'model-index:',
    f'- name: {name}',
    '  results:',
  ]
  for evaluator, metrics in report.get('evaluate', {}).items():
    numbers = [
      (metric, value)
      for metric, row in metrics.items()
      if isinstance(row, Mapping) and row
      if isinstance(value := next(iter(row.values())), int | float)
    ]
    if not numbers:
      continue
    lines += [
      '  - task:',
      '      type: music-generation',
      f'      name: {json.dumps(evaluator)}',
      '    dataset:',
      f'      type: {json.dumps(report["data"]["dataset"])}',
      f'      name: {json.dumps(report["data"]["dataset"])}',
      '    metrics:',
    ]
    for metric, value in numbers:
      lines += [
        f'    - type: {json.dumps(metric)}',
        f'      value: {json.dumps(value)}',
      ]
  if lines[-1] == '  results:':
    lines = lines[: lines.index('model-index:')]
  return '\n'.join([*lines, ''])


def _what(fields, report):
  rows = [fields['Title']] if fields['Title'] else []
  for key in ('System', 'Source'):
    if key in fields:
      rows.append(f'- {key}: {fields[key]}')
  rows.append(f'- Parameters: {report["parameters"]:,}')
  rows.append(
    f'- Checkpoint: `{report["checkpoint"]}`, after {report["step"]:,} steps, '
    f'seed {report["seed"]}'
  )
  return '\n'.join([*rows[:1], '', *rows[1:]])


def _data(fields, report):
  data = report['data']
  examples = ', '.join(f'{n:,} {k}' for k, n in data['examples'].items())
  rows = [
    fields.get('Data', ''),
    f'Examples: {examples}. Fingerprint `{data["fingerprint"]}`.',
    f'License of the music: {data["licence"]}' if data.get('licence') else '',
  ]
  return '\n\n'.join(row for row in rows if row)


def _metrics(report):
  tables = [
    markdown(name, metrics)
    for name, metrics in {
      **report.get('evaluate', {}),
      'listening': report.get('listening', {}),
    }.items()
    if metrics
  ]
  return '\n\n'.join(tables)


def _again(report):
  versions = ', '.join(f'{k} {v}' for k, v in report['versions'].items())
  return (
    f'```\n{report["command"]}\n```\n\nVersions: {versions}. On a CPU the same '
    'seed and versions give a bit-identical model.'
  )


def _citation(fields):
  words = 'Please cite this program (CITATION.cff)'
  source = fields.get('Source')
  return f'{words} and the system: {source}.' if source else f'{words}.'
