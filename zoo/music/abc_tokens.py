"""Tunes as tokens: folk-rnn's second vocabulary, and back to ABC.

  M:6/8 K:Cmaj |: G c c B > A | c 2 d | ... |1 c 3 :| |2 c 3 |

There is one token for each metre, mode, pitch with its accidental, note length,
broken rhythm, tuplet, tie, chord bracket and bar line. All tunes have the tonic
C; the unit is a sixteenth in 2/4, else an eighth; C, C| and 2/2 count as 4/4.
Repeats are written so that every |: has a matching :|, even if the source lacks
one.

Source: Sturm et al. 2016, arXiv 1604.08723, and its released samples.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
import re
from typing import NamedTuple

from zoo.music import abc, abc_signs, abc_writing
from zoo.music.abc_bars import Bar
from zoo.music.abc_fields import Key, read_key
from zoo.music.piece import Piece, WrittenBar
from zoo.music.spelling import from_step, step_and_alter
from zoo.music.unfolding import unfold

BAR, DOUBLE, OPEN, CLOSE = '|', '||', '|:', ':|'
FIRST, SECOND = '|1', '|2'
LINES = (BAR, DOUBLE, OPEN, CLOSE, FIRST, SECOND)
CHORD, CHORD_END, TIE, REST = '[', ']', '-', 'z'

_MODES = {'': 'maj', 'm': 'min'}
_SIGNS = {2: '^^', 1: '^', 0: '=', -1: '_', -2: '__'}
_ALTERS = {sign: alter for alter, sign in _SIGNS.items()}
_CLASSES = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}
_NOTE = re.compile(r"(\^{0,2}|_{0,2}|=)([A-Ga-g])(,*|'*)")
_C = from_step('C', 0)
_DEFAULTS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # (p: p notes in the time of q
_TUPLET = re.compile(r'\((\d+)(?::(\d+):(\d+))?')


class Untokenised(ValueError):
  """A tune cannot be tokenized; `line` is the text of the bar, '' for none."""

  def __init__(self, reason: str, line: str = ''):
    super().__init__(reason)
    self.line = line


class Tokenised(NamedTuple):
  """A tune as tokens.

  Attributes:
    tokens: metre, mode and music, without an end token.
    root: the tonic as written in the source: F#, Bb, C.
  """

  tokens: tuple[str, ...]
  root: str


def tokenise(piece: Piece) -> Tokenised:
  """The tokens of a tune that was read from ABC.

  Raises:
    Untokenised: the vocabulary has no token for something in the tune; the
      exception names it and its bar.
  """
  if not any(bar.tokens for bar in piece.bars):
    raise Untokenised('is not ABC with one voice')
  (bars,) = abc.parse(abc_writing.plain_abc(piece)).voices
  metre, key = bars[0].metre, bars[0].key
  if metre.free:
    raise Untokenised('has no metre')
  for bar in bars:
    if bar.key != key:
      raise Untokenised('changes its key', ' '.join(bar.tokens))
    if bar.metre != metre:
      raise Untokenised('changes its metre', ' '.join(bar.tokens))
  _check_lengths(piece.bars, 4 * metre.numerator / metre.denominator)
  root = key.name[: 2 if key.name[1:2] in ('#', 'b') else 1]
  mode = key.name[len(root) :]
  name = '4/4' if metre[:2] == (2, 2) else f'{metre[0]}/{metre[1]}'
  walk = _Walk(root, mode, unit_of(name), _unit(piece))
  music = [
    walk.bar(bar, _first_of(bars, at + 1)) for at, bar in enumerate(bars)
  ]
  lines = _lines(bars, piece.metadata['played'])
  tokens = [f'M:{name}', f'K:C{_MODES.get(mode, mode)}']
  for before, inside in zip(lines, music, strict=False):
    tokens += [*before, *inside]
  found = Tokenised((*tokens, *lines[-1]), root)
  _check_same(found, bars, piece)
  return found


def unit_of(metre: str) -> Fraction:
  """The unit note length in a metre such as '6/8', in whole notes."""
  return Fraction(1, 16) if metre == '2/4' else Fraction(1, 8)


def root_of(name: str) -> tuple[int, int]:
  """Fifths and semitones (-6..5) from C to a tonic such as Bb."""
  spelling = from_step(name[0], name.count('#') - name.count('b'))
  step = _CLASSES[name[0]] + name.count('#') - name.count('b')
  return spelling - _C, (step + 6) % 12 - 6


def as_abc(
  tokens: Sequence[str], *, number: int = 1, title: str = '', root: str = 'C'
) -> str:
  """ABC text of tokens, whether or not they form a valid tune.

  Args:
    tokens: of a tune, without an end token.
    number: its X:.
    title: its T:.
    root: the tonic to transpose a tune in C to; 'C' leaves any tune as it is.
  """
  head = [f'X:{number}', f'T:{title or f"Tune {number}"}']
  words = list(tokens)
  metre = next((w[2:] for w in words if w.startswith('M:')), '4/4')
  if root != 'C':
    words = in_key_of(words, root)
    tonic, mode = root, key_of(tokens)[1]
  else:
    tonic, mode = key_of(tokens)
  words = [w for w in words if w[:2] not in ('M:', 'K:')]
  head += [f'M:{metre}', f'L:{unit_of(metre)}', f'K:{tonic}{mode}']
  text = ''
  for word in words:
    text += f' {word} ' if word in LINES else word
  return '\n'.join(head) + '\n' + ' '.join(text.split()) + '\n'


def key_of(tokens: Sequence[str]) -> tuple[str, str]:
  """Tonic and mode of the first key token; ('C', 'maj') if there is none."""
  key = next((w for w in tokens if w.startswith('K:')), 'K:Cmaj')[2:]
  tonic = key[: 2 if key[1:2] in ('#', 'b') else 1]
  return tonic, key[len(tonic) :]


def in_key_of(tokens: Sequence[str], root: str) -> list[str]:
  """The tokens of a tune transposed to another tonic.

  A note that cannot be spelled there is left unchanged, as are all notes of a
  tune whose key cannot be read.
  """
  tonic, mode = key_of(tokens)
  moved = _moved(list(tokens), mode, tonic, root)
  return [f'K:{root}{mode}' if w.startswith('K:') else w for w in moved]


def is_note(token: str) -> bool:
  """Whether a token is a pitch."""
  return bool(_NOTE.fullmatch(token))


def height(token: str) -> int:
  """The staff position of a note, 28 for middle C; 0 for other tokens."""
  if not is_note(token):
    return 0
  _, step, octave = _read(token)
  return 28 + 7 * octave + 'CDEFGAB'.index(step)


def length(token: str) -> Fraction:
  """A note length token in units; 0 for other tokens."""
  match = re.fullmatch(r'(\d*)(?:/(\d+))?', token)
  if not token or not match:
    return Fraction(0)
  return Fraction(int(match[1] or 1), int(match[2] or 1))


def broken(token: str) -> Fraction:
  """The factor of a broken rhythm's first note; 0 for other tokens."""
  if not re.fullmatch('>{1,3}|<{1,3}', token):
    return Fraction(0)
  short = Fraction(1, 2 ** len(token))
  return short if token[0] == '<' else 2 - short


def tuplet(token: str) -> tuple[int, int, int]:
  """(p, q, notes) of a tuplet sign; zeros for other tokens."""
  match = _TUPLET.fullmatch(token)
  if not match:
    return 0, 0, 0
  p = int(match[1])
  return p, int(match[2] or _DEFAULTS.get(p, 2)), int(match[3] or p)


def misfits(bars: Sequence[WrittenBar], full: float) -> Iterator[int]:
  """Yields the indices of bars that do not fit the metre.

  A bar may be short if it begins or ends the tune, or a part of it between
  double bars, repeat signs or endings.

  Args:
    bars: of a tune.
    full: length of a full bar, in quarters.
  """
  for place, bar in enumerate(bars):
    if abs(bar.length - full) < 1e-6:
      continue
    before = bars[place - 1] if place else None
    after = bars[place + 1] if place + 1 < len(bars) else None
    edges = (
      before is None or _parted(before, bar),
      after is None or _parted(bar, after),
    )
    if bar.length > full or not any(edges):
      yield place


def _parted(before, bar):
  """Whether a part ends between two bars."""
  begins = bar.endings and bar.endings != before.endings
  return len(before.right) > 1 or bool(bar.left) or bool(begins)


def _check_lengths(bars, full):
  for place in misfits(bars, full):
    raise Untokenised(
      'has a bar that does not fit its metre', ' '.join(bars[place].tokens)
    )


def _unit(piece):
  """The unit note length of the source's header, in whole notes."""
  return Fraction(piece.metadata['header']['L'])


def _first_of(bars, place):
  """Pitches of the first event of a bar; () after the last bar."""
  if place >= len(bars):
    return ()
  return tuple(note.pitch for note in bars[place].events[0].notes)


class _Accidentals:
  """Reads and writes the accidentals of a bar.

  What it writes is unambiguous, whether a reader applies an accidental to one
  octave or to all.
  """

  def __init__(self, key: Key):
    self.key = key
    self.clear()

  def clear(self):
    self.all, self.own = {}, {}

  def read(self, sign, step, octave):
    if sign:
      self._set(step, octave, _ALTERS[sign])
    return self.all.get(step, self.key.of(step))

  def write(self, step, octave, alter):
    """The sign that a note needs."""
    readings = (
      self.all.get(step, self.key.of(step)),
      self.own.get((step, octave), self.key.of(step)),
    )
    if readings == (alter, alter):
      return ''
    self._set(step, octave, alter)
    return _SIGNS[alter]

  def _set(self, step, octave, alter):
    self.all[step] = self.own[step, octave] = alter


def _read(token):
  """(sign, step, octave) of a note token; octave 0 is middle C's."""
  sign, letter, marks = _NOTE.fullmatch(token).groups()
  octave = marks.count("'") - marks.count(',') + letter.islower()
  return sign, letter.upper(), octave


def _spelled(step, octave):
  if octave > 0:
    return step.lower() + "'" * (octave - 1)
  return step + ',' * -octave


def _placed(pitch, spelling, line=''):
  """(step, octave, alter) of a MIDI pitch with a spelling."""
  if not 1 <= spelling <= 35:
    raise Untokenised('has a note that cannot be spelled in C', line)
  step, alter = step_and_alter(spelling)
  if abs(alter) > 2:
    raise Untokenised('has a note that cannot be spelled in C', line)
  return step, (pitch - alter - _CLASSES[step]) // 12 - 5, alter


def _moved(words, mode, tonic, root):
  """Note tokens transposed from one tonic to another, with accidentals."""
  (fifths, semitones), (from_fifths, from_semitones) = map(
    root_of, (root, tonic)
  )
  fifths -= from_fifths
  semitones = (semitones - from_semitones + 6) % 12 - 6
  try:
    old = _Accidentals(read_key(f'{tonic}{mode}'))
    new = _Accidentals(read_key(f'{root}{mode}'))
  except ValueError:
    return words
  found = []
  for word in words:
    if word in LINES:
      old.clear(), new.clear()
    if is_note(word):
      sign, step, octave = _read(word)
      alter = old.read(sign, step, octave)
      pitch = 60 + 12 * octave + _CLASSES[step] + alter + semitones
      try:
        step, octave, alter = _placed(pitch, from_step(step, alter) + fifths)
        word = new.write(step, octave, alter) + _spelled(step, octave)
      except Untokenised:
        pass
    found.append(word)
  return found


class _Walk:
  """Tokenizes the bars of a tune in order."""

  def __init__(self, root, mode, unit, source):
    fifths, semitones = root_of(root)
    self.fifths, self.shift = -fifths, -semitones
    self.accidentals = _Accidentals(read_key(f'C{mode}'))
    self.unit, self.source = unit, source

  def bar(self, bar: Bar, following: tuple[int, ...]) -> list[str]:
    """The tokens of a bar; `following`: the first pitches of the next bar."""
    self.found: list[str] = []
    self.accidentals.clear()
    self.base, self.pending = Fraction(0), ''
    self.scale, self.left = Fraction(1), 0
    self.line = ' '.join(bar.tokens)
    pitches = [tuple(n.pitch for n in one.notes) for one in bar.events]
    after = [*pitches[1:], following]
    events = iter(zip(bar.events, after, strict=True))
    event = None
    for token in bar.tokens:
      kind = abc_writing.sign_of(token)
      if kind in ('note', 'chord', 'rest', 'bars_rest'):
        event = next(events)
        self._event(token, kind, event[0], bar)
      elif kind == 'broken_rhythm':
        self.pending = token
      elif kind == 'tuplet_sign':
        self._tuplet(token, bar)
      elif kind == 'tie' and event is not None:
        tied = {note.pitch for note in event[0].notes}
        if tied & set(event[1]):  # between different pitches it is a slur
          self.found.append(TIE)
      elif kind == 'overlay':
        raise Untokenised('has several voices', self.line)
      elif token.startswith('[L:'):
        self.source = Fraction(token[3:-1])
    if self.left:
      raise Untokenised('has a tuplet across a bar line', self.line)
    return self.found

  def _event(self, token, kind, event, bar):
    if kind == 'bars_rest':
      units = Fraction(bar.metre.numerator, bar.metre.denominator) / self.unit
    else:
      units = self._units(token, kind) * self.source / self.unit
    base = units * (self.scale if self.left else 1)
    if self.pending and base == self.base:  # otherwise it has no meaning
      self.found.append(self.pending)
    self.pending, self.base = '', base
    names = [self._name(one) for one in sorted(event.notes)]
    if len(names) > 1:
      names = [CHORD, *names, CHORD_END]
    self.found += names or [REST]
    if units != 1:
      top, under = units.numerator, units.denominator
      over = f'/{under}' if under > 1 else ''
      self.found.append(f'{"" if top == 1 else top}{over}')
    self.left = max(self.left - 1, 0)

  def _units(self, token, kind):
    if kind == 'rest':
      return Fraction(*abc_signs.factor(token[1:]))
    if kind == 'note':
      return Fraction(*abc_signs.read_note(token)[-1])
    match = abc_signs.SIGNS.match(token)
    members, _ = abc_signs.read_chord(match['members'])
    lengths = {abc_signs.read_note(text)[-1] for text, _ in members}
    if len(lengths) > 1:
      raise Untokenised('has a chord of notes of different lengths', self.line)
    outer = Fraction(*abc_signs.factor(match['chord_length']))
    return Fraction(*lengths.pop()) * outer

  def _name(self, note):
    spelling = note.spelling + self.fifths if note.spelling else 0
    step, octave, alter = _placed(note.pitch + self.shift, spelling, self.line)
    return self.accidentals.write(step, octave, alter) + _spelled(step, octave)

  def _tuplet(self, token, bar):
    p, *others = [int(part or 0) for part in token[1:].split(':')]
    usual = _DEFAULTS.get(p, 3 if bar.metre.compound else 2)
    q = (others[0] if others else 0) or usual
    count = (others[1] if len(others) > 1 else 0) or p
    plain = p in _DEFAULTS and (q, count) == (usual, p)
    self.found.append(f'({p}' if plain else f'({p}:{q}:{count}')
    self.scale, self.left = Fraction(q, p), count


def _lines(bars: Sequence[Bar], played: Sequence[int]) -> list[list[str]]:
  """The bar line tokens before each bar, and after the last.

  Repeat signs are chosen to play the bars in the same order: stretches that are
  played twice, with or without two endings.

  Raises:
    Untokenised: the order cannot be written in this way.
  """
  count = len(bars)
  before = [[DOUBLE if bars[place].thick else BAR] for place in range(count)]
  lines = [[], *before]
  lines[count] = [BAR]
  for start, ending, stop in _sections(list(played), count):
    _put(lines, start, OPEN)
    lines[stop] = [CLOSE]
    if ending is not None:
      lines[ending] = [FIRST]
      lines[stop].append(SECOND)
  return lines


def _put(lines, place, sign):
  """Replaces the bar line by a sign, which follows a :| if there is one."""
  lines[place] = [CLOSE, sign] if lines[place][:1] == [CLOSE] else [sign]


def _sections(played, count):
  """Yields (first bar, bar of the first ending or None, bar after it)."""
  place = reached = 0  # position in `played`; number of bars written so far
  wrong = Untokenised('repeats bars in an order without signs for it')
  begin = 0
  while place < len(played):
    if played[place] == reached:
      reached, place = reached + 1, place + 1
      continue
    start, stop = played[place], reached
    if not begin <= start < stop:
      raise wrong
    end = start
    while place < len(played) and played[place] == end and end < stop:
      end, place = end + 1, place + 1
    goes_on = place < len(played) and played[place] == stop
    if end < stop and not (goes_on and end > start):
      raise wrong
    yield start, None if end == stop else end, stop
    begin = stop
  if reached != count:
    raise wrong


def _check_same(found, bars, piece):
  """Raises Untokenised if the tokens do not read back as the same notes."""
  tune = abc.parse(as_abc(found.tokens))
  _, shift = root_of(found.root)
  for old, new in zip(bars, tune.voices[0], strict=False):
    if [_sound(one, -shift) for one in old.events] != [
      _sound(one, 0) for one in new.events
    ]:
      raise Untokenised('is written in an unusual way', ' '.join(old.tokens))
  if len(bars) != len(tune.voices[0]) or (
    unfold(tune.voices[0]) != piece.metadata['played']
  ):
    raise Untokenised('repeats bars in an order without signs for it')


def _sound(event, shift):
  """Length and pitches of an event, `shift` semitones higher."""
  return event.ticks, [n.pitch + shift for n in event.notes]
