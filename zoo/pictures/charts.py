"""Charts of evaluations as PNG files; the same input gives the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from zoo.pictures import plots

# Baselines and real music look the same in every chart.
REAL = ('held_out', 'training')
TRIVIAL = ('shuffled',)


def profiles(
  panels: Mapping[str, Mapping[str, Sequence[float]]],
  x: Sequence[int],
  path: str | Path,
  what: str,
) -> None:
  """Draws shares from 0 to 1 as lines, one panel per name, on common axes.

  Args:
    panels: {title: {column: [len(x)]}}; only finite values are drawn.
    x: the abscissae of the values.
    path: the .png to write.
    what: appended to each title.
  """
  figure, (row,) = plots.panels(1, len(panels), 3.4, 2.4, 0.5)
  for axes, (title, curves) in zip(row, panels.items(), strict=True):
    for column, values in curves.items():
      axes.plot(
        x,
        values,
        label=column.replace('_', ' '),
        marker='o',
        markersize=2.8,
        lw=1.3,
        **_style(column, curves),
      )
    plots.caption(axes, f'{title.replace("_", " ")}{what}', 8)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlim(min(x) - 0.5, max(x) + 0.5)
    axes.xaxis.set_major_locator(plots.locator(6))
    _ground(axes)
  _legend(row[0])
  plots.save(figure, path)


def histograms(
  panels: Mapping[str, Mapping[str, np.ndarray]],
  x: Sequence[int],
  path: str | Path,
  what: str,
) -> None:
  """Draws normalized histograms as outlines, one panel per name.

  Args:
    panels: {title: {column: [len(x)] counts}}; empty ones are not drawn.
    x: the value of each bin, one apart.
    path: the .png to write.
    what: appended to each title.
  """
  shown = {
    title: {column: one for column, one in sets.items() if one.sum()}
    for title, sets in panels.items()
  }
  shown = {title: sets for title, sets in shown.items() if sets}
  figure, (row,) = plots.panels(1, max(len(shown), 1), 4.4, 2.4, 0.5)
  edges = np.append(np.asarray(x) - 0.5, x[-1] + 0.5)
  for axes, (title, sets) in zip(row, shown.items(), strict=False):
    for column, counts in sets.items():
      axes.stairs(
        counts / counts.sum(),
        edges,
        label=column.replace('_', ' '),
        lw=1.2,
        **_style(column, sets),
      )
    used = np.flatnonzero(sum(counts > 0 for counts in sets.values()))
    axes.set_xlim(edges[used[0]] - 0.5, edges[used[-1] + 1] + 0.5)
    axes.set_ylim(bottom=0)
    plots.caption(axes, f'{title.replace("_", " ")}{what}', 8)
    _ground(axes)
    _legend(axes)
  plots.save(figure, path)


def _style(column, everyone):
  """Black and gray for real music, dots for baselines, colors for the rest."""
  if column in TRIVIAL:
    return {'color': plots.FADED, 'linestyle': (0, (1, 1.5)), 'zorder': 2}
  if column in REAL:
    colour = plots.INK if column == REAL[0] else plots.FADED
    return {'color': colour, 'zorder': 2.1}
  made = [one for one in everyone if one not in (*REAL, *TRIVIAL)]
  place = (made.index(column) + 1) % len(plots.PARTS)
  return {'color': plots.PARTS[place], 'zorder': 2.2}


def _ground(axes):
  axes.set_axisbelow(True)
  axes.grid(axis='y', color=plots.BLACK_KEY, lw=0.7)
  axes.spines['bottom'].set_visible(True)


def _legend(axes):
  if axes.get_legend_handles_labels()[1]:
    axes.legend(
      frameon=False, fontsize=6.5, labelcolor=plots.INK, handlelength=1.4
    )
