"""The modes that make music with a trained run.

What a mode needs of a system it asks of the sampler and the encoder.
"""

from pathlib import Path

import numpy as np

from zoo import assembly
from zoo import config as config_lib
from zoo.cli import run_directory
from zoo.cli.runs import Run, load
from zoo.contracts import UserError
from zoo.layers import comparison


def sample(run: Run) -> list[Path]:
  """Draws samples and writes each as .mid, .musicxml, .wav and .png."""
  if run.replay is not None:
    return replay(run)
  loaded = load(run)
  count = loaded.config['sample']['count']
  made = assembly.draw(
    loaded, 'sample', range(count), run_directory.fitted(run.workdir)
  )
  names = [f'{i:03d}' for i in range(count)]
  return _write(run, loaded, 'sample', loaded.encoder.decode(made), names)


def replay(run: Run) -> list[Path]:
  """Makes the notes of an earlier sample again, from the text in its .mid."""
  assert run.replay
  origin = run_directory.read_origin(run.replay)
  if origin['mode'] not in ('sample', 'replay'):
    raise UserError(
      f'{run.replay} came of --mode={origin["mode"]}: give that mode its '
      '--input again.'
    )

  def revise(trained):
    config = run.revise(trained)
    changed = config_lib.differences(
      trained['sample'], config['sample'], 'sample'
    )
    if changed:
      raise UserError(
        f'--replay takes the settings of {run.replay} and no others: leave out '
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
  return _write(run, loaded, 'replay', pieces, [f'{index:03d}'])


def reconstruct(run: Run) -> list[Path]:
  """Encodes the user's piece, decodes it again, and writes both."""
  if len(run.inputs) != 1:
    raise UserError('--mode=reconstruct takes one --input=FILE.')
  loaded = load(run)
  given = _encode(loaded, run.inputs[0])
  count = len(next(iter(given.values())))
  made = assembly.draw(loaded, 'reconstruct', range(count), given, by_row=True)
  for line in comparison.in_words(loaded.encoder.spec, made, given):
    run.say(f'{run.inputs[0]}: {line}')
  pieces = [loaded.encoder.join(given), loaded.encoder.join(made)]
  return _write(run, loaded, 'reconstruct', pieces, ['input', 'output'])


def interpolate(run: Run) -> list[Path]:
  """Walks from one piece to another, and writes the path as one piece too."""
  if len(run.inputs) != 2:
    raise UserError(
      '--mode=interpolate takes two inputs: --input=FILE --input=FILE.'
    )
  loaded = load(run)
  ends = [_encode(loaded, path) for path in run.inputs]
  given = {k: np.stack([end[k][0] for end in ends]) for k in ends[0]}
  count = loaded.config['sample']['points']
  made = assembly.draw(loaded, 'interpolate', range(count), given)
  pieces = [*loaded.encoder.decode(made), loaded.encoder.join(made)]
  names = [*(f'{i:03d}' for i in range(count)), 'path']
  return _write(run, loaded, 'interpolate', pieces, names)


def harmonize(run: Run) -> list[Path]:
  """Accompanies the user's melody, and writes it and the result."""
  if len(run.inputs) != 1:
    raise UserError('--mode=harmonize takes one --input=FILE.')
  loaded = load(run)
  piece = _read(run.inputs[0])
  given = loaded.encoder.cover(piece)
  count = len(next(iter(given.values())))
  # The windows of the piece and no more: a long one takes its time.
  made = assembly.draw(
    loaded, 'harmonize', range(count), given, by_row=True, at_once=count
  )
  pieces = [loaded.encoder.join(given), loaded.encoder.join(made)]
  if hasattr(loaded.encoder, 'complete'):
    pieces = [piece, loaded.encoder.complete(piece, made)]
  return _write(run, loaded, 'harmonize', pieces, ['input', 'output'])


def go_on(run: Run) -> list[Path]:
  """Goes on from the end of the user's piece; writes piece and continuation."""
  if len(run.inputs) != 1:
    raise UserError('--mode=continue takes one --input=FILE.')
  loaded = load(run)
  given = _encode(loaded, run.inputs[0])
  count = loaded.config['sample']['count']
  made = assembly.draw(loaded, 'continue', range(count), given)
  names = [f'{i:03d}' for i in range(count)]
  return _write(run, loaded, 'continue', loaded.encoder.decode(made), names)


def _encode(loaded, path):
  """The examples that cover a user's file from end to end."""
  return loaded.encoder.cover(_read(path))


def _read(path):
  """A user's file as a piece."""
  from zoo.music.reading import read  # music tower, slow to import

  return read(path)


def _write(run, loaded, mode, pieces, names):
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
  run.say(f'{len(pieces)} pieces written to {run.workdir / "samples"}.')
  return written
