"""Keys, metres, tempos and orders of parts, as ABC's fields spell them."""

import pytest

from zoo.music.abc_fields import (
  QUARTER,
  BadTune,
  read_key,
  read_metre,
  read_order,
  read_shift,
  read_unit,
)


@pytest.mark.parametrize(
  'text, name',
  [
    ('G', 'G'),
    (' A Mixolydian', 'Amix'),
    ('AMix', 'Amix'),
    ('A mIX', 'Amix'),
    ('A mixo', 'Amix'),
    ('EM', 'Em'),
    ('Am', 'Am'),
    ('A minor', 'Am'),
    ('A-minor', 'Am'),
    ('A_phr', 'Aphr'),
    ('a minor', 'Am'),
    ('Ador', 'Ador'),
    ('B flat major', 'Bb'),
    ('F\u266f minor', 'F#m'),
    ('F# minor', 'F#m'),
    ('Bb ionian', 'Bb'),
    ('C Aeolian', 'Cm'),
    ('D lydian', 'Dlyd'),
    ('B locrian', 'Bloc'),
    ('HP', 'D'),
    ('Hp', 'D'),
    ('none', 'C'),
    ('', 'C'),
    ('clef=bass', 'C'),
    ('bass', 'C'),
    ('G clef=treble', 'G'),
    ('G middle=B', 'G'),
    ('Dm bass octave=-1', 'Dm'),
    ('F treble-8', 'F'),
  ],
)
def test_names_of_keys(text, name):
  key = read_key(text)
  assert key.name == name and key.plain


@pytest.mark.parametrize(
  'text, alters',
  [
    ('G', 'F1'),
    ('Eb', 'A-1 B-1 E-1'),
    ('Am', ''),
    ('Ador', 'F1'),
    ('E Phrygian', ''),
    ('HP', 'C1 F1'),
    ('D =c', 'F1'),
    ('Dmix =C ^g', 'F1 G1'),
    ('D exp _b _e ^f', 'B-1 E-1 F1'),
    ('D Phr ^f', 'B-1 E-1 F1'),
    ('^c _b', 'B-1 C1'),
    ('C __b ^^f clef=alto', 'B-2 F2'),
    ('Fb', 'A-1 B-2 C-1 D-1 E-1 F-1 G-1'),
  ],
)
def test_steps_that_a_key_alters(text, alters):
  found = ' '.join(f'{step}{alter}' for step, alter in read_key(text).alters)
  assert found == alters


@pytest.mark.parametrize('text', ['Bn', 'Q', '?', 'Gfoo', '7'])
def test_text_that_is_not_a_key(text):
  with pytest.raises(BadTune, match='key that cannot be read'):
    read_key(text)


def test_a_field_that_speaks_of_the_clef_alone_leaves_the_key():
  before = read_key('D')
  assert read_key('clef=bass', before) == before
  assert read_key('', before) == before


@pytest.mark.parametrize(
  'text, semitones',
  [
    ('G', 0),
    ('G clef=treble-8', -12),
    ('G treble+8', 12),
    ('C octave=-1', -12),
    ('C transpose=-3 octave=1', 9),
    ('C clef=bass', 0),
  ],
)
def test_shifts(text, semitones):
  assert read_shift(text) == semitones


def test_a_shift_stays_where_nothing_is_said_of_it():
  assert read_shift('G', -12) == -12
  assert read_shift('G clef=treble', -12) == 0


@pytest.mark.parametrize(
  'text, metre',
  [
    ('C', (4, 4, False)),
    ('C|', (2, 2, False)),
    (' 6/8 ', (6, 8, False)),
    ('12/8', (12, 8, False)),
    ('2+2+3/8', (7, 8, False)),
    ('(2+3)/8', (5, 8, False)),
    ('none', (4, 4, True)),
    ('', (4, 4, True)),
  ],
)
def test_metres(text, metre):
  assert read_metre(text) == metre


@pytest.mark.parametrize('text', ['4', '4/', '3/4 6/8', '0/4', '4/5', '1/0'])
def test_text_that_is_not_a_metre(text):
  with pytest.raises(BadTune, match='metre that'):
    read_metre(text)


def test_units():
  assert [read_unit(text) / QUARTER for text in ('1/8', '1/4', '1')] == [
    0.5,
    1,
    4,
  ]


@pytest.mark.parametrize(
  'text, order',
  [
    ('AABA', 'A A B A'),
    ('A2(BC)3', 'A A B C B C B C'),
    ('((AB)3.(CD)2)2', 'A B A B A B C D C D A B A B A B C D C D'),
    ('A.B, C', 'A B C'),
    ('', ''),
    ('Slow part', ''),
    ('A)B', ''),
  ],
)
def test_orders_of_parts(text, order):
  assert ' '.join(read_order(text)) == order


def test_an_order_that_plays_for_ever_is_refused():
  with pytest.raises(BadTune, match='too many parts'):
    read_order('((((((A99)99)99)99)99)99)99')
