"""From the pieces of a dataset to encoded arrays: split, deduplicated, cached.

Pieces are split by a hash of their id, so that no piece is in two splits and a
piece stays in its split when the corpus grows. Then they are encoded, and
duplicate examples are removed: equal examples within a split; from validation,
examples that occur in training in any transposition (for encoders that define
it); and from test, those that occur in training or validation, since settings
are chosen on validation. Encoders whose examples are the events of pieces
instead declare groups of similar pieces: a group goes to one split, by the
order of their hashes, and nothing is removed.

Some corpora come with a split that published metrics refer to. Their pieces
name it in metadata['split'], and nothing is removed from these corpora, unless
the encoder declares that its windows are `distinct`: windows that overlap or
repeat are not what a published metric counts.
"""

from collections import Counter
from collections.abc import Callable, Sequence
import hashlib
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import Dataset, Spec, UserError
from zoo.data import encoded
from zoo.data.cache import Damaged, own_directory, read_arrays, write_arrays
from zoo.data.cache import (
  default_cache as default_cache,  # for callers of `prepare`
)
from zoo.data.dropped import by_reason, by_split, main_reasons, summary, tables
from zoo.data.encoded import SPLITS as SPLITS
from zoo.data.encoded import Arrays

FRACTIONS = (0.8, 0.1, 0.1)
CACHE_VERSION = 6  # In the cache's key: increment when this file changes.

Report = Callable[[str], None]


class Corpus(NamedTuple):
  """An encoded corpus.

  Attributes:
    spec: of the fitted encoder.
    splits: {'train', 'validation', 'test'} -> {field: [N, ...], 'piece': [N]
      int32, the index in `pieces` of the same split}.
    pieces: {split: ids of the pieces with examples}.
    dropped: {'pieces': {reason: {'count': n, 'ids': [id, ...]}},
      'windows': {reason: {split: count}}, 'repaired': {what: {'count': notes,
      'ids': [id, ...]}}}; plain JSON, for report.json.
    fingerprint: sha256 of the arrays and the spec; checkpoints store it.
  """

  spec: Spec
  splits: dict[str, Arrays]
  pieces: dict[str, tuple[str, ...]]
  dropped: dict[str, dict[str, dict[str, Any]]]
  fingerprint: str


def prepare(
  dataset: Dataset,
  encoder: Any,
  *,
  cache: Path | None,
  fractions: Sequence[float] = FRACTIONS,
  minimum: int = 1,
  report: Report = print,
  verbose: bool = False,
) -> tuple[Corpus, Any]:
  """Reads, splits and encodes a corpus, or loads it from the cache.

  Args:
    dataset: where music comes from; read only if the cache has nothing.
    encoder: an entry of ENCODERS, not yet fitted.
    cache: directory for encoded arrays, made owner-only; None for no cache.
    fractions: shares of the pieces for training, validation and test.
    minimum: minimum number of training examples: one batch.
    report: takes lines for the user, at most ten.
    verbose: whether to report everything that was dropped, in tables.

  Returns:
    The corpus and the encoder, fitted on the training pieces.

  Raises:
    UserError: too few examples, fractions that are no split, or a cache
      directory of another user.
  """
  if (
    len(fractions) != len(SPLITS)
    or min(fractions) < 0
    or abs(sum(fractions) - 1) > 1e-6
  ):
    raise UserError(
      f'The split must be three shares that add up to 1, not {fractions!r}.'
    )
  path = _path(cache, dataset, encoder, fractions, report)
  corpus = load(path, report) if path else None
  if corpus:
    encoder = type(encoder).from_spec(corpus.spec)
  else:
    report(dataset.licence)
    kept = path and path.with_name(path.name.replace('corpus', 'encoded', 1))
    corpus, encoder = build(dataset, encoder, fractions, kept)
    if path and kept:
      _save(path, corpus, report)
      encoded.forget(kept)
  whole = tables(corpus.dropped, SPLITS) if verbose else []
  for line in whole or summary(corpus.dropped):
    report(line)
  counts = {k: len(arrays['piece']) for k, arrays in corpus.splits.items()}
  counted = (
    f'{n} {k} (of {len(corpus.pieces[k])} pieces)' for k, n in counts.items()
  )
  report(f'Examples: {", ".join(counted)}')
  if counts['train'] < max(minimum, 1):
    raise UserError(
      f'Only {counts["train"]} training examples are left where a batch takes '
      f'{minimum}: {main_reasons(corpus.dropped)}; give more music, a '
      'smaller batch, or an encoder that drops less.'
    )
  return corpus, encoder


def split_of(identity: str, fractions: Sequence[float]) -> str:
  """The split of a piece: a pure function of its id.

  Args:
    identity: the piece's id.
    fractions: three shares that add up to 1.
  """
  return _split_at(_hash(identity), fractions)


def splits_of_groups(
  groups: Sequence[str], fractions: Sequence[float]
) -> list[str]:
  """The split of each piece; the pieces of a group stay together.

  The groups are sorted by their hashes, and the sequence of all pieces is cut
  at the shares. So the shares also hold for a few dozen pieces, where splitting
  each by its hash may leave a single one for test; and when the corpus grows,
  only pieces near a cut change their split.

  Args:
    groups: the group of each piece.
    fractions: three shares that add up to 1.
  """
  found, begin = {}, 0
  sizes = Counter(groups)
  for group in sorted(sizes, key=_hash):
    middle = (begin + sizes[group] / 2) / len(groups)
    found[group] = _split_at(middle, fractions)
    begin += sizes[group]
  return [found[group] for group in groups]


def _split_at(place, fractions):
  edges = np.cumsum(fractions)[:-1]
  return SPLITS[int(np.searchsorted(edges, place, 'right'))]


def _hash(identity):
  """A number in [0, 1) that depends only on the id."""
  digest = hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).digest()
  return int.from_bytes(digest[:8], 'big') / 2**64


def official_split(piece: Any) -> str | None:
  """The split that a corpus assigns to one of its pieces; None for no split.

  Raises:
    ValueError: metadata['split'] is none of SPLITS.
  """
  given = getattr(piece, 'metadata', {}).get('split')
  if given not in (None, *SPLITS):
    raise ValueError(f'{piece.id} stands in {given!r}, which is no split.')
  return given


def build(
  dataset: Dataset,
  encoder: Any,
  fractions: Sequence[float],
  kept: Path | None = None,
) -> tuple[Corpus, Any]:
  """Reads, splits and encodes, with no cache; see `prepare`.

  Args:
    dataset, encoder, fractions: as in `prepare`.
    kept: path prefix of the files that keep encoded shards of a large folder,
      so that an interrupted run resumes with the next shard; None to keep none.

  Returns:
    The corpus and the fitted encoder.
  """
  pieces, unread = dataset.read()
  whole = hasattr(encoder, 'groups')  # Examples are events of whole pieces.
  given = [(piece.id, official_split(piece)) for piece in pieces]
  homes = (
    splits_of_groups(encoder.groups(pieces), fractions)
    if whole
    else [split_of(identity, fractions) for identity, _ in given]
  )
  homes = [own or home for (_, own), home in zip(given, homes, strict=True)]
  official = any(own is not None for _, own in given)
  keep_repeats = whole or (official and not getattr(encoder, 'distinct', 0))
  encoder = encoder.fit(_Members(pieces, homes, SPLITS[0]))
  if hasattr(encoder, 'measure'):
    encoder = encoder.measure(pieces)
  spec = encoder.spec

  found = encoded.encode(pieces, homes, encoder, kept)
  windows = found.windows
  splits: dict[str, Arrays] = {}
  for split in SPLITS:
    splits[split] = found.take(split)
    if not keep_repeats:
      known = [(other, splits[other]) for other in SPLITS if other in splits]
      splits[split] = _without_repeats(
        splits[split], encoder, known[:-1], windows[split]
      )
  dropped = {
    'pieces': by_reason([*unread, *found.refused]),
    'windows': by_split(windows, SPLITS),
    'repaired': found.repaired,
  }
  fingerprint = _fingerprint(spec, splits)
  return Corpus(spec, splits, found.pieces, dropped, fingerprint), encoder


class _Members(Sequence):
  """The pieces of one split, in order, without holding all in memory."""

  def __init__(self, pieces, homes, split):
    self._pieces = pieces
    self._places = [place for place, home in enumerate(homes) if home == split]

  def __len__(self):
    return len(self._places)

  def __iter__(self):
    places = iter([*self._places, -1])
    wanted = next(places)
    for place, piece in enumerate(self._pieces):
      if place == wanted:
        yield piece
        wanted = next(places)

  def __getitem__(self, place):
    if isinstance(place, slice):
      return [self._pieces[one] for one in self._places[place]]
    return self._pieces[self._places[place]]


def load(path: Path, report: Report) -> Corpus | None:
  """A corpus from its cache file; None if there is none or it is damaged.

  Args:
    path: a file that `prepare` wrote.
    report: takes one line of warning if the file is damaged.
  """
  try:
    arrays, about = read_arrays(path)
    spec = Spec.from_json(about['spec'])
    splits: dict[str, Arrays] = {split: {} for split in SPLITS}
    for name, array in arrays.items():
      split, field = name.split('.', 1)
      splits[split][field] = array
    pieces = {split: tuple(about['pieces'][split]) for split in SPLITS}
    fingerprint = _fingerprint(spec, splits)
    if fingerprint != about['fingerprint']:
      raise Damaged('its arrays are not those that were written')
    return Corpus(spec, splits, pieces, about['dropped'], fingerprint)
  except FileNotFoundError:
    return None
  except (Damaged, ValueError, KeyError, TypeError) as error:
    report(f'The cached corpus {path} is damaged ({error}): encoding it again.')
    return None


def _save(path, corpus, report):
  about = {
    'spec': corpus.spec.to_json(),
    'pieces': corpus.pieces,
    'dropped': corpus.dropped,
    'fingerprint': corpus.fingerprint,
  }
  arrays = {
    f'{split}.{field}': array
    for split, fields in corpus.splits.items()
    for field, array in fields.items()
  }
  try:
    write_arrays(path, arrays, about)
  except OSError as error:
    report(f'The corpus could not be cached in {path} ({error.strerror}).')


def _path(cache, dataset, encoder, fractions, report):
  """The cache file, or None if there can be no cache."""
  if cache is None:
    return None
  try:
    cache = own_directory(Path(cache))
  except OSError as error:
    report(f'There is no cache in {cache} ({error.strerror}).')
    return None
  return cache / f'corpus-{_key(dataset, encoder, fractions)}.npz'


def _key(dataset, encoder, fractions):
  """What the arrays depend on, as 32 hexadecimal digits."""
  text = json.dumps(
    {
      'cache': CACHE_VERSION,
      'dataset': dataset.fingerprint,
      'encoder': type(encoder).__name__,
      'version': encoder.version,
      'options': encoder.options,
      'fractions': list(map(float, fractions)),
    },
    sort_keys=True,
  )
  return hashlib.sha256(text.encode()).hexdigest()[:32]


def _fingerprint(spec, splits):
  digest = hashlib.sha256(spec.to_json().encode())
  for split in SPLITS:
    for name, array in sorted(splits[split].items()):
      head = f'{split}.{name} {array.dtype.str} {array.shape}'
      digest.update(head.encode())
      digest.update(np.ascontiguousarray(array).data)
  return digest.hexdigest()


def _without_repeats(arrays, encoder, known, counts):
  """A split without duplicates in itself or in previous splits.

  Args:
    arrays: of the split.
    encoder: if it has `canonical`, transpositions count as duplicates.
    known: (name, arrays) of the previous splits.
    counts: receives how many were dropped, by reason.
  """
  arrays, counts['duplicate in the split'] = _keep(
    arrays, _first_of_each(arrays)
  )
  if not hasattr(encoder, 'canonical'):
    return arrays
  rows = _rows(encoder.canonical(arrays))
  for other, theirs in known:
    fresh = ~np.isin(rows, _rows(encoder.canonical(theirs)))
    arrays, counts[f'in {other}, up to transposition'] = _keep(arrays, fresh)
    rows = rows[fresh]
  return arrays


def _keep(arrays, chosen):
  """The chosen examples [N] bool, and how many are dropped."""
  kept = {name: array[chosen] for name, array in arrays.items()}
  return kept, int(np.count_nonzero(~chosen))


def _first_of_each(arrays):
  """[N] bool: false where an earlier example is equal in every field."""
  fields = [array for name, array in arrays.items() if name != 'piece']
  count = len(arrays['piece'])
  if not count:
    return np.zeros(0, bool)
  rows = np.concatenate(
    [_rows(array).view(np.uint8).reshape(count, -1) for array in fields], axis=1
  )
  chosen = np.zeros(count, bool)
  chosen[np.unique(_rows(rows), return_index=True)[1]] = True
  return chosen


def _rows(array):
  """[N] one opaque value per row, equal if all bytes of the row are."""
  width = math.prod(array.shape[1:])
  flat = np.ascontiguousarray(array.reshape(len(array), width))
  return flat.view(f'V{flat.dtype.itemsize * width}')[:, 0]
