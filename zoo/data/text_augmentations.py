"""Augmentation of text: one key for all of a tune.

A batch holds `text` [B, T], `in_keys` [B, T, 12], the same tokens in each key,
and `piece_draw` [B, T] uint32, one random number for each tune and epoch.
"""

from typing import Any

import jax.numpy as jnp

from zoo.contracts import Augment, Spec, UserError


def draw_key(spec: Spec, *, probability: float = 1.0) -> Augment:
  """Transposes each tune to a random key, a new one in each epoch.

  Args:
    spec: of the encoder abc_keys.
    probability: share of the tunes that are transposed, to each key equally
      often; the others stay in C.

  Raises:
    UserError: another encoder, or a probability outside 0..1.
  """
  if 'in_keys' not in spec.fields:
    raise UserError(
      'augmentation draw_key needs the encoder abc_keys, and this is '
      f"'{spec.encoder}': set encoder/name=abc_keys, or leave it out."
    )
  if not 0 <= probability <= 1:
    raise UserError(
      'augmentation draw_key takes a probability between 0 and 1, not '
      f'{probability}.'
    )
  count = spec.fields['in_keys'].shape[0]

  def augment(keys: Any, batch: Any) -> Any:
    del keys  # they differ from step to step, and a tune has one key
    draw = batch['piece_draw']
    key = (draw >> 16) % count
    whether = (draw & 0xFFFF) < round(probability * 2**16)
    key = jnp.where(whether, key, 0).astype(jnp.int32)
    text = jnp.take_along_axis(batch['in_keys'], key[..., None], -1)[..., 0]
    others = {k: v for k, v in batch.items() if k != 'in_keys'}
    return {**others, 'text': text}

  return augment
