"""Reads an ABC tune as a Piece whose bars stand on the bar lines.

Two readers have to agree. `zoo.music.abc` reads the lengths, exactly and bar
by bar; abc2midi, through symusic, plays the tune, and gives the pitches. What
abc2midi gets is the tune with its repeats already played out and with nothing
in it that makes it perform (rhythm type, ornaments, staccato). It still starts
a tick late, ends notes early and rolls chords; only if it starts every note
where the lengths say, but for that, is the tune taken.
"""

from collections.abc import Iterator, Sequence
import itertools
import re
from typing import Any

import numpy as np

from zoo.music import abc, bars
from zoo.music.piece import Metre, Piece, Tempo, notes
from zoo.music.signatures import sharps_of, without_idle
from zoo.music.spelling import from_letters
from zoo.music.tunebook import BadTune, split

VERSION = 3  # counted up whenever a tune is read otherwise than before

_ROLL = 10  # abc2midi's ticks from note to note of a chord, 480 a quarter


def read_tunebook(text: str, stem: str) -> Iterator[Piece | tuple[str, str]]:
  """The tunes of an ABC file, called `stem#number`, one at a time.

  Yields:
    A piece, or (id, reason) for a tune that could not be read, or, after its
    piece, only in part.
  """
  for number, tune in split(text):
    id = f'{stem}#{number}'
    try:
      piece = read_tune(tune, id)
    except BadTune as error:
      yield id, str(error)
      continue
    yield piece
    if piece.metadata.get('bars_left_out'):
      yield id, 'has bars that do not fit its metre; the others were read'


def read_tune(text: str, id: str) -> Piece:
  """One tune, with repeats played, without grace notes and ornaments.

  Where bars do not fit the metre (misprints), the longest stretch without
  such a bar is the piece, and `bars_left_out` of its metadata counts the rest.

  Raises:
    BadTune: it cannot be read with certainty.
  """
  tune = abc.parse(text)
  metre = Metre(0.0, *tune.metre)
  played = bars.unfold(tune.bars)
  first, placed = bars.regular(played, int(abc.QUARTER * metre.bar))
  count = placed[-1].bar + 1 if placed else 0
  if 2 * count < len(played):
    raise BadTune('has bars that do not fit its metre')
  ties = _ties([one.event for one in placed])
  pitches = _pitches(
    _plain(tune.metre, played[first : first + count], ties),
    [one.event for one in placed],
    ties,
  )
  metadata: dict[str, Any] = {
    'title': tune.fields.get('T', ''),
    'key': tune.key,
    'rhythm': tune.fields.get('R', '').lower(),
  }
  signatures = without_idle(
    [
      (number * metre.bar, sharps)
      for number, bar in enumerate(played[first : first + count])
      if (sharps := sharps_of(bar.key)) is not None
    ]
  )
  if len(signatures) > 1:
    metadata['key_signatures'] = signatures
  if count < len(played):
    metadata['bars_left_out'] = len(played) - count
  rows = []
  for number, (one, pitch) in enumerate(zip(placed, pitches, strict=True)):
    end = number
    while ties[end]:
      end += 1
    rows += [
      (
        one.start,
        placed[end].end,
        each,
        from_letters(one.event.name, each % 12),
      )
      for each in pitch
    ]
  starts, ends, sounds, spelled = np.array(rows, np.float64).reshape(-1, 4).T
  return Piece(
    id,
    notes(starts / abc.QUARTER, ends / abc.QUARTER, sounds, spelling=spelled),
    (metre,),
    (Tempo(0.0, _tempo(tune.fields.get('Q', ''))),),
    metadata,
  )


def _ties(events: Sequence[abc.Event]) -> list[bool]:
  """Which events sound on through the next: a tie to another pitch slurs."""
  follows = [
    event.tied and event.pitches > 0 and _same(event.name, after.name)
    for event, after in itertools.pairwise(events)
  ]
  return [*follows, False]


def _same(name, after):
  """True also where the accidental is not written again."""
  return after in (name, re.sub(r'[\^_=]', '', name))


def _plain(
  metre: tuple[int, int], played: Sequence[abc.Bar], ties: list[bool]
) -> str:
  """The tune written out: no repeats, no graces, only ties that tie."""
  key, unit = played[0].key, played[0].unit
  lines = [
    f'X:1\nM:{metre[0]}/{metre[1]}\nL:{unit}\nQ:1/4=120\nK:{key}\n',
  ]
  tie = iter(ties)
  for bar in played:
    if bar.key != key:
      lines.append(f'[K:{bar.key}]')
    if bar.unit != unit:
      lines.append(f'[L:{bar.unit}]')
    key, unit = bar.key, bar.unit
    for event in bar.events:
      mark = '-' if next(tie) else ''
      lines.append(event.before + event.name + event.length + mark)
    lines.append('|\n')
  return ''.join(lines)


def _pitches(
  text: str, events: Sequence[abc.Event], ties: list[bool]
) -> list[tuple[int, ...]]:
  """The pitches that abc2midi gives each event; () for rests and held notes.

  Raises:
    BadTune: abc2midi starts its notes elsewhere, or fails.
  """
  from symusic import Score

  try:
    score: Any = Score.from_abc(text)
  except Exception as error:
    raise BadTune('cannot be read by abc2midi') from error
  tables = [track.notes.numpy() for track in score.tracks]
  if len(tables) != 1:
    raise BadTune('is read otherwise by abc2midi')
  starts = (tables[0]['time'] - 1) * (abc.QUARTER / score.ticks_per_quarter)
  pitches = tables[0]['pitch'].tolist()
  found: list[tuple[int, ...]] = []
  due: list[int] = []
  now, held = 0, False
  for event, tie in zip(events, ties, strict=True):
    count = 0 if held else event.pitches
    place = len(due)
    due += [now] * count
    found.append(tuple(pitches[place : place + count]))
    now, held = now + event.ticks, tie
  tick = abc.QUARTER / score.ticks_per_quarter
  most = max(event.pitches for event in events) - 1
  late = (_ROLL * most + 3) * tick  # 3: abc2midi rounds each length
  if len(due) != len(starts) or np.abs(starts - np.array(due)).max() > late:
    raise BadTune('is read otherwise by abc2midi')
  return found


def _tempo(text: str) -> float:
  """Q: as quarters a minute; 120 where there is none that makes sense."""
  text = re.sub(r'"[^"]*"', '', text)  # Q: may say Allegro as well
  match = re.search(
    r'(?:([0-9]{1,2})/([0-9]{1,2})\s*=\s*)?([0-9]{1,4})\s*$', text
  )
  if not match or int(match[2] or 4) == 0:
    return 120.0
  rate = int(match[3]) * 4 * int(match[1] or 1) / int(match[2] or 4)
  return rate if 4 <= rate <= 2000 else 120.0
