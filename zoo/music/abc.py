"""ABC: from the text of a tune to its written bars.

The lengths are read here, exactly and bar by bar, because where the bar lines
fall decides what a model of bars can learn. Grammar: the ABC standard 2.1,
https://abcnotation.com/wiki/abc:standard:v2.1, without voices, overlays and
macros. Decorations, grace notes, chord symbols, words and beams are dropped.
"""

import re
from typing import NamedTuple

from zoo.music.tunebook import BadTune, header, read_key, read_metre

QUARTER = 10080  # ticks: 2^5 * 3^2 * 5 * 7, exact for the usual tuplets
MAX_BARS, MAX_EVENTS = 2_000, 20_000

# (p: p notes in the time of q; q of 5, 7 and 9 depends on the metre.
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_TOKEN = re.compile(
  r"""
    (?P<field>^[A-Za-z+]:(?![|:]).*$ | \[[A-Za-z]:[^\]\n]*\])
  | (?P<comment>%.*$)
  | (?P<chord>\[(?=[\^_=A-Ga-g])[^\]\n|]*\](?P<chord_length>\d*/*\d*))
  | (?P<note>[\^_=]*[A-Ga-g][,']*)(?P<length>\d*/*\d*)
  | (?P<rest>[zx])(?P<rest_length>\d*/*\d*)
  | (?P<bars_rest>[ZX]\d*)
  | (?P<broken>>+|<+)
  | (?P<tuplet>\(\d(?::\d{0,2})*)
  | (?P<tie>-)
  | (?P<bar>:*\[\|[:|\]]* | [:|]*\|[:|\]]* | ::+)
      (?P<number>[1-9][\d,.\-]{0,15})?
  | \[(?P<ending>[1-9][\d,.\-]{0,15})
  | (?P<overlay>&)
  | (?P<dropped>Hx | "[^"\n]*" | ![^!|\n]{1,30}! | \+[^+|\n]{1,30}\+
      | \{[^}\n]*\} | [()\s`~.\\\]!*$;?@\#] | [H-WYh-wy])
  """,
  re.ASCII | re.MULTILINE | re.VERBOSE,
)
_IN_CHORD = re.compile(r"([\^_=]*[A-Ga-g][,']*)(\d*/*\d*)(-?)")


class Event(NamedTuple):
  """One note, chord or rest as written.

  Attributes:
    before: what stands before it, a tuplet's sign.
    name: its pitch (`^c'`), a chord's pitches (`[CEG]`), or `z` for a rest.
    length: its length and what follows, a broken rhythm's sign.
    ticks: how long it lasts, QUARTER ticks a quarter.
    pitches: the number of notes that sound, 0 for a rest.
    tied: true where a tie or a slur that looks like one follows.
  """

  before: str
  name: str
  length: str
  ticks: int
  pitches: int
  tied: bool = False


class Bar(NamedTuple):
  """What stands between two bar lines.

  Attributes:
    events: in order; may be empty.
    key: the key in force at its start, as ABC.
    unit: the note length in force, as ABC.
    opens: a repeat starts at its left bar line.
    closes: how often its right bar line sends back: 0, 1, ...
    thick: a double bar or repeat sign stands at its right.
    ending: the passes on which this ending is played; empty: all.
  """

  events: tuple[Event, ...]
  key: str
  unit: str
  opens: bool
  closes: int
  thick: bool
  ending: frozenset[int]

  @property
  def ticks(self) -> int:
    return sum(event.ticks for event in self.events)


class Tune(NamedTuple):
  """A tune as written: header fields ({'T': 'Title', ...}) and bars."""

  fields: dict[str, str]
  metre: tuple[int, int]
  key: str
  bars: tuple[Bar, ...]


def parse(text: str) -> Tune:
  """Reads one tune.

  Raises:
    BadTune: no key or metre, several voices, a change of metre, or anything
      whose length is not certain.
  """
  # Some books went through quoted-printable mail: = or =20 ends the line.
  head, key, body = header(re.sub(r'(?m)=(20)?$', '', text))
  metre = read_metre(head.get('M', ''))
  if 'V' in head or re.search(r'(?m)^V:|\[V:', body):
    raise BadTune('has several voices')
  unit = head.get('L', '') or ('1/16' if metre[0] / metre[1] < 0.75 else '1/8')
  bars = _Reader(metre, key, unit).read(body)
  if not any(event.pitches for bar in bars for event in bar.events):
    raise BadTune('has no notes')
  return Tune(head, metre, key, bars)


def _unit(text):
  match = re.fullmatch(r'1/([1-9][0-9]{0,2})', text.split('%')[0].strip())
  unit = 4 * QUARTER / int(match[1]) if match else 0.5
  if unit % 1:
    raise BadTune('has a note length that cannot be read')
  return int(unit)


def _factor(text):
  """`3/2`, `/`, `//`, `2` as (numerator, denominator)."""
  match = re.fullmatch(r'([0-9]{0,3})(/*)([0-9]{0,3})', text)
  if not match:
    raise BadTune('has a note length that cannot be read')
  top, strokes, bottom = match.groups()
  under = int(bottom) if bottom else 2 ** min(len(strokes), 8)
  if top == '0' or under == 0:
    raise BadTune('has a note length that cannot be read')
  return int(top or 1), under


class _Reader:
  """Walks over the tokens of one tune's body."""

  def __init__(self, metre, key, unit):
    self.metre = metre
    self.key = self.bar_key = key
    self.unit_text = self.bar_unit = unit
    self.unit = _unit(unit)
    self.bars = []
    self.events = []
    self.opens = False
    self.ending = frozenset()
    self.tuplet = (1, 1, 0)  # q, p, notes left
    self.before = ''  # the sign of the tuplet that is about to start
    self.base = 0  # ticks of the last event, had no < or > changed it
    self.broken = ''  # the < or > since the last event

  def read(self, body):
    place, count = 0, 0
    while place < len(body):
      token = _TOKEN.match(body, place)
      if not token:
        raise BadTune('has signs where no music can be')
      place = max(token.end(), place + 1)
      kind = token.lastgroup
      found = token.groupdict()
      count += 1
      if count > 10 * MAX_EVENTS or len(self.bars) > MAX_BARS:
        raise BadTune('is too long')
      if found['field'] is not None:
        self._field(found['field'].strip('[]'))
      elif found['note'] is not None:
        self._add(found['note'], found['length'], 1)
      elif found['rest'] is not None:
        self._add('z', found['rest_length'], 0)
      elif found['chord'] is not None:
        self._chord(found['chord'], found['chord_length'])
      elif found['bars_rest'] is not None:
        raise BadTune('has rests of whole bars')
      elif kind == 'overlay':
        raise BadTune('has several voices')
      elif kind == 'broken':
        self.broken = found['broken']
      elif kind == 'tuplet':
        self._open_tuplet(found['tuplet'])
      elif kind == 'tie':
        if self.events:
          self.events[-1] = self.events[-1]._replace(tied=True)
      elif found['bar'] is not None:
        self._line(found['bar'])
        if found['number']:
          self._end(found['number'])
      elif found['ending'] is not None:
        self._end(found['ending'])
      elif found['dropped'] == '\n' and self._full():
        self._line('|')  # Essen's songs have no bar line at a line's end
    self._line('|')
    return tuple(self.bars)

  def _full(self):
    bar = 4 * QUARTER * self.metre[0] // self.metre[1]
    return sum(event.ticks for event in self.events) == bar

  def _field(self, field):
    name, value = field[0], field[2:]
    if name == 'M' and read_metre(value) != self.metre:
      raise BadTune('changes its metre')
    if name == 'L':
      self.unit_text, self.unit = value.split('%')[0].strip(), _unit(value)
    elif name == 'K':
      self.key = read_key(value)
    if not self.events:
      self.bar_key, self.bar_unit = self.key, self.unit_text
    elif name in 'KL' and self.key + self.unit_text != (
      self.bar_key + self.bar_unit
    ):
      raise BadTune('changes its key or note length within a bar')

  def _add(self, name, length, pitches):
    top, under = _factor(length)
    q, p, left = self.tuplet
    ticks = self.unit * top * (q if left else 1)
    under *= p if left else 1
    if ticks % under:
      raise BadTune('has a note length that cannot be read')
    base = ticks // under
    ticks = self._break(base) if self.broken else base
    self.base = base
    self.tuplet = (q, p, max(left - 1, 0))
    self.events.append(Event(self.before, name, length, ticks, pitches))
    self.before = ''

  def _chord(self, text, length):
    inside, _, _ = text.rpartition(']')
    notes = _IN_CHORD.findall(inside)
    lengths = {one for _, one, _ in notes}
    if len(lengths) != 1:
      raise BadTune('has a chord of notes that differ in length')
    ours = lengths.pop()
    if ours and length:
      raise BadTune('has a chord with two lengths')
    pitches = ''.join(sorted({pitch for pitch, _, _ in notes}))
    self._add(f'[{pitches}]', ours or length, len({p for p, _, _ in notes}))
    if any(tie for _, _, tie in notes):
      self.events[-1] = self.events[-1]._replace(tied=True)

  def _break(self, base):
    """Applies a dotted rhythm; the ticks of its second note.

    a>b: a lasts 3/2, b 1/2; a>>b: 7/4 and 1/4. Between notes whose written
    lengths differ it has no meaning, and is passed over.
    """
    signs, self.broken = self.broken, ''
    if not self.events or len(signs) > 3:
      raise BadTune('has a dotted rhythm without a note before it')
    if base != self.base:
      return base
    under = 2 ** len(signs)
    if base % under:
      raise BadTune('has dotted notes that are too short')
    short = base // under
    first, second = (2 * base - short, short)
    if signs[0] == '<':
      first, second = second, first
    last = self.events[-1]
    # A note between two signs (a>b>c) has been changed before.
    self.events[-1] = last._replace(
      length=last.length + signs, ticks=last.ticks * first // base
    )
    return second

  def _open_tuplet(self, text):
    p, *others = [int(part) if part else 0 for part in text[1:].split(':')]
    q = (others[0] if others else 0) or _TUPLETS.get(p)
    if q is None:
      q = 3 if self.metre[1] == 8 and self.metre[0] % 3 == 0 else 2
    count = (others[1] if len(others) > 1 else 0) or p
    if p < 2:
      raise BadTune('has a tuplet that cannot be read')
    self.tuplet = (q, p, count)
    self.before = f'({p}:{q}:{count}'

  def _line(self, signs):
    closes = len(re.match(r':*', signs)[0]) if '|' in signs else 1
    closes |= signs == '|:|'  # how O'Neill's transcribers close a part
    opens = signs.endswith(':')
    thick = len(signs) > 1
    if self.events:
      self.bars.append(
        Bar(
          tuple(self.events),
          self.bar_key,
          self.bar_unit,
          self.opens,
          closes,
          thick,
          self.ending,
        )
      )
      self.opens = False
    elif self.bars and (closes or thick):
      last = self.bars[-1]
      self.bars[-1] = last._replace(closes=max(closes, last.closes), thick=True)
    self.opens |= opens
    if thick:
      self.ending = frozenset()
    self.events = []
    self.bar_key, self.bar_unit = self.key, self.unit_text

  def _end(self, numbers):
    if self.events:
      self._line('|')  # [1 in mid-bar: what stands before it is common
    passes = set()
    for part in re.split(r'[,.]', numbers.strip(',.-')):
      first, _, last = part.partition('-')
      if not first.isdigit() or (last and not last.isdigit()):
        raise BadTune('has an ending that cannot be read')
      passes |= set(range(int(first), min(int(last or first), 9) + 1))
    self.ending = frozenset(passes)
