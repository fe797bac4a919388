"""String quartets by Haydn, Mozart and Beethoven, from music21's corpus.

A piece is a movement, or a whole work where music21 has it in one file; four
parts, any metre and tempo. Pieces with another number of parts are dropped.

Licence: the music is in the public domain; the encodings come with music21
and are read where it is installed.
"""

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Literal

from zoo.contracts import Dataset, UserError
from zoo.music import parsing
from zoo.music.parsed import parsed_once
from zoo.music.reading import read_files

Composer = Literal['haydn', 'mozart', 'beethoven']

# Works in the folders of music21's corpus; the other files are not quartets.
WORKS: dict[Composer, str] = {
  'haydn': 'opus*',
  'mozart': 'k[!5]*[05-8]',  # k80, k155, k156, k458; not the sonata k545
  'beethoven': 'opus*',
}
PARTS = 4


def quartets(
  *, composers: tuple[Composer, ...] = ('haydn', 'mozart', 'beethoven')
) -> Dataset:
  """Movements; ids are `beethoven/opus18no1/movement1` and so on.

  Args:
    composers: which ones.

  Raises:
    UserError: no composer, or music21 is not installed or without its corpus.
  """
  if not composers:
    raise UserError('dataset/composers is empty: name one, or leave it out.')
  found = importlib.util.find_spec('music21')
  if found is None or not found.submodule_search_locations:
    raise UserError(
      "The dataset 'quartets' comes with music21, which is not installed: "
      "pip install '.[music]'."
    )
  corpus = Path(found.submodule_search_locations[0]) / 'corpus'
  files = [
    path
    for composer in dict.fromkeys(composers)
    for work in sorted((corpus / composer).glob(WORKS[composer]))
    for path in ([work] if work.is_file() else sorted(work.glob('*.mxl')))
    if path.suffix == '.mxl'
  ]
  if not files:
    raise UserError(
      f'There are no quartets in {corpus}: this music21 was installed without '
      'its corpus.'
    )
  names = [
    (str(path), str(path.relative_to(corpus).with_suffix(''))) for path in files
  ]
  key = {
    'dataset': 'quartets 1',
    'reader': parsing.VERSION,
    'music21': importlib.metadata.version('music21'),
    'files': [(name, Path(path).stat().st_size) for path, name in names],
  }

  def read():
    pieces, dropped = read_files(names, as_written=True)
    kept = []
    for piece in pieces:
      parts = len(set(piece.notes.part.tolist()))
      if parts == PARTS:
        kept.append(piece)
      else:
        dropped.append((piece.id, f'has {parts} parts, not {PARTS}'))
    return kept, dropped

  return parsed_once(
    key,
    "String quartets from music21's corpus: the music is in the public domain "
    '(see license.txt in music21/corpus).',
    read,
  )
