"""Bach's four-part chorales, in Riemenschneider's order, as music21 has them.

Of the 371 chorales, 354 have four parts: soprano, alto, tenor and bass, in this
order as parts 0 to 3. Those with more are dropped. Publications that count 351
look up each chorale in music21 by its BWV number and take the first score
found; for BWV 112.5 (numbers 313 and 353) and 190.7 (number 327) that score has
instruments, and here the score of the four voices is read instead. Others count
368 strictly four-part scores in all of music21's Bach, whether Riemenschneider
has them or not. Times are in quarter notes, and bars begin on the bar lines: a
pick-up is at the end of a bar.

Licence: Bach's music is in the public domain; the encodings come with music21
and are read where it is installed.
"""

import importlib.metadata
import importlib.util
from pathlib import Path

from zoo.contracts import Dataset, UserError
from zoo.music import parsing
from zoo.music.parsed import parsed_once
from zoo.music.piece import Piece
from zoo.music.reading import read_files

VOICES = ('soprano', 'alto', 'tenor', 'bass')
LAST = 371

_LICENCE = (
  "Bach's chorales from music21's corpus, read where it is installed: the "
  'music is in the public domain (see license.txt in music21/corpus).'
)


def chorales(*, first: int = 1, last: int = LAST) -> Dataset:
  """Four-part chorales; ids are `riemenschneider/001` and so on.

  Metadata: title, bwv, number and, where the score has any, key_signatures
  ([start, sharps], flats negative) and fermatas ([start, end]), in quarters.

  Args:
    first, last: numbers in Riemenschneider's collection, both included.

  Raises:
    UserError: numbers out of range, or music21 is not installed.
  """
  if not 1 <= first <= last <= LAST:
    raise UserError(
      f'dataset/first and dataset/last must be numbers in order from 1 to '
      f'{LAST}, not {first} and {last}.'
    )
  found = importlib.util.find_spec('music21')
  if found is None or not found.submodule_search_locations:
    raise UserError(
      "The dataset 'chorales' comes with music21, which is not installed: "
      "pip install '.[music]'."
    )
  folder = Path(found.submodule_search_locations[0]) / 'corpus' / 'bach'
  if not folder.is_dir():
    raise UserError(
      f'There are no chorales in {folder}: this music21 was installed without '
      'its corpus.'
    )
  key = {
    'dataset': 'chorales 1',
    'reader': parsing.VERSION,
    'music21': importlib.metadata.version('music21'),
    'numbers': [first, last],
  }

  def read():
    from music21.corpus.chorales import ChoraleListRKBWV  # half a second

    catalogue = ChoraleListRKBWV().byRiemenschneider
    numbers = [n for n in sorted(catalogue) if first <= n <= last]
    files = [
      (_file(folder, str(catalogue[number]['bwv'])), _name(number))
      for number in numbers
    ]
    pieces, dropped = read_files(files, as_written=True)
    about = {_name(number): catalogue[number] for number in numbers}
    kept = []
    for piece in pieces:
      parts = len(set(piece.notes.part.tolist()))
      if parts == len(VOICES):
        kept.append(_described(piece, about[piece.id]))
      else:
        dropped.append((piece.id, f'has {parts} parts, not {len(VOICES)}'))
    return kept, dropped

  return parsed_once(key, _LICENCE, read)


def _file(folder, bwv):
  """The score; for two catalogue numbers the file name is longer."""
  exact = folder / f'bwv{bwv}.mxl'
  others = sorted(folder.glob(f'bwv{bwv}*.mxl'))
  return str(exact if exact.is_file() or not others else others[0])


def _name(number):
  return f'riemenschneider/{number:03d}'


def _described(piece: Piece, entry) -> Piece:
  return piece._replace(
    metadata={
      **piece.metadata,
      'title': entry['title'],
      'bwv': str(entry['bwv']),
      'number': int(entry['riemenschneider']),
      'composer': 'Johann Sebastian Bach',
    }
  )
