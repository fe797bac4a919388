"""The modes that generate music with a trained run.

The run's sampler defines which modes there are, how many files each takes and
how its samples are drawn; the encoder defines how a user's piece is encoded.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo import assembly
from zoo import config as config_lib
from zoo.cli import modes as modes_lib
from zoo.cli import pages as pages_lib
from zoo.cli import run_directory, user_pieces
from zoo.cli.runs import Run, load
from zoo.cli.user_pieces import Given
from zoo.contracts import Drawing, Mode, UserError
from zoo.encoders.coverage import bars_of
from zoo.music.inherit import between, inherit
from zoo.training import checkpoint


class Made(NamedTuple):
  """The output of a call.

  Attributes:
    paths: the .mid of each piece, or the .png of pictures.
    pieces: {stem of a file: its content}.
    meta: of the checkpoint that made it.
    page: the .html, if the mode writes one.
  """

  paths: list[Path]
  pieces: dict[str, Any]
  meta: dict[str, Any]
  page: Path | None = None


class _Found(NamedTuple):
  """The output of a mode: pieces, their names, and drawings."""

  pieces: list[Any]
  names: list[str]
  drawings: Sequence[Drawing] = ()


def generate(
  run: Run, name: str, loaded: assembly.Loaded | None = None
) -> Made:
  """Runs a mode of the run's sampler, and writes its output.

  Args:
    run: the call.
    name: of the mode.
    loaded: the trained run, where it is loaded already: a sampler that has
      drawn samples is not traced again.

  Raises:
    UserError: there is no trained run, or no such mode; too many or too few
      inputs, or one that cannot be read.
  """
  if run.replay is not None:
    return replay(run)
  if not checkpoint.steps(run.workdir):
    # `load` reports the missing run; an unknown mode is reported first.
    _mode(run, run.config, modes_lib.untrained(run.config, run.sizes), name)
  loaded = loaded or load(run)
  found = modes_lib.modes_of(loaded.sampler)
  mode = _mode(run, loaded.config, found, name)
  if mode.writes == 'page':
    path = pages_lib.write(run, loaded, mode)
    return Made([path], {}, loaded.meta, path)
  given = [user_pieces.read(path, loaded.encoder) for path in run.inputs]
  for one in given:
    for line in user_pieces.remarks(one, loaded.encoder):
      run.say(line)
  if not given:
    found = _from_nothing(run, loaded, name, mode)
  elif mode.by_row:
    found = _row_by_row(run, loaded, name, mode, given[0])
  elif mode.by_window:
    found = _window_by_window(run, loaded, name, mode, given)
  else:
    found = _from_one(run, loaded, name, mode, given[0])
  if found.drawings:
    for path in run_directory.write_drawings(run.workdir, name, found.drawings):
      run.say(f'Wrote {path}.')
  return _write(run, loaded, name, found)


def replay(run: Run) -> Made:
  """Makes the notes of an earlier sample again, from the text in its .mid.

  Raises:
    UserError: the sample had an input, was made by another checkpoint, or the
      call has other settings.
  """
  assert run.replay
  origin = run_directory.read_origin(run.replay)
  if origin['mode'] not in ('sample', 'replay'):
    raise UserError(
      f'{run.replay} was made by --mode={origin["mode"]}: give that mode its '
      '--input again.'
    )

  def revise(trained):
    config = run.revise(trained)
    changed = config_lib.differences(
      trained['sample'], config['sample'], 'sample'
    )
    if changed:
      raise UserError(
        f'--replay uses the settings of {run.replay}: leave out '
        f'{", ".join(changed)}.'
      )
    return config

  loaded = load(run._replace(revise=revise))
  if origin['checkpoint'] != loaded.meta['digest']:
    raise UserError(
      f'{run.replay} was made by checkpoint {origin["checkpoint"]}, and '
      f'{run.workdir} holds {loaded.meta["digest"]}: give the --workdir that '
      'made it.'
    )
  config = {**loaded.config, 'sample': origin['options']}
  sampler = assembly.build_sampler(config, loaded.model, loaded.encoder.spec)
  loaded = loaded._replace(config=config, sampler=sampler)
  index = origin['index']
  made = assembly.draw(
    loaded, 'sample', [index], run_directory.fitted(run.workdir)
  )
  pieces = loaded.encoder.decode(made)
  return _write(run, loaded, 'replay', _Found(pieces, [f'{index:03d}']))


def _mode(run, config, modes, name):
  """The mode of that name; checks how many inputs the call has."""
  mode = modes_lib.find(modes, name, run.name, config['sample']['name'])
  modes_lib.check_inputs(name, mode, run.inputs)
  return mode


def _count(loaded, mode, files):
  count = mode.options.get('count', loaded.config['sample']['count'])
  return count(files) if callable(count) else count


def _numbers(count):
  return [f'{i:03d}' for i in range(count)]


def _from_nothing(run, loaded, name, mode: Mode):
  """Samples without an input."""
  count = _count(loaded, mode, 0)
  learned = run_directory.fitted(run.workdir)
  at_once = count if 'count' in mode.options else None
  made = assembly.draw(loaded, name, range(count), learned, at_once=at_once)
  drawings = _tell(run, mode, '', {}, made)
  return _Found(loaded.encoder.decode(made), _numbers(count), drawings)


def _row_by_row(run, loaded, name, mode: Mode, given: Given):
  """The result for each row of a piece, and the piece itself."""
  encoder = loaded.encoder
  at_once = loaded.config['sample'].get('at_once', given.rows)
  made = assembly.draw(
    loaded,
    name,
    range(given.rows),
    given.examples,
    by_row=True,
    # Rounded up to a power of two, so that compiled programs are reused.
    at_once=min(at_once, 1 << (given.rows - 1).bit_length()),
  )
  drawings = _tell(run, mode, f'{given.path}: ', given.examples, made)
  if hasattr(encoder, 'complete'):
    whole = encoder.complete(given.piece, made)
    pieces = [given.piece, inherit(whole, given.piece)]
  else:
    pieces = [
      inherit(piece, given.piece, given.begin, given.end)
      for piece in (given.joined, encoder.join(made))
    ]
  return _Found(pieces, ['input', 'output'], drawings)


def _from_one(run, loaded, name, mode: Mode, given: Given):
  """Samples conditioned on a whole piece, such as continuations."""
  count = _count(loaded, mode, 1)
  condition = {**run_directory.fitted(run.workdir), **given.examples}
  made = assembly.draw(loaded, name, range(count), condition)
  drawings = _tell(run, mode, f'{given.path}: ', given.examples, made)
  spec, begin = loaded.encoder.spec, given.begin
  if not mode.whole:
    begin = user_pieces.primer_begin(
      given, made, spec.main_field, spec.quarters
    )
  if begin > given.begin:
    bar = bars_of(given.piece.metres, np.array([begin]))
    run.say(f'{given.path} is read from {bar} on: the output begins there.')
  pieces = [
    inherit(piece, given.piece, begin) for piece in loaded.encoder.decode(made)
  ]
  return _Found(pieces, _numbers(count), drawings)


def _window_by_window(run, loaded, name, mode: Mode, given: Sequence[Given]):
  """Samples for each window of the pieces, and all of them concatenated."""
  count = _count(loaded, mode, len(given))
  learned = run_directory.fitted(run.workdir)
  rows, words = user_pieces.matched(given)
  if words:
    run.say(words)
  windows = [
    assembly.draw(
      loaded,
      name,
      range(place * count, (place + 1) * count),
      {**learned, **row},
      at_once=count,
    )
    for place, row in enumerate(rows)
  ]
  samples = [
    {k: np.stack([window[k][i] for window in windows]) for k in windows[0]}
    for i in range(count)
  ]
  path = {k: np.concatenate([one[k] for one in samples]) for k in windows[0]}
  ends = given[0].piece, given[-1].piece
  pieces = [
    between(loaded.encoder.join(one), *ends, i / max(count - 1, 1))
    for i, one in enumerate(samples)
  ]
  pieces.append(between(loaded.encoder.join(path), *ends, 0.5))
  return _Found(pieces, [*_numbers(count), 'path'])


def _tell(run, mode: Mode, about, given, made):
  """Prints what the mode reports; returns its drawings."""
  for line in mode.report(given, made) if mode.report else ():
    run.say(f'{about}{line}')
  return mode.drawings(given, made) if mode.drawings else ()


def _write(run, loaded, mode, found: _Found):
  pieces, names = found.pieces, found.names
  origin = {
    'experiment': run.name,
    'mode': mode,
    'checkpoint': loaded.meta['digest'],
    'step': loaded.meta['step'],
    'seed': loaded.config['seed'],
    'options': loaded.config['sample'],
    'inputs': [Path(path).name for path in run.inputs],
  }
  written = run_directory.write_pieces(
    run.workdir, loaded.encoder, pieces, names, origin
  )
  stems = [path.stem for path in written]
  return Made(written, dict(zip(stems, pieces, strict=True)), loaded.meta)
