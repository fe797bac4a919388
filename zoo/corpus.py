"""From the pieces of a dataset to encoded arrays, split, counted and cached.

Pieces are split by a hash of their id, so that no piece stands in two splits
and a piece stays in its split when the corpus grows. Then they are encoded,
and a window that occurs again is removed: within a split where it is equal,
in validation where training has it in any transposition, and in test where
training or validation has, since settings are chosen on validation.
"""

from collections import Counter
from collections.abc import Callable, Sequence
import hashlib
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.cache import Damaged, own_directory, read_arrays, write_arrays
from zoo.cache import default_cache as default_cache  # for those who prepare
from zoo.contracts import Dataset, Spec, UserError

SPLITS = ('train', 'validation', 'test')
CACHE_VERSION = 1  # Part of the cache's key: count up when this file changes.

_ROWS = 12  # Most lines of a table.
_EXAMPLES = 3  # Ids that are told for a reason.

Report = Callable[[str], None]
Arrays = dict[str, np.ndarray]


class Corpus(NamedTuple):
  """An encoded corpus.

  Attributes:
    spec: of the fitted encoder.
    splits: {'train', 'validation', 'test'} -> {field: [N, ...], 'piece': [N]
      int32, the place in `pieces` of the same split}.
    pieces: {split: ids of the pieces that gave examples}.
    left_out: {'pieces': {reason: {'count': n, 'examples': [id, ...]}},
      'windows': {reason: {split: count}}}; plain JSON, for report.json.
    fingerprint: sha256 of the arrays and the spec; a checkpoint keeps it.
  """

  spec: Spec
  splits: dict[str, Arrays]
  pieces: dict[str, tuple[str, ...]]
  left_out: dict[str, dict[str, dict[str, Any]]]
  fingerprint: str


def prepare(
  dataset: Dataset,
  encoder: Any,
  *,
  cache: Path | None,
  fractions: Sequence[float] = (0.8, 0.1, 0.1),
  minimum: int = 1,
  report: Report = print,
) -> tuple[Corpus, Any]:
  """Reads, splits and encodes a corpus, or finds it in the cache.

  Args:
    dataset: where music comes from; read only if the cache has nothing.
    encoder: an entry of ENCODERS, not yet fitted.
    cache: directory for encoded arrays, made owner-only; None for no cache.
    fractions: of pieces for training, validation and test.
    minimum: least number of training examples: one batch.
    report: takes lines for the user.

  Returns:
    The corpus and the encoder, fitted on the training pieces.

  Raises:
    UserError: too few examples, fractions that make no split, or a cache
      directory of somebody else.
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
    corpus, encoder = build(dataset, encoder, fractions)
    for line in tables(corpus.left_out):
      report(line)
    if path:
      _save(path, corpus, report)
  counts = {k: len(arrays['piece']) for k, arrays in corpus.splits.items()}
  told = (
    f'{n} {k} (of {len(corpus.pieces[k])} pieces)' for k, n in counts.items()
  )
  report(f'Examples: {", ".join(told)}')
  if counts['train'] < max(minimum, 1):
    raise UserError(
      f'Only {counts["train"]} training examples are left where a batch takes '
      f'{minimum}: {_main_reasons(corpus.left_out)}; give more music, a '
      'smaller batch, or an encoder that leaves out less.'
    )
  return corpus, encoder


def split_of(identity: str, fractions: Sequence[float]) -> str:
  """The split of a piece: a pure function of its id.

  Args:
    identity: the piece's id.
    fractions: three shares that add up to 1.
  """
  digest = hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).digest()
  place = int.from_bytes(digest[:8], 'big') / 2**64
  edges = np.cumsum(fractions)[:-1]
  return SPLITS[int(np.searchsorted(edges, place, 'right'))]


def build(
  dataset: Dataset, encoder: Any, fractions: Sequence[float]
) -> tuple[Corpus, Any]:
  """Reads, splits and encodes, with no cache; see `prepare`."""
  pieces, unread = dataset.read()
  members: dict[str, list] = {split: [] for split in SPLITS}
  for piece in pieces:
    members[split_of(piece.id, fractions)].append(piece)
  encoder = encoder.fit(members['train'])
  spec = encoder.spec

  refused = [*unread]
  windows: dict[str, Counter] = {split: Counter() for split in SPLITS}
  splits, used = {}, {}
  known: list[tuple[str, np.ndarray]] = []
  for split in SPLITS:
    found = (
      encoder.encode_all(members[split])
      if hasattr(encoder, 'encode_all')
      else [encoder.encode(piece) for piece in members[split]]
    )
    fruitful = []
    for piece, encoded in zip(members[split], found, strict=True):
      windows[split].update(encoded.left_out)
      if len(next(iter(encoded.examples.values()))):
        fruitful.append((piece.id, encoded))
      else:
        reasons = encoded.left_out or {'nothing to encode': 1}
        refused.append((piece.id, max(reasons, key=reasons.__getitem__)))
    used[split] = tuple(identity for identity, _ in fruitful)
    arrays = _join(spec, [encoded for _, encoded in fruitful])
    arrays, windows[split]['duplicate in the split'] = _keep(
      arrays, _first_of_each(arrays)
    )
    rows = _rows(encoder.canonical(arrays))
    for other, theirs in known:
      fresh = ~np.isin(rows, theirs)
      arrays, windows[split][f'in {other}, up to transposition'] = _keep(
        arrays, fresh
      )
      rows = rows[fresh]
    known.append((split, rows))
    splits[split] = arrays

  left_out = {'pieces': _by_reason(refused), 'windows': _by_split(windows)}
  fingerprint = _fingerprint(spec, splits)
  return Corpus(spec, splits, used, left_out, fingerprint), encoder


def tables(left_out: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
  """What was left out and why, as lines of text; see `Corpus.left_out`."""
  lines = []
  pieces = sorted(left_out['pieces'].items(), key=lambda x: -x[1]['count'])
  if pieces:
    lines.append('Pieces left out, whole or in part, and why:')
  for reason, told in pieces[:_ROWS]:
    ids = ', '.join(_plain(one) for one in told['examples'])
    more = ', ...' if told['count'] > len(told['examples']) else ''
    lines.append(f'{told["count"]:>9}  {_plain(reason)} ({ids}{more})')
  if len(pieces) > _ROWS:
    rest = sum(told['count'] for _, told in pieces[_ROWS:])
    lines.append(f'{rest:>9}  for {len(pieces) - _ROWS} other reasons')
  windows = left_out['windows']
  if windows:
    heads = ''.join(f'{split:>11}' for split in SPLITS)
    lines.append(f'{"Windows left out, and why:":<36}{heads}')
  for reason, counts in windows.items():
    numbers = ''.join(f'{counts[split]:>11}' for split in SPLITS)
    lines.append(f'  {_plain(reason):<34}{numbers}')
  return lines


def load(path: Path, report: Report) -> Corpus | None:
  """A corpus from its cache file; None where there is none or it is damaged.

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
    return Corpus(spec, splits, pieces, about['left_out'], fingerprint)
  except FileNotFoundError:
    return None
  except (Damaged, ValueError, KeyError, TypeError) as error:
    report(f'The cached corpus {path} is damaged ({error}): encoding anew.')
    return None


def _save(path, corpus, report):
  about = {
    'spec': corpus.spec.to_json(),
    'pieces': corpus.pieces,
    'left_out': corpus.left_out,
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
  """The cache file, or None where there can be no cache."""
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


def _join(spec, found):
  """The examples of all pieces, with the place of each one's piece."""
  arrays = {
    name: np.concatenate(
      [np.zeros((0, *field.shape), field.dtype)]
      + [encoded.examples[name] for encoded in found]
    )
    for name, field in spec.fields.items()
  }
  counts = [len(next(iter(encoded.examples.values()))) for encoded in found]
  places = np.arange(len(found), dtype=np.int32)
  return {**arrays, 'piece': np.repeat(places, counts)}


def _keep(arrays, chosen):
  """The chosen examples [N] bool, and how many that leaves out."""
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
  """[N] one opaque value a row, equal where all bytes of the row are."""
  width = math.prod(array.shape[1:])
  flat = np.ascontiguousarray(array.reshape(len(array), width))
  return flat.view(f'V{flat.dtype.itemsize * width}')[:, 0]


def _by_reason(refused):
  found: dict[str, dict[str, Any]] = {}
  for identity, reason in refused:
    told = found.setdefault(reason, {'count': 0, 'examples': []})
    told['count'] += 1
    if len(told['examples']) < _EXAMPLES:
      told['examples'].append(identity)
  return found


def _by_split(windows):
  totals = sum(windows.values(), Counter())  # Drops zeros.
  return {
    reason: {split: windows[split][reason] for split in SPLITS}
    for reason, _ in totals.most_common()
  }


def _main_reasons(left_out):
  counts = {f'pieces: {k}': v['count'] for k, v in left_out['pieces'].items()}
  counts |= {
    f'windows: {k}': v['train'] for k, v in left_out['windows'].items()
  }
  told = [f'{n} {_plain(k)}' for k, n in Counter(counts).most_common(3) if n]
  return f'left out were {", ".join(told)}' if told else 'nothing was left out'


def _plain(text):
  """Text from files, with nothing in it that a terminal obeys."""
  return ''.join(c if c.isprintable() else '?' for c in text)
