"""A text with its tokens colored by how uncertain a model was of each."""

from collections.abc import Sequence
import os

import numpy as np

_COLUMNS = 24


def entropy_map(
  tokens: Sequence[str],
  entropy: Sequence[float],
  path: str | os.PathLike,
  title: str = '',
) -> None:
  """Draws tokens line by line; each cell is the entropy before its token.

  Args:
    tokens: of a text.
    entropy: in nats, of the prediction of each token; optionally one more for
      the end.
    path: a .png.
    title: above the map.
  """
  from matplotlib.figure import Figure  # Slow to import.

  words = [*tokens, 'end'][: len(entropy)]
  rows = max(-(-len(words) // _COLUMNS), 1)
  flat = np.full(rows * _COLUMNS, np.nan)
  flat[: len(words)] = entropy[: len(words)]
  grid = flat.reshape(rows, _COLUMNS)
  figure = Figure(figsize=(0.5 * _COLUMNS, 0.4 * rows + 1.0))
  axes = figure.subplots()
  most = max(float(np.nanmax(grid)) if len(words) else 0.0, 1e-6)
  drawn = axes.imshow(grid, cmap='YlOrRd', vmin=0, vmax=most, aspect='auto')
  for place, word in enumerate(words):
    row, column = divmod(place, _COLUMNS)
    dark = grid[row, column] > 0.65 * most
    axes.text(
      column,
      row,
      word,
      ha='center',
      va='center',
      fontsize=8,
      color='white' if dark else 'black',
    )
  axes.set_xticks([])
  axes.set_yticks([])
  axes.set_title(title or 'Entropy of each prediction')
  figure.colorbar(drawn, ax=axes, label='nats')
  figure.savefig(path, bbox_inches='tight', metadata={'Software': None})
