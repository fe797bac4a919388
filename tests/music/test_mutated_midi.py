"""Damaged MIDI files on the way to notes: encoded, or refused with a reason.

MUTATED_MIDI=2000 python -m pytest tests/test_mutated_midi.py goes through as
many files.
"""

import os

import numpy as np

from datasets import DATASETS
from zoo.data import corpus
from zoo.encoders.notes import Notes
from zoo.music import smf
from zoo.music.piece import Metre, Piece, Tempo, notes

_HEADER = 22  # Bytes before the events of the first track.
COUNT = int(os.environ.get('MUTATED_MIDI', '100'))


def whole(seed):
  """Three parts, changes of tempo and metre, triplets among the notes."""
  random = np.random.default_rng(seed)
  length = random.choice([1 / 3, 0.25, 0.5, 1, 2], 40)
  start = np.round(np.cumsum(random.choice([0, 0.5, 1 / 3], 40)), 6)
  return Piece(
    f'{seed}',
    notes(
      start,
      start + length,
      random.integers(40, 80, 40),
      part=random.integers(0, 3, 40),
    ),
    (Metre(0.0, 4, 4), Metre(4.0, 3, 4)),
    (Tempo(0.0, 100.0), Tempo(4.0, 80.0)),
  )


def mutated(data, random):
  """A few bytes changed, taken out, put in, said twice, or cut off."""
  data = bytearray(data)
  if random.random() < 0.7:
    # Few bytes, and no status among them: notes move, the file stays whole.
    for _ in range(random.integers(1, 4)):
      place = int(random.integers(_HEADER, len(data)))
      if data[place] < 128:
        data[place] = int(random.integers(128))
    return bytes(data)
  for _ in range(random.integers(1, 6)):
    place = int(random.integers(len(data)))
    end = place + int(random.integers(1, 9))
    match random.integers(5):
      case 0:
        data[place] = int(random.integers(256))
      case 1:
        del data[place:end]
      case 2:
        data[place:place] = random.bytes(end - place)
      case 3:
        data[place:place] = data[place:end]
      case 4:
        data = data[: max(end, 20)]
  return bytes(data)


def test_each_file_is_encoded_or_refused_and_none_ends_the_build(tmp_path):
  random = np.random.default_rng(0)
  sources = [smf.dump(whole(seed), '') for seed in range(8)]
  names = {f'{index:04d}.mid' for index in range(COUNT)}
  for index, name in enumerate(sorted(names)):
    (tmp_path / name).write_bytes(mutated(sources[index % 8], random))
  found, _ = corpus.build(
    DATASETS['midi_folder'](path=str(tmp_path)), Notes(), (0.8, 0.1, 0.1)
  )
  used = {name for split in found.pieces.values() for name in split}
  refused = found.dropped['pieces']
  assert used and used <= names
  assert len(used) + sum(told['count'] for told in refused.values()) == COUNT
  assert all(reason for reason in refused)
  for told in refused.values():
    assert set(told['ids']) <= names - used
  for arrays in found.splits.values():
    pieces = Notes.from_spec(found.spec).decode(
      {'notes': arrays['notes'][None, :]}
    )
    assert (pieces[0].notes.end > pieces[0].notes.start).all()
