"""Drums in MusicXML are unpitched percussion, and come back as drums."""

from xml.etree import ElementTree

import numpy as np
import pytest

from zoo.music import reading
from zoo.music.notation import musicxml
from zoo.music.percussion import PLACES, to_pitched
from zoo.music.piece import Piece, notes


@pytest.fixture
def band():
  """A melody, and in part 1 a bass note and drums."""
  return Piece(
    'band',
    notes(
      [0, 0, 0, 0, 1, 2, 2.5, 3],
      [4, 4, 0.25, 0.25, 1.25, 2.25, 2.75, 3.25],
      [72, 40, 36, 42, 38, 42, 46, 63],
      program=[0, 33, 0, 0, 0, 0, 0, 0],
      part=[0, 1, 1, 1, 1, 1, 1, 1],
      drum=[False, False] + [True] * 6,
    ),
  )


def test_drums_are_written_unpitched_each_with_its_instrument(band):
  root = ElementTree.fromstring(musicxml(band))
  heads = root.findall('part-list/score-part')
  assert [head.findtext('part-name') for head in heads] == [
    *('Part 1', 'Part 2', 'Drums')
  ]
  part = root.findall('part')[2]
  assert part.findtext('measure/attributes/clef/sign') == 'percussion'
  assert part.find('.//pitch') is None and part.find('.//accidental') is None
  names = {
    one.get('id'): one.findtext('instrument-name')
    for one in heads[2].findall('score-instrument')
  }
  written = [
    (
      names[note.find('instrument').get('id')],
      note.findtext('unpitched/display-step')
      + note.findtext('unpitched/display-octave'),
      note.findtext('notehead') or '',
    )
    for note in part.iter('note')
    if note.find('unpitched') is not None
  ]
  assert written == [
    ('Kick', 'F4', ''),
    ('Closed hi-hat', 'G5', 'x'),
    ('Snare', 'C5', ''),
    ('Closed hi-hat', 'G5', 'x'),
    ('Open hi-hat', 'G5', 'circle-x'),
    ('Open conga', 'C5', 'x'),
  ]
  midi = [one.findtext('midi-unpitched') for one in heads[2].iter('*')]
  assert [int(text) for text in midi if text] == [37, 39, 43, 47, 64]
  assert {
    one.findtext('midi-channel') for one in heads[2].findall('midi-instrument')
  } == {'10'}


def test_the_order_of_elements_is_that_of_musicxml(band):
  order = (
    *('chord', 'pitch', 'unpitched', 'rest', 'duration', 'tie', 'instrument'),
    *('voice', 'type', 'dot', 'accidental', 'time-modification', 'stem'),
    *('notehead', 'staff', 'beam', 'notations'),
  )
  for note in ElementTree.fromstring(musicxml(band)).iter('note'):
    places = [order.index(child.tag) for child in note]
    assert places == sorted(places)


def test_music21_reads_them_as_percussion(band, tmp_path):
  from music21 import converter

  path = tmp_path / 'band.musicxml'
  path.write_bytes(musicxml(band))
  part = converter.parse(str(path), forceSource=True).parts[2]
  kinds = [type(one).__name__ for one in part.flatten().notes]
  assert kinds == ['PercussionChord'] + ['Unpitched'] * 4


def test_drums_come_back_as_the_same_drums(band, tmp_path):
  path = tmp_path / 'band.musicxml'
  path.write_bytes(musicxml(band))
  again = reading.read(path).notes
  rows = [
    sorted(
      zip(*(c.tolist() for c in (t.start, t.end, t.pitch, t.drum)), strict=True)
    )
    for t in (band.notes, again)
  ]
  assert rows[0] == rows[1]
  assert not again.spelling[again.drum].any()


def test_every_drum_comes_back_from_its_instrument(tmp_path):
  pitches = np.arange(27, 88)
  start = np.arange(len(pitches)) / 4
  piece = Piece('all', notes(start, start + 0.25, pitches, drum=True))
  path = tmp_path / 'all.musicxml'
  path.write_bytes(musicxml(piece))
  again = reading.read(path).notes
  assert again.pitch.tolist() == pitches.tolist() and again.drum.all()


def test_without_instruments_the_place_on_the_staff_decides():
  """As scores of other programs have it: a kick in the lowest space."""
  note = (
    '<note><unpitched><display-step>{}</display-step><display-octave>{}'
    '</display-octave></unpitched>{}</note>'
  )
  body = note.format('F', 4, '') + note.format('C', 5, '')
  body += note.format('G', 5, '<notehead>x</notehead>') + note.format(
    'B', 9, ''
  )
  root = ElementTree.fromstring(
    '<score-partwise><part-list><score-part id="P1"/></part-list>'
    f'<part id="P1"><measure>{body}</measure></part></score-partwise>'
  )
  to_pitched(root)
  found = [
    ''.join(note.findtext(f'pitch/{tag}') or '' for tag in ('step', 'octave'))
    for note in root.iter('note')
  ]
  assert found == ['C2', 'D2', 'F2', 'D2']  # 36, 38, 42 (F sharp), 38


def test_no_two_drums_share_a_place():
  assert len(set(PLACES.values())) == len(PLACES)
