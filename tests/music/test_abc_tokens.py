"""Tunes as tokens, after folk-rnn's vocabulary, and back."""

from fractions import Fraction

import pytest

from tests.abc_books import JIG, POLKA, REEL, tune
from zoo.music import abc, abc_tokens
from zoo.music.abc_tokens import Untokenised, as_abc, tokenise
from zoo.music.tunes import read_tune


def tokens(text):
  return ' '.join(tokenise(tune(text)).tokens)


def bare(body, key='C', metre='4/4', unit='1/8'):
  return f'X:1\nT:t\nM:{metre}\nL:{unit}\nK:{key}\n{body}\n'


def test_a_jig_in_g_is_written_in_c_with_its_repeats_balanced():
  assert tokens(JIG) == (
    "M:6/8 K:Cmaj |: G | c e g c' g e | f 2 d d c B | c e g c' > d' c' | "
    "b d' b c' 2 :| |: b | c' 2 e' e' c' a | d' 2 c' b a g |1 c' b a g f e | "
    'd c B c 2 :| |2 ' + "c' g e f d B | c 3 c 2 |"
  )


def test_a_reel_keeps_its_mode_and_its_accidentals():
  found = tokens(REEL)
  assert found.startswith('M:4/4 K:Cdor |: c 2 g c d c g c | (3 d e f g a b 2')
  # The tie leads to the same note; in C dorian E is flat.
  assert '| =e 4 - e 2 d e | [ c g ] 4 c 4 :|' in found


def test_two_four_counts_in_sixteenths():
  found = tokens(POLKA)
  assert found.startswith('M:2/4 K:Cmaj E 2 G 2 c 2 G 2 | A B c A G 4 |')
  assert 'c 2 > d 2' in found and '||' in found and found.endswith('c 4 |')
  assert abc_tokens.unit_of('2/4') == Fraction(1, 16)


@pytest.mark.parametrize('text', [JIG, REEL, POLKA])
@pytest.mark.parametrize('root', ['C', 'D', 'Eb', 'F#'])
def test_the_notes_of_the_text_are_those_of_the_tune(text, root):
  """Up to the tonic that they are moved to, in any key."""
  piece = tune(text)
  found = tokenise(piece)
  again = read_tune(as_abc(found.tokens, root=root), 'again')
  _, before = abc_tokens.root_of(found.root)
  _, after = abc_tokens.root_of(root)
  assert (piece.notes.pitch - before == again.notes.pitch - after).all()
  assert again.notes.start == pytest.approx(piece.notes.start)
  assert again.notes.end == pytest.approx(piece.notes.end)
  assert again.metadata['played'] == piece.metadata['played']
  # And it reads as the same tokens.
  assert tokenise(again).tokens == found.tokens


@pytest.mark.parametrize(
  ('body', 'reason', 'line'),
  [
    ('C8|D6|E8|C8|]', 'does not fit its metre', 'D6'),
    ('C8|[K:G]D8|]', 'changes its key', '[K:G] D8'),
    ('C8|[M:3/4]D6|]', 'changes its metre', '[M:3/4] D6'),
    ('C4 & E4|D8|]', 'several voices', 'C4 & E4'),
    ('C8|[C4E2]D4|]', 'notes of different lengths', '[C4E2] D4'),
    ('|::C8|D8::|', 'an order without signs', ''),
  ],
)
def test_what_has_no_token_is_named_with_its_line(body, reason, line):
  with pytest.raises(Untokenised, match=reason) as error:
    tokenise(tune(bare(body)))
  if line:
    assert error.value.line == line


def test_repeats_are_written_where_the_source_leaves_them_out():
  assert tokens(bare('C8|D8:|E8|F8:|')) == (
    'M:4/4 K:Cmaj |: C 8 | D 8 :| |: E 8 | F 8 :|'
  )
  # A |: that never closes is none.
  assert tokens(bare('|:C8|D8|]')) == 'M:4/4 K:Cmaj C 8 | D 8 |'


def test_an_accidental_stands_wherever_readers_differ():
  """Whether it holds in all octaves or in its own, the notes are the same."""
  text = as_abc(tokenise(tune(bare('^C2 c2 C2 c2|c8|]'))).tokens)
  read = abc.parse(text).voices[0][0]
  octave = abc.parse(text.replace('K:', '%%propagate-accidentals octave\nK:'))
  pitches = [[n.pitch for n in one.notes] for one in read.events]
  assert pitches == [[61], [73], [61], [73]]
  assert pitches == [
    [n.pitch for n in one.notes] for one in octave.voices[0][0].events
  ]


def test_a_sign_between_two_pitches_is_a_slur():
  assert '-' not in tokens(bare('C4-D4|C8|]'))
  assert 'C 8 - | C 8' in tokens(bare('C8-|C8|]'))


def test_any_text_of_tokens_is_written():
  nonsense = [':|', '2', '>', ']', 'c', '[', '|2', '(3', '-', 'K:Cmaj', '/2']
  assert as_abc(nonsense).startswith('X:1\nT:Tune 1\nM:4/4\nL:1/8\nK:Cmaj\n')
