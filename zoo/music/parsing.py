"""Parses one file to pieces in this process; `reading` runs it in workers."""

from collections.abc import Iterator
import os

import numpy as np

from zoo.music import scores, tunebook, tunes
from zoo.music.limits import Limits, Refused
from zoo.music.midi_notes import read_midi
from zoo.music.piece import Piece, seconds

MIDI = ('.mid', '.midi', '.kar', '.rmi')
XML = ('.xml', '.musicxml', '.mxl')
SUFFIXES = (*MIDI, *XML, '.abc')

VERSION = 7  # Incremented whenever the result of reading a file changes.

Found = Piece | tuple[str, str]  # a piece, or (id, reason)


def parse(
  path: str, id: str, limits: Limits, as_written: bool = False
) -> Iterator[Found]:
  """The pieces of a file, one at a time: a tunebook has many.

  Args:
    path: the file.
    id: of its piece.
    limits: on its size and content.
    as_written: whether MusicXML bars are read once, without playing repeats.

  Raises:
    Refused: the file cannot be read; the message says why.
  """
  suffix = os.path.splitext(path)[1].lower()
  if suffix == '.abc':
    text = _read(path, limits.xml_bytes)
    for found in _tunes(text, id):
      yield _checked(found, limits) if isinstance(found, Piece) else found
  elif suffix in XML:
    yield _checked(_parse_xml(path, id, limits, as_written), limits)
  elif suffix in SUFFIXES:
    data = _read(path, limits.midi_bytes)
    yield _checked(read_midi(data, id, limits), limits)
  else:
    raise Refused(f'is none of {", ".join(SUFFIXES)}')


def _read(path, most):
  """The bytes of an ordinary file of at most `most` bytes."""
  if not os.path.isfile(path):
    raise Refused('is not an ordinary file')
  with open(path, 'rb') as file:
    data = file.read(most + 1)
  if len(data) > most:
    raise Refused(f'is larger than {most / 1e6:g} MB')
  if not data:
    raise Refused('is empty')
  return data


def _tunes(data, id):
  found = None
  for found in tunes.read_tunebook(tunebook.decode(data), id):
    yield found
  if found is None:
    raise Refused('has no tune (X:)')


def _parse_xml(path, id, limits, as_written):
  data = _read(path, limits.xml_bytes)
  if path.lower().endswith('.mxl') and data[:2] != b'PK':
    raise Refused('is not a compressed MusicXML file')
  try:
    return scores.read_score(data, id, limits, as_written)
  except MemoryError as error:
    raise Refused('needs too much memory') from error


def _checked(piece, limits):
  """The piece; raises Refused if it is empty or out of range."""
  count = len(piece.notes.start)
  if not count:
    raise Refused('has no notes')
  if count > limits.events:
    raise Refused(f'has more than {limits.events} notes')
  table = piece.notes
  if not np.isfinite(table.end).all() or table.start.min() < 0:
    raise Refused('has notes at no time')
  if table.pitch.min() < 0 or table.pitch.max() > 127:
    raise Refused('has pitches outside of 0 to 127')
  for tempo in piece.tempos:
    if not limits.slowest <= tempo.quarters_per_minute <= limits.fastest:
      raise Refused('has a tempo that cannot be played')
  for metre in piece.metres:
    if metre.numerator < 1 or metre.denominator < 1:
      raise Refused('has a metre that does not exist')
  if seconds(piece.tempos, piece.length) > limits.seconds:
    raise Refused(f'lasts more than {limits.seconds / 3600:g} hours')
  return piece
