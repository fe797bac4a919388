"""Chorales by pseudo-Gibbs: from nothing, or around what the user gives."""

from typing import Any, Literal

import jax.numpy as jnp

from zoo.contracts import Sampler, Spec, UserError
from zoo.keys import SHARPS, KeyName
from zoo.samplers import constraints
from zoo.samplers.drawing import check_model
from zoo.samplers.pseudo_gibbs import Schedule, Score, fill_in
from zoo.samplers.rules import rules

_SIGNATURES = 7  # Added to the sharps of a key signature, in the field `key`.


def chorale(
  model: Any,
  spec: Spec,
  *,
  length: int = 8,
  phrase: int = 2,
  key: KeyName | Literal['as_written'] = 'as_written',
  fermatas: Literal['auto', 'input', 'none'] = 'auto',
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

  Modes:
    sample: chorales of `length` bars.
    harmonize: condition {'voices' [n, T, V], 'fermata', 'beat', 'key' [n, T],
      'length' [n]}, and, where they are known, 'bar' [n, T], numbers that count
      from 1, and 'shift' [n], semitones by which the piece was moved. What is
      fixed comes back as it is. Where the fixed voices rest, all rest.

  Args:
    model: a Flax module such as DeepBach.
    spec: of the encoder `voices`.
    length: bars of a sample.
    phrase: bars of its phrases; a fermata ends each, unless fermatas=none.
    key: key signature; as_written takes the piece's own, and C for a sample.
    fermatas: auto takes the piece's own or, if there are none, the ends of
      phrases of the first voice (the last note, and long ones); input takes
      only its own.
    fix: voices that stay, such as soprano,bass; '' for none. (harmonize)
    bars: the only ones that change, such as 5-8; '' for all. (harmonize)
    keep: places that stay, such as alto@3,bass@5.2: bar 3, and beat 2 of bar
      5. (harmonize)
    rhythm: as_given keeps where notes begin, and draws only what they are.
      (harmonize)
    pitches: the only ones that are drawn, in any octave, such as 'C D E G A';
      '' for all.
    avoid: rules of voice leading that are broken only where there is no other
      way: parallels, crossings or both; see zoo.samplers.rules.
    iterations, share, hottest, cooling, temperature: see Schedule.
    passes: see Schedule; for a model that learned with loss/hidden above 0.

  Raises:
    UserError: a number out of range, or a text that says nothing.
  """
  check_model('chorale', model, 'voice', 'possible')
  for name, value, least in (
    ('length', length, 1),
    ('phrase', phrase, 1),
    ('iterations', iterations, 0),
    ('passes', passes, 0),
  ):
    if value < least:
      raise UserError(f'sample/{name} must be at least {least}, not {value}.')
  if not 0 < share <= 1 or min(temperature, hottest, cooling) <= 0:
    raise UserError(
      'sample/share must be above 0 and at most 1, and sample/temperature, '
      f'hottest and cooling above 0, not {share}, {temperature}, {hottest} and '
      f'{cooling}.'
    )
  voices = spec.sizes['voices']
  fixed = constraints.read_voices(fix, voices)
  asked = {
    'fixed': fixed,
    'bars': constraints.read_bars(bars),
    'places': constraints.read_places(keep, voices),
  }
  allowed = constraints.read_pitches(pitches, spec.tables['pitches'])
  schedule = Schedule(iterations, share, hottest, cooling, temperature, passes)
  if iterations < schedule.least:
    raise UserError(
      f'sample/iterations is {iterations}: sample/passes={passes} needs at '
      f'least {schedule.least}, so that what its rounding leaves is drawn too.'
    )
  broken = rules(avoid, spec.tables['pitches'], model.context)
  padding, per_beat = spec.sizes['padding'], spec.sizes['steps_per_beat']
  symbols = list(spec.vocabulary['symbols'])
  start, end = symbols.index('start'), symbols.index('end')
  rest = symbols.index('rest') if 'rest' in symbols else constraints.HOLD

  def written(params, keys, given, free, allowed, redrawn):
    """The given score with its free cells drawn."""
    steps = jnp.arange(given['voices'].shape[1])
    # A note cannot go on from before the music.
    first = (steps == padding)[:, None, None]
    classes = jnp.arange(allowed.shape[-1])
    allowed = allowed & ~(first & (classes == constraints.HOLD))
    streams = {name: given[name] for name in ('fermata', 'beat', 'key')}
    score = Score(
      given['voices'], streams, free, allowed, given['length'] - padding
    )
    made = fill_in(model, params, score, keys, schedule, redrawn, broken)
    return {**given, 'voices': made}

  def sample(params, state, keys, condition):
    del state, condition
    bar, number = spec.sizes['steps_per_bar'], len(keys)
    place = jnp.arange(-padding, length * bar + padding)
    music = (place >= 0) & (place < length * bar)
    ending = place % (phrase * bar) >= phrase * bar - 2 * per_beat
    ending |= (place % (length * bar)) >= length * bar - 2 * per_beat
    sharps = 0 if key == 'as_written' else SHARPS[key]
    around = jnp.where(place < 0, start, end)
    streams = {
      'voices': jnp.broadcast_to(around[:, None], (len(place), voices)),
      'fermata': ending & music & (fermatas != 'none'),
      'beat': place % per_beat,
      'key': jnp.full(len(place), sharps + _SIGNATURES),
      'length': jnp.int32(padding + length * bar),
    }
    given = {
      name: jnp.broadcast_to(x, (number, *x.shape)).astype(jnp.int32)
      for name, x in streams.items()
    }
    free = jnp.broadcast_to(music[:, None], given['voices'].shape)
    return written(params, keys, given, free, jnp.asarray(allowed), None)

  def harmonize(params, state, keys, condition):
    del state
    given = {k: jnp.asarray(v, jnp.int32) for k, v in condition.items()}
    score, ends = given['voices'], given['length'][:, None]
    steps = jnp.arange(score.shape[1])
    music = (steps >= padding) & (steps < ends)
    bar = given.get('bar')
    if bar is None:
      bar = constraints.bars_of(music, spec.sizes['steps_per_bar'])
    free = constraints.free_cells(score.shape, music, bar, per_beat, **asked)
    held = constraints.sounding(score)
    pitched = (held >= len(symbols)) & music[..., None]
    if fixed and rest != constraints.HOLD:
      # Where all that is fixed rests, the others rest with it.
      silent = music & ~jnp.any(pitched[..., jnp.array(fixed)], -1)
      quiet = score[..., fixed[0], None]
      score = jnp.where(free & silent[..., None], quiet, score)
      free &= ~silent[..., None]
    given['voices'] = score
    given['fermata'] = _fermatas(given['fermata'], score, pitched)
    if key != 'as_written':
      # A semitone up is seven steps up the circle of fifths.
      sharps = SHARPS[key] + 7 * given.get('shift', jnp.zeros(len(keys)))
      sharps = jnp.where(
        jnp.abs(sharps) <= _SIGNATURES, sharps, (sharps + 5) % 12 - 5
      )
      given['key'] = jnp.broadcast_to(
        (sharps + _SIGNATURES).astype(jnp.int32)[:, None], music.shape
      )
    can = jnp.asarray(allowed)
    if rhythm == 'as_given':
      holds = jnp.arange(can.shape[-1]) == constraints.HOLD
      can = can & (holds == (score == constraints.HOLD)[..., None])
    redrawn = [voice for voice in range(voices) if voice not in fixed]
    return written(params, keys, given, free, can, redrawn)

  def check(mode, condition):
    if mode == 'harmonize':
      constraints.check(
        condition,
        symbols=len(symbols),
        padding=padding,
        steps_per_bar=spec.sizes['steps_per_bar'],
        steps_per_beat=per_beat,
        kept_rhythm=rhythm == 'as_given',
        **asked,
      )

  def _fermatas(own, score, pitched):
    if fermatas == 'none':
      return jnp.zeros_like(own)
    if fermatas == 'input':
      return own
    ends = constraints.phrase_ends(score[..., 0], pitched[..., 0])
    any_own = jnp.any(own > 0, -1, keepdims=True)
    return jnp.where(any_own, own, ends.astype(jnp.int32))

  return {'sample': sample, 'harmonize': harmonize, 'check': check}
