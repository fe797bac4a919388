"""ABC tunebooks: the tunes of a file, and what a tune's header says."""

import re

from zoo.contracts import UserError

_MODES = ('maj', 'ion', 'min', 'aeo', 'mix', 'dor', 'phr', 'lyd', 'loc')


class BadTune(UserError):
  """A tune that cannot be read with certainty; the text is the reason."""


def split(text: str) -> list[tuple[str, str]]:
  """A tunebook's tunes as (number, text), in order; X: starts a tune.

  A number that occurs again gets a count appended (`12` and `12-2`).
  """
  found, seen = [], set()
  for tune in re.split(r'(?m)^(?=X:)', text.replace('\r\n', '\n'))[1:]:
    head = re.match(r'X:[ \t]*(\S{0,20})', tune)
    number = name = (head and head[1]) or '0'
    count = 1
    while name in seen:
      count += 1
      name = f'{number}-{count}'
    seen.add(name)
    found.append((name, tune))
  return found


def header(text: str) -> tuple[dict[str, str], str, str]:
  """A tune's header fields, its key, and the body that follows."""
  head: dict[str, str] = {}
  lines = text.split('\n')
  for place, line in enumerate(lines):
    match = re.match(r'([A-Za-z]):(.*)', line)
    if not match:
      continue
    name, value = match[1], match[2].split('%')[0].strip()
    if name == 'K':
      return head, read_key(value), '\n'.join(lines[place + 1 :])
    head.setdefault(name, value)
  raise BadTune('has no key (K:)')


def read_metre(text: str) -> tuple[int, int]:
  """`6/8`, `C` or `C|` as (numerator, denominator)."""
  text = text.split('%')[0].strip()
  if text in ('C', 'C|'):
    return (4, 4) if text == 'C' else (2, 2)
  match = re.fullmatch(r'([0-9]{1,2})\s*/\s*([0-9]{1,2})', text)
  if not match:
    raise BadTune('has no metre that can be read')
  top, bottom = int(match[1]), int(match[2])
  if not top or bottom not in (1, 2, 4, 8, 16, 32):
    raise BadTune('has a metre that does not exist')
  return top, bottom


def read_key(text: str) -> str:
  """A key field in a short form that ABC players agree on (`Am`, `Ddor`)."""
  text = text.split('%')[0].strip()
  if text.lower() in ('', 'none'):
    return 'C'
  if text[:2] in ('HP', 'Hp'):
    return 'D'  # the Highland pipes' scale: F sharp, C sharp, G natural
  match = re.match(r'([A-G][#b]?)\s*([A-Za-z]*)', text)
  tonic, word = match.groups() if match else ('', '?')
  mode = word.lower()[:3]  # capitals do not matter: EM is E minor
  if mode not in ('', 'm', *_MODES) or re.search(r'[\^_=][A-Ga-g]', text):
    raise BadTune('has a key that cannot be read')
  mode = {'maj': '', 'ion': '', 'min': 'm', 'aeo': 'm'}.get(mode, mode)
  return tonic + mode
