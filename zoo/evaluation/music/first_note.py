"""How many melodies follow from one first note, greedily and by sampling."""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.questions import asks


@asks(fields=('tokens',))
def first_note(
  generate: Callable[..., dict[str, np.ndarray]],
  *,
  first: int = 67,
  count: int = 64,
) -> dict[str, Any]:
  """How many different melodies there are with the same first note.

  Greedy decoding yields one melody for each first note, sampling many.

  Args:
    generate: (n, temperature=, first=) -> {'tokens': [n, T]}.
    first: MIDI pitch.
    count: how many melodies are generated.

  Returns:
    {'different_melodies': {'likeliest', 'drawn'}, 'of': count}.

  Source: Briot's course.
  """
  made = {
    column: np.asarray(
      generate(count, temperature=temperature, first=first)['tokens']
    )
    for column, temperature in (('likeliest', 0.0), ('drawn', 1.0))
  }
  return {
    'different_melodies': {
      column: len(np.unique(tokens, axis=0)) for column, tokens in made.items()
    },
    'of': count,
  }
