"""Drawings of the results of a sampler's mode: see zoo.contracts.Drawing."""

from collections.abc import Mapping
import math
from pathlib import Path
from typing import Any

import numpy as np

from zoo.contracts import Drawing
from zoo.pictures import plots

_SHADES = 'magma'
_WHITE = 255
_COLUMNS = 24  # Tiles per row.
_MARGIN = 1  # Pixels between tiles.
_LARGE = 4  # The factor by which tiles are enlarged.


def draw(drawing: Drawing, path: str | Path) -> None:
  """Writes a drawing as a .png; the same input gives the same bytes.

  Args:
    drawing: matrices, curves or tiles.
    path: of the file.
  """
  kinds = {'matrices': _matrices, 'curves': _curves, 'tiles': _tiles}
  kinds[drawing.kind](drawing.panels, drawing.axis, path)


def _matrices(panels, axis, path):
  figure, (row,) = plots.panels(1, len(panels), 2.4, 2.4, 0.4)
  for axes, (title, values) in zip(row, panels.items(), strict=True):
    axes.imshow(
      np.asarray(values),
      cmap=_SHADES,
      vmin=0,
      vmax=1,
      origin='lower',
      aspect='auto',
    )
    axes.set_xlabel(axis, fontsize=6.5, color=plots.FADED)
    plots.caption(axes, title, 8)
  plots.save(figure, path)


def _curves(panels: Mapping[str, Mapping[str, Any]], axis, path):
  figure, (row,) = plots.panels(1, len(panels), 3.4, 2.4, 0.5)
  for axes, (title, curves) in zip(row, panels.items(), strict=True):
    for place, (name, values) in enumerate(curves.items()):
      axes.plot(
        np.linspace(0, 1, len(values)),
        values,
        label=name,
        lw=1.0,
        color=plots.PARTS[place % len(plots.PARTS)],
      )
    axes.set_ylim(bottom=0)
    axes.spines['bottom'].set_visible(True)
    axes.set_xlabel(axis, fontsize=6.5, color=plots.FADED)
    plots.caption(axes, title, 8)
  plots.save(figure, path)


def _tiles(panels, axis, path):
  """Draws each group with its title, its tiles row by row."""
  del axis
  groups = {k: np.asarray(v) for k, v in panels.items() if len(v)}
  sheets = [_sheet(tiles) for tiles in groups.values()]
  width = max(sheet.shape[1] for sheet in sheets) / 100
  heights = [sheet.shape[0] / 100 for sheet in sheets]
  figure = _page(groups, sheets, width, heights)
  plots.save(figure, path)


def _page(groups, sheets, width, heights):
  from matplotlib.figure import Figure  # Slow to import.

  room = 0.25  # The height of a title, in inches.
  tall = sum(heights) + room * len(heights)
  figure = Figure(
    (max(width, 3.0), tall), dpi=plots.RESOLUTION, facecolor=plots.PAPER
  )
  top = tall
  for title, sheet, height in zip(groups, sheets, heights, strict=True):
    top -= room
    figure.text(0, (top + 0.05) / tall, title, fontsize=8, color=plots.INK)
    top -= height
    share = sheet.shape[1] / 100 / max(width, 3.0)
    axes = figure.add_axes((0, top / tall, share, height / tall))
    axes.imshow(sheet, cmap='gray', vmin=0, vmax=_WHITE, aspect='auto')
    axes.set_axis_off()
  return figure


def _sheet(tiles):
  """Tiles [n, H, W] as one array, each pixel enlarged."""
  count, height, width = tiles.shape
  columns = min(_COLUMNS, count)
  rows = math.ceil(count / columns)
  height, width = height + _MARGIN, width + _MARGIN
  sheet = np.full((rows * height, columns * width), _WHITE, np.uint8)
  for place, tile in enumerate(tiles):
    row, column = divmod(place, columns)
    down, across = row * height, column * width
    sheet[down : down + tile.shape[0], across : across + tile.shape[1]] = tile
  return np.kron(sheet, np.ones((_LARGE, _LARGE), np.uint8))
