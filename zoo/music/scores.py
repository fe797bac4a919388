"""MusicXML as the score has it, where note_seq reads something else.

note_seq takes tied notes for several, puts C flat and B sharp into the wrong
octave, forgets how pitches are spelled, and makes a metre of its own of every
bar that is not whole: of a pick-up, and of the two halves of a bar that a
phrase or a repeat divides.
"""

from collections.abc import Sequence
from typing import Any

from zoo.music.piece import Metre, Piece, quarters
from zoo.music.sequences import on_grid
from zoo.music.spelling import from_step

_FUZZ = 1e-6  # Quarters.
_OCTAVE_ENDS = {'C': 0, 'B': 11}  # Steps that an accidental takes beyond.


def mend(document: Any, sequence: Any) -> None:
  """Makes one note of tied ones, moves C flat and B sharp, spells pitches.

  Args:
    document: a note_seq MusicXMLDocument.
    sequence: the NoteSequence made of it; changed in place.
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
  for note, xml in zip(list(sequence.notes), written, strict=True):
    step = xml.findtext('pitch/step')
    if step is not None:
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
  del sequence.notes[:]
  sequence.notes.extend(kept)


def on_bars(piece: Piece, document: Any) -> Piece:
  """The piece with the metres that are written, and bars on the bar lines.

  Args:
    piece: made of the document's NoteSequence.
    document: a note_seq MusicXMLDocument.
  """
  piece = piece._replace(metadata=piece.metadata | _written(piece, document))
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
  starts = on_grid(quarters(piece.tempos, times))
  ends = [*starts[1:], max(piece.length, starts[-1])]
  lengths = [end - start for start, end in zip(starts, ends, strict=True)]
  if min(lengths) < 0:  # Times that no bar lines can be made of.
    return piece
  return _move(piece, *lay_bars(lengths, [one or first for one in signatures]))


def _written(piece, document):
  """What stands above the notes: fermatas and key signatures, in quarters.

  Fermatas are [start, end] of the notes below them in the first part that has
  any; key signatures are [start, sharps] of the first part, flats negative.
  """
  fermatas: list[list[float]] = []
  for part in document.parts:
    spans = []
    for measure in part.measures:
      for note in measure.notes:
        if note.xml_note.find('notations/fermata') is None or note.is_rest:
          continue
        time, length = note.note_duration.time_position, note.note_duration
        spans.append([time, time + length.seconds])
    if spans:
      fermatas = on_grid(quarters(piece.tempos, spans)).tolist()
      break
  keys: list[list[float]] = []
  for measure in document.parts[0].measures if document.parts else ():
    signature = measure.key_signature
    if signature is not None and (not keys or keys[-1][1] != signature.key):
      time = on_grid(quarters(piece.tempos, signature.time_position))
      keys.append([float(time) if keys else 0.0, int(signature.key)])
  found = {'fermatas': fermatas, 'key_signatures': keys}
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
  """What `_written` found, later; the first key signature holds from 0."""
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
