"""Drums played by people: the Groove MIDI Dataset, or any folder of drums.

13.6 hours of drumming by ten drummers on a Roland TD-11, to a metronome
(Gillick et al., "Learning to Groove with Inverse Sequence Transformations",
ICML 2019, arXiv 1905.06118), with an official split. Give the folder of the
MIDI-only archive, which contains info.csv:
https://magenta.tensorflow.org/datasets/groove

The kit has its own note numbers for toms and rims: use the encoder `drums` with
kit=roland_td11. Licence: CC BY 4.0, Google Inc.
"""

import csv
import hashlib
import importlib.metadata
import io
import json
import os
from typing import Literal

from zoo.contracts import Dataset, UserError
from zoo.music import parsing, tunes
from zoo.music.piece import Piece
from zoo.music.reading import list_folder, read_files

SPLITS = ('train', 'validation', 'test')
COLUMNS = ('midi_filename', 'split', 'beat_type', 'time_signature', 'style')
TABLE = 'info.csv'
MOST_BYTES = 10_000_000  # Of info.csv: forty times the real one.


def groove(
  *,
  path: str = '',
  beat_type: Literal['beat', 'fill', 'all'] = 'beat',
  time_signature: str = '4-4',
) -> Dataset:
  """Performances; ids are paths below the folder.

  Args:
    path: the folder. Without info.csv all of it is read, and split like any
      other folder.
    beat_type: grooves, fills of a bar or two, or both.
    time_signature: as in info.csv; performances in others are dropped. ''
      takes all. 1,138 of 1,150 are in 4-4.

  Raises:
    UserError: no folder, or an info.csv that is another table.
  """
  path = os.path.expanduser(path)
  if not os.path.isdir(path):
    raise UserError(
      f'dataset/path: there is no folder {path!r}; download the MIDI-only '
      'archive from https://magenta.tensorflow.org/datasets/groove, unpack it '
      'and give its folder.'
    )
  files, links = list_folder(path)
  if not files:
    raise UserError(f'dataset/path: there is no MIDI file in {path!r}.')
  table = os.path.join(path, TABLE)
  rows = _rows(table) if os.path.isfile(table) else None
  chosen, dropped = _choose(files, rows, beat_type, time_signature)
  stats = [(name, os.stat(os.path.join(path, name))) for name in chosen]
  key = {
    'dataset': 'groove 1',
    'reader': [tunes.VERSION, parsing.VERSION],
    'symusic': importlib.metadata.version('symusic'),
    'rows': rows and {name: rows[name] for name in chosen},
    'files': [(name, at.st_size, at.st_mtime_ns) for name, at in stats],
  }

  def read():
    pieces, bad = read_files(
      [(os.path.join(path, name), name) for name in chosen]
    )
    if rows:
      pieces = [_labelled(piece, rows[piece.id]) for piece in pieces]
    return pieces, [*links, *dropped, *bad]

  return Dataset(
    hashlib.sha256(json.dumps(key).encode()).hexdigest(),
    'The Groove MIDI Dataset, (c) 2019 Google Inc., under CC BY 4.0.'
    if rows
    else f'Your own files in {path}: check their licence yourself.',
    read,
  )


def _rows(table: str) -> dict[str, dict[str, str]]:
  """{midi_filename: its row of info.csv}."""
  with open(table, 'rb') as file:
    data = file.read(MOST_BYTES + 1)
  if len(data) > MOST_BYTES:
    raise UserError(f'{table} is larger than {MOST_BYTES / 1e6:g} MB.')
  text = io.StringIO(data.decode('utf-8-sig', 'replace'), newline='')
  reader = csv.DictReader(text)
  missing = set(COLUMNS) - set(reader.fieldnames or ())
  if missing:
    raise UserError(
      f"{table} is not Groove's table: it lacks the columns "
      f'{", ".join(sorted(missing))}.'
    )
  try:
    rows = {
      row['midi_filename']: {name: row[name] or '' for name in COLUMNS[1:]}
      for row in reader
    }
  except csv.Error as error:
    raise UserError(f'{table} cannot be read: {error}.') from error
  for name, row in rows.items():
    if row['split'] not in SPLITS:
      raise UserError(
        f'{table}: the split of {name} is {row["split"]!r}, not one of '
        f'{", ".join(SPLITS)}.'
      )
  return rows


def _choose(files, rows, beat_type, time_signature):
  """The files to read, and (id, reason) of the others."""
  if rows is None:
    return files, []
  chosen, dropped = [], []
  for name in files:
    row = rows.get(name)
    if row is None:
      dropped.append((name, f'is not in {TABLE}'))
    elif time_signature and row['time_signature'] != time_signature:
      dropped.append((name, f'is in {row["time_signature"]}'))
    elif beat_type not in (row['beat_type'], 'all'):
      dropped.append((name, f'is a {row["beat_type"]}'))
    else:
      chosen.append(name)
  there = set(files)
  dropped += [
    (name, f'is in {TABLE} but not in the folder')
    for name in rows
    if name not in there
  ]
  return chosen, dropped


def _labelled(piece: Piece, row: dict[str, str]) -> Piece:
  return piece._replace(metadata={**piece.metadata, **row})
