"""The RNN encoder-decoder: MusicVAE's network as a plain autoencoder.

One network encodes a sequence as a vector of fixed size, another decodes it.
Without noise and KL divergence nothing makes the latent space continuous: it
reconstructs better than MusicVAE, but other codes, sampled from N(0, 1) or
interpolated, need not decode to music.

Source: Cho et al. 2014, arXiv 1406.1078; Sutskever et al. 2014, arXiv
1409.3215; as an ablation of Roberts et al. 2018, arXiv 1803.05428.
"""

from zoo.models.music_vae import MusicVae


class RnnAutoencoder(MusicVae):
  """MusicVae in any of its forms, with mu itself as the code.

  For attributes see MusicVae. The half of the encoder's head that would give
  sigma exists, so that both have the same parameters, but is not used.
  """

  def encode(self, batch, keys=None, hidden=0.0):
    """The code [B, Z], and no scale; for arguments see MusicVae."""
    code, _ = super().encode(batch, keys, hidden)
    return code, None
