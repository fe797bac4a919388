"""Pieces to arrays: the split, what is removed, what is dropped and why."""

import hashlib
from typing import NamedTuple

import numpy as np
import pytest

from tests.made_corpora import FRACTIONS, dataset, named, ready, tune, tunes
from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.data import corpus as corpus_lib
from zoo.data.corpus import SPLITS, prepare, split_of, splits_of_groups
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.music.piece import Metre


@pytest.fixture
def lines():
  return []


def test_the_split_is_a_hash_of_the_id_in_the_given_shares():
  ids = [f'collection/{index}' for index in range(20_000)]
  counts = {split: 0 for split in SPLITS}
  for one in ids:
    counts[split_of(one, FRACTIONS)] += 1
  assert abs(counts['train'] - 16_000) < 200
  assert abs(counts['validation'] - 2_000) < 150
  # By hand: the first 8 bytes of the digest, as a fraction of 2 ** 64.
  for one in ids[:50]:
    place = int(hashlib.sha256(one.encode()).hexdigest()[:16], 16) / 2**64
    expected = 'train' if place < 0.8 else 'test'
    if 0.8 <= place < 0.9:
      expected = 'validation'
    assert split_of(one, FRACTIONS) == expected
  assert {split_of(one, (1, 0, 0)) for one in ids[:99]} == {'train'}


def test_groups_stay_together_and_the_shares_hold_for_few_pieces():
  """To within half the largest group, here of three, where a hash is free."""
  for count in (10, 46, 354):
    groups = [f'{count}: {index // 3}' for index in range(count)]
    homes = splits_of_groups(groups, FRACTIONS)
    assert len(set(zip(groups, homes, strict=True))) == len(set(groups))
    for split, share in zip(SPLITS, FRACTIONS, strict=True):
      assert abs(homes.count(split) - share * count) <= 3
  # By hand: the digests begin with 18 (d), 3e (b) and ca (a).
  homes = splits_of_groups(list('aabbdd'), (1 / 3, 1 / 3, 1 / 3))
  assert homes == ['test'] * 2 + ['validation'] * 2 + ['train'] * 2


def test_what_is_added_moves_only_groups_near_a_cut():
  names = [f'piece {index}' for index in range(400)]
  before = splits_of_groups(names[:360], FRACTIONS)
  after = splits_of_groups(names, FRACTIONS)
  by_hash = sorted(
    names, key=lambda name: hashlib.sha256(name.encode()).hexdigest()
  )
  moved = [
    by_hash.index(name) / len(names)
    for name, old, new in zip(names, before, after, strict=False)
    if old != new
  ]
  assert len(moved) < 20
  for place in moved:
    assert min(abs(place - cut) for cut in (0.8, 0.9)) < 0.03


def test_validation_may_be_cut_out_of_training_and_leaves_test_as_it_is():
  names = [f'piece {index}' for index in range(97)]
  homes = splits_of_groups(names, FRACTIONS)
  without = splits_of_groups(names, (0.9, 0.0, 0.1))
  for one, other in zip(homes, without, strict=True):
    assert (one == 'test') == (other == 'test')


def test_no_piece_is_in_two_splits_and_arrays_lead_back_to_pieces(lines):
  pieces = tunes(60)
  corpus, encoder = ready(pieces, lines)
  by_id = {piece.id: piece for piece in pieces}
  result = [one for split in SPLITS for one in corpus.pieces[split]]
  assert sorted(result) == sorted(by_id)
  for split in SPLITS:
    arrays = corpus.splits[split]
    assert arrays['tokens'].dtype == np.int8
    assert arrays['piece'].dtype == np.int32
    assert arrays['tokens'].shape == (len(arrays['piece']), 32)
    for place, identity in enumerate(corpus.pieces[split]):
      assert split_of(identity, FRACTIONS) == split
      mine = arrays['tokens'][arrays['piece'] == place]
      expected = encoder.encode(by_id[identity]).examples['tokens']
      assert {row.tobytes() for row in mine} == {
        row.tobytes() for row in expected
      }


def test_the_encoder_is_fitted_on_training_pieces_only(lines):
  class Fitted(Melody):
    def fit(self, pieces):
      self.seen = [piece.id for piece in pieces]
      return self

  corpus, encoder = ready(tunes(40), lines, Fitted())
  assert encoder.seen == list(corpus.pieces['train'])


def test_an_encoder_may_encode_one_piece_at_a_time(lines):
  class Pitches:
    """Every pitch is an example; in C where it is canonical."""

    version, options = 1, {}
    spec = Spec('pitches', {}, {'pitch': Field((), 'int16')}, {}, 0.0, {}, {})

    def fit(self, pieces):
      return self

    def encode(self, piece):
      return Encoded({'pitch': piece.notes.pitch}, {})

    def canonical(self, examples):
      return examples['pitch'] % 12

  train, test = named('train')[0], named('test')[0]
  pieces = [tune(train, [60, 62, 62]), tune(test, [72, 61, 61, 63])]
  corpus, _ = ready(pieces, lines, Pitches())
  assert corpus.splits['train']['pitch'].tolist() == [60, 62]
  assert corpus.splits['test']['pitch'].tolist() == [61, 63]
  assert corpus.splits['validation']['pitch'].shape == (0,)


def test_an_official_split_wins_over_the_hash_and_stays_whole(lines):
  """Published figures are means over every example of such a split."""
  scale = [60, 62, 64, 65, 67, 69, 71, 72]
  official = [
    tune(named('test')[0], scale)._replace(metadata={'split': 'train'}),
    tune(named('train')[0], scale)._replace(metadata={'split': 'validation'}),
    tune(named('train', 2)[1], scale)._replace(metadata={'split': 'test'}),
    tune(named('train', 3)[2], scale)._replace(metadata={'split': 'test'}),
  ]
  corpus, _ = ready(official, lines)
  assert corpus.pieces == {
    'train': (official[0].id,),
    'validation': (official[1].id,),
    'test': (official[2].id, official[3].id),
  }
  assert [len(corpus.splits[split]['piece']) for split in SPLITS] == [1, 1, 2]
  assert corpus.dropped['windows'] == {}
  # Published figures do not count overlapping windows as examples.
  distinct = Melody()
  distinct.distinct = True
  corpus, _ = ready(official, lines, distinct)
  assert [len(corpus.splits[split]['piece']) for split in SPLITS] == [1, 0, 0]
  strange = tune('strange', scale)._replace(metadata={'split': 'valid'})
  with pytest.raises(ValueError, match="'valid', which is no split"):
    ready([strange], lines)


def test_any_fields_without_transposition_and_measured_on_all(lines):
  """Whole rows, padded to the longest of all splits; a piece has only an id."""

  class Row(NamedTuple):
    id: str
    values: tuple

  class Padded:
    version, options = 1, {}

    def __init__(self):
      self.longest = 0

    @property
    def spec(self):
      fields = {
        'row': Field((self.longest,), 'uint8'),
        'length': Field((), 'int32', kind='count'),
      }
      return Spec('padded', {}, fields, {}, 0.0, {}, {})

    def fit(self, pieces):
      return self

    def measure(self, pieces):
      self.longest = max(len(piece.values) for piece in pieces)
      return self

    def encode(self, piece):
      row = np.zeros((1, self.longest), np.uint8)
      row[0, : len(piece.values)] = piece.values
      return Encoded({'row': row, 'length': np.array([len(piece.values)])}, {})

  (first, second), test = named('train', 2), named('test')[0]
  rows = [Row(first, (1, 2)), Row(second, (1, 2)), Row(test, (1, 2, 0))]
  corpus, _ = ready(rows, lines, Padded())
  assert corpus.splits['train']['row'].tolist() == [[1, 2, 0]]
  assert corpus.splits['test']['length'].tolist() == [3]
  assert corpus.splits['test']['length'].dtype == np.int32


def test_test_windows_that_training_has_in_any_key_are_dropped(lines):
  """Two bars each; rows of quarters, identified by their first pitches."""
  first, again = named('train', 2)
  validation, test = named('validation', 2), named('test', 4)
  scale, arch = [60, 62, 64, 65, 67, 69, 71, 72], [60, 64, 67, 72] * 2
  new, newer = (
    [60, 61, 64, 63, 68, 66, 71, 70],
    [72, 60, 71, 61, 70, 62, 69, 63],
  )
  moved = [pitch + 3 for pitch in scale]
  pieces = [
    tune(first, scale),
    tune(again, scale),
    tune(validation[0], moved),
    tune(validation[1], arch),
    tune(test[0], scale),
    tune(test[1], [pitch - 5 for pitch in arch]),
    tune(test[2], new),
    tune(test[3], newer),
  ]
  corpus, _ = ready(pieces, lines)
  count = {k: len(v['piece']) for k, v in corpus.splits.items()}
  assert count == {'train': 1, 'validation': 1, 'test': 2}
  assert corpus.dropped['windows'] == {
    'in train, up to transposition': {'train': 0, 'validation': 1, 'test': 1},
    'duplicate in the split': {'train': 1, 'validation': 0, 'test': 0},
    'in validation, up to transposition': {
      'train': 0,
      'validation': 0,
      'test': 1,
    },
  }
  # In training a transposition is another example: only equal ones go.
  again, _ = ready([tune(first, scale), tune(again, moved)], lines)
  assert len(again.splits['train']['piece']) == 2


def test_every_reason_is_counted_and_reported(lines):
  waltz = (Metre(0.0, 3, 4),)
  scale = [60, 62, 64, 65, 67, 69, 71, 72]
  train = named('train', 8)
  pieces = [
    tune(train[0], scale),
    *(tune(name, scale[:6], waltz) for name in train[1:6]),
    tune(train[6], [60, 60, 60, 60, 60, 60, 60, 60]),
    tune(train[7], []),
  ]
  source, _ = dataset(pieces, [('broken\x1b[31m', 'not a tune')])
  corpus, _ = prepare(
    source, Melody(), cache=None, report=lines.append, verbose=True
  )
  assert corpus.dropped == {
    'pieces': {
      'not a tune': {'count': 1, 'ids': ['broken\x1b[31m']},
      'metre': {'count': 5, 'ids': train[1:6]},
      'too few pitches': {'count': 1, 'ids': [train[6]]},
      'no melodic part': {'count': 1, 'ids': [train[7]]},
    },
    'windows': {
      'metre': {'train': 5, 'validation': 0, 'test': 0},
      'too few pitches': {'train': 1, 'validation': 0, 'test': 0},
      'no melodic part': {'train': 1, 'validation': 0, 'test': 0},
    },
    'repaired': {},
  }
  assert lines[0] == 'Traditional; public domain.'
  assert f'        5  metre ({", ".join(train[1:4])}, ...)' in lines
  assert '        1  not a tune (broken?[31m)' in lines
  assert 'All are named in report.json of the run.' in lines
  assert lines[-1] == (
    'Examples: 1 train (of 1 pieces), 0 validation (of 0 pieces), '
    '0 test (of 0 pieces)'
  )


def test_the_table_is_cut_and_the_report_names_every_piece(lines):
  refused = [(f'{n}-{m}.mid', f'fault {n}') for n in range(13) for m in (2, 1)]
  source, _ = dataset(tunes(30), refused)
  corpus, _ = prepare(
    source, Melody(), cache=None, report=lines.append, verbose=True
  )
  named_in_report = [
    (identity, reason)
    for reason, result in corpus.dropped['pieces'].items()
    for identity in result['ids']
  ]
  assert named_in_report == refused
  assert '        2  fault 11 (11-2.mid, 11-1.mid)' in lines
  place = lines.index('        2  1 other reasons')
  assert lines[place + 1].startswith('All are named in report.json')


def test_at_most_ten_lines_are_printed_before_training(lines):
  refused = [(f'{n}-{m}.mid', f'fault {n}') for n in range(13) for m in (2, 1)]
  source, _ = dataset(tunes(30), [*refused, ('a\x1b[31m', 'no \x1b[31m')])
  prepare(source, Melody(), cache=None, report=lines.append)
  assert len(lines) <= 10 and '\x1b' not in ''.join(lines)
  assert lines[0] == source.licence
  assert lines[1] == (
    'Pieces dropped, whole or in part: 27 (fault 0: 2; fault 1: 2; fault 2: 2; '
    'other reasons: 21)'
  )
  assert lines[-1].startswith('Examples: ')


def test_repaired_notes_are_summed_over_the_corpus(lines):
  pieces = [
    piece._replace(metadata={**piece.metadata, 'repaired': {'unended': n}})
    for n, piece in enumerate(tunes(4), 1)
  ]
  source, _ = dataset([*pieces, *tunes(30)[4:]])
  corpus, _ = prepare(source, Melody(), cache=None, report=lines.append)
  assert corpus.dropped['repaired'] == {
    'unended': {'count': 1 + 2 + 3 + 4, 'ids': [one.id for one in pieces]}
  }
  assert 'Notes repaired in reading: 10 (unended: 10)' in lines
  lines.clear()
  prepare(source, Melody(), cache=None, report=lines.append, verbose=True)
  place = lines.index('Notes repaired in reading, and how:')
  assert lines[place + 1] == '       10  unended'


def test_fewer_examples_than_a_batch_is_an_error_with_the_reasons(lines):
  waltzes = [
    tune(name, [60, 62, 64] * 3, (Metre(0.0, 3, 4),))
    for name in named('train', 5)
  ]
  with pytest.raises(
    UserError,
    match='Only 5 training examples are left where a batch takes 64: dropped: '
    'windows, metre: 10; pieces, metre: 5;',
  ):
    kept = tune(named('train', 6)[5], range(48, 72))
    ready([*waltzes, kept], lines, minimum=64)
  with pytest.raises(UserError, match='Only 0 training examples'):
    ready([], lines)


@pytest.mark.parametrize(
  'fractions', [(0.5, 0.5), (0.9, 0.2, -0.1), (0.5, 0.1, 0.1)]
)
def test_shares_must_add_up(fractions, lines):
  with pytest.raises(UserError, match='three shares'):
    ready(tunes(3), lines, fractions=fractions)


def test_pieces_that_are_alike_in_some_key_stand_in_one_split():
  """Forty tunes and their twins a tone up; nothing is taken out."""
  originals = tunes(40, bars=8)
  twins = [
    piece._replace(
      id=f'twin of {piece.id}',
      notes=piece.notes._replace(pitch=piece.notes.pitch + 2),
    )
    for piece in originals
  ]
  given, _ = dataset([*originals, *twins])
  corpus, _ = corpus_lib.build(given, Notes(), FRACTIONS)
  homes = {
    identity: split
    for split, identities in corpus.pieces.items()
    for identity in identities
  }
  shared = splits_of_groups([piece.id for piece in originals] * 2, FRACTIONS)
  for piece, home in zip(originals, shared, strict=False):
    assert homes[piece.id] == home
    # The twin follows, or has pitches that training does not.
    assert homes.get(f'twin of {piece.id}', home) == home
  assert corpus.dropped['windows'].keys() <= {'a P that no training piece has'}
  rows = sum(len(arrays['piece']) for arrays in corpus.splits.values())
  assert rows == len(homes) * (8 * 4 + 1)
