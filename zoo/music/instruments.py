"""The instruments of a part of a MusicXML score: programs and drums."""

from typing import NamedTuple
from xml.etree.ElementTree import Element

from zoo.music.numbers import whole

_CHANNEL = 10  # Of drums, counted from 1 as MusicXML does.

# Staff positions of drums on a percussion staff, and their General MIDI keys;
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
_OTHER = 38  # A snare, for all other positions.


class Instrument(NamedTuple):
  """One instrument.

  Attributes:
    program: General MIDI program, from 0.
    drum: whether it plays on MIDI channel 10.
    key: the MIDI key of an unpitched instrument; None if not given.
  """

  program: int = 0
  drum: bool = False
  key: int | None = None


class Instruments:
  """The instruments of one part; a `sound` element may change them."""

  def __init__(self, head: Element | None):
    self._found: dict[str, Instrument] = {}
    for each in () if head is None else head.iterfind('midi-instrument'):
      self._found.setdefault(each.get('id', ''), _read(each, Instrument()))
    names = [] if head is None else head.findall('score-instrument')
    self._first = next(
      (name for name in self._found),
      names[0].get('id', '') if names else '',
    )
    # With several instruments, each note has to name its own.
    self._several = len(self._found) > 1

  def of(self, element: Element | None) -> Instrument:
    """The instrument of a note's `instrument` element, or of the part."""
    if element is not None and element.get('id', '') in self._found:
      return self._found[element.get('id', '')]
    first = self._found.get(self._first, Instrument())
    return first._replace(key=None) if self._several else first

  def at(self, step: str, octave: int | None) -> tuple[bool, int]:
    """Whether this staff position is a known drum, and the MIDI key to use."""
    key = PLACES.get((step, octave or 0))
    return key is not None, _OTHER if key is None else key

  def change(self, sound: Element) -> None:
    """Applies the `midi-instrument`s of a `sound`."""
    for each in sound.iterfind('midi-instrument'):
      name = each.get('id', '')
      if name not in self._found:
        name = self._first
      self._found[name] = _read(each, self._found.get(name, Instrument()))


def _read(element, before):
  """A `midi-instrument`; what it does not specify stays as before."""
  program = whole(element.findtext('midi-program'))
  channel = whole(element.findtext('midi-channel'))
  key = whole(element.findtext('midi-unpitched'))
  return Instrument(
    before.program if program is None else min(max(program - 1, 0), 127),
    before.drum if channel is None else channel == _CHANNEL,
    before.key if key is None else min(max(key - 1, 0), 127),
  )
