"""Tempos of MusicXML, in all three places where they can be."""

import pytest

from tests.music.musicxml import measures, score, sound
from zoo.music.piece import Tempo
from zoo.music.scores import read_score


def tempos(*parts):
  return [tuple(one) for one in read_score(score(*parts), 'x').tempos]


def mark(inside, more=''):
  return (
    f'<direction><direction-type><metronome>{inside}</metronome>'
    f'</direction-type>{more}</direction>'
  )


def unit(name, rate, dots=0):
  return (
    f'<beat-unit>{name}</beat-unit>{"<beat-unit-dot/>" * dots}'
    f'<per-minute>{rate}</per-minute>'
  )


WHOLE = sound('C', 4, 8)


@pytest.mark.parametrize(
  'written, rate',
  [
    ('<direction><sound tempo="90"/></direction>', 90),
    ('<sound tempo="90.5"/>', 90.5),
    (mark(unit('quarter', 60)), 60),
    (mark(unit('half', 60)), 120),
    (mark(unit('eighth', 120, 1)), 90),
    (mark(unit('quarter', 60, 2)), 105),
    (mark(unit('quarter', 'c. 80')), 80),
    (mark(unit('quarter', '80-90')), 80),
    (mark(unit('quarter', 60), '<sound tempo="66"/>'), 66),
    (mark(unit('quarter', 'fast')), 120),
    (
      mark('<beat-unit>quarter</beat-unit><beat-unit>half</beat-unit>'),
      120,
    ),
    ('<direction><sound tempo="0"/></direction>', 120),
    (
      '<direction><direction-type><words>Allegro</words></direction-type>'
      '</direction>',
      120,
    ),
  ],
)
def test_a_tempo_at_the_beginning(written, rate):
  assert tempos(measures(written + WHOLE)) == [(0, rate)]


def test_a_tempo_is_placed_at_its_offset_if_it_has_a_sound():
  direction = '<direction>{}<sound tempo="60">{}</sound></direction>'
  cases = {
    ('<offset sound="yes">4</offset>', ''): 2,
    ('', '<offset>2</offset>'): 1,
    ('<offset>4</offset>', ''): 0,  # It only moves what is seen.
  }
  for case, start in cases.items():
    found = tempos(measures(direction.format(*case) + WHOLE))
    assert found[-1] == (start, 60), case


def test_of_two_tempos_at_one_time_the_upper_parts_holds():
  upper = measures('<sound tempo="60"/>' + WHOLE)
  lower = measures('<sound tempo="70"/>' + WHOLE, '<sound tempo="80"/>' + WHOLE)
  assert tempos(upper, lower) == [(0, 60), (4, 80)]


def test_a_repeat_goes_back_to_the_tempo_that_held_there():
  again = '<barline><repeat direction="backward"/></barline>'
  part = measures(
    '<sound tempo="60"/>' + WHOLE,
    WHOLE,
    '<sound tempo="90"/>' + WHOLE + again,
  )
  part = part.replace(
    '<measure number="1">',
    '<measure number="1"><barline location="left">'
    '<repeat direction="forward"/></barline>',
  )
  assert tempos(part) == [
    (0, 60),
    (8, 90),
    (12, 60),
    (16, 90),
  ]
  assert Tempo(12, 60) in read_score(score(part), 'x').tempos
