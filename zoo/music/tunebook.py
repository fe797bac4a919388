"""ABC tunebooks: splits files into tunes, and reads the headers of tunes."""

import html
import re
import unicodedata

from zoo.music.abc_fields import BadTune

_FIELD = re.compile(r'([A-Za-z]):(?![|:])[ \t]*(.*)')
_ACCENTS = {'`': '\u0300', "'": '\u0301', '^': '\u0302', '~': '\u0303'}
_ACCENTS |= {'"': '\u0308', 'c': '\u0327', 'v': '\u030c', 'u': '\u0306'}
_LETTERS = {'/O': 'Ø', '/o': 'ø', 'AE': 'Æ', 'ae': 'æ', 'ss': 'ß', 'AA': 'Å'}
_LETTERS |= {'aa': 'å', 'oe': 'œ', 'OE': 'Œ', 'dh': 'ð', 'th': 'þ'}
_BLANK = re.compile(r'\n[ \t]*\n')
# Some books have a blank line before the music.
_MUSIC = re.compile(r'(?:\n(?:[ \t]*\n)+(?=[^\n]*\|))?')
_MOST = 500  # maximum characters of a field's value


def decode(data: bytes) -> str:
  """The text of an ABC file, in the encoding that it names or a likely one."""
  for mark, name in ((b'\xff\xfe', 'utf-16'), (b'\xfe\xff', 'utf-16')):
    if data.startswith(mark):
      return data.decode(name, 'replace')
  named = re.search(rb'abc-charset[ \t]+(iso-8859-\d{1,2})', data[:4096], re.I)
  try:
    return data.decode('utf-8-sig')
  except UnicodeDecodeError:
    pass
  try:
    return data.decode(named[1].decode() if named else 'latin-1')
  except (UnicodeDecodeError, LookupError):
    return data.decode('latin-1')


def split(text: str) -> list[tuple[str, str]]:
  """A tunebook's tunes as (number, text), in order; X: starts a tune.

  A tune ends at the first blank line after its key; what follows, such as
  credits and HTML, is ignored. A number that occurs again gets a count appended
  (`12` and `12-2`).
  """
  text = re.sub(r'\r+\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]', '\n', text)
  found, seen = [], set()
  for tune in re.split(r'(?m)^(?=[ \t]{0,3}X:)', text)[1:]:
    head = re.match(r'\s*X:[ \t]*(\S{0,20})', tune)
    number = name = (head and head[1]) or '0'
    count = 1
    while name in seen:
      count += 1
      name = f'{number}-{count}'
    seen.add(name)
    key = re.search(r'(?m)^K:.*$', tune)
    begin = key and _MUSIC.match(tune, key.end())
    end = begin and _BLANK.search(tune, begin.end())
    found.append((name, tune[: end.start() + 1] if end else tune))
  return found


def header(text: str) -> tuple[dict[str, str], list[str]]:
  """A tune's header fields, up to K:, and the lines that follow.

  If a field occurs twice, the first one counts; `+:` continues the previous
  field. Directives, `%%name value`, are stored under `%%name`.

  Raises:
    BadTune: there is no K:.
  """
  head: dict[str, str] = {}
  name = ''
  lines = text.split('\n')
  for place, line in enumerate(lines):
    if line.startswith('%%') or line.startswith('I:'):
      words = line.replace('I:', '%%', 1)[2:].split(None, 1)
      if words:
        name = '%%' + words[0]
        value = without_comment(words[1] if len(words) > 1 else '')[:_MOST]
        if name == '%%MIDI' and name in head:
          head[name] += '\n' + value.strip()
        else:
          head.setdefault(name, value.strip())
      continue
    if line.startswith('+:'):
      if name in head:
        head[name] = (head[name] + ' ' + without_comment(line[2:]))[:_MOST]
      continue
    match = _FIELD.match(line.lstrip(' \t'))
    if not match:
      continue
    name, value = match[1], without_comment(match[2])[:_MOST].strip()
    if name == 'V' and 'V' in head:
      head['V'] += '\n' + value
    else:
      head.setdefault(name, value)
    if name == 'K':
      head['K'] = value
      return head, lines[place + 1 :]
  raise BadTune('has no key (K:)')


def without_comment(line: str) -> str:
  r"""The line up to the first % that is not escaped as \%."""
  if '%' not in line:
    return line
  return re.split(r'(?<!\\)%', line, maxsplit=1)[0]


def as_text(value: str) -> str:
  r"""A field's value with accents decoded: `\'e` and `&eacute;` become é."""
  value = re.sub(
    r'\\(/[Oo]|AE|ae|ss|AA|aa|OE|oe|dh|th)',
    lambda match: _LETTERS[match[1]],
    value,
  )
  value = re.sub(
    r"\\([`'^~\"cvu])([A-Za-z])",
    lambda match: unicodedata.normalize('NFC', match[2] + _ACCENTS[match[1]]),
    value,
  )
  return html.unescape(value).replace('\\%', '%').strip()
