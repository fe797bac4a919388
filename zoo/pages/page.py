"""Assembles self-contained HTML pages: no network, no server, no template.

Text passes through `escape`, data through `embed`. The Content-Security-Policy
of a page only allows its own scripts and styles, identified by their hashes,
and embedded pictures and sounds. So text that was not escaped by mistake could
neither run nor fetch anything.
"""

import base64
from collections.abc import Mapping, Sequence
import hashlib
import html
import json
import math
from pathlib import Path
from typing import Any
from urllib.parse import quote

_FOLDER = Path(__file__).parent

# The scripts of the player, each after those that it needs.
PLAYER = ('sounds.js', 'player.js', 'roll.js', 'sample.js')

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def page(
  title: str,
  body: str,
  data: Any = None,
  scripts: Sequence[str] = (),
  styles: Sequence[str] = ('page.css',),
  worker: bool = False,
  media: bool = False,
) -> str:
  """One HTML file.

  Args:
    title: plain text.
    body: HTML with escaped texts; see `escape`.
    data: JSON values; the scripts find them in the element `data`.
    scripts: files of this folder, in order; they share one scope.
    styles: files of this folder, in order.
    worker: whether a script may start workers from its own text.
    media: whether embedded sounds may play.
  """
  script = '\n' + '\n'.join(asset(name) for name in scripts)
  style = '\n' + '\n'.join(asset(name) for name in styles)
  policy = '; '.join(
    (
      "default-src 'none'",
      f'script-src {_hash(script)}',
      f'style-src {_hash(style)}',
      'img-src data:',
      *(('media-src data:',) if media else ()),
      *(('worker-src blob:',) if worker else ()),
      "base-uri 'none'",
      "form-action 'none'",
    )
  )
  return _PAGE.format(
    policy=policy,
    title=escape(title),
    style=style,
    body=body,
    data=embed(data),
    script=script,
  )


def asset(name: str) -> str:
  """The text of a script, a style or a fragment of HTML of this folder."""
  return (_FOLDER / name).read_text('utf-8')


def escape(value: Any) -> str:
  """Text for an element or a quoted attribute."""
  text = ''.join(
    c if c.isprintable() or c in '\n\t' else '\ufffd' for c in str(value)
  )
  return html.escape(text, quote=True)


def embed(data: Any) -> str:
  """JSON for a script element, with nothing that could end the element.

  NaN and infinity, which JSON does not have, become null.
  """
  text = json.dumps(
    _finite(data), allow_nan=False, separators=(',', ':'), ensure_ascii=True
  )
  for sign in '<>&':
    text = text.replace(sign, f'\\u{ord(sign):04x}')
  return text


def link(path: str) -> str:
  """A relative path as the value of href: no scheme, every byte quoted."""
  return './' + escape(quote(path, safe='/'))


def picture(png: bytes) -> str:
  """A PNG as the value of src."""
  return 'data:image/png;base64,' + base64.b64encode(png).decode()


def svg_picture(svg: bytes) -> str:
  """An SVG as the value of src: scripts in a picture do not run."""
  return 'data:image/svg+xml;base64,' + base64.b64encode(svg).decode()


def sound(wav: bytes) -> str:
  """A .wav as the value of src."""
  return 'data:audio/wav;base64,' + base64.b64encode(wav).decode()


def number(value: Any) -> str:
  """A number of a report as text; a list as a range, None as a dash."""
  if value is None:
    return '–'
  if isinstance(value, bool) or isinstance(value, str):
    return str(value)
  if isinstance(value, list | tuple):
    if all(isinstance(one, int | float) for one in value):
      return '..'.join(number(one) for one in value)
    return ', '.join(map(str, value))
  if isinstance(value, float) and math.isfinite(value):
    small = 0 < abs(value) < 0.001 or abs(value) >= 1e6
    return f'{value:.3g}' if small else f'{value:.3f}'
  if isinstance(value, int):
    return f'{value:,}'
  return str(value)


def _hash(text):
  digest = hashlib.sha256(text.encode()).digest()
  return f"'sha256-{base64.b64encode(digest).decode()}'"


def _finite(value):
  if isinstance(value, Mapping):
    return {str(name): _finite(one) for name, one in value.items()}
  if isinstance(value, list | tuple):
    return [_finite(one) for one in value]
  if isinstance(value, float) and not math.isfinite(value):
    return None
  return value
