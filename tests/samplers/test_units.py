"""Melodies of bars of the library, and where each comes from."""

import functools

import jax
import numpy as np
import pytest

from tests.encoders.tunes import make
from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.units import Units
from zoo.models.unit_selection import UnitSelection
from zoo.samplers.units import units

ENCODER = Units(units=6, lowest=60, highest=71)
SPEC = ENCODER.spec
PIECES = [
  make(
    [(4 * bar, 4 * bar + 4, 60 + (3 * bar + n) % 12) for bar in range(5)]
  )._replace(id=f'tune {n}')
  for n in range(3)
]
EXAMPLES = {
  name: np.concatenate([ENCODER.encode(p).examples[name] for p in PIECES])
  for name in SPEC.fields
}
MODEL = UnitSelection.from_spec(SPEC, code=3, tower=4, memory=3, hidden=(4,))


@functools.cache
def parameters():
  bars = np.ones((1, 2, 16), int)
  return drawn(functools.partial(MODEL.init, method='all_parts'), bars)[
    'params'
  ]


def draw(mode, count=3, condition=None, **options):
  sampler = units(MODEL, SPEC, **{'bars': 3, 'candidates': 4} | options)
  library = sampler['fit'](parameters(), {}, None, EXAMPLES)
  keys = jax.random.split(jax.random.key(0), count)
  made = jax.jit(sampler[mode].function)(
    parameters(), {}, keys, library | (condition or {})
  )
  return sampler, library, {k: np.asarray(v) for k, v in made.items()}


def test_the_library_has_each_bar_once_with_its_source():
  _, library, _ = draw('sample')
  bars = EXAMPLES['tokens'].reshape(-1, 16)
  bars = np.unique(bars[bars[:, 0] > 0], axis=0)
  np.testing.assert_array_equal(library['library_units'], bars)
  for unit, title, bar in zip(
    library['library_units'],
    library['library_titles'],
    library['library_bars'],
    strict=True,
  ):
    number = int(bytes(title).decode().split()[1])
    assert unit[0] == 2 + (3 * bar + number) % 12


def test_every_bar_is_of_the_library_and_is_named():
  sampler, library, made = draw('sample')
  assert made['length'].tolist() == [48] * 3
  opens = library['library_units'][library['library_first']]
  for row in made['tokens'].reshape(3, 6, 16):
    known = [(library['library_units'] == bar).all(1).any() for bar in row[:3]]
    assert all(known) and not row[3:].any()
    assert (opens == row[0]).all(1).any()
  lines = sampler['sample'].report({}, made)
  assert len(lines) == 3 and lines[0].count('bar ') == 3
  assert lines[0].startswith('sample 000: tune ')


def test_without_repeats_each_bar_comes_once():
  _, _, made = draw('sample', bars=6, repeats=False, candidates=12)
  for row in made['tokens'].reshape(3, 6, 16)[:, 1:]:
    assert len(np.unique(row, axis=0)) == 5


def test_a_continuation_keeps_what_was_given():
  given = ENCODER.cover(make([(0, 4, 62), (4, 8, 65)]))
  _, _, made = draw('continue', condition=given)
  assert made['length'].tolist() == [5 * 16] * 3
  np.testing.assert_array_equal(
    made['tokens'][:, :32], np.tile(given['tokens'][:, :32], (3, 1))
  )
  # Of a longer piece the last bars, as many as there is room for.
  long = ENCODER.cover(PIECES[0])
  _, _, made = draw('continue', condition=long)
  assert made['length'].tolist() == [6 * 16] * 3
  np.testing.assert_array_equal(
    made['tokens'][0, :48], long['tokens'][0, 32:80]
  )


def test_the_best_is_taken_at_temperature_0_and_padding_is_not_read():
  given = ENCODER.cover(make([(0, 4, 62), (4, 8, 65)]))
  _, _, made = draw('continue', temperature=0.0, condition=given)
  np.testing.assert_array_equal(made['tokens'][0], made['tokens'][1])
  wide = Units(units=9, lowest=60, highest=71)
  sampler = units(MODEL, wide.spec, bars=3, candidates=4, temperature=0.0)
  library = sampler['fit'](parameters(), {}, None, EXAMPLES)
  keys = jax.random.split(jax.random.key(0), 1)
  again = sampler['continue'].function(
    parameters(), {}, keys, library | wide.cover(make([(0, 4, 62), (4, 8, 65)]))
  )
  np.testing.assert_array_equal(again['tokens'][0, :80], made['tokens'][0, :80])


def test_what_cannot_be_is_refused():
  with pytest.raises(UserError, match='sample/bars must be 1 to'):
    units(MODEL, SPEC, bars=7)
  with pytest.raises(UserError, match='a library that --mode=train keeps'):
    sampler = units(MODEL, SPEC, bars=3)
    sampler['sample'].function(
      parameters(), {}, jax.random.split(jax.random.key(0), 1), {}
    )
