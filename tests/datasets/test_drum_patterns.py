"""The drum patterns: how many, what styles ask for, and the variations."""

import numpy as np
import pytest

from datasets import DATASETS, drum_variations
from datasets.drum_patterns import GRIDS, piece_of
from zoo.contracts import UserError
from zoo.data import corpus
from zoo.encoders.drums import Drums
from zoo.music import drum_grids

PATTERNS = {
  one.name: one
  for one in drum_grids.read_patterns(GRIDS.read_text(), GRIDS.name)
}


def steps(name, drum):
  """Sixteenths of both bars on which a drum is hit."""
  marks = PATTERNS[name].cells[drum]
  return [step for step, mark in enumerate(marks) if mark != '.']


def test_how_many_and_of_which_styles():
  assert len(PATTERNS) == 119
  in_four = [p for p in PATTERNS.values() if p.metre[1:] == (4, 4)]
  assert len(in_four) == 112
  styles = {pattern.style for pattern in PATTERNS.values()}
  assert len(styles) >= 50
  assert styles >= {
    *('rock', 'funk', 'shuffle', 'bossa nova', 'samba', 'son', 'rumba'),
    *('reggae', 'ska', 'disco', 'house', 'techno', 'breakbeat', 'jazz'),
    *('drum and bass', 'hip-hop', 'second line', 'waltz', 'afrobeat'),
    *('motown', 'punk', 'metal', 'ballad', 'country'),
  }


def test_claves():
  """In eighths: son 3-2 is 1, 2+, 4 | 2, 3; rumba's third stroke is late;
  bossa nova's last is."""
  three = [0, 6, 12]
  assert steps('son / clave three-two', 'clave') == [*three, 20, 24]
  assert steps('son / clave two-three', 'clave') == [4, 8, 16, 22, 28]
  assert steps('rumba / clave three-two', 'clave') == [0, 6, 14, 20, 24]
  assert steps('bossa nova / three-two', 'rim') == [*three, 20, 26]
  assert steps('bossa nova / two-three', 'rim') == [4, 10, 16, 22, 28]


def test_what_makes_a_style():
  every_beat = list(range(0, 32, 4))
  backbeat = [4, 12, 20, 28]
  for name in PATTERNS:
    if name.startswith(('disco /', 'house /', 'techno /', 'trance /')):
      assert set(every_beat) <= set(steps(name, 'kick')), name
    if name.startswith(('rock /', 'hip-hop /', 'soul /')) and (
      'half time' not in name and 'trap' not in name
    ):
      drum = 'snare' if 'snare' in PATTERNS[name].cells else 'clap'
      assert set(backbeat) <= set(steps(name, drum)), name
    if name.startswith('jazz /') and 'ride' in PATTERNS[name].cells:
      assert not {1, 2} & {step % 4 for step in steps(name, 'ride')}, name
  # One drop: the first beat stays empty, kick and rim fall on the third.
  for name in ('reggae / one drop', 'reggae / one drop with swung hats'):
    assert steps(name, 'kick') == [8, 24]
  assert set(every_beat) <= set(steps('reggae / steppers', 'kick'))
  assert steps('disco / open off-beats', 'hat') == list(range(0, 32, 2))
  assert PATTERNS['disco / open off-beats'].cells['hat'][2::4] == 'o' * 8
  # Dembow: 3 + 3 + 2 against four on the floor.
  assert steps('reggaeton / dembow', 'snare')[:4] == [3, 6, 11, 14]
  # D-beat: 1, 2+, 3+ with the snare on 2 and 4.
  assert steps('punk / d-beat', 'kick')[:3] == [0, 6, 10]
  assert steps('motown / snare on every beat', 'snare') == every_beat
  # The train beat accents what lies between the beats.
  train = PATTERNS['country / train beat'].cells['snare']
  assert [step for step in range(16) if train[step] == 'X'] == [2, 6, 10, 14]
  assert steps('metal / blast', 'snare') == list(range(1, 32, 2))
  # The bell of 12/8: eighths 0 2 4 5 7 9 11.
  bell = steps('afro-cuban / standard bell', 'cowbell')[:7]
  assert [step // 2 for step in bell] == [0, 2, 4, 5, 7, 9, 11]
  assert steps('waltz / ballroom', 'hat') == [4, 8, 16, 20]
  assert set(steps('ska / off-beat hats', 'hat')) == set(range(2, 32, 4))


@pytest.mark.parametrize('name', PATTERNS)
def test_variations_are_distinct_and_of_equal_length(name):
  pattern = PATTERNS[name]
  found = drum_variations.variations(pattern, 12)
  assert found[0] == pattern.cells
  assert 1 < len(found) <= 13
  length = 2 * pattern.steps_per_bar
  for cells in found:
    assert {len(marks) for marks in cells.values()} == {length}
    assert set(cells) <= set(drum_grids.PITCHES)
  hits = {
    frozenset((k, s) for k, m in c.items() for s in range(length) if m[s] > '.')
    for c in found
  }
  assert len(hits) >= len(found) - 3  # Some differ in open against closed.
  more = drum_variations.variations(pattern, 16)
  assert more[: len(found)] == found


def test_the_rules_by_hand():
  cells = {
    'hat': 'x.x.x.x.x.x.x.x.' * 2,
    'snare': '....x.......x...' * 2,
    'kick': 'x.......x.......' + 'x.......x.x.....',
  }
  swapped = drum_variations.reorder(cells, 16, 3)
  assert swapped['kick'] == cells['kick'][16:] + cells['kick'][:16]
  assert drum_variations.reorder(cells, 16, 1)['kick'] == cells['kick'][:16] * 2
  fill = {'snare': 'xx..', 'low': '..xx', 'kick': '....'}
  filled = drum_variations.with_fill(cells, fill)
  assert filled['snare'] == cells['snare'][:28] + 'xx..'
  assert filled['low'] == '.' * 30 + 'xx'
  assert filled['hat'][28:] == filled['kick'][28:] == '....'
  crash = drum_variations.with_crash(cells)
  assert crash['crash'] == 'X' + '.' * 31 and crash['hat'][:3] == '..x'
  rng = np.random.default_rng(0)
  for _ in range(50):
    made = drum_variations.with_ghosts(cells, False, rng)['snare']
    new = [s for s in range(32) if made[s] != cells['snare'][s]]
    assert 1 <= len(new) <= 3 and all(made[s] == 'g' for s in new)
    assert all(s % 2 and cells['kick'][s] == '.' for s in new)
    kick = drum_variations.other_kicks(cells, 16, False, rng)['kick']
    assert kick[0] == kick[16] == 'x', 'the first beat keeps its kick'
    changed = sum(a != b for a, b in zip(kick, cells['kick'], strict=True))
    assert changed in (0, 1, 2)
    assert not any(
      k != '.' and s in 'xX' for k, s in zip(kick, cells['snare'], strict=True)
    )


def test_rules_keep_what_makes_the_style():
  rng = np.random.default_rng(1)
  house = PATTERNS['house / four on the floor'].cells
  shuffle = PATTERNS['shuffle / backbeat'].cells
  assert drum_variations.swung(shuffle)
  assert not drum_variations.swung(PATTERNS['rock / eighths'].cells)
  assert drum_variations.on_clave(PATTERNS['son / clave three-two'].cells, 16)
  for _ in range(50):
    assert drum_variations.other_kicks(house, 16, False, rng) == house
    swung = drum_variations.other_hats(shuffle, True, rng)
    keeper = swung.get('hat', swung.get('ride'))
    assert all(keeper[step] == '.' for step in range(32) if step % 4 in (1, 2))


def test_some_thousands_of_windows_split_by_pattern():
  dataset = DATASETS['drum_patterns'](variations=47)
  lines = []
  found, _ = corpus.prepare(
    dataset, Drums(stride=2), cache=None, report=lines.append
  )
  counts = {k: len(v['tokens']) for k, v in found.splits.items()}
  assert 4000 < counts['train'] < 5000
  assert 300 < counts['validation'] < 700 and 300 < counts['test'] < 700
  names = [set(found.pieces[split]) for split in corpus.SPLITS]
  assert not names[0] & names[1] and not names[0] & names[2]
  assert sum(map(len, names)) == 112
  assert found.dropped['pieces']['metre']['count'] == 7


def test_a_piece_is_a_pattern_with_its_variations():
  piece = piece_of(PATTERNS['waltz / ballroom'], 3)
  assert piece.metres[0].bar == 3 and piece.tempos[0][1] == 168
  assert piece.metadata['style'] == 'waltz'
  assert 6 * 3 < piece.length <= 6 * 4


def test_your_own_patterns_and_styles(tmp_path):
  path = tmp_path / 'mine.txt'
  path.write_text('== mine / one\nkick x...............\n')
  dataset = DATASETS['drum_patterns'](path=str(path), variations=0)
  (piece,), dropped = dataset.read()
  assert (piece.id, dropped) == ('mine / one', [])
  assert piece.notes.start.tolist() == [0, 4]
  assert 'Your own' in dataset.licence
  some = DATASETS['drum_patterns'](styles=('samba',), variations=0)
  assert {one.metadata['style'] for one in some.read()[0]} == {'samba'}
  assert some.fingerprint != dataset.fingerprint


@pytest.mark.parametrize(
  ('options', 'message'),
  [
    ({'variations': -1}, 'dataset/variations'),
    ({'styles': ('rook',)}, "there is no style 'rook'"),
    ({'path': '/nowhere/x.txt'}, '/nowhere/x.txt cannot be read'),
  ],
)
def test_bad_options(options, message):
  with pytest.raises(UserError, match=message):
    DATASETS['drum_patterns'](**options)


def test_a_file_that_is_not_text(tmp_path):
  path = tmp_path / 'x.txt'
  path.write_bytes(b'\xff\xfe\xff')
  with pytest.raises(UserError, match='not UTF-8 text'):
    DATASETS['drum_patterns'](path=str(path))
  path.write_bytes(b'#' * (drum_grids.MOST_BYTES + 1))
  with pytest.raises(UserError, match='larger than 1 MB'):
    DATASETS['drum_patterns'](path=str(path))
