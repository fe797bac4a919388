"""Encoders: one file a representation; each turns pieces into arrays and back.

What a class in ENCODERS has, so that corpora and the command line can use it:

  __init__(*, options...)   keyword-only, from the experiment
  version, options          the class's int and the instance's dict; both are
                            part of the key of cached arrays
  fit(pieces) -> self       learns the vocabulary from the training pieces
  spec, from_spec(spec)     all that rebuilds it, as JSON
  encode(piece) -> Encoded  and encode_all(pieces) -> [Encoded], where many
                            pieces at once are faster
  decode(examples)          -> a Piece for each example: the inverse of encode
  cover(piece) -> examples  that cover a user's piece from end to end
  join(examples) -> Piece   the inverse of cover
  canonical(examples)       -> [N, ...] integer rows that are equal where the
                            music is, up to transposition
  write(piece, stem, text)  files to hear and see
"""

from zoo.encoders.melody import Melody

ENCODERS = {'melody': Melody}
