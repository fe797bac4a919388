"""Tied notes of MusicXML are one, wherever the tie leads."""

import pytest

from tests.music.musicxml import measures, move, score, sound, tie
from zoo.music.scores import read_score

START, STOP, BOTH = tie('start'), tie('stop'), tie('stop', 'start')
CHORD = '<chord/>'


def voice(number, staff=None):
  return f'<voice>{number}</voice>' + (
    f'<staff>{staff}</staff>' if staff else ''
  )


def rows(*bodies, parts=1):
  """(start, end, pitch) of measures in 4/4, two divisions a quarter."""
  table = read_score(score(*[measures(*bodies)] * parts), 'x').notes
  columns = (column.tolist() for column in table[:3])
  return sorted(zip(*columns, strict=True))


def test_a_chain_over_three_bars():
  assert rows(
    sound('C', 4, 8, START), sound('C', 4, 8, BOTH), sound('C', 4, 2, STOP)
  ) == [(0, 9, 60)]


def test_the_same_pitch_in_another_voice_takes_no_tie():
  first = (
    sound('G', 4, 8, START + voice(1))
    + move('backup', 8)
    + sound('G', 4, 2, voice(2))
    + sound('E', 4, 6, voice(2))
  )
  second = sound('G', 4, 4, STOP + voice(1)) + sound('A', 4, 4, voice(1))
  assert rows(first, second) == [
    (0, 1, 67),
    (0, 6, 67),
    (1, 4, 64),
    (6, 8, 69),
  ]


def test_a_tie_into_another_voice_that_stands_earlier_in_the_document():
  """Voice 2 begins the tie that voice 1, written before it, takes up."""
  first = (
    sound('E', 4, 4, voice(1))
    + sound('C', 4, 4, STOP + voice(1))
    + move('backup', 8)
    + sound('C', 4, 4, START + voice(2))
  )
  assert rows(first) == [(0, 2, 64), (0, 4, 60)]


def test_a_tie_into_another_staff():
  first = sound('C', 4, 8, START + voice(1, 1))
  second = (
    move('forward', 8)
    + move('backup', 8)
    + sound('C', 4, 8, STOP + voice(5, 2))
  )
  assert rows(first, second) == [(0, 8, 60)]


def test_chords_tie_pitch_by_pitch():
  first = sound('C', 4, 8, START) + sound('E', 4, 8, '', CHORD)
  second = sound('C', 4, 4, STOP) + sound('E', 4, 4, '', CHORD)
  assert rows(first, second) == [(0, 4, 64), (0, 6, 60), (4, 6, 64)]


def test_two_voices_in_unison_keep_their_own_ties():
  first = (
    sound('C', 4, 8, START + voice(1))
    + move('backup', 8)
    + sound('C', 4, 8, START + voice(2))
  )
  second = (
    sound('C', 4, 2, STOP + voice(2))
    + sound('D', 4, 2, voice(2))
    + move('backup', 4)
    + sound('C', 4, 8, STOP + voice(1))
  )
  assert rows(first, second) == [(0, 5, 60), (0, 8, 60), (5, 6, 62)]


def test_an_arpeggio_is_tied_to_the_chord_that_it_builds():
  body = (
    sound('C', 4, 2, START)
    + sound('E', 4, 2, START)
    + sound('G', 4, 4, STOP)
    + sound('C', 4, 4, STOP, CHORD)
    + sound('E', 4, 4, STOP, CHORD)
  )
  assert rows(body) == [(0, 4, 60), (1, 4, 64), (2, 4, 67)]


def test_a_tie_that_other_notes_part_from_its_end_is_none():
  body = sound('C', 4, 2, START) + sound('D', 4, 2) + sound('C', 4, 4, STOP)
  assert rows(body) == [(0, 1, 60), (1, 2, 62), (2, 4, 60)]


@pytest.mark.parametrize('end', [STOP, ''])
def test_a_tie_that_does_not_begin_joins_nothing(end):
  found = rows(sound('C', 4, 8), sound('C', 4, 8, end))
  assert found == [(0, 4, 60), (4, 8, 60)]


def test_a_tie_whose_end_is_not_marked_leads_on_in_its_voice():
  assert rows(sound('C', 4, 8, START), sound('C', 4, 8)) == [(0, 8, 60)]
  assert rows(sound('C', 4, 8, START), sound('D', 4, 8)) == [
    (0, 4, 60),
    (4, 8, 62),
  ]
  # Where another voice has the end, that is it.
  second = (
    sound('C', 4, 4, voice(1))
    + move('backup', 4)
    + sound('C', 4, 8, STOP + voice(2))
  )
  assert rows(sound('C', 4, 8, START + voice(1)), second) == [
    (0, 8, 60),
    (4, 6, 60),
  ]


def test_ties_stay_in_their_part():
  """Both parts have the chain; neither takes the other's."""
  bodies = sound('C', 4, 8, START), sound('C', 4, 8, STOP)
  assert rows(*bodies, parts=2) == [(0, 8, 60)] * 2


def test_a_tie_that_only_its_notation_tells():
  def tied(kind):
    return f'<notations><tied type="{kind}"/></notations>'

  assert rows(
    sound('C', 4, 8, tied('start')), sound('C', 4, 8, tied('stop'))
  ) == [(0, 8, 60)]


def test_a_tie_over_rounded_tuplets():
  """Three notes in 100 divisions, rounded to 33: the tie leads from 99."""
  body = (
    '<attributes><divisions>100</divisions></attributes>'
    + sound('E', 4, 33, voice(1))
    + sound('F', 4, 33, voice(1))
    + sound('C', 4, 33, START + voice(1))
    + move('backup', 99)
    + move('forward', 100)
    + sound('C', 4, 100, STOP + voice(2))
  )
  table = read_score(score(f'<measure>{body}</measure>'), 'x').notes
  assert table.pitch.tolist() == [64, 65, 60]
  assert table.end.tolist() == [0.33, 0.66, 2]
