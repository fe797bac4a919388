"""The modes of a sampler, and the inputs that a call of one takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from zoo import assembly
from zoo import config as config_lib
from zoo.contracts import Mode, Sampler, Spec, UserError
from zoo.encoders import ENCODERS
from zoo.models import MODELS

COMMANDS = ('train', 'evaluate', 'listen', 'benchmark')  # Modes of every run.


def modes_of(sampler: Sampler) -> dict[str, Mode]:
  """{name: Mode} of a sampler, without `fit`."""
  return {k: one for k, one in sampler.items() if isinstance(one, Mode)}


def untrained(
  config: Mapping[str, Any], sizes: Mapping[str, int]
) -> dict[str, Mode]:
  """The modes of an experiment before anything is read or trained.

  Args:
    config: the experiment.
    sizes: those that its encoder would find in the data.

  Raises:
    UserError: parts that do not fit.
  """
  encoder = config_lib.build(ENCODERS, config['encoder'], 'encoder')
  spec: Spec = encoder.spec
  words = {k: list(range(sizes.get(k, 1) - 1)) for k in spec.vocabulary}
  spec = spec._replace(
    sizes={**spec.sizes, **sizes},
    vocabulary={k: v or words[k] for k, v in spec.vocabulary.items()},
  )
  model = config_lib.build(MODELS, config['model'], 'model', spec=spec)
  sampler = assembly.build_sampler(config, model, spec)
  return modes_of(sampler)


def find(
  modes: Mapping[str, Mode],
  name: str,
  experiment: str,
  sampler: str,
) -> Mode:
  """The mode called `name`.

  Args:
    modes: of the sampler.
    name: the value of --mode.
    experiment: its name.
    sampler: its name.

  Raises:
    UserError: there is none; the message lists those that exist.
  """
  if name in modes:
    return modes[name]
  near = config_lib.suggestion(name, [*modes, *COMMANDS])
  if not near.startswith('; did'):
    near = f', and every experiment has {_listed(COMMANDS)}.'
  raise UserError(
    f'--mode={name}: the sampler {sampler} of {experiment} has '
    f'{_listed(modes)}{near}'
  )


def check_inputs(name: str, mode: Mode, inputs: Sequence[str]) -> None:
  """Raises UserError unless the mode takes this number of files."""
  least, most = mode.inputs
  if least <= len(inputs) <= most:
    return
  if not most:
    raise UserError(
      f'--mode={name} takes no --input; --list=NAME shows which modes do.'
    )
  plural = {1: 'one ', 2: 'two inputs: '}.get(least if least == most else 0, '')
  given = (
    f'{len(inputs) or "none"} {"were" if len(inputs) > 1 else "was"} given'
  )
  raise UserError(f'--mode={name} takes {plural}{flags_of(mode)}; {given}.')


def flags_of(mode: Mode) -> str:
  """The files that a mode takes, as flags: '--input=FILE'."""
  least, most = mode.inputs
  words = ['--input=FILE'] * least
  if most > least:
    words.append('[--input=FILE ...]' if most > least + 1 else '[--input=FILE]')
  return ' '.join(words)


def _listed(names):
  *others, last = names
  return f'{", ".join(others)} and {last}' if others else str(last)
