"""Attributes of music that a latent space may have a direction for.

  density         onsets per step
  c_major         share of the pitched onsets that are in C major
  interval        mean distance between successive pitches, in semitones
  syncopation_16  share of the onsets on a sixteenth between two eighths, if
                  there is none on the preceding eighth
  syncopation_8   the same for eighths between two quarters

Which of these exist depends on the encoder's fields: tokens of pitches or
drums, several such streams, or piano rolls. Drums have no pitches, and a grid
without sixteenths or eighths does not have their syncopation.

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
  """The onsets of n examples.

  Attributes:
    hits: [n, T] how many notes or hits begin at each step.
    lines: of each line, [n, T] MIDI pitches, -1 for no onset; of a roll the
      highest that begins.
    in_c: [n, T] how many of the pitched onsets are in C major.
    pitched: [n, T] how many onsets have a pitch.
  """

  hits: np.ndarray
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
  total = onsets.hits.sum(1)
  found = {'density': total / onsets.hits.shape[1]}
  if 'c_major' in names:
    found['c_major'] = onsets.in_c.sum(1) / np.maximum(onsets.pitched.sum(1), 1)
    distances, pairs = zip(*map(_leaps, onsets.lines), strict=True)
    found['interval'] = sum(distances) / np.maximum(sum(pairs), 1)
  for name, parts in (('syncopation_16', 4), ('syncopation_8', 2)):
    if name in names:
      length = _steps(spec, parts)
      found[name] = _syncopated(onsets.hits, length) / np.maximum(total, 1)
  return {name: found[name].astype(np.float64) for name in names}


def bounds(name: str) -> tuple[float, float]:
  """The minimum and maximum of an attribute."""
  return 0.0, np.inf if name == 'interval' else 1.0


def _fields(spec):
  """{field: 'pitches', 'drums' or 'roll'}."""
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
  """Steps of a part of a quarter; 0 if that is not a whole number."""
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
  """Counts syncopated onsets [n].

  They are halfway between positions that are 2 * `length` steps apart, and
  there is no onset on the preceding position.
  """
  places = np.arange(length, count.shape[1], 2 * length)
  silent = count[:, places - length] == 0
  return np.where(silent, count[:, places], 0).sum(1)
