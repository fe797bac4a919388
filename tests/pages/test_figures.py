"""Curves and tables: what is drawn, by arithmetic."""

import math
import re

import pytest

from zoo.pages.figures import (
  curve_data,
  curve_figure,
  curves,
  evaluation,
  ticks,
)


def test_series_of_metrics():
  found = curves(
    [
      {'step': 2, 'stage': 0, 'accuracy': 0.1, 'loss': 3.0, 'seconds': 1.0},
      {'step': 4, 'loss': None, 'accuracy': float('nan'), 'b': True},
      {'step': 6, 'loss': 1.0, 'validation_loss': 2, 'examples_per_second': 9},
      {'loss': 7.0},
    ]
  )
  assert list(found) == ['loss', 'b', 'accuracy']
  assert found['loss'] == {
    'training': [(2, 3.0), (6, 1.0)],
    'validation': [(6, 2.0)],
  }
  assert found['accuracy'] == {'training': [(2, 0.1)]}


def test_long_curves_keep_their_ends_and_stay_small():
  found = curves({'step': n, 'loss': float(n)} for n in range(1, 100_001))
  line = found['loss']['training']
  assert len(line) == 240
  assert line[0] == (1, 1.0) and line[-1] == (100_000, 100_000.0)
  assert len(curve_figure('loss', found['loss'], 0)) < 8_000


@pytest.mark.parametrize('value', [0.0, 5.0, -3.0, 1e-12, 1e12])
def test_a_flat_curve_is_inside_its_panel(value):
  sides = {'training': [(1, value), (9, value)]}
  drawn = curve_figure('a<b', sides, 3)
  assert 'data-curve="3"' in drawn and 'a&lt;b' in drawn
  path = re.search(r'<path class="training" d="M([^"]*)"', drawn)[1]
  for point in path.split('L'):
    x, y = map(float, point.split())
    assert 52 <= x <= 392 and 8 <= y <= 168
  assert curve_data(sides)['last'] == 9


@pytest.mark.parametrize(
  ('low', 'high'),
  [(0, 1), (0.1, 0.101), (-5, 12_345), (1e-9, 3e-9), (133.5, 146)],
)
def test_ticks_are_round_and_few(low, high):
  found = ticks(low, high)
  assert 2 <= len(found) <= 7
  steps = {round((b - a) / (high - low), 6) for a, b in zip(found, found[1:])}  # noqa: B905, RUF007
  assert len(steps) <= 1
  size = found[1] - found[0]
  assert round(size / 10 ** math.floor(math.log10(size * 1.001)), 6) in (
    1,
    2,
    5,
    10,
  )
  assert all(low - size < tick < high + size for tick in found)


def test_a_table_puts_the_model_first_and_compares_within_a_row():
  text = evaluation(
    'token likelihood',
    {
      'nats': {'bigram': 2.0, 'model': 1.0},
      'change': {'bigram': 1.0, 'model': -1.0},
      'band': {'model': [0.25, 0.5]},
      'none': {'model': None},
      'examples': 12_000,
    },
  )
  heads = re.findall(r'<th scope="col">([^<]*)</th>', text)
  assert heads == ['model', 'bigram']
  bars = re.findall(r'<rect width="([\d.]+)" height="4"/>', text)
  assert bars == ['50.0', '100.0']
  assert '0.250..0.500' in text and 'examples 12,000' in text


def test_ranges_of_other_columns_are_below_the_table():
  text = evaluation(
    'statistics',
    {
      'hold': {'real': 0.6, 'samples': 0.5},
      'band': {'hold': [0.25, 0.5], 'range': [7, 12]},
    },
  )
  heads = re.findall(r'<th scope="col">([^<]*)</th>', text)
  assert heads == ['real', 'samples']
  assert 'band hold 0.250..0.500; range 7..12' in text


def test_a_table_of_hostile_names_is_escaped():
  evil = '</script><script>alert(1)</script>'
  text = evaluation(evil, {evil: {evil: evil}, evil * 2: {'a': {evil: evil}}})
  assert '<script' not in text
