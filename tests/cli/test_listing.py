"""--list: a line per experiment, families, minutes, truncation."""

import types

import pytest

import run as command_line
from zoo.cli import listing

CARD = """Melodies for two hands and a very patient listener.

System: a network
Family: Gates
Headline: 0.956 of steps (hold 0.598; published 0.951, 46 times as large)
Parameters: 12
Time: 90 s of training on two cores, 4 min in all
"""


def module(card):
  return types.SimpleNamespace(__doc__=card, CONFIG={'model': {'name': 'none'}})


@pytest.mark.parametrize('columns', [60, 80, 100, 160])
def test_every_experiment_has_one_line_that_fits(columns):
  names = command_line.experiment_names()
  found = listing.rows(
    {name: command_line.experiment(name) for name in names},
    command_line.tables(),
  )
  lines = listing.table(found, columns)
  assert max(map(len, lines)) <= columns
  for name in names:
    assert len([one for one in lines if one.split()[:1] == [name]]) == 1


def test_a_row_is_what_the_card_says():
  (row,) = listing.rows({'one': module(CARD)}, {'model': {}})
  assert row['family'] == 'Gates'
  assert row['makes'] == 'Melodies for two hands and a very patient listener'
  assert row['headline'].startswith('0.956 of steps')
  assert row['minutes'] == 1.5
  lines = listing.table([row], 100)
  assert lines[0] == 'Gates' and lines[1].startswith('one  Melodies')
  assert '0.956 of steps' in lines[1] and lines[1].endswith('2 min')


@pytest.mark.parametrize('columns', [60, 70, 80, 100])
def test_a_headline_is_cut_between_clauses_and_a_title_between_words(columns):
  (row,) = listing.rows({'one': module(CARD)}, {'model': {}})
  line = listing.table([row], columns)[1]
  assert line.startswith(
    'one  Melodies for two hands and a...  0.956 of steps '
  )
  assert '(' not in line


def test_rows_are_grouped_by_family_and_without_one_by_question():
  class Model:
    pass

  question = type('Answers', (Model, listing.QUESTIONS[0]), {})
  tables = {'model': {'none': question}}
  cards = {'a': 'A.', 'b': CARD, 'c': 'C.'}
  found = listing.rows({k: module(v) for k, v in cards.items()}, tables)
  lines = listing.table(found)
  heads = [line for line in lines if not line.startswith(('a', 'b', 'c'))]
  assert heads == ['What comes next (autoregressive)', '', 'Gates']
  assert [line[0] for line in lines if line] == ['W', 'a', 'c', 'G', 'b']


@pytest.mark.parametrize(
  ('text', 'minutes'),
  [('4.3 min of training', 4.3), ('90 s', 1.5), ('1.5 h', 90), ('yours', None)],
)
def test_minutes(text, minutes):
  assert listing.minutes(text) == minutes
