"""Every experiment's docstring is a card, and its results are documented."""

import ast
import importlib
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEYS = [
  'System',
  'Source',
  'Family',
  'Command',
  'Data',
  'Parameters',
  'Headline',
  'Result',
  'Time',
]
FAMILIES = {
  'audio',
  'chorales',
  'drums',
  'events',
  'lead_sheets',
  'melody',
  'pictures',
  'polyphony',
  'rolls',
}
EXPERIMENTS = sorted(
  path.stem
  for path in (ROOT / 'experiments').glob('*.py')
  if path.stem != '__init__'
)
RESULTS = {
  path.stem: path.read_text('utf-8')
  for path in (ROOT / 'docs' / 'results').glob('*.md')
}
NUMBER = re.compile(r'(?<![\w.])-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?![\w])')
# Headlines without a figure start with one of these.
UNMEASURED = ('not trained: ', 'not measured: ')


def docstring(name):
  """An experiment's docstring as it is written, quotes apart."""
  tree = ast.parse((ROOT / 'experiments' / f'{name}.py').read_text('utf-8'))
  return ast.get_docstring(tree, clean=False) or ''


def fields(name):
  """[(key, value)] in their order; a value as one line."""
  found = re.findall(
    r'^([A-Z][a-z]+): (.*(?:\n  \S.*)*)', docstring(name), re.M
  )
  return [(key, ' '.join(value.split())) for key, value in found]


def section(name):
  """What the results file of an experiment's family says about it."""
  text = RESULTS[dict(fields(name))['Family']]
  row = re.search(rf'^\| \[`{name}`\].*$', text, re.M)
  part = re.search(rf'^## {name}\n(.*?)(?=^## |\Z)', text, re.M | re.S)
  assert row and part, f'{name} has no row or no section'
  return f'{row[0]}\n{part[1]}'


@pytest.mark.parametrize('name', EXPERIMENTS)
def test_card(name):
  card = docstring(name)
  lines = card.rstrip('\n').split('\n')
  assert len(lines) <= 25
  assert all(len(line) <= 80 for line in lines)
  assert lines[0].endswith('.') and lines[1] == ''
  assert [key for key, _ in fields(name)] == KEYS
  values = dict(fields(name))
  assert values['Family'] in FAMILIES
  assert values['Command'] == f'python run.py --experiment={name}'
  assert len(values['Headline']) <= 70
  result = re.search(r'^Result: .*(?:\n  \S.*)*', card, re.M)[0]
  assert len(result.split('\n')) <= 5
  # A paper on arXiv is cited by its address.
  cited = re.findall(r'(\S*)\b\d{4}\.\d{5}\b', card)
  assert all(before == 'https://arxiv.org/abs/' for before in cited)


@pytest.mark.parametrize('name', EXPERIMENTS)
def test_headline_is_in_the_results(name):
  headline = dict(fields(name))['Headline']
  if headline.startswith(UNMEASURED):
    return
  numbers = NUMBER.findall(headline)
  assert numbers
  assert set(numbers) <= set(NUMBER.findall(section(name)))


def test_every_experiment_is_in_one_results_file():
  assert set(RESULTS) == FAMILIES
  listed = {}
  for family, text in RESULTS.items():
    rows = re.findall(r'^\| \[`(\w+)`\]\(#(\w+)\)', text, re.M)
    assert all(name == anchor for name, anchor in rows)
    for name, _ in rows:
      assert name not in listed, f'{name} is listed twice'
      listed[name] = family
      assert section(name)
  assert listed == {name: dict(fields(name))['Family'] for name in EXPERIMENTS}


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_results_begin_with_a_table(family):
  text = RESULTS[family]
  columns = (
    '| experiment | metric | ours | baseline | published | command | '
    'machine, time |'
  )
  assert columns in text.split('\n## ')[0]
  # Prose is wrapped, and whatever a footnote is asked for is there.
  assert all(
    len(line) <= 100 or line.startswith('|') for line in text.split('\n')
  )
  assert set(re.findall(r'\[\^(\w+)\](?!:)', text)) == set(
    re.findall(r'^\[\^(\w+)\]:', text, re.M)
  )


def test_compound_table_names_every_experiment_once():
  text = (ROOT / 'docs' / 'compound.md').read_text('utf-8')
  table = text.split('\n## Every experiment\n')[1]
  assert re.findall(r'^\| `(\w+)` \|', table, re.M) == EXPERIMENTS
  named = re.findall(r'`([a-z]+(?:_[a-z]+)*)`', text)
  assert set(named) <= set(EXPERIMENTS)


@pytest.mark.parametrize('name', EXPERIMENTS)
def test_headline_metrics_are_of_evaluators_that_the_experiment_has(name):
  module = importlib.import_module(f'experiments.{name}')
  configured = [one['name'] for one in module.CONFIG['evaluate']]
  headline = getattr(module, 'HEADLINE', [])
  assert len(set(headline)) == len(headline) <= 10
  assert {path.split('/')[0] for path in headline} <= set(configured)
