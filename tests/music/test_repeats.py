"""The order in which the bars of a score are played."""

import pytest

from tests.music.musicxml import score, sound
from zoo.music.limits import Refused
from zoo.music.scores import read_score

F = '<barline location="left"><repeat direction="forward"/></barline>'
B = '<barline location="right"><repeat direction="backward"/></barline>'


def times(number):
  return (
    '<barline location="right">'
    f'<repeat direction="backward" times="{number}"/></barline>'
  )


def ending(number, kind, repeat=''):
  side = 'left' if kind == 'start' else 'right'
  sign = '<repeat direction="backward"/>' if repeat else ''
  return (
    f'<barline location="{side}"><ending number="{number}" type="{kind}"/>'
    f'{sign}</barline>'
  )


def words(text):
  return (
    f'<direction><direction-type><words>{text}</words></direction-type>'
    '</direction>'
  )


def sounds(text):
  return f'<direction><sound {text}/></direction>'


def sign(name):
  return f'<direction><direction-type><{name}/></direction-type></direction>'


LETTERS = 'CDEFGAB'
DIVISIONS = '<attributes><divisions>1</divisions></attributes>'


def part(*bars):
  """A note a bar, C D E ..., and what comes before and after it."""
  return ''.join(
    f'<measure>{"" if number else DIVISIONS}{before}'
    f'{sound(letter, 4, 4)}{after}</measure>'
    for number, (letter, (before, after)) in enumerate(
      zip(LETTERS, bars, strict=False)
    )
  )


def played(*bars, as_written=False):
  """The letters of the bars as they are played."""
  read = read_score(score(part(*bars)), 'x', as_written=as_written)
  assert read.notes.start.tolist() == [
    4 * place for place in range(len(read.notes.start))
  ]
  steps = {0: 'C', 2: 'D', 4: 'E', 5: 'F', 7: 'G', 9: 'A', 11: 'B'}
  return ''.join(steps[pitch % 12] for pitch in read.notes.pitch.tolist())


N = ('', '')

CASES = {
  'no sign': ([N, N], 'CD'),
  'to the beginning': ([N, ('', B), N], 'CDCDE'),
  'between signs': ([N, (F, ''), ('', B), N], 'CDEDEF'),
  'three times': ([(F, times(3)), N], 'CCCD'),
  'once': ([(F, times(1)), N], 'CD'),
  'two sections': ([('', B), ('', B)], 'CCDD'),
  'endings': (
    [N, (ending(1, 'start'), ending(1, 'stop', B)), (ending(2, 'start'), '')],
    'CDCE',
  ),
  'endings, the last one closed': (
    [
      N,
      (ending(1, 'start'), ending(1, 'stop', B)),
      (ending(2, 'start'), ending(2, 'discontinue')),
      N,
      ('', B),
    ],
    'CDCEFGFG',
  ),
  'a list of endings': (
    [
      N,
      (ending('1, 2', 'start'), ending('1, 2', 'stop', B)),
      (ending(3, 'start'), ending(3, 'stop')),
      N,
    ],
    'CDCDCEF',
  ),
  'three endings': (
    [
      N,
      (ending(1, 'start'), ending(1, 'stop', B)),
      (ending(2, 'start'), ending(2, 'stop', B)),
      (ending(3, 'start'), ending(3, 'stop')),
    ],
    'CDCECF',
  ),
  'an ending of two bars': (
    [
      N,
      (ending(1, 'start'), ''),
      ('', ending(1, 'stop', B)),
      (ending(2, 'start'), ''),
      N,
    ],
    'CDECFG',
  ),
  'a first ending alone': (
    [N, (ending(1, 'start'), ending(1, 'stop', B)), N],
    'CDCE',
  ),
  'a repeat sign is missing': (
    [N, (ending(1, 'start'), ending(1, 'stop')), (ending(2, 'start'), '')],
    'CDCE',
  ),
  'both endings lead back': (
    [
      N,
      (ending(1, 'start'), ending(1, 'stop', B)),
      (ending(2, 'start'), ending(2, 'stop', B)),
      N,
    ],
    'CDCEF',
  ),
  'da capo': ([N, N, ('', sounds('dacapo="yes"'))], 'CDECDE'),
  'da capo al fine': (
    [N, ('', sounds('fine="yes"')), ('', sounds('dacapo="yes"'))],
    'CDECD',
  ),
  'dal segno': (
    [N, (sounds('segno="s"'), ''), ('', sounds('dalsegno="s"')), N],
    'CDEDEF',
  ),
  'dal segno al coda': (
    [
      N,
      (sounds('segno="s"'), ''),
      ('', sounds('tocoda="c"')),
      ('', sounds('dalsegno="s"')),
      (sounds('coda="c"'), ''),
    ],
    'CDEFDEG',
  ),
  'no repeats after a jump, and the last ending': (
    [
      N,
      (ending(1, 'start'), ending(1, 'stop', B)),
      (ending(2, 'start'), ending(2, 'stop')),
      ('', sounds('dacapo="yes"')),
    ],
    'CDCEFCEF',
  ),
  'a repeat of the coda is taken': (
    [
      ('', sounds('tocoda="c"')),
      ('', sounds('dacapo="yes"')),
      (sounds('coda="c"') + F, B),
    ],
    'CDCEE',
  ),
  'in words': (
    [N, ('', words('Fine')), ('', words('D.C. al Fine'))],
    'CDECD',
  ),
  'words and signs': (
    [
      N,
      (sign('segno'), ''),
      ('', sign('coda')),
      ('', words('D.S. al Coda')),
      (sign('coda'), ''),
    ],
    'CDEFDEG',
  ),
  'words about something else': (
    [N, ('', words('dolce')), ('', words('Coda'))],
    'CDE',
  ),
}


@pytest.mark.parametrize('name', CASES)
def test_played_by_hand(name):
  bars, expected = CASES[name]
  assert played(*bars) == expected


@pytest.mark.parametrize('name', CASES)
def test_as_written_every_bar_once(name):
  bars, _ = CASES[name]
  assert played(*bars, as_written=True) == LETTERS[: len(bars)]


def test_signs_may_stand_in_one_part_only():
  plain = part(N, N)
  read = read_score(score(plain, part(N, ('', B))), 'x')
  assert read.notes.part.tolist() == [0, 1] * 4


def test_a_note_for_one_pass_only():
  body = part(('', B)).replace('<note>', '<note time-only="2">')
  assert read_score(score(body), 'x').notes.start.tolist() == [4]


def test_what_repeats_for_ever_is_refused():
  bars = ''.join(f'<measure>{sound("C", 4, 1)}</measure>' for _ in range(999))
  body = DIVISIONS.join(('<measure>', '</measure>')) + bars
  body += f'<measure>{sound("C", 4, 1)}{times(99)}</measure>'
  with pytest.raises(Refused, match='more than 20000 bars'):
    read_score(score(body), 'x')


def test_a_pick_up_and_the_short_bar_before_a_repeat_make_one_bar():
  pick_up = f'{DIVISIONS}<attributes><time><beats>4</beats><beat-type>4'
  body = (
    f'<measure>{pick_up}</beat-type></time></attributes>'
    f'{sound("C", 4, 1)}</measure><measure>{sound("D", 4, 4)}</measure>'
    f'<measure>{sound("E", 4, 3)}{B}</measure>'
  )
  read = read_score(score(body), 'x')
  assert read.notes.start.tolist() == [3, 4, 8, 11, 12, 16]
  assert len(read.metres) == 1


def test_written_bars_are_kept_whatever_is_played():
  bars = [
    N,
    (F, ''),
    (ending(1, 'start'), ending(1, 'stop', B)),
    (ending(2, 'start'), ending(2, 'stop')),
    (
      '',
      '<barline><bar-style>light-heavy</bar-style></barline>',
    ),
  ]
  for as_written in (False, True):
    read = read_score(score(part(*bars)), 'x', as_written=as_written)
    assert [bar[:5] for bar in read.bars] == [
      (0, 4, '', '|', ()),
      (4, 4, '|:', '|', ()),
      (8, 4, '', ':|', (1,)),
      (12, 4, '', '|', (2,)),
      (16, 4, '', '|]', ()),
    ]


def test_a_tie_leads_into_both_endings():
  start, stop = '<tie type="start"/>', '<tie type="stop"/>'
  body = (
    f'<measure>{DIVISIONS}{sound("C", 4, 4, start)}</measure>'
    f'<measure>{ending(1, "start")}{sound("C", 4, 4, stop)}'
    f'{ending(1, "stop", B)}</measure>'
    f'<measure>{ending(2, "start")}{sound("C", 4, 4, stop)}</measure>'
  )
  read = read_score(score(body), 'x')
  assert read.notes.start.tolist() == [0, 8]
  assert read.notes.end.tolist() == [8, 16]
