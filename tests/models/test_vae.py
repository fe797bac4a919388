"""VAE, VRAE and the RNN encoder-decoder: sizes, and steps by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, shapes
from zoo.contracts import Field, Spec, UserError
from zoo.encoders.melody import Melody
from zoo.models.music_vae import MusicVae
from zoo.models.rnn_autoencoder import RnnAutoencoder
from zoo.models.vae import Vae
from zoo.models.vrae import Vrae

IMAGE = Spec(
  'image', {}, {'image': Field((64,), 'uint8', 256, 'grey')}, {}, 0.0, {}, {}
)
MELODY = Melody(bars=2).spec


def size(model, spec):
  batch = {
    name: jnp.zeros((1, *field.shape), field.dtype)
    for name, field in spec.fields.items()
  }
  found = shapes(model.init, batch)
  return sum(leaf.size for leaf in jax.tree.leaves(found))


def test_parameter_counts():
  reads, writes = 64 * 500 + 500, 500 * 64 + 64
  code = (500 * 4 + 4) + (2 * 500 + 500)
  assert size(Vae.from_spec(IMAGE), IMAGE) == reads + code + writes == 68_068

  melody = Vae.from_spec(MELODY, latent=128, widths=(512,))
  reads, writes = 2880 * 512 + 512, 512 * 2880 + 2880
  code = (512 * 256 + 256) + (128 * 512 + 512)
  assert size(melody, MELODY) == reads + code + writes == 3_149_888

  plain = Vrae.from_spec(MELODY, hidden=256)
  network = 90 * 256 + 256 * 256 + 256
  code = (256 * 4 + 4) + (2 * 256 + 256)
  output = 256 * 90 + 90
  assert size(plain, MELODY) == 2 * network + code + output == 202_590


def test_the_encoder_decoder_has_the_parameters_of_the_vae():
  options = {'form': 'beatwise', 'latent': 8, 'encoder': (4,), 'decoder': (5,)}
  sizes = [
    size(model.from_spec(MELODY, **options), MELODY)
    for model in (MusicVae, RnnAutoencoder)
  ]
  assert sizes[0] == sizes[1]


def test_vrae_reads_its_own_probabilities_by_hand():
  field = Field((3,), 'int8', 4)
  spec = Spec('melody', {}, {'tokens': field}, {}, 0.25, {}, {})
  model = Vrae.from_spec(spec, latent=2, hidden=5)
  variables = drawn(model.init, {'tokens': np.zeros((1, 3), int)})
  params = jax.tree.map(np.asarray, variables['params'])
  z = np.array([[0.3, -1.2]])
  made = model.apply(variables, z, method='decode').reshape(3, 4)
  first = params['first_state']
  state = np.tanh(z[0] @ first['kernel'] + first['bias'])
  written = np.zeros(4)
  for step in range(3):
    state = np.tanh(
      written @ params['feedback']
      + state @ params['recurrent']
      + params['bias']
    )
    logits = state @ params['output'] + params['output_bias']
    np.testing.assert_allclose(made[step], logits, rtol=1e-4, atol=1e-5)
    written = np.exp(logits) / np.exp(logits).sum()


def test_pictures_have_no_steps_and_no_width_is_zero():
  with pytest.raises(UserError, match="'vrae' reads steps, and pictures have"):
    Vrae.from_spec(IMAGE)
  for build in (Vae, Vrae):
    with pytest.raises(UserError, match='model/latent is 0'):
      build.from_spec(MELODY, latent=0)
