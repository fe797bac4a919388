"""Your own music: any folder of MIDI, MusicXML and ABC files.

`--set dataset/name=midi_folder --set dataset/path=DIR`. Kinds of files may be
mixed and folders nested. The folder may have any size: parsed pieces are cached
on disk in shards. A file that cannot be read is reported and dropped. Licence:
that of your files.
"""

import hashlib
import importlib.metadata
import json
import os

from zoo.contracts import Dataset, UserError
from zoo.music import parsing, tunes
from zoo.music.parsing import SUFFIXES
from zoo.music.reading import list_folder, printable
from zoo.music.shards import File, read_shards


def midi_folder(*, path: str, as_written: bool = False) -> Dataset:
  """Every music file below `path`: MIDI, MusicXML and ABC by their suffixes.

  Ids are paths below the folder; the tunes of an ABC file are `file.abc#X`.

  Args:
    path: the folder.
    as_written: reads every bar of MusicXML once; otherwise repeats, endings and
      jumps are played, as those of ABC always are.

  Raises:
    UserError: the folder does not exist, or has no music file.
  """
  path = os.path.expanduser(path)
  if not os.path.isdir(path):
    raise UserError(f'dataset/path: there is no folder {path!r}.')
  names, links = list_folder(path)
  if not names:
    raise UserError(
      f'dataset/path: there is no music file in {path!r}: give a folder with '
      f'files that end in {", ".join(SUFFIXES)}.'
    )
  files = [_file(path, name) for name in names]
  reader = {
    'dataset': 'midi_folder',
    'reader': [tunes.VERSION, parsing.VERSION],
    'symusic': importlib.metadata.version('symusic'),
    'as_written': as_written,
  }
  stats = [
    (name, file.size, file.modified)
    for name, file in zip(names, files, strict=True)
  ]
  key = {**reader, 'files': stats}

  def read():
    pieces, bad = read_shards(files, reader)
    return pieces, sorted(links + bad, key=lambda row: row[0])

  return Dataset(
    hashlib.sha256(json.dumps(key).encode()).hexdigest(),
    f'Your own files in {path}: check their licence yourself.',
    read,
  )


def _file(folder, name):
  path = os.path.abspath(os.path.join(folder, name))
  status = os.stat(path)
  return File(path, printable(name), status.st_size, status.st_mtime_ns)
