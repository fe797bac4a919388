"""Parses ABC: from the text of a tune to its written bars.

Lengths are read exactly and bar by bar, because models of bars depend on where
the bar lines fall. Grace notes, decorations, words and annotations are silent.
As in the standard, an accidental holds up to the bar line in all octaves,
unless %%propagate-accidentals says otherwise (`octave`, `not`). Macros (m:) are
not expanded and jumps (D.C., D.S., Fine) are not played; both are counted.

Source: the ABC standard 2.1, https://abcnotation.com/wiki/abc:standard:v2.1.
"""

import collections
import re
from typing import NamedTuple

from zoo.music import abc_fields, abc_signs
from zoo.music.abc_bars import Bar
from zoo.music.abc_fields import BadTune, Key, TimeSignature
from zoo.music.abc_voice import STRAY, Voice
from zoo.music.tunebook import header, without_comment

MAX_BARS, MAX_EVENTS = 2_000, 20_000
_HTML = re.compile(r'\s*<(?:/|!|[A-Za-z]+[\s>])[^|]*>')
_FIELD = re.compile(r'([A-Za-z+]):(?![|:])[ \t]*(.*)')
_SILENT = {'w': 'words', 'W': 'words', 'm': 'macros', 's': 'symbol lines'}


class Tune(NamedTuple):
  """A tune as written.

  Attributes:
    fields: of the header ({'T': 'Title', ...}).
    metre, key: as in the header.
    unit: ticks of the unit note length.
    voices: the bars of each voice that has notes.
    passed_over: counts of what was ignored as silent or meaningless.
  """

  fields: dict[str, str]
  metre: TimeSignature
  key: Key
  unit: int
  voices: tuple[tuple[Bar, ...], ...]
  passed_over: dict[str, int]


def parse(text: str) -> Tune:
  """Reads one tune.

  Raises:
    BadTune: there is no key or no note, or something cannot be read reliably.
  """
  head, lines = header(text)
  metre = abc_fields.read_metre(head.get('M', ''))
  if not head.get('L'):
    short = not metre.free and metre.numerator / metre.denominator < 0.75
    head['L'] = '1/16' if short else '1/8'
  unit = abc_fields.read_unit(head['L'])
  reader = _Reader(head, metre, unit)
  key = reader.voice.key
  for line in lines:
    reader.line(line)
  voices = reader.finish()
  if not any(
    one.notes for voice in voices for bar in voice for one in bar.events
  ):
    raise BadTune('has no notes')
  if len(voices) == 1 and reader.voice.voice_shift:
    head['K'] += f' transpose={reader.voice.voice_shift}'
  return Tune(head, metre, key, unit, voices, dict(reader.passed_over))


class _Reader:
  """Reads the lines of one tune's body."""

  def __init__(self, head, metre, unit):
    self.passed_over = collections.Counter()
    if 'm' in head:
      self.passed_over['macros'] += 1
    voice = Voice(self.passed_over, metre, unit)
    voice.key = abc_fields.read_key(head['K'])
    voice.shift = abc_fields.read_shift(head['K'])
    voice.tempo = abc_fields.read_tempo(head.get('Q', ''), unit)
    voice.propagate = head.get('%%propagate-accidentals', 'pitch').lower()
    transposed = re.search(
      r'(?m)^transpose\s+(-?\d{1,2})\s*$', head.get('%%MIDI', ''), re.ASCII
    )
    voice.shift += int(transposed[1]) if transposed else 0
    voice.begin()
    self.voice = self.first = voice
    self.voices = {}
    self.shifts = {
      line.split()[0]: abc_fields.read_shift(line)
      for line in head.get('V', '').split('\n')
      if line.strip()
    }

  def line(self, line):
    """Reads a line of the body."""
    if line.startswith('%'):
      if line.startswith('%%propagate-accidentals'):
        self.voice.propagate = line.split()[-1].lower()
      return
    line = without_comment(line.replace('\xa0', ' '))
    field = _FIELD.match(line)
    if field:
      self._field(field[1], field[2].strip(), inline=False)
      return
    if '<' in line and _HTML.match(line):
      self.passed_over['lines of HTML'] += 1
      return
    if abc_signs.is_prose(line):
      self.passed_over['lines of prose'] += 1
      return
    # Some books were sent as quoted-printable mail: = or =20 ends the line.
    line = re.sub(r'=(20)?\s*$', '', line.replace('=3D', '='))
    self._music(line)
    self.voice.end_of_line()

  def _music(self, line):
    for match in abc_signs.SIGNS.finditer(line):
      kind = match.lastgroup
      if kind in ('space', 'fermata'):
        continue
      if kind == 'field':
        text = match['field']
        self._field(text[1], text[3:-1].strip(), inline=True)
      elif kind == 'stray':
        self.voice.stray(match['stray'], not line[: match.start()].strip())
      else:
        getattr(self.voice, kind)(match)
    if len(self.voice.bars) > MAX_BARS or self.voice.count > MAX_EVENTS:
      raise BadTune('is too long')

  def _field(self, name, value, inline):
    if name == 'V':
      self._switch(value)
    elif name == 'P':
      for voice in self._all():
        voice.part_starts(value)
    elif name in 'KLMQ':
      self.voice.field(name, value)
    elif name in _SILENT:
      self.passed_over[_SILENT[name]] += 1

  def _all(self):
    return list(self.voices.values()) or [self.voice]

  def _switch(self, value):
    words = value.split()
    name = words[0] if words else ''
    if not name or name == '*':
      return
    if name not in self.voices:
      if len(self.voices) >= 64:
        raise BadTune('has more than 64 voices')
      fresh = self.first.sibling() if self.voices else self.first
      if not self.voices and self.first.started():
        self.voices[''] = self.first
        fresh = self.first.sibling()
      fresh.voice_shift = self.shifts.get(name, 0)
      self.voices[name] = fresh
    self.voice = self.voices[name]
    if len(words) > 1:
      self.voice.voice_shift = abc_fields.read_shift(
        value, self.voice.voice_shift
      )

  def finish(self):
    """The bars of each voice that has notes."""
    voices = []
    for voice in self._all():
      bars = voice.finish()
      if any(one.notes for bar in bars for one in bar.events):
        voices.append(bars)
    events = sum(voice.count for voice in self._all())
    if self.passed_over[STRAY] > max(3, events // 50):
      raise BadTune('has signs where no music can be')
    return tuple(voices)
