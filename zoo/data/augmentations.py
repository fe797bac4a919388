"""Augmentation of encoded examples, inside the compiled training step.

An augmentation is a pure function (keys [B], batch) -> batch that augments
each example with its own key, so that no result depends on how a batch is
split over devices. Tests check a law for each: augmenting an encoded piece
equals encoding the augmented piece. An example whose augmented form cannot be
encoded is left unchanged.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Augment, Spec, UserError
from zoo.data.note_augmentations import dilate_notes, transpose_notes
from zoo.data.shifts import (
  ABSENT,
  double_tokens,
  halve_tokens,
  shift_chord,
  shift_key,
  shift_roll,
  shift_tokens,
  shift_voices,
  transposition,
)
from zoo.data.text_augmentations import draw_key


def transpose(
  spec: Spec, *, low: int = -5, high: int = 6, probability: float = 1.0
) -> Augment:
  """Transposes each example by a random interval.

  With `probability` the interval is drawn uniformly from low..high, both
  included. If it takes a pitch of the example out of the encoder's range, the
  example is left unchanged; so an example in the middle of the range is moved
  to every key equally often, and one at its edge keeps its own key more often.
  For `voices`, only intervals that keep every voice in its range are drawn, as
  in DeepBach's data, and the key signature is transposed as well.

  Args:
    spec: of an encoder of piano rolls or notes, or with the table `pitches`.
    low, high: semitones.
    probability: share of the examples that are transposed, 0..1.

  Raises:
    UserError: no table, high below low, or a probability outside 0..1.
  """
  if high < low:
    raise UserError(
      f'augmentation transpose has high={high} below low={low}: swap them.'
    )
  _check_share(probability, 'transpose')
  ways = _ways(spec, 'transpose', 'transposed')
  if ways == {'notes'}:
    return transpose_notes(spec, low, high, probability)
  fitting = [moves for moved, moves in _TRANSPOSITIONS if ways <= moved]
  if not ways or not fitting:
    raise UserError(
      f'augmentation transpose moves no {" and ".join(sorted(ways)) or "field"}'
      f' of the encoder {spec.encoder!r}: take it out of augmentation.'
    )
  move = fitting[0](spec, low, high)

  def one(key, example):
    moved = move(key, example)
    if probability == 1:
      return moved
    chosen = jax.random.bernoulli(jax.random.fold_in(key, 1), probability)
    return jax.tree.map(lambda m, x: jnp.where(chosen, m, x), moved, example)

  return _each(one, _moving(spec, 'transposed'))


def _transpose_tokens(spec, low, high):
  now, later = (_named(spec, 'transposed', way) for way in ('table', 'later'))
  rows = {
    name: jnp.asarray(transposition(_table(spec, name), low, high))
    for name in (*now, *later)
  }
  chords = _named(spec, 'transposed', 'chord')

  def move(key, example):
    place = jax.random.randint(key, (), 0, high - low + 1)
    moved = {
      k: shift_chord(x, low + place)
      if k in chords
      else shift_tokens(x, rows[k][place])
      for k, x in example.items()
    }
    legal = jnp.all(jnp.stack([jnp.all(moved[k] != ABSENT) for k in now]))
    for name in later:
      # If only a later step is out of range, the window is transposed and
      # loses the steps that follow it.
      whole = jnp.all(moved[name] != ABSENT)
      moved[name] = jnp.where(whole, moved[name], ABSENT)
    return {
      name: jnp.where(legal, moved[name], x) for name, x in example.items()
    }

  return move


def _transpose_rolls(spec, low, high):
  (name,) = _named(spec, 'transposed', 'axis')

  def move(key, example):
    by = low + jax.random.randint(key, (), 0, high - low + 1)
    return {name: shift_roll(example[name], by, low, high)}

  return move


def _transpose_voices(spec, low, high):
  (name,) = _named(spec, 'transposed', 'voices')
  signatures = _named(spec, 'transposed', 'key')
  counts = np.asarray(spec.vocabulary['classes'])
  first = spec.sizes['first_pitch']

  def move(key, example):
    voices = example[name].astype(jnp.int32)
    sounds = voices >= first
    down = jnp.max(first - jnp.where(sounds, voices, counts).min(0))
    up = jnp.min(counts - 1 - jnp.where(sounds, voices, first - 1).max(0))
    down, up = jnp.maximum(down, low), jnp.minimum(up, high)
    by = jax.random.randint(key, (), down, jnp.maximum(up, down) + 1)
    by = jnp.where((down <= up) & jnp.any(sounds), by, 0)
    keys = {k: shift_key(example[k], by) for k in signatures if k in example}
    return {**example, **keys, name: shift_voices(example[name], by, first)}

  return move


def _transpose_events(spec, low, high):
  (name,) = _named(spec, 'transposed', 'events')
  columns = slice(1, spec.fields[name].shape[-1] - 1, 3)
  mean, scale = (
    jnp.asarray(spec.vocabulary[k][columns]) for k in ('mean', 'scale')
  )

  def move(key, example):
    by = low + jax.random.randint(key, (), 0, high - low + 1)
    pitch = example[name][..., columns]
    if spec.options['frequency'] == 'log':
      moved = pitch + by / scale
    else:
      moved = ((pitch * scale + mean) * 2.0 ** (by / 12) - mean) / scale
    return {name: example[name].at[..., columns].set(moved)}

  return move


# (values of Field.transposed, the function that transposes such fields).
_TRANSPOSITIONS = (
  ({'table', 'later', 'chord'}, _transpose_tokens),
  ({'axis'}, _transpose_rolls),
  ({'events'}, _transpose_events),
  ({'voices', 'key'}, _transpose_voices),
)


def dilate_rhythm(spec: Spec, *, probability: float = 0.5) -> Augment:
  """Stretches half of a window to a whole one, or halves two windows to one.

  With `probability` an example is dilated. By 2: a random half of the window
  fills the whole, and a note held into it starts again. If the encoder stores
  the steps that follow (`following`), half of the dilated examples are dilated
  by 1/2 instead: the window and the following steps become one window. If the
  half is silent, if nothing follows, or if an event lies between the steps of
  the halved grid, the example is left unchanged.

  The batch loses `following`, which no longer follows the window.

  Args:
    spec: of an encoder with the table `pitches`, on a grid of steps.
    probability: share of the examples, 0..1.

  Raises:
    UserError: no table, an odd number of steps, or a probability outside 0..1.
  """
  _check_share(probability, 'dilate_rhythm')
  ways = _ways(spec, 'dilate_rhythm', 'dilated')
  names = _named(spec, 'dilated', 'steps')
  if not ways <= {'steps', 'later'} or len(names) != 1:
    raise UserError(
      'augmentation dilate_rhythm needs one row of steps, which the encoder '
      f'{spec.encoder!r} lacks: take it out of augmentation.'
    )
  (name,), later = names, [*_named(spec, 'dilated', 'later'), ''][0]
  pitched = jnp.asarray(_table(spec, name) >= 0)
  steps = spec.fields[name].shape[0]
  if spec.quarters <= 0 or steps % 2:
    raise UserError(
      'augmentation dilate_rhythm needs windows of an even number of steps on '
      f'a grid, which the encoder {spec.encoder!r} with these options lacks: '
      'take it out of augmentation.'
    )

  def one(key, example):
    tokens = example[name]
    whether, which, factor = jax.random.split(key, 3)
    chosen = jax.random.bernoulli(whether, probability)
    half = jax.random.randint(which, (), 0, 2)
    dilated, legal = double_tokens(tokens, half, pitched)
    if later in example:
      shorter, fits = halve_tokens(tokens, example[later])
      halve = jax.random.bernoulli(factor)
      dilated = jnp.where(halve, shorter, dilated)
      legal = jnp.where(halve, fits, legal)
    return {name: jnp.where(chosen & legal, dilated, tokens)}

  return _each(one, [name, later])


def draw_constraints(
  spec: Spec, *, most: float = 0.5, free: float = 0.0, middle: bool = False
) -> Augment:
  """Makes constraints of some of an example's own tokens.

  Each step is constrained with a probability that is drawn from U(0, most) for
  each example (Hadjeres and Nielsen, arXiv 1709.06404). The batch gets
  `constraints` [B, T], the token of each constrained step and K elsewhere.

  Args:
    spec: of an encoder of tokens.
    most: see above.
    free: share of the examples without constraints.
    middle: whether the loss counts only the middle step of a window, as the
      paper's code does.

  Raises:
    UserError: an encoder without tokens, or a share outside 0..1.
  """
  for share in (most, free):
    _check_share(share, 'draw_constraints')
  if 'tokens' not in spec.fields:
    raise UserError(
      'augmentation draw_constraints needs tokens, which the encoder '
      f'{spec.encoder!r} lacks: take it out of augmentation.'
    )
  classes = spec.sizes['classes']

  def one(key, tokens):
    whether, density, where = jax.random.split(key, 3)
    share = jax.random.uniform(density) * most
    share = jnp.where(jax.random.bernoulli(whether, free), 0, share)
    kept = jax.random.bernoulli(where, share, tokens.shape)
    return jnp.where(kept, tokens, classes).astype(jnp.int32)

  def augment(keys: Any, batch: Any) -> Any:
    tokens = batch['tokens']
    found = {**batch, 'constraints': jax.vmap(one)(keys, tokens)}
    if middle:
      steps = tokens.shape[1]
      asked = jnp.arange(steps) == steps // 2
      found['asked'] = jnp.broadcast_to(asked, tokens.shape)
    return found

  return augment


def compose(augmentations: Sequence[Augment]) -> Augment:
  """Applies augmentations in order, each with its own keys."""
  augmentations = list(augmentations)

  def augment(keys, batch):
    for place, each in enumerate(augmentations):
      batch = each(
        jax.vmap(lambda key, place=place: jax.random.fold_in(key, place))(keys),
        batch,
      )
    return batch

  return augment


def _ways(spec, name, what):
  """How an augmentation changes the fields of `spec`, except 'fixed' ones.

  Raises:
    UserError: a field does not declare it.
  """
  for field, about in spec.fields.items():
    if not getattr(about, what):
      raise UserError(
        f"augmentation {name}: the field '{field}' of the encoder "
        f"'{spec.encoder}' does not say what becomes of it: set {what} in its "
        'Field, or take the augmentation out.'
      )
  return {getattr(about, what) for about in spec.fields.values()} - {'fixed'}


def _named(spec, what, way):
  """Names of the fields that an augmentation changes in this way."""
  return [k for k, about in spec.fields.items() if getattr(about, what) == way]


def _moving(spec, what):
  """Names of the fields that an augmentation changes."""
  return [
    k for k, about in spec.fields.items() if getattr(about, what) != 'fixed'
  ]


def _each(one, names) -> Augment:
  """Maps `one` (key, {name: [...]}) over the batch; keeps other fields."""

  def augment(keys: Any, batch: Any) -> Any:
    fields = {name: batch[name] for name in names if name in batch}
    others = {k: v for k, v in batch.items() if k not in fields}
    return {**others, **jax.vmap(one)(keys, fields)}

  return augment


def _check_share(probability, name):
  if not 0 <= probability <= 1:
    raise UserError(
      f'augmentation {name} takes a probability between 0 and 1, not '
      f'{probability}.'
    )


def _table(spec, field):
  """[K] MIDI pitch of each class of a field, -1 for symbols."""
  name = f'pitches_{field}'
  table = spec.tables.get(name, spec.tables.get('pitches'))
  if table is None:
    raise UserError(
      f"augmentation: the field '{field}' of the encoder '{spec.encoder}' "
      'needs a table of pitches: take the augmentation out.'
    )
  return np.asarray(table)


AUGMENTATIONS: dict[str, Callable[..., Augment]] = {
  'transpose': transpose,
  'dilate_rhythm': dilate_rhythm,
  'dilate_notes': dilate_notes,
  'draw_constraints': draw_constraints,
  'draw_key': draw_key,
}
