"""Engraved tunes: the symbols on the staves, counted in the SVG."""

from xml.etree import ElementTree

import pytest

from tests.abc_books import JIG, POLKA, REEL
from zoo.music import abc
from zoo.music.abc_fields import QUARTER
from zoo.pictures.tune_score import _written, tune_score

SVG = '{http://www.w3.org/2000/svg}'


def elements(text, name, title=''):
  return ElementTree.fromstring(tune_score(text, title)).findall(
    f'.//{SVG}{name}'
  )


@pytest.mark.parametrize('text', [JIG, REEL, POLKA])
def test_every_note_of_the_text_has_a_head(text):
  notes = sum(
    len(event.notes)
    for bar in abc.parse(text).voices[0]
    for event in bar.events
  )
  assert len(elements(text, 'ellipse')) == notes


def test_signature_metre_endings_and_title():
  texts = [one.text for one in elements(JIG, 'text', 'A & <jig>')]
  assert texts[0] == 'A & <jig>'
  assert texts.count('♯') == 2  # a line each
  assert {'6', '8', '1.', '2.'} <= set(texts)
  # Two dots a repeat sign, three of |: and :| here, and a dotted eighth and
  # the last note.
  assert len(elements(JIG, 'circle')) == 2 * 2 + 2


def test_an_accidental_is_written_once_a_bar():
  body = 'X:1\nT:t\nM:4/4\nL:1/4\nK:G\n^C C =F F|C _B2 c|\n'
  texts = [one.text for one in elements(body, 'text')]
  assert texts.count('♮') == 1 and texts.count('♭') == 1
  assert texts.count('♯') == 2  # of the signature, and of C


@pytest.mark.parametrize(
  ('quarters', 'written'),
  [
    (4, (4, 0, False)),
    (3, (2, 1, False)),
    (1.75, (1, 2, False)),
    (0.25, (0.25, 0, False)),
    (1 / 3, (0.5, 0, True)),
    (2 / 3, (1, 0, True)),
  ],
)
def test_lengths_as_they_are_written(quarters, written):
  assert _written(round(quarters * QUARTER)) == written


def test_equal_tunes_give_equal_bytes():
  assert tune_score(JIG) == tune_score(JIG)
