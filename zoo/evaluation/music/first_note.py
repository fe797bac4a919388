"""Does the first note decide the whole melody?"""

from collections.abc import Callable
from typing import Any

import numpy as np


def first_note(
  generate: Callable[..., dict[str, np.ndarray]],
  *,
  first: int = 67,
  count: int = 64,
) -> dict[str, Any]:
  """How many different melodies there are with the same first note.

  The course's point: who always takes the likeliest token gets one melody for
  each first note; who draws gets as many as he likes.

  Args:
    generate: (n, temperature=, first=) -> {'tokens': [n, T]}.
    first: MIDI pitch.
    count: how many melodies.

  Returns:
    {'different_melodies': {'likeliest', 'drawn'}, 'of': count}.
  """
  made = {
    whose: np.asarray(generate(count, temperature=heat, first=first)['tokens'])
    for whose, heat in (('likeliest', 0.0), ('drawn', 1.0))
  }
  return {
    'different_melodies': {
      whose: len(np.unique(tokens, axis=0)) for whose, tokens in made.items()
    },
    'of': count,
  }
