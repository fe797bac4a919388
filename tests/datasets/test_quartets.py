"""String quartets from music21: which, and that they have four parts."""

import pytest

from datasets import DATASETS
from zoo.contracts import UserError


def test_mozart_has_fifteen_movements_and_no_sonata():
  pieces, dropped = DATASETS['quartets'](composers=('mozart',)).read()
  ids = [piece.id for piece in pieces] + [name for name, _ in dropped]
  assert len(ids) == 15
  works = {identity.rsplit('/', 1)[0] for identity in ids}
  assert works == {f'mozart/k{number}' for number in (80, 155, 156, 458)}
  assert pieces
  for piece in pieces:
    assert len(set(piece.notes.part.tolist())) == 4


def test_the_fingerprint_tells_whose_they_are():
  mozart, haydn = (
    DATASETS['quartets'](composers=(one,)) for one in ('mozart', 'haydn')
  )
  assert mozart.fingerprint != haydn.fingerprint
  with pytest.raises(UserError, match='dataset/composers is empty'):
    DATASETS['quartets'](composers=())
