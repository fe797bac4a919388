"""Damaged and malicious scores: read, or refused with a reason, in time."""

import copy
import random
import time
from xml.etree import ElementTree

import pytest

from tests.music.musicxml import measures, move, score, sound, tie
from zoo.music.limits import ORDINARY, Refused
from zoo.music.piece import Piece
from zoo.music.scores import read_score

JUNK = (
  *('', '0', '-1', '1e9', '1e400', 'nan', '9' * 5000, 'abc', '1.5', '3+', '+'),
  *('1/0', '2147483648', 'yes', '\u0663', ' 4 ', '1_0', '0x10'),
)
FULL = (
  '<attributes><key><fifths>2</fifths></key><transpose><chromatic>-2'
  '</chromatic><octave-change>1</octave-change></transpose></attributes>'
  '<direction><direction-type><words>D.C. al Fine</words></direction-type>'
  '<offset sound="yes">2</offset><sound tempo="90" dynamics="80"/></direction>'
  '<harmony><root><root-step>C</root-step></root><kind>dominant</kind><degree>'
  '<degree-value>9</degree-value><degree-alter>1</degree-alter>'
  '<degree-type>add</degree-type></degree><inversion>1</inversion></harmony>'
  + sound('C', 4, 4, tie('start') + '<voice>1</voice>', alter=1)
  + sound('E', 4, 4, '<time-modification/>')
  + move('backup', 8)
  + '<note><unpitched><display-step>F</display-step><display-octave>4'
  '</display-octave></unpitched><duration>8</duration></note>'
  '<barline><ending number="1" type="start"/><repeat direction="backward" '
  'times="3"/></barline>'
)


def damaged(data, draw):
  """Bytes changed, lost and doubled."""
  data = bytearray(data)
  for _ in range(draw.choice([1, 2])):
    place, kind = draw.randrange(len(data) - 50), draw.random()
    if kind < 0.2:
      data[place] = draw.randrange(256)
    elif kind < 0.5:  # A number becomes another.
      while not chr(data[place]).isdigit():
        place = draw.randrange(len(data))
      data[place : place + 1] = draw.choice([b'0', b'7', b'-3', b'4444'])
    elif kind < 0.7:
      del data[place : place + draw.randrange(1, 30)]
    else:
      data[place:place] = data[place : place + draw.randrange(300)]
  return bytes(data)


def rebuilt(data, draw):
  """Elements lost, moved, renamed and filled with what makes no sense."""
  root = ElementTree.fromstring(data)
  for _ in range(draw.choice([1, 3, 9])):
    every = list(root.iter())
    one, other = draw.choice(every), draw.choice(every)
    kind = draw.randrange(5)
    if kind == 0:
      one.text = draw.choice(JUNK)
    elif kind == 1 and len(one):
      one.remove(draw.choice(list(one)))
    elif kind == 2:
      one.append(copy.deepcopy(other))
    elif kind == 3:
      one.tag = other.tag
    elif one.attrib:
      one.set(draw.choice(list(one.attrib)), draw.choice(JUNK))
  return ElementTree.tostring(root, draw.choice(['utf-8', 'utf-16']))


@pytest.mark.parametrize('mutate', [damaged, rebuilt])
def test_two_hundred_mutants(mutate):
  base = score(measures(FULL, sound('C', 4, 8), FULL), measures(FULL))
  read, reasons = 0, set()
  for seed in range(200):
    data = mutate(base, random.Random(seed))
    begun = time.process_time()
    try:
      assert isinstance(read_score(data, 'x'), Piece)
      read += 1
    except Refused as error:
      reasons.add(str(error))
    assert time.process_time() - begun < 2
  assert read > 10 and len(reasons) > 3


@pytest.mark.parametrize(
  'data, reason',
  [
    (score(*['<measure/>'] * 300), 'has more than 256 parts'),
    (score('<measure/>' * 20_001), 'has more than 20000 measures'),
    (
      score(
        measures(sound('C', 4, 1) * 6000)
        + '<measure><barline><repeat direction="backward" times="99"/>'
        '</barline></measure>'
      ),
      'has more than 200000 notes',
    ),
    (
      score(
        measures('<sound tempo="99"/>' * 50_000 + sound('C', 4, 1))
        + '<measure><barline><repeat direction="backward" times="20"/>'
        '</barline></measure>'
      ),
      'has more than 200000 notes',
    ),
    (score('<a>' * 90_000 + '</a>' * 90_000), 'has no measures'),
  ],
)
def test_what_grows_beyond_measure_is_refused(data, reason):
  assert len(data) < ORDINARY.xml_bytes
  begun = time.process_time()
  with pytest.raises(Refused, match=reason):
    read_score(data, 'x')
  assert time.process_time() - begun < 5
