"""A run directory made by hand: a melody, a chorale, a beat, two pictures."""

import json
import struct
import zlib

import numpy as np

from zoo.music import smf
from zoo.music.piece import ChordSymbol, Piece, notes

EVIL = '</script><script>alert(1)</script>'


def melody():
  onset = np.arange(16) / 2
  pitch = 60 + np.array([0, 4, 7, 12] * 4)
  return Piece('melody', notes(onset, onset + 0.5, pitch))


def chorale():
  """Four parts, a chord a quarter; chord symbols."""
  onset = np.repeat(np.arange(8.0), 4)
  pitch = np.tile([72, 67, 64, 48], 8) + np.repeat([0, 5, 7, 0] * 2, 4)
  return Piece(
    'chorale',
    notes(onset, onset + 1, pitch, part=np.tile(np.arange(4), 8), program=19),
    chords=(ChordSymbol(0.0, 'C'), ChordSymbol(4.0, 'C')),
  )


def beat():
  """Two bars of kick, snare and hi-hats, with a crash."""
  rows = [(0, 49), *((n / 2, 46 if n % 4 == 3 else 42) for n in range(16))]
  rows += [(n, 38 if n % 2 else 36) for n in range(8)]
  start, pitch = np.array(rows).T
  return Piece('beat', notes(start, start + 0.25, pitch, drum=True))


def png(width=8, height=8):
  """A grey picture."""

  def chunk(name, data):
    body = name + data
    return (
      struct.pack('>I', len(data)) + body + struct.pack('>I', zlib.crc32(body))
    )

  rows = b''.join(b'\0' + bytes(range(width)) for _ in range(height))
  head = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
  return (
    b'\x89PNG\r\n\x1a\n'
    + chunk(b'IHDR', head)
    + chunk(b'IDAT', zlib.compress(rows))
    + chunk(b'IEND', b'')
  )


def report():
  return {
    'experiment': EVIL,
    'step': 4000,
    'seed': 7,
    'parameters': 1_234_567,
    'checkpoint': 'ab' * 32,
    'times': {'train_seconds': 61.2},
    'data': {
      'examples': {'test': 3, 'train': 20, 'validation': 4},
      'dropped': {
        'pieces': {f'is {EVIL}': {'count': 5, 'ids': [EVIL, 'b', 'c', 'd']}},
        'windows': {'off grid': {'train': 9, 'test': 1, 'validation': 0}},
      },
    },
    'evaluate': {
      'likelihood': {
        'nats': {'model': 1.5, 'bigram': 3.0},
        EVIL: {EVIL: EVIL},
        'examples': 12,
      },
    },
  }


def make(folder):
  """Fills a folder as a trained run fills it; returns it."""
  samples = folder / 'samples'
  samples.mkdir(parents=True)
  for stem, piece in {
    'sample-000': melody(),
    'sample-001': chorale(),
    'sample-002': beat(),
    'interpolate-path': melody(),
  }.items():
    (samples / f'{stem}.mid').write_bytes(smf.dump(piece, 'a text'))
    for suffix in ('.musicxml', '.wav', '.png'):
      (samples / f'{stem}{suffix}').write_bytes(b'')
  (samples / 'sample-overview.png').write_bytes(png())
  (samples / 'sample-003.mid').write_bytes(b'MThd no music')
  (samples / 'sample-004.png').write_bytes(png())
  (folder / 'report.json').write_text(json.dumps(report()))
  (folder / 'config.json').write_text(json.dumps({'seed': 7, 'x': EVIL}))
  (folder / 'diversity.png').write_bytes(png())
  (folder / 'curves.png').write_bytes(png())
  (folder / 'metrics.jsonl').write_text(
    ''.join(
      json.dumps(
        {'step': n, 'loss': 1 / n, 'accuracy': 1 - 1 / n}
        | ({'validation_loss': 1.1 / n} if n % 10 == 0 else {})
      )
      + '\n'
      for n in range(1, 101)
    )
    + '{"step": 101, "lo'
  )
  return folder
