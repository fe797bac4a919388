"""Sounds: the synthesiser's, split by timbre and note, and a folder's."""

from collections import Counter
import wave

import numpy as np
import pytest

from datasets import DATASETS
from zoo.contracts import UserError
from zoo.music import audio, sound
from zoo.music.sound import Sound

SMALL = {'rate': 4_000, 'lowest': 60, 'highest': 71, 'renditions': 3}


def read(**options):
  pieces, dropped = DATASETS['audio_folder'](**SMALL | options).read()
  assert dropped == []
  return pieces


@pytest.fixture(scope='module')
def notes():
  return read(sounds='notes')


def timbres_of(pieces, split):
  return {
    one.metadata['timbre'] for one in pieces if one.metadata['split'] == split
  }


def test_one_timbre_is_only_in_the_test_set(notes):
  for split in ('train', 'validation'):
    assert timbres_of(notes, split) == {
      'organ',
      'reed',
      'strings',
      'plucked',
      'flute',
    }
  assert 'brass' in timbres_of(notes, 'test')
  for one in notes:
    new = one.metadata['timbre'] == 'brass'
    assert one.metadata['new_timbre'] == new
  others = read(sounds='notes', renditions=1, held_out='organ')
  assert 'organ' not in timbres_of(others, 'train')
  assert 'brass' in timbres_of(others, 'train')


def test_held_out_notes_of_known_timbres(notes):
  """No note of a timbre is in two splits, and each pitch is in training."""
  homes = {}
  for one in notes:
    key = one.metadata['timbre'], one.pitch
    homes.setdefault(key, set()).add(one.metadata['split'])
  assert all(len(splits) == 1 for splits in homes.values())
  tested = {}
  for (timbre, pitch), splits in homes.items():
    if splits == {'test'}:
      tested.setdefault(timbre, []).append(pitch)
  # Timbre i tests the pitches p with 7 p + 3 i divisible by 9.
  assert tested == {
    'organ': [63],
    'reed': [60, 69],
    'strings': [66],
    'plucked': [63],
    'flute': [60, 69],
    'brass': [*range(60, 72)],
  }
  trained = {one.pitch for one in notes if one.metadata['split'] == 'train'}
  assert trained == set(range(60, 72))


def test_test_notes_also_occur_with_noise(notes):
  noisy = [one for one in notes if 'noise' in one.metadata]
  assert {one.metadata['split'] for one in noisy} == {'test'}
  count = sum(one.metadata['split'] == 'test' for one in notes)
  assert Counter(one.metadata['noise'] for one in noisy) == {
    0: count // 3,
    10: count // 3,
  }


def test_notes_are_what_they_are_called_and_repeatable(notes):
  assert len({one.id for one in notes}) == len(notes)
  again = {one.id: one for one in read(sounds='notes', renditions=1)}
  for one in notes:
    assert one.samples.dtype == np.float32 and np.abs(one.samples).max() <= 1
    assert len(one.samples) == 2_000
    if one.id in again:
      np.testing.assert_array_equal(one.samples, again[one.id].samples)
  plain = [one for one in notes if 'noise' not in one.metadata]
  rows = np.stack([one.samples[500:1012] for one in plain]).astype(float)
  found = audio.pitch_of(rows, 4_000, 55, 76)
  assert np.mean(found == [one.pitch for one in plain]) > 0.97


def test_noise_to_train_with_changes_nothing_else(notes):
  noisy = read(sounds='notes', renditions=1, training_noise=(5.0, 10.0))
  before = {one.id: one.samples for one in notes}
  for one in noisy:
    changed = np.abs(one.samples - before[one.id]).max() > 0.05
    assert changed == (one.metadata['split'] == 'train'), one.id


def test_chords_have_no_pitch_and_the_same_splits():
  pieces = read(sounds='chords', renditions=1)
  assert {one.pitch for one in pieces} == {-1}
  assert timbres_of(pieces, 'train') == timbres_of(pieces, 'validation')
  assert 'brass' not in timbres_of(pieces, 'train')
  assert len(pieces) == 6 * 12


def test_a_folder_with_good_and_bad_files(tmp_path):
  sine = 0.5 * np.sin(np.arange(9_000) / 9)
  one = Sound('a', sine.astype(np.float32), 8_000)
  sound.write(one, tmp_path / 'flute_A4.wav')
  sound.write(one, tmp_path / 'deep' / 'b.WAV')
  (tmp_path / 'bad.wav').write_bytes(b'RIFF')
  (tmp_path / 'notes.txt').write_text('no sound')
  with wave.open(str(tmp_path / 'none.wav'), 'wb') as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(8_000)
  dataset = DATASETS['audio_folder'](path=str(tmp_path))
  pieces, dropped = dataset.read()
  assert [(piece.id, piece.pitch) for piece in pieces] == [
    ('deep/b.WAV', -1),
    ('flute_A4.wav', 69),
  ]
  assert {piece.rate for piece in pieces} == {16_000}
  assert {len(piece.samples) for piece in pieces} == {18_000}
  assert [name for name, _ in dropped] == ['bad.wav', 'none.wav']
  assert dict(dropped)['none.wav'] == 'is empty'
  sound.write(one, tmp_path / 'c.wav')
  other = DATASETS['audio_folder'](path=str(tmp_path))
  assert other.fingerprint != dataset.fingerprint


@pytest.mark.parametrize(
  'options, words',
  [
    ({'path': '/nowhere'}, 'there is no folder'),
    ({'rate': 100}, 'dataset/rate'),
    ({'lowest': 70, 'highest': 75}, 'dataset/lowest'),
    ({'highest': 120}, 'dataset/highest'),
    ({'renditions': 0}, 'dataset/renditions'),
    ({'training_noise': (0, -1)}, 'dataset/training_noise'),
  ],
)
def test_what_is_refused(options, words):
  with pytest.raises(UserError, match=words):
    DATASETS['audio_folder'](**options)


def test_a_folder_without_sound(tmp_path):
  with pytest.raises(UserError, match='there is no sound file in'):
    DATASETS['audio_folder'](path=str(tmp_path))
