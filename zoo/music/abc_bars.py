"""What a tune is made of as it is written: notes, events and bars."""

from typing import NamedTuple

from zoo.music.abc_fields import Key, TimeSignature


class Note(NamedTuple):
  """A note of an event: MIDI pitch, spelling, ticks; a tie may follow."""

  pitch: int
  spelling: int
  ticks: int
  tied: bool = False


class Event(NamedTuple):
  """One note, chord or rest as written.

  Attributes:
    onset: ticks from the start of its bar, QUARTER a quarter note.
    ticks: until the next event.
    notes: what sounds; () for a rest.
    layer: 0, or the number of the overlay (&) that it stands in.
  """

  onset: int
  ticks: int
  notes: tuple[Note, ...]
  layer: int = 0


class Bar(NamedTuple):
  """What stands between two bar lines.

  Attributes:
    events: in order, layer by layer.
    tokens: its text, cut into symbols; fields are written [K:G].
    ticks: its length.
    chords: (ticks from its start, chord symbol).
    tempos: (ticks from its start, quarters a minute).
    key, metre, tempo: in force at its start.
    opens: how many colons stand at its left bar line.
    closes: how many stand at its right.
    right: '', '|', '||' or '|]': the line itself.
    ending: the passes on which this bar is played; empty: all.
    part: the P: that it belongs to, '' where there is none.
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
    """A double bar or repeat sign stands at its right."""
    return self.closes > 0 or len(self.right) > 1
