"""Repeat signs, endings and jumps in one measure of a score.

Source: MusicXML 4.0, `barline`, `repeat`, `ending`, `sound`. Words and signs
are interpreted if a file does not give their meaning in a `sound`.
"""

from collections.abc import Sequence
import dataclasses
import re
from xml.etree.ElementTree import Element

from zoo.music.marks import numbers

_LINES = {
  'light-light': '||',
  'light-heavy': '|]',
  'heavy-heavy': '|]',
  'none': '',
}
_TO_CODA = re.compile(r'(to|al|alla) coda\b.*|to \W+', re.IGNORECASE)
_AL = r'(\s+al(la)?\s+(fine|coda|segno)\b.*)?'
_CAPO = re.compile(r'(d\.?\s?c\.?|da capo)' + _AL, re.IGNORECASE)
_SEGNO = re.compile(r'(d\.?\s?s\.?|dal segno)' + _AL, re.IGNORECASE)
_FINE = re.compile(r'fine\.?', re.IGNORECASE)
_CODA = re.compile(r'coda\.?', re.IGNORECASE)


@dataclasses.dataclass(slots=True)
class Signs:
  """The bar lines and directions of one measure.

  Attributes:
    forward: whether it starts with a repeat sign.
    backward: how often the section that its right repeat sign ends is played;
      0 for no sign.
    forward_after: a forward repeat at its right, for the next measure.
    backward_before: a backward repeat at its left, for the previous measure.
    after_jump: whether the repeat is also played after a jump.
    begins: the passes of an ending that begins here, () without a number; None
      for no ending.
    ends, ends_before: whether an ending ends at its right, or at its left.
    right: the right bar line, in ABC's signs.
    segno, coda: names of the signs here; None for none.
    to_coda: name of the coda to jump to; None for none.
    fine: whether the piece ends here after a jump.
    jump: ('capo', '') or ('segno', name); None for none.
    coda_signs: number of coda signs without a given meaning.
  """

  forward: bool = False
  backward: int = 0
  forward_after: bool = False
  backward_before: int = 0
  after_jump: bool = False
  begins: tuple[int, ...] | None = None
  ends: bool = False
  ends_before: bool = False
  right: str = '|'
  segno: str | None = None
  coda: str | None = None
  to_coda: str | None = None
  fine: bool = False
  jump: tuple[str, str] | None = None
  coda_signs: int = 0

  def read_barline(self, element: Element, amid: bool) -> None:
    """Reads a `barline`; `amid`: whether there is music before it."""
    where = element.get('location', 'right')
    left = where == 'left' or (where == 'middle' and not amid)
    for child in element:
      if child.tag == 'repeat':
        self._repeat(child, left)
      elif child.tag == 'ending':
        if child.get('type') == 'start':
          self.begins = numbers(child.get('number') or '') or numbers(
            child.text or ''
          )
        elif left:
          self.ends_before = True
        else:
          self.ends = True
      elif child.tag == 'bar-style' and where == 'right':
        self.right = _LINES.get((child.text or '').strip(), '|')
      elif child.tag == 'segno':
        self.segno = self.segno or ''
      elif child.tag == 'coda':
        self.coda_signs += 1

  def _repeat(self, element, left):
    if element.get('direction') == 'forward':
      if left:
        self.forward = True
      else:
        self.forward_after = True
      return
    given = numbers(element.get('times', ''))
    times = max(given) if given else 2
    if left:
      self.backward_before = times
    else:
      self.backward = times
    self.after_jump |= element.get('after-jump') == 'yes'

  def read_sound(self, element: Element) -> None:
    """Reads the jumps and repeats of a `sound`."""
    get = element.get
    if get('segno') is not None:
      self.segno = get('segno')
    if get('coda') is not None:
      self.coda = get('coda')
    if get('tocoda') is not None:
      self.to_coda = get('tocoda')
    if get('fine') not in (None, 'no'):
      self.fine = True
    if get('dacapo') == 'yes':
      self.jump = ('capo', '')
    if get('dalsegno') is not None:
      self.jump = ('segno', get('dalsegno', ''))
    if get('forward-repeat') == 'yes':
      self.forward = True

  def read_direction(self, element: Element, sound: Element | None) -> None:
    """Reads signs and words whose meaning is not given by a `sound`."""
    said = set() if sound is None else {*sound.keys()}
    if said & {'segno', 'coda', 'tocoda', 'fine', 'dacapo', 'dalsegno'}:
      return
    words = ''
    for kind in element.iterfind('direction-type/*'):
      if kind.tag == 'segno' and self.segno is None:
        self.segno = ''
      elif kind.tag == 'coda':
        self.coda_signs += 1
      elif kind.tag == 'words':
        words += ' ' + (kind.text or '')
    if words:
      self._read_words(' '.join(words.split()))

  def _read_words(self, words):
    if _CAPO.fullmatch(words):
      self.jump = ('capo', '')
    elif _SEGNO.fullmatch(words):
      self.jump = ('segno', '')
    elif _FINE.fullmatch(words):
      self.fine = True
    elif _TO_CODA.fullmatch(words):
      self.to_coda, self.coda_signs = '', 0
    elif _CODA.fullmatch(words):
      self.coda, self.coda_signs = '', 0


def merged(rows: Sequence[Signs]) -> Signs:
  """The signs of one measure, merged from several parts."""
  if all(row == rows[0] for row in rows[1:]):
    return rows[0]
  found = Signs()
  for field in dataclasses.fields(Signs):
    for row in rows:
      value = getattr(row, field.name)
      if value != field.default:
        setattr(found, field.name, value)
        break
  return found


def lines(sign: Signs) -> tuple[str, str]:
  """The left and right bar line of a measure, in ABC's signs.

  Args:
    sign: normalized by `zoo.music.repeats.settle`.
  """
  right = sign.right
  if sign.backward > 1:
    right = ':' * (sign.backward - 1) + '|'
  return '|:' if sign.forward else '', right
