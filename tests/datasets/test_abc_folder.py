"""A folder of the user's own tune books."""

import pytest

from datasets import DATASETS
from tests.abc_books import JIG, POLKA, REEL
from zoo.contracts import UserError
from zoo.music.abc_writing import write_abc


def test_every_tune_of_every_book_is_read_and_bad_ones_are_named(tmp_path):
  (tmp_path / 'a.abc').write_text(f'{JIG}\n{REEL}')
  inner = tmp_path / 'more' / 'books'
  inner.mkdir(parents=True)
  (inner / 'b.ABC').write_text(f'{POLKA}\nX:4\nT:No key\nM:4/4\nCDEF|\n')
  (tmp_path / 'c.mid').write_bytes(b'MThd')
  data = DATASETS['abc_folder'](path=str(tmp_path))
  pieces, dropped = data.read()
  assert [one.id for one in pieces] == [
    'a.abc#1',
    'a.abc#2',
    'more/books/b.ABC#3',
  ]
  assert [one.metadata['title'] for one in pieces] == [
    'A jig',
    'A reel',
    'A polka',
  ]
  # As written: the bars of the source, with their repeats.
  assert write_abc(pieces[1]).count('|:') == 1
  ((name, reason),) = dropped
  assert name == 'more/books/b.ABC#4' and 'key' in reason.lower()
  assert str(tmp_path) in data.licence


def test_changed_books_are_read_again(tmp_path):
  path = tmp_path / 'a.abc'
  path.write_text(JIG)
  old = DATASETS['abc_folder'](path=str(tmp_path))
  assert len(old.read()[0]) == 1
  path.write_text(f'{JIG}\n{REEL}')
  new = DATASETS['abc_folder'](path=str(tmp_path))
  assert len(new.read()[0]) == 2 and new.fingerprint != old.fingerprint


def test_no_folder_and_a_folder_without_tunes_are_refused(tmp_path):
  with pytest.raises(UserError, match='there is no folder'):
    DATASETS['abc_folder'](path=str(tmp_path / 'none'))
  (tmp_path / 'c.mid').write_bytes(b'MThd')
  with pytest.raises(UserError, match=r'there is no \.abc file'):
    DATASETS['abc_folder'](path=str(tmp_path))
