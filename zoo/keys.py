"""Key signatures by name."""

from typing import Literal, get_args

# fmt: off
KeyName = Literal[
  'Cb', 'Gb', 'Db', 'Ab', 'Eb', 'Bb', 'F', 'C', 'G', 'D', 'A', 'E', 'B', 'F#',
  'C#', 'Abm', 'Ebm', 'Bbm', 'Fm', 'Cm', 'Gm', 'Dm', 'Am', 'Em', 'Bm', 'F#m',
  'C#m', 'G#m', 'D#m', 'A#m',
]
# fmt: on

# Sharps of each, negative for flats: up the circle of fifths, major and minor.
SHARPS = {name: place % 15 - 7 for place, name in enumerate(get_args(KeyName))}
