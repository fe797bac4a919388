"""Writes the bars of a tune as clean ABC, which reads back the same."""

import re

from zoo.contracts import UserError
from zoo.music import abc, abc_signs
from zoo.music.abc_bars import Bar
from zoo.music.abc_fields import QUARTER
from zoo.music.piece import Piece, WrittenBar

_BARS_A_LINE = 4
_LABELS = re.compile(r'(?:\[P:[^\]]*\] *)+')
_FIRST = 'XT'
_LAST = ('P', 'M', 'L', 'Q', 'K')
_NOT_WRITTEN = ('V', 'm', 'I')
_DIRECTIVES = ('%%propagate-accidentals', '%%MIDI')


def write_abc(piece: Piece, number: int = 1) -> str:
  """A tune as ABC text, ending with a line break.

  The text is built from the text of `piece.bars` and the header in the
  metadata, not from the notes. Parsing it gives equal notes, chord symbols and
  bars.

  Args:
    piece: a tune whose bars have text.
    number: its X:.

  Raises:
    UserError: the piece has no text.
  """
  plain = plain_abc(piece, number)
  (bars,) = abc.parse(plain).voices
  if len(bars) != len(piece.bars):
    return plain
  beamed = [_beamed(bar) for bar in bars]
  return _header(piece, number) + _body(piece.bars, beamed)


def plain_abc(piece: Piece, number: int = 1) -> str:
  """The text of `write_abc` with spaces between all signs, without beams.

  Raises:
    UserError: the piece has no text.
  """
  if not any(bar.tokens for bar in piece.bars):
    raise UserError(
      f'{piece.id} cannot be written as ABC: its bars have no text; only '
      'pieces read from ABC with one voice have it.'
    )
  spaced = [' '.join(bar.tokens) for bar in piece.bars]
  return _header(piece, number) + _body(piece.bars, spaced)


def _header(piece, number):
  header = dict(piece.metadata.get('header', {}))
  title = _line(header.get('T') or piece.metadata.get('title') or piece.id)
  lines = [f'X:{number}', f'T:{title}']
  for name in _DIRECTIVES:
    for value in header.get(name, '').split('\n'):
      if value:
        lines.append(f'{name} {_line(value)}')
  names = [name for name in header if len(name) == 1]
  others = [n for n in names if n not in (*_FIRST, *_LAST, *_NOT_WRITTEN)]
  header.setdefault('M', 'none')
  header.setdefault('L', '1/8')
  header.setdefault('K', str(piece.metadata.get('key') or 'C'))
  for name in (*others, *_LAST):
    if header.get(name) or name == 'K':
      lines.append(f'{name}:{_line(header[name])}')
  return '\n'.join(lines) + '\n'


def _line(value):
  return ' '.join(str(value).split())


def _body(bars: tuple[WrittenBar, ...], texts: list[str]) -> str:
  """Bars with their bar lines, four per line."""
  lines, line, count = [], '', 0
  before = WrittenBar(0.0, 0.0, right='')
  for place, (bar, text) in enumerate(zip(bars, texts, strict=True)):
    after = bars[place + 1] if place + 1 < len(bars) else None
    # An ending lasts until a double bar, and its number is written once.
    again = bar.endings != before.endings or len(before.right) != 1 or bar.left
    if bar.left and line.endswith('|') and len(before.right) == 1:
      line = line[:-1] + bar.left
    elif bar.left:
      line = _spaced(line) + bar.left
    label = _LABELS.match(text)
    if bar.endings and label:  # a part that starts ends an ending
      line, text = _spaced(line) + label[0], text[label.end() :]
    if bar.endings and (again or label):
      line += '' if line.endswith(('|', ':')) else '['
      line += ','.join(map(str, bar.endings))
    line = f'{_spaced(line)}{text} {bar.right}'
    count += 1
    opens = after is not None and after.left and len(bar.right) == 1
    if not bar.right or (count >= _BARS_A_LINE and not opens) or after is None:
      if not (after is not None and after.endings and bar.right):
        lines.append(line.rstrip())
        line, count = '', 0
    before = bar
  if line:
    lines.append(line.rstrip())
  return '\n'.join(lines) + '\n'


def _beamed(bar: Bar) -> str:
  """The tokens of a bar, with spaces between its beats."""
  beat = _beat(bar.metre)
  events = iter(bar.events)
  found, group = '', ''  # `group`: signs that belong to the next event
  for token in bar.tokens:
    kind = _kind(token)
    if kind == 'before':
      apart = group[-1:] == '.' and token == '('  # no dotted slur
      group += ' ' * apart + token
    elif kind == 'event':
      event = next(events, None)
      apart = event is None or event.onset % beat == 0 or token[0] in 'xX'
      tight = found[-1:] in ('<', '>') or not (apart or found[-1:] == ' ')
      found = (found if tight else _spaced(found)) + group + token
      group = ''
    elif kind == 'after':
      apart = found[-1:] in ('<', '>') and token[0] in '<>' and not group
      found += group + ' ' * apart + token
      group = ''
    else:
      found = _spaced(_spaced(found) + group) + token + ' '
      group = ''
  return (_spaced(found) + group).strip()


def _spaced(text):
  return text if not text or text[-1] == ' ' else text + ' '


def _beat(metre):
  if metre.compound:
    return 3 * 4 * QUARTER // metre.denominator
  return 4 * QUARTER // min(metre.denominator, 4)


def sign_of(token: str) -> str | None:
  """The kind of a token, a group name of abc_signs.SIGNS; None for none."""
  match = abc_signs.SIGNS.match(token)
  return match.lastgroup if match and match.end() == len(token) else None


def _kind(token):
  """Where a token belongs: event, before the next, after the last, or apart."""
  kind = sign_of(token)
  if kind in ('note', 'chord', 'rest', 'bars_rest'):
    return 'event'
  if kind in ('tie', 'broken_rhythm') or token == ')':
    return 'after'
  if kind in ('tuplet_sign', 'text', 'grace') or (
    kind == 'kept' and token[0] != 'y' and token != 'H'
  ):
    return 'before'
  return 'apart'
