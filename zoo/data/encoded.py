"""Pieces to encoded examples, one shard at a time.

A corpus that comes as a list is one shard. A large folder comes in many (see
zoo.music.shards); each is written to disk as soon as it is encoded, and kept
until the corpus is complete. So only one shard of pieces is in memory, and an
interrupted run resumes with the shard it was encoding. The result is the same.
"""

from collections import Counter
from collections.abc import Sequence
import contextlib
import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import Spec
from zoo.data.cache import Damaged, read_arrays, write_arrays
from zoo.music.midi_notes import repairs
from zoo.music.piece import Piece

SPLITS = ('train', 'validation', 'test')

Arrays = dict[str, np.ndarray]


class Shard(NamedTuple):
  """The examples of some consecutive pieces.

  Attributes:
    arrays: {'<split>.<field>': [n, ...], '<split>.counts': [pieces] int32, the
      number of examples of each piece that has any}.
    about: {'pieces': {split: ids of the pieces with examples},
      'refused': {split: [[id, reason], ...]}, 'windows': {split: {reason:
      count}}, 'repaired': see zoo.music.midi_notes.repairs}; JSON values.
  """

  arrays: Arrays
  about: dict[str, Any]


class Found:
  """The results of all shards, in the order of the pieces.

  Attributes:
    pieces: {split: ids of the pieces with examples}.
    refused: (id, reason) of pieces without examples: training first, then
      validation, then test.
    windows: {split: number of examples that were dropped, by reason}.
    repaired: see zoo.music.midi_notes.repairs.
  """

  def __init__(self, spec: Spec):
    self.pieces: dict[str, tuple[str, ...]] = dict.fromkeys(SPLITS, ())
    self.windows: dict[str, Counter] = {split: Counter() for split in SPLITS}
    self.repaired: dict[str, dict[str, Any]] = {}
    self._refused: dict[str, list] = {split: [] for split in SPLITS}
    self._spec = spec
    self._parts: dict[str, list[np.ndarray]] = {}

  @property
  def refused(self) -> list[tuple[str, str]]:
    """(id, reason) of pieces without examples, split by split."""
    return [tuple(row) for split in SPLITS for row in self._refused[split]]

  def add(self, shard: Shard) -> None:
    """Appends a shard."""
    for name, array in shard.arrays.items():
      self._parts.setdefault(name, []).append(array)
    for split in SPLITS:
      self.pieces[split] += tuple(shard.about['pieces'][split])
      self._refused[split] += shard.about['refused'][split]
      self.windows[split].update(shard.about['windows'][split])
    for what, group in shard.about['repaired'].items():
      mine = self.repaired.setdefault(what, {'count': 0, 'ids': []})
      mine['count'] += group['count']
      mine['ids'] += group['ids']

  def take(self, split: str) -> Arrays:
    """{field: [N, ...], 'piece': [N] int32} of a split, which it forgets."""
    arrays = {
      name: _joined(self._parts.pop(f'{split}.{name}', []), field)
      for name, field in self._spec.fields.items()
    }
    counts = np.concatenate(
      [np.zeros(0, np.int32), *self._parts.pop(f'{split}.counts', [])]
    )
    places = np.arange(len(counts), dtype=np.int32)
    return {**arrays, 'piece': np.repeat(places, counts)}


def encode(
  pieces: Sequence[Any],
  homes: Sequence[str],
  encoder: Any,
  kept: Path | None = None,
) -> Found:
  """Encodes all pieces, each in its split.

  Args:
    pieces: a list; or a Sequence with `shards`, each with a `fingerprint`, a
      length and `read()`, which are then encoded one after another.
    homes: the split of each piece.
    encoder: fitted.
    kept: path prefix of the files that keep encoded shards; None to keep none.
      A list is never kept.
  """
  found = Found(encoder.spec)
  if not hasattr(pieces, 'shards'):
    found.add(_encode(pieces, homes, encoder))
    return found
  made = encoder.spec.to_json()
  begin = 0
  for shard in pieces.shards:
    own = homes[begin : begin + len(shard)]
    begin += len(shard)
    path = _path(kept, [made, shard.fingerprint, *own])
    part = _load(path)
    if part is None:
      part = _encode(shard.read(), own, encoder)
      _save(path, part)
    found.add(part)
  return found


def forget(kept: Path) -> None:
  """Deletes the kept shards of a corpus that is complete."""
  for path in kept.parent.glob(f'{kept.stem}-*.npz'):
    with contextlib.suppress(OSError):
      path.unlink()


def _encode(pieces, homes, encoder):
  """The Shard of pieces that are in memory."""
  arrays: Arrays = {}
  about: dict[str, Any] = {'pieces': {}, 'refused': {}, 'windows': {}}
  for split in SPLITS:
    members = [
      piece for piece, home in zip(pieces, homes, strict=True) if home == split
    ]
    found = (
      encoder.encode_all(members)
      if hasattr(encoder, 'encode_all')
      else [encoder.encode(piece) for piece in members]
    )
    windows: Counter = Counter()
    fruitful, refused = [], []
    for piece, encoded in zip(members, found, strict=True):
      windows.update(encoded.dropped)
      if len(next(iter(encoded.examples.values()))):
        fruitful.append((piece.id, encoded.examples))
      else:
        reasons = encoded.dropped or {'nothing to encode': 1}
        where = f' ({encoded.where})' if encoded.where else ''
        reason = max(reasons, key=reasons.__getitem__)
        refused.append((piece.id + where, reason))
    arrays |= _arrays(split, encoder.spec, [one for _, one in fruitful])
    about['pieces'][split] = [identity for identity, _ in fruitful]
    about['refused'][split] = refused
    about['windows'][split] = dict(windows)
  known = (piece for piece in pieces if isinstance(piece, Piece))
  return Shard(arrays, {**about, 'repaired': repairs(known)})


def _arrays(split, spec, examples):
  counts = [len(next(iter(one.values()))) for one in examples]
  fields = {
    f'{split}.{name}': _joined([one[name] for one in examples], field)
    for name, field in spec.fields.items()
  }
  return {**fields, f'{split}.counts': np.array(counts, np.int32)}


def _joined(parts, field):
  """Parts [n, ...] concatenated as one array of the field's type."""
  if len(parts) == 1 and parts[0].dtype == field.dtype:
    return parts[0]
  empty = np.zeros((0, *field.shape), field.dtype)
  return np.concatenate([empty, *parts], dtype=field.dtype)


def _path(kept, made_of):
  if kept is None:
    return None
  digest = hashlib.sha256('\n'.join(made_of).encode()).hexdigest()
  return kept.with_name(f'{kept.stem}-{digest[:32]}.npz')


def _load(path):
  """A Shard that was encoded before; None if there is none, or damaged."""
  if path is None:
    return None
  try:
    return Shard(*read_arrays(path))
  except (FileNotFoundError, Damaged):
    return None


def _save(path, shard):
  if path is not None:
    with contextlib.suppress(OSError):  # a full disk is no reason to fail
      write_arrays(path, shard.arrays, shard.about)
