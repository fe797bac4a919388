"""Reads an ABC tune as a Piece, both as played and as written."""

from collections.abc import Iterator
import re
from typing import Any

from zoo.music import abc, bars, unfolding
from zoo.music.abc_fields import QUARTER, BadTune
from zoo.music.piece import (
  ChordSymbol,
  Piece,
  Tempo,
  WrittenBar,
  notes,
)
from zoo.music.sequences import with_first
from zoo.music.signatures import sharps_of, without_idle
from zoo.music.tunebook import as_text, split

VERSION = 5  # incremented whenever the result of reading a tune changes


def read_tunebook(text: str, stem: str) -> Iterator[Piece | tuple[str, str]]:
  """The tunes of an ABC file, called `stem#number`, one at a time.

  Yields:
    A piece, or (id, reason) for a tune that could not be read.
  """
  for number, tune in split(text):
    id = f'{stem}#{number}'
    try:
      yield read_tune(tune, id)
    except BadTune as error:
      yield id, str(error)


def read_tune(text: str, id: str) -> Piece:
  """One tune, with repeats and parts played; grace notes are silent.

  A pick-up ends at the first bar line. Bars that are neither full nor
  completed by others have separate metres; `bars.regular` moves them. Voices,
  and overlays within a voice, are parts.

  In the metadata: `header`, the fields; `metre`, of the first bar, None if it
  is free; `played`, the indices of written bars in the order in which they are
  played; `passed_over`, counts of what is silent.

  Raises:
    BadTune: it cannot be read reliably.
  """
  tune = abc.parse(text)
  if len({len(voice) for voice in tune.voices}) != 1:
    raise BadTune('has voices with different numbers of bars')
  lengths = [
    max(bar.ticks for bar in together)
    for together in zip(*tune.voices, strict=True)
  ]
  lead = tune.voices[0]
  played = unfolding.unfold(lead, tune.fields.get('P', ''))
  before, metres = bars.metres(
    [(lengths[number], lead[number].metre) for number in played]
  )
  if not metres:
    raise BadTune('has bars that do not fit its metre')
  starts = [before]
  for number in played:
    starts.append(starts[-1] + lengths[number])
  rows, chords = _sound(tune.voices, played, starts)
  columns = list(zip(*rows, strict=True))
  return Piece(
    id,
    notes(
      [time / QUARTER for time in columns[0]],
      [time / QUARTER for time in columns[1]],
      columns[2],
      program=_program(tune.fields),
      part=columns[3],
      spelling=columns[4],
    ),
    with_first(metres, metres[0]),
    _tempos(lead, played, starts),
    _metadata(tune, played, starts),
    tuple(ChordSymbol(start / QUARTER, text) for start, text in chords),
    _written(tune.voices, lengths),
  )


def _sound(voices, played, starts):
  """Rows of (start, end, pitch, part, spelling), and (start, chord symbol)."""
  rows: list[list[int]] = []
  chords: list[tuple[int, str]] = []
  first = 0
  for voice in voices:
    tied: dict[int, dict[int, int]] = {}  # layer -> pitch -> row
    layers = 1
    for number, begin in zip(played, starts, strict=False):
      bar = voice[number]
      chords += [(begin + onset, text) for onset, text in bar.chords]
      for onset, length, members, layer in bar.events:
        start = begin + onset
        before = tied.get(layer, {})
        after: dict[int, int] = {}
        for pitch, spelling, ticks, ties in members:
          row = before.get(pitch, -1)
          if row >= 0 and abs(rows[row][1] - start) < 9:
            rows[row][1] = start + ticks
          else:
            row = len(rows)
            rows.append([start, start + ticks, pitch, first + layer, spelling])
          if ties:
            after[pitch] = row
        for pitch, row in before.items():
          if rows[row][1] > start + length + 9:  # a long member of a chord
            after.setdefault(pitch, row)
        tied[layer] = after
        layers = max(layers, layer + 1)
    first += layers
  chords.sort(key=lambda chord: chord[0])
  return rows, chords


def _program(fields):
  """General MIDI program, 0..127; ABC's %%MIDI counts from 0 as well."""
  match = re.search(
    r'(?m)^program\s+(?:\d{1,2}\s+)?(\d{1,3})\s*$', fields.get('%%MIDI', '')
  )
  return min(int(match[1]), 127) if match else 0


def _tempos(lead, played, starts):
  found = []
  for number, begin in zip(played, starts, strict=False):
    bar = lead[number]
    found.append(Tempo(begin / QUARTER, bar.tempo or 120.0))
    found += [Tempo((begin + at) / QUARTER, rate) for at, rate in bar.tempos]
  return with_first(found, found[0]._replace(start=0.0))


def _metadata(tune, played, starts) -> dict[str, Any]:
  lead = tune.voices[0]
  metadata: dict[str, Any] = {
    'title': as_text(tune.fields.get('T', '')),
    'key': lead[0].key.name,
    'rhythm': tune.fields.get('R', '').lower(),
    'header': tune.fields,
    'metre': None if lead[0].metre.free else list(lead[0].metre[:2]),
    'played': played,
  }
  signatures: list[list[float]] = []
  for number, begin in zip(played, starts, strict=False):
    key = lead[number].key
    sharps = sharps_of(key.name) if key.plain else None
    if sharps is not None:
      signatures.append([begin / QUARTER if signatures else 0.0, sharps])
  signatures = without_idle(signatures)
  if len(signatures) > 1:
    metadata['key_signatures'] = signatures
  if tune.passed_over:
    metadata['passed_over'] = tune.passed_over
  return metadata


def _written(voices, lengths) -> tuple[WrittenBar, ...]:
  """The bars of the first voice; with their text if it is the only one."""
  found, start = [], 0
  for bar, length in zip(voices[0], lengths, strict=True):
    found.append(
      WrittenBar(
        start / QUARTER,
        length / QUARTER,
        '|' + ':' * bar.opens if bar.opens else '',
        ':' * bar.closes + '|' if bar.closes else bar.right,
        bar.ending,
        bar.tokens if len(voices) == 1 else (),
      )
    )
    start += length
  return tuple(found)
