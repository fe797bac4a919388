"""Your own music: any folder of MIDI, MusicXML and ABC files.

`--set dataset/name=midi_folder --set dataset/path=DIR`. Files may be mixed
and nested. A file that cannot be read is reported and dropped. Licence: that
of your files.
"""

import hashlib
import importlib.metadata
import json
import os

from zoo.contracts import Dataset, UserError
from zoo.music import parsing, tunes
from zoo.music.parsing import SUFFIXES
from zoo.music.reading import list_folder, read_folder


def midi_folder(*, path: str, as_written: bool = False) -> Dataset:
  """Every music file below `path`: MIDI, MusicXML and ABC by their suffixes.

  Ids are paths below the folder; the tunes of an ABC file are `file.abc#X`.

  Args:
    path: the folder.
    as_written: of MusicXML, every bar once; otherwise its repeats, endings and
      jumps are played, as those of ABC always are.

  Raises:
    UserError: the folder does not exist, or has no music file.
  """
  path = os.path.expanduser(path)
  if not os.path.isdir(path):
    raise UserError(f'dataset/path: there is no folder {path!r}.')
  files, _ = list_folder(path)
  if not files:
    raise UserError(
      f'dataset/path: there is no music in {path!r}; it needs files that end '
      f'in {", ".join(SUFFIXES)}.'
    )
  stats = [(name, os.stat(os.path.join(path, name))) for name in files]
  key = {
    'dataset': 'midi_folder',
    'reader': [tunes.VERSION, parsing.VERSION],
    'symusic': importlib.metadata.version('symusic'),
    'as_written': as_written,
    'files': [(name, at.st_size, at.st_mtime_ns) for name, at in stats],
  }
  return Dataset(
    hashlib.sha256(json.dumps(key).encode()).hexdigest(),
    f'Your own files in {path}: their licence is yours to know.',
    lambda: read_folder(path, as_written=as_written),
  )
