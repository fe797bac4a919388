"""Chorales by pseudo-Gibbs sampling: from scratch, or around the user's notes.

Fixed cells are returned unchanged. While all fixed voices rest, all voices
rest.
"""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD, Mode, Sampler, Spec, UserError
from zoo.keys import SHARPS, KeyName
from zoo.layers.pseudo_gibbs import Schedule, Score, fill_in
from zoo.layers.views import active_notes
from zoo.questions import Conditional, asks
from zoo.samplers import constraints
from zoo.samplers.rules import rules

_SIGNATURES = 7  # Added to the sharps of a key signature, in the field `key`.
_MARKS = ('fermata', 'beat', 'key')

Key = KeyName | Literal['as_written']
Fermatas = Literal['auto', 'input', 'none']


class Constraints(NamedTuple):
  """The user's constraints; see `pseudo_gibbs`.

  Attributes:
    fixed, bars, places: see zoo.samplers.constraints.
    allowed: [V, K] bool, the classes that may be sampled.
    kept_rhythm: whether redrawn voices keep their onsets.
    key, fermatas: see the options of `pseudo_gibbs`.
  """

  fixed: tuple[int, ...]
  bars: tuple[tuple[int, int], ...]
  places: tuple[constraints.Place, ...]
  allowed: np.ndarray
  kept_rhythm: bool
  key: Key
  fermatas: Fermatas


@asks(Conditional, methods=('conditional', 'possible'))
def pseudo_gibbs(
  model: Any,
  spec: Spec,
  *,
  length: int = 8,
  phrase: int = 2,
  key: Key = 'as_written',
  fermatas: Fermatas = 'auto',
  fix: str = 'soprano',
  bars: str | int | tuple[int, ...] = '',
  keep: str = '',
  rhythm: Literal['free', 'as_given'] = 'free',
  pitches: str = '',
  avoid: str = '',
  iterations: int = 500,
  share: float = 1 / 16,
  hottest: float = 1.1,
  cooling: float = 0.9993,
  temperature: float = 1.0,
  passes: int = 0,
) -> Sampler:
  """Builds the sampler of a model of each voice given all the others.

  Args:
    model: a Flax module such as DeepBach.
    spec: of the encoder `voices`.
    length, phrase: bars of a sample, and of its phrases; each phrase ends with
      a fermata, unless fermatas=none.
    key: key signature; as_written takes the piece's own, and C for a sample.
    fermatas: auto takes the piece's own or, if there are none, the ends of
      phrases of the first voice; input takes only its own.
    fix: voices to keep, such as soprano,bass; '' for none. (harmonize, like
      the next three)
    bars: the only bars that change, such as 5-8; '' for all.
    keep: places to keep: alto@3,bass@5.2 are bar 3, and beat 2 of bar 5.
    rhythm: as_given keeps the onsets of notes, and samples only pitches.
    pitches: the only pitches to sample, in any octave, such as 'C D E G A'.
    avoid: parallels, crossings or both; see zoo.samplers.rules.
    iterations, share, hottest, cooling, temperature, passes: see Schedule;
      passes are for models trained with loss/hidden above 0.

  Raises:
    UserError: a number out of range, or a text that cannot be read.
  """
  schedule = Schedule(iterations, share, hottest, cooling, temperature, passes)
  _check(schedule, length, phrase)
  count, table = spec.sizes['voices'], spec.tables['pitches']
  asked = Constraints(
    constraints.read_voices(fix, count),
    constraints.read_bars(bars),
    constraints.read_places(keep, count),
    constraints.read_pitches(pitches, table),
    rhythm == 'as_given',
    key,
    fermatas,
  )
  broken = rules(avoid, table, model.context)
  return _modes(model, spec, schedule, asked, broken, (length, phrase))


def _modes(model, spec, schedule, asked, broken, sizes):
  """The modes; `sizes` are the bars of a sample and of its phrases."""
  padding = spec.sizes['padding']

  def written(params, keys, given, free, allowed, redrawn):
    """The given score with its free cells sampled."""
    steps = jnp.arange(given['voices'].shape[1])
    # A note cannot be held from before the music.
    first = (steps == padding)[:, None, None]
    allowed = allowed & ~(first & (jnp.arange(allowed.shape[-1]) == HOLD))
    marks = {name: given[name] for name in _MARKS}
    score = Score(
      given['voices'], marks, free, allowed, given['length'] - padding
    )
    made = fill_in(model, params, score, keys, schedule, redrawn, broken)
    return {**given, 'voices': made}

  def sample(params, state, keys, condition):
    del state, condition
    given, music = _empty(spec, len(keys), asked, *sizes)
    free = jnp.broadcast_to(music[:, None], given['voices'].shape)
    return written(params, keys, given, free, jnp.asarray(asked.allowed), None)

  def harmonize(params, state, keys, condition):
    del state
    given = {k: jnp.asarray(v, jnp.int32) for k, v in condition.items()}
    given, free = _prepare(spec, given, asked)
    allowed = jnp.asarray(asked.allowed)
    if asked.kept_rhythm:
      holds = jnp.arange(allowed.shape[-1]) == HOLD
      allowed = allowed & (holds == (given['voices'] == HOLD)[..., None])
    redrawn = [v for v in range(spec.sizes['voices']) if v not in asked.fixed]
    return written(params, keys, given, free, allowed, redrawn)

  def check(condition):
    constraints.check(
      condition,
      symbols=spec.sizes['first_pitch'],
      padding=padding,
      steps_per_bar=spec.sizes['steps_per_bar'],
      steps_per_beat=spec.sizes['steps_per_beat'],
      kept_rhythm=asked.kept_rhythm,
      fixed=asked.fixed,
      bars=asked.bars,
      places=asked.places,
    )

  return {
    'sample': Mode(sample, help='Chorales of sample/length bars.'),
    'harmonize': Mode(
      harmonize,
      inputs=(1, 1),
      by_row=True,
      help='Adds voices to your melody, or changes a part of your chorale.',
      check=check,
    ),
  }


def _check(schedule, length, phrase):
  """Raises UserError if a number is out of range."""
  for name, value, least in (
    ('length', length, 1),
    ('phrase', phrase, 1),
    ('iterations', schedule.iterations, 0),
    ('passes', schedule.passes, 0),
  ):
    if value < least:
      raise UserError(f'sample/{name} must be at least {least}, not {value}.')
  warmth = schedule.temperature, schedule.hottest, schedule.cooling
  if not 0 < schedule.share <= 1 or min(warmth) <= 0:
    raise UserError(
      'sample/share must be above 0 and at most 1, and sample/temperature, '
      f'hottest and cooling above 0, not {schedule.share}, {warmth[0]}, '
      f'{warmth[1]} and {warmth[2]}.'
    )
  if schedule.iterations < schedule.least:
    raise UserError(
      f'sample/iterations is {schedule.iterations}: '
      f'sample/passes={schedule.passes} needs at least {schedule.least}, so '
      'that every cell is sampled.'
    )


def _empty(spec, count, asked, length, phrase):
  """The fields of `count` empty scores, and their mask of music [T]."""
  bar, per_beat = spec.sizes['steps_per_bar'], spec.sizes['steps_per_beat']
  padding, symbols = spec.sizes['padding'], spec.vocabulary['symbols']
  place = jnp.arange(-padding, length * bar + padding)
  music = (place >= 0) & (place < length * bar)
  ending = place % (phrase * bar) >= phrase * bar - 2 * per_beat
  ending |= (place % (length * bar)) >= length * bar - 2 * per_beat
  sharps = 0 if asked.key == 'as_written' else SHARPS[asked.key]
  around = jnp.where(place < 0, symbols.index('start'), symbols.index('end'))
  streams = {
    'voices': jnp.broadcast_to(
      around[:, None], (len(place), spec.sizes['voices'])
    ),
    'fermata': ending & music & (asked.fermatas != 'none'),
    'beat': place % per_beat,
    'key': jnp.full(len(place), sharps + _SIGNATURES),
    'length': jnp.int32(padding + length * bar),
  }
  given = {
    name: jnp.broadcast_to(x, (count, *x.shape)).astype(jnp.int32)
    for name, x in streams.items()
  }
  return given, music


def _prepare(spec, given, asked):
  """The user's score with completed marks, and its free cells [B, T, V].

  Args:
    spec: of the encoder.
    given: {'voices' [B, T, V], 'fermata', 'beat', 'key' [B, T], 'length' [B]},
      and, if known, 'bar' [B, T], numbers from 1, and 'shift' [B], semitones
      by which the piece was transposed.
    asked: see Constraints.
  """
  voices, ends = given['voices'], given['length'][:, None]
  steps, symbols = jnp.arange(voices.shape[1]), spec.vocabulary['symbols']
  music = (steps >= spec.sizes['padding']) & (steps < ends)
  bar = given.get('bar')
  if bar is None:
    bar = constraints.bars_of(music, spec.sizes['steps_per_bar'])
  free = constraints.free_cells(
    voices.shape,
    music,
    bar,
    spec.sizes['steps_per_beat'],
    fixed=asked.fixed,
    bars=asked.bars,
    places=asked.places,
  )
  active = active_notes(jnp.swapaxes(voices, 1, 2), len(symbols))
  pitched = (jnp.swapaxes(active, 1, 2) > 0) & music[..., None]
  if asked.fixed and 'rest' in symbols:
    # While all fixed voices rest, the others rest, too.
    silent = music & ~jnp.any(pitched[..., jnp.array(asked.fixed)], -1)
    quiet = voices[..., asked.fixed[0], None]
    voices = jnp.where(free & silent[..., None], quiet, voices)
    free &= ~silent[..., None]
  fermata = _fermatas(asked.fermatas, given['fermata'], voices, pitched)
  made = {**given, 'voices': voices, 'fermata': fermata}
  if asked.key != 'as_written':
    # A semitone up is seven steps up the circle of fifths.
    sharps = SHARPS[asked.key] + 7 * given.get('shift', jnp.zeros(len(voices)))
    sharps = jnp.where(
      jnp.abs(sharps) <= _SIGNATURES, sharps, (sharps + 5) % 12 - 5
    )
    signature = (sharps + _SIGNATURES).astype(jnp.int32)
    made['key'] = jnp.broadcast_to(signature[:, None], music.shape)
  return made, free


def _fermatas(kind, own, voices, pitched) -> jax.Array:
  """[B, T] the fermatas that the model receives."""
  if kind == 'none':
    return jnp.zeros_like(own)
  if kind == 'input':
    return own
  ends = constraints.phrase_ends(voices[..., 0], pitched[..., 0])
  any_own = jnp.any(own > 0, -1, keepdims=True)
  return jnp.where(any_own, own, ends.astype(jnp.int32))
