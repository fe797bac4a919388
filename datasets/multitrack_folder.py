"""Music in several parts for trios: your own folder, or a dozen backings.

Without a path: twelve backings of sixteen bars that were written for this
project (datasets/grids/backings.txt), with melody, bass and drums in twelve
styles and ten keys. They are enough for a first run, but are not a corpus: to
train a useful trio, give a folder of multitrack MIDI files.
"""

import hashlib
import json
from pathlib import Path

from datasets.drum_patterns import GRIDS as PATTERNS
from datasets.midi_folder import midi_folder
from zoo.contracts import Dataset
from zoo.music import backing_grids, drum_grids
from zoo.music.piece import Piece

GRIDS = Path(__file__).parent / 'grids' / 'backings.txt'
_VERSION = 1  # Increase it when the same text is read as other music.

# By position in the file: there are too few pieces to split by a hash.
_VALIDATION, _TEST = (3, 8), (5, 10)


def multitrack_folder(*, path: str = '') -> Dataset:
  """Pieces of several parts; ids are paths below the folder, or names.

  Args:
    path: a folder of MIDI, MusicXML and ABC files; '' for the backings.

  Raises:
    UserError: the folder does not exist, or has no music file.
  """
  if path:
    return midi_folder(path=path)
  texts = [one.read_text('utf-8') for one in (GRIDS, PATTERNS)]
  return Dataset(
    hashlib.sha256(json.dumps([_VERSION, *texts]).encode()).hexdigest(),
    'Twelve backings written for this project, under its own licence: enough '
    'for a first run, but not a corpus. For more, set dataset/path to a '
    'folder of multitrack MIDI files.',
    lambda: (_backings(*texts), []),
  )


def _backings(text: str, patterns: str) -> list[Piece]:
  known = {
    pattern.name: pattern
    for pattern in drum_grids.read_patterns(patterns, PATTERNS.name)
  }
  pieces = []
  for place, one in enumerate(backing_grids.read_backings(text, GRIDS.name)):
    piece = backing_grids.piece_of(one, known)
    split = 'train'
    if place in _VALIDATION + _TEST:
      split = 'validation' if place in _VALIDATION else 'test'
    pieces.append(piece._replace(metadata={**piece.metadata, 'split': split}))
  return pieces
