"""Chorales from one file: a pitch per voice and sixteenth, with its own split.

Examples are the sets of czhuang and of BachBot after Boulanger-Lewandowski's
split. Two layouts are read:

  .npz   train_notes, valid_notes, test_notes: int8 [T, V], soprano first, MIDI
         pitch or -1 for a rest, the pieces of a split one after another; and
         train_lengths, ... int32, one per piece
  .json  {"train": [piece, ...], "valid": ..., "test": ...}; a piece is a list
         of steps, a step a list of V pitches, -1 for a rest

Such files do not distinguish a repeated note from a held one: a pitch that
continues is one note. Nothing is ever unpickled. Licence: that of your file.
"""

import hashlib
import json
import os

import numpy as np

from datasets.piano_rolls import (
  MOST_BYTES,
  SPLITS,
  BadFile,
  integer_table,
  open_npz,
)
from zoo.contracts import Dataset, UserError
from zoo.music.piece import Piece, notes
from zoo.music.rolls import PITCHES

_REST = -1


def chorale_set(*, path: str, steps_per_quarter: int = 4) -> Dataset:
  """The pieces of a file, with its own split; see the module.

  Args:
    path: a .npz or .json file.
    steps_per_quarter: how many steps of the file a quarter has.

  Raises:
    UserError: no such file, or another layout.
  """
  path = os.path.expanduser(path)
  suffix = os.path.splitext(path)[1].lower()
  if suffix not in _READERS:
    raise UserError(
      f'dataset/path: {path!r} does not end in {" or ".join(_READERS)}; '
      'pickles are never read.'
    )
  if steps_per_quarter < 1:
    raise UserError('dataset/steps_per_quarter must be at least 1.')
  if not os.path.isfile(path):
    raise UserError(f'dataset/path: there is no file {path!r}.')
  if os.path.getsize(path) > MOST_BYTES:
    raise UserError(
      f'dataset/path: {path!r} is larger than {MOST_BYTES // 10**6} MB: is it '
      'a set of chorales?'
    )
  with open(path, 'rb') as file:
    data = file.read()
  stem = os.path.splitext(os.path.basename(path))[0]
  digest = hashlib.sha256(f'chorale_set 1 {steps_per_quarter} '.encode() + data)

  def read():
    try:
      found = _READERS[suffix](data)
      pieces = [
        _piece(
          f'{stem}/{split}/{place:04d}',
          split,
          _checked(table),
          steps_per_quarter,
        )
        for name, split in SPLITS.items()
        for place, table in enumerate(found[name])
      ]
    except BadFile as error:
      raise UserError(f'{path} cannot be read: it {error}.') from error
    kept = [piece for piece in pieces if len(piece.notes.start)]
    full = {piece.id for piece in kept}
    empty = [(one.id, 'has no notes') for one in pieces if one.id not in full]
    return kept, empty

  return Dataset(
    digest.hexdigest(),
    f'Your own file {path}: check its licence yourself.',
    read,
  )


def _piece(identity, split, table, per_quarter):
  """Pitches [T, V] as a Piece; a pitch that continues is one note."""
  columns = []
  for part, pitch in enumerate(table.T):
    start = np.flatnonzero(np.diff(pitch, prepend=_REST - 1))
    end = np.append(start, len(pitch))[1:]
    active = pitch[start] != _REST
    columns.append(
      np.stack([start, end, pitch[start], np.full(len(start), part)])[:, active]
    )
  start, end, pitch, part = np.concatenate(columns, 1)
  return Piece(
    identity,
    notes(start / per_quarter, end / per_quarter, pitch, part=part),
    metadata={'split': split},
  )


def _checked(table):
  if table.min(initial=0) < _REST or table.max(initial=0) >= PITCHES:
    raise BadFile('has pitches outside the range of MIDI, 0 to 127')
  if not table.shape[1]:
    raise BadFile('has a piece without voices')
  return table.astype(np.int64)


def _read_npz(data):
  arrays = open_npz(data)
  found = {}
  for split in SPLITS:
    lengths = integer_table(arrays, f'{split}_lengths', 1)
    table = integer_table(arrays, f'{split}_notes', 2)
    if np.any(lengths < 0) or lengths.sum() != len(table):
      raise BadFile(f'has {split}_lengths that do not add up to its steps')
    found[split] = np.split(table, np.cumsum(lengths))[: len(lengths)]
  return found


def _read_json(data):
  try:
    given = json.loads(data)
  except (ValueError, RecursionError) as error:
    raise BadFile('is not valid JSON') from error
  found = {}
  for split in SPLITS:
    pieces = given.get(split) if isinstance(given, dict) else None
    if not isinstance(pieces, list):
      raise BadFile(f'has no list {split!r}')
    found[split] = [_table(piece) for piece in pieces]
  return found


def _table(piece):
  """A list of steps, each a list of pitches, as an array [T, V]."""
  try:
    table = np.array(piece, float)
  except (TypeError, ValueError) as error:
    raise BadFile('has a piece that is no table of pitches') from error
  if table.ndim != 2 or not np.array_equal(table, np.floor(table)):
    raise BadFile('has a piece that is no table of pitches')
  return table


_READERS = {'.npz': _read_npz, '.json': _read_json}
