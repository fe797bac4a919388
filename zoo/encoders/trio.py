"""Trios: melody, bass and drums as three streams of one example.

The representation of MusicVAE's trios (Roberts et al., ICML 2018, arXiv
1803.05428): melody and bass as in the encoder `melody`, 90 classes per step,
drums as in `drums`, 512 classes per step.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.encoders.drums import drum_grid
from zoo.encoders.lines import LONGEST, parse_metre, whole_steps
from zoo.encoders.melody import Melody
from zoo.encoders.melody_windows import (
  CLASSES,
  FIRST_PITCH,
  HIGHEST,
  HOLD,
  LOWEST,
  OFF,
  Limits,
  longest_run,
)
from zoo.encoders.sections import Section, sections
from zoo.encoders.trio_tracks import (
  Laid,
  Track,
  best_of,
  lack_of,
  lay_out,
  together,
  tracks_of,
  with_program,
)
from zoo.music.drums import (
  COMBINATIONS,
  NINE_DRUMS,
  Kit,
  combination_table,
  drum_map,
  drum_notes,
)
from zoo.music.piece import Notes, Piece, Tempo

STREAMS = ('melody', 'bass', 'drums')


class Trio:
  """Windows of whole bars in which melody, bass and drums all play.

  Parts are classified by their General MIDI program: 0 to 31 (pianos to
  guitars) is a melody, 32 to 39 a bass; drum notes are one kit, in whatever
  part they are. Other programs are ignored and counted. Of notes that begin on
  one step the highest is kept, and a note ends where the next begins; dropped
  notes are counted as well.

  If several parts qualify in a window, each of the `melodies` parts with the
  most notes there makes an example, with the bass that has the most notes and
  all the drums.

  Fields: `melody`, `bass` [T] int8 with 90 classes (hold, note-off, MIDI pitch
  21..108); `drums` [T] int16 with 512 classes.
  """

  main = 'melody'
  distinct = True  # Duplicate windows are removed even in official splits.
  version = 1  # In the cache's key: increment when fields change.

  def __init__(
    self,
    *,
    bars: int = 16,
    steps_per_quarter: int = 4,
    metre: str = '4/4',
    stride: int = 1,
    melodies: int = 3,
    min_notes: int = 8,
    gap_bars: int = 0,
    kit: Kit = 'general_midi',
    pitches: tuple[str, ...] = (),
    tolerance: float = 0.5,
  ):
    """Builds the encoder.

    Args:
      bars: length of a window.
      steps_per_quarter: 4 is a grid of sixteenths.
      metre: sections of a piece in other metres are dropped.
      stride: bars from one window to the next.
      melodies: maximum number of melodies of a window that become examples.
      min_notes: parts with fewer notes in a window do not qualify there, and
        neither do drums with fewer hits.
      gap_bars: parts and drums with this many consecutive silent bars do not
        qualify either; 0 for no limit.
      kit: the mapping of MIDI pitches to drums.
      pitches: changes of this mapping, such as '60=low_tom'; see `drums`.
      tolerance: maximum distance of an onset from the grid, in steps; 0.5
        accepts all.

    Raises:
      UserError: a number out of range, a bar or beat that is not a whole
        number of steps, or a table that cannot be read.
    """
    for name, value, least in (
      ('bars', bars, 1),
      ('steps_per_quarter', steps_per_quarter, 1),
      ('stride', stride, 1),
      ('melodies', melodies, 1),
      ('min_notes', min_notes, 1),
      ('gap_bars', gap_bars, 0),
    ):
      if value < least:
        raise UserError(f'encoder/{name} must be at least {least}.')
    if not 0 <= tolerance <= 0.5:
      raise UserError('encoder/tolerance must be between 0 and 0.5 steps.')
    self.options: dict[str, Any] = {
      'bars': bars,
      'steps_per_quarter': steps_per_quarter,
      'metre': metre,
      'stride': stride,
      'melodies': melodies,
      'min_notes': min_notes,
      'gap_bars': gap_bars,
      'kit': kit,
      'pitches': list(pitches),
      'tolerance': tolerance,
    }
    self._map = drum_map(kit, pitches)
    self._metre = parse_metre(metre)
    self._steps_per_bar, self._steps_per_beat = whole_steps(
      self._metre, steps_per_quarter
    )
    self._steps = bars * self._steps_per_bar
    gap = gap_bars * self._steps_per_bar
    self._limits = Limits(min_notes, 0, tolerance, True, LOWEST, HIGHEST, gap)

  def fit(self, pieces: Sequence[Piece]) -> 'Trio':
    """Learns nothing: the classes are the same for all music."""
    del pieces
    return self

  @property
  def spec(self) -> Spec:
    """Fields as above.

    Table `pitches`: MIDI pitch of each class of melody and bass, or -1; table
    `drums` [512, 10] and vocabulary `drums` as in the encoder `drums`.
    """
    pitched = Field((self._steps,), 'int8', CLASSES, transposed='table')
    return Spec(
      encoder='trio',
      options=dict(self.options),
      fields={
        'melody': pitched,
        'bass': pitched,
        'drums': Field(
          (self._steps,), 'int16', COMBINATIONS, transposed='fixed'
        ),
      },
      sizes={
        'melody_classes': CLASSES,
        'bass_classes': CLASSES,
        'drum_classes': COMBINATIONS,
        'steps': self._steps,
        'steps_per_beat': self._steps_per_beat,
        'steps_per_bar': self._steps_per_bar,
        'bars': self.options['bars'],
      },
      quarters=1 / self.options['steps_per_quarter'],
      tables={
        'pitches': [-1, -1, *range(LOWEST, HIGHEST + 1)],
        'drums': combination_table().tolist(),
      },
      vocabulary={'drums': list(NINE_DRUMS)},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Trio':
    """The encoder that `spec` came from."""
    return cls(**spec.options)

  def encode(self, piece: Piece) -> Encoded:
    """Examples of one piece, window by window; see the class for the fields.

    Besides windows that lack a stream, `dropped` counts parts that are not in
    any example, notes below the highest and hits without a class.
    """
    tracks = tracks_of(piece)
    kinds: set[str] = {track.kind for track in tracks}
    if piece.notes.drum.any():
      kinds.add('drums')
    missing = [stream for stream in STREAMS if stream not in kinds]
    found = _Found([], Counter(), Counter())
    if piece.length > LONGEST:
      found.dropped['too long'] += 1
    elif missing:
      found.dropped[f'no {" and no ".join(missing)} part'] += 1
    else:
      self._encode(piece, tracks, found)
    if found.rows:
      found.dropped.update(found.inside)
    return Encoded(
      {
        name: np.array([row[place] for row in found.rows], field.dtype).reshape(
          -1, self._steps
        )
        for place, (name, field) in enumerate(self.spec.fields.items())
      },
      dict(found.dropped),
    )

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """Consecutive windows over a user's own piece; the last one is padded.

    The melody and the bass with the most notes are read; a missing stream is
    silent. Sections in other metres are skipped.

    Raises:
      UserError: none of the three streams, or nothing in the metre.
    """
    rows: dict[str, list] = {stream: [] for stream in STREAMS}
    tracks = tracks_of(piece)
    for section in self._read(piece):
      start = np.arange(section.bars // self.options['bars']) * self._steps
      silent = np.zeros((len(start), self._steps), np.int8)
      for stream in ('melody', 'bass'):
        found = [one for one in tracks if one.kind == stream]
        best = max(found, key=lambda one: len(one.notes.start), default=None)
        rows[stream].append(
          silent
          if best is None
          else self._lay_out(best, section, start, tolerance=0.5).tokens
        )
      grid = self._grid(piece, section)
      rows['drums'].append(grid.tokens.reshape(-1, self._steps))
    made = {
      stream: np.concatenate(rows[stream]) if rows[stream] else np.zeros(0)
      for stream in STREAMS
    }
    if not any(one.any() for one in made.values()):
      raise UserError(
        f'{piece.id} has no melody (programs 0 to 31), bass (32 to 39) or '
        f'drums in {self.options["metre"]}: give music that has one of them.'
      )
    return made

  def read_from(self, piece: Piece) -> list[tuple[float, float]]:
    """The stretches that `cover` reads; see zoo.encoders.coverage."""
    bar = self._metre.bar
    found = self._read(piece)
    return [(one.begin, one.begin + one.bars * bar) for one in found]

  def written(self, notes: Notes) -> np.ndarray:
    """[N] pitches after decoding; for drum notes that of the class, or -1."""
    number = self._map.classes[np.clip(notes.pitch, 0, 127)]
    hit = np.where(number >= 0, self._map.pitches[number], -1)
    return np.where(notes.drum, hit, notes.pitch)

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each example, at quarter = 120: the inverse of encode.

    Parts 0, 1 and 2 are melody (program 0), bass (33) and drums.

    Args:
      examples: {'melody', 'bass', 'drums'} -> [n, T] integer classes.
    """
    melodic = Melody(
      bars=self.options['bars'],
      steps_per_quarter=self.options['steps_per_quarter'],
      metre=self.options['metre'],
    )
    voices = {
      stream: melodic.decode({'tokens': examples[stream]})
      for stream in ('melody', 'bass')
    }
    quarters = 1 / self.options['steps_per_quarter']
    return [
      Piece(
        str(index),
        together(
          with_program(voices['melody'][index].notes, 'melody', 0),
          with_program(voices['bass'][index].notes, 'bass', 1),
          drum_notes(row, self._map.pitches, quarters, part=2),
        ),
        (self._metre,),
        (Tempo(0.0, 120.0),),
      )
      for index, row in enumerate(np.asarray(examples['drums']))
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All windows concatenated to one piece; the inverse of `cover`."""
    joined = {}
    for stream in STREAMS:
      tokens = np.array(examples[stream])
      if stream != 'drums':  # Notes end with their window.
        silent = tokens[:, 0] == HOLD
        tokens[silent, 0] = OFF
      joined[stream] = tokens.reshape(1, -1)
    return self.decode(joined)[0]

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> list[Path]:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  def canonical(self, examples: Mapping[str, Any]) -> np.ndarray:
    """[N, 3T] int16 rows, equal if trios are transpositions of each other.

    Pitches of melody and bass are relative to the first of the melody, or else
    of the bass; drums have no key.
    """
    both = np.concatenate(
      [np.asarray(examples[k]).astype(np.int16) for k in ('melody', 'bass')], 1
    )
    pitched = both >= FIRST_PITCH
    first = np.take_along_axis(both, pitched.argmax(1)[:, None], axis=1)
    moved = np.where(pitched, both - first + 2 * CLASSES, both)
    drums = np.asarray(examples['drums']).astype(np.int16)
    return np.concatenate([moved, drums], axis=1).astype(np.int16)

  def _read(self, piece):
    """The sections that `cover` reads, padded to whole windows."""
    bars = self.options['bars']
    return [
      section._replace(bars=-(-max(section.bars, 1) // bars) * bars)
      for section in sections(piece, self._metre, min(piece.length, LONGEST))
      if section.accepted and section.begin < piece.length
    ]

  def _encode(self, piece, tracks, found):
    """Adds the examples of every section, and what was dropped, to `found`."""
    bars, stride = self.options['bars'], self.options['stride']
    for section in sections(piece, self._metre, piece.length):
      count = max(section.bars - bars, 0) // stride + 1
      if not section.accepted:
        found.dropped['metre'] += count
      elif section.bars < bars and np.isfinite(section.end):
        found.dropped['shorter than a window'] += 1
      else:
        section = section._replace(bars=max(section.bars, bars))
        start = np.arange(count) * stride * self._steps_per_bar
        self._section(piece, tracks, section, start, found)
    other = sum(track.kind == 'other' for track in tracks)
    if other:
      found.inside['part: neither melody, bass nor drums'] += other

  def _section(self, piece, tracks, section, start, found):
    """Adds the examples of one section to `found`."""
    grid = self._grid(piece, section)
    found.inside.update(grid.dropped)
    view = np.lib.stride_tricks.sliding_window_view
    drums = view(grid.tokens, self._steps)[start]
    hits = np.bitwise_count(drums.astype(np.uint16)).sum(1)
    plays = hits >= self.options['min_notes']
    gap = self._limits.gap or self._steps + 1
    plays &= longest_run(drums == 0) < gap
    plays &= ~view(grid.off, self._steps)[start].any(1)
    laid: dict[str, list[Laid]] = {'melody': [], 'bass': []}
    for track in tracks:
      if track.kind != 'other':
        made = self._lay_out(track, section, start)
        laid[track.kind].append(made)
        if made.below and made.notes.any():
          reason = f'note: {track.kind} below the highest'
          found.inside[reason] += made.below
    for window in range(len(start)):
      melodies = best_of(laid['melody'], window, self.options['melodies'])
      basses = best_of(laid['bass'], window, 1)
      if not plays[window]:
        silent = not hits[window]
        reason = 'no drums' if silent else 'drums that do not qualify'
        found.dropped[reason] += 1
      elif not melodies or not basses:
        kind = 'bass' if melodies else 'melody'
        found.dropped[lack_of(kind, laid[kind], window)] += 1
      else:
        row = drums[window]
        found.rows.extend((one, basses[0], row) for one in melodies)
        for kind, taken in (('melody', melodies), ('bass', basses)):
          more = sum(one.notes[window] > 0 for one in laid[kind]) - len(taken)
          if more:
            reason = f'{kind} in a window, with fewer notes than those taken'
            found.inside[f'part: {reason}'] += int(more)

  def _lay_out(self, track: Track, section: Section, start, **changes) -> Laid:
    return lay_out(
      track.notes,
      section,
      start,
      self._steps,
      self._steps_per_bar,
      self.options['steps_per_quarter'],
      self._limits._replace(**changes),
    )

  def _grid(self, piece, section):
    return drum_grid(
      piece,
      section,
      section.bars * self._steps_per_bar,
      self._map.classes,
      self.options['steps_per_quarter'],
      self.options['tolerance'],
    )


class _Found(NamedTuple):
  """Examples so far, dropped windows, and what was dropped within windows."""

  rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
  dropped: Counter
  inside: Counter
