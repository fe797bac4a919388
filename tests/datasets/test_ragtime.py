"""Maple Leaf Rag: five sections of sixteen bars, the last held out."""

import numpy as np
import pytest

from datasets import DATASETS
from zoo.music.piece import Metre


@pytest.fixture(scope='module')
def sections():
  pieces, dropped = DATASETS['ragtime']().read()
  assert dropped == []
  return {piece.id.split('/')[1]: piece for piece in pieces}


def test_five_sections_of_sixteen_bars(sections):
  assert list(sections) == ['A', 'B', 'A again', 'C', 'D']
  for piece in sections.values():
    assert piece.metres == (Metre(0.0, 2, 4),)
    assert 31 <= piece.length <= 32
    assert piece.notes.start[0] < 0.5
  splits = [piece.metadata['split'] for piece in sections.values()]
  assert splits == ['train'] * 4 + ['test']


def test_the_trio_has_five_flats_and_the_others_four(sections):
  assert {
    name: piece.metadata['key_signatures'] for name, piece in sections.items()
  } == {name: [[0, -5 if name == 'C' else -4]] for name in sections}


def test_every_note_is_on_a_sixteenth(sections):
  for piece in sections.values():
    times = piece.notes.start * 4
    assert np.abs(times - np.round(times)).max() < 1e-6


def test_the_first_bar_by_hand(sections):
  """Left hand A flat octaves; right hand rests, then A flat, E flat, ..."""
  table = sections['A'].notes
  bar = table.start < 1
  assert list(
    zip(table.start[bar].tolist(), table.pitch[bar].tolist(), strict=True)
  ) == [
    (0.0, 44),
    (0.0, 56),
    (0.25, 68),
    (0.5, 51),
    (0.5, 56),
    (0.5, 60),
    (0.5, 63),
    (0.5, 75),
    (0.75, 68),
  ]


def test_a_section_returns(sections):
  """The first is played again after the second, but for its ending."""
  first, again = (sections[name].notes for name in ('A', 'A again'))
  before = 12.0
  for column, other in zip(first[:3], again[:3], strict=True):
    np.testing.assert_allclose(
      column[first.start < before], other[again.start < before]
    )
