"""Key signatures by name."""

from typing import Literal, get_args

# fmt: off
KeyName = Literal[
  'Cb', 'Gb', 'Db', 'Ab', 'Eb', 'Bb', 'F', 'C', 'G', 'D', 'A', 'E', 'B', 'F#',
  'C#', 'Abm', 'Ebm', 'Bbm', 'Fm', 'Cm', 'Gm', 'Dm', 'Am', 'Em', 'Bm', 'F#m',
  'C#m', 'G#m', 'D#m', 'A#m',
]
# fmt: on

# {key: number of sharps, negative for flats}, along the circle of fifths.
SHARPS = {name: place % 15 - 7 for place, name in enumerate(get_args(KeyName))}
