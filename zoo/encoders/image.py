"""Pictures as rows of pixels, for networks of plain vectors."""

from collections.abc import Mapping, Sequence
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError

_WHITE = 255
_LARGE = 8  # Magnification of a written picture.
_MARGIN = 2  # Pixels between the pictures of an overview.
_COLUMNS = 32  # A sheet of up to 1,024 pictures is a square.


class Picture(NamedTuple):
  """A grayscale picture.

  Attributes:
    id: unique in its corpus.
    pixels: [H, W] uint8, 0 is black.
    label: its class, or -1.
    metadata: plain JSON values; `split` if the corpus has one.
  """

  id: str
  pixels: np.ndarray
  label: int = -1
  metadata: dict[str, Any] = {}  # noqa: RUF012 never written to


class Image:
  """Pictures of one size.

  Fields: `image` [H * W] uint8, row by row; `label` int32.
  """

  main = 'image'
  version = 1  # In the cache's key: increment when fields change.

  def __init__(self) -> None:
    """Builds the encoder; it has no options."""
    self.options: dict[str, Any] = {}
    self._shape, self._labels = (0, 0), 0

  def fit(self, pieces: Sequence[Picture]) -> 'Image':
    """Learns the size of the first picture, and the number of labels."""
    fitted = Image()
    if pieces:
      fitted._shape = pieces[0].pixels.shape
      fitted._labels = max(piece.label for piece in pieces) + 1
    return fitted

  @property
  def spec(self) -> Spec:
    """Fields `image` and `label`; `sizes` holds height and width."""
    height, width = self._shape
    return Spec(
      encoder='image',
      options={},
      fields={
        'image': Field((height * width,), 'uint8', _WHITE + 1, 'grey'),
        'label': Field((), 'int32', self._labels),
      },
      sizes={
        'pixels': height * width,
        'height': height,
        'width': width,
        'labels': self._labels,
      },
      quarters=0.0,
      tables={},
      vocabulary={},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Image':
    """The encoder that `spec` came from."""
    encoder = cls()
    encoder._shape = spec.sizes['height'], spec.sizes['width']
    encoder._labels = spec.sizes['labels']
    return encoder

  def encode(self, piece: Picture) -> Encoded:
    """{'image': [1, D] uint8, 'label': [1] int32}; none for other sizes."""
    if piece.pixels.shape != self._shape:
      return Encoded(self._examples([]), {'another size': 1})
    if not 0 <= piece.label < self._labels:
      return Encoded(self._examples([]), {'label unknown in training': 1})
    return Encoded(self._examples([piece]), {})

  def cover(self, piece: Any) -> dict[str, np.ndarray]:
    """Raises UserError: a piece of music is not a picture."""
    raise UserError(f'{piece.id} is music, and this model reads pictures.')

  def decode(self, examples: Mapping[str, Any]) -> list[Picture]:
    """A picture for each row.

    Args:
      examples: {'image': [n, D] 0..255}, and 'label' [n] if it is known.
    """
    rows = np.asarray(examples['image'])
    labels = examples.get('label', np.full(len(rows), -1))
    return [
      Picture(str(index), np.rint(row).astype(np.uint8), int(label))
      for index, (row, label) in enumerate(
        zip(rows.reshape(-1, *self._shape), labels, strict=True)
      )
    ]

  def join(self, examples: Mapping[str, Any]) -> Picture:
    """All pictures side by side, as one."""
    pictures = self.decode(examples)
    return Picture('0', np.concatenate([one.pixels for one in pictures], 1))

  def write(
    self, piece: Picture, stem: str | Path, text: str = ''
  ) -> list[Path]:
    """Writes `stem`.png, magnified, with `text` as a comment in the file."""
    path = Path(f'{stem}.png')
    large = np.kron(piece.pixels, np.ones((_LARGE, _LARGE), np.uint8))
    _save(large, path, text)
    return [path]

  def overview(
    self,
    pieces: Sequence[Picture],
    path: str | Path,
    titles: Sequence[str] | None = None,
  ) -> None:
    """Writes all pictures as tiles of one .png, row by row."""
    del titles  # A tile has no room for one.
    columns = min(_COLUMNS, math.ceil(math.sqrt(len(pieces))))
    height, width = (
      max(one.pixels.shape[axis] for one in pieces) + _MARGIN for axis in (0, 1)
    )
    rows = math.ceil(len(pieces) / columns)
    sheet = np.full((rows * height, columns * width), _WHITE // 2, np.uint8)
    for place, piece in enumerate(pieces):
      row, column = divmod(place, columns)
      down, across = piece.pixels.shape
      sheet[
        row * height : row * height + down,
        column * width : column * width + across,
      ] = piece.pixels
    _save(np.kron(sheet, np.ones((4, 4), np.uint8)), Path(path), '')

  def _examples(self, pieces):
    rows = [piece.pixels.reshape(1, -1) for piece in pieces]
    none = np.zeros((0, math.prod(self._shape)), np.uint8)
    labels = np.array([piece.label for piece in pieces], np.int32)
    return {'image': np.concatenate([none, *rows]), 'label': labels}


def _save(pixels, path, text):
  from matplotlib import image  # slow to import

  about = {'Software': None, **({'Comment': text} if text else {})}
  image.imsave(path, pixels, cmap='gray', vmin=0, vmax=_WHITE, metadata=about)
