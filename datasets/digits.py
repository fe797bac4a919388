"""Handwritten digits: scikit-learn's by default, MNIST from a folder.

scikit-learn comes with 1,797 digits of 8 x 8 pixels (the test set of Alpaydin
and Kaynak's Optical Recognition of Handwritten Digits, UCI 1998, CC BY 4.0),
read from the installed package; they are split by a hash.

A folder may hold MNIST (LeCun et al., 1998): the four idx files, gzipped or
not. The last 10,000 training images are then the validation set, and the 10,000
test images the test set. If there are only the test images, they are split by
a hash.
"""

import gzip
import hashlib
import importlib.metadata
import importlib.util
import io
import math
import os
from pathlib import Path
import zlib

import numpy as np

from zoo.contracts import Dataset, UserError
from zoo.encoders.image import Picture

VALIDATED = 10_000  # Training images of MNIST that are held out to validate.
MOST_BYTES = 200_000_000  # Of an idx file, unpacked; MNIST has 47 MB.

_GREYS = 16  # The brightest pixel of scikit-learn's digits.
_UNSIGNED_BYTE = 8  # Of an idx file's values.


def digits(*, path: str = '') -> Dataset:
  """Pictures with labels 0..9.

  Args:
    path: a folder with MNIST's idx files; '' for scikit-learn's digits.

  Raises:
    UserError: no such folder or file, or scikit-learn is not installed.
  """
  return _mnist(Path(os.path.expanduser(path))) if path else _scikit_learn()


def _scikit_learn():
  found = importlib.util.find_spec('sklearn')
  if found is None or not found.submodule_search_locations:
    raise UserError(
      "The dataset 'digits' comes with scikit-learn, which is not installed: "
      'pip install scikit-learn, or give dataset/path, a folder with MNIST.'
    )
  folder = Path(found.submodule_search_locations[0])
  file = folder / 'datasets' / 'data' / 'digits.csv.gz'
  version = importlib.metadata.version('scikit-learn')

  def read():
    with gzip.open(file, 'rt') as text:
      table = np.loadtxt(text, delimiter=',', dtype=np.int64)
    pixels = np.rint(table[:, :-1] * (255 / _GREYS)).astype(np.uint8)
    pieces = _pictures(pixels.reshape(-1, 8, 8), table[:, -1], 'digits')
    return pieces, []

  return Dataset(
    _digest('digits 1', version, file.stat().st_size),
    'Handwritten digits, Alpaydin and Kaynak, UCI 1998, CC BY 4.0, from '
    'scikit-learn.',
    read,
  )


def _mnist(folder):
  if not folder.is_dir():
    raise UserError(f'dataset/path: there is no folder {str(folder)!r}.')
  sets = {}
  for name in ('train', 't10k'):
    files = [
      _find(folder, f'{name}-{kind}')
      for kind in ('images-idx3-ubyte', 'labels-idx1-ubyte')
    ]
    if all(files):
      sets[name] = files
  if not sets:
    raise UserError(
      f'dataset/path: {str(folder)!r} has no pair t10k-images-idx3-ubyte, '
      't10k-labels-idx1-ubyte or train-..., with or without .gz.'
    )

  def read():
    pieces = []
    for name, (images, labels) in sets.items():
      made = _pictures(_idx(images, 3), _idx(labels, 1), name)
      if len(sets) == 2:
        last = len(made) - VALIDATED
        splits = ['train'] * max(last, 0) + ['validation'] * VALIDATED
        if name == 't10k':
          splits = ['test'] * len(made)
        made = [
          one._replace(metadata={'split': split})
          for one, split in zip(made, splits, strict=False)
        ]
      pieces += made
    return pieces, []

  stats = [
    (file.name, file.stat().st_size, file.stat().st_mtime_ns)
    for files in sets.values()
    for file in files
  ]
  return Dataset(
    _digest('mnist 1', stats),
    f'MNIST, LeCun et al. 1998, from {folder}.',
    read,
  )


def _find(folder, name):
  """The file, gzipped or not; None if there is neither."""
  for suffix in ('', '.gz'):
    if (folder / (name + suffix)).is_file():
      return folder / (name + suffix)
  return None


def _idx(path, axes):
  """An idx file of bytes: 0, 0, 8, axes, big-endian sizes, then the values."""
  try:
    with path.open('rb') as file:
      packed = file.read(MOST_BYTES + 1)
    source = io.BytesIO(packed)
    if path.suffix == '.gz':
      source = gzip.GzipFile(fileobj=source)
    data = source.read(MOST_BYTES + 1)
  except (OSError, EOFError, zlib.error) as error:
    raise UserError(f'{path} cannot be read: it is damaged.') from error
  head = 4 + 4 * axes
  sizes = [data[place : place + 4] for place in range(4, head, 4)]
  shape = [int.from_bytes(size, 'big') for size in sizes]
  if (
    data[:4] != bytes([0, 0, _UNSIGNED_BYTE, axes])
    or not head <= len(data) <= MOST_BYTES
    or math.prod(shape) != len(data) - head
  ):
    raise UserError(
      f'{path} cannot be read: it is not an idx file of bytes with {axes} axes.'
    )
  return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def _pictures(pixels, labels, name):
  if len(pixels) != len(labels):
    raise UserError(
      f'{name} has {len(pixels)} images but {len(labels)} labels.'
    )
  return [
    Picture(f'{name}/{index:05d}', image, int(label))
    for index, (image, label) in enumerate(zip(pixels, labels, strict=True))
  ]


def _digest(*key):
  return hashlib.sha256(repr(key).encode()).hexdigest()
