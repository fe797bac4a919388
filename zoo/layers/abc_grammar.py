"""A grammar of ABC tokens: the state of a text, and which tokens may follow.

A state machine over the tokens of the encoder abc_text: the time in the bar,
and open repeats, chords, tuplets and broken rhythms. The network receives its
state, and a sampler can use it to generate only grammatical text.
"""

from typing import Any, NamedTuple

import jax
from jax import export
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec

# Kinds of tokens: the spec's tables that are not 0 for them.
KINDS = (
  'end',
  'metre',
  'mode',
  'height',
  'rest',
  'duration',
  'broken',
  'tuplet_n',
  'chord',
  'chord_end',
  'tie',
  'bar',
  'double',
  'open',
  'close',
  'first',
  'second',
)
# The number of classes of each feature in `features`.
SIZES = (65, 65, 18, 10, 8, 6, 3)

_PLAIN = 8  # factors of broken rhythms are in eighths
_NO_REPEAT, _INSIDE, _FIRST, _BETWEEN, _SECOND = range(5)
_MOST_MEMBERS = 4  # maximum notes of a chord


class Table(NamedTuple):
  """The spec's columns as tuples of K integers, usable as a module's field.

  Attributes:
    unit: ticks of a unit note length.
    columns: ((name, (number of each token, ...)), ...).
  """

  unit: int
  columns: tuple[tuple[str, tuple[int, ...]], ...]

  def __getitem__(self, name: Any) -> Any:
    """[K] int32 of a column."""
    return np.array(dict(self.columns)[name], np.int32)

  @property
  def kind(self) -> np.ndarray:
    """[K] the index in KINDS of each token."""
    flags = np.stack([self[name] != 0 for name in KINDS])
    return flags.argmax(0).astype(np.int32)


def table_of(spec: Spec) -> Table:
  """The tables of an abc_text spec, with zeros for classes without a token."""
  names = dict.fromkeys((*KINDS, 'tuplet_p', 'tuplet_q'))
  lacking = spec.sizes['classes'] - len(spec.tables['end'])
  columns = tuple(
    (name, (*spec.tables[name], *(0,) * lacking)) for name in names
  )
  return Table(spec.sizes['unit'], columns)


class Place(NamedTuple):
  """The state after a token, [B] int32 each; times are in ticks.

  Attributes:
    kind: of the last token, an index in KINDS.
    full: length of a full bar.
    now: time from the start of the bar.
    step: unit note length of the last event, including tuplets and rhythm.
    last: length of the last event.
    base: 1 + its note length token, 1 for none.
    owed: `base` that the second note of a broken rhythm needs; 0 for any.
    broken: factor of the next event, in eighths.
    tuplet: unit note length in the open tuplet.
    left: remaining notes of the tuplet.
    members: 1 + number of notes in the open chord; 0 for none.
    height: of the last note; 0 after rests and chords.
    tied: height of the note that a tie leads to; 0 for none.
    repeat: none, inside, first ending, between the endings, second ending.
    bar: in the part, from 0.
    part: in the tune, from 0.
    edge: 1 if the bar begins a part.
    closing: 1 if only the end may follow.
  """

  kind: Any
  full: Any
  now: Any
  step: Any
  last: Any
  base: Any
  owed: Any
  broken: Any
  tuplet: Any
  left: Any
  members: Any
  height: Any
  tied: Any
  repeat: Any
  bar: Any
  part: Any
  edge: Any
  closing: Any


# So that programs that return the carry can be exported and cached.
export.register_namedtuple_serialization(
  Place, serialized_name='zoo.layers.abc_grammar.Place'
)


def beginning(table: Table, count: int) -> Place:
  """The state before the first token, and after an end token."""
  zeros = {name: 0 for name in Place._fields}
  values = zeros | {
    'full': 8 * table.unit,
    'step': table.unit,
    'base': 1,
    'broken': _PLAIN,
    'tuplet': table.unit,
    'edge': 1,
  }
  return Place(**{k: jnp.full(count, v, jnp.int32) for k, v in values.items()})


def advance(table: Table, place: Place, token: jax.Array) -> Place:
  """The state after one more token [B]; a token of K or more is an end."""
  token = jnp.minimum(token, len(table.kind) - 1)
  of = {name: jnp.asarray(table[name])[token] for name, _ in table.columns}
  kind = jnp.asarray(table.kind)[token]
  is_note, in_chord = of['height'] > 0, place.members > 0
  begins = ((is_note | (of['rest'] > 0)) & ~in_chord) | (of['chord'] > 0)
  p = _event(table, place, begins)
  long, uneven = of['duration'] > 0, of['broken'] > 0
  length = of['duration'] * p.step // table.unit
  more = jnp.where(long, length - p.step, 0)
  more = jnp.where(uneven, p.last * (of['broken'] - _PLAIN) // _PLAIN, more)
  opens = of['tuplet_n'] > 0
  members = jnp.where(is_note & in_chord, p.members + 1, p.members)
  members = jnp.where(of['chord'] > 0, 1, members)
  p = p._replace(
    kind=kind,
    full=jnp.where(of['metre'] > 0, of['metre'], p.full),
    now=p.now + more,
    last=jnp.where(long, length, p.last + jnp.where(uneven, more, 0)),
    base=jnp.where(long, token + 2, p.base),
    broken=jnp.where(uneven, 2 * _PLAIN - of['broken'], p.broken),
    tuplet=jnp.where(
      opens,
      table.unit * of['tuplet_q'] // jnp.maximum(of['tuplet_p'], 1),
      p.tuplet,
    ),
    left=jnp.where(opens, of['tuplet_n'], p.left),
    members=jnp.where(of['chord_end'] > 0, 0, members),
    height=jnp.where(
      is_note, of['height'], jnp.where(of['chord_end'] > 0, 0, p.height)
    ),
    tied=jnp.where(of['tie'] > 0, p.height, p.tied),
  )
  p = _line(p, of)
  fresh = beginning(table, len(token))
  ends = of['end'] > 0
  return jax.tree.map(lambda new, old: jnp.where(ends, new, old), fresh, p)


def _event(table, p, begins):
  """The state after a note, rest or chord begins, if `begins` [B]."""
  unit = jnp.where(p.left > 0, p.tuplet, table.unit)
  step = unit * p.broken // _PLAIN
  after = p._replace(
    now=p.now + step,
    step=step,
    last=step,
    base=jnp.ones_like(p.base),
    owed=jnp.where(p.broken != _PLAIN, p.base, 0),
    broken=jnp.full_like(p.broken, _PLAIN),
    left=jnp.maximum(p.left - 1, 0),
    height=jnp.zeros_like(p.height),
    tied=jnp.zeros_like(p.tied),
  )
  return jax.tree.map(lambda new, old: jnp.where(begins, new, old), after, p)


def _line(p, of):
  """The state after bar lines."""
  lines = ('bar', 'double', 'open', 'close', 'first', 'second')
  line = sum(of[name] for name in lines) > 0
  thick = line & (of['bar'] == 0)
  held = p.repeat == _FIRST  # the second ending continues counting bars
  begins = (of['double'] + of['open'] + of['close'] * ~held) > 0
  written = p.now > 0
  repeat = jnp.where(of['open'] > 0, _INSIDE, p.repeat)
  closed = jnp.where(held, _BETWEEN, _NO_REPEAT)
  repeat = jnp.where(of['close'] > 0, closed, repeat)
  repeat = jnp.where(of['first'] > 0, _FIRST, repeat)
  repeat = jnp.where(of['second'] > 0, _SECOND, repeat)
  left = (of['double'] > 0) & (repeat == _SECOND)
  short = (of['bar'] > 0) & (p.now < p.full) & (p.edge == 0)
  return p._replace(
    now=jnp.where(line, 0, p.now),
    owed=jnp.where(line, 0, p.owed),
    repeat=jnp.where(left, _NO_REPEAT, repeat),
    bar=jnp.where(
      begins, 0, jnp.minimum(p.bar + (line & written & ~thick), 1 << 20)
    ),
    part=p.part + (begins & written),
    edge=jnp.where(line, thick, p.edge),
    closing=jnp.where(line, short, p.closing),
  )


def follow(
  table: Table, place: Place, tokens: jax.Array
) -> tuple[Place, Place]:
  """The states after each of the tokens [B, T], leaves [B, T], and the last."""

  def one(place, token):
    place = advance(table, place, token)
    return place, place

  last, each = jax.lax.scan(one, place, tokens.T)
  return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), each), last


def features(table: Table, place: Place) -> jax.Array:
  """[..., 7] features of the state, as classes of SIZES.

  The time in the bar and the time to its end, in quarters of a unit note
  length; the bar of the part; repeat and edge; the part; the remaining notes of
  a tuplet, or an open chord; an open broken rhythm or tie.
  """
  quarter = table.unit // 4
  lacks = (place.full - place.now) // quarter + 1
  waits = jnp.where((place.broken != _PLAIN) | (place.owed > 1), 1, 0)
  numbers = (
    place.now // quarter,
    lacks,
    place.bar,
    2 * place.repeat + place.edge,
    place.part,
    jnp.where(place.members > 0, 5, jnp.minimum(place.left, 4)),
    jnp.where(place.tied > 0, 2, waits),
  )
  return jnp.stack(
    [jnp.clip(x, 0, n - 1) for x, n in zip(numbers, SIZES, strict=True)], -1
  )


def allowed(table: Table, p: Place) -> jax.Array:
  """[B, K] bool: the grammatical tokens after states [B].

  Bars are full, except where a part begins or ends; repeats are closed, and a
  first ending is followed by a second; if no token is grammatical, all are
  allowed.
  """
  of = {name: jnp.asarray(table[name]) for name, _ in table.columns}
  p = jax.tree.map(lambda x: x[:, None], p)
  kind = _kind_is(p)
  room = p.full - p.now
  unit = jnp.where(p.left > 0, p.tuplet, table.unit)
  still = (p.closing == 0) & (p.repeat != _BETWEEN)
  settled = (p.members == 0) & (room >= 0) & (p.owed <= 1)
  inside = still & settled & ~kind('end', 'metre')
  event = inside & _fits(p, room, unit)
  note = event & ((p.tied == 0) | (of['height'] == p.tied))
  member = (p.members > 0) & (p.members <= _MOST_MEMBERS)
  note = jnp.where(p.members > 0, member & (of['height'] > p.height), note) & (
    of['height'] > 0
  )
  may = note
  may |= (of['rest'] > 0) & event & (p.tied == 0)
  may |= (of['chord'] > 0) & event & (p.tied == 0)
  may |= (of['chord_end'] > 0) & (p.members > 2)
  may |= _durations(table, of, p, kind)
  whole = kind('height', 'rest', 'chord_end', 'duration') & settled
  may |= (
    (of['broken'] > 0)
    & whole
    & still
    & (p.step == table.unit)
    & (p.owed == 0)
    & (p.left == 0)
    & (room >= p.last)
  )
  short = of['tuplet_n'] * table.unit * of['tuplet_q']
  short = short // jnp.maximum(of['tuplet_p'], 1) // 2
  free = (p.left == 0) & (p.broken == _PLAIN) & (p.tied == 0)
  may |= (of['tuplet_n'] > 0) & inside & free & (room >= short)
  may |= (of['tie'] > 0) & whole & (p.height > 0) & (p.left == 0)
  may |= _lines(of, p, kind, room, settled)
  may |= (of['metre'] > 0) & kind('end')
  may |= (of['mode'] > 0) & kind('metre')
  return may | ~jnp.any(may, -1, keepdims=True)


def _kind_is(p):
  def test(*names):
    found = [p.kind == KINDS.index(name) for name in names]
    return jnp.any(jnp.stack(found), 0)

  return test


def _fits(p, room, unit):
  """Whether there is room for the next event, of at least half a unit."""
  lone = jnp.where(p.broken != _PLAIN, room > 0, room >= unit // 2)
  return jnp.where(p.left > 0, room >= p.left * unit // 2, lone)


def _durations(table, of, p, kind):
  """Lengths that fit into the bar, or that a broken rhythm requires."""
  here = kind('height', 'rest', 'chord_end') & (p.members == 0)
  length = of['duration'] * p.step // table.unit
  reserve = p.left * p.tuplet // 2
  fits = p.now - p.step + length + reserve <= p.full
  owed = jnp.arange(len(of['duration'])) + 2 == p.owed
  chosen = jnp.where(p.owed > 0, owed, fits)
  return (of['duration'] > 0) & here & chosen


def _lines(of, p, kind, room, settled):
  """Bar lines, repeats and the end."""
  ready = (p.now > 0) & settled & (p.left == 0) & (p.broken == _PLAIN)
  ready &= p.closing == 0
  over = ready & (p.tied == 0)
  complete = (room == 0) | (p.edge > 0)
  outside = (p.repeat == _NO_REPEAT) | (p.repeat == _SECOND)
  last = outside & (p.tied == 0) & ((p.bar > 0) | (p.part > 0))
  may = (of['bar'] > 0) & ready & (complete | last)
  may |= (of['double'] > 0) & over & (p.repeat != _FIRST)
  begins = kind('mode') | (kind('close') & (p.repeat == _NO_REPEAT))
  may |= (of['open'] > 0) & (begins | (over & outside))
  within = (p.repeat == _INSIDE) | (p.repeat == _FIRST)
  may |= (of['close'] > 0) & over & within
  may |= (of['first'] > 0) & over & (p.repeat == _INSIDE) & complete
  may |= (of['second'] > 0) & kind('close') & (p.repeat == _BETWEEN)
  may |= (of['end'] > 0) & kind('bar', 'close') & outside & (p.tied == 0)
  return may
