"""The content of a run directory as plain data for a page."""

from collections.abc import Mapping
import contextlib
import json
from pathlib import Path
import re
import shlex
from typing import Any, NamedTuple

from zoo.music.limits import ORDINARY, Refused
from zoo.music.parsing import parse
from zoo.music.piece import Piece
from zoo.pages.playable import playable
from zoo.versions import versions as installed_versions

SHOWN = 64  # The most samples of a mode that are read.
# Other files of a run directory that a page links to, and what they are.
FILES = {
  'report.json': 'every metric',
  'config.json': 'the experiment, with every option',
  'metrics.jsonl': 'the learning curves, as numbers',
  'card.md': 'the model card',
  'listening/listen.html': 'a blind listening test',
  'samples/sample-tunes.abc': 'all samples as one tune book',
}
_MODES = ('sample', 'replay')  # These come first, others by name.
_SUFFIXES = ('.mid', '.musicxml', '.abc', '.wav', '.png', '.svg')
_JSON_BYTES = 50_000_000  # The largest report, or file of metrics.
_PNG_BYTES = 400_000  # Larger pictures are linked instead of embedded.
_WAV_BYTES = 400_000  # The same for sounds: twelve seconds.


class Sample(NamedTuple):
  """One sample of a run.

  Attributes:
    mode: the mode that made it: sample, interpolate, ...
    name: its number, or a name such as `input`.
    piece: the result of `playable`; None for a picture.
    picture: a PNG to show if there is no piece; None for none.
    sound: a .wav to play if there is no piece; None for none.
    files: paths relative to the run directory.
    score: an SVG of the piece as notation; None for none.
    problem: why a piece is missing that should be there; '' otherwise.
  """

  mode: str
  name: str
  piece: dict[str, Any] | None = None
  picture: bytes | None = None
  sound: bytes | None = None
  files: tuple[str, ...] = ()
  problem: str = ''
  score: bytes | None = None

  @property
  def label(self) -> str:
    """Its name on the page."""
    return f'{self.mode} {self.name}'


class About(NamedTuple):
  """The content of a run's page.

  Attributes:
    experiment: its name.
    command: the command line that trained it.
    config: as in config.json.
    report: as in report.json; {} before there is one. The page uses `step`,
      `seed`, `parameters`, `checkpoint` (its digest), `evaluate` {evaluator:
      {metric: {column: number}}}, `listening` {metric: {column: number}},
      `times` {name: seconds}, and from `data` the counts `pieces` and
      `examples` {split: n} and `dropped` {'pieces': {reason: {'count': n,
      'ids': [id, ...]}}, 'windows': {reason: {split: n}}}.
    metrics: the rows of metrics.jsonl.
    samples: in the order in which they are shown.
    pictures: (path relative to the run directory, PNG) from evaluators.
    files: other paths relative to the run directory that the page links to.
    versions: {package: version}.
    card: the text of the experiment's card; '' for none.
  """

  experiment: str
  command: str = ''
  config: Mapping[str, Any] = {}
  report: Mapping[str, Any] = {}
  metrics: tuple[Mapping[str, Any], ...] = ()
  samples: tuple[Sample, ...] = ()
  pictures: tuple[tuple[str, bytes], ...] = ()
  files: tuple[str, ...] = ()
  versions: Mapping[str, str] = {}
  card: str = ''


def read(
  workdir: Path,
  command: str = '',
  versions: Mapping[str, str] | None = None,
  card: str = '',
  pieces: Mapping[str, Piece] | None = None,
) -> About:
  """Reads a run directory; what is missing or damaged is left out.

  Args:
    workdir: the run directory.
    command: the command line that trained the run; by default `command` of the
      report, or one without settings.
    versions: {package: version} of the training; by default `versions` of the
      report, or the installed ones.
    card: the text of the experiment's card.
    pieces: {stem of a file in samples/: its content}, if the caller has them:
      they are not read again, and keep chord symbols, which MIDI files lack.
  """
  report = _json(workdir / 'report.json')
  experiment = str(report.get('experiment') or workdir.resolve().parent.name)
  command = command or str(report.get('command') or '')
  found = versions or report.get('versions')
  return About(
    experiment,
    command
    or f'python run.py --experiment={shlex.quote(experiment)} '
    f'--workdir={shlex.quote(str(workdir))}',
    _json(workdir / 'config.json'),
    report,
    tuple(_rows(workdir / 'metrics.jsonl')),
    tuple(_samples(workdir, pieces or {})),
    tuple(_pictures(workdir)),
    tuple(name for name in FILES if (workdir / name).is_file()),
    found if isinstance(found, Mapping) else installed_versions(),
    card,
  )


def _samples(workdir, pieces):
  """Each stem of samples/, its files, and the music of its .mid."""
  folder = workdir / 'samples'
  stems: dict[str, list[str]] = {}
  for path in sorted(folder.iterdir()) if folder.is_dir() else ():
    if path.suffix in _SUFFIXES and path.is_file():
      stems.setdefault(path.stem, []).append(path.suffix)
  order = {mode: place for place, mode in enumerate(_MODES)}
  taken: dict[str, int] = {}
  for stem in sorted(
    stems, key=lambda x: (order.get(_mode(x)[0], len(order)), x)
  ):
    mode, name = _mode(stem)
    if name in ('overview', 'tunes'):
      continue
    taken[mode] = taken.get(mode, 0) + 1
    suffixes = [suffix for suffix in _SUFFIXES if suffix in stems[stem]]
    sample = Sample(
      mode, name, files=tuple(f'samples/{stem}{suffix}' for suffix in suffixes)
    )
    if '.svg' in suffixes and taken[mode] <= SHOWN:
      sample = sample._replace(score=_svg(folder / f'{stem}.svg'))
    if taken[mode] > SHOWN:
      yield sample
    elif stem in pieces:
      yield sample._replace(piece=playable(pieces[stem]))
    elif '.mid' in suffixes:
      yield _with_music(sample, folder / f'{stem}.mid')
    else:
      yield sample._replace(
        picture=_png(folder / f'{stem}.png'),
        sound=_wav(folder / f'{stem}.wav') if '.wav' in suffixes else None,
      )


def _mode(stem):
  found = re.fullmatch(r'([a-z_]+)-(.+)', stem)
  return (found[1], found[2]) if found else ('sample', stem)


def _with_music(sample, path):
  """The sample with the notes of its file, which is read with limits."""
  try:
    piece = next(parse(str(path), sample.name, ORDINARY))
    return sample._replace(piece=playable(piece))
  except (Refused, OSError, ValueError, KeyError, IndexError) as error:
    reason = 'The MIDI file cannot be drawn'
    if isinstance(error, Refused):
      reason += f': it {error}'
    return sample._replace(problem=f'{reason}.')


def _pictures(workdir):
  """The drawings of evaluators; the page draws its own curves."""
  for path in sorted(workdir.glob('*.png')):
    if path.name != 'curves.png' and (png := _png(path)):
      yield path.name, png


def _png(path):
  """The bytes of a picture; None for none, or one too large to embed."""
  return _bytes(path, b'\x89PNG\r\n', _PNG_BYTES)


def _svg(path):
  """The bytes of a score; None for none, or one too large to embed."""
  return _bytes(path, b'<svg', _PNG_BYTES)


def _wav(path):
  """The bytes of a sound; None for none, or one too large to embed."""
  return _bytes(path, b'RIFF', _WAV_BYTES)


def _bytes(path, first, most):
  """A file that begins with `first` and has at most `most` bytes, or None."""
  try:
    with path.open('rb') as file:
      data = file.read(most + 1)
  except OSError:
    return None
  return data if data.startswith(first) and len(data) <= most else None


def _text(path):
  """The text of a file; '' if it is missing or too large."""
  try:
    if path.stat().st_size > _JSON_BYTES:
      return ''
    return path.read_text('utf-8', errors='replace')
  except OSError:
    return ''


def _json(path):
  """The JSON object in a file; {} if it is missing or damaged."""
  try:
    found = json.loads(_text(path))
  except (ValueError, RecursionError):
    return {}
  return found if isinstance(found, dict) else {}


def _rows(path):
  for line in _text(path).splitlines():
    with contextlib.suppress(ValueError, RecursionError):
      row = json.loads(line)
      if isinstance(row, dict):
        yield row
