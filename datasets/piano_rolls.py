"""Piano rolls from a file, such as the four sets of Boulanger-Lewandowski.

JSB Chorales (a step is a quarter), Nottingham, Piano-midi.de and MuseData (a
step is an eighth), with the split that published figures refer to
(Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, arXiv 1206.6392). Three
layouts are read:

  .npz   train_rolls, valid_rolls, test_rolls: uint8 [T, 88] from MIDI pitch
         21 up, or [T, 11], packed bits; the sequences of a split one after
         another, and train_lengths, ... int32, one per sequence. Or
         train_notes, ...: int8 [T, V], the MIDI pitch of each voice, -1 for
         none
  .mat   MATLAB 5: traindata, validdata, testdata: cells of [T, 88]; needs
         scipy
  .json  {"train": [sequence, ...], "valid": ..., "test": ...}; a sequence is
         a list of steps, a step a list of MIDI pitches

Without a path: music21's chorales, from which the encoder takes rolls.
Nothing is ever unpickled. Licence: that of your file.
"""

import hashlib
import io
import json
import os
import zipfile
import zlib

import numpy as np

from datasets.chorales import chorales
from zoo.contracts import Dataset, UserError
from zoo.music.rolls import PITCHES, Roll

SPLITS = {'train': 'train', 'valid': 'validation', 'test': 'test'}
LOWEST = 21  # MIDI pitch of the first of 88 columns.
MOST_BYTES = 100_000_000  # Of a file, packed and unpacked.
MOST_FRAMES = 3_000_000  # The largest of the four sets has 392,296.

_COLUMNS = 88
_PACKED = 11  # Bytes of a packed row of 88 bits.
_REST = -1


class BadFile(ValueError):
  """Why a file is not read; follows 'cannot be read: it ...'."""


def piano_rolls(*, path: str = '') -> Dataset:
  """The rolls of a file, with its own split; see the module.

  Args:
    path: a .npz, .mat or .json file; '' for music21's chorales.

  Raises:
    UserError: no such file, or another layout.
  """
  if not path:
    return chorales()
  path = os.path.expanduser(path)
  suffix = os.path.splitext(path)[1].lower()
  if suffix not in _READERS:
    raise UserError(
      f'dataset/path: {path!r} does not end in {", ".join(_READERS)}; pickles '
      'are never read.'
    )
  if not os.path.isfile(path):
    raise UserError(
      f'dataset/path: there is no file {path!r}: give the path of a .npz, .mat '
      'or .json file.'
    )
  if os.path.getsize(path) > MOST_BYTES:
    raise UserError(
      f'dataset/path: {path!r} is larger than {MOST_BYTES // 10**6} MB: is it '
      'a set of piano rolls?'
    )
  with open(path, 'rb') as file:
    data = file.read()
  stem = os.path.splitext(os.path.basename(path))[0]
  digest = hashlib.sha256(b'piano_rolls 1 ' + suffix.encode() + data)

  def read():
    try:
      found = _READERS[suffix](data)
      return _pieces(found, stem)
    except BadFile as error:
      raise UserError(f'{path} cannot be read: it {error}.') from error

  return Dataset(
    digest.hexdigest(),
    f'Your own file {path}: check its licence yourself.',
    read,
  )


def _pieces(found, stem):
  """Rolls from {split: [frames [T, 128] bool or uint8]}."""
  pieces, dropped = [], []
  for name, split in SPLITS.items():
    for place, frames in enumerate(found[name]):
      identity = f'{stem}/{split}/{place:04d}'
      if len(frames):
        pieces.append(Roll(identity, frames, {'split': split}))
      else:
        dropped.append((identity, 'has no steps'))
  return pieces, dropped


def open_npz(data: bytes) -> dict[str, np.ndarray]:
  """The arrays of a .npz file; nothing is unpickled.

  Raises:
    BadFile: it is not a .npz file, or unpacks to too much.
  """
  try:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
      if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
        raise BadFile(f'unpacks to more than {MOST_BYTES // 10**6} MB')
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
      return {name: stored[name] for name in stored.files}
  except BadFile:
    raise
  except (
    OSError,
    ValueError,
    EOFError,
    MemoryError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
  ) as error:
    raise BadFile(
      f'is not a .npz file of arrays ({type(error).__name__})'
    ) from error


def _read_npz(data):
  arrays = open_npz(data)
  found = {}
  for split in SPLITS:
    lengths = integer_table(arrays, f'{split}_lengths', 1)
    if f'{split}_rolls' in arrays:
      table = integer_table(arrays, f'{split}_rolls', 2)
      if table.shape[1] == _PACKED and table.dtype == np.uint8:
        table = np.unpackbits(table, axis=1, count=_COLUMNS)
      frames = _from_columns(table)
    else:
      frames = _from_pitches(integer_table(arrays, f'{split}_notes', 2))
    if np.any(lengths < 0) or lengths.sum() != len(frames):
      raise BadFile(f'has {split}_lengths that do not add up to its steps')
    found[split] = np.split(frames, np.cumsum(lengths)[:-1])
  return found


def integer_table(
  arrays: dict[str, np.ndarray], name: str, axes: int
) -> np.ndarray:
  """An array of integers with `axes` axes and at most MOST_FRAMES rows.

  Raises:
    BadFile: there is no such array, or it is larger.
  """
  if name not in arrays:
    raise BadFile(f'has no array {name!r}')
  array = arrays[name]
  if array.ndim != axes or array.dtype.kind not in 'biu':
    raise BadFile(f'has an array {name!r} that is not a table of integers')
  if len(array) > MOST_FRAMES:
    raise BadFile(f'has more than {MOST_FRAMES} steps')
  return array.astype(np.int64) if axes == 1 else array


def _read_mat(data):
  try:
    from scipy.io import loadmat
  except ImportError as error:
    raise UserError(
      'A .mat file needs scipy: pip install scipy, or convert it to .npz.'
    ) from error
  _check_mat(data)
  names = [f'{split}data' for split in SPLITS]
  try:
    cells = loadmat(io.BytesIO(data), variable_names=names)
  except Exception as error:  # A damaged byte can raise anything in scipy.
    raise BadFile(f'is not a MATLAB 5 file ({type(error).__name__})') from error
  found = {}
  for split, name in zip(SPLITS, names, strict=True):
    if name not in cells or cells[name].dtype != object:
      raise BadFile(f'has no cell array {name!r}')
    found[split] = []
    for one in cells[name].ravel():
      if not isinstance(one, np.ndarray) or one.dtype.kind not in 'biuf':
        raise BadFile(f'has cells in {name!r} that are not tables of numbers')
      found[split].append(_from_columns(one))
  return found


def _check_mat(data):
  """Refuses files that unpack to more than MOST_BYTES, before scipy unpacks."""
  if len(data) < 136 or data[126:128] not in (b'IM', b'MI'):
    raise BadFile('is not a MATLAB 5 file')
  order = 'little' if data[126:128] == b'IM' else 'big'
  place, room = 128, MOST_BYTES
  while place + 8 <= len(data):
    kind = int.from_bytes(data[place : place + 4], order)
    size = int.from_bytes(data[place + 4 : place + 8], order)
    packed = data[place + 8 : place + 8 + size]
    if kind == 15:  # miCOMPRESSED
      try:
        room -= len(zlib.decompressobj().decompress(packed, room + 1))
      except zlib.error as error:
        raise BadFile('is a damaged MATLAB file') from error
    if room < 0:
      raise BadFile(f'unpacks to more than {MOST_BYTES // 10**6} MB')
    place += 8 + size


def _read_json(data):
  try:
    given = json.loads(data)
  except (ValueError, RecursionError) as error:
    raise BadFile('is not valid JSON') from error
  found, room = {}, MOST_FRAMES
  for split in SPLITS:
    sequences = given.get(split) if isinstance(given, dict) else None
    if not isinstance(sequences, list):
      raise BadFile(f'has no list {split!r}')
    found[split] = []
    for sequence in sequences:
      if not isinstance(sequence, list):
        raise BadFile('has a sequence that is not a list of steps')
      room -= len(sequence)
      if room < 0:
        raise BadFile(f'has more than {MOST_FRAMES} steps')
      found[split].append(_from_steps(sequence))
  return found


def _from_steps(sequence):
  """A list of lists of pitches as frames [T, 128] uint8."""
  frames = np.zeros((len(sequence), PITCHES), np.uint8)
  for place, step in enumerate(sequence):
    if not isinstance(step, list):
      raise BadFile('has a step that is not a list of pitches')
    for pitch in step:
      if pitch == _REST:
        continue
      if type(pitch) not in (int, float) or pitch not in range(PITCHES):
        raise BadFile(f'has a pitch {str(pitch)[:20]!r}, which is not 0 to 127')
      frames[place, int(pitch)] = 1
  return frames


def _from_pitches(pitches):
  """Pitches [T, V], -1 for none, as frames [T, 128] uint8."""
  if pitches.max(initial=0) >= PITCHES or pitches.min(initial=0) < _REST:
    raise BadFile('has pitches outside the range of MIDI, 0 to 127')
  # The last column takes the rests.
  frames = np.zeros((len(pitches), PITCHES + 1), np.uint8)
  np.put_along_axis(frames, pitches.astype(np.int64), 1, axis=1)
  return frames[:, :PITCHES]


def _from_columns(table):
  """[T, 88] as frames [T, 128] uint8."""
  if table.ndim != 2 or table.shape[1] != _COLUMNS:
    if not table.size:
      return np.zeros((0, PITCHES), np.uint8)
    raise BadFile(
      f'has rolls of shape {table.shape}, not of {_COLUMNS} columns'
    )
  if not np.isin(table, (0, 1)).all():
    raise BadFile('has rolls with values other than 0 and 1')
  frames = np.zeros((len(table), PITCHES), np.uint8)
  frames[:, LOWEST : LOWEST + _COLUMNS] = table
  return frames


_READERS = {'.npz': _read_npz, '.mat': _read_mat, '.json': _read_json}
