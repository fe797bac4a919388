"""The base class of sound encoders: windows of samples, one per example.

Fields: the encoder's own [D] float32, shares from 0 to 1. With `labels` also
`label`, the pitch relative to `lowest`, and fields for evaluators:
`new_timbre`, 0 or 1; `noise`, in decibels relative to the sound, NO_NOISE for
none; `autocorrelation`, the pitch relative to `lowest` as estimated by
zoo.music.audio.pitch_of.
"""

import abc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.music import audio, sound
from zoo.music.sound import Sound
from zoo.pictures import spectrograms

NO_NOISE = -100
_SILENT = 1e-3  # Root mean square below which a window is silent.
_HELD = 0.5  # Seconds for which a single spectrum is sustained in a .wav.


class Frames(abc.ABC):
  """Windows of sound, each encoded independently.

  A subclass defines the features of a window (`size`, `features`) and how to
  turn them back into sound (`samples_of`).

  Attributes:
    name: the encoder's name in ENCODERS.
    main: the name of its field.
    held: whether a single example is sustained when it is written; otherwise
      it is sound itself.
  """

  name: ClassVar[str] = ''
  main: ClassVar[str] = ''
  version: ClassVar[int] = 1  # In the cache's key: increment with new fields.
  held: ClassVar[bool] = True

  def __init__(
    self,
    *,
    window: int = 1024,
    hop: int = 256,
    labels: bool = False,
    lowest: int = 48,
    highest: int = 83,
  ) -> None:
    """Builds the encoder; a subclass may add options.

    Args:
      window: samples of an example.
      hop: samples from one example to the next.
      labels: whether examples have their pitch and other fields for evaluators;
        sounds without a single pitch in the range are then dropped.
      lowest, highest: MIDI pitches that have a label.

    Raises:
      UserError: one is out of range.
    """
    self.options: dict[str, Any] = {
      'window': window,
      'hop': hop,
      'labels': labels,
      'lowest': lowest,
      'highest': highest,
    }
    self.window, self.hop, self.labels = window, hop, labels
    self.lowest, self.highest = lowest, highest
    self.rate = sound.RATE
    self.scale: list[float] = []
    if not 64 <= self.window <= 16_384 or self.window % 2:
      raise UserError(
        'encoder/window must be an even number of samples from 64 to 16384, '
        f'not {self.window}.'
      )
    if not 1 <= self.hop <= self.window // 2:
      raise UserError(
        'encoder/hop must be 1 to half of encoder/window, '
        f'{self.window // 2}, not {self.hop}.'
      )
    if not 0 <= self.lowest <= self.highest <= 127:
      raise UserError(
        'encoder/lowest and encoder/highest must be MIDI pitches, not '
        f'{self.lowest} and {self.highest}.'
      )

  @property
  @abc.abstractmethod
  def size(self) -> int:
    """D, the number of features of a window."""

  @abc.abstractmethod
  def features(self, rows: np.ndarray) -> np.ndarray:
    """Windows [T, window] as values [T, D], 0 to 1."""

  @abc.abstractmethod
  def samples_of(self, values: np.ndarray) -> np.ndarray:
    """A signal [(T - 1) hop + window] from the values [T, D] of its windows."""

  def fit(self, pieces: Sequence[Sound]) -> Self:
    """Learns the rate from the first sound; see `learned`."""
    fitted = type(self)(**self.options)
    if pieces:
      fitted.rate = pieces[0].rate
      fitted.scale = fitted.learned(pieces)
    return fitted

  def learned(self, pieces: Sequence[Sound]) -> list[float]:
    """What else a subclass learns from the training sounds; here nothing."""
    del pieces
    return []

  @property
  def spec(self) -> Spec:
    """The encoder's field, and those of labels if there are any."""
    fields = {self.main: Field((self.size,), 'float32', 0, 'share')}
    if self.labels:
      classes = self.highest - self.lowest + 1
      about = Field((), 'int32', 0, 'count')
      fields |= {
        'label': Field((), 'int32', classes),
        'new_timbre': about,
        'noise': about,
        'autocorrelation': about,
      }
    return Spec(
      encoder=self.name,
      options=self.options,
      fields=fields,
      sizes={'rate': self.rate},
      quarters=0.0,
      tables={},
      vocabulary={'scale': self.scale},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> Self:
    """The encoder that `spec` came from."""
    encoder = cls(**spec.options)
    encoder.rate = spec.sizes['rate']
    encoder.scale = list(spec.vocabulary['scale'])
    return encoder

  def encode(self, piece: Sound) -> Encoded:
    """Every window of a sound that is not silent; {field: [n, ...]}."""
    rows, dropped = self._windows(piece), {}
    if piece.rate != self.rate:
      rows, dropped = rows[:0], {'another rate': 1}
    elif self.labels and not self.lowest <= piece.pitch <= self.highest:
      rows, dropped = rows[:0], {'no one pitch in the range': len(rows)}
    loud = np.sqrt(np.mean(np.square(rows), -1)) > _SILENT
    if not loud.all():
      dropped['silence'] = int((~loud).sum())
    rows = rows[loud]
    return Encoded(self._examples(piece, rows), dropped)

  def _windows(self, piece):
    """[T, window] float64."""
    samples = np.asarray(piece.samples, np.float64)
    return audio.frames(samples, self.window, self.hop)

  def _examples(self, piece, rows):
    found = {self.main: self.features(rows).astype(np.float32)}
    if not self.labels:
      return found
    guess = audio.pitch_of(rows, self.rate, self.lowest, self.highest)
    about = {
      'label': piece.pitch - self.lowest,
      'new_timbre': piece.metadata.get('new_timbre', 0),
      'noise': piece.metadata.get('noise', NO_NOISE),
    }
    constant = {k: np.full(len(rows), v, np.int32) for k, v in about.items()}
    pitches = (guess - self.lowest).astype(np.int32)
    return found | constant | {'autocorrelation': pitches}

  def read(self, path: str | Path) -> Sound:
    """Reads a user's sound file, at the encoder's rate.

    Raises:
      BadInput: it cannot be read; the message says why.
    """
    return sound.read(path, self.rate)

  def cover(self, piece: Any) -> dict[str, np.ndarray]:
    """{field: [T, D]} of all of a sound, padded with zeros.

    Raises:
      UserError: it is a piece of notes, or has another rate.
    """
    if not isinstance(piece, Sound):
      raise UserError(
        f'{piece.id} is music, and this model reads sound: give a .wav file.'
      )
    if piece.rate != self.rate:
      raise UserError(
        f'{piece.id} has {piece.rate} samples per second, and this model reads '
        f'{self.rate}.'
      )
    around = audio.padding(piece.samples, self.window, self.hop)
    padded = np.pad(np.asarray(piece.samples, np.float64), around)
    rows = audio.frames(padded, self.window, self.hop)
    return {self.main: self.features(rows).astype(np.float32)}

  def join(self, examples: Mapping[str, Any]) -> Sound:
    """The sound of windows [T, D] from `cover`, without the padding."""
    values = np.asarray(examples[self.main], np.float64)
    edge = self.window - self.hop
    return self._sound('0', self.samples_of(values)[edge:-edge])

  def decode(self, examples: Mapping[str, Any]) -> list[Sound]:
    """A sound for each example [n, D]; spectra last half a second."""
    count = max(round(_HELD * self.rate / self.hop), 1) if self.held else 1
    return [
      self._sound(str(index), self.samples_of(np.tile(row, (count, 1))))
      for index, row in enumerate(np.asarray(examples[self.main], np.float64))
    ]

  def _sound(self, name, samples):
    samples = np.clip(samples, -1, 1).astype(np.float32)
    return Sound(name, samples, self.rate)

  def write(self, piece: Sound, stem: str | Path, text: str = '') -> list[Path]:
    """Writes `stem`.wav and its spectrogram, `stem`.png, with `text` in it."""
    wave = sound.write(piece, f'{stem}.wav')
    picture = Path(f'{stem}.png')
    spectrograms.draw([piece], picture, [Path(stem).name], text)
    return [wave, picture]

  def overview(
    self,
    pieces: Sequence[Sound],
    path: str | Path,
    titles: Sequence[str] | None = None,
  ) -> None:
    """Draws the spectrograms of all sounds as one .png."""
    titles = titles or [piece.id for piece in pieces]
    spectrograms.draw(pieces, Path(path), titles)
