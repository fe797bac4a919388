"""Chord symbols: from MusicXML's `harmony` to text such as Am7, and back.

A symbol is kept as it is printed: the attribute `text` of `kind` if there is
one, otherwise the usual lead-sheet letters of its kind. Roots and basses are
kept at sounding pitch, so they are transposed with their part.
"""

import re
from xml.etree.ElementTree import Element, SubElement

# MusicXML's kinds and their letters.
KINDS = {
  'major': '',
  'minor': 'm',
  'augmented': 'aug',
  'diminished': 'dim',
  'dominant': '7',
  'major-seventh': 'maj7',
  'minor-seventh': 'm7',
  'diminished-seventh': 'dim7',
  'augmented-seventh': 'aug7',
  'half-diminished': 'm7b5',
  'major-minor': 'm(maj7)',
  'major-sixth': '6',
  'minor-sixth': 'm6',
  'dominant-ninth': '9',
  'major-ninth': 'maj9',
  'minor-ninth': 'm9',
  'dominant-11th': '11',
  'major-11th': 'maj11',
  'minor-11th': 'm11',
  'dominant-13th': '13',
  'major-13th': 'maj13',
  'minor-13th': 'm13',
  'suspended-second': 'sus2',
  'suspended-fourth': 'sus4',
  'Neapolitan': 'N6',
  'Italian': 'It6',
  'French': 'Fr6',
  'German': 'Ger6',
  'pedal': 'ped',
  'power': '5',
  'Tristan': 'Tristan',
  'other': '',
}
SILENT = 'N.C.'  # No chord.

_LETTERS = {letters: kind for kind, letters in reversed(KINDS.items())}
_ROMAN = ('I', 'II', 'III', 'IV', 'V', 'VI', 'VII')
_FIFTHS = 'FCGDAEB'
_STARTS = ('root', 'function', 'numeral')
_LONGEST = 60  # Characters of one symbol.
_SYMBOL = re.compile(r'([A-G])(#{0,3}|b{0,3})(?![#b])(.*)')
_BASS = re.compile(r'(.*)/([A-G])(#{0,3}|b{0,3})')
# Prefixes of the kinds with a minor third.
_MINOR = ('minor', 'diminished', 'half-diminished', 'major-minor')


def text_of(harmony: Element, fifths: int = 0) -> str:
  """The text of a chord symbol; '' if it has none.

  Args:
    harmony: a MusicXML `harmony`; stacked chords are all written, `C|G`.
    fifths: from written to sounding pitch along the line of fifths (-2 for an
      instrument in B flat).
  """
  chords: list[list[Element]] = []
  for child in harmony:
    if child.tag in _STARTS or not chords:
      chords.append([])
    chords[-1].append(child)
  found = (_chord(chord, fifths) for chord in chords)
  return '|'.join(text for text in found if text)[:_LONGEST]


def _chord(children, fifths):
  """One root, its kind, degrees, inversion and bass."""
  found = {child.tag: child for child in children}
  kind = found.get('kind')
  name = _clean(kind.text) if kind is not None else ''
  text = _printed(kind)
  if name == 'none' or text.upper() in ('N.C.', 'NC', 'N.C'):
    return SILENT
  if not any(tag in found for tag in _STARTS):
    return ''
  root, place = _root(found, fifths)
  letters = text or KINDS.get(name, name)
  letters += ''.join(
    _degree(child, letters) for child in children if child.tag == 'degree'
  )
  bass = found.get('bass')
  under = _pitch(bass, 'bass', fifths) if bass is not None else ''
  if not under and place is not None and 'inversion' in found:
    under = _inverted(found['inversion'].text, name, place)
  return root + letters + (f'/{under}' if under else '')


def _root(found, fifths):
  """The root as text, and its place on the line of fifths if it has one."""
  if 'root' in found:
    root = found['root']
    step = root.find('root-step')
    if step is not None and step.get('text') == '':
      return '', None  # Not printed: the kind holds the whole symbol.
    name = _pitch(root, 'root', fifths)
    return name, _place(name) if name else None
  if 'function' in found:
    return _clean(found['function'].text), None
  root = found['numeral'].find('numeral-root')
  if root is None:
    return '', None
  alter = _alter(found['numeral'].findtext('numeral-alter'))
  number = _number(root.text) or 0
  name = _ROMAN[number - 1] if 1 <= number <= 7 else ''
  return _signs(alter) + (_clean(root.get('text')) or name), None


def _pitch(element, name, fifths):
  """A root or bass such as `Bb`, at sounding pitch; '' if there is none."""
  step = _clean(element.findtext(f'{name}-step')).upper()
  if len(step) != 1 or step not in _FIFTHS:
    return ''
  alter = _alter(element.findtext(f'{name}-alter'))
  return _name(_FIFTHS.index(step) + 7 * alter + fifths)


def _printed(kind):
  """The printed text of `kind`; '' for none."""
  return '' if kind is None else _clean(kind.get('text'))


def _degree(element, letters):
  """An altered or added degree such as `b9`; '' if the letters include it."""
  value = _number(element.findtext('degree-value')) or 0
  digits = re.findall('[0-9]+', letters)
  if (
    element.get('print-object') == 'no'
    or not 1 <= value <= 13
    or str(value) in digits
    or (value == 9 and {'69', '2'} & {*digits})
  ):
    return ''
  kind = _clean(element.findtext('degree-type'))
  sign = _signs(_alter(element.findtext('degree-alter')))
  if kind == 'subtract':
    return f'no{value}'
  if not sign:
    return f'add{value}'
  return f'{sign}{value}' if letters else f'({sign}{value})'


def _inverted(number, kind, root):
  """The name of the bass of an inversion; '' for root position."""
  degree = _number(number) or 0
  minor = kind.startswith(_MINOR)
  if degree == 1:
    return _name(root + (-3 if minor else 4))
  if degree == 2:
    if kind.startswith(('diminished', 'half-diminished')):
      return _name(root - 6)
    return _name(root + (8 if kind.startswith('augmented') else 1))
  if degree == 3:
    if kind.startswith(('major-', 'Neapolitan')):
      return _name(root + (3 if kind.endswith('sixth') else 5))
    if kind == 'diminished-seventh':
      return _name(root - 9)
    return _name(root + (3 if kind == 'minor-sixth' else -2))
  return ''


def _name(place):
  """The name, such as `Bb`, of a place on the line of fifths; F is 0."""
  alter, step = divmod(place, 7)
  if abs(alter) > 2:
    alter, step = divmod(place - 12 * round(alter / 2), 7)
  return _FIFTHS[step] + _signs(alter)


def _place(name):
  signs = name.count('#') - name.count('b')
  return _FIFTHS.index(name[0]) + 7 * signs


def _signs(alter):
  return '#' * alter + 'b' * -alter


def _alter(text):
  alter = _number(text)
  return alter if alter is not None and abs(alter) <= 3 else 0


def _number(text):
  """A rounded number; None if the text is not a number."""
  try:
    return round(float(text or 'nan'))
  except (ValueError, OverflowError):
    return None


def _clean(text):
  if text and text.isascii() and text.isalnum():  # The usual case, fast.
    return text[:_LONGEST]
  text = (text or '').replace('\u266d', 'b').replace('\u266f', '#')
  text = ' '.join(text.split())
  return ''.join(sign for sign in text if sign.isprintable())[:_LONGEST]


def harmony_of(text: str, offset: int = 0) -> Element:
  """The `harmony` that `text_of` reads as `text`.

  Args:
    text: a chord symbol. One that does not begin with the name of a root is
      written as plain text.
    offset: in divisions, from the position of the element.
  """
  harmony = Element('harmony')
  root = SubElement(harmony, 'root')
  bass = _BASS.fullmatch(text)
  symbol = _SYMBOL.fullmatch(bass[1] if bass else text)
  if symbol is None:
    SubElement(root, 'root-step', text='').text = 'C'
    kind = SubElement(harmony, 'kind', text=text)
    kind.text = 'none' if text == SILENT else 'other'
  else:
    _write_pitch(root, 'root', symbol[1], symbol[2])
    kind = SubElement(harmony, 'kind', text=symbol[3])
    kind.text = _LETTERS.get(symbol[3], 'other')
    if bass:
      _write_pitch(SubElement(harmony, 'bass'), 'bass', bass[2], bass[3])
  if offset:
    SubElement(harmony, 'offset').text = str(offset)
  return harmony


def _write_pitch(element, name, step, signs):
  SubElement(element, f'{name}-step').text = step
  if signs:
    alter = signs.count('#') - signs.count('b')
    SubElement(element, f'{name}-alter').text = str(alter)
