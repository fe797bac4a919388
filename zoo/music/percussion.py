"""Percussion in MusicXML: unpitched notes, with an instrument for each drum.

music21 writes only one instrument of each class, and note_seq refuses unpitched
notes. So drums pass through both as pitches, which are converted here to
MusicXML's unpitched notes and back.
"""

from collections.abc import Iterable
import copy
from typing import Any
from xml.etree import ElementTree

from zoo.music.drums import name_of

# Positions of drums on the staff: step, octave and notehead by General MIDI
# pitch, after Weinberg, "Guidelines for drumset notation" (1994).
PLACES = {
  35: ('E', 4, ''),
  36: ('F', 4, ''),
  37: ('C', 5, 'x'),
  38: ('C', 5, ''),
  39: ('C', 5, 'diamond'),
  40: ('C', 5, 'slash'),
  41: ('G', 4, ''),
  42: ('G', 5, 'x'),
  43: ('A', 4, ''),
  44: ('D', 4, 'x'),
  45: ('B', 4, ''),
  46: ('G', 5, 'circle-x'),
  47: ('D', 5, ''),
  48: ('D', 5, 'slash'),
  49: ('A', 5, 'x'),
  50: ('E', 5, ''),
  51: ('F', 5, 'x'),
  52: ('B', 5, 'circle-x'),
  53: ('F', 5, 'diamond'),
  55: ('B', 5, 'x'),
  56: ('E', 5, 'triangle'),
  57: ('C', 6, 'x'),
  59: ('D', 5, 'x'),
}
_ELSEWHERE = ('C', 5, 'x')
_PITCHES = {place: pitch for pitch, place in PLACES.items()}
_STEPS = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}
_SHARPS = ('C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B')
# Elements that follow `notehead` in a note, and those that follow `instrument`.
_AFTER_HEAD = ('notehead-text', 'staff', 'beam', 'notations', 'lyric', 'play')
_AFTER_INSTRUMENT = (
  *('footnote', 'level', 'voice', 'type', 'dot', 'accidental'),
  *('time-modification', 'stem', 'notehead'),
  *_AFTER_HEAD,
)
MARK = 'zoo-drum'  # An attribute of notes that were unpitched.


def to_unpitched(xml: bytes, drums: Iterable[int]) -> bytes:
  """Converts percussion parts that were written as pitches.

  Args:
    xml: written by music21.
    drums: indices, from 0, of the percussion parts.

  Returns:
    The score with unpitched notes in these parts, each with its instrument, on
    a percussion clef; drums keep their General MIDI pitch as `midi-unpitched`.
  """
  root = ElementTree.fromstring(xml)
  heads, parts = root.findall('part-list/score-part'), root.findall('part')
  for place in drums:
    _rewrite(heads[place], parts[place])
  ElementTree.indent(root)
  head = xml[: xml.index(b'<score-partwise')]
  return head + ElementTree.tostring(root, encoding='utf-8')


def to_pitched(root: Any) -> None:
  """Gives unpitched notes the pitch of their drum, and MARK, in place.

  The drum is the note's instrument, or the part's only one; if that has no
  pitch, the drum written at this position of the staff.

  Args:
    root: the element score-partwise.
  """
  for head, part in zip(
    root.findall('part-list/score-part'), root.findall('part'), strict=False
  ):
    pitches = {}
    for one in head.findall('midi-instrument'):
      text = one.findtext('midi-unpitched') or ''
      if text.strip().isdecimal() and 1 <= int(text) <= 128:
        pitches[one.get('id')] = int(text) - 1
    alone = next(iter(pitches.values())) if len(pitches) == 1 else None
    for note in part.iter('note'):
      unpitched = note.find('unpitched')
      if unpitched is None:
        continue
      instrument = note.find('instrument')
      pitch = alone
      if instrument is not None:
        pitch = pitches.get(instrument.get('id'), alone)
      if pitch is None:
        pitch = _by_place(note, unpitched)
      note.set(MARK, 'yes')
      unpitched.tag = 'pitch'
      unpitched[:] = []
      name = _SHARPS[pitch % 12]
      ElementTree.SubElement(unpitched, 'step').text = name[0]
      if len(name) > 1:
        ElementTree.SubElement(unpitched, 'alter').text = '1'
      octave = str(pitch // 12 - 1)
      ElementTree.SubElement(unpitched, 'octave').text = octave


def _by_place(note, unpitched):
  """The drum written at this position; a snare if there is none."""
  head = (note.findtext('notehead') or '').strip()
  step = (unpitched.findtext('display-step') or 'C').strip()
  octave = (unpitched.findtext('display-octave') or '5').strip()
  place = step, int(octave) if octave.isdecimal() else 5
  head = '' if head == 'normal' else head
  for one in (head, '', 'x'):
    if (*place, one) in _PITCHES:
      return _PITCHES[*place, one]
  return 38


def _rewrite(head, part):
  """One part, as unpitched percussion."""
  used = set()
  for note in part.iter('note'):
    pitched = note.find('pitch')
    if pitched is None:
      continue
    midi = _midi(pitched)
    used.add(midi)
    step, octave, shape = PLACES.get(midi, _ELSEWHERE)
    pitched.tag = 'unpitched'
    pitched[:] = []
    ElementTree.SubElement(pitched, 'display-step').text = step
    ElementTree.SubElement(pitched, 'display-octave').text = str(octave)
    for written in note.findall('accidental'):
      note.remove(written)
    instrument = ElementTree.Element('instrument', id=_id(head, midi))
    _insert(note, instrument, _AFTER_INSTRUMENT)
    if shape:
      written = ElementTree.Element('notehead')
      written.text = shape
      _insert(note, written, _AFTER_HEAD)
  for attributes in part.iter('attributes'):
    for signature in attributes.findall('key'):
      attributes.remove(signature)
    for clef in attributes.findall('clef'):
      clef[:] = []
      ElementTree.SubElement(clef, 'sign').text = 'percussion'
  _name_instruments(head, sorted(used))


def _name_instruments(head, used):
  """A separate instrument for each drum of a part."""
  template = head.find('midi-instrument')
  program = None if template is None else template.find('midi-program')
  for tag in ('score-instrument', 'midi-instrument'):
    for one in head.findall(tag):
      head.remove(one)
  for midi in used:
    one = ElementTree.SubElement(head, 'score-instrument', id=_id(head, midi))
    ElementTree.SubElement(one, 'instrument-name').text = name_of(midi)
  for midi in used:
    one = ElementTree.SubElement(head, 'midi-instrument', id=_id(head, midi))
    ElementTree.SubElement(one, 'midi-channel').text = '10'
    if program is not None:
      one.append(copy.copy(program))
    ElementTree.SubElement(one, 'midi-unpitched').text = str(midi + 1)


def _id(head, midi):
  return f'{head.get("id")}-D{midi}'


def _midi(pitched):
  alter = int(float(pitched.findtext('alter') or 0))
  octave = int(pitched.findtext('octave') or 4)
  step = pitched.findtext('step') or 'C'
  return 12 * (octave + 1) + _STEPS[step] + alter


def _insert(note, element, after):
  """Inserts an element before the first of those that must follow it."""
  place = next(
    (number for number, one in enumerate(note) if one.tag in after), len(note)
  )
  note.insert(place, element)
