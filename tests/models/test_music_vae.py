"""MusicVAE: its published sizes, and the laws of its methods."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import Field, Spec, UserError
from zoo.layers.dropout import fold
from zoo.layers.latent import OWN, sample_normal
from zoo.models.music_vae import MusicVae, draw_tokens
from zoo.models.music_vae_decoder import Decoder, drum_bits

K, T, B = 6, 8, 5
FORMS = {
  'flat': MusicVae(
    K, T, 4, 0, 0, form='flat', latent=3, encoder=(4, 3), decoder=(5, 4)
  ),
  'beatwise': MusicVae(
    K, T, 4, 0, 0, form='beatwise', latent=3, encoder=(4,), decoder=(5,)
  ),
}
BARWISE = MusicVae(
  K, T, 2, 4, 0, form='barwise', latent=4, encoder=(4,), decoder=(5,)
)
CONDUCTED = MusicVae(
  K,
  T,
  4,
  0,
  0,
  form='hierarchical',
  latent=3,
  encoder=(4,),
  decoder=(5, 4),
  conductor=(4, 3),
  segments=2,
)


@pytest.fixture(params=FORMS)
def model(request):
  return FORMS[request.param]


def _tokens(seed=0, count=B):
  return jax.random.randint(jax.random.key(seed), (count, T), 0, K, jnp.int8)


@functools.partial(jax.jit, static_argnums=(0, 1))
def _generate(model, temperature, params, z, keys):
  made = model.apply(params, z, keys, temperature, method='generate')
  return made['tokens']


@functools.partial(jax.jit, static_argnums=(0, 1))
def _call(model, method, params, *arguments):
  return model.apply(params, *arguments, method=method)


@functools.cache
def _params(model, scale=1.0):
  """Parameters large enough that z and the tokens matter."""
  params = jax.jit(model.init)(jax.random.key(0), {'tokens': _tokens()})
  rng = np.random.default_rng(0)
  return jax.tree.map(
    lambda x: x + jnp.float32(rng.normal(0, scale, x.shape)), params
  )


def _keys(count=B):
  return jax.random.split(jax.random.key(2), count)


def _size(classes=90, steps=32, drums=0, **options):
  model = MusicVae(classes, steps, 4, 16, drums, **options)
  shapes = jax.eval_shape(
    model.init, jax.random.key(0), {'tokens': jnp.zeros((1, steps), jnp.int16)}
  )
  return sum(leaf.size for leaf in jax.tree.leaves(shapes))


def test_parameter_counts_are_the_published_ones():
  # Magenta's cat-mel_2bar_small and cat-mel_2bar_big.
  assert _size() == 4_423_770
  assert _size(latent=512, encoder=(2048,), decoder=(2048,) * 3) == 134_571_098
  # cat-drums_2bar_small: ten bits are read, and one of 512 written.
  assert _size(512, drums=9) == 4_636_672
  # flat-mel_16bar and hierdec-mel_16bar.
  long = {'steps': 256, 'latent': 512, 'encoder': (2048, 2048)}
  assert _size(**long, decoder=(2048,) * 3) == 235_250_778
  conducted = {'form': 'hierarchical', 'conductor': (1024, 1024)}
  assert _size(**long, **conducted, decoder=(1024, 1024)) == 176_061_530


def test_parameter_counts_of_the_forms_for_two_cores():
  ours = {'encoder': (256,), 'decoder': (256,)}
  # The forms of docs/results: 2 ways of 4 H (D + H) + 4 H, and so on.
  reader = 2 * (1024 * (4 * 90 + 256) + 1024)
  bar = 4 * 512 * 32 + 32 + 16 * 256 + 256  # to a slice of 16, and back
  condition = 256 * 512 + 512 + 256 * 256 + 256  # first state; beats of 64
  writer = (90 + 64 + 16 + 256) * 1024 + 1024
  output = 256 * 90 + 90
  assert (
    _size(steps=256, form='barwise', **ours)
    == reader + bar + condition + writer + output
    == 1_991_290
  )
  # Of drums the beat-wise form reads ten bits, and writes ten beside 512.
  reader = 2 * (1024 * (4 * 10 + 256) + 1024)
  code = 2 * (8 * 512 * 128 + 128)
  condition = (128 * 512 + 512) * 2
  writer = (10 + 64 + 32 + 256) * 1024 + 1024
  output = 256 * 512 + 512 + 256 * 10
  assert (
    _size(512, drums=9, form='beatwise', latent=128, **ours)
    == reader + code + condition + writer + output
    == 2_295_040
  )


def test_parameter_count_of_the_beatwise_form():
  small = {'form': 'beatwise', 'latent': 128, 'encoder': (256,)}
  reader = 2 * (4 * 90 * 1024 + 256 * 1024 + 1024)
  code = 2 * (8 * 512 * 128 + 128)
  condition = (128 * 512 + 512) * 2  # first state; beats of 64
  writer = (90 + 64 + 32 + 256) * 1024 + 1024
  output = 256 * 90 + 90
  assert (
    _size(**small, decoder=(256,))
    == reader + code + condition + writer + output
    == 2_921_306
  )


def test_shift_puts_none_before_the_tokens():
  inputs = FORMS['flat'].shift(jnp.int8([[3, 1, 0, 2, 5, 4, 0, 1]]))
  np.testing.assert_array_equal(inputs, [[K, 3, 1, 0, 2, 5, 4, 0]])


def test_generating_is_decoding_ones_own_tokens(model):
  params, z = _params(model), jax.random.normal(jax.random.key(3), (B, 3))
  written = _generate(model, 0.0, params, z, _keys())
  logits = _call(model, 'decode', params, z, {'tokens': written})
  np.testing.assert_array_equal(written, jnp.argmax(logits, -1))
  assert len(np.unique(written)) > 1


def test_a_melody_depends_on_its_own_key_and_code_alone(model):
  params, z = _params(model), jax.random.normal(jax.random.key(3), (B, 3))
  all_of_them = _generate(model, 0.9, params, z, _keys())
  one = _generate(model, 0.9, params, z[3:4], _keys()[3:4])
  np.testing.assert_array_equal(all_of_them[3:4], one)
  same = jnp.broadcast_to(z[:1], z.shape)
  drawn = _generate(model, 0.9, params, same, _keys())
  assert len(np.unique(drawn, axis=0)) > 1


def test_the_future_is_not_read(model):
  params, tokens = _params(model), _tokens()
  z = jnp.ones((B, 3))
  logits = _call(model, 'decode', params, z, {'tokens': tokens})
  for changed in (2, 6):
    at = changed - 1  # read a step later
    other = tokens.at[:, at].set((tokens[:, at] + 1) % K)
    moved = _call(model, 'decode', params, z, {'tokens': other}) != logits
    assert not moved[:, :changed].any()
    assert moved[:, changed].all(-1).all()


def test_the_encoder_reads_every_step(model):
  params, tokens = _params(model), _tokens()
  mu, sigma = _call(model, 'encode', params, {'tokens': tokens})
  assert (np.asarray(sigma) > 0).all()
  for step in range(T):
    other = tokens.at[:, step].set((tokens[:, step] + 1) % K)
    moved = _call(model, 'encode', params, {'tokens': other})[0]
    assert (moved != mu).any(-1).all(), step


def test_scheduled_sampling_mixes_truth_and_own_tokens(model):
  params, batch = _params(model), {'tokens': _tokens()}
  z = jax.random.normal(jax.random.key(3), (B, 3))

  def decode(share):
    return _call(model, 'decode', params, z, batch, _keys(), share)

  own = _generate(model, 1.0, params, z, fold(_keys(), OWN))
  truth = _call(model, 'decode', params, z, batch)
  alone = _call(model, 'decode', params, z, {'tokens': own})
  np.testing.assert_allclose(decode(jnp.float32(0)), truth, rtol=1e-5)
  np.testing.assert_allclose(decode(jnp.float32(1)), alone, rtol=1e-5)
  mixed = decode(jnp.float32(0.5))
  assert (np.abs(mixed - truth) > 1e-3).any()
  assert (np.abs(mixed - alone) > 1e-3).any()


def test_hidden_tokens_are_not_read(model):
  params, batch = _params(model), {'tokens': _tokens()}
  other = {'tokens': _tokens(1)}
  for method, z in (('encode', ()), ('decode', (jnp.ones((B, 3)),))):
    share = (0.0, 1.0) if z else (1.0,)

    @jax.jit
    def read(batch, method=method, z=z, share=share):
      return model.apply(params, *z, batch, _keys(), *share, method=method)

    jax.tree.map(np.testing.assert_array_equal, read(batch), read(other))


def test_tokens_are_drawn_as_often_as_they_are_likely():
  draws = jax.random.uniform(jax.random.key(0), (40_000,))
  logits = jnp.broadcast_to(jnp.float32([-99, 0, 2, -1, -99]), (40_000, 5))
  for temperature in (1.0, 0.5):
    drawn = draw_tokens(draws, logits, temperature)
    shares = np.bincount(drawn, minlength=5) / 40_000
    np.testing.assert_allclose(
      shares, jax.nn.softmax(logits[0] / temperature), atol=0.01
    )
  np.testing.assert_array_equal(draw_tokens(draws, logits, 0.0), 2)
  # At the ends of [0, 1) no token comes that has no chance.
  edges = jnp.float32([0, 1 - 2**-24])
  np.testing.assert_array_equal(draw_tokens(edges, logits[:2], 1.0), [1, 3])


def test_drawn_codes_have_mean_mu_and_deviation_sigma():
  keys = _keys(20_000)
  mu = jnp.broadcast_to(jnp.float32([1, -2]), (20_000, 2))
  z = sample_normal(keys, mu, jnp.broadcast_to(jnp.float32([3, 0.5]), mu.shape))
  np.testing.assert_allclose(z.mean(0), [1, -2], atol=0.1)
  np.testing.assert_allclose(z.std(0), [3, 0.5], rtol=0.03)


def test_bfloat16_keeps_float32_parameters_and_stays_near():
  exact = FORMS['beatwise']
  rough = exact.copy(dtype='bfloat16')
  params, tokens = _params(exact, scale=0.3), _tokens()
  batch = {'tokens': tokens}
  logits, _, _ = _call(exact, '__call__', params, batch)
  near, near_mu, _ = _call(rough, '__call__', params, batch)
  assert near.dtype == near_mu.dtype == jnp.float32
  assert 0 < np.abs(near - logits).max() < 0.1
  written = _generate(rough, 0.0, params, near_mu, _keys())
  assert written.shape == (B, T)
  for leaf in jax.tree.leaves(jax.eval_shape(rough.init, _keys()[0], batch)):
    assert leaf.dtype == jnp.float32


def test_a_slice_of_z_is_read_in_its_own_bar():
  params, z = _params(BARWISE), jnp.zeros((B, 4))
  batch = {'tokens': _tokens()}
  logits = _call(BARWISE, 'decode', params, z, batch)
  for bar in (0, 1):
    other = z.at[:, 2 * bar].set(1.0)
    moved = _call(BARWISE, 'decode', params, other, batch) != logits
    moved = moved.any(-1).reshape(B, 2, 4)
    assert moved[:, bar].all()
    assert not moved[:, 1 - bar].any()
  # Equal slices and symbols give equal bars, but for what came before them.
  same = {'tokens': jnp.tile(_tokens()[:, :4], 2)}
  bars = _call(BARWISE, 'decode', params, z, same).reshape(B, 2, 4, -1)
  last = same['tokens'][:, 3]
  assert (bars[:, 0, 0] != bars[:, 1, 0]).any()
  first = BARWISE.shift(same['tokens']).reshape(B, 2, 4)
  np.testing.assert_array_equal(first[:, 1, 0], last)


def test_a_segment_begins_again_from_its_embedding():
  params, z = _params(CONDUCTED), jax.random.normal(jax.random.key(3), (B, 3))
  tokens = _tokens()
  logits = _call(CONDUCTED, 'decode', params, z, {'tokens': tokens})
  # Of the segment before, the last symbol alone is read.
  for step, read in ((2, False), (3, True)):
    other = tokens.at[:, step].set((tokens[:, step] + 1) % K)
    moved = _call(CONDUCTED, 'decode', params, z, {'tokens': other}) != logits
    assert moved[:, 4:].any() == read
  # z reaches every segment.
  moved = _call(CONDUCTED, 'decode', params, z + 1, {'tokens': tokens})
  assert (moved != logits).any(-1).all()


def test_drums_are_read_as_bits_of_which_none_has_none():
  bits = drum_bits(jnp.int32([[0, 5], [7, 8]]), 3)
  expected = [
    [[0, 0, 0, 1], [1, 0, 1, 0]],  # silence; the first and the third
    [[1, 1, 1, 0], [0, 0, 0, 0]],  # all; none
  ]
  np.testing.assert_array_equal(bits, expected)


def test_a_combination_has_the_logits_of_its_drums():
  model = Decoder(8, 4, 2, 1, (5,), beat_embedding=2, drums=3)
  codes, tokens = jnp.zeros((1, 1, 2)), jnp.zeros((1, 4), jnp.int8)
  params = drawn(model.init, codes, tokens)
  before = model.apply(params, codes, tokens)
  params['params']['drum_output']['kernel'][:, 1] += 1.0
  moved = model.apply(params, codes, tokens) - before
  has = np.array([0, 0, 1, 1, 0, 0, 1, 1], bool)  # the second drum
  np.testing.assert_allclose(moved[..., ~has], 0, atol=1e-5)
  shared = moved[..., has]
  np.testing.assert_allclose(shared, shared[..., :1] * np.ones(4), atol=1e-5)
  assert (np.abs(shared) > 1e-4).all()


@pytest.mark.parametrize(
  'options, words',
  [
    ({'form': 'barwise', 'latent': 3}, 'a slice of it for each of 2 bars'),
    ({'form': 'hierarchical', 'segments': 3}, 'does not divide the 8 steps'),
    ({'form': 'hierarchical', 'segments': 0}, 'model/segments is 0'),
    ({'form': 'hierarchical', 'conductor': ()}, 'model/conductor'),
    ({'form': 'barwise', 'bar_embedding': 0}, 'model/bar_embedding'),
  ],
)
def test_sizes_that_do_not_go_together_are_refused(options, words):
  with pytest.raises(UserError, match=words):
    MusicVae(K, T, 4, 4, 0, **options)


def test_steps_that_are_no_whole_beats_are_refused():
  with pytest.raises(
    UserError, match='6 steps are not a whole number of beats'
  ):
    MusicVae(K, 6, 4, 0, 0)


def test_an_encoder_without_tokens_is_refused():
  picture = Spec('image', {}, {'image': Field((4,), 'uint8')}, {}, 0.0, {}, {})
  with pytest.raises(UserError, match="'image' writes none: choose encoder"):
    MusicVae.from_spec(picture)
