"""A Piece as a score: MusicXML with bars, rests, ties and spelled pitches."""

from collections.abc import Iterable
import contextlib
from fractions import Fraction
import io
import re
from typing import Any
import warnings
from xml.etree import ElementTree

import numpy as np

from zoo.music.harmonies import harmony_of
from zoo.music.percussion import to_unpitched
from zoo.music.piece import ChordSymbol, Piece
from zoo.music.signatures import (
  key_signatures,
  without_idle,
  written_signatures,
)
from zoo.music.spelling import spell, step_and_alter


def musicxml(piece: Piece) -> bytes:
  """The piece as MusicXML 4, with bars, rests and ties.

  The drums of a part are unpitched percussion in a separate part. Pitches have
  the spelling of their notes, or else one that fits the key; an unknown key is
  estimated, and no signature is written then. A first bar whose first half or
  more is silent is written as a pick-up. Fermatas are written in each part, and
  chord symbols above the first part.

  Times are rounded to the coarsest of 1/4, 1/8 and 1/12 quarter that represents
  them all, or else to 1/12 (1/4 if music21 cannot write the lengths).
  """
  # music21 writes its remarks about beams directly to stderr.
  with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
    warnings.simplefilter('ignore')
    from music21.exceptions21 import Music21Exception
    from music21.musicxml import m21ToXml

    grid = _grid(piece.notes)
    try:
      xml = m21ToXml.GeneralObjectExporter(_score(piece, grid)).parse()
    except Music21Exception:
      xml = m21ToXml.GeneralObjectExporter(_score(piece, 4)).parse()
  # music21 dates its files, and draws ids of parts and instruments at random.
  xml = re.sub(rb'\s*<encoding-date>[^<]*</encoding-date>', b'', xml)
  for letter in (b'P', b'I'):
    drawn = re.findall(rb'"(' + letter + rb'[0-9a-f]{32})"', xml)
    for number, name in enumerate(dict.fromkeys(drawn)):
      xml = xml.replace(name, b'%b%d' % (letter, number + 1))
  if piece.chords:
    silence = _before_pick_up(piece, grid)
    xml = _with_chords(xml, piece.chords, float(silence))
  drums = [place for place, (_, drum) in enumerate(_parts(piece)) if drum]
  return to_unpitched(xml, drums) if drums else xml


def _parts(piece):
  """[part, 1 for its drums or 0] of each part that is written."""
  table = piece.notes
  both = np.unique(np.stack([table.part, table.drum], 1).astype(int), axis=0)
  return both.tolist() or [[0, 0]]


def _grid(table):
  times = np.concatenate([table.start, table.end])
  for grid in (4, 8, 12):
    if np.allclose(times * grid, np.round(times * grid), atol=1e-3):
      return grid
  return 12


def _score(piece: Piece, grid: int) -> Any:
  """The piece as a music21 Score, with measures, rests and ties made."""
  from music21 import metadata, stream

  silence = _before_pick_up(piece, grid)
  signatures = written_signatures(piece)
  spelling = spell(piece.notes, key_signatures(piece))
  score = stream.Score()
  score.metadata = metadata.Metadata()
  score.metadata.title = str(piece.metadata.get('title', '') or piece.id)
  score.metadata.composer = str(piece.metadata.get('composer', 'music zoo'))
  for place, (number, drum) in enumerate(_parts(piece)):
    rows = (piece.notes.part == number) & (piece.notes.drum == bool(drum))
    rows = np.flatnonzero(rows)
    part = _part(piece, rows, place, grid, signatures, spelling, silence)
    score.insert(0, part)
  return score


def _before_pick_up(piece, grid):
  """The silence before a pick-up in the first bar, in quarters; 0 for none."""
  bar = Fraction(piece.metres[0].bar)
  silence = Fraction(round(min(piece.notes.start, default=0) * grid), grid)
  broken = any(0 < metre.start < bar for metre in piece.metres)
  # The pick-up must be a metre: its denominator is a power of two.
  power = ((bar - silence) / 4).denominator
  alone = piece.length <= bar  # A bar that nothing follows is no pick-up.
  if alone or broken or power & (power - 1) or not bar / 2 <= silence < bar:
    return Fraction(0)
  return silence


def _part(piece, rows, place, grid, signatures, spelling, silence):
  """One part with the notes `rows`; equal start and end make a chord."""
  part = _headed(piece, rows, place, signatures, silence)
  _insert_notes(part, piece, rows, grid, spelling, silence)
  # All parts are written as far as the longest.
  bar = piece.metres[0].bar
  span = [0.0, max(round(piece.length * grid) / grid, bar) - float(silence)]
  if silence:
    return _with_pick_up(part, Fraction(bar) - silence, span)
  return _barred(part, span)


def _headed(piece, rows, place, signatures, silence):
  """A part without notes: its name, instrument, metres, keys and tempos."""
  from music21 import instrument, key, meter, stream, tempo

  table = piece.notes
  drums = len(rows) > 0 and bool(table.drum[rows[0]])
  part = stream.Part()
  part.partName = f'Part {place + 1}' if not drums else 'Drums'
  if drums:
    part.insert(0, instrument.UnpitchedPercussion())
  elif len(rows):
    try:
      part.insert(
        0, instrument.instrumentFromMidiProgram(int(table.program[rows[0]]))
      )
    except instrument.InstrumentException:
      part.insert(0, instrument.Piano())

  def at(start):
    return max(start - silence, 0)

  for metre in piece.metres:
    signature = f'{metre.numerator}/{metre.denominator}'
    part.insert(at(metre.start), meter.TimeSignature(signature))
  # At the end of the silence, the last signature written in it is in force.
  for start, sharps in without_idle(
    [(at(start), sharps) for start, sharps in signatures]
  ):
    part.insert(start, key.KeySignature(sharps))
  for change in piece.tempos if place == 0 else ():
    mark = tempo.MetronomeMark(number=change.quarters_per_minute)
    part.insert(at(change.start), mark)
  return part


def _insert_notes(part, piece, rows, grid, spelling, silence):
  """Inserts the notes `rows` into the part, with fermatas."""
  from music21 import chord, expressions, note

  table = piece.notes
  ends = [round(end * grid) for _, end in piece.metadata.get('fermatas', ())]
  together: dict[tuple[int, int], dict[int, int]] = {}
  for row in rows.tolist():
    start = round(table.start[row] * grid)
    end = max(round(table.end[row] * grid), start + 1)
    together.setdefault((start, end), {})[int(table.pitch[row])] = row
  for (start, end), found in together.items():
    pitches = [
      _pitch(midi, int(spelling[row])) for midi, row in sorted(found.items())
    ]
    made = note.Note(*pitches) if len(pitches) == 1 else chord.Chord(pitches)
    made.quarterLength = Fraction(end - start, grid)
    made.volume.velocity = int(table.velocity[list(found.values())].max())
    if any(start < last <= end for last in ends):
      made.expressions.append(expressions.Fermata())
    part.insert(max(Fraction(start, grid) - silence, 0), made)


def _barred(part, span):
  """The part in measures, its silence written as visible rests."""
  made = part.makeNotation(refStreamOrTimeRange=span)
  for measure in made.getElementsByClass('Measure'):
    for voice in measure.voices or [measure]:
      voice.makeRests(
        fillGaps=True, inPlace=True, timeRangeFromBarDuration=True
      )
  for rest in made.recurse().getElementsByClass('Rest'):
    rest.style.hideObjectOnPrint = False
  return made


def _with_pick_up(part, length, span):
  """Makes the notation of a part whose first bar has only `length` quarters.

  music21 would make a whole bar, so the metre is changed temporarily.
  """
  from music21 import meter
  from music21.stream.enums import ShowNumber

  whole = part.getElementsByClass(meter.TimeSignature)[0]
  beats = length / 4
  short = meter.TimeSignature(f'{beats.numerator}/{beats.denominator}')
  part.replace(whole, short)
  later = bool(
    part.getElementsByOffset(length, classList=[meter.TimeSignature])
  )
  if not later:
    part.insert(length, whole)
  made = _barred(part, span)
  first, *others = made.getElementsByClass('Measure').matchingElements()
  if others and not later:
    others[0].timeSignature = None
  first.timeSignature = meter.TimeSignature(whole.ratioString)
  first.number, first.showNumber = 0, ShowNumber.NEVER
  first.paddingLeft = whole.barDuration.quarterLength - length
  for number, measure in enumerate(others, 1):
    measure.number = number
  return made


def _pitch(midi, spelling):
  """A music21 Pitch."""
  from music21 import pitch

  step, alter = step_and_alter(spelling)
  made = pitch.Pitch(step + '#' * alter + '-' * -alter)
  made.octave = (midi - alter) // 12 - 1
  return made


def _with_chords(
  xml: bytes, chords: Iterable[ChordSymbol], silence: float = 0.0
) -> bytes:
  """A partwise score with chord symbols above its first part.

  Args:
    xml: well-formed, with one number of divisions.
    chords: in order of start.
    silence: quarters before the first measure.
  """
  begin = xml.index(b'<score-partwise')
  root = ElementTree.fromstring(xml[begin:])
  divisions = int(root.findtext('part/measure/attributes/divisions') or 1)
  due = [
    (round(max(chord.start - silence, 0.0) * divisions), chord.text)
    for chord in chords
  ]
  start = 0
  measures = root.findall('part')[0].findall('measure')
  for number, measure in enumerate(measures, 1):
    end = start + _length(measure)
    last = number == len(measures)
    here = [row for row in due if last or row[0] < end]
    due = due[len(here) :]
    _insert(measure, [(tick - start, text) for tick, text in here])
    start = end
  text = ElementTree.tostring(root, encoding='unicode')
  return xml[:begin] + text.encode()


def _length(measure):
  """Length of a measure, in divisions: that of its first voice."""
  return sum(duration for _, duration in _first_voice(measure))


def _first_voice(measure):
  """(place, duration) of the notes of the first voice; chords count once."""
  found = []
  for place, child in enumerate(measure):
    if child.tag == 'backup':
      break
    if child.tag in ('note', 'forward') and child.find('chord') is None:
      found.append((place, int(child.findtext('duration') or 0)))
  return found


def _insert(measure, here):
  """Inserts chord symbols before the notes of the first voice below them."""
  voice = _first_voice(measure)
  rows, start = [], 0
  for place, duration in voice:
    rows.append((start, place))
    start += duration
  rows = rows or [(0, len(measure))]
  for tick, text in reversed(here):
    start, place = next(
      (row for row in reversed(rows) if row[0] <= tick), rows[0]
    )
    measure.insert(place, harmony_of(text, tick - start))
