"""What the encoders of sound share: windows of samples, one an example.

Fields: the encoder's own [D] float32, shares from 0 to 1. With `labels` also
`label`, the pitch above `lowest`, and what evaluators ask: `new_timbre`, 0 or
1; `noise`, decibels above the sound, NO_NOISE for none; `autocorrelation`, the
pitch above `lowest` by the method of zoo.music.audio.pitch_of.
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
_SILENT = 1e-3  # Root mean square below which a window is none.
_HELD = 0.5  # Seconds that one window of a spectrum is held when written.


class Frames(abc.ABC):
  """Windows of sound, each by itself.

  A subclass says what of a window it keeps (`size`, `features`) and how frames
  become sound (`samples_of`).

  Attributes:
    name: the encoder's, in ENCODERS.
    main: the field.
    held: whether one example is held to be heard, or is sound itself.
  """

  name: ClassVar[str] = ''
  main: ClassVar[str] = ''
  version: ClassVar[int] = 1  # Of the cache's key: count up when fields change.
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
    """Builds the encoder; a subclass adds options of its own.

    Args:
      window: samples of an example.
      hop: samples from one to the next.
      labels: whether examples have the pitch that sounds, and what else
        evaluators ask; other sounds are then dropped.
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
    """D."""

  @abc.abstractmethod
  def features(self, rows: np.ndarray) -> np.ndarray:
    """Windows [T, window] as values [T, D], 0 to 1."""

  @abc.abstractmethod
  def samples_of(self, values: np.ndarray) -> np.ndarray:
    """Sound [(T - 1) hop + window] whose windows have values [T, D]."""

  def fit(self, pieces: Sequence[Sound]) -> Self:
    """Learns the rate from the first sound; see `learned`."""
    fitted = type(self)(**self.options)
    if pieces:
      fitted.rate = pieces[0].rate
      fitted.scale = fitted.learned(pieces)
    return fitted

  def learned(self, pieces: Sequence[Sound]) -> list[float]:
    """What else is learned of the training sounds; nothing."""
    del pieces
    return []

  @property
  def spec(self) -> Spec:
    """The field, and those of labels where there are any."""
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
    """A user's file of sound, at the rate that the encoder knows.

    Raises:
      BadInput: it cannot be read; it says why.
    """
    return sound.read(path, self.rate)

  def cover(self, piece: Any) -> dict[str, np.ndarray]:
    """{field: [T, D]} of all of a sound, and of zeros around it.

    Raises:
      UserError: it is music, or of another rate.
    """
    if not isinstance(piece, Sound):
      raise UserError(
        f'{piece.id} is music, and this model reads sound: give a .wav file.'
      )
    if piece.rate != self.rate:
      raise UserError(
        f'{piece.id} has {piece.rate} samples a second, and this model reads '
        f'{self.rate}.'
      )
    around = audio.padding(piece.samples, self.window, self.hop)
    padded = np.pad(np.asarray(piece.samples, np.float64), around)
    rows = audio.frames(padded, self.window, self.hop)
    return {self.main: self.features(rows).astype(np.float32)}

  def join(self, examples: Mapping[str, Any]) -> Sound:
    """The sound that windows [T, D] cover; zeros around it are cut off."""
    values = np.asarray(examples[self.main], np.float64)
    edge = self.window - self.hop
    return self._sound('0', self.samples_of(values)[edge:-edge])

  def decode(self, examples: Mapping[str, Any]) -> list[Sound]:
    """A sound for each example [n, D]; a spectrum is held for half a second."""
    count = max(round(_HELD * self.rate / self.hop), 1) if self.held else 1
    return [
      self._sound(str(index), self.samples_of(np.tile(row, (count, 1))))
      for index, row in enumerate(np.asarray(examples[self.main], np.float64))
    ]

  def _sound(self, name, samples):
    samples = np.clip(samples, -1, 1).astype(np.float32)
    return Sound(name, samples, self.rate)

  def write(self, piece: Sound, stem: str | Path, text: str = '') -> list[Path]:
    """Writes `stem`.wav and its spectrogram, `stem`.png, which keeps `text`."""
    heard = sound.write(piece, f'{stem}.wav')
    seen = Path(f'{stem}.png')
    spectrograms.draw([piece], seen, [Path(stem).name], text)
    return [heard, seen]

  def overview(
    self,
    pieces: Sequence[Sound],
    path: str | Path,
    titles: Sequence[str] | None = None,
  ) -> None:
    """Draws the spectrograms of all sounds as one .png."""
    titles = titles or [piece.id for piece in pieces]
    spectrograms.draw(pieces, Path(path), titles)
