"""A user's constraints on a chorale, cell by cell."""

import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.keys import SHARPS
from zoo.layers.views import active_notes
from zoo.samplers import constraints
from zoo.samplers.constraints import Place


def test_words_are_read():
  assert constraints.read_voices('bass, soprano', 4) == (0, 3)
  assert constraints.read_voices('', 4) == ()
  assert constraints.read_voices('voice_2', 3) == (1,)
  assert constraints.read_bars('5-8,12') == ((5, 8), (12, 12))
  assert constraints.read_bars(3) == ((3, 3),)
  assert constraints.read_bars((5, 12)) == ((5, 5), (12, 12))
  assert constraints.read_bars('') == ()
  assert constraints.read_places('alto@3,bass@5.2', 4) == (
    Place(1, 3, None),
    Place(3, 5, 2),
  )
  table = [[-1, 60, 61, 62, 72]]
  assert constraints.read_pitches('C Db', table).tolist() == [
    [True, True, True, False, True]
  ]
  assert constraints.read_pitches('', table).all()


@pytest.mark.parametrize(
  ('read', 'text'),
  [
    (lambda text: constraints.read_voices(text, 4), 'sopranino'),
    (lambda text: constraints.read_voices(text, 4), 'soprano alto tenor bass'),
    (constraints.read_bars, '8-5'),
    (constraints.read_bars, 'all'),
    (lambda text: constraints.read_places(text, 4), 'alto3'),
    (lambda text: constraints.read_pitches(text, [[60]]), 'H'),
  ],
)
def test_what_says_nothing_is_refused_by_its_key(read, text):
  with pytest.raises(UserError, match='sample/'):
    read(text)


def test_key_signatures():
  assert (SHARPS['C'], SHARPS['Am'], SHARPS['D'], SHARPS['Bm']) == (0, 0, 2, 2)
  assert (SHARPS['Cb'], SHARPS['C#'], SHARPS['Bb'], SHARPS['Gm']) == (
    -7,
    7,
    -2,
    -2,
  )
  assert len(SHARPS) == 30


def test_free_cells_bar_by_bar():
  # A step of padding, a pick-up of two steps, two bars of four, padding.
  bar = jnp.array([[0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 0]])
  music = bar > 0
  free = constraints.free_cells(
    (1, 12, 2),
    music,
    bar,
    2,
    fixed=(0,),
    bars=((2, 3),),
    places=(Place(1, 2, 2), Place(0, 3, None)),
  )[0]
  assert not free[:, 0].any()
  assert np.flatnonzero(free[:, 1]).tolist() == [3, 4, 7, 8, 9, 10]
  assert constraints.beats_of(bar, 2)[0, 3:7].tolist() == [1, 1, 2, 2]
  alike = constraints.bars_of(music, 5)[0]
  assert alike.tolist() == [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0]


ASKED = {
  'fixed': (0,),
  'bars': (),
  'places': (),
  'kept_rhythm': False,
}


@pytest.mark.parametrize(
  ('asked', 'message'),
  [
    ({'fixed': (0, 1)}, 'sample/fix keeps the voice_2, and the piece has none'),
    ({'kept_rhythm': True}, 'keeps the rhythm of the voice_2'),
    ({'bars': ((1, 2), (4, 9))}, 'sample/bars names bar 4, and the piece ends'),
    ({'places': (Place(1, 4, None),)}, 'sample/keep names bar 4, .* bar 3'),
    ({'places': (Place(1, 1, 2),)}, 'names beat 2 of bar 1, which has 1'),
  ],
)
def test_what_a_piece_does_not_have_is_refused(asked, message):
  # A pick-up of two steps, two bars of four, and a rest for all of one voice.
  bar = np.array([[0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 0]])
  voices = np.full((1, 12, 2), 1)
  voices[0, 1:11, 0] = 5
  condition = {'voices': voices, 'length': [11], 'bar': bar}
  sizes = {
    'symbols': 4,
    'padding': 1,
    'steps_per_bar': 4,
    'steps_per_beat': 2,
  }
  constraints.check(condition, **sizes, **ASKED | {'bars': ((2, 9),)})
  constraints.check(condition, **sizes, **ASKED | {'places': (Place(1, 2, 2),)})
  with pytest.raises(UserError, match=message):
    constraints.check(condition, **sizes, **ASKED | asked)


def test_phrases_end_on_long_notes_and_on_the_last():
  # Two quarters of 2 steps, a half of 4, a rest, a quarter, a last quarter.
  melody = jnp.array([[5, 0, 6, 0, 7, 0, 0, 0, 1, 0, 5, 0, 8, 0]])
  held = active_notes(melody, 1)
  assert held[0].tolist() == [5, 5, 6, 6, 7, 7, 7, 7, 1, 1, 5, 5, 8, 8]
  ends = constraints.phrase_ends(melody, held >= 4)
  assert np.flatnonzero(ends[0]).tolist() == [4, 5, 6, 7, 12, 13]
