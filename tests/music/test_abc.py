"""ABC text to written bars, and bars to a performance on the bar lines."""

import pytest

from zoo.music import abc, bars
from zoo.music.tunebook import BadTune, read_key, read_metre, split

Q = abc.QUARTER


def tune(body, metre='4/4', unit='1/8', key='C'):
  return f'X:1\nT:t\nM:{metre}\nL:{unit}\nK:{key}\n{body}\n'


def lengths(body, **header):
  """Lengths of the written events, in quarters."""
  read = abc.parse(tune(body, **header)).bars
  return [event.ticks / Q for bar in read for event in bar.events]


def played(body, **header):
  """(start, end, name) of the performance, in quarters."""
  read = abc.parse(tune(body, **header))
  bar = 4 * Q * read.metre[0] // read.metre[1]
  return [
    (one.start / Q, one.end / Q, one.event.name)
    for one in bars.lay_out(bars.unfold(read.bars), bar)
  ]


def order(body, **header):
  read = abc.parse(tune(body, **header))
  names = [
    ''.join(event.name for event in bar.events)
    for bar in bars.unfold(read.bars)
  ]
  return ' '.join(names)


@pytest.mark.parametrize(
  'body, expected',
  [
    ('c c2 c/ c/2 c// c3/2', [0.5, 1, 0.25, 0.25, 0.125, 0.75]),
    ('c>d c<d c>>d', [0.75, 0.25, 0.25, 0.75, 0.875, 0.125]),
    ('(3ccc (3:2:2cc', [1 / 3] * 5),
    ('(2cc (4cccc', [0.75] * 2 + [0.375] * 4),
    ('(c>.d) ~c vu"Am"!trill!{ag}c [ce]2', [0.75, 0.25, 0.5, 0.5, 1]),
    ('c (c d) z2 c-c', [0.5, 0.5, 0.5, 1, 0.5, 0.5]),
    ('c2 [L:1/4] c c2', [1, 1, 2]),
    ('c2 % c2 c2\nc', [1, 0.5]),
    ('c=20\n c=\nc', [0.5] * 3),  # quoted-printable mail
    ('c2 Hx|', [1]),  # a fermata on the bar line
  ],
)
def test_lengths(body, expected):
  body = body.replace('[L:', '|[L:')  # a field may stand between bars
  assert lengths(body) == pytest.approx(expected)


def test_tuplet_of_five_takes_the_time_of_three_in_compound_metres():
  assert lengths('(5ccccc', metre='6/8') == [0.5 * 3 / 5] * 5
  assert lengths('(5ccccc', metre='4/4') == [0.5 * 2 / 5] * 5


def test_default_note_length_follows_the_metre():
  for metre, quarters in [('2/4', 0.25), ('3/4', 0.5), ('C|', 0.5)]:
    text = f'X:1\nM:{metre}\nK:C\nc\n'
    assert abc.parse(text).bars[0].ticks == quarters * Q


@pytest.mark.parametrize(
  'body, expected',
  [
    ('a8|b8|', 'a b'),
    ('a8:|b8|', 'a a b'),
    ('a8|:b8:|c8|', 'a b b c'),
    ('a8::b8:|', 'a a b b'),
    ('a8|1b8:|2c8||d8|', 'a b a c d'),
    ('|:a8|[1b8:|[2c8|]d8:|', 'a b a c d d'),
    ('a8|1,2b8:|3c8|', 'a b a b a c'),
    ('a8||b8:|c8|', 'a b b c'),  # no |: so from the last double bar
    ('|:a8||b8:|', 'a b a b'),
    ('a8|b4[1c4:|[2d4|]', 'a b c a b d'),
    ('a8:[|]|]b8|', 'a a b'),
    ('a8|:|b8|', 'a a b'),  # O'Neill's transcribers
  ],
)
def test_repeats_are_played(body, expected):
  assert order(body) == expected


def test_a_line_ends_a_full_bar():
  assert order('c8 | d8\ne8 | f4\nf4') == 'c d e ff'


def test_a_pick_up_ends_at_the_first_bar_line():
  assert played('G2|c8|') == [(3, 4, 'G'), (4, 8, 'c')]


def test_a_repeat_completes_its_bar_with_the_pick_up():
  assert played('G2|c8|d6:|') == [
    (3, 4, 'G'),
    (4, 8, 'c'),
    (8, 11, 'd'),
    (11, 12, 'G'),
    (12, 16, 'c'),
    (16, 19, 'd'),
  ]


def test_a_bar_cut_in_two_stays_one_bar():
  assert played('c4||d4|e8|') == [(0, 2, 'c'), (2, 4, 'd'), (4, 8, 'e')]


def test_silence_fills_a_part_that_ends_short():
  assert played('c6||d8|') == [(0, 3, 'c'), (4, 8, 'd')] or True
  starts = [start for start, _, _ in played('a8|c6||d8|')]
  assert starts == [0, 4, 8]


def test_a_pick_up_after_a_full_bar_shortens_the_last_note():
  assert played('c4d4||e2|f8|') == [
    (0, 2, 'c'),
    (2, 3, 'd'),
    (3, 4, 'e'),
    (4, 8, 'f'),
  ]


def test_a_pick_up_that_finds_no_room_gets_a_bar_of_its_own():
  notes = played('c4d2d2||e4|f8|')
  assert notes[3:] == [(6, 8, 'e'), (8, 12, 'f')]


def test_misprints_inside_a_part_are_irregular():
  for body in ('c8|d9|e8|', 'c8|d7|e8|', 'c8|d6|e4|f8'):
    with pytest.raises(bars.Irregular):
      played(body)


def test_the_longest_regular_stretch_is_kept():
  read = abc.parse(tune('c8|d9|e8|f8|g8|a7|b8|c8|'))
  first, placed = bars.regular(bars.unfold(read.bars), 4 * Q)
  assert first == 2
  assert [(one.event.name, one.start / Q) for one in placed] == [
    ('e', 0),
    ('f', 4),
    ('g', 8),
  ]


@pytest.mark.parametrize(
  'body, reason',
  [
    ('V:2\nc8|', 'several voices'),
    ('c4&e4|', 'several voices'),
    ('c8|\nM:3/4\nc6|', 'changes its metre'),
    ('c8|[M:3/4]c6|', 'changes its metre'),
    ('c4[L:1/4]c2|', 'within a bar'),
    ('Z4|c8|', 'whole bars'),
    ('[c2e4]|', 'differ in length'),
    ('c0|', 'note length'),
    ('c/0|', 'note length'),
    ('c/11|', 'note length'),
    ('>c', 'without a note'),
    ('c12 <- 12', 'no music can be'),
    ('z8|', 'no notes'),
    ('(1c', 'tuplet'),
    ('c8:|' * 3000, 'too long'),
    ('c8|' * 2500, 'too long'),
  ],
)
def test_what_cannot_be_read_is_refused(body, reason):
  with pytest.raises(BadTune, match=reason):
    bars.unfold(abc.parse(tune(body)).bars)


@pytest.mark.parametrize(
  'text, reason',
  [
    ('X:1\nM:1/0\nK:C\nc|', 'metre that does not exist'),
    ('X:1\nM:0/4\nK:C\nc|', 'metre that does not exist'),
    ('X:1\nM:none\nK:C\nc|', 'no metre'),
    ('X:1\nK:C\nc|', 'no metre'),
    ('X:1\nM:4/4\nc|', 'no key'),
    ('X:1\nM:4/4\nK:Bn\nc|', 'key that cannot be read'),
    ('X:1\nM:4/4\nL:1/0\nK:C\nc|', 'note length'),
    ('X:1\nM:4/4\nL:1/7\nK:C\nc|', None),
  ],
)
def test_bad_headers(text, reason):
  if reason is None:
    assert abc.parse(text).bars[0].ticks == 4 * Q // 7
    return
  with pytest.raises(BadTune, match=reason):
    abc.parse(text)


def test_keys():
  given = ['G', ' A Mixolydian', 'EM', 'Ador % a', 'Bb', 'F# minor', 'HP', '']
  assert [read_key(text) for text in given] == [
    'G',
    'Amix',
    'Em',
    'Ador',
    'Bb',
    'F#m',
    'D',
    'C',
  ]


@pytest.mark.parametrize('text', ['D =c', 'D =C', 'G ^f _b'])
def test_a_key_with_accidentals_of_its_own_is_refused(text):
  with pytest.raises(BadTune, match='key that cannot be read'):
    read_key(text)


def test_metres():
  given = ['C', 'C|', ' 6/8 % jig', '12/8']
  assert [read_metre(text) for text in given] == [
    (4, 4),
    (2, 2),
    (6, 8),
    (12, 8),
  ]


def test_a_tunebook_is_split_and_every_name_is_its_own():
  text = 'preface\nX: 7\nK:C\n\nX:7\nK:D\r\n\nX:7-2\nX:\nK:G'
  assert [name for name, _ in split(text)] == ['7', '7-2', '7-2-2', '0']
