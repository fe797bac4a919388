"""Chord symbols of MusicXML: read as they are written, and written back."""

import numpy as np
import pytest

from tests.music.musicxml import measures, score, sound
from zoo.music import harmonies, notation
from zoo.music.piece import ChordSymbol, Metre, Piece, notes
from zoo.music.scores import read_score

ROOT = '<root><root-step>{}</root-step>{}</root>'
ALTER = '<root-alter>{}</root-alter>'
C = ROOT.format('C', '')


def harmony(inside):
  return f'<harmony>{inside}</harmony>'


def chords(*bodies):
  return list(read_score(score(measures(*bodies)), 'x').chords)


def kind(name, text=None):
  return f'<kind{"" if text is None else f""" text="{text}" """}>{name}</kind>'


def degree(value, alter, type, more=''):
  return (
    f'<degree{more}><degree-value>{value}</degree-value>'
    f'<degree-alter>{alter}</degree-alter><degree-type>{type}</degree-type>'
    '</degree>'
  )


BASS = '<bass><bass-step>{}</bass-step>{}</bass>'
FLAT = '<bass-alter>-1</bass-alter>'


@pytest.mark.parametrize(
  'inside, text',
  [
    (C + kind('major'), 'C'),
    (ROOT.format('F', ALTER.format(1)) + kind('diminished'), 'F#dim'),
    (ROOT.format('B', ALTER.format(-1)) + kind('dominant'), 'Bb7'),
    (C + kind('minor-seventh', 'mi7'), 'Cmi7'),
    (C + kind('other', ''), 'C'),
    (C + kind('other', 'blue'), 'Cblue'),
    (C + kind('unheard-of'), 'Cunheard-of'),
    (C + kind('minor', ''), 'Cm'),
    (C + kind('none'), 'N.C.'),
    (kind('none', 'N.C.'), 'N.C.'),
    (C + kind('major', 'N.C.'), 'N.C.'),
    # Degrees: those that the text has are not told twice.
    (C + kind('dominant') + degree(9, -1, 'add'), 'C7b9'),
    (C + kind('dominant', '7b9') + degree(9, -1, 'add'), 'C7b9'),
    (C + kind('dominant') + degree(5, 1, 'alter'), 'C7#5'),
    (C + kind('major') + degree(9, 0, 'add'), 'Cadd9'),
    (C + kind('major') + degree(5, -1, 'alter'), 'C(b5)'),
    (C + kind('major') + degree(3, 0, 'subtract'), 'Cno3'),
    (C + kind('suspended-fourth', '7sus') + degree(7, 0, 'add'), 'C7sus'),
    (
      C + kind('dominant') + degree(9, 0, 'add', ' print-object="no"'),
      'C7',
    ),
    # Basses and inversions.
    (C + kind('major') + BASS.format('E', ''), 'C/E'),
    (C + kind('minor') + BASS.format('B', FLAT), 'Cm/Bb'),
    (C + kind('major') + '<inversion>1</inversion>', 'C/E'),
    (C + kind('minor') + '<inversion>1</inversion>', 'Cm/Eb'),
    (C + kind('major') + '<inversion>2</inversion>', 'C/G'),
    (C + kind('diminished') + '<inversion>2</inversion>', 'Cdim/Gb'),
    (C + kind('dominant') + '<inversion>3</inversion>', 'C7/Bb'),
    (C + kind('major-seventh') + '<inversion>3</inversion>', 'Cmaj7/B'),
    (C + kind('major') + '<inversion>0</inversion>', 'C'),
    (
      C + kind('major') + '<inversion>1</inversion>' + BASS.format('E', ''),
      'C/E',
    ),
    # Roots that are no pitches.
    ('<function>V</function>' + kind('dominant'), 'V7'),
    (
      '<numeral><numeral-root>2</numeral-root></numeral>'
      + kind('minor-seventh'),
      'IIm7',
    ),
    (
      '<numeral><numeral-root text="vii">7</numeral-root>'
      '<numeral-alter>-1</numeral-alter></numeral>' + kind('major'),
      'bvii',
    ),
    # Stacked chords.
    (C + kind('major') + ROOT.format('G', '') + kind('minor'), 'C|Gm'),
  ],
)
def test_chord_symbols_as_written(inside, text):
  assert chords(harmony(inside) + sound('C', 4, 8)) == [ChordSymbol(0, text)]


@pytest.mark.parametrize('name', harmonies.KINDS)
def test_every_kind_has_a_text_that_is_read_back(name):
  found = chords(harmony(C + kind(name)) + sound('C', 4, 8))[0].text
  written = harmonies.harmony_of(found)
  assert harmonies.text_of(written) == found
  assert name in (written.findtext('kind'), 'other')


def test_positions_of_chord_symbols():
  """At the cursor, and as far behind it as their offset says."""
  later = '<offset>2</offset>'
  body = (
    harmony(C + kind('major'))
    + harmony(ROOT.format('G', '') + kind('major') + later)
    + sound('C', 4, 4)
    + harmony(ROOT.format('F', '') + kind('major'))
    + sound('C', 4, 4)
  )
  assert chords(body, body) == [
    (start + place, text)
    for start in (0, 4)
    for place, text in ((0, 'C'), (1, 'G'), (2, 'F'))
  ]


def test_chord_symbols_of_a_transposing_part_are_those_that_sound():
  moved = (
    '<attributes><transpose><diatonic>-1</diatonic><chromatic>-2</chromatic>'
    '</transpose></attributes>'
  )
  inside = ROOT.format('D', '') + kind('minor') + BASS.format('F', '')
  found = chords(moved + harmony(inside) + sound('C', 4, 8))
  assert [chord.text for chord in found] == ['Cm/Eb']


def test_several_parts_may_have_the_same_chords():
  part = measures(harmony(C + kind('major')) + sound('C', 4, 8))
  assert len(read_score(score(part, part), 'x').chords) == 1


def test_chord_symbols_are_repeated_with_their_bars():
  again = '<barline><repeat direction="backward"/></barline>'
  body = harmony(C + kind('major')) + sound('C', 4, 8) + again
  assert chords(body) == [(0, 'C'), (4, 'C')]


TEXTS = [
  'C',
  'Am7',
  'Bb7b9',
  'C/E',
  'F#m7b5/C#',
  'C6/9',
  'C6/9/G',
  'N.C.',
  'V7',
  'Gsus4',
  'C|Gm',
  'Cb',
  'Ebb7',
  'A-7',
  'what you will',
  'Fmaj7#11',
]


def made(starts, first=0.0, metre=(4, 4)):
  begin = np.arange(first, 16.0)
  return Piece(
    'made',
    notes(begin, begin + 1, 60),
    (Metre(0.0, *metre),),
    chords=tuple(
      ChordSymbol(start, text)
      for start, text in zip(starts, TEXTS, strict=False)
    ),
  )


@pytest.mark.parametrize(
  'piece',
  [
    made(range(16)),
    made([0.5, 0.75, 1.25, 5, 7.5, 15.75]),
    made([3, 4, 5.5, 8], first=3.0),  # With a pick-up.
    made([0, 0, 12], metre=(3, 4)),
  ],
)
def test_chord_symbols_of_a_score_are_read_as_they_were_written(piece):
  read = read_score(notation.musicxml(piece), 'x')
  assert read.chords == piece.chords
  np.testing.assert_array_equal(read.notes.start, piece.notes.start)
  np.testing.assert_array_equal(read.notes.pitch, piece.notes.pitch)
