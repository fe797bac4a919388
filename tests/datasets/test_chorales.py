"""Bach's chorales: how many, which voices, where their bars fall."""

import collections
import importlib.metadata

import numpy as np
import pytest

from datasets import DATASETS
from experiments.bachprop_chorales import CONFIG, SIZES
from zoo.contracts import UserError
from zoo.data.corpus import splits_of_groups
from zoo.encoders import ENCODERS
from zoo.encoders.notes import Notes
from zoo.music.piece import Metre
from zoo.music.rhythm import TICKS

RANGES = [(57, 81), (53, 74), (48, 69), (36, 64)]  # Of all, by music21.


@pytest.fixture(scope='module')
def every():
  return DATASETS['chorales']().read()


def test_how_many(every):
  """Counted with music21 10.5: 354 of its files have four score parts."""
  pieces, dropped = every
  exact = importlib.metadata.version('music21').startswith('10.5')
  margin = 0 if exact else 5
  assert len(pieces) + len(dropped) == 371
  assert len(pieces) == pytest.approx(354, abs=margin)
  assert ('riemenschneider/011', 'has 9 parts, not 4') in dropped
  first = collections.Counter(one.metres[0][1:] for one in pieces)
  assert first[3, 4] == pytest.approx(35, abs=margin)
  assert first[4, 4] == pytest.approx(318, abs=margin)
  assert len({one.id for one in pieces}) == len(pieces)


def test_transpositions_within_the_voices_ranges(every):
  """2,604 of the 351 chorales; three more have their voices by themselves."""
  encoder = ENCODERS['voices']()
  counts = {one.id: len(encoder.transpositions(one)) for one in every[0]}
  instrumental = [f'riemenschneider/{number}' for number in (313, 327, 353)]
  assert [counts[one] for one in instrumental] == [10, 5, 10]
  assert min(counts.values()) >= 1
  if importlib.metadata.version('music21').startswith('10.5'):
    assert len(counts) - len(instrumental) == 351
    assert sum(counts.values()) - 25 == 2604


def test_fermatas_and_keys_as_written(every):
  first = every[0][0].metadata
  assert first['key_signatures'] == [[0.0, 1]]
  assert first['fermatas'] == [
    [12.0, 14.0],
    [21.0, 23.0],
    [30.0, 32.0],
    [42.0, 44.0],
    [54.0, 56.0],
    [63.0, 65.0],
  ]
  marked = [one for one in every[0] if 'fermatas' in one.metadata]
  assert len(every[0]) - len(marked) <= 2
  for one in marked:
    starts = set(one.notes.start[one.notes.part == 0].tolist())
    assert starts & {start for start, _ in one.metadata['fermatas']}, one.id


def test_a_part_of_the_collection():
  pieces, dropped = DATASETS['chorales'](first=11, last=13).read()
  assert [one.id[-3:] for one in pieces] == ['012', '013']
  assert len(dropped) == 1


def test_what_is_known_of_a_chorale(every):
  first = every[0][0]
  assert first.id == 'riemenschneider/001'
  assert first.metadata['title'] == 'Aus meines Herzens Grunde'
  assert first.metadata['bwv'] == '269'
  assert first.metadata['number'] == 1
  assert first.metadata['composer'] == 'Johann Sebastian Bach'


def test_the_first_chorale_note_by_note(every):
  """3/4 with a pick-up: G in all voices, then the first bar."""
  first = every[0][0]
  assert first.metres == (Metre(0.0, 3, 4),)
  assert first.tempos[0].start == 0
  table = first.notes
  begin = [
    [
      (float(start), float(end), int(pitch))
      for start, end, pitch in zip(
        table.start[table.part == part],
        table.end[table.part == part],
        table.pitch[table.part == part],
        strict=True,
      )
    ][:4]
    for part in range(4)
  ]
  assert begin == [
    [(2, 3, 67), (3, 5, 67), (5, 6, 74), (6, 7.5, 71)],
    [(2, 3, 62), (3, 4, 62), (4, 5, 64), (5, 6, 62)],
    [(2, 3, 59), (3, 4, 59), (4, 4.5, 60), (4.5, 5, 59)],
    [(2, 3, 43), (3, 4, 55), (4, 5, 52), (5, 6, 54)],
  ]


def test_four_voices_in_their_ranges(every):
  found = [[], [], [], []]
  for one in every[0]:
    table = one.notes
    assert set(table.part.tolist()) == {0, 1, 2, 3}
    for part in range(4):
      pitch = table.pitch[table.part == part]
      found[part] += [pitch.min(), pitch.max()]
      start, end = (
        column[table.part == part] for column in (table.start, table.end)
      )
      assert (end[:-1] <= start[1:] + 1e-9).all(), one.id
  assert [(min(one), max(one)) for one in found] == RANGES


def test_bars_are_on_the_bar_lines(every):
  """Short bars at phrases and repeats move no bar line: six stay broken."""
  broken = [one for one in every[0] if len(one.metres) > 1]
  assert len(broken) < 10
  bars, starts = 0, 0
  for one in every[0]:
    if one.metres == (Metre(0.0, 4, 4),):
      lines = np.arange(4, one.length, 4)
      bars += len(lines)
      starts += np.isin(lines, one.notes.start).sum()
  assert starts / bars > 0.98


def test_fingerprints_and_numbers():
  chorales = DATASETS['chorales']
  assert chorales().fingerprint == chorales(first=1, last=371).fingerprint
  assert chorales().fingerprint != chorales(last=370).fingerprint
  for numbers in ({'first': 0}, {'last': 372}, {'first': 9, 'last': 8}):
    with pytest.raises(UserError, match='numbers in order from 1 to 371'):
      chorales(**numbers)


def test_notes_of_all_chorales_have_the_dictionaries_of_the_experiments(every):
  """dT 12, T 21 and 46 pitches, as in BachProp's trial, and a tag each."""
  pieces, _ = every
  encoder = Notes()
  groups = encoder.groups(pieces)
  twins = collections.Counter(groups)
  # Riemenschneider has some harmonisations twice, in other keys, and some
  # that share phrases; no family is so large that a split would suffer.
  assert max(twins.values()) <= 6
  assert 10 < sum(count - 1 for count in twins.values()) < 80
  homes = splits_of_groups(groups, CONFIG['split'])
  train = [
    piece for piece, home in zip(pieces, homes, strict=True) if home == 'train'
  ]
  fitted = encoder.fit(train)
  if importlib.metadata.version('music21').startswith('10.5'):
    assert fitted.spec.sizes == {**SIZES, 'ticks_per_quarter': TICKS}
    assert len(train) == 319
  kept = [fitted.encode(piece) for piece in pieces]
  assert sum(len(one.examples['notes']) > 0 for one in kept) >= 350
