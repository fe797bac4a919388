"""From a written MusicXML note to its sounding pitch."""

from collections import Counter
from collections.abc import Iterator
import math
from xml.etree.ElementTree import Element

from zoo.music.instruments import Instrument, Instruments
from zoo.music.limits import Refused
from zoo.music.marks import UNMOVED, Moved
from zoo.music.numbers import number, whole
from zoo.music.spelling import from_step

_STEPS = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}


class Pitches:
  """Computes the sounding pitches of one part."""

  def __init__(self, instruments: Instruments, passed_over: Counter[str]):
    self._instruments = instruments
    self._passed_over = passed_over
    self._moved = {'': UNMOVED}  # By staff; '' for the others.

  def move(self, staff: str, moved: Moved) -> None:
    """Transposes a staff, or all of them for '', from here on."""
    if not staff:
      self._moved.clear()
    self._moved[staff] = moved

  def moved(self, staff: str) -> Moved:
    """The transposition of a staff."""
    return self._moved.get(staff) or self._moved['']

  def sounding(
    self, found: dict[str, Element], staff: str
  ) -> Iterator[tuple[int, int, bool, int]]:
    """The sounding pitch of a note; two if its staff is doubled.

    Args:
      found: the elements inside the note, by name.
      staff: its staff; '' if there is only one.

    Yields:
      (pitch, program, drum, spelling).

    Raises:
      Refused: the pitch cannot be read, or is out of range.
    """
    instrument = self._instruments.of(found.get('instrument'))
    if 'pitch' in found:
      written = found['pitch']
      step = (written.findtext('step') or '').strip()
      if step not in _STEPS:
        raise Refused('has a pitch without a step A to G')
      alter = self._alter(written.findtext('alter'))
      octave = number(written.findtext('octave'), 'octaves')
      pitch = 12 * int(octave) + 12 + _STEPS[step] + alter
      spelling = from_step(step, alter)
      moved = self.moved(staff)
      if not instrument.drum and moved is not UNMOVED:
        pitch += moved.semitones
        spelling = moved.spelling(spelling)
      self._check(pitch)
      yield pitch, instrument.program, instrument.drum, spelling
      if moved.doubled and not instrument.drum:
        self._check(pitch + moved.doubled)
        yield pitch + moved.doubled, instrument.program, False, spelling
    elif 'unpitched' in found:
      yield self._hit(instrument, found), instrument.program, True, 0
    else:
      self._passed_over['notes without a pitch'] += 1

  def _hit(self, instrument: Instrument, found):
    if instrument.key is not None:
      return instrument.key
    place = found['unpitched']
    known, key = self._instruments.at(
      (place.findtext('display-step') or '').strip(),
      whole(place.findtext('display-octave')),
    )
    name = 'by their place on the staff' if known else 'of no known drum'
    self._passed_over[f'drum notes read {name}'] += 1
    return key

  def _alter(self, text):
    if text is None:
      return 0
    try:
      return int(text)
    except ValueError:
      value = number(text, 'alterations') if text.strip() else 0
    if value != int(value):
      self._passed_over['microtones rounded'] += 1
    return math.floor(value + 0.5)

  def _check(self, pitch):
    if not 0 <= pitch <= 127:
      raise Refused('has pitches outside of 0 to 127')
