"""A ragtime: Scott Joplin's Maple Leaf Rag (1899), from music21's corpus.

Its five sections, each of sixteen bars in 2/4, are separate pieces, so that no
window spans two of them. Four are for training, and the last one is the test
set; there is too little music for a validation set. For your own rags use
`midi_folder`.

Licence: the music is in the public domain; the encoding comes with music21
and is read where it is installed.
"""

import importlib.metadata
import importlib.util
from pathlib import Path

from zoo.contracts import Dataset, UserError
from zoo.music import parsing
from zoo.music.parsed import parsed_once
from zoo.music.piece import Notes, Piece
from zoo.music.reading import read
from zoo.music.signatures import key_signatures, without_idle

# Measures of each section, first and last; first endings are skipped, as when a
# section is played for the second time.
SECTIONS = {
  'A': ((1, 15), (17, 17)),
  'B': ((18, 32), (34, 34)),
  'A again': ((35, 50),),
  'C': ((51, 65), (67, 67)),
  'D': ((68, 82), (84, 84)),
}
TEST = 'D'

_BAR = 2.0  # Quarters; measure 1 begins with the second bar, after a pick-up.


def ragtime() -> Dataset:
  """The sections of Maple Leaf Rag; ids are `maple_leaf_rag/A` and so on.

  Raises:
    UserError: music21 is not installed, or has no such file.
  """
  found = importlib.util.find_spec('music21')
  if found is None or not found.submodule_search_locations:
    raise UserError(
      "The dataset 'ragtime' comes with music21, which is not installed: "
      "pip install '.[music]'."
    )
  folder = Path(found.submodule_search_locations[0]) / 'corpus' / 'joplin'
  path = folder / 'maple_leaf_rag.mxl'
  if not path.is_file():
    raise UserError(
      f'There is no file {path}: this music21 was installed without its corpus.'
    )
  key = {
    'dataset': 'ragtime 2',
    'reader': parsing.VERSION,
    'music21': importlib.metadata.version('music21'),
    'size': path.stat().st_size,
  }

  def sections():
    whole = read(path, as_written=True)
    return [_section(whole, name) for name in SECTIONS], []

  return parsed_once(
    key,
    "Joplin's Maple Leaf Rag from music21's corpus: in the public domain.",
    sections,
  )


def _section(whole: Piece, name: str) -> Piece:
  """The notes of a section, starting at 0; a note ends with its section."""
  columns: list[list] = [[] for _ in Notes._fields]
  signatures: list[tuple[float, float]] = []
  begin = 0.0
  for first, last in SECTIONS[name]:
    since, until = first * _BAR, (last + 1) * _BAR
    table = whole.notes
    inside = (table.start >= since) & (table.start < until)
    part = Notes(*(column[inside] for column in table))
    part = part._replace(
      start=part.start - since + begin,
      end=part.end.clip(max=until) - since + begin,
    )
    for column, values in zip(columns, part, strict=True):
      column.extend(values.tolist())
    for start, sharps in key_signatures(whole):
      if start < until:  # The last signature before the section applies to it.
        signatures.append((max(start, since) - since + begin, sharps))
    begin += until - since
  made = [
    column.dtype.type(values)
    for column, values in zip(whole.notes, columns, strict=True)
  ]
  return whole._replace(
    id=f'maple_leaf_rag/{name}',
    notes=Notes(*made),
    metres=whole.metres[:1],
    tempos=whole.tempos[:1],
    metadata={
      **whole.metadata,
      'key_signatures': without_idle(signatures),
      'title': f'Maple Leaf Rag, {name}',
      'split': 'test' if name == TEST else 'train',
    },
  )
