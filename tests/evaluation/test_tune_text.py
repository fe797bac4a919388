"""The report on tunes in ABC, by hand and against slow searches."""

import numpy as np
import pytest

from tests.abc_books import JIG, POLKA, book, tune
from zoo.encoders.abc_text import AbcText
from zoo.evaluation.music.tune_text import (
  bars_full,
  copied,
  ends_on_tonic,
  measure,
  repeats_closed,
  same_bars,
  tune_text,
  two_repeated_parts,
)


@pytest.mark.parametrize(
  ('words', 'closed', 'aabb'),
  [
    ('|: c :| |: d :|', True, True),
    ('|: c |1 d :| |2 e |: d :|', True, True),
    ('|: c :| |: d |1 e :| |2 f |', True, True),
    ('|: c :| d |: e :|', True, False),
    ('|: c :|', True, False),
    ('c | d |', True, False),
    ('|: c |', False, False),
    ('c :|', False, False),
    ('|: c |: d :|', False, False),
    ('|: c |1 d :| e |', False, False),
    ('|: c |1 d |', False, False),
    ('|: c |2 d :|', False, False),
  ],
)
def test_repeats_and_form(words, closed, aabb):
  tokens = ['M:4/4', 'K:Cmaj', *words.split()]
  assert repeats_closed(tokens) == closed
  assert two_repeated_parts(tokens) == aabb


def test_bars_are_full_or_begin_or_end_a_part():
  assert bars_full(tune(JIG)) and bars_full(tune(POLKA))
  assert not bars_full(tune(JIG.replace('c2A AGF', 'c2A AG')))
  assert not bars_full(tune(JIG.replace('faf g2:|', 'faf g2 abc:|')))


def test_bars_equal_to_the_one_before():
  assert same_bars('M:4/4 K:Cmaj c d | c d | e | e |'.split()) == 2 / 3
  assert same_bars(['M:4/4', 'K:Cmaj', 'c']) == 0


def test_copied_runs_are_the_longest_that_training_has():
  random = np.random.default_rng(0)
  end = 4
  train = random.integers(0, 5, 300)
  rows = [random.integers(0, 4, 40) for _ in range(6)]
  rows[0][5:25] = np.where(train[50:70] == end, 0, train[50:70])
  text = ''.join(map(str, train))
  expected = [
    max(
      size
      for size in range(41)
      for at in range(41 - size)
      if ''.join(map(str, row[at : at + size])) in text
    )
    for row in rows
  ]
  assert copied(rows, train, end).tolist() == expected


def test_held_out_tunes_beside_others():
  pieces = book()
  encoder = AbcText(least=1).fit(pieces)
  found = [encoder.encode(piece).examples['text'] for piece in pieces]
  end = len(encoder.vocabulary) - 1
  arrays = {
    'text': np.concatenate(found),
    'piece': np.repeat(np.arange(len(found)), list(map(len, found))),
  }
  bad = np.full((4, 9), encoder.vocabulary.index('c'))

  figures = tune_text(
    lambda count, **options: {'text': bad[:count]},
    lambda count, **options: {'text': bad[:count]},
    {'train': arrays, 'test': arrays},
    encoder,
    count=4,
    untrained={'untrained': {}},
    readers=False,
  )
  for name in ('ends', 'parses', 'bars', 'repeats'):
    assert figures[name]['held_out'] == 1, name
  assert figures['ends']['generated'] == 0 == figures['bars']['generated']
  assert figures['copied_most']['held_out'] == max(map(len, found)) - 1
  assert figures['ends']['ngram'] > 0
  assert figures['distinct'] == {
    'generated': 0.25,
    'untrained': 0.25,
    'held_out': 1.0,
    'ngram': 1.0,
  }
  read = measure(found[:2], encoder, arrays['text'])
  assert read['music21'] == read['symusic'] == 1
  del end


def test_the_last_note_is_the_tonic():
  encoder = AbcText(least=1).fit(book())
  rows = [encoder.encode(tune(text)).examples['text'] for text in (JIG, POLKA)]
  pieces = encoder.decode({'text': np.stack([row[:30] for row in rows])})
  whole = [encoder.join({'text': row}) for row in rows]
  assert [ends_on_tonic(piece) for piece in whole] == [True, True]
  assert not ends_on_tonic(pieces[0])
