"""The files of a run, besides its checkpoints.

config.json      the experiment, with every option
metrics.jsonl    one JSON object per line, written during training
curves.png       a plot of these
report.json      the final metrics, with their baselines
sampler.npz      what a sampler learned from the trained model, if anything
index.html       a page with all of it, to see and to hear
card.md          the model card
samples/         .mid .musicxml .wav .png of each, and an overview; for tunes
                 in ABC .abc, and all of them as one tune book
pictures/        drawings of the modes
listening/       a blind listening test, and the keys to evaluate its answers
"""

from collections.abc import Mapping, Sequence
import contextlib
import json
from pathlib import Path
import re
from typing import Any
import zipfile
import zlib

import numpy as np

from zoo.contracts import Drawing, UserError
from zoo.training.log import finite


def make(workdir: Path, config: Mapping[str, Any]) -> None:
  """Creates the run directory, and its config.json unless there is one.

  Raises:
    UserError: it cannot be created or written to.
  """
  try:
    workdir.mkdir(parents=True, exist_ok=True)
    if not (workdir / 'config.json').exists():
      write_json(workdir / 'config.json', config)
  except OSError as error:
    raise UserError(
      f'The run directory {workdir} cannot be created or written to '
      f'({error.strerror}): give another --workdir.'
    ) from None


def write_json(path: Path, value: Any) -> None:
  """Writes JSON atomically: a killed process leaves the old or the new file.

  NaN and infinity, which JSON does not have, become null as in metrics.jsonl.
  """
  partial = path.with_name(f'.{path.name}.partial')
  text = json.dumps(finite(value), indent=2, sort_keys=True, allow_nan=False)
  partial.write_text(text + '\n')
  partial.replace(path)


def read_report(workdir: Path) -> dict[str, Any]:
  """The content of report.json; {} if it is missing or damaged."""
  try:
    return json.loads((workdir / 'report.json').read_text())
  except (FileNotFoundError, ValueError):
    return {}


def write_report(workdir: Path, report: Mapping[str, Any]) -> None:
  """Writes report.json; other results of the same checkpoint are kept."""
  old = read_report(workdir)
  same = old.get('checkpoint') == report['checkpoint']
  stays = ('listening', 'batches', 'times') if same else ()
  kept = {name: old[name] for name in stays if name in old}
  write_json(workdir / 'report.json', {**kept, **report})


def save_fitted(workdir: Path, arrays: Mapping[str, Any]) -> None:
  """Saves what a sampler learned: {name: array}."""
  with (workdir / '.sampler.npz.partial').open('wb') as file:
    found: dict[str, Any] = {k: np.asarray(v) for k, v in arrays.items()}
    np.savez(file, **found)
  (workdir / '.sampler.npz.partial').replace(workdir / 'sampler.npz')


def fitted(workdir: Path) -> dict[str, np.ndarray]:
  """What a sampler learned; {} if there was nothing to learn.

  Raises:
    UserError: the file is damaged.
  """
  path = workdir / 'sampler.npz'
  if not path.exists():
    return {}
  try:
    with np.load(path, allow_pickle=False) as arrays:
      return dict(arrays)
  except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
    raise UserError(
      f'{path} is damaged: --mode=evaluate writes it again.'
    ) from error


def write_pieces(
  workdir: Path,
  encoder: Any,
  pieces: Sequence[Any],
  names: Sequence[str],
  origin: Mapping[str, Any],
) -> list[Path]:
  """Writes each piece as .mid, .musicxml, .wav and .png, and an overview.

  The numbered files of an earlier call of the same mode are removed, since
  there may have been more of them. An encoder with an `overview` writes
  pictures, not music; its `write` writes their .png. An encoder with a `book`
  also writes all pieces as one file.

  Args:
    workdir: the run directory.
    encoder: writes a piece.
    pieces: decoded samples.
    names: one per piece; a number is the sample's index.
    origin: how they were made; written to each MIDI file as text, for --replay.

  Returns:
    The .mid files, or the .png of pictures.
  """
  from zoo.pictures import plots  # Matplotlib is slow to import.

  folder = workdir / 'samples'
  folder.mkdir(parents=True, exist_ok=True)
  mode = origin['mode']
  if mode != 'replay':  # A replay is one of many samples.
    kinds = r'(mid|musicxml|wav|png|abc|svg|entropy\.png)'
    for old in folder.iterdir():
      if re.fullmatch(rf'{mode}-\d+\.{kinds}', old.name):
        old.unlink()
  draws = hasattr(encoder, 'overview')
  written = []
  for piece, name in zip(pieces, names, strict=True):
    index = int(name) if name.isdigit() else name
    text = json.dumps({**origin, 'index': index}, sort_keys=True)
    stem = folder / f'{mode}-{name}'
    written.append(encoder.write(piece, stem, text=text)[0])
    if not draws:
      plots.piano_roll(piece, stem.with_suffix('.png'), title=stem.name)
  if mode != 'replay':
    overview = encoder.overview if draws else plots.overview
    overview(pieces, folder / f'{mode}-overview.png', titles=names)
    if hasattr(encoder, 'book'):
      encoder.book(pieces, folder / f'{mode}-tunes.abc')
  return written


def write_drawings(
  workdir: Path, mode: str, drawings: Sequence[Drawing]
) -> list[Path]:
  """Draws the drawings of a mode, as `pictures/<mode>-<name>.png`."""
  from zoo.pictures.drawings import draw  # Matplotlib is slow to import.

  folder = workdir / 'pictures'
  folder.mkdir(parents=True, exist_ok=True)
  paths = [folder / f'{mode}-{one.name}.png' for one in drawings]
  for drawing, path in zip(drawings, paths, strict=True):
    draw(drawing, path)
  return paths


def read_origin(path: str | Path) -> dict[str, Any]:
  """How the sample in a .mid was made, from the text in the file.

  Raises:
    UserError: it is not a MIDI file, or has no such text.
  """
  from zoo.music.writing import read_text  # Slow to import.

  try:
    origin = json.loads(read_text(path))
    known = {'mode', 'checkpoint', 'index', 'options'} <= origin.keys()
    numbered = isinstance(origin.get('index'), int) and origin['index'] >= 0
    if known and (numbered or origin['mode'] not in ('sample', 'replay')):
      return origin
  except (ValueError, AttributeError):
    pass
  raise UserError(
    f'{path} does not say how it was made: --replay takes a .mid that this '
    'program sampled.'
  )


def draw_curves(workdir: Path) -> None:
  """Draws metrics.jsonl as curves.png."""
  from zoo.pictures import plots

  path, found = workdir / 'metrics.jsonl', []
  # Damaged lines are left out.
  for line in path.read_text().splitlines() if path.exists() else ():
    with contextlib.suppress(ValueError):
      found.append(json.loads(line))
  if found:
    plots.curves(found, workdir / 'curves.png')
