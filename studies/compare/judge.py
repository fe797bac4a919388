"""Judges windows of many systems by the same evaluators."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from datasets import DATASETS
from studies.compare.systems import Family
from studies.compare.train import held_apart, scored, space
from zoo import config as config_lib
from zoo.data import corpus as corpus_lib
from zoo.evaluation.model import trivial_tokens
from zoo.evaluation.music.diversity import diversity
from zoo.evaluation.music.drum_statistics import drum_statistics
from zoo.evaluation.music.intervals import intervals, total_variation
from zoo.evaluation.music.melody_statistics import evenly, independent
from zoo.evaluation.music.mode_collapse import mode_collapse
from zoo.evaluation.music.note_rows import TICKS, NoteRows, note_rows
from zoo.evaluation.music.originality import originality
from zoo.evaluation.music.plagiarism import plagiarism

WINDOWS = 512  # Of each system, and of each baseline.
NEIGHBOURS = 5
BAR = 16  # Sixteenths.

# Baseline rows, in the order of the table.
BASELINES = ('held_out', 'independent', 'shuffled', 'counting')

# The metrics that a row takes from each evaluator, and their names there.
_TAKEN = {
  'intervals': {
    'successive_total_variation_from_held_out': 'successive_intervals',
    'simultaneous_total_variation_from_held_out': 'simultaneous_intervals',
  },
  'originality': {
    'mean_gap_in_any_key': 'originality_gap',
    **{f'in_any_key_{n:02d}': f'new_{n:02d}' for n in (4, 8, 12)},
  },
  'diversity': {'mean_gap_in_any_key': 'diversity_gap'},
  'plagiarism': {
    'longest_run': 'longest_run',
    'in_common': 'in_common',
    'copied': 'copied',
  },
  'drums': {
    name: name
    for name in ('class_overlap', 'step_overlap', 'all_four', 'copied')
  },
  'modes': {
    name: name
    for name in ('unique', 'to_data', 'to_samples', 'precision', 'coverage')
  },
}


class Reference(NamedTuple):
  """Real music of a family, cut into windows.

  Attributes:
    corpus: train and test windows; those that occur in both are kept, since
      held-out music repeats training music.
    encoder: cuts and decodes them.
    lenient: cuts what systems generate.
  """

  corpus: corpus_lib.Corpus
  encoder: Any
  lenient: Any


def reference(family: Family) -> Reference:
  """Cuts the corpus of a family."""
  dataset = config_lib.build(DATASETS, family.dataset, 'dataset')
  corpus, encoder = corpus_lib.prepare(
    held_apart(dataset),
    family.cut(False),
    cache=corpus_lib.default_cache(),
    report=lambda text: None,
  )
  lenient = family.cut(True)
  lenient = lenient.measure([]) if hasattr(lenient, 'measure') else lenient
  return Reference(corpus, encoder, lenient)


def windows(found: Reference, pieces: Sequence[Any], field: str) -> np.ndarray:
  """At most WINDOWS windows of pieces [n, T, ...], evenly spaced.

  Pieces that are shorter than a window, silent or in another metre give none.
  """
  encoder = found.lenient
  shape = found.corpus.spec.fields[field].shape
  rows = [np.zeros((0, *shape), found.corpus.spec.fields[field].dtype)]
  for piece in pieces:
    examples = encoder.encode(piece).examples[field]
    rows.append(np.asarray(examples))
  whole = np.concatenate(rows)
  whole = whole[whole.reshape(len(whole), -1).any(1)]
  return evenly(whole, WINDOWS)


def judge(
  family: Family,
  found: Reference,
  systems: Mapping[str, np.ndarray],
  workdir: Path,
) -> dict[str, dict[str, float]]:
  """Metrics of each system and baseline.

  Args:
    family: what is compared.
    found: its real music.
    systems: {row: windows [n, T, ...]}; the smallest set decides how many of
      each are compared with each other for diversity.
    workdir: where evaluators write their pictures.

  Returns:
    {row: {metric: number}}, baselines included.
  """
  field, spec = family.field, found.corpus.spec
  sets = {name: one for name, one in systems.items() if len(one)}
  splits = {k: _padded(v, field) for k, v in found.corpus.splits.items()}
  train = splits['train'][field]
  classes = spec.fields[field].classes or int(train.max()) + 1
  flat = train.reshape(len(train), -1)
  drawn = independent(flat, WINDOWS, classes, 0).reshape(-1, *train.shape[1:])
  sets['independent'] = drawn.astype(train.dtype)

  def generate(count, row):
    del count
    return _padded({field: sets[row]}, field)

  samples = {name: {'row': name} for name in sets}
  options: dict[str, Any] = {'count': WINDOWS, 'samples': samples}
  result = {}
  if spec.encoder == 'drums':
    result['drums'] = drum_statistics(generate, splits, spec, **options)
  else:
    given = generate, splits, found.encoder
    result['intervals'] = intervals(*given, workdir, **options)
    result['originality'] = originality(*given, workdir, **options)
    result['diversity'] = diversity(*given, workdir, **options)
    result['plagiarism'] = plagiarism(*given, **options)
    result['onsets'] = _onsets(found.encoder, splits, sets, field)
  result['modes'] = mode_collapse(
    generate,
    lambda count: generate(count, 'independent'),
    splits,
    spec,
    field=field,
    space=family.space,
    neighbours=NEIGHBOURS,
    **options,
  )
  return _rows(result, [*sets, *BASELINES])


def counted(family: Family) -> dict[str, dict[str, Any]]:
  """Nats per quarter of counting models, on the windows that systems score.

  Returns:
    'independent', each step by itself, and 'counting', from the metric position
    and the active note; {} if windows are not tokens.
  """
  dataset = config_lib.build(DATASETS, family.dataset, 'dataset')
  corpus, encoder = corpus_lib.prepare(
    dataset,
    family.cut(False),
    cache=corpus_lib.default_cache(),
    report=lambda text: None,
  )
  spec = encoder.spec
  if family.field != 'tokens':
    return {}
  train, test = (
    np.asarray(arrays['tokens']).astype(int)
    for arrays in (corpus.splits['train'], scored(corpus.splits['test'], spec))
  )
  sizes = spec.sizes['classes'], spec.sizes['steps_per_bar']
  found = trivial_tokens.counted(train, test, *sizes)
  return {
    row: {'nats': float(found[name][0] / spec.quarters), 'space': space(spec)}
    for row, name in (('independent', 'unigram'), ('counting', 'position'))
  }


def onsets(rows: NoteRows) -> dict[str, np.ndarray]:
  """Counts of onsets by sixteenth of the bar, and of times between them.

  Returns:
    'places' [BAR]; 'times' [BAR + 1], sixteenths from an onset to the next of
    the same piece, the last bin for longer ones.
  """
  step = TICKS // 4
  first = np.diff(rows.piece, prepend=-1) != 0
  new = first | (np.diff(rows.onset, prepend=-1) != 0)
  onset, piece = rows.onset[new], rows.piece[new]
  after = np.diff(onset)[np.diff(piece) == 0]
  sixteenths = np.minimum(np.rint(after / step).astype(int), BAR)
  return {
    'places': np.bincount(onset // step % BAR, minlength=BAR),
    'times': np.bincount(sixteenths, minlength=BAR + 1),
  }


def _onsets(encoder, splits, sets, field):
  """Distances of histograms of onsets from those of held-out windows."""
  real = {
    name: arrays[evenly(np.arange(len(arrays)), WINDOWS)]
    for name, arrays in (('held_out', splits['test'][field]),)
  }
  decoded = {
    name: note_rows(encoder.decode(_padded({field: one}, field)))
    for name, one in {**sets, **real}.items()
  }
  counts = {name: onsets(rows) for name, rows in decoded.items()}
  result: dict[str, dict[str, float]] = {'notes': {}}
  for name, rows in decoded.items():
    result['notes'][name] = float(rows.sizes.mean())
    for kind, values in counts[name].items():
      distance = total_variation(values, counts['held_out'][kind])
      result.setdefault(f'onset_{kind}', {})[name] = distance
  return result


def _padded(arrays, field):
  """Arrays of a set with the `length` that decoding a roll needs."""
  if field != 'roll' or 'length' in arrays:
    return dict(arrays)
  rows = arrays['roll']
  length = np.full(len(rows), rows.shape[1], np.int32)
  return {**arrays, 'length': length}


def _rows(result, names):
  """{row: {metric: number}} from the evaluators' results."""
  rows: dict[str, dict[str, float]] = {name: {} for name in names}
  for evaluator, figures in result.items():
    taken = _TAKEN.get(evaluator) or {name: name for name in figures}
    for figure, name in taken.items():
      for column, value in figures.get(figure, {}).items():
        column = 'held_out' if column == 'real' else column
        if column in rows:
          rows[column][name] = float(value)
  return {name: row for name, row in rows.items() if row}
