"""The trio: its published size, and what its parts share with other models."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import run as command_line
from tests.parameters import drawn
from zoo import assembly
from zoo import config as config_lib
from zoo.contracts import UserError
from zoo.encoders import ENCODERS
from zoo.models.music_vae_trio import STREAMS, MusicVaeTrio
from zoo.training.stages import taken

B, T = 2, 8
TINY = MusicVaeTrio(
  (6, 5, 8),
  T,
  2,
  4,
  3,
  form='hierarchical',
  latent=3,
  encoder=(4,),
  decoder=(5,),
  conductor=(4,),
  segments=2,
)


def _shapes(name):
  """Shapes of an experiment's parameters."""
  # The shapes are the same wherever training starts from.
  config = command_line.resolve(name) | {'start': None}
  spec = config_lib.build(ENCODERS, config['encoder'], 'encoder').spec
  system = assembly.assemble(config, spec)
  batch = assembly.abstract_batch(spec, 2)
  init = system.stages[0].loss.init
  return jax.eval_shape(
    lambda rng, batch: init(rng, batch, {})[0], jax.random.key(0), batch
  )


def test_the_published_size():
  # Magenta's hierdec-trio_16bar: 692 rows are read, 90 + 90 + 512 written.
  model = MusicVaeTrio.from_spec(
    ENCODERS['trio']().spec,
    form='hierarchical',
    latent=512,
    encoder=(2048, 2048),
    conductor=(1024, 1024),
    decoder=(1024, 1024),
  )
  batch = {name: jnp.zeros((1, 256), jnp.int16) for name in STREAMS}
  shapes = jax.eval_shape(model.init, jax.random.key(0), batch)
  assert sum(leaf.size for leaf in jax.tree.leaves(shapes)) == 230_975_156


def test_the_drums_of_a_trio_can_start_from_a_run_of_drums():
  trio, drums = (
    _shapes('musicvae_trio_groove'),
    _shapes('musicvae_drums_barwise'),
  )
  found = taken(trio, drums, {'parts_drums/(.*)': r'\1'}, 'a run of drums')
  assert len(found) == len(jax.tree.leaves(drums))
  assert len(found) == len(jax.tree.leaves(trio['parts_drums']))


def test_scheduled_sampling_reads_nothing_of_the_batch_at_share_one():
  rng = np.random.default_rng(0)
  sizes = dict(zip(STREAMS, TINY.classes, strict=True))
  batches = [
    {name: rng.integers(0, k, (B, T), np.int16) for name, k in sizes.items()}
    for _ in range(2)
  ]
  params = drawn(TINY.init, batches[0])
  keys, z = jax.random.split(jax.random.key(1), B), jnp.ones((B, 3))

  @jax.jit
  def decode(batch, share):
    return TINY.apply(params, z, batch, keys, share, method='decode')

  own = [decode(batch, jnp.float32(1)) for batch in batches]
  jax.tree.map(np.testing.assert_array_equal, *own)
  true = [decode(batch, jnp.float32(0)) for batch in batches]
  for stream in STREAMS:
    assert (true[0][stream] != true[1][stream]).any()


@pytest.mark.parametrize(
  'options, words',
  [
    ({'latent': 8, 'form': 'barwise'}, 'in 6 shares'),
    ({'form': 'barwise', 'shares': (1, 2)}, 'shares has 2 numbers'),
    ({'form': 'barwise', 'shares': (1, 0, 2)}, 'must be at least 1'),
    ({'form': 'hierarchical', 'segments': 3}, 'does not divide the 8 steps'),
  ],
)
def test_sizes_that_do_not_go_together_are_refused(options, words):
  with pytest.raises(UserError, match=words):
    MusicVaeTrio((6, 5, 8), T, 2, 4, 3, **options)


def test_each_stream_has_its_share_of_z():
  model = MusicVaeTrio(
    (6, 5, 8),
    T,
    2,
    4,
    3,
    latent=12,
    shares=(1, 1, 4),
    encoder=(4,),
    decoder=(5,),
  )
  batch = {name: jnp.zeros((B, T), jnp.int16) for name in STREAMS}
  params = drawn(model.init, batch)
  # Two bars of 1, 1 and 4 numbers: of the twelve numbers of z the first two
  # belong to the melody, the next two to the bass and eight to the drums.
  z = jnp.zeros((B, 12))
  outputs = model.apply(params, z, batch, method='decode')
  for stream, own in zip(STREAMS, ((0, 2), (2, 4), (4, 12)), strict=True):
    moved = model.apply(
      params, z.at[:, slice(*own)].set(1), batch, method='decode'
    )
    changed = {s for s in STREAMS if (moved[s] != outputs[s]).any()}
    assert changed == {stream}


def test_an_encoder_of_other_fields_is_refused():
  with pytest.raises(UserError, match="'melody' does not write them"):
    MusicVaeTrio.from_spec(ENCODERS['melody']().spec)
