"""Who plays a part of a MusicXML score: programs, and drums."""

from typing import NamedTuple
from xml.etree.ElementTree import Element

from zoo.music.numbers import whole

_CHANNEL = 10  # Of drums, counted from 1 as MusicXML does.

# Where drums stand on a staff of percussion, and their General MIDI key;
# after Weinberg, Guidelines for Drumset Notation, Percussive Notes, 1994.
PLACES = {
  ('D', 4): 44,  # pedal hi-hat
  ('E', 4): 35,  # second bass drum
  ('F', 4): 36,  # bass drum
  ('G', 4): 43,  # low floor tom
  ('A', 4): 41,  # floor tom
  ('B', 4): 47,  # low tom
  ('C', 5): 38,  # snare
  ('D', 5): 47,  # low middle tom
  ('E', 5): 48,  # high middle tom
  ('F', 5): 51,  # ride cymbal
  ('G', 5): 42,  # closed hi-hat
  ('A', 5): 49,  # crash cymbal
  ('B', 5): 57,  # second crash cymbal
}
_OTHER = 38  # A snare, for what stands nowhere.


class Instrument(NamedTuple):
  """Attributes:

  program: General MIDI's, from 0.
  drum: it plays on MIDI's channel 10.
  key: its MIDI key if it has no pitch of its own; None where nobody says.
  """

  program: int = 0
  drum: bool = False
  key: int | None = None


class Instruments:
  """The instruments of one part; a `sound` may exchange what they are."""

  def __init__(self, head: Element | None):
    self._found: dict[str, Instrument] = {}
    for each in () if head is None else head.iterfind('midi-instrument'):
      self._found.setdefault(each.get('id', ''), _read(each, Instrument()))
    names = [] if head is None else head.findall('score-instrument')
    self._first = next(
      (name for name in self._found),
      names[0].get('id', '') if names else '',
    )
    # Of several, which one strikes, the note has to say.
    self._several = len(self._found) > 1

  def of(self, element: Element | None) -> Instrument:
    """That of a note's `instrument`, or of the part."""
    if element is not None and element.get('id', '') in self._found:
      return self._found[element.get('id', '')]
    first = self._found.get(self._first, Instrument())
    return first._replace(key=None) if self._several else first

  def at(self, step: str, octave: int | None) -> tuple[bool, int]:
    """Whether a drum stands there on the staff, and its key."""
    key = PLACES.get((step, octave or 0))
    return key is not None, _OTHER if key is None else key

  def change(self, sound: Element) -> None:
    """Takes the `midi-instrument`s of a `sound`."""
    for each in sound.iterfind('midi-instrument'):
      name = each.get('id', '')
      if name not in self._found:
        name = self._first
      self._found[name] = _read(each, self._found.get(name, Instrument()))


def _read(element, before):
  """A `midi-instrument`; what it does not say stays as before."""
  program = whole(element.findtext('midi-program'))
  channel = whole(element.findtext('midi-channel'))
  key = whole(element.findtext('midi-unpitched'))
  return Instrument(
    before.program if program is None else min(max(program - 1, 0), 127),
    before.drum if channel is None else channel == _CHANNEL,
    before.key if key is None else min(max(key - 1, 0), 127),
  )
