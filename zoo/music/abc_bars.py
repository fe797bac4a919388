"""The parts of a tune as written: notes, events and bars."""

from typing import NamedTuple

from zoo.music.abc_fields import Key, TimeSignature


class Note(NamedTuple):
  """A note of an event: MIDI pitch, spelling, ticks; whether a tie follows."""

  pitch: int
  spelling: int
  ticks: int
  tied: bool = False


class Event(NamedTuple):
  """One note, chord or rest as written.

  Attributes:
    onset: ticks from the start of its bar, QUARTER per quarter note.
    ticks: until the next event.
    notes: its notes; () for a rest.
    layer: the number of the overlay (&) that it is in; 0 for none.
  """

  onset: int
  ticks: int
  notes: tuple[Note, ...]
  layer: int = 0


class Bar(NamedTuple):
  """The music between two bar lines.

  Attributes:
    events: in order, layer by layer.
    tokens: its text, split into symbols; fields are written [K:G].
    ticks: its length.
    chords: (ticks from its start, chord symbol).
    tempos: (ticks from its start, quarter notes per minute).
    key, metre, tempo: in force at its start.
    opens: number of colons at its left bar line.
    closes: number of colons at its right bar line.
    right: its right bar line: '', '|', '||' or '|]'.
    ending: the passes on which this bar is played; () for all.
    part: the P: that it belongs to, '' for none.
  """

  events: tuple[Event, ...]
  tokens: tuple[str, ...]
  ticks: int
  chords: tuple[tuple[int, str], ...]
  tempos: tuple[tuple[int, float], ...]
  key: Key
  metre: TimeSignature
  tempo: float | None
  opens: int
  closes: int
  right: str
  ending: tuple[int, ...]
  part: str

  @property
  def thick(self) -> bool:
    """Whether it ends with a double bar line or a repeat sign."""
    return self.closes > 0 or len(self.right) > 1
