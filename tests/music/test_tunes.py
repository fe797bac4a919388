"""Tunes as pieces, compared note by note with music21's own ABC parser."""

import importlib.util
from pathlib import Path
import re

import numpy as np
import pytest

from zoo.music import abc, bars, tunes
from zoo.music.abc_fields import QUARTER, BadTune, read_tempo
from zoo.music.piece import Metre, Tempo
from zoo.music.tunebook import split

CORPUS = (
  Path(importlib.util.find_spec('music21').submodule_search_locations[0])
  / 'corpus'
)
# Collection, file, number: reels, jigs, airs and strathspeys; triplets, dotted
# rhythm, ties, chords, changes of key, both minor and the old modes.
SAMPLE = [
  ('oneills1850', '0001-0050.abc', '3'),
  ('oneills1850', '0301-0350.abc', '320'),
  ('oneills1850', '0732-0758_mh.abc', '733'),
  ('oneills1850', '1176-1275.abc', '1250'),
  ('ryansMammoth', 'AcaciaReel.abc', '1'),
  ('ryansMammoth', 'AdmiralsHornpipe.abc', '1'),
  ('ryansMammoth', '7thRegimentReel.abc', '1'),
  ('ryansMammoth', 'AbithaMugginsFavoriteReel.abc', '1'),
  ('airdsAirs', 'book1.abc', '0001'),
  ('airdsAirs', 'book3.abc', '0450'),
  ('airdsAirs', 'book5.abc', '0913'),
  ('airdsAirs', 'book6.abc', '1172'),
]


def ours(text):
  """(onset, pitch, length) as written: repeats are not played."""
  (voice,) = abc.parse(text).voices
  starts = [0]
  for bar in voice:
    starts.append(starts[-1] + bar.ticks)
  rows, _ = tunes._sound((voice,), range(len(voice)), starts)
  return sorted(
    (round(start / QUARTER, 4), pitch, round((end - start) / QUARTER, 4))
    for start, end, pitch, _, _ in rows
  )


def theirs(text):
  """The same by music21, given what it does not know or gets wrong.

  It loses a dotted rhythm beside slurs and signs, takes slurs written - for
  ties, loses a note before ::, and lets accidentals end with their note.
  """
  from music21 import converter

  start = text.index('\n', text.index('\nK:') + 1) + 1
  head, body = text[:start], text[start:]
  body = re.sub(r'(?m)^[PN]:.*$|%.*$', '', body)
  body = re.sub(r'"[^"\n]*"|\{[^}]*\}|![^!\n|]*!|[.~`kuvHSTU]', '', body)
  body = re.sub(r'\((?!\d)|\)', '', body).replace('::', ':| |:')
  body = re.sub(r"([A-Ga-g][,']*)([\d/]*[<>]?)-(?!\s*\|?\s*\1)", r'\1\2', body)
  body = ''.join(_spell_out(bar) for bar in re.split(r'([|:]+)', body))
  score = converter.parse(head + body, format='abc', forceSource=True)
  return sorted(
    (
      round(float(note.offset), 4),
      pitch.midi,
      round(float(note.quarterLength), 4),
    )
    for note in score.stripTies().flatten().notes
    for pitch in note.pitches
    if note.quarterLength
  )


def _spell_out(bar):
  """Writes an accidental before each note of its bar that it holds for."""
  seen = {}

  def spell(match):
    sign, name = match.groups()
    seen[name] = sign or seen.get(name, '')
    return seen[name] + name

  return re.sub(r"([_^=]*)([A-Ga-g][,']*)", spell, bar)


@pytest.mark.parametrize('collection, file, number', SAMPLE)
def test_notes_agree_with_music21(collection, file, number):
  text = dict(split((CORPUS / collection / file).read_text('latin-1')))[number]
  found = ours(text)
  assert len(found) > 20
  assert found == theirs(text)


def read(body, **fields):
  head = {'M': '4/4', 'L': '1/8', **fields}
  head['K'] = head.pop('K', 'C')  # the last of a header
  header = ''.join(f'{name}:{value}\n' for name, value in head.items())
  return tunes.read_tune(f'X:1\nT:Air\nR:Reel\n{header}{body}\n', 'air')


def rows(piece):
  return list(
    zip(
      piece.notes.start.tolist(),
      piece.notes.end.tolist(),
      piece.notes.pitch.tolist(),
      strict=True,
    )
  )


def test_a_tune_by_hand():
  piece = read('G2|:c>d {a}.e2 z2 (3efg:|', K='G', Q='1/4=96')
  third = 1 / 3
  bar = [
    (0.0, 0.75, 72),
    (0.75, 1.0, 74),
    (1.0, 2.0, 76),
    (3.0, 3 + third, 76),
    (3 + third, 3 + 2 * third, 78),
    (3 + 2 * third, 4.0, 79),
  ]
  expected = [(3.0, 4.0, 67)] + [
    (start + shift, end + shift, pitch)
    for shift in (4, 8)
    for start, end, pitch in bar
  ]
  np.testing.assert_allclose(rows(piece), expected)
  assert piece.tempos == (Tempo(0.0, 96.0),)
  assert piece.metadata == {
    'title': 'Air',
    'key': 'G',
    'rhythm': 'reel',
    'header': {
      'X': '1',
      'T': 'Air',
      'R': 'Reel',
      'M': '4/4',
      'L': '1/8',
      'Q': '1/4=96',
      'K': 'G',
    },
    'metre': [4, 4],
    'played': [0, 1, 1],
  }


def test_a_hornpipe_is_not_swung():
  assert read("cdef gabc'|", R='hornpipe').notes.start.tolist() == [
    place / 2 for place in range(8)
  ]


def test_accidentals_hold_to_the_bar_line_and_ties_carry_them():
  assert read('^c2c2 =c2c2|c8|').notes.pitch.tolist() == [73, 73, 72, 72, 72]
  assert rows(read('^c8-|c4 c4|')) == [(0, 6, 73), (6, 8, 72)]


def test_a_tie_to_another_pitch_is_a_slur():
  assert rows(read('c4-d4|')) == [(0, 2, 72), (2, 4, 74)]


def test_the_key_may_change_between_bars():
  piece = read('f8|[K:G]f8|\nK:D\nc8|')
  assert piece.notes.pitch.tolist() == [77, 78, 73]
  assert piece.metadata['key_signatures'] == [[0, 0], [4, 1], [8, 2]]


@pytest.mark.parametrize('text', ['1/4=60 "slow"', '"slow" 1/4=60', '1/8=120'])
def test_a_tempo_may_have_a_name(text):
  assert read('c8|', Q=text).tempos == (Tempo(0.0, 60.0),)


def test_a_chord_starts_and_ends_at_once():
  assert rows(read('[G,DBg]4 c4|')) == [
    (0, 2, 55),
    (0, 2, 62),
    (0, 2, 71),
    (0, 2, 79),
    (2, 4, 72),
  ]


def test_misprinted_bars_have_metres_of_their_own():
  piece = read('c8|d9|e8|f6|g8|')
  assert piece.notes.start.tolist() == [0, 4, 8.5, 12.5, 15.5]
  assert piece.metres == (
    Metre(0.0, 4, 4),
    Metre(4.0, 9, 8),
    Metre(8.5, 4, 4),
    Metre(12.5, 3, 4),
    Metre(15.5, 4, 4),
  )


def test_a_regular_tune_leaves_misprinted_bars_out_and_counts_them():
  piece = bars.regular(read('c8|d9|e8|f8|g8|'))
  assert rows(piece) == [(0, 4, 76), (4, 8, 77), (8, 12, 79)]
  assert piece.metadata['bars_left_out'] == 2
  with pytest.raises(BadTune, match='do not fit its metre'):
    bars.regular(read('c8|d9|e7|f9|g8|a9|'))


def test_a_tunebook_reports_what_it_could_not_read():
  book = (
    'X:1\nM:4/4\nK:C\nc8|\n\nX:2\nM:4/4\nc8|\n\nX:3\nM:C\nK:C\nc8|d9|e8|f8|\n'
  )
  first, bad, third = tunes.read_tunebook(book, 'book.abc')
  assert (first.id, third.id) == ('book.abc#1', 'book.abc#3')
  assert bad == ('book.abc#2', 'has no key (K:)')


@pytest.mark.parametrize(
  'text, rate',
  [
    ('1/4=100', 100),
    ('1/2=66', 132),
    ('3/8=86', 129),
    ('"Slow" 80', 80),
    ('1/4 3/8 1/4=40', 140),
    ('C=100', 50),
    ('C3=40', 60),
    ('', None),
    ('1/0=5', None),
    ('9999', None),
  ],
)
def test_tempo(text, rate):
  assert read_tempo(text, QUARTER // 2) == rate


@pytest.mark.parametrize(
  'mark',
  [
    '!D.C.!',
    '!D.S.!',
    '!D.C.alfine!',
    '!fine!',
    '!segno!',
    '!coda!',
    '+segno+',
    '"D.C."',
    '"^D.C. al Fine"',
    '"_Fine"',
    '"D.S."',
    '"  D.C"',
    '"DC al (S)"',
    '"(end)"',
  ],
)
def test_jumps_are_not_played_but_counted(mark):
  plain = 'X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n'
  piece = tunes.read_tune(plain.replace('GAB', f'G{mark}AB'), 'x')
  (what,) = piece.metadata['passed_over']
  assert what == 'jumps that are not played (D.C., D.S., Fine)'
  assert len(piece.notes.pitch) == 8
  for other in ('"Am"', '"Slow"', '"f"', '!trill!', '"Cronan."'):
    found = tunes.read_tune(plain.replace('GAB', f'G{other}AB'), 'x').metadata
    assert what not in found.get('passed_over', {})


def test_one_bar_that_fits_no_metre_is_refused():
  """A triplet of unequal notes leaves a length that no metre has."""
  with pytest.raises(BadTune, match='bars that do not fit its metre'):
    tunes.read_tune('X:1\nM:6/8\nL:1/8\nK:Cdor\nA(3AA3gag\n', 'odd')
