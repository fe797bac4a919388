"""--list: the experiments, and the modes and options of one of them.

It receives the modules of the experiments, and the tables of parts.
"""

from collections.abc import Mapping
import inspect
import json
import re
from typing import Any

from zoo import config as config_lib
from zoo.contracts import UserError
from zoo.questions import QUESTIONS

WIDTH = 100  # Columns, if the width of the terminal is unknown.
_NAME = 25  # Columns of a name.
_TIME = 6  # Columns of the minutes.
_MAKES = 31  # The fewest columns that say what an experiment makes.
# For experiments without a Family in their card, by the model's question.
_FAMILIES = {
  'Autoregressive': 'What comes next (autoregressive)',
  'Conditional': 'What stands here, given the rest (conditional)',
  'Latent': 'What is this in few numbers (latent)',
  'Adversary': 'Is this one real (adversarial)',
  'Energy': 'How likely is this (energy-based)',
}
_OTHER = 'Others'
_UNITS = {'s': 1 / 60, 'min': 1, 'h': 60}


def read_card(docstring: str) -> dict[str, str]:
  """The `Key: value` lines of an experiment's card; the first is Title."""
  lines = inspect.cleandoc(docstring).splitlines()
  found = {'Title': lines[0] if lines else ''}
  key = None
  for line in lines[1:]:
    head, colon, rest = line.partition(': ')
    if colon and head[:1].isupper() and ' ' not in head:
      key, found[head] = head, rest.strip()
    elif key and line.startswith('  '):
      found[key] = f'{found[key]} {line.strip()}'
    else:
      key = None
  return found


def rows(
  experiments: Mapping[str, Any], tables: Mapping[str, Any]
) -> list[dict[str, Any]]:
  """What --list prints about each experiment, as JSON values.

  Args:
    experiments: {name: module with CONFIG and a card}.
    tables: of parts, by the key of an experiment.
  """
  found = []
  for name, module in experiments.items():
    card = read_card(module.__doc__ or '')
    found.append(
      {
        'name': name,
        'family': card.get('Family') or _family(module.CONFIG, tables),
        'makes': card['Title'].rstrip('.'),
        'headline': card.get('Headline', ''),
        'minutes': minutes(card.get('Time', '')),
        'system': card.get('System', ''),
        'source': card.get('Source', ''),
        'data': card.get('Data', ''),
        'parameters': card.get('Parameters', ''),
      }
    )
  return found


def minutes(text: str) -> float | None:
  """The first duration in a card's Time, in minutes; None without one."""
  found = re.search(r'(\d+(?:\.\d+)?) (s|min|h)\b', text)
  return float(found[1]) * _UNITS[found[2]] if found else None


def table(found: list[dict[str, Any]], columns: int = WIDTH) -> list[str]:
  """One line per experiment, grouped by family, at most `columns` wide."""
  families = dict.fromkeys(row['family'] for row in found)
  # A longer name takes room from the text next to it.
  name = max((len(row['name']) for row in found), default=0)
  name = min(name, _NAME)
  room = max(columns - name - _TIME - 4, 0)
  said = max((len(row['headline']) for row in found), default=0)
  said = min(said, max(room - _MAKES - 2, 0))
  makes = room - said - 2 * bool(said)
  lines: list[str] = []
  for family in families:
    lines += ['', family] if lines else [family]
    for row in found:
      if row['family'] == family:
        time = '' if row['minutes'] is None else f'{row["minutes"]:.0f} min'
        beside = max(makes - max(len(row['name']) - name, 0), 0)
        cells = [
          row['name'].ljust(name),
          _cut(row['makes'], beside).ljust(beside),
        ]
        if said:
          cells.append(_clauses(row['headline'], said).ljust(said))
        lines.append('  '.join([*cells, time.rjust(_TIME)]))
  return [_cut(line.rstrip(), columns) for line in lines]


def options(
  config: Mapping[str, Any], tables: Mapping[str, Any], prefix: str = ''
) -> list[dict[str, Any]]:
  """{'path', 'value', 'legal'} of every option, or of a stage at `prefix`."""
  found = []
  for key, entry in config.items():
    if key == 'stages':
      for number, stage in enumerate(entry):
        found += options(stage, tables, f'{prefix}stages/{number}/')
      continue
    for path, part in config_lib.parts(f'{prefix}{key}', entry):
      if key not in tables or not isinstance(part, dict) or 'name' not in part:
        found.append({'path': path, 'value': part, 'legal': ''})
        continue
      names = ', '.join(tables[key])
      found.append(
        {'path': f'{path}/name', 'value': part['name'], 'legal': names}
      )
      builder = config_lib.look_up(tables[key], part['name'], path)
      for option, legal in config_lib.legal_options(path, builder).items():
        now = part.get(option, legal.default)
        found.append(
          {'path': f'{path}/{option}', 'value': now, 'legal': legal.legal}
        )
  return found


def modes(config: dict[str, Any], module: Any) -> list[dict[str, Any]]:
  """{'name', 'inputs', 'help'} of every mode, those common to all runs first.

  Args:
    config: the experiment's, complete.
    module: the experiment.
  """
  from zoo.cli import modes as modes_lib

  found = [
    {'name': name, 'inputs': inputs, 'help': words}
    for name, inputs, words in (
      ('train', '', 'trains or resumes, evaluates and samples'),
      ('evaluate', '[--input=ANSWERS.json ...]', 'measures again, or answers'),
      ('listen', '', 'writes a blind listening test'),
      ('benchmark', '', 'times a training step'),
    )
  ]
  try:
    own = modes_lib.untrained(config, getattr(module, 'SIZES', {}))
  except UserError:  # The sizes depend on the data.
    own = {}
  return found + [
    {'name': name, 'inputs': modes_lib.flags_of(mode), 'help': mode.help}
    for name, mode in own.items()
  ]


def about(
  name: str, module: Any, config: dict[str, Any], tables: Mapping[str, Any]
) -> dict[str, Any]:
  """What --list=NAME prints, as JSON values.

  Args:
    name: the experiment.
    module: with CONFIG and a card.
    config: CONFIG, complete.
    tables: of parts.
  """
  return {
    'name': name,
    'card': inspect.cleandoc(module.__doc__ or ''),
    'modes': modes(config, module),
    'options': options(module.CONFIG, tables),
  }


def in_words(found: Mapping[str, Any]) -> list[str]:
  """The result of `about`, as lines."""
  lines = [found['card'], '', 'Modes, for --mode=NAME:']
  flags = [f'{one["name"]} {one["inputs"]}'.rstrip() for one in found['modes']]
  width = max(map(len, flags))
  for flag, one in zip(flags, found['modes'], strict=True):
    lines.append(f'  {flag.ljust(width)}  {one["help"]}'.rstrip())
  lines += ['', 'Options, for --set path=value (now; legal values):']
  for one in found['options']:
    legal = f' ({one["legal"]})' if one['legal'] else ''
    lines.append(f'  {one["path"]} = {one["value"]!r}{legal}')
  return lines


def as_json(found: Any) -> str:
  """JSON, with values of other types as text."""
  return json.dumps(found, indent=2, default=str)


def _family(config, tables):
  model = tables['model'].get(config['model']['name'])
  for question in QUESTIONS:
    if question in getattr(model, '__mro__', ()):
      return _FAMILIES[question.__name__]
  return _OTHER


def _clauses(text, columns):
  """As many whole clauses of a text as fit in the columns."""
  ends = [len(text), *(at.start() for at in re.finditer(r'[;:,] | \(', text))]
  fitting = [
    end
    for end in ends
    if end <= columns and text.count('(', 0, end) == text.count(')', 0, end)
  ]
  return text[: max(fitting)] if fitting else _cut(text, columns)


def _cut(text, columns):
  """The text cut to `columns`; a longer one ends after a word, with '...'."""
  if len(text) <= columns:
    return text
  short = text[: max(columns - 2, 0)]
  whole = short.rpartition(' ')[0] or short[: max(columns - 3, 0)]
  return whole.rstrip(' ,;:(') + '...'
