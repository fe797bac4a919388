"""Folk tunes: the ABC collections that come with music21, read in place.

O'Neill's Music of Ireland (1850 tunes and more), Ryan's Mammoth Collection
(1050 reels and jigs, 1883) and Aird's Airs (1778 to 1801): 4,248 tunes. The
Essen collection adds 8,514 songs on request.

Licence: music21 is BSD, its corpus is not. The tunes are old and traditional;
the transcriptions are distributed with the permission of their authors, and
some may not be used commercially. The legal status of the Essen collection is
unclear, and music21 has it for non-commercial use. Nothing is copied out of the
installed package.
"""

from fractions import Fraction
import importlib.metadata
import importlib.util
from pathlib import Path
import re
from typing import Literal

import numpy as np

from zoo.contracts import Dataset, UserError
from zoo.music import bars, tunes
from zoo.music.abc_fields import read_tempo, read_unit
from zoo.music.parsed import parsed_once
from zoo.music.piece import Metre, Piece
from zoo.music.reading import Dropped, read_files

Collection = Literal[
  'oneills1850', 'ryansMammoth', 'airdsAirs', 'essenFolksong'
]

_LICENCE = (
  "Folk tunes from music21's corpus, read where it is installed: old "
  'traditional tunes; some of the transcriptions may not be used commercially '
  '(see license.txt in music21/corpus).'
)
_ESSEN = (
  ' The Essen collection is included for non-commercial use only; '
  'its legal status is unclear.'
)


def folk(
  *,
  collections: tuple[Collection, ...] = (
    'oneills1850',
    'ryansMammoth',
    'airdsAirs',
  ),
  double_two_four: bool = True,
  major_in_c: bool = False,
  as_written: bool = False,
) -> Dataset:
  """Tunes of the collections; ids are `collection/file.abc#number`.

  Args:
    collections: which ones; essenFolksong is for non-commercial use only.
    double_two_four: doubles the note values of tunes in 2/4, which become 4/4,
      so that a reel written in sixteenths is like a reel in cut time.
    major_in_c: keeps only tunes in a major key, transposed down to C, by at
      most 11 semitones; they lose chord symbols and written bars.
    as_written: tunes keep the bars and the note values of the source, misprints
      included; `double_two_four` then has no effect.

  Raises:
    UserError: no collection, or music21 is not installed.
  """
  if not collections:
    raise UserError('dataset/collections is empty: name one, or leave it out.')
  if as_written and major_in_c:
    raise UserError(
      'dataset/as_written and dataset/major_in_c exclude each other: a '
      'transposed tune loses its written bars.'
    )
  files = _files(collections)
  key = {
    'dataset': 'folk',
    'reader': tunes.VERSION,
    'music21': importlib.metadata.version('music21'),
    'files': [(name, path.stat().st_size) for path, name in files],
    'double_two_four': double_two_four,
    **({'as_written': True} if as_written else {}),
  }
  if major_in_c:
    key['major_in_c'] = 1

  def read():
    if as_written:
      return read_files([(str(path), name) for path, name in files])
    pieces, dropped = _regular(
      *read_files([(str(path), name) for path, name in files])
    )
    if double_two_four:
      pieces = [_double(piece) for piece in pieces]
    if major_in_c:
      dropped += [
        (piece.id, 'is not in a major key')
        for piece in pieces
        if _major(piece) is None
      ]
      pieces = [_in_c(one) for one in pieces if _major(one) is not None]
    return pieces, dropped

  return parsed_once(
    key,
    _LICENCE + _ESSEN * ('essenFolksong' in collections),
    read,
  )


def _files(collections: tuple[Collection, ...]) -> list[tuple[Path, str]]:
  """Files of the collections, and their names in ids.

  Raises:
    UserError: music21 is not installed, or its corpus is not.
  """
  corpus = _corpus()
  files = [
    (path, f'{collection}/{path.name}')
    for collection in dict.fromkeys(collections)
    for path in sorted((corpus / collection).glob('*.abc'))
  ]
  if not files:
    raise UserError(
      f'There are no tunes in {corpus}: this music21 was installed without '
      'its corpus.'
    )
  return files


def _corpus() -> Path:
  """music21's corpus, found without importing music21 (half a second)."""
  found = importlib.util.find_spec('music21')
  if found is None or not found.submodule_search_locations:
    raise UserError(
      "The dataset 'folk' comes with music21, which is not installed: "
      "pip install '.[music]'."
    )
  return Path(found.submodule_search_locations[0]) / 'corpus'


def _regular(
  found: list[Piece], dropped: Dropped
) -> tuple[list[Piece], Dropped]:
  """The tunes with their bars on the bar lines, as `bars.regular` moves them.

  Of a tune with misprinted bars the longest stretch without them is kept, and
  one that consists of them is dropped; both are listed.
  """
  pieces: list[Piece] = []
  for piece in found:
    try:
      pieces.append(bars.regular(piece))
    except bars.Irregular as error:
      dropped.append((piece.id, str(error)))
      continue
    if pieces[-1].metadata.get('bars_left_out'):
      dropped.append((piece.id, f'{bars.Irregular(0)}; the others were read'))
  return pieces, dropped


def _double(piece: Piece) -> Piece:
  """A piece in 2/4 with doubled note values, as 4/4; others as they are."""
  if piece.metres != (Metre(0.0, 2, 4),):
    return piece
  table = piece.notes
  header = dict(piece.metadata.get('header', {}))
  for name in 'MLQ':
    if header.get(name):
      header[name] = _doubled_field(name, header[name], header['L'])
  return piece._replace(
    notes=table._replace(start=2 * table.start, end=2 * table.end),
    metres=(Metre(0.0, 4, 4),),
    tempos=tuple(
      tempo._replace(
        start=2 * tempo.start,
        quarters_per_minute=2 * tempo.quarters_per_minute,
      )
      for tempo in piece.tempos
    ),
    metadata={
      **piece.metadata,
      'header': header,
      'metre': [4, 4],
      'doubled': True,
    },
    chords=tuple(one._replace(start=2 * one.start) for one in piece.chords),
    bars=tuple(
      bar._replace(
        start=2 * bar.start,
        length=2 * bar.length,
        tokens=tuple(
          f'[{token[1]}:{_doubled_field(token[1], token[3:-1], header["L"])}]'
          if token[:3] in ('[M:', '[L:', '[Q:')
          else token
          for token in bar.tokens
        ),
      )
      for bar in piece.bars
    ),
  )


def _major(piece: Piece) -> int | None:
  """The pitch class of the tonic, or None if the key is not major."""
  match = re.fullmatch('([A-G])([#b]?)', str(piece.metadata.get('key', '')))
  if not match:
    return None
  steps = dict(zip('CDEFGAB', (0, 2, 4, 5, 7, 9, 11), strict=True))
  return (steps[match[1]] + {'': 0, '#': 1, 'b': -1}[match[2]]) % 12


def _in_c(piece: Piece) -> Piece:
  """A piece in a major key, transposed down to C."""
  table = piece.notes
  pitch = (table.pitch - (_major(piece) or 0)).astype(table.pitch.dtype)
  spelling = np.zeros_like(table.spelling)
  return piece._replace(
    notes=table._replace(pitch=pitch, spelling=spelling),
    metadata={
      **piece.metadata,
      'key': 'C',
      'header': {**piece.metadata.get('header', {}), 'K': 'C'},
    },
    chords=(),
    bars=(),
  )


def _doubled_field(name: str, value: str, unit: str) -> str:
  """The M:, L: or Q: field once note values are doubled."""
  if name == 'M':
    return '4/4'
  if name == 'L':
    return str(Fraction(value) * 2)
  rate = read_tempo(value, read_unit(unit))
  return f'1/4={2 * rate:g}' if rate else value
