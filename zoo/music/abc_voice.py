"""One voice of an ABC tune: from its signs to written bars."""

from zoo.music import abc_fields, abc_signs
from zoo.music.abc_bars import Bar, Event, Note
from zoo.music.abc_fields import QUARTER, BadTune, Key
from zoo.music.spelling import from_step

# (p: p notes in the time of q; q of 5, 7 and 9 depends on the metre.
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
JUMP = 'jumps that are not played (D.C., D.S., Fine)'
STRAY = 'signs without meaning'  # tunes with a few misprints are accepted
_MOST_RESTS = 500  # bars of a Z rest
_LONGEST = 4_000 * QUARTER  # ticks of a note


class Voice:
  """Receives the signs of a voice, each by the method named after its kind.

  Attributes:
    bars: the complete bars.
    passed_over: counts of what was ignored as silent or meaningless.
    key, metre, unit, tempo: in force; `unit` in ticks.
    shift, voice_shift: semitones by which K: and V: transpose.
    propagate: how far accidentals hold: pitch, octave or not.
    count: events so far.
  """

  def __init__(self, passed_over, metre, unit):
    self.passed_over = passed_over
    self.metre, self.unit = metre, unit
    self.key, self.shift, self.propagate = Key('C', ()), 0, 'pitch'
    self.tempo, self.voice_shift = None, 0
    self.bars, self.count = [], 0
    self.part, self.ending, self.opens = '', (), 0
    self.base = 0  # ticks of the last event, before any < or >
    self.last = ()  # (step, octave, alter) of its notes
    self.held = {}  # (step, octave) -> alter of tied notes
    self.tuplet = (1, 1, 0)  # q, p, remaining notes
    self.broken = ''  # the < or > since the last event
    self.tokens = []
    self.begin()

  def begin(self):
    """Begins a bar."""
    self.events, self.chords, self.tempos = [], [], []
    self.layer = self.now = self.longest = 0
    self.accidentals, self.graced = {}, {}
    self.at_start = (self.key, self.metre, self.tempo)

  def sibling(self):
    """A voice without bars that starts in the current state of this one."""
    other = Voice(self.passed_over, self.metre, self.unit)
    other.key, other.shift, other.tempo = self.key, self.shift, self.tempo
    other.propagate, other.part = self.propagate, self.part
    other.begin()
    return other

  def started(self):
    """Whether the voice has any event."""
    return bool(self.bars or self.events)

  # Notes and rests.

  def note(self, match):
    text = match['note']
    step, octave, alter, rounded, length = abc_signs.read_note(text)
    pitch, alter, spelling = self._pitch(step, octave, alter, rounded)
    self.last = ((step, octave, alter),)
    self._advance(((pitch, spelling, 1, 1, False),), *length, text)
    self.held = {}

  def chord(self, match):
    """Adds a chord; each member has its length, the first that of the event."""
    members, texts = abc_signs.read_chord(match['members'])
    for text in texts:
      self._symbol(text)
    if not members:
      self.passed_over[STRAY] += 1
      return
    found, held, last = {}, {}, []
    top, under = abc_signs.read_note(members[0][0])[-1]
    for text, tied in members:
      step, octave, alter, rounded, length = abc_signs.read_note(text)
      pitch, alter, spelling = self._pitch(step, octave, alter, rounded)
      last.append((step, octave, alter))
      if tied:
        held[step, octave] = alter
      row = (pitch, spelling, length[0] * under, length[1] * top, tied)
      old = found.get(pitch)
      if old is None or row[2] * old[3] > old[2] * row[3]:
        found[pitch] = row
    self.last = tuple(last)
    outer = abc_signs.factor(match['chord_length'])
    rows = [row for _, row in sorted(found.items())]
    self._advance(rows, top * outer[0], under * outer[1], match['chord'])
    self.held = held

  def _pitch(self, step, octave, alter, rounded):
    """(MIDI pitch, alter, spelling) of a note, given accidentals and key."""
    place = step if self.propagate == 'pitch' else (step, octave)
    if rounded:
      self.passed_over['parts of a semitone'] += 1
    if alter is not None:
      if self.propagate != 'not':
        self.accidentals[place] = alter
        self.graced.pop((step, octave), None)
    elif (step, octave) in self.held:
      alter = self.held[step, octave]
    elif (step, octave) in self.graced:
      alter = self.graced[step, octave]
    elif place in self.accidentals:
      alter = self.accidentals[place]
    else:
      alter = self.key.of(step)
    shift = self.shift + self.voice_shift
    pitch = abc_signs.pitch_of(step, octave, alter) + shift
    return pitch, alter, 0 if shift % 12 else from_step(step, alter)

  def rest(self, match):
    text = match['rest']
    self._advance((), *abc_signs.factor(text[1:]), text)
    self.last, self.held = (), {}

  def bars_rest(self, match):
    """Adds the rest of Z4, four bars; separate bars if at the start of one."""
    text = match['bars_rest']
    count = int(text[1:] or 1)
    if not 0 < count <= _MOST_RESTS:
      raise BadTune('has rests of too many bars')
    length = self.metre.ticks
    self.last, self.held, self.broken = (), {}, ''
    if self.events:
      self.tokens.append(text)
      self._put((), count * length)
      return
    for number in range(count):
      if number:
        self._close('|')
      self.tokens.append('Z')
      self._put((), length)

  def _advance(self, rows, top, under, token):
    """Adds an event.

    Args:
      rows: for each note: pitch, spelling, numerator and denominator of its
        share of the event's length, tied.
      top, under: numerator and denominator of the length in units.
      token: its text.

    Raises:
      BadTune: the length is 0 or too long.
    """
    q, p, left = self.tuplet
    if left:
      top, under = top * q, under * p
      self.tuplet = (q, p, left - 1)
    base = _divide(self.unit * top, under)
    if not 0 < base < _LONGEST:
      raise BadTune('has a note length that cannot be read')
    ticks = self._break(base) if self.broken else base
    self.base = base
    self.tokens.append(token)
    self._put(
      tuple(
        Note(pitch, spelling, _divide(ticks * over, below), tied)
        for pitch, spelling, over, below, tied in rows
      ),
      ticks,
    )

  def _put(self, notes, ticks):
    self.events.append(Event(self.now, ticks, notes, self.layer))
    self.now += ticks
    self.longest = max(self.longest, self.now)
    self.count += 1

  def _break(self, base):
    """Applies a broken rhythm; returns the ticks of its second note.

    In a>b, a lasts 3/2 and b 1/2; in a>>b, 7/4 and 1/4. Between notes of
    different written lengths it has no meaning, and is ignored.
    """
    signs, self.broken = self.broken, ''
    if not self.events or len(signs) > 3 or base != self.base:
      self.passed_over['dotted rhythms without a pair of notes'] += 1
      return base
    under = 2 ** len(signs)
    first, second = 2 * under - 1, 1  # of base / under
    if signs[0] == '<':
      first, second = second, first
    last = self.events[-1]
    # A note between two signs (a>b>c) has already been changed once.
    ticks = _divide(last.ticks * first, under)
    self.events[-1] = last._replace(
      ticks=ticks,
      notes=tuple(
        note._replace(ticks=_divide(note.ticks * first, under))
        for note in last.notes
      ),
    )
    before, self.now = self.now, last.onset + ticks
    self.chords = [
      (self.now if onset == before else onset, name)
      for onset, name in self.chords
    ]
    self.longest = max(
      (event.onset + event.ticks for event in self.events), default=0
    )
    return _divide(base * second, under)

  # Signs between notes.

  def broken_rhythm(self, match):
    self.broken = match['broken_rhythm']
    self.tokens.append(self.broken)

  def tuplet_sign(self, match):
    text = match['tuplet_sign']
    p, *others = [int(part) if part else 0 for part in text[1:].split(':')]
    q = (others[0] if others else 0) or _TUPLETS.get(p)
    if q is None:
      q = 3 if self.metre.compound else 2
    count = (others[1] if len(others) > 1 else 0) or p
    if p < 2:
      raise BadTune('has a tuplet that cannot be read')
    self.tuplet = (q, p, count)
    self.tokens.append(text)

  def tie(self, match):
    if not self.events:
      self.passed_over[STRAY] += 1
      return
    last = self.events[-1]
    self.events[-1] = last._replace(
      notes=tuple(note._replace(tied=True) for note in last.notes)
    )
    self.held = {(step, octave): alter for step, octave, alter in self.last}
    self.tokens.append('-')

  def overlay(self, match):
    """Begins an overlay: what follows starts at the start of the bar."""
    if not self.events:
      self.passed_over[STRAY] += 1
      return
    self.layer, self.now = self.layer + 1, 0
    self.last, self.held, self.accidentals, self.graced = (), {}, {}, {}
    self.tuplet, self.broken = (1, 1, 0), ''
    self.tokens.append('&')

  def text(self, match):
    self._symbol(match['text'][1:-1])
    self._jump(match['text'][1:-1].lstrip('^_<>@'))
    self.tokens.append(match['text'])

  def _symbol(self, text):
    name = abc_signs.chord_symbol(text)
    if name:
      self.chords.append((self.now, name))

  def grace(self, match):
    """Ignores grace notes, but keeps their accidentals for their octave."""
    for text in abc_signs.NOTES.findall(match['grace']):
      step, octave, alter, _, _ = abc_signs.read_note(text)
      if alter is not None and self.propagate != 'not':
        self.graced[step, octave] = alter
    self.tokens.append(match['grace'])

  def _jump(self, text):
    """Counts a jump, which is not played."""
    if abc_signs.is_jump(text):
      self.passed_over[JUMP] += 1

  def kept(self, match):
    """Keeps decorations and slurs as text."""
    self._jump(match['kept'].strip('!+'))
    self.tokens.append(match['kept'])

  def mark(self, match):
    """Ignores line breaks and the like, which are not part of the music."""

  def stray(self, text, first):
    """Reads a colon or number between signs; `first`: begins its line."""
    waits = bool(self.bars) and not self.events
    if text == ':' and first and waits:
      self.opens = max(self.opens, 1)  # after || at the end of the last line
    elif text.isdigit() and len(text) < 3 and int(text) and waits:
      self._end(text)
    else:
      self.passed_over[STRAY] += 1

  # Bars.

  def bar(self, match):
    self._line(match['line'].lstrip('.'))
    if match['number']:
      self._end(match['number'])

  def ending_sign(self, match):
    self._end(match['ending_sign'][1:])

  def _line(self, signs):
    closes = len(signs) - len(signs.lstrip(':'))
    opens = len(signs) - len(signs.rstrip(':'))
    if not signs.strip(':'):
      closes = opens = max(len(signs) // 2, 1)  # ::
    elif not closes and not opens and ':' in signs:
      closes = 1  # O'Neill's transcribers end a part with |:|
    bare = signs.replace(':', '')
    right = '|' if len(bare) < 2 or bare == '[|]' else '||'
    right = '|]' if right == '||' and (']' in bare or '[' in bare) else right
    thick = len(right) > 1 or closes or opens
    if self.events:
      self._close(right, closes)
    elif self.bars:
      last = self.bars[-1]
      self.bars[-1] = last._replace(
        closes=max(closes, last.closes),
        right=max(right, last.right, key=len),
      )
      chords = self.chords  # of an empty bar: they belong to the next note
      self.begin()
      self.chords = chords
    self.opens = max(self.opens, opens)
    if thick:
      self.ending = ()

  def _close(self, right, closes=0):
    """Completes the bar."""
    self.bars.append(
      Bar(
        tuple(self.events),
        tuple(self.tokens),
        self.longest,
        tuple(self.chords),
        tuple(self.tempos),
        *self.at_start,
        self.opens,
        closes,
        right,
        self.ending,
        self.part,
      )
    )
    self.tokens, self.opens = [], 0
    self.begin()

  def _end(self, numbers):
    if self.events:
      self._close('')  # [1 within a bar: its beginning is common to all passes
    self.ending = abc_signs.read_endings(numbers)

  def end_of_line(self):
    """Closes a full bar: Essen's songs have no bar line at the end of lines."""
    if self.events and not self.metre.free and self.now == self.metre.ticks:
      self._close('')

  def finish(self):
    """Ends the tune; its bars, without silent signs after the last."""
    if self.events:
      self._close('')
    return tuple(self.bars)

  # Fields.

  def part_starts(self, name):
    if self.events:
      self._close('')
    self.part, self.ending = name, ()
    self.tokens.append(f'[P:{name.replace("]", "")}]')

  def field(self, name, value):
    """Applies K:, L:, M: or Q: from here on."""
    value = value.replace(']', '')  # it is written as an inline field
    before = (self.key, self.shift, self.unit, self.metre, self.tempo)
    cut = bool(self.accidentals or self.graced) and name == 'K'
    if name == 'K':
      self.key = abc_fields.read_key(value, self.key)
      self.shift = abc_fields.read_shift(value, self.shift)
      self.accidentals, self.graced = {}, {}
    elif name == 'L':
      self.unit = abc_fields.read_unit(value)
    elif name == 'M':
      self.metre = abc_fields.read_metre(value)
    else:
      self.tempo = abc_fields.read_tempo(value, self.unit) or self.tempo
      if self.events and self.tempo:
        self.tempos.append((self.now, self.tempo))
    now = (self.key, self.shift, self.unit, self.metre, self.tempo)
    if cut or now != before:
      self.tokens.append(f'[{name}:{value}]')
    if not self.events:
      self.at_start = (self.key, self.metre, self.tempo)


def _divide(ticks, under):
  """ticks / under, rounded to the nearest tick."""
  whole, rest = divmod(ticks, under)
  return whole + (2 * rest >= under) if rest else whole
