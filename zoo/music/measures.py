"""Reads one part of a MusicXML score, measure by measure.

Notes and `forward` move a cursor forward, and `backup` moves it back; a measure
extends to the farthest position of the cursor. Times are ticks from the
beginning of the measure; the ticks per quarter are chosen so that all divisions
of the score are whole numbers of ticks.
"""

from collections import Counter
from collections.abc import Iterator
import math
from typing import NamedTuple
from xml.etree.ElementTree import Element

from zoo.music import marks
from zoo.music.harmonies import text_of
from zoo.music.instruments import Instruments
from zoo.music.limits import Refused
from zoo.music.musicxml import Part
from zoo.music.numbers import number, whole
from zoo.music.pitches import Pitches
from zoo.music.signs import Signs

LOUD = 64  # The default MIDI velocity, mezzo forte.
_FORTE = 90  # The MIDI velocity of 100 percent in MusicXML's `dynamics`.
_TIES = {'start': 1, 'stop': 2}
_NAMES = {
  'maxima': 32,
  'long': 16,
  'breve': 8,
  'whole': 4,
  'half': 2,
  'quarter': 1,
  **{
    name: 2.0**-power
    for power, name in enumerate(
      'eighth 16th 32nd 64th 128th 256th 512th 1024th'.split(), 1
    )
  },
}


class Note(NamedTuple):
  """A note as written, but at sounding pitch.

  Attributes:
    start, end: ticks from the beginning of its measure.
    pitch, program, drum, spelling: as in zoo.music.piece.
    velocity: None if it is given by the dynamics of the part.
    tie: 1 if a tie begins here, plus 2 if one ends here.
    voice, staff: their names; '' for none.
    fermata: whether it has a fermata.
    passes: the passes of a repeat on which it is played; () for all.
  """

  start: int
  end: int
  pitch: int
  velocity: int | None
  program: int
  drum: bool
  spelling: int
  tie: int
  voice: str
  staff: str
  fermata: bool
  passes: tuple[int, ...]


class Measure(NamedTuple):
  """One measure of one part; times are ticks from its start.

  Attributes:
    length: the farthest position of the cursor.
    notes: in document order.
    chords: (start, text).
    tempos: (start, quarter notes per minute).
    keys: (start, sharps), at sounding pitch.
    metre: the metre that is written here; None for none.
    signs: bar lines and jumps.
    implicit: whether it is not counted, like a pick-up.
  """

  length: int
  notes: list[Note]
  chords: list[tuple[int, str]]
  tempos: list[tuple[int, float]]
  keys: list[tuple[int, int]]
  metre: marks.Metre | None
  signs: Signs
  implicit: bool


def ticks_of(root: Element) -> int:
  """Ticks per quarter such that all divisions are whole numbers of ticks.

  Raises:
    Refused: divisions are not a positive number.
  """
  found = 192  # For notes without a duration, whose length is given by type.
  for divisions in {one.text for one in root.iter('divisions')}:
    value = number(divisions, 'divisions')
    if value <= 0:
      raise Refused(f'has {value:g} divisions per quarter')
    if value != int(value) or (found := math.lcm(found, int(value))) > 10**7:
      return 40320 * 16
  return found


def read_part(
  part: Part, ticks: int, passed_over: Counter[str]
) -> Iterator[Measure]:
  """The measures of a part.

  Args:
    part: from zoo.music.musicxml.
    ticks: ticks per quarter, from `ticks_of`.
    passed_over: counts what was not read as written, by name.

  Raises:
    Refused: a number is malformed or out of range.
  """
  reader = _Reader(Instruments(part.head), ticks, passed_over)
  return map(reader.read, part.measures)


class _Reader:
  """The state of reading one part."""

  def __init__(
    self, instruments: Instruments, ticks: int, passed_over: Counter[str]
  ):
    self.instruments = instruments
    self.pitches = Pitches(instruments, passed_over)
    self.ticks = ticks
    self.passed_over = passed_over
    self.divisions: float = 1
    self.unit: float = ticks  # Ticks per division.
    self.bar = 0.0  # Ticks per bar; 0 without a metre.
    self.velocity = LOUD

  def read(self, measure: Element) -> Measure:
    self.now = self.last = self.most = 0
    self.notes: list[Note] = []
    self.chords: list[tuple[int, str]] = []
    self.tempos: list[tuple[int, float]] = []
    self.louds: list[tuple[int, int]] = []
    self.keys: list[tuple[int, int]] = []
    self.metre: marks.Metre | None = None
    self.signs = Signs()
    for child in measure:
      tag = child.tag
      if tag == 'note':
        self._note(child)
      elif tag == 'backup':
        self.now = max(self.now - self._duration(child, 'backup'), 0)
      elif tag == 'forward':
        self.now += self._duration(child, 'forward')
        self.most = max(self.most, self.now)
      elif tag == 'attributes':
        self._attributes(child)
      elif tag == 'direction':
        self._direction(child)
      elif tag == 'sound':
        self._sound(child, self.now)
      elif tag == 'harmony':
        self._harmony(child)
      elif tag == 'barline':
        self.signs.read_barline(child, self.now > 0)
    if self.louds or self.velocity != LOUD:
      self._dynamics()
    return Measure(
      self.most,
      self.notes,
      self.chords,
      self.tempos,
      self.keys,
      self.metre,
      self.signs,
      measure.get('implicit') == 'yes',
    )

  def _duration(self, element, name):
    text = element.findtext('duration')
    if text is None:
      self.passed_over[f'a {name} without a duration'] += 1
      return 0
    return self._ticks(text, name)

  def _ticks(self, text, name):
    value = number(text, f'{name} durations')
    if value < 0:
      raise Refused(f'has a negative duration of a {name}')
    return round(value * self.unit)

  def _note(self, element: Element) -> None:
    found: dict[str, Element] = {}
    tie = seen = 0
    fermata = False
    for child in element:
      if child.tag == 'tie':
        tie |= _TIES.get(child.get('type', ''), 0)
      elif child.tag == 'notations':
        fermata = fermata or child.find('fermata') is not None
        for one in child.iterfind('tied'):
          seen |= _TIES.get(one.get('type', ''), 0)
      else:
        found[child.tag] = child
    if 'grace' in found:
      return
    if 'duration' in found:
      length = self._ticks(found['duration'].text, 'note')
    else:
      length = self._named(found, element)
    if 'chord' in found:
      start = self.last
    else:
      start = self.last = self.now
      if 'rest' in found and self.bar and found['rest'].get('measure') == 'yes':
        length = round(min(length, self.bar))
      self.now = start + length
      if self.now > self.most:
        self.most = self.now
    if 'rest' in found or 'cue' in found:
      return
    if not length:
      self.passed_over['notes without length'] += 1
      return
    loud, only = element.get('dynamics'), element.get('time-only')
    staff = _text(found, 'staff')
    for pitch, program, drum, spelling in self.pitches.sounding(found, staff):
      self.notes.append(
        Note(
          start,
          start + length,
          pitch,
          None if loud is None else self._loud(loud),
          program,
          drum,
          spelling,
          tie or seen,
          _text(found, 'voice'),
          staff,
          fermata,
          marks.numbers(only) if only else (),
        )
      )

  def _named(self, found, element):
    """Ticks of a note without a duration, from its type."""
    self.passed_over['notes without a duration'] += 1
    if 'type' not in found:
      return 0
    quarters = _NAMES.get((found['type'].text or '').strip(), 0)
    dots = len(element.findall('dot'))
    quarters *= 2 - 0.5 ** min(dots, 8)
    change = found.get('time-modification')
    if change is not None:
      normal = whole(change.findtext('normal-notes')) or 1
      quarters *= normal / (whole(change.findtext('actual-notes')) or normal)
    return round(quarters * self.ticks)

  def _loud(self, text):
    """The velocity of a percentage of forte."""
    return min(max(round(number(text, 'dynamics') * _FORTE / 100), 1), 127)

  def _dynamics(self):
    """Gives each note without a velocity the dynamics in force at its start."""
    self.louds.sort(key=lambda one: one[0])

    def velocity(start):
      found = self.velocity
      for since, value in self.louds:
        if since <= start:
          found = value
      return found

    self.notes = [
      note
      if note.velocity is not None
      else note._replace(velocity=velocity(note.start))
      for note in self.notes
    ]
    self.velocity = self.louds[-1][1] if self.louds else self.velocity

  def _attributes(self, element):
    if not len(element):
      return
    for child in element.iterfind('divisions'):
      self.divisions = number(child.text, 'divisions')
      self.unit = self.ticks / self.divisions
      if self.unit == int(self.unit):
        self.unit = int(self.unit)
    for child in element.iterfind('transpose'):
      self.pitches.move(child.get('number', ''), marks.read_transpose(child))
    for child in element.iterfind('key'):
      if child.get('number', '1') == '1':
        sharps = marks.read_key(child, self.passed_over)
        if sharps is not None:
          self.keys.append((self.now, self.pitches.moved('1').key(sharps)))
    for child in element.iterfind('time'):
      if child.get('number', '1') == '1':
        metre = marks.read_metre(child, self.passed_over)
        if metre is not None:
          self.metre = metre
          self.bar = metre.quarters * self.ticks

  def _direction(self, element):
    offset = element.find('offset')
    later = 0
    if offset is not None and offset.get('sound') == 'yes':
      later = self._offset(offset)
    sound = element.find('sound')
    start = max(self.now + later, 0)
    used = sound is not None and self._sound(sound, start)
    if not used:
      for mark in element.iterfind('direction-type/metronome'):
        rate = marks.read_metronome(mark)
        if rate is not None:
          self.tempos.append((start, rate))
    self.signs.read_direction(element, sound)

  def _sound(self, element, start):
    """Applies a `sound`; returns whether it has a tempo."""
    offset = element.find('offset')
    if offset is not None:
      start = max(start + self._offset(offset), 0)
    tempo, loud = element.get('tempo'), element.get('dynamics')
    if tempo is not None:
      rate = number(tempo, 'tempos')
      if rate > 0:
        self.tempos.append((start, rate))
      else:
        self.passed_over['tempos of 0 or less'] += 1
    if loud is not None:
      self.louds.append((start, self._loud(loud)))
    if len(element):
      self.instruments.change(element)
    self.signs.read_sound(element)
    return tempo is not None

  def _offset(self, element):
    value = number(element.text, 'offsets')
    return round(value * self.unit)

  def _harmony(self, element):
    moved = self.pitches.moved(element.findtext('staff') or '')
    text = text_of(element, moved.fifths)
    if not text:
      self.passed_over['chord symbols without a root'] += 1
      return
    offset = element.find('offset')
    later = 0 if offset is None else self._offset(offset)
    self.chords.append((max(self.now + later, 0), text))


def _text(found, name):
  element = found.get(name)
  return '' if element is None else element.text or ''
