"""Melody windows against note-seq's melody extraction, in one run.

  python benchmarks/encode_melody.py

All produce windows of two bars as int8 classes. note-seq quantizes each
NoteSequence, extracts one Melody and encodes its events, which numpy then cuts
into windows: the fastest way, since note-seq would copy events one by one. The
zoo starts from the same NoteSequences or from note arrays, and also checks the
windows and repeats notes that are held into a window. Contenders take turns.
Times are processor seconds, since all run on one core. No ratio is printed if
the quartiles of either side are further apart than 15 %.
"""

from collections.abc import Callable
import gc
import json
import os
import platform
import time

from absl import app, flags
from alternate import WIDEST, spread
import numpy as np

from zoo.contracts import Encoded
from zoo.encoders.melody import Melody
from zoo.music.piece import Piece, notes
from zoo.music.sequences import from_sequence, import_note_seq, to_sequence

TUNES = flags.DEFINE_integer('tunes', 400, 'Pieces.', lower_bound=1)
BARS = flags.DEFINE_integer('bars', 32, 'In each of them.', lower_bound=2)
ROUNDS = flags.DEFINE_integer('rounds', 9, 'Alternating.', lower_bound=7)

FLOORS = {'from_note_sequences': 4.0, 'from_note_arrays': 20.0}


def tunes(count: int, bars: int) -> list[Piece]:
  """Melodies of eighths and sixteenths, some held, with a rest here and there.

  About six notes a bar; every bar has one, so that note-seq, which ends a
  melody at a silent bar, reads all of it.
  """
  random = np.random.default_rng(0)
  found = []
  for index in range(count):
    step = np.flatnonzero(random.random(16 * bars) < 0.33)
    step = np.union1d(step, np.arange(0, 16 * bars, 16))
    last = np.append(step[1:], 16 * bars)
    shorter = (last - step > 1) & (random.random(len(step)) < 0.1)
    pitch = 67 + np.cumsum(random.integers(-4, 5, len(step))) % 19
    piece = Piece(str(index), notes(step / 4, (last - shorter) / 4, pitch))
    found.append(piece)
  return found


def rival(note_seq) -> Callable[[list], list[np.ndarray]]:
  """note-seq's own way to the classes of MusicVAE, [windows, 32] a piece."""
  encode = note_seq.MelodyOneHotEncoding(21, 109).encode_event

  def extract(sequences):
    found = []
    for sequence in sequences:
      quantized = note_seq.quantize_note_sequence(sequence, steps_per_quarter=4)
      melody = note_seq.Melody()
      melody.from_quantized_sequence(quantized, pad_end=True)
      classes = np.array([encode(event) for event in melody], np.int8)
      windows = np.lib.stride_tricks.sliding_window_view(classes, 32)[::16]
      found.append(windows.copy())
    return found

  return extract


def check(ours: list[Encoded], theirs: list[np.ndarray]) -> None:
  """Checks that the contenders agree except for notes held into a window."""
  for encoded, windows in zip(ours, theirs, strict=True):
    found = encoded.examples['tokens']
    assert np.array_equal(found[:, 1:], windows[:, 1:])
    assert np.array_equal(found[0], windows[0])
    begins = windows[:, 0] <= 1
    assert np.array_equal(found[~begins], windows[~begins])


def main(arguments: list[str]) -> None:
  del arguments
  note_seq = import_note_seq()
  encoder = Melody(min_notes=1, min_pitches=1)
  pieces = tunes(TUNES.value, BARS.value)
  sequences = [to_sequence(piece) for piece in pieces]
  count = sum(len(piece.notes.start) for piece in pieces)
  extract = rival(note_seq)
  contenders = {
    'note_seq': lambda: extract(sequences),
    'from_note_sequences': lambda: encoder.encode_all(
      [from_sequence(one, id='') for one in sequences]
    ),
    'from_note_arrays': lambda: encoder.encode_all(pieces),
  }
  for name in FLOORS:
    check(contenders[name](), contenders['note_seq']())
  # What the imports left is no contender's garbage to walk over.
  gc.collect()
  gc.freeze()
  seconds: dict[str, list[float]] = {name: [] for name in contenders}
  for _ in range(ROUNDS.value):
    for name, contender in contenders.items():
      # As often as gives each a time that a clock can tell.
      repeats = 40 if name == 'from_note_arrays' else 1
      start = time.process_time()
      for _ in range(repeats):
        contender()
      seconds[name].append((time.process_time() - start) / repeats)
  figures = {
    name: {
      'notes_per_second': round(count / np.median(times)),
      'spread': round(spread(times), 3),
    }
    for name, times in seconds.items()
  }
  for name, floor in FLOORS.items():
    if max(figures[one]['spread'] for one in (name, 'note_seq')) > WIDEST:
      print(f'{name}: no ratio, the machine was not quiet enough.')
      continue
    ratio = np.median(seconds['note_seq']) / np.median(seconds[name])
    figures[name]['ratio'] = round(float(ratio), 2)
    figures[name]['floor'] = floor
  print(
    json.dumps(
      {
        'date': time.strftime('%Y-%m-%d'),
        'machine': f'{platform.machine()}, {os.cpu_count()} cores',
        'python': platform.python_version(),
        'numpy': np.__version__,
        'notes': count,
        'rounds': ROUNDS.value,
        **figures,
      },
      indent=2,
    )
  )


if __name__ == '__main__':
  app.run(main)
