"""The metrics of a trained run with their baselines, and as tables.

An evaluator declares what it needs by name: model, params, state, splits,
spec, encoder, workdir, generate, generate_untrained, harmonize, reconstruct,
make.
"""

from collections.abc import Callable, Mapping, Sequence
import json
from pathlib import Path
from typing import Any

import jax

from zoo import assembly
from zoo import config as config_lib
from zoo.cli import run_directory
from zoo.contracts import Spec, UserError
from zoo.data.corpus import Corpus


def make(
  loaded: assembly.Loaded,
  evaluators: Sequence[Mapping[str, Any]],
  corpus: Corpus,
  workdir: Path,
  say: Callable[[str], None],
) -> dict[str, Any]:
  """Runs the evaluators; returns the content of report.json.

  Args:
    loaded: the run.
    evaluators: their names and options, as in config['evaluate'].
    corpus: the one that the run was trained on.
    workdir: the run directory, where evaluators write their pictures.
    say: receives the table of each evaluator as soon as it is measured.

  Raises:
    UserError: an unknown evaluator or option, or one that does not fit.
  """
  check(evaluators)
  _fit_sampler(loaded, corpus, workdir)
  variant = _variants(loaded, corpus.spec)
  generate, generate_untrained = _generators(loaded, variant, corpus, workdir)

  def harmonize(given, first=0):
    indices = range(first, first + len(next(iter(given.values()))))
    return assembly.draw(loaded, 'harmonize', indices, given, by_row=True)

  def reconstruct(given):
    surest = variant(temperature=0.0)
    indices = range(len(next(iter(given.values()))))
    return assembly.draw(surest, 'reconstruct', indices, given, by_row=True)

  def make_in(mode, count, given, by_row=False):
    """The output of a mode of the run's sampler, given a condition."""
    return assembly.draw(loaded, mode, range(count), given, by_row=by_row)

  figures = {}
  for place, entry in enumerate(evaluators):
    name = entry['name']
    figures[name] = config_lib.build(
      assembly.EVALUATORS,
      entry,
      f'evaluate/{place}',
      model=loaded.model,
      params=loaded.params,
      state=loaded.state,
      splits=corpus.splits,
      spec=corpus.spec,
      encoder=loaded.encoder,
      workdir=workdir,
      generate=generate,
      generate_untrained=generate_untrained,
      harmonize=harmonize,
      reconstruct=reconstruct,
      make=make_in,
    )
    say(table(name, figures[name]))
  return {
    'experiment': loaded.meta['experiment'],
    'seed': loaded.config['seed'],
    'step': loaded.meta['step'],
    'checkpoint': loaded.meta['digest'],
    'versions': loaded.meta['versions'],
    'parameters': sum(x.size for x in jax.tree.leaves(loaded.params)),
    'data': {
      'fingerprint': corpus.fingerprint,
      'examples': {k: len(v['piece']) for k, v in corpus.splits.items()},
      'pieces': {k: len(v) for k, v in corpus.pieces.items()},
      'dropped': corpus.dropped,
    },
    'evaluate': figures,
  }


def _variants(
  loaded: assembly.Loaded, spec: Spec
) -> Callable[..., assembly.Loaded]:
  """(**options) -> the run with these options of its sampler.

  Each sampler is built once, so that it is traced once.
  """
  own = config_lib.RUN_OPTIONS['sample']

  def key(sample):
    chosen = {k: v for k, v in sample.items() if k not in own}
    return json.dumps(chosen, sort_keys=True)

  known = {key(loaded.config['sample']): loaded.sampler}

  def variant(**options):
    config = {**loaded.config, 'sample': loaded.config['sample'] | options}
    found = key(config['sample'])
    if found not in known:
      known[found] = assembly.build_sampler(config, loaded.model, spec)
    return loaded._replace(config=config, sampler=known[found])

  return variant


def table(title: str, figures: Mapping[str, Any]) -> str:
  """{metric: {column: number}} as lines of text."""
  rows = {k: v for k, v in figures.items() if isinstance(v, dict)}
  columns = list(dict.fromkeys(w for row in rows.values() for w in row))
  alone = [f'{k} {v}' for k, v in figures.items() if k not in rows]
  width = max([len(title), *map(len, rows)]) + 2
  lines = [title.ljust(width) + ''.join(f'{w:>20}' for w in columns)]
  for name, row in rows.items():
    cells = [_cell(row.get(w, '')) for w in columns]
    lines.append(name.ljust(width) + ''.join(f'{c:>20}' for c in cells))
  if alone:
    lines.append(', '.join(alone))
  return '\n'.join(lines)


def check(evaluators: Sequence[Mapping[str, Any]]) -> None:
  """Checks config['evaluate'] before anything is measured.

  Raises:
    UserError: an unknown evaluator or option, an evaluator that occurs twice,
      or a count or batch below 1.
  """
  seen: dict[str, int] = {}
  for place, entry in enumerate(evaluators):
    config_lib.check(assembly.EVALUATORS, entry, f'evaluate/{place}')
    name = entry['name']
    if name in seen:
      raise UserError(
        f'evaluate/{place} is {name} again, like evaluate/{seen[name]}, and '
        'the report has one place for it: leave one of them out.'
      )
    seen[name] = place
    for option in ('count', 'batch'):
      if entry.get(option, 1) < 1:
        raise UserError(
          f'evaluate/{place}/{option} must be at least 1, not {entry[option]}.'
        )


def _cell(value):
  if isinstance(value, list):
    return '..'.join(f'{one:.3g}' for one in value)
  return f'{value:.3f}' if isinstance(value, float) else str(value)


def _fit_sampler(loaded, corpus, workdir):
  """Fits a sampler that learns from the trained model, and saves it."""
  if 'fit' not in loaded.sampler:
    return
  examples = {k: v for k, v in corpus.splits['train'].items() if k != 'piece'}
  key = jax.random.key(loaded.config['seed'])
  learned = loaded.sampler['fit'](loaded.params, loaded.state, key, examples)
  run_directory.save_fitted(workdir, learned)


def _generators(loaded, variant, corpus, workdir):
  """(count, **options of the sampler) -> samples: trained, and untrained."""
  learned = run_directory.fitted(workdir)
  made: dict[str, Any] = {}  # Several evaluators use the same samples.

  def generate(count, **options):
    chosen = variant(**options)
    asked = json.dumps([count, chosen.config['sample']], sort_keys=True)
    if asked not in made:
      made[asked] = assembly.draw(chosen, 'sample', range(count), learned)
    return made[asked]

  def generate_untrained(count, **options):
    params, state = assembly.untrained(
      loaded.config, corpus.spec, corpus.splits['train']
    )
    fresh = variant(**options)._replace(params=params, state=state)
    return assembly.draw(fresh, 'sample', range(count), learned)

  return generate, generate_untrained


def markdown(title: str, figures: Mapping[str, Any]) -> str:
  """The same as `table`, as a Markdown table."""
  rows = {k: v for k, v in figures.items() if isinstance(v, Mapping)}
  columns = list(dict.fromkeys(w for row in rows.values() for w in row))
  alone = [f'{k} {v}' for k, v in figures.items() if k not in rows]
  lines = []
  if rows:
    lines = [
      f'| {" | ".join([title, *columns])} |',
      f'|{"---|" * (len(columns) + 1)}',
    ]
  for name, row in rows.items():
    cells = [_cell(row.get(w, '')) for w in columns]
    lines.append(f'| {" | ".join([name, *cells])} |')
  if alone:
    lines += ['', f'{title}: {", ".join(alone)}']
  return '\n'.join(lines).strip()
