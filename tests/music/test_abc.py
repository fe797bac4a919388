"""ABC text to written bars, and bars to a performance on the bar lines."""

import pytest

from zoo.music import abc, bars, tunes
from zoo.music.abc_fields import QUARTER, BadTune
from zoo.music.tunebook import split

NAMES = dict(
  zip(
    (67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84),
    ('G', 'A', 'B', 'c', 'd', 'e', 'f', 'g', 'a', 'b', "c'"),
    strict=True,
  )
)


def tune(body, metre='4/4', unit='1/8', key='C'):
  return f'X:1\nT:t\nM:{metre}\nL:{unit}\nK:{key}\n{body}\n'


def written(body, **header):
  """The written bars of a tune with one voice."""
  (voice,) = abc.parse(tune(body, **header)).voices
  return voice


def lengths(body, **header):
  """Lengths of the written events, in quarters."""
  return [
    event.ticks / QUARTER
    for bar in written(body, **header)
    for event in bar.events
  ]


def names(piece):
  """(start, end, name) of its notes."""
  return [
    (start, end, NAMES[pitch])
    for start, end, pitch in zip(
      piece.notes.start.tolist(),
      piece.notes.end.tolist(),
      piece.notes.pitch.tolist(),
      strict=True,
    )
  ]


def played(body, **header):
  """(start, end, name) of the performance on bar lines, in quarters."""
  return names(bars.regular(tunes.read_tune(tune(body, **header), 'x')))


def order(body, **header):
  """The first notes of the bars as they are played."""
  piece = tunes.read_tune(tune(body, **header), 'x')
  return ' '.join(
    piece.bars[number].tokens[0].rstrip('0123456789')
    for number in piece.metadata['played']
  )


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
    assert abc.parse(text).voices[0][0].ticks == quarters * QUARTER


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
  assert order('c8 | d8\ne8 | f4\nf4') == 'c d e f'
  assert len(written('c8 | d8\ne8 | f4\nf4')) == 4


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
    lengths = [bar.ticks for bar in written(body)]
    with pytest.raises(bars.Irregular):
      bars.lay_out([bars.Played(n, False, 0) for n in lengths], 4 * QUARTER)


def test_the_longest_regular_stretch_is_kept():
  piece = tunes.read_tune(tune('c8|d9|e8|f8|g8|a8|b7|c8|'), 'x')
  assert len(piece.notes.start) == 8
  kept = bars.regular(piece)
  assert [name for _, _, name in names(kept)] == ['e', 'f', 'g', 'a']
  assert kept.notes.start.tolist() == [0, 4, 8, 12]
  assert kept.metadata['bars_left_out'] == 4


@pytest.mark.parametrize(
  'body, reason',
  [
    ('c0|', 'note length'),
    ('c/0|', 'note length'),
    ('c99999|', 'note length'),
    ('c9999|', 'note length'),
    ('c12 }- 12 }}} c', 'no music can be'),
    ('z8|', 'no notes'),
    ('(1c', 'tuplet'),
    ('Z900|c8|', 'too many bars'),
    ('[1000c8|', 'ending that cannot be read'),
    ('c,,,,,,,,,|', 'note that cannot be read'),
    ('c8:|' * 3000, 'too long'),
    ('c8|' * 2500, 'too long'),
    ('V:1\nc8|c8|\nV:2\nc8|', 'different numbers of bars'),
  ],
)
def test_what_cannot_be_read_is_refused(body, reason):
  with pytest.raises(BadTune, match=reason):
    tunes.read_tune(tune(body), 'x')


@pytest.mark.parametrize(
  'text, reason',
  [
    ('X:1\nM:1/0\nK:C\nc|', 'metre that does not exist'),
    ('X:1\nM:0/4\nK:C\nc|', 'metre that does not exist'),
    ('X:1\nM:four\nK:C\nc|', 'no metre that can be read'),
    ('X:1\nM:4/4\nc|', 'no key'),
    ('X:1\nM:4/4\nK:Bn\nc|', 'key that cannot be read'),
    ('X:1\nM:4/4\nL:1/0\nK:C\nc|', 'note length'),
    ('X:1\nP:((A500)9)9\nM:4/4\nK:C\nc|', 'too many parts'),
  ],
)
def test_bad_headers(text, reason):
  with pytest.raises(BadTune, match=reason):
    tunes.read_tune(text, 'x')


def test_a_unit_of_any_length():
  assert lengths('c c2', unit='1/7') == [4 / 7, 8 / 7]
  assert lengths('c c/', unit='1') == [4, 2]


def test_a_tunebook_is_split_and_every_name_is_its_own():
  text = 'preface\nX: 7\nK:C\n\nX:7\nK:D\r\n\nX:7-2\nX:\nK:G'
  assert [name for name, _ in split(text)] == ['7', '7-2', '7-2-2', '0']


@pytest.mark.parametrize('line_end', ['\n', '\r\n', '\r'])
def test_a_tune_ends_at_the_blank_line(line_end):
  text = (
    'X:1\nM:4/4\nK:C\nCDEF GABc|]\n \n<P>cafe bead</P>\nGABc|\n\n'
    'Credits: abcdefg|\nX:2\nM:4/4\nK:C\nc8|\n'
  )
  tunes_ = [tune for _, tune in split(text.replace('\n', line_end))]
  read = [tunes.read_tune(tune, 'x').notes.pitch.tolist() for tune in tunes_]
  assert read == [[60, 62, 64, 65, 67, 69, 71, 72], [72]]


def test_a_blank_line_before_the_music_is_forgiven():
  ((_, text),) = split('X:1\nM:4/4\nK:C\n\nc8|d8|]\n\nBread\n')
  assert tunes.read_tune(text, 'x').notes.pitch.tolist() == [72, 74]
