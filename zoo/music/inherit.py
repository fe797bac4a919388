"""What a generated piece inherits from the user's piece.

Encoders keep only notes; a decoded piece has the encoder's tempo and metre,
piano as its program, and no key or title.
"""

import numpy as np

from zoo.music.piece import Metre, Piece, Tempo

_FUZZ = 1e-6  # Quarters.
_KEPT = ('title', 'key', 'key_signatures')


def inherit(
  made: Piece, source: Piece, begin: float = 0.0, end: float = np.inf
) -> Piece:
  """`made` with the tempos, metres, keys, programs and title of `source`.

  If `begin` is not a bar line, notes move later, so that bars keep their
  positions and a pick-up stays a pick-up.

  A part of `made` gets the most common program of the part of `source` with the
  same index, not counting drums, or of its last part; drums and parts with a
  program other than 0 keep theirs. `made` keeps its key signature if `source`
  has none.

  Args:
    made: its time 0 is the time `begin` of `source`.
    source: the user's piece.
    begin, end: quarters, the part of `source` that `made` was generated from;
      later changes are ignored.
  """
  if not isinstance(made, Piece):
    return made  # A sound has none of these.
  line = _bar_line(source.metres, begin)
  shift = begin - line
  later = made
  if shift > _FUZZ:
    later = _later(made, shift)
  metadata = dict(later.metadata)
  given = {k: v for k, v in source.metadata.items() if k in _KEPT and v}
  if {'key', 'key_signatures'} & set(given):
    metadata.pop('key', None)
    metadata.pop('key_signatures', None)
  if 'key_signatures' in given:
    given['key_signatures'] = [
      list(row) for row in _within(given['key_signatures'], line, end)
    ]
  return later._replace(
    notes=later.notes._replace(program=_programs(later, source)),
    metres=tuple(Metre(*row) for row in _within(source.metres, line, end)),
    tempos=tuple(Tempo(*row) for row in _within(source.tempos, line, end)),
    metadata=metadata | given,
  )


def between(made: Piece, first: Piece, second: Piece, share: float) -> Piece:
  """`made`, a step of an interpolation between two pieces.

  It gets the first metre, keys and programs of the nearer piece, a tempo
  interpolated between the first tempos of both, and both titles.

  Args:
    made: one step of an interpolation, or all of them concatenated.
    first, second: the pieces at its ends.
    share: 0 at the first, 1 at the second; 0.5 counts as nearer to the first.
  """
  if not isinstance(made, Piece):
    return made
  found = inherit(made, second if share > 0.5 else first, end=_FUZZ)
  rates = [one.tempos[0].quarters_per_minute for one in (first, second)]
  rate = rates[0] ** (1 - share) * rates[1] ** share
  titles = [str(one.metadata.get('title', '')) for one in (first, second)]
  metadata = dict(found.metadata)
  metadata.pop('title', None)
  if any(titles):
    metadata['title'] = ' - '.join(dict.fromkeys(filter(None, titles)))
  return found._replace(tempos=(Tempo(0.0, round(rate, 3)),), metadata=metadata)


def _bar_line(metres, quarter):
  """The last bar line at or before a time."""
  metre = max(
    (one for one in metres if one.start <= quarter + _FUZZ),
    key=lambda one: one.start,
    default=metres[0],
  )
  bars = np.floor((quarter - metre.start) / metre.bar + _FUZZ)
  return float(metre.start + bars * metre.bar)


def _within(changes, line, end):
  """Changes [start, ...] between two times, with starts relative to `line`."""
  before = [row for row in changes if row[0] <= line + _FUZZ]
  first = max(before or changes[:1], key=lambda row: row[0])
  inside = [row for row in changes if line + _FUZZ < row[0] < end - _FUZZ]
  return [
    (0.0, *first[1:]),
    *((row[0] - line, *row[1:]) for row in inside),
  ]


def _later(piece, shift):
  """The piece, and the times in its metadata, moved later by `shift`."""
  metadata = dict(piece.metadata)
  if 'fermatas' in metadata:
    metadata['fermatas'] = [
      [start + shift, stop + shift] for start, stop in metadata['fermatas']
    ]
  if 'key_signatures' in metadata:
    head, *rest = metadata['key_signatures']
    rest = [[start + shift, sharps] for start, sharps in rest]
    metadata['key_signatures'] = [head, *rest]
  notes = piece.notes
  return piece._replace(
    notes=notes._replace(start=notes.start + shift, end=notes.end + shift),
    metadata=metadata,
    chords=tuple(
      chord._replace(start=chord.start + shift) for chord in piece.chords
    ),
  )


def _programs(made, source):
  """[N] int16, the programs of the notes of `made`."""
  programs = made.notes.program.copy()
  theirs = [
    int(np.bincount(source.notes.program[rows]).argmax())
    for rows in _parts(source)
  ]
  for place, rows in enumerate(_parts(made)):
    if theirs and not programs[rows].any():
      programs[rows] = theirs[min(place, len(theirs) - 1)]
  return programs


def _parts(piece):
  """Yields the rows of each part, except drums."""
  table = piece.notes
  for part in np.unique(table.part[~table.drum]):
    yield np.flatnonzero((table.part == part) & ~table.drum)
