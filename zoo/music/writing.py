"""Writes a Piece as .mid, .musicxml and .wav, and reads a .mid's text back.

Equal pieces give equal bytes: no file holds a date.
"""

from fractions import Fraction
import os
from pathlib import Path
import re
from typing import Any
import warnings
import wave

import numpy as np

from zoo.music import smf
from zoo.music.limits import ORDINARY, BadInput, Refused
from zoo.music.piece import Piece
from zoo.music.sequences import import_note_seq, to_sequence

RATE = 22_050  # samples a second of a .wav: enough for sines below 11 kHz


def write(piece: Piece, stem: str | os.PathLike, text: str = '') -> list[Path]:
  """Writes `stem`.mid, `stem`.musicxml and `stem`.wav.

  Args:
    piece: what to write.
    stem: path without suffix; its folder is made.
    text: kept in the .mid as a text event; `read_text` gives it back.

  Returns:
    The three paths.
  """
  stem = Path(stem)
  stem.parent.mkdir(parents=True, exist_ok=True)
  paths = [
    stem.with_name(stem.name + suffix)
    for suffix in ('.mid', '.musicxml', '.wav')
  ]
  paths[0].write_bytes(smf.dump(piece, text))
  paths[1].write_bytes(musicxml(piece))
  _write_wav(piece, paths[2])
  return paths


def read_text(path: str | os.PathLike) -> str:
  """The first text event of a MIDI file; '' where there is none.

  Raises:
    BadInput: it is no MIDI file, or damaged.
  """
  try:
    with open(path, 'rb') as file:
      data = file.read(ORDINARY.midi_bytes + 1)
    if len(data) > ORDINARY.midi_bytes:
      raise Refused(f'is larger than {ORDINARY.midi_bytes / 1e6:g} MB')
    texts = smf.check(data).texts
  except OSError as error:
    raise BadInput(
      os.fspath(path), f'cannot be opened ({error.strerror})'
    ) from error
  except Refused as error:
    raise BadInput(os.fspath(path), str(error)) from error
  return texts[0] if texts else ''


def musicxml(piece: Piece) -> bytes:
  """The piece as MusicXML 4: a part for each part, bars, rests and ties.

  Times are rounded to the coarsest of 1/4, 1/8 and 1/12 quarter that holds
  them all, or else to 1/12 (1/4 where that gives lengths without a name).
  """
  with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    from music21.exceptions21 import Music21Exception
    from music21.musicxml import m21ToXml

    grid = _grid(piece.notes)
    try:
      xml = m21ToXml.GeneralObjectExporter(_score(piece, grid)).parse()
    except Music21Exception:
      xml = m21ToXml.GeneralObjectExporter(_score(piece, 4)).parse()
  # music21 dates its files, and draws ids of parts and instruments at random.
  xml = re.sub(rb'\s*<encoding-date>[^<]*</encoding-date>', b'', xml)
  for letter in (b'P', b'I'):
    drawn = re.findall(rb'"(' + letter + rb'[0-9a-f]{32})"', xml)
    for number, name in enumerate(dict.fromkeys(drawn)):
      xml = xml.replace(name, b'%b%d' % (letter, number + 1))
  return xml


def synthesize(piece: Piece) -> np.ndarray:
  """Sound of the piece by note-seq's sine synth: [samples] in -1..1, RATE.

  Drums are silent.
  """
  note_seq = import_note_seq()
  if not (~piece.notes.drum).any():
    return np.zeros(RATE, np.float64)
  return note_seq.synthesize(to_sequence(piece), RATE)


def _write_wav(piece: Piece, path: Path) -> None:
  sound = synthesize(piece)
  with wave.open(str(path), 'wb') as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(np.round(sound * 32_000).astype('<i2').tobytes())


def _grid(table):
  times = np.concatenate([table.start, table.end])
  for grid in (4, 8, 12):
    if np.allclose(times * grid, np.round(times * grid), atol=1e-3):
      return grid
  return 12


def _score(piece: Piece, grid: int) -> Any:
  """The piece as a music21 Score, with measures, rests and ties made."""
  from music21 import metadata, stream

  score = stream.Score()
  score.metadata = metadata.Metadata()
  score.metadata.title = str(piece.metadata.get('title', '') or piece.id)
  score.metadata.composer = str(piece.metadata.get('composer', 'music zoo'))
  for place, number in enumerate(np.unique(piece.notes.part).tolist() or [0]):
    score.insert(0, _part(piece, number, place, grid))
  return score


def _part(piece, number, place, grid):
  """One part; notes of equal start and end are a chord."""
  from music21 import chord, instrument, key, meter, note, stream, tempo

  table = piece.notes
  rows = np.flatnonzero(table.part == number)
  part = stream.Part()
  part.partName = f'Part {place + 1}'
  if len(rows) and table.drum[rows[0]]:
    part.insert(0, instrument.UnpitchedPercussion())
  elif len(rows):
    try:
      part.insert(
        0, instrument.instrumentFromMidiProgram(int(table.program[rows[0]]))
      )
    except instrument.InstrumentException:
      part.insert(0, instrument.Piano())
  for metre in piece.metres:
    signature = f'{metre.numerator}/{metre.denominator}'
    part.insert(metre.start, meter.TimeSignature(signature))
  signatures = piece.metadata.get('key_signatures', ())
  for start, sharps in signatures:
    part.insert(start, key.KeySignature(sharps))
  for change in piece.tempos if place == 0 else ():
    mark = tempo.MetronomeMark(number=change.quarters_per_minute)
    part.insert(change.start, mark)
  together = {}
  for row in rows.tolist():
    start = round(table.start[row] * grid)
    end = max(round(table.end[row] * grid), start + 1)
    together.setdefault((start, end), {})[int(table.pitch[row])] = int(
      table.velocity[row]
    )
  for (start, end), pitches in together.items():
    made = (
      note.Note(next(iter(pitches)))
      if len(pitches) == 1
      else chord.Chord(sorted(pitches))
    )
    made.quarterLength = Fraction(end - start, grid)
    made.volume.velocity = max(pitches.values())
    part.insert(Fraction(start, grid), made)
  return part.makeNotation()
