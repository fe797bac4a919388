"""MusicXML as the score has it, where note_seq reads something else.

note_seq takes tied notes for several, puts C flat and B sharp into the wrong
octave, forgets how pitches are spelled, counts programs from 1, and makes a
metre of its own of every bar that is not whole: of a pick-up, and of the two
halves of a bar that a phrase or a repeat divides. Time it counts in seconds, at
the tempo it saw last, in whichever part that was, so that a change of tempo
tears the parts asunder: here it counts at one tempo all the way.
"""

from collections.abc import Iterator, Sequence
import contextlib
from typing import Any

import numpy as np

from zoo.music import percussion
from zoo.music.piece import Metre, Piece, Tempo
from zoo.music.sequences import (
  from_sequence,
  import_note_seq,
  on_grid,
  with_first,
)
from zoo.music.signatures import without_idle
from zoo.music.spelling import from_step

_FUZZ = 1e-6  # Quarters.
_DRUMS = 10  # A MIDI channel, as MusicXML counts them: from 1.
_MOST_SHARPS = 7  # Of a key signature, or flats.
_OCTAVE_ENDS = {'C': 0, 'B': 11}  # Steps that an accidental takes beyond.


def read_score(path: str, id: str) -> Piece:
  """A MusicXML file as a Piece, with bars on the bar lines."""
  import_note_seq()
  from note_seq import musicxml_parser, musicxml_reader

  with _as_written():
    document = musicxml_parser.MusicXMLDocument(path)
  sequence = musicxml_reader.musicxml_to_sequence_proto(document)
  fermatas = mend(document, sequence)
  del sequence.tempos[:]  # The clock did not follow them.
  piece = from_sequence(sequence, id)
  found = [
    Tempo(float(_quarters(one.time_position)), one.qpm)
    for part in reversed(document.parts)  # Of two at a time the upper one's.
    for measure in part.measures
    for one in measure.tempos
  ]
  piece = piece._replace(
    tempos=with_first(found, Tempo(0.0, 120.0)),
    metadata=piece.metadata | _above(document, fermatas),
  )
  return on_bars(piece, document)


@contextlib.contextmanager
def _as_written() -> Iterator[None]:
  """Lets note_seq take down what it passes over.

  Tempos, without counting by them (it goes on at 120 quarters a minute),
  every key signature of a measure, as its `key_signatures`, and unpitched
  notes, as those of the drum's pitch.
  """
  from note_seq import musicxml_parser

  def tempos(measure, direction):
    state = measure.state
    later = direction.findtext('offset[@sound="yes"]') or 0
    for sound in direction.findall('sound'):
      if sound.get('tempo') is not None:
        found = musicxml_parser.Tempo(state, sound)
        found.time_position += float(later) / state.divisions / 2  # seconds
        measure.tempos.append(found)

  def attributes(measure, written):
    of_attributes(measure, written)
    if written.find('key') is not None:
      kept = vars(measure).setdefault('key_signatures', [])
      kept.append(measure.key_signature)

  def score(filename):
    root = of_score(filename)
    percussion.to_pitched(root)
    return root

  document = musicxml_parser.MusicXMLDocument
  of_score = document._get_score
  parser = musicxml_parser.Measure
  of_directions, of_attributes = (
    parser._parse_direction,
    parser._parse_attributes,
  )
  parser._parse_direction, parser._parse_attributes = tempos, attributes
  document._get_score = staticmethod(score)
  try:
    yield
  finally:
    document._get_score = staticmethod(of_score)
    parser._parse_direction = of_directions
    parser._parse_attributes = of_attributes


def _quarters(seconds):
  """Of a clock that always counts two quarters a second."""
  return on_grid(2 * np.asarray(seconds))


def mend(document: Any, sequence: Any) -> list[tuple[int, float, float]]:
  """Makes one note of tied ones, moves C flat and B sharp, spells pitches.

  Programs come to count from 0, and what sounds on MIDI's channel 10 is drums.

  Args:
    document: a note_seq MusicXMLDocument.
    sequence: the NoteSequence made of it; changed in place.

  Returns:
    (part, start, end) of the notes below fermatas: of tied notes all.
  """
  written = [
    note.xml_note
    for part in document.parts
    for measure in part.measures
    for note in measure.notes
    if not note.is_rest
  ]
  kept: list = []
  held: dict = {}
  fermatas: list = []
  for note, xml in zip(list(sequence.notes), written, strict=True):
    note.program = max(note.program - 1, 0)
    unpitched = xml.get(percussion.MARK) is not None
    note.is_drum = unpitched or note.instrument == _DRUMS
    step = xml.findtext('pitch/step')
    if step is not None and not unpitched:
      alter = int(float(xml.findtext('pitch/alter') or 0))
      note.pitch_name = from_step(step, alter)
      if step in _OCTAVE_ENDS:
        note.pitch += (_OCTAVE_ENDS[step] + alter) // 12 * 12
    ties = {tie.get('type') for tie in xml.findall('tie')}
    before = held.pop((note.part, note.pitch), None)
    if (
      before is not None
      and 'stop' in ties
      and abs(before.end_time - note.start_time) < _FUZZ
    ):
      before.end_time = note.end_time
      note = before
    else:
      kept.append(note)
    if 'start' in ties:
      held[note.part, note.pitch] = note
    marked = xml.find('notations/fermata') is not None
    if marked and not (fermatas and fermatas[-1] is note):
      fermatas.append(note)
  spans = [(one.part, one.start_time, one.end_time) for one in fermatas]
  del sequence.notes[:]
  sequence.notes.extend(kept)
  return spans


def on_bars(piece: Piece, document: Any) -> Piece:
  """The piece with the metres that are written, and bars on the bar lines.

  Args:
    piece: made of the document's NoteSequence.
    document: a note_seq MusicXMLDocument.
  """
  # A part that ends early may be written no further.
  measures = max((part.measures for part in document.parts), key=len)
  signatures, found = [], None
  for measure in measures:
    beats, unit = (
      measure.xml_measure.findtext(f'attributes/time/{name}') or ''
      for name in ('beats', 'beat-type')
    )
    if beats.isdecimal() and unit.isdecimal() and int(beats) and int(unit):
      found = int(beats), int(unit)
    signatures.append(found)
  if found is None:
    return piece
  first = next(one for one in signatures if one)
  times = [measure.start_time_position for measure in measures]
  starts = _quarters(times)
  ends = [*starts[1:], max(piece.length, starts[-1])]
  lengths = [end - start for start, end in zip(starts, ends, strict=True)]
  if min(lengths) < 0:  # Times that no bar lines can be made of.
    return piece
  return _move(piece, *lay_bars(lengths, [one or first for one in signatures]))


def _above(document, fermatas):
  """What stands above the notes: fermatas and key signatures, in quarters.

  Fermatas are [start, end] of the notes below them (of tied notes all) in the
  first part that has any; key signatures are [start, sharps] of
  the first part, flats negative.
  """
  first = min((part for part, *_ in fermatas), default=0)
  spans = [
    _quarters(span).tolist() for part, *span in fermatas if part == first
  ]
  keys: list[list[float]] = []
  for measure in document.parts[0].measures if document.parts else ():
    for signature in vars(measure).get('key_signatures', ()):
      start = float(_quarters(signature.time_position)) if keys else 0.0
      if abs(signature.key) <= _MOST_SHARPS:
        keys.append([start, int(signature.key)])
  found = {'fermatas': spans, 'key_signatures': without_idle(keys)}
  return {name: value for name, value in found.items() if value}


def lay_bars(
  lengths: Sequence[float], signatures: Sequence[tuple[int, int]]
) -> tuple[float, tuple[Metre, ...]]:
  """Silence before a pick-up, and metres that put bars onto the bar lines.

  The pick-up stands at the end of a whole bar. Two measures that make a bar
  together are one. After a bar that stays broken the metre begins anew.

  Args:
    lengths: of each measure, in quarters; at least one.
    signatures: the time signature (numerator, denominator) of each.

  Returns:
    Quarters by which all music moves, and the metres after that.
  """
  anchor = Metre(0.0, *signatures[0])
  pick_up = len(lengths) > 1 and lengths[0] < anchor.bar - _FUZZ
  shift = anchor.bar - lengths[0] if pick_up else 0.0
  metres, place = [anchor], shift
  for length, signature in zip(lengths, signatures, strict=True):
    passed = (place - anchor.start + _FUZZ) % anchor.bar - _FUZZ
    fits = abs(passed) < 2 * _FUZZ or passed + length <= anchor.bar + _FUZZ
    if signature != anchor[1:] or not fits:
      anchor = Metre(place, *signature)
      metres.append(anchor)
    place += length
  return shift, tuple(metres)


def _move(piece: Piece, shift: float, metres: tuple[Metre, ...]) -> Piece:
  """The piece, later by `shift` quarters, in other metres."""
  first, *others = piece.tempos
  return piece._replace(
    notes=piece.notes._replace(
      start=piece.notes.start + shift, end=piece.notes.end + shift
    ),
    metres=metres,
    metadata=piece.metadata | _later(piece.metadata, shift),
    tempos=(
      first,
      *(tempo._replace(start=tempo.start + shift) for tempo in others),
    ),
  )


def _later(metadata, shift):
  """What `_above` found, later; the first key signature holds from 0."""
  found = {}
  if 'fermatas' in metadata:
    found['fermatas'] = [
      [start + shift, end + shift] for start, end in metadata['fermatas']
    ]
  if 'key_signatures' in metadata:
    first, *others = metadata['key_signatures']
    found['key_signatures'] = [
      first,
      *([start + shift, sharps] for start, sharps in others),
    ]
  return found
