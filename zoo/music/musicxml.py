"""Parses untrusted MusicXML documents: from bytes to a tree of parts.

A file of a few kilobytes can make an XML parser allocate gigabytes (entities,
default attributes, compression). Here the document type is read first, and
refused if it declares anything; the number of elements is bounded before the
tree is built. External entities are never fetched.

Source: MusicXML 4.0, https://www.w3.org/2021/06/musicxml40/.
"""

from collections.abc import Iterator
import io
import re
from typing import NamedTuple
import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat
import zipfile
import zlib

from zoo.music.limits import ORDINARY, Limits, Refused

ELEMENTS = 3_000_000  # Per document; a tree of them takes about 400 MB.
MOST_MEASURES = 20_000  # Per part.

# Errors that another encoding may fix.
_CODES = {
  expat.errors.codes[text]
  for text in (
    expat.errors.XML_ERROR_INVALID_TOKEN,
    expat.errors.XML_ERROR_UNKNOWN_ENCODING,
    expat.errors.XML_ERROR_INCORRECT_ENCODING,
  )
}
_CONTAINER = 'META-INF/container.xml'
_NAMES = ('.xml', '.musicxml')
_SCORES = ('score-partwise', 'score-timewise')


class Part(NamedTuple):
  """One part of a score.

  Attributes:
    head: its `score-part` in the part list; None if it is not listed.
    measures: its `measure` elements, or their equivalents in a timewise score,
      in order.
  """

  head: Element | None
  measures: list[Element]


def load(data: bytes, limits: Limits = ORDINARY) -> Element:
  """The root of a score, from plain MusicXML or a compressed .mxl.

  Raises:
    Refused: it is not a MusicXML score, or is damaged or dangerous.
  """
  if data[:2] == b'PK':
    data = _unpacked(data, limits)
  _check_type(data)
  # Every opening tag has a <, in UTF-16 as well.
  if data.count(b'<') - data.count(b'</') > ELEMENTS:
    raise Refused(f'has more than {ELEMENTS} XML elements')
  root = _tree(data)
  if root.tag.startswith('{'):
    for element in root.iter():
      if isinstance(element.tag, str):
        element.tag = element.tag.rpartition('}')[2]
  if root.tag == 'opus':
    raise Refused('is a MusicXML opus, which lists scores and holds no music')
  if root.tag not in _SCORES:
    name = re.sub(r'[^\w.:-]', '?', root.tag)[:30]
    raise Refused(f'is XML but no MusicXML score: its root is <{name}>')
  return root


def parts(root: Element, limits: Limits = ORDINARY) -> list[Part]:
  """The parts of a partwise or timewise score, in document order.

  Raises:
    Refused: there are too many, or they have too many measures.
  """
  found = _parts(root, limits)
  if len(found) > limits.tracks:
    raise Refused(f'has more than {limits.tracks} parts')
  if max((len(part.measures) for part in found), default=0) > MOST_MEASURES:
    raise Refused(f'has more than {MOST_MEASURES} measures')
  return found


def _parts(root, limits):
  heads = {
    head.get('id', ''): head for head in root.iterfind('part-list/score-part')
  }
  if root.tag == 'score-partwise':
    return [
      Part(heads.get(part.get('id', '')), part.findall('measure'))
      for part in root.iterfind('part')
    ]
  measures = root.findall('measure')
  names = {
    part.get('id', ''): None
    for measure in measures
    for part in measure.iterfind('part')
  }
  if len(names) > limits.tracks:
    raise Refused(f'has more than {limits.tracks} parts')
  found: dict[str, list[Element]] = {name: [] for name in names}
  for measure in measures:
    inside = {part.get('id', ''): part for part in measure.iterfind('part')}
    for name, rows in found.items():
      part = inside.get(name)
      rows.append(Element('measure') if part is None else part)
      for key, value in measure.items():
        rows[-1].set(key, value)
  return [Part(heads.get(name), rows) for name, rows in found.items()]


def _unpacked(data, limits):
  """The score in an .mxl file, found by its container or else by its name."""
  try:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
      _check_zip(archive, limits)
      names = set(archive.namelist())
      for name in _candidates(archive, names):
        if name in names:
          return archive.read(name)
  except (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # Encrypted.
    ValueError,
    NotImplementedError,
  ) as error:
    if isinstance(error, Refused):
      raise
    raise Refused('is not a compressed MusicXML file') from error
  raise Refused('is a compressed file without a score in it')


def _check_zip(archive: zipfile.ZipFile, limits: Limits) -> None:
  members = archive.infolist()
  if sum(member.file_size for member in members) > limits.zip_bytes:
    raise Refused(f'unpacks to more than {limits.zip_bytes / 1e6:g} MB')
  for member in members:
    if member.file_size > limits.zip_ratio * max(member.compress_size, 100):
      raise Refused('is compressed more than music can be')


def _candidates(archive: zipfile.ZipFile, names: set[str]) -> Iterator[str]:
  """The container's root files, MusicXML before others; then any score."""
  if _CONTAINER in names:
    container = archive.read(_CONTAINER)
    _check_type(container)
    try:
      found = [*_tree(container).iter()]
    except Refused:  # A damaged container may still hold a sound score.
      found = []
    files = [
      (at.get('media-type', 'musicxml'), at.get('full-path', ''))
      for at in found
      if str(at.tag).rpartition('}')[2] == 'rootfile'
    ]
    yield from (path for kind, path in files if 'musicxml' in kind)
    yield from (path for _, path in files if path.lower().endswith(_NAMES))
  for name in archive.namelist():
    if name.lower().endswith(_NAMES) and not name.startswith('META-INF/'):
      yield name


class _Begun(Exception):
  """The root element begins, after the document type."""


def _check_type(data):
  """Refuses a document type that declares entities or attributes."""

  def begun(*_):
    raise _Begun

  def refuse(reason):
    def handler(*_):
      raise Refused(reason)

    return handler

  for encoding in _encodings(data):
    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler = begun
    parser.EntityDeclHandler = refuse('declares XML entities')
    parser.AttlistDeclHandler = refuse('declares XML attributes')
    try:
      for start in range(0, len(data), 1 << 16):
        parser.Parse(data[start : start + (1 << 16)], False)
      return
    except _Begun:
      return
    except (expat.ExpatError, LookupError, ValueError) as error:
      if isinstance(error, Refused):
        raise


def _tree(data):
  """The tree of a document whose type has been checked."""
  why = None
  for encoding in _encodings(data):
    parser = ElementTree.XMLParser(encoding=encoding)
    try:
      parser.feed(data)
      return parser.close()
    except ElementTree.ParseError as error:
      why = why or error
      if error.code not in _CODES:
        break
    except (LookupError, ValueError) as error:
      why = why or error
  if isinstance(why, ElementTree.ParseError):
    text = expat.ErrorString(why.code) or 'damaged'
    line = why.position[0]
    raise Refused(f'is not well-formed XML ({text}, line {line})') from why
  raise Refused('is XML in an encoding that is not known') from why


def _encodings(data):
  """Encodings to try: the declared one, then one that fits the bytes."""
  yield None
  try:
    data.decode('utf-8')
    yield 'utf-8'
  except UnicodeDecodeError:
    if data[:2] not in (b'\xff\xfe', b'\xfe\xff'):
      yield 'iso-8859-1'
