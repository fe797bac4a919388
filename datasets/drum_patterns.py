"""Drum patterns of two bars, written for this project: nothing to download.

More than a hundred patterns of named styles as text grids
(datasets/grids/drum_patterns.txt), each with variations by the rules of
datasets/drum_variations.py. A piece is a pattern with all of its variations,
end to end, so that a split by piece never separates a pattern from its
variations. Some patterns are in 3/4 or 12/8; the encoder selects one metre.

A model can learn the styles' vocabulary from it. It is not a corpus of
performances: there is no microtiming, and loudness has four levels. Licence:
the project's own.
"""

import hashlib
import json
from pathlib import Path

from datasets import drum_variations
from zoo.contracts import Dataset, UserError
from zoo.music import drum_grids
from zoo.music.piece import Piece, Tempo

GRIDS = Path(__file__).parent / 'grids' / 'drum_patterns.txt'
_VERSION = 1  # Increase it when the rules of variations change.


def drum_patterns(
  *, path: str = '', styles: tuple[str, ...] = (), variations: int = 47
) -> Dataset:
  """Patterns with their variations; ids are `style / name`.

  Args:
    path: a file of your own patterns, in the same format; '' for the built-in
      ones.
    styles: which ones, by name; all when empty.
    variations: the most that are made of each pattern, itself not counted.

  Raises:
    UserError: a file that cannot be read, an unknown style, or a number of
      variations that is out of range.
  """
  if not 0 <= variations <= 10_000:
    raise UserError('dataset/variations must be 0 to 10000.')
  text = _read(Path(path).expanduser() if path else GRIDS)
  source = path or GRIDS.name
  patterns = drum_grids.read_patterns(text, source)
  known = sorted({pattern.style for pattern in patterns})
  for style in styles:
    if style not in known:
      raise UserError(
        f'dataset/styles: there is no style {style!r} in {source}; there are '
        f'{", ".join(known)}.'
      )
  chosen = [one for one in patterns if not styles or one.style in styles]
  key = ['drum_patterns', _VERSION, text, sorted(styles), variations]
  return Dataset(
    hashlib.sha256(json.dumps(key).encode()).hexdigest(),
    f'Your own drum patterns in {path}: check their licence yourself.'
    if path
    else 'Drum patterns written for this project, under its own licence.',
    lambda: ([piece_of(pattern, variations) for pattern in chosen], []),
  )


def piece_of(pattern: drum_grids.Pattern, variations: int) -> Piece:
  """A pattern and its variations end to end, two bars each."""
  found = drum_variations.variations(pattern, variations)
  steps = drum_grids.BARS * pattern.steps_per_bar
  return Piece(
    pattern.name,
    drum_grids.notes_of(found, steps),
    (pattern.metre,),
    (Tempo(0.0, pattern.tempo),),
    {'title': pattern.name, 'style': pattern.style},
  )


def _read(path: Path) -> str:
  most = drum_grids.MOST_BYTES
  try:
    with open(path, 'rb') as file:
      data = file.read(most + 1)
  except OSError as error:
    raise UserError(
      f'dataset/path: {path} cannot be read ({error.strerror}).'
    ) from error
  if len(data) > most:
    raise UserError(f'dataset/path: {path} is larger than {most / 1e6:g} MB.')
  try:
    return data.decode('utf-8')
  except UnicodeDecodeError as error:
    raise UserError(f'dataset/path: {path} is not UTF-8 text.') from error
