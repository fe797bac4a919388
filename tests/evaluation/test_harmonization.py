"""Harmonizations beside Bach's, by hand."""

import math

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.voices import Voices
from zoo.evaluation.music.harmonization import Sung, compare, harmonization
from zoo.evaluation.music.side_by_side import side_by_side
from zoo.music.piece import Piece, notes
from zoo.music.reading import read

ENCODER = Voices(steps=0, padding=1)
# C, F, G and C major; the bass in front of the others' pitches.
CHORDS = (
  (72, 67, 64, 48),
  (72, 69, 65, 53),
  (71, 67, 62, 43),
  (72, 67, 64, 48),
)


def chorale(chords):
  rows = [
    (place, place + 1, pitch, part)
    for place, chord in enumerate(chords)
    for part, pitch in enumerate(chord)
  ]
  start, end, pitch, part = zip(*rows, strict=True)
  return Piece('x', notes(start, end, pitch, part=part))


PIECES = [chorale(CHORDS), chorale(CHORDS[:2] + CHORDS[3:])]
MEASURED = ENCODER.measure(PIECES)
ARRAYS = {
  name: np.concatenate([MEASURED.encode(one).examples[name] for one in PIECES])
  for name in MEASURED.spec.fields
}
SPLITS = {
  split: {**ARRAYS, 'piece': np.arange(2)}
  for split in ('train', 'validation', 'test')
}


def figures(harmonize, spec=MEASURED.spec):
  return harmonization(harmonize, SPLITS, spec, group=1)


def exact(given, first=0):
  """What Bach wrote, found by the length of what is given."""
  row = int(np.flatnonzero(ARRAYS['length'] == given['length'][0])[0])
  music = ARRAYS['voices'][row, 1 : given['length'][0], 1:]
  # The lower voices are not given.
  assert not given['voices'][0, 1 : given['length'][0], 1:].any()
  voices = given['voices'].copy()
  voices[0, 1 : given['length'][0], 1:] = music
  return {**given, 'voices': voices}


def test_bach_agrees_with_himself():
  found = figures(exact)
  for name in ('alto', 'tenor', 'bass', 'chord'):
    assert found[name]['model'] == 1 and found[name]['interval'] == 0
  assert found['soprano'] == {'model': 1}
  assert found['final_tonic'] == {'model': 1, 'interval': 0, 'bach': 1}
  # Soprano and bass never move in parallel; alto and tenor from C to F do not.
  for name in ('parallel_fifths', 'parallel_octaves', 'crossings'):
    assert math.isclose(found[name]['model'], found[name]['bach'])
  # Below 72 stands 67 in four chords of seven, in training 4 of 6; below 71
  # 67 too: the alto's F chords alone are wrong, 2 of 7.
  assert math.isclose(found['alto']['lookup'], 5 / 7)


def test_a_soprano_harmonized_twice_is_one_piece():
  """Once as Bach did, and once not at all: half of each piece is right."""
  found = harmonization(exact, SPLITS, MEASURED.spec, draws=2, group=1)
  assert found['examples'] == 4
  assert found['alto']['model'] == 0.5 and found['alto']['interval'] == 0
  assert found['final_tonic'] == {'model': 0.5, 'interval': 0, 'bach': 1}


def test_a_wrong_tenor_a_silent_bass_and_a_new_soprano():
  def wrong(given, first=0):
    made = exact(given)
    made['voices'][..., 2] = np.where(
      made['voices'][..., 2] > 4, made['voices'][..., 2] + 1, 0
    )
    made['voices'][:, 1 : given['length'][0], 3] = 0
    if given['length'][0] == 17:
      made['voices'][0, 1, 0] += 1
    return made

  found = figures(wrong)
  assert found['alto']['model'] == 1
  assert found['tenor']['model'] == found['bass']['model'] == 0
  assert found['chord']['model'] == 0
  assert found['soprano'] == {'model': 0.5}
  assert found['final_tonic'] == {'model': 0, 'interval': 0, 'bach': 1}


def test_every_example_has_a_number_and_so_noise_of_its_own():
  """Whatever the groups in which they are written."""
  for group in (1, 2, 3):
    numbers = []

    def noted(given, first=0, numbers=numbers):
      numbers += range(first, first + len(given['voices']))
      return given

    found = harmonization(noted, SPLITS, MEASURED.spec, draws=2, group=group)
    assert found['examples'] == 4
    assert sorted(numbers) == [0, 1, 2, 3]


def test_windows_and_other_voices():
  empty = {name: values[:0] for name, values in SPLITS['test'].items()}
  assert harmonization(exact, {**SPLITS, 'test': empty}, MEASURED.spec) == {
    'examples': 0
  }
  duet = Voices(steps=0, padding=1, lowest=(60, 48), highest=(72, 60)).spec
  with pytest.raises(UserError, match='four voices'):
    figures(exact, duet)


def test_examples_of_one_piece_are_one_draw():
  """Two equal windows of a piece count as one observation."""
  sounds = np.array([[[72, 67, 64, 48]] * 2, [[72, 69, 65, 53]] * 2] * 2)
  bach = Sung(sounds, np.ones(sounds.shape, bool))
  written = bach._replace(
    sounds=sounds + np.array([[0], [1], [0], [1]])[..., None]
  )
  apart, together = (
    compare(written, bach, bach, 4, np.array(piece))['alto']
    for piece in ([0, 1, 2, 3], [0, 1, 0, 1])
  )
  # Of four draws two are right, of two one: 1.96 / 2 / sqrt(n).
  assert apart['model'] == together['model'] == 0.5
  assert math.isclose(apart['interval'], 0.98 / 2)
  assert math.isclose(together['interval'], 0.98 / math.sqrt(2))


def test_faults_are_counted_a_hundred_beats_over_all_pieces():
  """One crossing in a piece of four beats and none in one of twelve."""
  chord = [72, 67, 64, 48]
  sounds = np.full((2, 12, 4), -1)
  sounds[0, :4], sounds[1] = chord, chord
  bach = Sung(sounds, np.ones(sounds.shape, bool))
  crossed = sounds.copy()
  crossed[0, 2, 1] = 60
  found = compare(bach._replace(sounds=crossed), bach, bach, 1, np.arange(2))
  assert math.isclose(found['crossings']['model'], 100 / 16)
  # By hand: the counts are 1 - 4/16 more and 12/16 less than in proportion.
  expected = 100 * 1.96 * math.sqrt(2 * 0.75**2) / 16
  assert math.isclose(found['crossings']['interval'], expected)
  assert found['crossings']['bach'] == 0


def test_original_and_prediction_lie_side_by_side(tmp_path):
  encoder = MEASURED
  found = side_by_side(
    exact_of_all, SPLITS, encoder.spec, encoder, tmp_path, count=2
  )
  assert found == {'examples': 2}
  folder = tmp_path / 'side_by_side'
  for place in range(2):
    before, after = (
      read(folder / f'{place}-{name}.musicxml')
      for name in ('original', 'predicted')
    )
    assert before.notes.pitch.tolist() == after.notes.pitch.tolist()
    assert set(before.notes.part.tolist()) == {0, 1, 2, 3}
    score = (folder / f'{place}-original.musicxml').read_text()
    assert f'Example {place}, original' in score
    assert (folder / f'{place}.png').stat().st_size
  nothing = {name: values[:0] for name, values in SPLITS['test'].items()}
  assert side_by_side(
    exact_of_all, {'test': nothing}, encoder.spec, encoder, tmp_path
  ) == {'examples': 0}


def exact_of_all(given, first=0):
  """What Bach wrote, piece by piece; the longer one is the first."""
  rows = [exact({k: v[i : i + 1] for k, v in given.items()}) for i in range(2)]
  return {k: np.concatenate([row[k] for row in rows]) for k in given}
