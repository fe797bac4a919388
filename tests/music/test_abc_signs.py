"""Every sign of ABC's music code, by small tunes with known notes."""

import pytest

from zoo.music import tunebook, tunes
from zoo.music.abc_fields import BadTune


def read(body, metre='4/4', unit='1/4', key='C', **fields):
  head = ''.join(f'{name}:{value}\n' for name, value in fields.items())
  text = f'X:1\nT:t\n{head}M:{metre}\nL:{unit}\nK:{key}\n{body}\n'
  return tunes.read_tune(text, 'x')


def rows(piece):
  """(start, end, pitch) in quarters."""
  return list(
    zip(
      piece.notes.start.round(6).tolist(),
      piece.notes.end.round(6).tolist(),
      piece.notes.pitch.tolist(),
      strict=True,
    )
  )


def pitches(body, **options):
  return read(body, **options).notes.pitch.tolist()


def letters(body, **options):
  """C D E ... of the notes in playing order."""
  names = dict(zip((60, 62, 64, 65, 67, 69, 71), 'CDEFGAB', strict=True))
  return ''.join(names[pitch] for pitch in pitches(body, **options))


# Repeats, endings and parts.


@pytest.mark.parametrize(
  'body, expected',
  [
    ('|:C4|1,3 D4:|2 E4:|4 F4||', 'CDCECDCF'),
    ('|:C4|2 D4:|1 E4:|', 'CECD'),
    ('|:C4|1-3 D4:|4 E4||', 'CDCDCDCE'),
    ('|:C4|[1,2 D4:|[3 E4|]', 'CDCDCE'),
    ('|:C4|1. D4:|2. E4|]', 'CDCE'),
    ('|:C4|1 D4:|E4|]', 'CDCE'),  # what follows is the other ending
    ('|:C4|1 D4|2 E4||F4|', 'CDCEF'),  # no :| at the first ending
    ('|:C4|\n1 D4:|\n2 E4||', 'CDCE'),  # numbers on the next line
    ('|:C4 | 1 D4:| 2 E4||', 'CDCE'),
    ('|:C4|1 D4:|2 E4::F4:|', 'CDCEFF'),
    ('|::C4|D4::|E4|]', 'CDCDCDE'),
    ('C4:::|D4|', 'CCCCD'),
    ('C4::D4:|', 'CCDD'),
    ('C4:|:D4:|', 'CCDD'),
    ('C4:||:D4:|', 'CCDD'),
    ('C4||D4:|', 'CDD'),  # from the latest double bar
    ('C4|]D4:|', 'CDD'),
    ('|:C4||D4:|', 'CDCD'),
    ('C4||\n:D4:|', 'CDD'),  # a sign that is split over lines
    ('C4.|D4[|]E4|', 'CDE'),
  ],
)
def test_repeats_and_endings(body, expected):
  assert letters(body) == expected


@pytest.mark.parametrize(
  'order, expected',
  [
    ('AABA', 'CCDC'),
    ('A2(AB)2', 'CCCDCD'),
    ('AB', 'CD'),
    ('BA', 'DC'),
    ('AXB', 'CD'),
    ('Slow air', 'CD'),
  ],
)
def test_parts_are_played_in_the_order_of_the_header(order, expected):
  assert letters('P:A\nC4|\nP:B\nD4|]', P=order) == expected


def test_parts_repeat_by_themselves_and_an_introduction_is_played_once():
  assert letters('G4|\nP:A\nC4:|\nP:B\nD4|]', P='ABA') == 'GCCDCC'
  assert letters('[P:A]C4|[P:B]D4|]', P='BA') == 'DC'


def test_parts_without_an_order_are_played_as_they_stand():
  assert letters('P:B\nC4|\nP:A\nD4|]') == 'CD'


# Pitch.


def test_accidentals_hold_in_all_octaves_up_to_the_bar_line():
  assert pitches("^c c' C z|c4|") == [73, 85, 61, 72]


@pytest.mark.parametrize(
  'how, expected',
  [
    ('pitch', [73, 73, 61]),
    ('octave', [73, 73, 60]),
    ('not', [73, 72, 60]),
  ],
)
def test_a_directive_says_how_far_accidentals_hold(how, expected):
  text = f'X:1\n%%propagate-accidentals {how}\nM:4/4\nL:1/4\nK:C\n^c c C z|\n'
  assert tunes.read_tune(text, 'x').notes.pitch.tolist() == expected


def test_a_tie_carries_its_accidental_over_the_bar_line_and_no_further():
  assert rows(read('^c4-|c2 c2|')) == [(0, 6, 73), (6, 8, 72)]


def test_accidentals_of_grace_notes_hold_in_their_octave():
  assert pitches('{^g}a g G z|') == [81, 80, 67]


def test_double_accidentals_and_parts_of_a_semitone():
  assert pitches('^^c __d =e z|') == [74, 72, 76]
  piece = read('^/c ^3/2c _/d z|')
  assert piece.notes.pitch.tolist() == [72, 73, 74]
  assert piece.metadata['passed_over'] == {'parts of a semitone': 3}


@pytest.mark.parametrize(
  'key, expected',
  [
    ('D =c', [65 + 1, 60]),
    ('D exp _b _e ^f', [66, 60]),
    ('C octave=-1', [53, 48]),
    ('C clef=treble-8', [53, 48]),
    ('C transpose=2', [67, 62]),
    ('C clef=bass', [65, 60]),
    ('HP', [66, 61]),
    ('none', [65, 60]),
  ],
)
def test_keys_sound(key, expected):
  assert pitches('F C z2|', key=key) == expected


def test_key_metre_and_unit_change_anywhere():
  assert pitches('F [K:G]F z2|\nK:F\nB F z2|') == [65, 66, 70, 65]
  piece = read('c4|[M:3/4]c3|\nM:2/4\nL:1/8\nc4|')
  assert [tuple(metre) for metre in piece.metres] == [
    (0, 4, 4),
    (4, 3, 4),
    (7, 2, 4),
  ]
  assert rows(piece)[-1] == (7, 9, 72)
  assert rows(read('c [L:1/8]c c z2|')) == [
    (0, 1, 72),
    (1, 1.5, 72),
    (1.5, 2, 72),
  ]


# Length.


@pytest.mark.parametrize(
  'body, expected',
  [
    ('c c2 c/ c// c/4 c3/2 c3/', [1, 2, 0.5, 0.25, 0.25, 1.5, 1.5]),
    ('a>b c<d', [1.5, 0.5, 0.5, 1.5]),
    ('a>>b c<<<d', [1.75, 0.25, 0.125, 1.875]),
    ('a > b', [1.5, 0.5]),
    ('a>{g}b "Am"c>"D"d', [1.5, 0.5] * 2),
    ('[ce]>[df]', [1.5, 1.5, 0.5, 0.5]),
    ('a>b>c', [1.5, 0.75, 0.5]),
    ('z>c', [0.5]),
    ('a2>b', [2, 1]),  # of unequal notes: no meaning
    ('(3abc (3:2abc (3::abc (3:2:3abc', [2 / 3] * 12),
    ('(3:2:4abcd e', [2 / 3] * 4 + [1]),
    ('(3::2ab c', [2 / 3] * 2 + [1]),
    ('(2ab (4abcd', [1.5] * 2 + [0.75] * 4),
    ('(6abcdef (8abcdefga', [1 / 3] * 6 + [3 / 8] * 8),
    ('(5abcde', [0.4] * 5),
    ('(3{g}a>bc', [1, 1 / 3, 2 / 3]),
    ('(3a[ce]2z', [2 / 3, 4 / 3, 4 / 3]),
    ('(3 a b c', [2 / 3] * 3),
  ],
)
def test_lengths(body, expected):
  table = read(body, metre='none').notes
  assert (table.end - table.start).tolist() == pytest.approx(expected)


def test_a_triplet_is_one_in_compound_metres_too_and_five_are_in_three():
  table = read('(3abc (5abcde', metre='6/8', unit='1/8').notes
  assert (table.end - table.start).tolist() == pytest.approx(
    [1 / 3] * 3 + [0.3] * 5
  )


def test_units_by_default():
  for metre, quarters in [('2/4', 0.25), ('3/4', 0.5), ('none', 0.5)]:
    text = f'X:1\nM:{metre}\nK:C\nc\n'
    assert tunes.read_tune(text, 'x').notes.end.tolist() == [quarters]


def test_rests_spacers_and_bars_of_rest():
  assert rows(read('z c x y2 d|Z2|e4|X|f4|')) == [
    (1, 2, 72),
    (3, 4, 74),
    (12, 16, 76),
    (20, 24, 77),
  ]
  bars = read('c4|Z2|e4|').bars
  assert [bar.tokens for bar in bars] == [('c4',), ('Z',), ('Z',), ('e4',)]


# Chords and ties.


def test_a_chords_lengths_multiply():
  assert rows(read('[C2E2]2|')) == [(0, 4, 60), (0, 4, 64)]
  assert rows(read('[CE]2 [C/E/]2|')) == [
    (0, 2, 60),
    (0, 2, 64),
    (2, 3, 60),
    (2, 3, 64),
  ]


def test_members_of_a_chord_have_their_own_length():
  """The first says when the music goes on."""
  assert rows(read('[CE2]F2|')) == [(0, 1, 60), (0, 2, 64), (1, 3, 65)]


@pytest.mark.parametrize(
  'body, expected',
  [
    ('C-[CE] z2|', [(0, 2, 60), (1, 2, 64)]),
    ('[CE]-C z2|', [(0, 2, 60), (0, 1, 64)]),
    ('[CE-]E z2|', [(0, 1, 60), (0, 2, 64)]),
    ('[CE]-[CG] z2|', [(0, 2, 60), (0, 1, 64), (1, 2, 67)]),
    ('C4-|C4-|C4|', [(0, 12, 60)]),
    ('C -C z2|', [(0, 2, 60)]),
    ('C-D z2|', [(0, 1, 60), (1, 2, 62)]),  # a slur
    ('C-{E}C z2|', [(0, 2, 60)]),
    ('C- z C z|', [(0, 1, 60), (2, 3, 60)]),
    ('C-"Am"C z2|', [(0, 2, 60)]),
    ('|:C4-|1 C4:|2 C4||', [(0, 8, 60), (8, 16, 60)]),
  ],
)
def test_ties(body, expected):
  assert rows(read(body)) == expected


def test_an_overlay_is_a_part():
  piece = read('c2 d2 & E4|e4|')
  assert rows(piece) == [(0, 4, 64), (0, 2, 72), (2, 4, 74), (4, 8, 76)]
  assert piece.notes.part.tolist() == [1, 0, 0, 0]


# What is silent.


def test_silent_signs():
  body = (
    '!trill!c +fermata+d ~e .f | Tg ua vb (c | d) {/ag}c "^text"d "_x"e '
    '| "<(" c "@1,2 x"d !p!!>(!e`f | % c d e'
  )
  assert pitches(body) == (
    [72, 74, 76, 77, 79, 81, 83, 72, 74, 72, 74, 76, 72, 74, 76, 77]
  )


def test_lines_that_are_not_music():
  body = (
    'c4|\nw:words a-b-c\nW:verse\n%%text cafe\n% comment\nN:note\n+:bag\n'
    'r:remark\ns:!p!\n[r:bad] d4|\nm:~G2 = A\n<p>cafe</p>\ne2 \\\nf2|'
  )
  piece = read(body)
  assert piece.notes.pitch.tolist() == [72, 74, 76, 77]
  assert piece.metadata['passed_over'] == {
    'words': 2,
    'symbol lines': 1,
    'macros': 1,
    'lines of HTML': 1,
  }


def test_prose_after_the_music_is_not_music():
  piece = read('c4|]\nThis tune was collected in Kerry by somebody\n')
  assert piece.notes.pitch.tolist() == [72]
  assert piece.metadata['passed_over'] == {'lines of prose': 1}


def test_a_stray_number_is_passed_over_and_counted():
  piece = read('c4|d4|\n:1646\ne4|')
  assert piece.notes.pitch.tolist() == [72, 74, 76]
  assert piece.metadata['passed_over'] == {'signs without meaning': 1}
  with pytest.raises(BadTune, match='no music can be'):
    read('c4|:1646 :1647 :1648 :1649|')


def test_chord_symbols_are_kept_and_annotations_are_not():
  piece = read('"Am7"c2 "^slow""G/b"d2|"F\u266fdim"e2 "N.C."f2 "Fine"z|')
  assert [tuple(chord) for chord in piece.chords] == [
    (0, 'Am7'),
    (2, 'G/B'),
    (4, 'F#dim'),
    (6, 'N.C.'),
  ]


def test_chord_symbols_repeat_with_their_bars():
  piece = read('"C"c4:|"G"d4|')
  assert [chord.start for chord in piece.chords] == [0, 4, 8]


# Voices, tempo, text.


def test_one_voice_that_is_named_is_one_voice():
  piece = read('V:1 clef=treble\nC4|[V:1]D4|]', V='1 name="Fiddle"')
  assert rows(piece) == [(0, 4, 60), (4, 8, 62)]
  assert [bar.tokens for bar in piece.bars] == [('C4',), ('D4',)]


def test_voices_are_parts():
  piece = read('V:1\nc4|:d4:|\nV:2\nE4|F2|\nV:1\ne4|\nV:2\nG4|')
  assert piece.notes.part.tolist() == [1, 0, 1, 0, 1, 0, 1, 0]
  assert rows(piece) == [
    (0, 4, 64),
    (0, 4, 72),
    (4, 6, 65),
    (4, 8, 74),
    (8, 10, 65),
    (8, 12, 74),
    (12, 16, 67),
    (12, 16, 76),
  ]
  assert [bar.tokens for bar in piece.bars] == [(), (), ()]


def test_a_voice_may_be_an_octave_lower():
  assert pitches('[V:T]c4|\n[V:B]c4|', V='B octave=-2') == [48, 72]
  assert pitches('V:B octave=-1\nc4|\nV:B octave=-1\nd4|') == [60, 62]


def test_tempo_changes_inside():
  piece = read('c2 [Q:1/4=60]d2:|\nQ:1/2=50\ne4|', Q='1/4=90')
  assert [tuple(tempo) for tempo in piece.tempos] == [
    (0, 90),
    (2, 60),
    (4, 90),
    (6, 60),
    (8, 100),
  ]


@pytest.mark.parametrize(
  'data, title',
  [
    ('T:Caf\u00e9\n'.encode(), 'Caf\u00e9'),
    ('\ufeffT:Caf\u00e9\n'.encode(), 'Caf\u00e9'),
    ('T:Caf\u00e9\n'.encode('latin-1'), 'Caf\u00e9'),
    ('T:Caf\u00e9\n'.encode('utf-16'), 'Caf\u00e9'),
    (b"T:Caf\\'e\n", 'Caf\u00e9'),
    (b'T:Caf&eacute;\n', 'Caf\u00e9'),
    (b'T:100\\% % comment\n', '100%'),
    (b'T:Caf\\\n', 'Caf\\'),
    (b'T:One\n+:two\n', 'One two'),
    (b'%%abc-charset iso-8859-2\nT:\xb9\n', '\u0161'),
  ],
)
def test_titles_in_their_encodings(data, title):
  text = tunebook.decode(data)
  full = f'X:1\n{text}M:4/4\nK:C\nc8|\n'
  assert tunes.read_tune(full, 'x').metadata['title'] == title


def test_written_bars():
  piece = read('G|:"C"c>d (3efg|1 [K:G]f4:|2 {a}[ce]4-[ce]4|]', unit='1/8')
  assert [tuple(bar) for bar in piece.bars] == [
    (0, 0.5, '', '|', (), ('G',)),
    (
      0.5,
      2,
      '|:',
      '|',
      (),
      ('"C"', 'c', '>', 'd', '(3', 'e', 'f', 'g'),
    ),
    (2.5, 2, '', ':|', (1,), ('[K:G]', 'f4')),
    (4.5, 4, '', '|]', (2,), ('{a}', '[ce]4', '-', '[ce]4')),
  ]
  assert piece.metadata['played'] == [0, 1, 2, 1, 3]


def test_fields_that_change_nothing_are_no_tokens():
  piece = read('K:C\nc4|\nL:1/4\nK:G\nd4|[M:C]e4|[M:3/4]f3|')
  assert [bar.tokens for bar in piece.bars] == [
    ('c4',),
    ('[K:G]', 'd4'),
    ('e4',),
    ('[M:3/4]', 'f3'),
  ]


def test_a_program_of_general_midi():
  text = 'X:1\n%%MIDI program 1 73\n%%MIDI transpose -12\nM:4/4\nK:C\nc8|\n'
  table = tunes.read_tune(text, 'x').notes
  assert (table.program.tolist(), table.pitch.tolist()) == ([73], [60])
