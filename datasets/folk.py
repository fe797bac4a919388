"""Folk tunes: the ABC collections that music21 brings along, read in place.

O'Neill's Music of Ireland (1850 tunes and more), Ryan's Mammoth Collection
(1050 reels and jigs, 1883) and Aird's Airs (1778 to 1801): 4,248 tunes. The
Essen collection adds 8,514 songs on request.

Licence: music21 is BSD, its corpus is not. The tunes are old and traditional;
the transcriptions are distributed with the permission of those who made them,
and some may not be used commercially. The legal status of the Essen
collection is unclear, and music21 has it for non-commercial use. Nothing is
copied out of the installed package.
"""

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Literal

from zoo.contracts import Dataset, UserError
from zoo.music import tunes
from zoo.music.parsed import parsed_once
from zoo.music.piece import Metre, Piece
from zoo.music.reading import read_files

Collection = Literal[
  'oneills1850', 'ryansMammoth', 'airdsAirs', 'essenFolksong'
]

_LICENCE = (
  "Folk tunes from music21's corpus, read where it is installed: old "
  'traditional tunes; some of the transcriptions may not be used commercially '
  '(see license.txt in music21/corpus).'
)
_ESSEN = (
  ' The Essen collection is there by permission for non-commercial use only; '
  'its legal status is unclear.'
)


def folk(
  *,
  collections: tuple[Collection, ...] = (
    'oneills1850',
    'ryansMammoth',
    'airdsAirs',
  ),
  double_two_four: bool = True,
) -> Dataset:
  """Tunes of the collections; ids are `collection/file.abc#number`.

  Args:
    collections: which ones; essenFolksong is for non-commercial use only.
    double_two_four: tunes in 2/4 get notes twice as long and become 4/4, so
      that a reel written in sixteenths is like a reel in cut time.

  Raises:
    UserError: no collection, or music21 is not installed.
  """
  if not collections:
    raise UserError('dataset/collections is empty: name one, or leave it out.')
  corpus = _corpus()
  files = [
    (path, f'{collection}/{path.name}')
    for collection in dict.fromkeys(collections)
    for path in sorted((corpus / collection).glob('*.abc'))
  ]
  if not files:
    raise UserError(
      f'There are no tunes in {corpus}: this music21 was installed without '
      'its corpus.'
    )
  key = {
    'dataset': 'folk',
    'reader': tunes.VERSION,
    'music21': importlib.metadata.version('music21'),
    'symusic': importlib.metadata.version('symusic'),
    'files': [(name, path.stat().st_size) for path, name in files],
    'double_two_four': double_two_four,
  }

  def read():
    pieces, dropped = read_files([(str(path), name) for path, name in files])
    if double_two_four:
      pieces = [_double(piece) for piece in pieces]
    return pieces, dropped

  return parsed_once(
    key,
    _LICENCE + _ESSEN * ('essenFolksong' in collections),
    read,
  )


def _corpus() -> Path:
  """music21's corpus, found without the half second that its import takes."""
  found = importlib.util.find_spec('music21')
  if found is None or not found.submodule_search_locations:
    raise UserError(
      "The dataset 'folk' needs music21, which brings the tunes: "
      "pip install '.[music]'."
    )
  return Path(found.submodule_search_locations[0]) / 'corpus'


def _double(piece: Piece) -> Piece:
  """A piece in 2/4 with doubled note values, as 4/4; others as they are."""
  if piece.metres != (Metre(0.0, 2, 4),):
    return piece
  table = piece.notes
  return piece._replace(
    notes=table._replace(start=2 * table.start, end=2 * table.end),
    metres=(Metre(0.0, 4, 4),),
    tempos=tuple(
      tempo._replace(
        start=2 * tempo.start,
        quarters_per_minute=2 * tempo.quarters_per_minute,
      )
      for tempo in piece.tempos
    ),
    metadata={**piece.metadata, 'doubled': True},
  )
