"""Attributes of music that a latent space may have a direction for.

  density         onsets a step
  c_major         share of the pitched onsets that lie in C major
  interval        mean distance between successive pitches, in semitones
  syncopation_16  share of the onsets that stand on a sixteenth off the eighths
                  and have no onset after them up to the next eighth
  syncopation_8   the same of eighths off the quarters, up to the next quarter

What an encoder's fields hold of these, its spec says: tokens of pitches, of
drums, several such streams, or piano rolls. Drums have no pitches, and a grid
without sixteenths or eighths has no syncopation of them.

Source: the five attributes of Roberts et al. 2018, arXiv 1803.05428; the
definitions are ours.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import Spec

NAMES = ('density', 'c_major', 'interval', 'syncopation_16', 'syncopation_8')
C_MAJOR = (0, 2, 4, 5, 7, 9, 11)


class Onsets(NamedTuple):
  """What begins in n examples.

  Attributes:
    count: [n, T] how many notes or hits begin at a step.
    lines: pitches of each line, [n, T] MIDI pitches, -1 where none begins; of
      a roll the highest that begins.
    in_c: [n, T] how many of those that have a pitch lie in C major.
    pitched: [n, T] how many have a pitch.
  """

  count: np.ndarray
  lines: list[np.ndarray]
  in_c: np.ndarray
  pitched: np.ndarray


def attributes_of(spec: Spec) -> tuple[str, ...]:
  """Names of the attributes that an encoder's examples have; () for none."""
  fields = _fields(spec)
  if not fields:
    return ()
  sixteenth = _steps(spec, 4)
  eighth = _steps(spec, 2)
  pitched = any(kind != 'drums' for kind in fields.values())
  has = {
    'density': True,
    'c_major': pitched,
    'interval': pitched,
    'syncopation_16': sixteenth > 0,
    'syncopation_8': eighth > 0,
  }
  return tuple(name for name in NAMES if has[name])


def measure(spec: Spec, examples: Mapping[str, Any]) -> dict[str, np.ndarray]:
  """{attribute: [n]} of the examples {field: [n, ...]}; 0 without onsets."""
  names = attributes_of(spec)
  if not names:
    return {}
  onsets = _onsets(spec, examples)
  total = onsets.count.sum(1)
  found = {'density': total / onsets.count.shape[1]}
  if 'c_major' in names:
    found['c_major'] = onsets.in_c.sum(1) / np.maximum(onsets.pitched.sum(1), 1)
    distances, pairs = zip(*map(_leaps, onsets.lines), strict=True)
    found['interval'] = sum(distances) / np.maximum(sum(pairs), 1)
  for name, parts in (('syncopation_16', 4), ('syncopation_8', 2)):
    if name in names:
      length = _steps(spec, parts)
      found[name] = _syncopated(onsets.count, length) / np.maximum(total, 1)
  return {name: found[name].astype(np.float64) for name in names}


def bounds(name: str) -> tuple[float, float]:
  """Least and greatest value that an attribute can have."""
  return 0.0, np.inf if name == 'interval' else 1.0


def _fields(spec):
  """{field: what it holds}: pitches, drums or a roll."""
  found = {}
  for name, field in spec.fields.items():
    if field.kind == 'bit' and field.transposed == 'axis':
      found[name] = 'roll'
    elif field.kind != 'class' or len(field.shape) != 1 or not spec.quarters:
      continue
    elif field.transposed == 'table':
      found[name] = 'pitches'
    elif 'drums' in spec.tables and field.classes == len(spec.tables['drums']):
      found[name] = 'drums'
  return found


def _steps(spec, parts):
  """Steps of a quarter's part; 0 where it is no whole number of them."""
  quarter = round(1 / spec.quarters) if spec.quarters else 0
  return 0 if quarter % parts else quarter // parts


def _onsets(spec, examples):
  """Onsets of all fields together."""
  count: Any = 0
  in_c: Any = 0
  pitched: Any = 0
  lines = []
  for name, kind in _fields(spec).items():
    values = np.asarray(examples[name])
    if kind == 'drums':
      hits = np.asarray(spec.tables['drums'])[
        :, : len(spec.vocabulary['drums'])
      ]
      count = count + hits.sum(1)[values.astype(np.int64)]
      continue
    if kind == 'roll':
      line, inside, some = _roll(values, np.asarray(spec.tables['pitches']))
    else:
      table = spec.tables.get(f'pitches_{name}', spec.tables.get('pitches'))
      line = np.asarray(table)[values.astype(np.int64)]
      some = line >= 0
      inside = some & np.isin(line % 12, C_MAJOR)
    lines.append(line)
    count, in_c, pitched = count + some, in_c + inside, pitched + some
  return Onsets(count, lines, in_c + 0 * count, pitched + 0 * count)


def _roll(roll, pitches):
  """Highest pitch, notes in C major and notes that begin, [n, T] each."""
  roll = roll > 0
  before = np.pad(roll, ((0, 0), (1, 0), (0, 0)))[:, :-1]
  begins = roll & ~before
  line = np.where(begins, pitches, -1).max(-1)
  inside = begins & np.isin(pitches % 12, C_MAJOR)
  return line, inside.sum(-1), begins.sum(-1)


def _leaps(line):
  """Semitones between successive pitches of a line, and how many: [n] each."""
  begins = line >= 0
  steps = np.arange(line.shape[1])
  latest = np.maximum.accumulate(np.where(begins, steps, -1), axis=1)
  before = np.pad(latest, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
  follows = begins & (before >= 0)
  last = np.take_along_axis(line, np.maximum(before, 0), axis=1)
  return np.where(follows, np.abs(line - last), 0).sum(1), follows.sum(1)


def _syncopated(count, length):
  """Onsets [n] halfway between positions of 2 * `length` steps apart, without
  another up to the next of these; behind the last step there is none."""
  steps = count.shape[1]
  places = np.arange(length, steps - length, 2 * length)
  silent = np.ones((len(count), len(places)), bool)
  for later in range(1, length + 1):
    silent &= count[:, places + later] == 0
  return np.where(silent, count[:, places], 0).sum(1)
