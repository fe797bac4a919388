"""Limits for reading untrusted files, and the errors for bad ones."""

from typing import NamedTuple

from zoo.contracts import UserError


class Limits(NamedTuple):
  """Limits for files; ordinary music stays far below each of these.

  Attributes:
    midi_bytes, xml_bytes: file sizes; xml_bytes also applies to ABC.
    zip_bytes: total unpacked size of an .mxl file.
    zip_ratio: maximum ratio of the unpacked to the packed size of a member.
    ticks: of the last event of a MIDI file.
    tracks, events: of a MIDI file; `events` also bounds the notes of any file.
    seconds: maximum duration of the music.
    slowest, fastest: quarter notes per minute; MIDI files cannot hold slower
      tempos.
    cpu_seconds: CPU time for one file, or one tune of a tunebook.
    wall_seconds: time without a response after which a reader is killed.
    memory: bytes of address space of a reader.
  """

  midi_bytes: int = 4_000_000
  xml_bytes: int = 10_000_000
  zip_bytes: int = 50_000_000
  zip_ratio: int = 200
  ticks: int = 10_000_000
  tracks: int = 256
  events: int = 200_000
  seconds: float = 7_200.0
  slowest: float = 3.576
  fastest: float = 2_000.0
  cpu_seconds: float = 5.0
  wall_seconds: float = 60.0
  memory: int = 2 << 30


ORDINARY = Limits()


class Refused(ValueError):
  """A file is refused; the message follows '... cannot be read: it'."""


class BadInput(UserError):
  """A file that cannot be read, and why.

  Attributes:
    file: as the user named it.
    reason: a few words that follow 'it': 'has no notes'.
  """

  def __init__(self, file: str, reason: str):
    super().__init__(f'{file} cannot be read: it {reason}.')
    self.file = file
    self.reason = reason
