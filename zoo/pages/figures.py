"""Learning curves as inline SVG, and evaluations as tables with bars."""

from collections.abc import Iterable, Mapping, Sequence
import math
from numbers import Real
from typing import Any

from zoo.pages.page import escape, number
from zoo.pictures.plots import BOOKKEEPING, VALIDATION

_POINTS = 240  # The most points of a curve; more would not be visible.
_DOTS = 40  # The most points that are also drawn as dots.
_WIDTH, _HEIGHT = 400, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 8, 22  # Margins of the panel.
_TICKS = 5
_LONG = 16  # Tables with more rows than this are folded.
_FIRST = ('model', 'generated')  # The columns on the left.
_SIDE = {'training': '', 'validation': VALIDATION}

Series = dict[str, dict[str, list[tuple[int, float]]]]


def curves(lines: Iterable[Mapping[str, Any]]) -> Series:
  """{metric: {'training' or 'validation': [(step, value)]}} of metrics.jsonl.

  A curve with many points is reduced to 240 evenly spaced ones, including the
  last. Values that are not finite numbers are dropped, and so are times and
  counts.

  Args:
    lines: rows with `step`; the loss comes first, accuracies last.
  """
  found: Series = {}
  for line in lines:
    step = line.get('step')
    if not isinstance(step, int):
      continue
    for key, value in line.items():
      if key in BOOKKEEPING or key.endswith('_per_second'):
        continue
      if isinstance(value, Real) and math.isfinite(value):
        name = key.removeprefix(VALIDATION)
        side = 'training' if name == key else 'validation'
        sides = found.setdefault(name, {})
        sides.setdefault(side, []).append((step, float(value)))
  names = sorted(found, key=lambda x: (x != 'loss', 'accuracy' in x, x))
  return {
    name: {
      side: _thinned(found[name][side]) for side in _SIDE if side in found[name]
    }
    for name in names
  }


def curve_figure(name: str, sides: Mapping[str, Any], place: int) -> str:
  """A figure of one metric.

  Args:
    name: the metric.
    sides: as returned by `curves`.
    place: the index of its entry in the page's data; see `curve_data`.
  """
  last, low, high = _ranges(sides)
  right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

  def x(step):
    return _LEFT + (right - _LEFT) * step / max(last, 1)

  def y(value):
    return bottom - (bottom - _TOP) * (value - low) / (high - low)

  drawn = [
    f'<rect class="ground" x="{_LEFT}" y="{_TOP}" '
    f'width="{right - _LEFT}" height="{bottom - _TOP}"/>'
  ]
  for tick in ticks(low, high):
    drawn.append(
      f'<line class="grid" x1="{_LEFT}" x2="{right}" '
      f'y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
      f'<text x="{_LEFT - 5}" y="{y(tick) + 3.5:.1f}" text-anchor="end">'
      f'{tick:.6g}</text>'
    )
  for step, anchor in ((0, 'start'), (last, 'end')):
    drawn.append(
      f'<text x="{x(step):.1f}" y="{_HEIGHT - 6}" text-anchor="{anchor}">'
      f'{step:,}</text>'
    )
  for side, line in sides.items():
    points = [(round(x(step), 1), round(y(value), 1)) for step, value in line]
    path = 'M' + 'L'.join(f'{a} {b}' for a, b in points)
    drawn.append(f'<path class="{side}" d="{path}"/>')
    if len(points) == 1 or (side == 'validation' and len(points) <= _DOTS):
      drawn += [
        f'<circle class="{side}" cx="{a}" cy="{b}" r="2.4"/>' for a, b in points
      ]
  drawn.append(
    f'<line class="hair" y1="{_TOP}" y2="{bottom}" visibility="hidden"/>'
  )
  label = escape(f'{_words(name)}: {_in_words(sides)}')
  return (
    f'<figure data-curve="{place}"><h3>{escape(_words(name))}</h3>'
    f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" tabindex="0" '
    f'aria-label="{label}">{"".join(drawn)}</svg>'
    f'<output>{escape(_in_words(sides))}</output></figure>'
  )


def curve_data(sides: Mapping[str, Any]) -> dict[str, Any]:
  """The data that curves.js shows under the pointer."""
  return {
    'left': _LEFT,
    'right': _WIDTH - _RIGHT,
    'last': _ranges(sides)[0],
    'lines': {
      side: [[step, float(f'{value:.6g}')] for step, value in line]
      for side, line in sides.items()
    },
  }


def evaluation(name: str, metrics: Mapping[str, Any]) -> str:
  """A table of {metric: {column: number}}, with a bar below each number.

  Numbers of one row share a scale, to compare a model with its baselines; rows
  with negative numbers, texts or ranges have no bars. Metrics that are not
  mappings, and ranges with columns of their own, are listed below the table. A
  long table is folded.
  """
  rows = {k: v for k, v in metrics.items() if isinstance(v, Mapping)}
  rows = {k: v for k, v in rows.items() if not _apart(k, rows)}
  columns = sorted(
    dict.fromkeys(c for row in rows.values() for c in row),
    key=lambda column: column not in _FIRST,
  )
  alone = {k: v for k, v in metrics.items() if k not in rows}
  label = escape(_words(name))
  parts = []
  if rows:
    heads = ''.join(
      f'<th scope="col">{escape(_words(c))}</th>' for c in columns
    )
    body = ''.join(
      f'<tr><th scope="row">{escape(_words(key))}</th>'
      f'{_cells(row, columns)}</tr>'
      for key, row in rows.items()
    )
    parts.append(
      f'<div class="wide" data-label="{label}">'
      f'<table><caption>{label}</caption>'
      f'<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>'
      '</div>'
    )
  elif alone:
    parts.append(f'<h3>{label}</h3>')
  if alone:
    said = ', '.join(f'{_words(k)} {_value(v)}' for k, v in alone.items())
    parts.append(f'<p class="quiet">{escape(said)}</p>')
  text = ''.join(parts)
  if len(rows) > _LONG:
    text = (
      f'<details><summary>{label}: {len(rows)} metrics</summary>{text}'
      '</details>'
    )
  return f'<div class="evaluation">{text}</div>'


def table(
  heads: Sequence[str], rows: Iterable[Sequence[Any]], label: str
) -> str:
  """A table of texts and numbers; the first column is the header of its row."""
  top = ''.join(f'<th scope="col">{escape(head)}</th>' for head in heads)
  body = ''.join(
    f'<tr><th scope="row">{escape(first)}</th>'
    + ''.join(
      f'<td class="number">{escape(number(one))}</td>'
      if isinstance(one, int | float)
      else f'<td>{escape(one)}</td>'
      for one in rest
    )
    + '</tr>'
    for first, *rest in rows
  )
  return (
    f'<div class="wide" data-label="{escape(label)}">'
    f'<table><caption>{escape(label)}</caption><thead><tr>{top}</tr></thead>'
    f'<tbody>{body}</tbody></table></div>'
  )


def ticks(low: float, high: float) -> list[float]:
  """Round numbers from `low` to `high`: multiples of 1, 2 or 5 times 10^n."""
  raw = (high - low) / _TICKS
  size = 10.0 ** math.floor(math.log10(raw))
  step = next(m * size for m in (1, 2, 5, 10) if m * size >= raw * (1 - 1e-9))
  first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
  return [place * step for place in range(first, last + 1)]


def _apart(name, rows):
  """Whether a row consists of ranges and shares no column with other rows."""
  others = {c for key, row in rows.items() if key != name for c in row}
  ranges = all(isinstance(v, list | tuple) for v in rows[name].values())
  return bool(others) and ranges and others.isdisjoint(rows[name])


def _cells(row, columns):
  values = [row.get(column) for column in columns]
  present = [value for value in values if value is not None]
  numeric = all(
    isinstance(value, int | float)
    and not isinstance(value, bool)
    and 0 <= value < math.inf
    for value in present
  )
  top = max(present) if numeric and len(present) > 1 else 0
  return ''.join(
    '<td></td>'
    if value is None
    else f'<td class="number">{escape(_value(value))}{_bar(value, top)}</td>'
    for value in values
  )


def _bar(value, top):
  if not top:
    return ''
  share = 100 * value / top
  return (
    '<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" '
    'aria-hidden="true"><rect class="rest" width="100" height="4"/>'
    f'<rect width="{share:.1f}" height="4"/></svg>'
  )


def _value(value):
  if isinstance(value, Mapping):
    return '; '.join(f'{_words(k)} {_value(v)}' for k, v in value.items())
  return number(value)


def _words(name):
  return str(name).replace('_', ' ')


def _in_words(sides):
  return ', '.join(
    f'{side} {line[0][1]:.4g} to {line[-1][1]:.4g}'
    if len(line) > 1
    else f'{side} {line[0][1]:.4g}'
    for side, line in sides.items()
  )


def _ranges(sides):
  """The last step, and the least and greatest values with a margin."""
  values = [value for line in sides.values() for _, value in line]
  low, high = min(values), max(values)
  margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
  return (
    max(line[-1][0] for line in sides.values()),
    low - margin,
    high + margin,
  )


def _thinned(line):
  if len(line) <= _POINTS:
    return line
  every = (len(line) - 1) / (_POINTS - 1)
  return [line[round(place * every)] for place in range(_POINTS)]
