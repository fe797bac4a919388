"""RL-Tuner's rewards by worked examples, and against a slow rewrite.

Symbols: 0 a note-off, 1 no event, 2 the lowest C, 14 middle C.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.layers import music_theory as theory

C, D, E, F, G = 2, 4, 6, 7, 9
HELD = 1
SHAPE = 200, 24  # Of one program for all.


@jax.jit
def every(symbols):
  return {name: one(symbols) for name, one in theory.REWARDS.items()}


def reward(name, *symbols):
  """The rewards of one melody."""
  if name in ('tonic', 'unique'):  # These look at where it ends.
    return np.asarray(theory.REWARDS[name](jnp.asarray([symbols])))[0].tolist()
  filled = np.ones(SHAPE, int)
  filled[0, : len(symbols)] = symbols
  found = every(jnp.asarray(filled))[name]
  return np.asarray(found)[0, : len(symbols)].tolist()


def test_notes_outside_c_major_cost_one():
  assert reward('key', C, 3, 0, 1, 14, 15) == [0, -1, 0, 0, 0, -1]


def test_the_tonic_at_the_start_and_at_the_last_bar_and_then_silence():
  assert reward('tonic', 14, 3, 3, 3, 14, 1, 0, 1) == [3, 0, 0, 0, 3, 3, 3, 3]
  # Another octave is not the tonic, and a note-off at once is too soon.
  assert reward('tonic', 2, 14, 3, 3, 26, 0, 9, 1) == [0, 0, 0, 0, 0, 0, 0, 3]


@pytest.mark.parametrize(
  ('symbols', 'penalised'),
  [
    ([G] * 7, [5, 6]),  # the sixth on end
    ([G, G, G, G, HELD, G, G, G, G], [8]),  # eight, with a hold between
    ([0, 0, 0, G, 0, 0], [2]),  # a third note-off
    ([G] + [HELD] * 6, [6]),  # a note of seven steps
    ([G, G, G, D, G, G, G], []),
  ],
)
def test_repeats(symbols, penalised):
  expected = [-100 * (step in penalised) for step in range(len(symbols))]
  assert reward('repeats', *symbols) == expected


def test_autocorrelation():
  # Of 2 4 2 4, centred -1 1 -1 1: -3/4, 2/4 and -1/4 at lags 1 to 3.
  last = reward('autocorrelation', 2, 4, 2, 4)
  assert last[0] == 0
  assert last[1] == pytest.approx(-3 * 0.5)
  assert last[3] == pytest.approx(-3 * (0.75 + 0.5 + 0.25))
  assert reward('autocorrelation', 7, 7, 7) == [0, 0, 0]


def test_autocorrelation_of_notes_alone():
  found = reward('note_autocorrelation', 2, HELD, 4, HELD, 0, 2, 4)
  expected = [0, 0, -1.5, -1.5, -1.5]
  assert found[:5] == pytest.approx(expected)
  assert found[-1] == pytest.approx(-4.5)


def test_a_motif_has_three_pitches_in_eight_symbols():
  rest = [HELD] * 5
  assert reward('motif', C, D, E, *rest) == pytest.approx([0] * 7 + [3])
  four = reward('motif', C, D, E, F, *rest[1:])
  assert four == pytest.approx([0] * 7 + [3.3])
  assert reward('motif', C, D, C, *rest) == [0] * 8


def test_a_motif_that_comes_back_whole():
  bar = [C, D, E, F, 1, 1, 1, 0]
  found = reward('repeated_motif', *bar, *bar)
  assert found == [0] * 15 + [5]
  assert reward('repeated_motif', *bar, *bar[:7], 1) == [0] * 16


@pytest.mark.parametrize(
  ('before', 'symbol', 'worth'),
  [
    (C, HELD, 0.3),
    (G, 0, 0.15),
    (D, HELD, 0.075),
    (D, 0, 0.05),
    (C, C + 7, 0.1),  # in-key fifth
    (D, D + 7, 0.02),
    (C, C + 4, 0.15),  # in-key third
    (D, D + 4, 0.09),
    (C, C + 2, 0.08),
    (C, C + 5, 0.07),
    (C, C + 9, 0.05),
    (C, C + 11, -0.3),
    (C, C + 3, 0),
    (C, C + 12, 0),
    (C, C + 13, -1),
  ],
)
def test_intervals(before, symbol, worth):
  # What stands between the notes does not count.
  found = reward('intervals', before, HELD, symbol)
  assert found[0] == 0 and found[2] == pytest.approx(5 * worth)


def test_nothing_is_an_interval_before_the_first_note():
  assert reward('intervals', 1, 0, C) == [0, 0, 0]


@pytest.mark.parametrize(
  ('symbols', 'gained'),
  [
    ((C, G, F, E, D, C), {5: 5}),  # back by step
    ((C, G, C), {}),  # leaping back at once
    ((C, G, *[HELD] * 7, C), {9: 5}),  # leaping back after more than six steps
    ((C, G, *[HELD] * 6, C), {}),
    ((C, G, G + 7), {2: -5}),  # twice in one direction
    ((26, 14, 16, 18, 19, 21, 26), {6: 5}),  # downwards, and back
  ],
)
def test_leaps(symbols, gained):
  expected = [gained.get(step, 0) for step in range(len(symbols))]
  assert reward('leaps', *symbols) == expected


def test_the_highest_and_the_lowest_note_come_once():
  assert reward('unique', C, G, HELD, D) == [0, 0, 0, 6]
  assert reward('unique', C, G, G, D) == [0, 0, 0, 3]
  assert reward('unique', C, G, G, C) == [0, 0, 0, 0]


def test_tokens_as_symbols():
  found, tonic = theory.numbered(
    jnp.asarray([[0, 1, 2, 14]]), [-1, -1, *range(48, 84)]
  )
  assert found.tolist() == [[1, 0, 2, 14]] and tonic == 14
  # From a G on, counted from the C below it.
  found, tonic = theory.numbered(
    jnp.asarray([[2, 7]]), [-1, -1, *range(55, 80)]
  )
  assert found.tolist() == [[9, 14]] and tonic == 14


def _slow_repeats(line, now):
  count, between = 0, False
  for one in reversed(line):
    if one == now:
      count += 1
    elif one < 2:
      between = True
    else:
      break
  return (now == 0 and count > 1) or count > (6 if between else 4)


def _slow_leaps(line):
  """Outcomes of a melody, one symbol after another."""
  found, way, origin, since = [0], 0, None, 0
  for step in range(1, len(line)):
    now = line[step]
    notes = [one for one in line[:step] if one >= 2]
    outcome = 0
    if now < 2:
      since += 1
    elif notes and abs(now - notes[-1]) >= 7:
      turn = 1 if now > notes[-1] else -1
      if not way:
        way, origin = turn, notes[-1]
      elif way == turn:
        outcome = -1
      else:
        outcome, way = int(since > 6), 0
      since = 0
    else:
      since += 1
      if (way > 0 and now <= origin) or (way < 0 and now >= origin):
        outcome, way = 1, 0
    found.append(outcome)
  return found


def test_a_slow_rewrite_agrees_on_random_melodies():
  random = np.random.default_rng(0)
  notes = random.choice([2, 4, 7, 9, 14, 21], SHAPE)
  drawn = random.random(SHAPE)
  lines = np.where(drawn < 0.2, 1, np.where(drawn < 0.3, 0, notes))
  lines[:50, 8:16] = lines[:50, :8]
  lines[50:60] = np.where(drawn[50:60] < 0.7, 9, 1)
  found = {k: np.asarray(v) for k, v in every(jnp.asarray(lines)).items()}
  for row, line in enumerate(lines.tolist()):
    repeats = [_slow_repeats(line[:t], now) for t, now in enumerate(line)]
    np.testing.assert_array_equal(
      found['repeats'][row], -100 * np.array(repeats)
    )
    np.testing.assert_array_equal(
      found['leaps'][row], 5 * np.array(_slow_leaps(line))
    )
    for step in range(7, 24):
      bar = line[step - 7 : step + 1]
      earlier = [line[k : k + 8] for k in range(step - 14)]
      pitches = len({one for one in bar if one >= 2})
      expected = 4 + pitches - 3 if pitches >= 3 and bar in earlier else 0
      assert found['repeated_motif'][row, step] == expected
  total = jax.jit(theory.total)(jnp.asarray(lines))
  expected = sum(found[name] for name in theory.PUBLISHED)
  np.testing.assert_allclose(total, expected, rtol=1e-5, atol=1e-3)
