"""How useful are the codes of bars as features? A linear probe.

  python -m studies.features runs/unit_features runs/unit_selection

A logistic regression predicts of each folk tune its key, its metre as written
(tunes in 2/4 are read as 4/4 with doubled note values, so the metre must be
inferred from the music), and its collection, from

  pitch classes, intervals, rhythm   hand-made histograms of the tune
  hand-made                          the three concatenated
  EXPERIMENT                         the mean of the codes of the tune's bars
  EXPERIMENT and hand-made           both

with the most common class as baseline. Tunes are split by the hash of their id,
as in the runs' training; regularisation is selected on validation tunes; a
class needs LEAST training tunes. Writes WORKDIR/features.json and prints a
table.

Measured figures: docs/results/melody.md.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
import warnings

import jax
import numpy as np

import run as command_line
from studies.start import start
from zoo import assembly, unit_bags
from zoo import config as config_lib
from zoo.cli.run_directory import write_json
from zoo.contracts import UserError
from zoo.data.corpus import FRACTIONS, SPLITS, split_of
from zoo.encoders.units import Units
from zoo.layers.batch_statistics import variables
from zoo.music.piece import Piece
from zoo.questions import Ranker, questions

LEAST = 30  # Training tunes of a class.
STRENGTHS = (0.003, 0.03, 0.3, 3.0)  # Inverse regularisation.
WIDEST = 12  # Semitones; wider intervals are clipped to it.
HAND_MADE = ('pitch classes', 'intervals', 'rhythm')

Describe = Callable[[np.ndarray], np.ndarray]


def labels(piece: Piece) -> dict[str, str]:
  """The labels of a tune; '' where they are unknown."""
  header = piece.metadata.get('header', {})
  metre = '2/4' if piece.metadata.get('doubled') else str(header.get('M', ''))
  return {
    'key': str(piece.metadata.get('key') or ''),
    'metre': {'4/4': 'C', '2/2': 'C|'}.get(metre, metre),
    'collection': piece.id.split('/')[0],
  }


def bars_of(encoder: Units, piece: Piece) -> np.ndarray:
  """The bars [n, T] of a tune, as unit selection reads them."""
  found = encoder.encode(piece).examples
  tokens = np.asarray(found['tokens']).astype(np.int32)
  bar = encoder.spec.sizes['steps_per_bar']
  bars = tokens.reshape(len(tokens), encoder.spec.sizes['units'], bar)
  inside = np.arange(bars.shape[1]) * bar < found['length'][:, None]
  return bars[inside]


def histograms(bars: np.ndarray, pitches: Sequence[int]) -> dict[str, Any]:
  """Hand-made features of a tune; each histogram sums to 1.

  Args:
    bars: [n, T] tokens; 0 holds, 1 is a note-off.
    pitches: MIDI pitch of each class, -1 for symbols.

  Returns:
    'pitch classes' [12]; 'intervals' [2 * WIDEST + 1] between successive notes;
    'rhythm' [2 T]: onsets by step of the bar, and steps from an onset to the
    next event of its bar.
  """
  steps = bars.shape[1]
  midi = np.asarray(pitches)[bars]
  onset = midi >= 0
  notes = midi[onset]
  leaps = np.clip(np.diff(notes), -WIDEST, WIDEST) + WIDEST
  event = np.concatenate([bars > 0, np.ones((len(bars), 1), bool)], 1)
  lengths = [
    int(event[bar, step + 1 :].argmax())
    for bar, step in zip(*np.nonzero(onset), strict=True)
  ]
  return {
    'pitch classes': _shares(np.bincount(notes % 12, minlength=12)),
    'intervals': _shares(np.bincount(leaps, minlength=2 * WIDEST + 1)),
    'rhythm': np.concatenate(
      [
        _shares(onset.sum(0)),
        _shares(np.bincount(np.array(lengths, int), minlength=steps)),
      ]
    ),
  }


def describer(workdir: str | Path, encoder: Units) -> tuple[str, Describe]:
  """(experiment, bars [n, T] -> codes [n, Z]) of a trained run.

  Raises:
    UserError: no run, or a run without codes of bars.
  """
  loaded = assembly.load(workdir)
  asked = questions(loaded.model)
  name = loaded.meta['experiment']
  given = variables(loaded.params, loaded.state)
  if Ranker.__name__ in asked:
    program = jax.jit(
      lambda bars: loaded.model.apply(given, bars, method='describe')
    )
    return name, lambda bars: _at_once(program, bars)
  options = loaded.encoder.spec.options
  if loaded.encoder.spec.encoder != 'unit_bags':
    raise UserError(
      f'{workdir} holds a run of {name}, which has no codes of bars: give runs '
      'of unit_features and unit_selection.'
    )
  program = jax.jit(
    lambda bag: loaded.model.apply(given, {'bag': bag}, method='encode')[0]
  )
  lowest, pitches = (
    options['lowest'],
    options['highest'] - options['lowest'] + 1,
  )

  def describe(bars):
    counts = unit_bags.bag(np, bars, lowest, pitches)
    return _at_once(program, (counts > 0).astype(np.int8))

  return name, describe


def study(
  workdirs: Sequence[str | Path], pieces: Sequence[Piece]
) -> dict[str, Any]:
  """Accuracies on held-out tunes.

  Returns:
    {task: {'classes', 'tunes': held out, 'accuracy': {features: share},
    'error': {features: standard error}}}, for tasks with several classes.

  Raises:
    UserError: no run, or one without codes of bars.
  """
  encoder = Units()
  pitches = encoder.spec.tables['pitches']
  tunes = [(piece, bars_of(encoder, piece)) for piece in pieces]
  tunes = [(piece, bars) for piece, bars in tunes if len(bars)]
  hand = [histograms(bars, pitches) for _, bars in tunes]
  features = {name: np.stack([one[name] for one in hand]) for name in HAND_MADE}
  features['hand-made'] = np.concatenate([*features.values()], 1)
  for workdir in workdirs:
    name, describe = describer(workdir, encoder)
    codes = describe(np.concatenate([bars for _, bars in tunes]))
    owner = np.repeat(np.arange(len(tunes)), [len(b) for _, b in tunes])
    features[name] = means(codes, owner, len(tunes))
    both = [features[name], features['hand-made']]
    features[f'{name} and hand-made'] = np.concatenate(both, 1)
  split = np.array([split_of(piece.id, FRACTIONS) for piece, _ in tunes])
  asked = [labels(piece) for piece, _ in tunes]
  found = {}
  for task in asked[0]:
    label = np.array([one[task] for one in asked])
    names, counts = np.unique(label[split == SPLITS[0]], return_counts=True)
    names = names[(counts >= LEAST) & (names != '')]
    if len(names) > 1:
      found[task] = _task(features, label, split, names)
  return found


def means(codes: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
  """[count, Z] means of codes [n, Z] over the bars of each owner [n]."""
  sums = np.zeros((count, codes.shape[1]))
  np.add.at(sums, owner, codes)
  return sums / np.bincount(owner, minlength=count)[:, None]


def predict(
  train: tuple[np.ndarray, np.ndarray],
  validation: tuple[np.ndarray, np.ndarray],
  test: np.ndarray,
) -> np.ndarray:
  """Classes [n] of features [n, D] by logistic regression.

  Features are standardised by the training set; the regularisation is the one
  of STRENGTHS with the highest validation accuracy.
  """
  from sklearn.linear_model import LogisticRegression

  mean, scale = train[0].mean(0), train[0].std(0)
  scale = np.where(scale > 1e-6, scale, 1.0)

  def standard(x):
    return np.clip((x - mean) / scale, -10, 10)

  with warnings.catch_warnings():
    # The least regularised fit may stop before it converges.
    warnings.simplefilter('ignore')
    fitted = [
      LogisticRegression(C=strength, max_iter=300).fit(
        standard(train[0]), train[1]
      )
      for strength in STRENGTHS
    ]
  right = [one.score(standard(validation[0]), validation[1]) for one in fitted]
  return fitted[int(np.argmax(right))].predict(standard(test))


def _task(features, label, split, names):
  """Accuracies of one task with the classes `names`."""
  known = np.isin(label, names)
  rows = {one: np.flatnonzero(known & (split == one)) for one in SPLITS}
  truth = label[rows['test']]
  train = label[rows['train']]
  values, often = np.unique(train, return_counts=True)
  guesses = {'commonest': np.full(truth.shape, values[often.argmax()])}
  for name, table in features.items():
    sets = [(table[rows[one]], label[rows[one]]) for one in SPLITS[:2]]
    guesses[name] = predict(*sets, table[rows['test']])
  accuracy = {
    name: float(np.mean(guess == truth)) for name, guess in guesses.items()
  }
  error = {
    name: float(np.sqrt(share * (1 - share) / len(truth)))
    for name, share in accuracy.items()
  }
  return {
    'classes': len(names),
    'tunes': len(truth),
    'accuracy': accuracy,
    'error': error,
  }


def table(found: Mapping[str, Any]) -> str:
  """The accuracies as a table in Markdown, with standard errors."""
  heads = [
    f'{task} ({one["classes"]} classes, {one["tunes"]} tunes)'
    for task, one in found.items()
  ]
  lines = [f'| features | {" | ".join(heads)} |']
  lines.append('| --- ' * (len(heads) + 1) + '|')
  for name in next(iter(found.values()))['accuracy']:
    cells = [
      f'{one["accuracy"][name]:.3f} +- {one["error"][name]:.3f}'
      for one in found.values()
    ]
    lines.append(f'| {name} | {" | ".join(cells)} |')
  return '\n'.join(lines)


def _at_once(program, rows, size=2048):
  """A program over rows [n, ...], in blocks, the last one padded."""
  parts = []
  for first in range(0, len(rows), size):
    places = np.minimum(np.arange(first, first + size), len(rows) - 1)
    made = np.asarray(program(rows[places]))
    parts.append(made[: len(rows) - first])
  return np.concatenate(parts)


def _shares(counts):
  return counts / max(counts.sum(), 1)


def main() -> None:
  """Reads the command line, measures, prints and saves."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('workdirs', nargs='+', metavar='RUN')
  parser.add_argument('--workdir', default='runs/features')
  options = parser.parse_args()
  command_line.prepare_process(False)
  dataset = config_lib.build(
    command_line.tables()['dataset'], {'name': 'folk'}, 'dataset'
  )
  found = study(options.workdirs, dataset.read()[0])
  workdir = Path(options.workdir)
  workdir.mkdir(parents=True, exist_ok=True)
  write_json(workdir / 'features.json', found)
  print(table(found))


if __name__ == '__main__':
  start(main)
