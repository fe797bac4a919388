"""The RNN encoder-decoder: MusicVAE's network as a plain autoencoder.

One network reads a sequence into a vector of fixed size, another writes it
from there. Without noise and without a divergence nothing asks the codes to
lie close together: it reconstructs better than MusicVAE, and a code that no
example has, drawn from N(0, 1) or halfway between two, need not mean music.

Source: Cho et al. 2014, arXiv 1406.1078; Sutskever et al. 2014, arXiv
1409.3215; as an ablation of Roberts et al. 2018, arXiv 1803.05428.
"""

from zoo.models.music_vae import MusicVae


class RnnAutoencoder(MusicVae):
  """MusicVae in any of its forms, whose code is mu itself.

  Attributes are MusicVae's. The half of the encoder's head that would give
  sigma is there, so that both have the same parameters, and is never read.
  """

  def encode(self, batch, keys=None, hidden=0.0):
    """The code [B, Z], and no scale; arguments as MusicVae has."""
    code, _ = super().encode(batch, keys, hidden)
    return code, None
