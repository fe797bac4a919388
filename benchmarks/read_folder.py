"""How fast a folder of MIDI files is read: `python benchmarks/read_folder.py`.

Writes 400 files of 1,000 notes in four parts, reads them without a cache, and
prints one line. The floor is 1,000 files a minute on two cores.
"""

import json
import os
from pathlib import Path
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from zoo.music import smf
from zoo.music.piece import Piece, notes
from zoo.music.reading import read_folder

FILES, NOTES = 400, 1_000


def main() -> None:
  rng = np.random.default_rng(0)
  with tempfile.TemporaryDirectory() as folder:
    for number in range(FILES):
      start = np.sort(rng.integers(0, 4_000, NOTES)) / 4
      piece = Piece(
        str(number),
        notes(
          start,
          start + rng.integers(1, 9, NOTES) / 4,
          rng.integers(21, 109, NOTES),
          part=np.arange(NOTES) % 4,
        ),
      )
      (Path(folder) / f'{number:04}.mid').write_bytes(smf.dump(piece))
    begun = time.perf_counter()
    pieces, dropped = read_folder(folder)
    taken = time.perf_counter() - begun
  line = {
    'files': len(pieces),
    'dropped': len(dropped),
    'notes': NOTES,
    'cores': os.cpu_count(),
    'seconds': round(taken, 2),
    'files_per_minute': round(60 * FILES / taken),
  }
  print(json.dumps(line))


if __name__ == '__main__':
  main()
