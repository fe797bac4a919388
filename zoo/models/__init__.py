"""Models, one family a file."""

from zoo.models.music_vae import MusicVae

MODELS = {'music_vae': MusicVae}
