"""Your own tune books: a folder of .abc files, read as they are written.

`--set dataset/name=abc_folder --set dataset/path=DIR`. Folders may be nested;
a tune that cannot be read is reported and dropped. Licence: that of your
files.
"""

import os

from zoo.contracts import Dataset, UserError
from zoo.music import parsing, tunes
from zoo.music.parsed import parsed_once
from zoo.music.reading import list_folder, read_files


def abc_folder(*, path: str) -> Dataset:
  """Every tune of every .abc file below `path`; ids are `file.abc#X`.

  Args:
    path: the folder.

  Raises:
    UserError: the folder does not exist, or has no .abc file.
  """
  path = os.path.expanduser(path)
  if not os.path.isdir(path):
    raise UserError(f'dataset/path: there is no folder {path!r}.')
  files, _ = list_folder(path)
  files = [name for name in files if name.lower().endswith('.abc')]
  if not files:
    raise UserError(
      f'dataset/path: there is no .abc file in {path!r}: give a folder of tune '
      'books, or use the dataset midi_folder for other music.'
    )
  stats = [(name, os.stat(os.path.join(path, name))) for name in files]
  key = {
    'dataset': 'abc_folder',
    'reader': [tunes.VERSION, parsing.VERSION],
    'files': [(name, at.st_size, at.st_mtime_ns) for name, at in stats],
  }
  return parsed_once(
    key,
    f'Your own files in {path}: check their licence yourself.',
    lambda: read_files([(os.path.join(path, name), name) for name in files]),
  )
