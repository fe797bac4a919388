"""Tunes in ABC as text, for training in all keys.

The tokens are those of encoders.abc_text, in C. For the augmentation
`draw_key`, each is stored with the tokens that the same tune has there in each
of the twelve keys, in conventional spelling.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from zoo.contracts import Encoded, Field, Spec
from zoo.encoders.abc_text import END, ROOTS, AbcText, order_of
from zoo.music import abc_tokens
from zoo.music.abc_tokens import Tokenised
from zoo.music.piece import Piece


class AbcKeys(AbcText):
  """AbcText with `in_keys` int16 [12]: the token in each key of `roots`.

  The vocabulary has the tokens that occur in at least `least` tunes, in all
  twelve keys. If a token of a tune is missing in some key, `in_keys` holds the
  tune in C there.
  """

  version = 1  # In the cache's key: increment when rows or spec change.

  def fit(self, pieces: Sequence[Piece]) -> 'AbcKeys':
    """Learns the tokens of the pieces in every key, in a fixed order."""
    counts: Counter[str] = Counter()
    for piece in pieces:
      found = self._tokens(piece)
      if isinstance(found, Tokenised):
        for root in ROOTS:
          counts.update(set(abc_tokens.in_key_of(found.tokens, root)))
    fitted = AbcKeys(**self.options)
    fitted._kept = self._kept
    common = [k for k, n in counts.items() if n >= self.options['least']]
    fitted.vocabulary = [*sorted(common, key=order_of), END]
    return fitted

  @property
  def spec(self) -> Spec:
    """See the class."""
    spec = super().spec
    field = Field((len(ROOTS),), 'int16', spec.sizes['classes'])
    fields = {**spec.fields, 'in_keys': field}
    return spec._replace(encoder='abc_keys', fields=fields)

  def encode(self, piece: Piece) -> Encoded:
    """The rows of a tune; none if one of its tokens in C is unknown."""
    found = super().encode(piece)
    text = found.examples['text']
    rows = np.repeat(text[:, None], len(ROOTS), axis=1)
    if len(text):
      known = {word: place for place, word in enumerate(self.vocabulary)}
      words = self.words(text)
      for column, root in enumerate(ROOTS):
        moved = abc_tokens.in_key_of(words, root)
        if all(word in known for word in moved):
          rows[: len(words), column] = [known[word] for word in moved]
    return found._replace(examples={**found.examples, 'in_keys': rows})
