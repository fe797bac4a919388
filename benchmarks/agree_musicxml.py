"""Does our reader of MusicXML agree with music21's, file by file?

  python benchmarks/agree_musicxml.py FOLDER [--most=N]

Every score is read by both as written and, if it has repeats, also as played.
Compared are the onset, length and sounding pitch of every note (drums without
pitch), in times from the first note on, to a 40th of a quarter, and the onset
and root of every chord symbol. Prints a line for each file that differs; the
specification decides which reader is right.
"""

import argparse
from collections import Counter
from pathlib import Path
import sys
import warnings

from zoo.music.limits import ORDINARY, Refused
from zoo.music.parsing import XML, parse

_GRID = 120  # A quarter.
_NEAR = 3  # Of a grid, that two readers may lie apart.


def ours(path, as_written):
  """Notes, and chord symbols, of our reader."""
  piece = next(parse(str(path), 'x', ORDINARY, as_written))
  table = piece.notes
  columns = (column.tolist() for column in (*table[:3], table.drum))
  rows = [
    (start, end - start, -1 if drum else pitch)
    for start, end, pitch, drum in zip(*columns, strict=True)
  ]
  first = piece.notes.start.min()
  chords = [(start - first, _root(text)) for start, text in piece.chords]
  return _rows(rows), _chords(chords)


def _root(text):
  name = text[:1]
  for sign in text[1:3]:
    if sign not in '#b':
      break
    name += sign.replace('b', '-')
  return name if name in {*'ABCDEFG'} or len(name) > 1 else text


def theirs(path, as_written):
  """The same from music21; None if there is nothing to play."""
  from music21 import converter, harmony

  score = converter.parse(path, forceSource=True)
  if not as_written:
    signs = score.recurse().getElementsByClass(('Repeat', 'RepeatExpression'))
    if not signs:
      return None
    score = score.expandRepeats()
  score = score.stripTies()
  rows, chords = [], []
  for part in score.parts:
    for one in part.toSoundingPitch().flatten().notes:
      start = float(one.offset)
      if isinstance(one, harmony.Harmony):
        none = isinstance(one, harmony.NoChord)
        chords.append((start, 'N.C.' if none else one.root().name))
      elif not one.duration.isGrace:
        length = float(one.quarterLength)
        for each in getattr(one, 'notes', (one,)):
          pitch = each.pitch.midi if hasattr(each, 'pitch') else -1
          rows.append((start, length, pitch))
  first = min((start for start, _, _ in rows), default=0.0)
  return _rows(rows), _chords([(at - first, root) for at, root in chords])


def _rows(rows):
  first = min((start for start, *_ in rows), default=0.0)
  return Counter(
    (round((start - first) * _GRID), round(length * _GRID), pitch)
    for start, length, pitch in rows
    if length > 0
  )


def _chords(rows):
  return {(round(start * _GRID), root) for start, root in rows}


def agree(one, other):
  """Whether the notes are the same, up to rounding."""
  left, right = (
    sorted(only.elements(), key=lambda row: (row[2], row[0]))
    for only in (one - other, other - one)
  )
  return len(left) == len(right) and all(
    first[2] == second[2]
    and max(abs(a - b) for a, b in zip(first[:2], second[:2], strict=True))
    <= _NEAR
    for first, second in zip(left, right, strict=True)
  )


def compare(path):
  """Descriptions of the differences; [] if there are none."""
  try:
    notes, chords = ours(path, True)
  except Refused as error:
    return [f'we refuse it: it {error}']
  try:
    expected, roots = theirs(path, True)
  except Exception as error:
    return [f'music21 fails ({type(error).__name__})']
  found = []
  if not agree(notes, expected):
    lost, gained = (
      sum((expected - notes).values()),
      sum((notes - expected).values()),
    )
    found.append(f'as written: {gained} notes only ours, {lost} only theirs')
  if chords != roots:
    found.append(f'chords: {sorted(chords ^ roots)[:4]}')
  try:
    played = theirs(path, False)
  except Exception as error:
    return [*found, f'music21 cannot play it ({type(error).__name__})']
  if played and not agree(ours(path, False)[0], played[0]):
    found.append('as played')
  return found


def main():
  parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
  parser.add_argument('folder', type=Path)
  parser.add_argument('--most', type=int, help='no more files than these')
  options = parser.parse_args()
  warnings.simplefilter('ignore')
  files = sorted(
    path for path in options.folder.rglob('*') if path.suffix.lower() in XML
  )[: options.most]
  kinds = Counter()
  for path in files:
    found = compare(path)
    for words in found:
      kinds[words.split(':')[0].split(' (')[0]] += 1
    if found:
      print(f'{path}: {"; ".join(found)}')
      sys.stdout.flush()
    kinds['files that agree in all'] += not found
  print(f'{len(files)} files')
  for kind, count in kinds.most_common():
    print(f'{count:6} {kind}')


if __name__ == '__main__':
  main()
