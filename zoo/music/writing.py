"""Writes a Piece as .mid, .musicxml and .wav, and reads back a .mid's text.

Equal pieces give equal bytes: no file contains a date.
"""

import os
from pathlib import Path
import wave

import numpy as np

from zoo.music import drum_sounds, smf
from zoo.music.limits import ORDINARY, BadInput, Refused
from zoo.music.notation import musicxml
from zoo.music.piece import Notes, Piece, seconds
from zoo.music.sequences import import_note_seq, to_sequence

RATE = 22_050  # samples per second of a .wav: enough for sines below 11 kHz


def write(piece: Piece, stem: str | os.PathLike, text: str = '') -> list[Path]:
  """Writes `stem`.mid, `stem`.musicxml and `stem`.wav.

  Args:
    piece: what to write.
    stem: path without suffix; its folder is created.
    text: stored in the .mid as a text event; `read_text` reads it.

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
  """The first text event of a MIDI file; '' if there is none.

  Raises:
    BadInput: it is not a MIDI file, or damaged.
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


def synthesize(piece: Piece) -> np.ndarray:
  """Synthesizes a piece: [samples] in -1..1, RATE per second.

  Notes are synthesized by note-seq as sines, drums by zoo.music.drum_sounds.
  """
  table = piece.notes
  drum = table.drum
  if not len(table.start):
    return np.zeros(RATE, np.float64)
  sound = np.zeros(0)
  if not drum.all():
    melodic = Notes(*(column[~drum] for column in table))
    sound = import_note_seq().synthesize(
      to_sequence(piece._replace(notes=melodic)), RATE
    )
  if not drum.any():
    return sound
  hits = drum_sounds.mix(
    seconds(piece.tempos, table.start[drum]),
    table.pitch[drum],
    table.velocity[drum],
    RATE,
  )
  mixed = np.zeros(max(len(sound), len(hits)))
  mixed[: len(sound)] += 0.6 * sound
  mixed[: len(hits)] += hits
  return mixed / max(float(np.abs(mixed).max()), 1.0)


def _write_wav(piece: Piece, path: Path) -> None:
  sound = synthesize(piece)
  with wave.open(str(path), 'wb') as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(np.round(sound * 32_000).astype('<i2').tobytes())
