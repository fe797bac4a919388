"""Written bars as ABC: reading what was written gives the same piece."""

import random
import time

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.music import tunebook, tunes
from zoo.music.abc_fields import BadTune
from zoo.music.abc_writing import write_abc
from zoo.music.piece import Piece, notes

BOOK = r"""
X:1
T:Every sign
C:Trad.
R:reel
P:A(AB)2
Q:"Lively" 1/4=120
M:C|
L:1/8
U:T = !trill!
%%MIDI program 73
%%propagate-accidentals octave
K:G % comment
P:A
(D2|:"G"G>A {/ag}(3Bcd e2-e.f|"Am7"[A2c2e2]- [Ace]z/x/ "^slow"T!p!B3 A|
w:la la
[1 ^G2 z2 y (5:4:5GABcd:|[2 =g4 H[G8B,8]||
P:B
|::c4-c<d|1,3 [K:Dmix]f4 & d4::|2 Z|4 "D/F#"~d2 Xc|]
M:6/8
L:1/4
[Q:3/8=90]c>>d | Hc2x|]

X:2
M:none
L:1
K:D exp _b clef=treble-8
C D | E/4 F//G ^/2A _B |
[P:x]Z2 "Em
c||

X:3
T:Two voices
M:2/4
K:Am
V:1
A2 B2 | c4 |
V:2
A,4 | [A,2E2]2 |

X:4
M:3/4
L:1/8
K:Bb
V:1 octave=-1
B2 (c2 | d6) |1 c4 || 2 B4 :|
B6 -|B4 z2 |:|
"""


def read(text, id='x'):
  return tunes.read_tune(text, id)


def same(piece: Piece, other: Piece) -> None:
  for name, column in piece.notes._asdict().items():
    np.testing.assert_array_equal(column, getattr(other.notes, name), name)
  assert piece.bars == other.bars
  assert piece.chords == other.chords
  assert (piece.metres, piece.tempos) == (other.metres, other.tempos)
  for name in ('played', 'key', 'metre', 'rhythm', 'key_signatures'):
    assert piece.metadata.get(name) == other.metadata.get(name), name


@pytest.mark.parametrize('number', [0, 1, 3])
def test_what_is_written_reads_back(number):
  piece = read(tunebook.split(BOOK)[number][1])
  assert len(piece.notes.start) > 5
  again = read(write_abc(piece))
  same(piece, again)
  assert write_abc(again) == write_abc(piece)


def test_clean_text():
  text = (
    'X:7\nT:A tune\nR:jig\nM:6/8\nL:1/8\nQ:3/8=100\nK:Ador\n'
    'e| A B c"Am"d>e f|g3 a3:|\n|:a2b c3|1d6:|2 d6|]\n'
  )
  assert write_abc(read(text), number=3) == (
    'X:3\nT:A tune\nR:jig\nM:6/8\nL:1/8\nQ:3/8=100\nK:Ador\n'
    'e | ABc "Am"d>ef | g3 a3 :| |: a2b c3 |1 d6 :|2 d6 |]\n'
  )


def test_a_piece_without_text_is_refused():
  piece = Piece('song.mid', notes([0], [1], [60]))
  with pytest.raises(UserError, match=r'song\.mid cannot be written as ABC'):
    write_abc(piece)
  with pytest.raises(UserError, match='one voice'):
    write_abc(read(tunebook.split(BOOK)[2][1]))


def mutated(text, random_):
  """The text with some of its characters removed, doubled or replaced."""
  signs = list(text)
  for _ in range(random_.randint(1, 8)):
    place = random_.randrange(len(signs))
    length = random_.choice((1, 1, 1, 2, 5, 40))
    kind = random_.randrange(4)
    if kind == 0:
      del signs[place : place + length]
    elif kind == 1:
      signs[place:place] = signs[place : place + length] * random_.choice(
        (1, 2, 300)
      )
    elif kind == 2:
      signs[place] = random_.choice('[]|:(){}<>&-^_=/"!+%\\\n0123456789ABZxK')
    else:
      other = random_.randrange(len(signs))
      signs[place:place] = signs[other : other + length]
    signs = signs or ['X']
  return ''.join(signs)


@pytest.mark.parametrize('seed', range(100))
def test_a_damaged_tunebook_is_read_or_refused_and_what_is_read_is_written(
  seed,
):
  text = tunebook.decode(mutated(BOOK, random.Random(seed)).encode())
  start = time.process_time()
  for _, tune in tunebook.split(text):
    try:
      piece = read(tune)
    except BadTune as error:
      assert str(error)
      continue
    if any(bar.tokens for bar in piece.bars):
      same(piece, read(write_abc(piece)))
  assert time.process_time() - start < 5
