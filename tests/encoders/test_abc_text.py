"""Tunes in ABC as rows of tokens, and back to files."""

import numpy as np
import pytest

from tests.abc_books import JIG, POLKA, REEL, book, tune
from zoo.contracts import Spec, UserError
from zoo.encoders.abc_text import END, AbcText
from zoo.music import abc_tokens
from zoo.music.tunes import read_tunebook


@pytest.fixture(scope='module')
def pieces():
  return book()


@pytest.fixture(scope='module')
def encoder(pieces):
  return AbcText(least=1).fit(pieces)


def test_tunes_come_back_from_their_rows(encoder, pieces):
  for piece in pieces[:6]:
    found = encoder.encode(piece).examples
    assert found['text'][-1] == len(encoder.vocabulary) - 1
    (again,) = encoder.decode({k: v[None] for k, v in found.items()})
    assert (again.notes.pitch == piece.notes.pitch).all()
    assert again.notes.start == pytest.approx(piece.notes.start)
    # Without the root, it is in C.
    (in_c,) = encoder.decode({'text': found['text'][None]})
    assert again.metadata['key'][0] != 'C' and in_c.metadata['key'][0] == 'C'


def test_it_is_rebuilt_from_its_spec(encoder, pieces):
  again = AbcText.from_spec(Spec.from_json(encoder.spec.to_json()))
  assert again.spec == encoder.spec and again.vocabulary[-1] == END
  for name in ('text', 'root'):
    np.testing.assert_array_equal(
      again.encode(pieces[0]).examples[name],
      encoder.encode(pieces[0]).examples[name],
    )


def test_a_token_of_few_tunes_drops_them_with_its_name(pieces):
  encoder = AbcText(least=3).fit([*pieces[:3], *pieces[:3]])
  found = encoder.encode(tune(POLKA))
  assert not len(found.examples['text'])
  assert found.dropped == {'has a token that few training tunes have': 1}
  assert found.where == 'M:2/4'
  assert encoder.encode(tune(POLKA.replace('|fe dc', '|[K:C]fe dc'))).where


def test_the_tables_say_what_tokens_mean(encoder):
  tables = encoder.spec.tables
  place = encoder.vocabulary.index
  assert tables['metre'][place('M:6/8')] == 6 * 96
  assert tables['metre'][place('M:2/4')] == 8 * 96
  assert tables['duration'][place('2')] == 192
  assert tables['duration'][place('c')] == 0
  assert tables['broken'][place('>')] == 12
  assert [tables[f'tuplet_{x}'][place('(3')] for x in 'pqn'] == [3, 2, 3]
  assert tables['height'][place('c')] == tables['height'][place('C')] + 7
  # Every token is of one kind.
  kinds = [k for k in tables if k not in ('tuplet_p', 'tuplet_q')]
  counts = np.sum([np.array(tables[k]) != 0 for k in kinds], 0)
  assert (counts == 1).all()


def test_one_tune_in_two_keys_rhythms_and_collections_is_one_group():
  other = JIG.replace('K:G', 'K:D').replace('g>ag', 'gag')
  down = ''.join(
    'CDEFGABcdefgab'['CDEFGABcdefgab'.index(c) - 3] if c in 'GABcdefgab' else c
    for c in other.split('K:D\n')[1].replace('D', 'A,')
  )
  same = other.split('K:D\n')[0] + 'K:D\n' + down
  pieces = [tune(JIG, 'a#1'), tune(same, 'b#1'), tune(REEL, 'c#1')]
  first, second, third = AbcText().groups(pieces)
  assert first == second != third


def test_a_tune_of_the_user_must_be_abc(encoder, pieces):
  covered = encoder.cover(pieces[0])
  assert encoder.words(covered['text']) == list(
    abc_tokens.tokenise(pieces[0]).tokens
  )
  joined = encoder.join(covered)
  assert (joined.notes.pitch == pieces[0].notes.pitch).all()
  with pytest.raises(UserError, match='is not ABC with one voice'):
    encoder.cover(pieces[0]._replace(id='x.mid', bars=()))
  changed = tune(POLKA.replace('|fe dc', '|[K:C]fe dc'))
  with pytest.raises(UserError, match=r"changes its key, at '\[K:C\]"):
    encoder.cover(changed)


def test_files_and_a_tune_book(encoder, pieces, tmp_path):
  rows = [encoder.encode(piece).examples['text'] for piece in pieces[:3]]
  size = max(map(len, rows))
  text = [
    np.pad(row, (0, size - len(row)), constant_values=row[-1]) for row in rows
  ]
  made = encoder.decode({'text': np.stack(text)})
  paths = encoder.write(made[0], tmp_path / 'sample-000', 'how')
  assert {path.suffix for path in paths} >= {'.mid', '.musicxml', '.abc'}
  again = encoder.decode(
    {'text': np.stack(text), 'entropy': np.ones((3, size))}
  )
  paths = encoder.write(again[0], tmp_path / 'sample-000')
  assert paths[-1].name == 'sample-000.entropy.png'
  assert paths[-1].read_bytes().startswith(b'\x89PNG')
  encoder.book(made, tmp_path / 'book.abc')
  read = list(read_tunebook((tmp_path / 'book.abc').read_text(), 'book'))
  assert [one.id for one in read] == ['book#1', 'book#2', 'book#3']
  assert [one.metadata['title'] for one in read] == [
    'Tune 1',
    'Tune 2',
    'Tune 3',
  ]
  for one, other in zip(read, made, strict=True):
    assert (one.notes.pitch == other.notes.pitch).all()


def test_text_that_is_not_a_tune_is_a_piece_without_notes(encoder, tmp_path):
  bars = [encoder.vocabulary.index('|')] * 4
  (piece,) = encoder.decode({'text': np.array([bars])})
  assert not len(piece.notes.pitch) and piece.metadata['unreadable']
  encoder.book([piece], tmp_path / 'book.abc')
  assert (tmp_path / 'book.abc').read_text().startswith('% not readable')
