"""One file to pieces, in this very process; `reading` runs it in workers."""

from collections.abc import Iterator
import os

import numpy as np

from zoo.music import scores, smf, tunes
from zoo.music.limits import Limits, Refused
from zoo.music.piece import Metre, Piece, Tempo, notes, seconds
from zoo.music.sequences import with_first
from zoo.music.signatures import without_idle

MIDI = ('.mid', '.midi')
XML = ('.xml', '.musicxml', '.mxl')
SUFFIXES = (*MIDI, *XML, '.abc')

VERSION = 5  # Counted up whenever a file is read otherwise than before.

Found = Piece | tuple[str, str]  # a piece, or (id, reason)


def parse(
  path: str, id: str, limits: Limits, as_written: bool = False
) -> Iterator[Found]:
  """The pieces of a file, one at a time: a tunebook has many.

  Args:
    path: the file.
    id: of its piece.
    limits: what it may ask for.
    as_written: of MusicXML, every bar once instead of its repeats played.

  Raises:
    Refused: the file is bad; the text says why.
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
    smf.check(data, limits)
    yield _checked(_parse_midi(data, id), limits)
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
  try:
    text = data.decode('utf-8-sig')
  except UnicodeDecodeError:
    text = data.decode('latin-1')
  found = None
  for found in tunes.read_tunebook(text, id):
    yield found
  if found is None:
    raise Refused('has no tune (X:)')


def _parse_midi(data, id):
  from symusic import Score

  try:
    score = Score.from_midi(data)
  except Exception as error:
    raise Refused('is a damaged MIDI file') from error
  quarter = score.ticks_per_quarter
  columns = [[], [], [], [], [], [], []]
  part = 0
  for track in score.tracks:
    table = track.notes.numpy()
    count = len(table['time'])
    if not count:
      continue
    start = table['time'].astype(np.int64)
    end = start + table['duration']
    for column, values in zip(
      columns,
      (
        start / quarter,
        end / quarter,
        table['pitch'],
        table['velocity'],
        np.full(count, track.program),
        np.full(count, part),
        np.full(count, track.is_drum),
      ),
      strict=True,
    ):
      column.append(values)
    part += 1
  if not part:
    raise Refused('has no notes')
  metres = [
    Metre(at.time / quarter, at.numerator, at.denominator)
    for at in score.time_signatures
  ]
  # The file holds microseconds a quarter, rounded: 93 comes as 93.00003.
  tempos = [Tempo(at.time / quarter, round(at.qpm, 3)) for at in score.tempos]
  return Piece(
    id,
    notes(*map(np.concatenate, columns)),
    with_first(metres, Metre(0.0, 4, 4)),
    with_first(tempos, Tempo(0.0, 120.0)),
    _signatures(score),
  )


def _signatures(score):
  """The key signatures of a MIDI file, as MusicXML's are kept.

  A single one without sharps says nothing: so write those who know of none.
  """
  found = []
  for at in score.key_signatures:
    if abs(at.key) <= 7:
      start = at.time / score.ticks_per_quarter if found else 0.0
      found.append([start, at.key])
  found = without_idle(found)
  told = len(found) > 1 or (found and found[0][1])
  return {'key_signatures': found} if told else {}


def _parse_xml(path, id, limits, as_written):
  data = _read(path, limits.xml_bytes)
  if path.lower().endswith('.mxl') and data[:2] != b'PK':
    raise Refused('is not a compressed MusicXML file')
  try:
    return scores.read_score(data, id, limits, as_written)
  except MemoryError as error:
    raise Refused('needs too much memory') from error


def _checked(piece, limits):
  """The piece, unless it is empty or absurd."""
  count = len(piece.notes.start)
  if not count:
    raise Refused('has no notes')
  if count > limits.events:
    raise Refused(f'has more than {limits.events} notes')
  table = piece.notes
  if not np.isfinite(table.end).all() or table.start.min() < 0:
    raise Refused('has notes at no time')
  if table.pitch.min() < 0 or table.pitch.max() > 127:
    raise Refused('has pitches that MIDI does not know')
  for tempo in piece.tempos:
    if not limits.slowest <= tempo.quarters_per_minute <= limits.fastest:
      raise Refused('has a tempo that cannot be played')
  for metre in piece.metres:
    if metre.numerator < 1 or metre.denominator < 1:
      raise Refused('has a metre that does not exist')
  if seconds(piece.tempos, piece.length) > limits.seconds:
    raise Refused(f'lasts more than {limits.seconds / 3600:g} hours')
  return piece
