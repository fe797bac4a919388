"""Tunes in ABC as text, token by token: folk-rnn's representation.

An example is one token; the tokens of a tune are in order, and end with an end
token, which also precedes the first. See zoo.music.abc_tokens.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.music import abc_tokens, abc_writing, likeness, tunes
from zoo.music.abc_fields import BadTune
from zoo.music.abc_tokens import Tokenised, Untokenised
from zoo.music.piece import Piece, notes
from zoo.music.rhythm import Score
from zoo.pictures import text_map, tune_score

END = '</s>'
UNIT = 96  # ticks of a unit note length, in the spec's tables

ROOTS = ('C', 'Db', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B')
_COLUMNS = {
  'bar': abc_tokens.BAR,
  'double': abc_tokens.DOUBLE,
  'open': abc_tokens.OPEN,
  'close': abc_tokens.CLOSE,
  'first': abc_tokens.FIRST,
  'second': abc_tokens.SECOND,
  'chord': abc_tokens.CHORD,
  'chord_end': abc_tokens.CHORD_END,
  'tie': abc_tokens.TIE,
  'rest': abc_tokens.REST,
  'end': END,
}


class AbcText:
  """One row for each token of a tune, and one for the end token.

  Fields: `text` int16, the token; `root` int8, the index in the spec's `roots`
  of the source's tonic. Each table has a number for each token, 0 by default:
  `metre`, ticks of a full bar (96 per unit note length); `mode`, 1 for key
  tokens; `height`, the staff position of a note; `duration`, ticks; `broken`,
  the factor of a broken rhythm's first note, in eighths; `tuplet_p`, `_q` and
  `_n`; and a table for each other sign, 1 for its token.
  """

  main = 'text'
  version = 1  # In the cache's key: increment when rows or spec change.

  def __init__(self, *, least: int = 5, longest: int = 1000):
    """Builds the encoder; `fit` learns its vocabulary.

    Args:
      least: minimum number of training tunes that a token occurs in; tunes with
        rarer tokens are dropped.
      longest: maximum tokens of a tune; longer tunes are dropped.

    Raises:
      UserError: a number below 1.
    """
    if least < 1 or longest < 1:
      raise UserError(
        'encoder/least and encoder/longest must be at least 1, not '
        f'{least} and {longest}.'
      )
    self.options: dict[str, Any] = {'least': least, 'longest': longest}
    self.vocabulary: list[str] = []
    self._kept: dict[Any, Tokenised | Untokenised] = {}

  def fit(self, pieces: Sequence[Piece]) -> 'AbcText':
    """Learns the tokens of the pieces, in a fixed order, the end token last."""
    counts: Counter[str] = Counter()
    for piece in pieces:
      found = self._tokens(piece)
      if isinstance(found, Tokenised):
        counts.update(set(found.tokens))
    fitted = type(self)(**self.options)
    fitted._kept = self._kept
    common = [k for k, n in counts.items() if n >= self.options['least']]
    fitted.vocabulary = [*sorted(common, key=order_of), END]
    return fitted

  @property
  def spec(self) -> Spec:
    """See the class."""
    return Spec(
      encoder='abc_text',
      options=dict(self.options),
      fields={
        'text': Field((), 'int16', max(len(self.vocabulary), 1)),
        'root': Field((), 'int8', 0, 'count'),
      },
      sizes={'classes': max(len(self.vocabulary), 1), 'unit': UNIT},
      quarters=0,
      tables=_tables(self.vocabulary),
      vocabulary={'text': list(self.vocabulary), 'roots': list(ROOTS)},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'AbcText':
    """The encoder that `spec` came from."""
    encoder = cls(**spec.options)
    encoder.vocabulary = list(spec.vocabulary['text'])
    return encoder

  def groups(self, pieces: Sequence[Piece]) -> list[str]:
    """An id for each piece, the same for those that are similar in some key.

    Pieces are compared by the diatonic intervals between their notes, ignoring
    rhythm and mode; see zoo.music.likeness.
    """
    ids, found = [], []
    for piece in pieces:  # Iterate once: they may be read from disk.
      found.append(_patterns(self._tokens(piece)))
      ids.append(piece.id)
    return [ids[first] for first in likeness.families(found)]

  def encode(self, piece: Piece) -> Encoded:
    """The rows of a tune; none if one of its tokens is unknown."""
    found = self._tokens(piece)
    if isinstance(found, Untokenised):
      return Encoded(self._rows([], 'C'), {str(found): 1}, found.line)
    try:
      places = self._places(found)
    except Untokenised as reason:
      return Encoded(self._rows([], 'C'), {str(reason): 1}, reason.line)
    return Encoded(
      self._rows([*places, len(self.vocabulary) - 1], found.root), {}
    )

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """The tokens of a user's tune, without the end token.

    Raises:
      UserError: it is not ABC, or one of its tokens is unknown.
    """
    found = self._tokens(piece)
    try:
      if isinstance(found, Untokenised):
        raise found
      return self._rows(self._places(found), found.root)
    except Untokenised as reason:
      line = f', at {reason.line!r}' if reason.line else ''
      raise UserError(
        f'{piece.id} cannot be read as tokens of this run: it {reason}{line}. '
        'Give a tune in ABC with one voice, one key and one metre.'
      ) from None

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each sequence, up to its first end token.

    Text that is not valid ABC becomes a piece without notes, with the reason in
    its metadata.

    Args:
      examples: {'text': [n, T]}; `root` [n] or [n, T] transposes the tunes to
        that tonic; `entropy` [n, T] is kept in the metadata.
    """
    rows = np.asarray(examples['text'])
    roots = np.asarray(examples.get('root', np.zeros(len(rows), int)))
    roots = roots.reshape(len(rows), -1)[:, 0]
    entropy = examples.get('entropy')
    return [
      self._piece(
        row, str(at), roots[at], None if entropy is None else entropy[at]
      )
      for at, row in enumerate(rows)
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """The tune of tokens [T]."""
    rows = np.asarray(examples['text']).reshape(-1)
    roots = np.asarray(examples.get('root', [0])).reshape(-1)
    return self._piece(rows, '0', roots[0])

  def words(self, row: Any) -> list[str]:
    """The tokens of classes [T], up to the first end token."""
    row = np.asarray(row)
    ends = np.flatnonzero(row == len(self.vocabulary) - 1)
    stop = ends[0] if len(ends) else len(row)
    return [self.vocabulary[place] for place in row[:stop]]

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> list[Path]:
    """Writes .mid .musicxml .wav .abc .svg, and .entropy.png if it is known."""
    from zoo.music import writing  # note-seq and music21 take seconds

    stem = Path(stem)
    paths = writing.write(piece, stem, text)
    paths.append(stem.with_name(f'{stem.name}.abc'))
    found = _as_text(piece, 1)
    paths[-1].write_text(found, 'utf-8')
    if any(bar.tokens for bar in piece.bars):
      paths.append(stem.with_name(f'{stem.name}.svg'))
      title = str(piece.metadata.get('title', ''))
      paths[-1].write_text(tune_score.tune_score(found, title), 'utf-8')
    if 'entropy' in piece.metadata:
      paths.append(stem.with_name(f'{stem.name}.entropy.png'))
      text_map.entropy_map(
        piece.metadata['tokens'],
        piece.metadata['entropy'],
        paths[-1],
        f'{stem.name}: entropy of each prediction',
      )
    return paths

  def book(self, pieces: Sequence[Piece], path: str | Path) -> None:
    """Writes a tunebook: all pieces in one .abc file, numbered from 1."""
    tunes_of = [_as_text(piece, at + 1) for at, piece in enumerate(pieces)]
    Path(path).write_text('\n'.join(tunes_of), 'utf-8')

  def _tokens(self, piece):
    """What `tokenise` returns or raises; cached for each piece."""
    header = piece.metadata.get('header', {})
    key = (piece.id, piece.bars, tuple(header.items()))
    if key not in self._kept:
      try:
        found = abc_tokens.tokenise(piece)
        if len(found.tokens) > self.options['longest']:
          raise Untokenised(f'has over {self.options["longest"]} tokens')
        self._kept[key] = found
      except Untokenised as reason:
        self._kept[key] = reason
      except BadTune as error:
        self._kept[key] = Untokenised(str(error))
    return self._kept[key]

  def _places(self, found):
    known = {word: place for place, word in enumerate(self.vocabulary)}
    lacking = [word for word in found.tokens if word not in known]
    if lacking:
      raise Untokenised('has a token that few training tunes have', lacking[0])
    return [known[word] for word in found.tokens]

  def _rows(self, places, root):
    return {
      'text': np.array(places, np.int16),
      'root': np.full(len(places), _place_of_root(root), np.int8),
    }

  def _piece(self, row, identity, root=0, entropy=None):
    words = self.words(row)
    number = int(identity) + 1
    text = abc_tokens.as_abc(words, number=number, root=ROOTS[int(root)])
    try:
      piece = tunes.read_tune(text, identity)
    except BadTune as error:
      about = {'title': f'Tune {number}', 'unreadable': str(error)}
      piece = Piece(identity, notes([], [], []), metadata=about)
    more: dict[str, Any] = {'tokens': words, 'text': text}
    if entropy is not None:
      more['entropy'] = [float(x) for x in entropy[: len(words) + 1]]
    return piece._replace(metadata={**piece.metadata, **more})


def _as_text(piece: Piece, number: int) -> str:
  """A piece as ABC; if it is not readable, its tokens as comments."""
  if any(bar.tokens for bar in piece.bars):
    return abc_writing.write_abc(piece, number)
  words = ' '.join(piece.metadata.get('tokens', ()))
  return f'% not readable: {piece.metadata.get("unreadable", "")}\n% {words}\n'


def _place_of_root(root):
  """The index in ROOTS of a tonic in any spelling."""
  _, semitones = abc_tokens.root_of(root)
  return semitones % 12


def order_of(word: str) -> tuple[int, int, str]:
  """A sort key for tokens: metres, modes, signs, lengths, then notes."""
  kinds = (
    word.startswith('M:'),
    word.startswith('K:'),
    word in abc_tokens.LINES,
    not abc_tokens.is_note(word),
  )
  place = kinds.index(True) if True in kinds else len(kinds)
  return place, abc_tokens.height(word), word


def _patterns(found):
  if isinstance(found, Untokenised):
    return np.zeros(0, np.uint64)
  heights = np.array([abc_tokens.height(word) for word in found.tokens])
  heights = heights[heights > 0]
  if not len(heights):
    return np.zeros(0, np.uint64)
  none = np.zeros(len(heights), np.int64)
  return likeness.patterns(Score(none, none, heights))


def _tables(vocabulary):
  """See the class."""
  tuplets = [abc_tokens.tuplet(word) for word in vocabulary]
  return {
    'metre': [_full_bar(word) for word in vocabulary],
    'mode': [int(word.startswith('K:')) for word in vocabulary],
    'height': [abc_tokens.height(word) for word in vocabulary],
    'duration': [round(UNIT * abc_tokens.length(word)) for word in vocabulary],
    'broken': [round(8 * abc_tokens.broken(word)) for word in vocabulary],
    'tuplet_p': [p for p, _, _ in tuplets],
    'tuplet_q': [q for _, q, _ in tuplets],
    'tuplet_n': [n for _, _, n in tuplets],
    **{
      name: [int(word == sign) for word in vocabulary]
      for name, sign in _COLUMNS.items()
    },
  }


def _full_bar(word):
  if not word.startswith('M:'):
    return 0
  top, _, under = word[2:].partition('/')
  whole = abc_tokens.unit_of(word[2:])
  return round(UNIT * int(top) / int(under) / whole)
