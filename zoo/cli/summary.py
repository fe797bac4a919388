"""What a run prints at its end: a few metrics with their baselines."""

from collections.abc import Mapping, Sequence
from typing import Any

_LINES = 10  # The most metrics that are printed.
_COLUMNS = 4  # The most numbers of one metric.


def lines(report: Mapping[str, Any], headline: Sequence[str] = ()) -> list[str]:
  """The headline metrics of a report, one per line.

  Args:
    report: as in report.json.
    headline: 'evaluator/metric' of those to show; by default the first metric
      of each evaluator.
  """
  chosen = [
    (path, row)
    for path in headline
    if (row := _row(report, *path.split('/', 1))) is not None
  ]
  if not headline:
    chosen = [
      (f'{name}/{metric}', row)
      for name, metrics in report.get('evaluate', {}).items()
      for metric, row in list(_rows(metrics).items())[:1]
    ]
  answers = report.get('listening', {})
  chosen += [(f'listening/{k}', v) for k, v in list(_rows(answers).items())[:1]]
  width = max((len(path) for path, _ in chosen[:_LINES]), default=0)
  return [
    f'{path.ljust(width)}  {in_words(row)}' for path, row in chosen[:_LINES]
  ]


def in_words(row: Mapping[str, Any]) -> str:
  """'model 0.953, hold 0.598': the numbers of a metric, the model's first."""
  return ', '.join(
    f'{column.replace("_", " ")} {_number(value)}'
    for column, value in list(row.items())[:_COLUMNS]
  )


def _row(report, name, metric=''):
  row = report.get('evaluate', {}).get(name, {}).get(metric)
  return row if isinstance(row, Mapping) else None


def _rows(metrics):
  return {k: v for k, v in metrics.items() if isinstance(v, Mapping)}


def _number(value):
  if isinstance(value, list):
    return '..'.join(map(_number, value))
  return f'{value:.3f}' if isinstance(value, float) else str(value)
