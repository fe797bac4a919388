"""MusicXML is read as the score has it, bar for bar."""

import zipfile

import numpy as np
import pytest

from tests.music.musicxml import measures, note, xml
from zoo.encoders.voices import Voices
from zoo.music import bar_lines, reading
from zoo.music.piece import Metre, Tempo


def test_tied_notes_of_musicxml_are_one_note(tmp_path):
  path = tmp_path / 'tied.musicxml'
  body = (
    note(2, '<tie type="start"/>')
    + note(1, '<tie type="stop"/><tie type="start"/>')
    + note(1, '<tie type="stop"/>')
    + note(1)
  )
  path.write_bytes(xml(body))
  read = reading.read(path)
  np.testing.assert_array_equal(read.notes.start, [0, 4])
  np.testing.assert_array_equal(read.notes.end, [4, 5])


@pytest.mark.parametrize('place', [0, 1, 2])
def test_a_fermata_over_tied_notes_is_over_all_of_them(tmp_path, place):
  """On whichever of them it is written, or on several."""
  ties = ['start'], ['stop', 'start'], ['stop']
  fermata = '<notations><fermata/></notations>'
  body = [
    note(length, ''.join(f'<tie type="{tie}"/>' for tie in tied))
    for length, tied in zip((2, 1, 1), ties, strict=True)
  ]
  for marked in {place, 2}:
    body[marked] = body[marked].replace('</note>', fermata + '</note>')
  path = tmp_path / 'fermata.musicxml'
  path.write_bytes(xml(note(1) + ''.join(body) + note(1)))
  read = reading.read(path)
  assert read.metadata['fermatas'] == [[1, 5]]
  encoder = Voices(steps=0, padding=1, lowest=(0,), highest=(127,))
  found = encoder.measure([read]).encode(read).examples
  assert found['fermata'][0].tolist() == [0] * 5 + [1] * 16 + [0] * 5


def test_accidentals_that_cross_the_octave(tmp_path):
  """C flat 4 is the key of B3, and B sharp 4 that of C5."""
  path = tmp_path / 'spelt.musicxml'
  pitches = [
    f'<step>{step}</step><alter>{alter}</alter>'
    for step, alter in (('C', -1), ('B', 1), ('C', 1), ('B', -1))
  ]
  path.write_bytes(xml(''.join(note(1, pitch=pitch) for pitch in pitches)))
  assert reading.read(path).notes.pitch.tolist() == [59, 72, 61, 70]


def test_bars_stand_on_the_bar_lines_of_a_score(tmp_path):
  """A pick-up of one, a bar in two halves, and a last bar that is short."""
  path = tmp_path / 'bars.musicxml'
  line = '</measure><measure>'
  path.write_bytes(xml(line.join(map(note, (1, 4, 3, 1, 4, 3))), head=''))
  read = reading.read(path)
  assert read.metres == (Metre(0.0, 4, 4),)
  assert read.notes.start.tolist() == [3, 4, 8, 11, 12, 16]
  assert read.length == 19


@pytest.mark.parametrize(
  'lengths, signatures, shift, metres',
  [
    ([4, 4], [(4, 4)] * 2, 0, [(0, 4, 4)]),
    ([3], [(4, 4)], 0, [(0, 4, 4)]),
    ([0.5, 3, 2, 1, 3], [(6, 8)] * 5, 2.5, [(0, 6, 8)]),
    # A bar that stays broken: the next one begins a metre anew.
    ([4, 2, 4, 4], [(4, 4)] * 4, 0, [(0, 4, 4), (6, 4, 4)]),
    ([4, 5, 4], [(4, 4)] * 3, 0, [(0, 4, 4), (9, 4, 4)]),
    ([1, 4, 3, 3], [(4, 4)] * 2 + [(3, 4)] * 2, 3, [(0, 4, 4), (8, 3, 4)]),
  ],
)
def test_bars_laid_by_hand(lengths, signatures, shift, metres):
  expected = tuple(Metre(*metre) for metre in metres)
  assert bar_lines.lay_bars(lengths, signatures) == (shift, expected)


def test_a_change_of_tempo_moves_no_part(tmp_path):
  """The upper part slows down, the lower in mid-bar; both in two voices."""
  half, whole = note(4), note(8, pitch='<step>E</step>')
  slow = '<direction><sound tempo="{}"/></direction>'
  back = '<backup><duration>8</duration></backup>'
  upper = measures(slow.format(60) + half + slow.format(30) + half, whole)
  lower = measures(half + slow.format(40) + half + back + whole, whole)
  path = tmp_path / 'slow.xml'
  path.write_text(
    '<?xml version="1.0"?><score-partwise><part-list>'
    '<score-part id="A"><part-name/></score-part>'
    '<score-part id="B"><part-name/></score-part></part-list>'
    f'<part id="A">{upper}</part><part id="B">{lower}</part></score-partwise>'
  )
  found = reading.read(path)
  rows = zip(*(column.tolist() for column in found.notes[:2]), strict=True)
  parts = found.notes.part.tolist()
  assert sorted(zip(parts, rows, strict=True)) == [
    (0, (0, 2)),
    (0, (2, 4)),
    (0, (4, 8)),
    (1, (0, 2)),
    (1, (0, 4)),
    (1, (2, 4)),
    (1, (4, 8)),
  ]
  # At one time the upper part's tempo holds.
  assert found.tempos == (Tempo(0.0, 60.0), Tempo(2.0, 30.0))


def test_key_signatures_amid_a_measure(tmp_path):
  key = '<attributes><key><fifths>{}</fifths></key></attributes>'
  path = tmp_path / 'keys.xml'
  path.write_bytes(xml(key.format(1) + note(2) + key.format(3) + note(2)))
  assert reading.read(path).metadata['key_signatures'] == [[0.0, 1], [2.0, 3]]
  # More than seven flats no other format can write.
  path.write_bytes(xml(key.format(1) + note(2) + key.format(-9) + note(2)))
  assert reading.read(path).metadata['key_signatures'] == [[0.0, 1]]


def test_compressed_musicxml(tmp_path):
  path = tmp_path / 'ok.mxl'
  container = (
    b'<container><rootfiles><rootfile full-path="score.xml"'
    b' media-type="application/vnd.recordare.musicxml+xml"/>'
    b'</rootfiles></container>'
  )
  with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.writestr('META-INF/container.xml', container)
    archive.writestr('score.xml', xml(note(3)))
  read = reading.read(path)
  assert (read.notes.end.tolist(), read.notes.pitch.tolist()) == ([3], [60])
