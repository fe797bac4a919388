"""Time and memory to read and encode a folder of very many MIDI files.

  python benchmarks/scale_folder.py --files=100000

Writes files of about 108 notes: bars of the folk tunes and chorales that come
with music21, shuffled and transposed, so that many are similar and no two are
equal. Then three phases, each in a separate process, starting with an empty
cache:

  read      the folder is parsed, shard by shard
  encode    the parsed pieces are split, encoded and cached
  again     the encoded corpus is found in the cache

Prints a line of JSON for each: wall-clock seconds, processor seconds of the
parent and of its workers, the peak memory of both, the size of the cache. With
--kills=N the first two are killed (SIGKILL) N times at random moments and
restarted; the corpus must be that of an uninterrupted run (--expect), and
`parsed` counts the files that were parsed in all starts. The requirement is
15,000 files a minute on two cores and a parent below 1.5 GB.
"""

import json
import os
from pathlib import Path
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

from absl import app, flags
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from datasets import DATASETS
from zoo.data import corpus
from zoo.data.cache import default_cache
from zoo.encoders import ENCODERS
from zoo.music import smf
from zoo.music.piece import Notes, Piece, notes

FILES = flags.DEFINE_integer('files', 2_000, 'How many.', lower_bound=1)
KILLS = flags.DEFINE_integer('kills', 0, 'How often both are killed.')
ENCODER = flags.DEFINE_string('encoder', 'melody', 'One of ENCODERS.')
FOLDER = flags.DEFINE_string('folder', '', 'Made already; empty: a new one.')
EXPECT = flags.DEFINE_string('expect', '', 'Fingerprint of the corpus.')
SEED = flags.DEFINE_integer('seed', 0, 'Of the copies and the kills.')
PHASE = flags.DEFINE_string('phase', '', 'Used inside: make, read, encode.')

NOTES = 108
PER_FOLDER = 1_000  # files of one directory
STEPS = range(8)  # semitones up


def main(argv: list[str]) -> None:
  del argv
  if PHASE.value:
    PHASES[PHASE.value](Path(FOLDER.value))
    return
  with tempfile.TemporaryDirectory(prefix='scale-') as scratch:
    folder = Path(FOLDER.value or f'{scratch}/music')
    if not folder.exists():
      started('make', folder, f'{scratch}/other').wait()
    for phase in ('read', 'encode'):
      interrupt(phase, folder, f'{scratch}/cache')
    for phase in ('read', 'encode', 'again'):
      if started(phase, folder, f'{scratch}/cache').wait():
        sys.exit(f'{phase} failed')


def started(phase: str, folder: Path, cache: str) -> subprocess.Popen:
  """One phase in a process of its own, with its own cache."""
  return subprocess.Popen(
    [
      *(sys.executable, __file__, f'--phase={phase}', f'--folder={folder}'),
      *(f'--files={FILES.value}', f'--encoder={ENCODER.value}'),
      *(f'--seed={SEED.value}', f'--expect={EXPECT.value}'),
    ],
    env={**os.environ, 'XDG_CACHE_HOME': cache},
  )


def interrupt(phase: str, folder: Path, cache: str) -> None:
  """Kills a phase --kills times, each time after it wrote some shards."""
  chance = random.Random(SEED.value)
  shards = Path(cache) / 'music-zoo'
  kind = {'read': 'pieces-*', 'encode': 'encoded-*'}[phase]
  for _ in range(KILLS.value):
    before = len(list(shards.glob(kind)))
    more = before + chance.randint(0, max(1, FILES.value // 4_000))
    process = started(phase, folder, cache)
    while process.poll() is None and len(list(shards.glob(kind))) <= more:
      time.sleep(0.01)
    time.sleep(0.2 * chance.random())
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len(list(shards.glob(kind)))
    print(json.dumps({'killed': phase, 'shards': [before, kept]}), flush=True)


def make(folder: Path) -> None:
  """Writes the files, in directories of a thousand."""
  sources = [pieces_of(name) for name in ('folk', 'folk', 'folk', 'chorales')]
  rng = np.random.default_rng(SEED.value)
  each = -(-FILES.value // len(STEPS))
  for number in range(each):
    source = sources[number % len(sources)]
    copies = transposed(varied(source[rng.integers(len(source))], rng))
    places = range(number, FILES.value, each)
    for place, data in zip(places, copies, strict=False):
      inner = folder / f'{place // PER_FOLDER:04}'
      inner.mkdir(parents=True, exist_ok=True)
      (inner / f'{place:06}.mid').write_bytes(data)


def transposed(piece: Piece) -> list[bytes]:
  """The piece as a file, in as many keys as there are STEPS.

  The bytes of a file that change with the key are those of pitches.
  """
  higher = piece._replace(
    notes=piece.notes._replace(pitch=piece.notes.pitch + 1)
  )
  first, second = (
    np.frombuffer(smf.dump(one), np.uint8) for one in (piece, higher)
  )
  moving = first != second
  return [(first + moving * np.uint8(step)).tobytes() for step in STEPS]


def pieces_of(name: str) -> list[Piece]:
  """Pieces of a bundled corpus that have notes enough in one metre."""
  pieces, _ = DATASETS[name]().read()
  return [
    piece
    for piece in pieces
    if len(piece.notes.start) > NOTES and len(piece.metres) == 1
  ]


def varied(piece: Piece, rng: np.random.Generator) -> Piece:
  """The piece with its bars shuffled, cut after NOTES notes."""
  table, bar = piece.notes, piece.metres[0].bar
  place = np.floor(table.start / bar).astype(int)
  moved = rng.permutation(place.max() + 1)[place] * bar - place * bar
  start, end = table.start + moved, table.end + moved
  first = np.argsort(start, kind='stable')[:NOTES]
  others = dict(zip(Notes._fields, table, strict=True))
  others |= {'start': start, 'end': end}
  chosen = {name: column[first] for name, column in others.items()}
  return Piece('', notes(**chosen), piece.metres, piece.tempos)


def dataset(folder):
  return DATASETS['midi_folder'](path=str(folder))


def read(folder: Path) -> None:
  """Parses the folder."""
  begun = time.perf_counter()
  pieces, dropped = dataset(folder).read()
  seconds = time.perf_counter() - begun
  say(
    'read',
    seconds,
    files=len(pieces) + len(dropped),
    dropped=len(dropped),
    files_per_minute=round(60 * len(pieces) / seconds),
  )


def encode(folder: Path, phase: str = 'encode') -> None:
  """Splits and encodes it, or finds it encoded."""
  begun = time.perf_counter()
  found, _ = corpus.prepare(
    dataset(folder),
    ENCODERS[ENCODER.value](),
    cache=default_cache(),
    report=lambda line: None,
  )
  if EXPECT.value and found.fingerprint != EXPECT.value:
    sys.exit(f'The corpus is {found.fingerprint}, not {EXPECT.value}.')
  say(
    phase,
    time.perf_counter() - begun,
    examples={k: len(v['piece']) for k, v in found.splits.items()},
    array_mb=megabytes(
      sum(a.nbytes for v in found.splits.values() for a in v.values())
    ),
    fingerprint=found.fingerprint,
  )


def again(folder: Path) -> None:
  """Finds the encoded corpus."""
  encode(folder, 'again')


def say(phase, seconds, **more):
  """One line: times, memory, and the cache by kind of file."""
  own, workers = map(
    resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
  )
  cache: dict[str, int] = {}
  for path in default_cache().glob('*.npz'):
    kind = path.name.split('-')[0]
    cache[kind] = cache.get(kind, 0) + path.stat().st_size
  line = {
    'phase': phase,
    'cores': len(os.sched_getaffinity(0)),
    'seconds': round(seconds, 1),
    'cpu_parent': round(own.ru_utime + own.ru_stime, 1),
    'cpu_workers': round(workers.ru_utime + workers.ru_stime, 1),
    'peak_parent_mb': megabytes(own.ru_maxrss * 1024),
    'peak_worker_mb': megabytes(workers.ru_maxrss * 1024),
    'cache_mb': {kind: megabytes(size) for kind, size in cache.items()},
    **more,
  }
  print(json.dumps(line), flush=True)


def megabytes(size):
  return round(size / 1e6, 1)


PHASES = {'make': make, 'read': read, 'encode': encode, 'again': again}


if __name__ == '__main__':
  app.run(main)
