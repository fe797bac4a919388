"""Experiments as plain dicts: override, check, and build parts by name.

A part is written `{'name': 'music_vae', 'latent': 128}` and built from a
literal table `{'music_vae': MusicVae}`. Tables are passed in; this file imports
none of them. The options of a part are read from the signature of its builder:
keyword-only parameters and those with a default are options; the others are
passed at run time (the model, the spec).
"""

import ast
import collections.abc
from collections.abc import Callable, Iterable, Mapping
import contextlib
import copy
import difflib
import inspect
import json
import math
import types
import typing
from typing import Any, Literal, NamedTuple

from zoo.contracts import UserError

Table = Mapping[str, Any]


class Option(NamedTuple):
  """One option of a part: its type, default (or REQUIRED) and legal values."""

  type: Any
  default: Any

  @property
  def legal(self) -> str:
    """Legal values in words, for --list=NAME and for error messages."""
    return _words(self.type)


REQUIRED = inspect.Parameter.empty

# Options of a run, in the same dict as those of the part: how many samples,
# from which seed, how many at once; steps per compiled call.
RUN_OPTIONS: dict[str, dict[str, Option]] = {
  'sample': {
    'count': Option(int, 16),
    'seed': Option(int, 0),
    'at_once': Option(int, 64),
  },
  'batches': {'chunk': Option(int, 25)},
}


def suggestion(name: str, names: Iterable[str]) -> str:
  """`; did you mean 'x'?`, or the list of names if none is similar."""
  names = sorted(names)
  close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
  if close:
    return f"; did you mean '{close[0]}'?"
  return f'; there are: {", ".join(names)}.' if names else '.'


def look_up(table: Table, name: str, what: str) -> Callable:
  """The entry called `name`.

  Args:
    table: {name: builder}.
    name: of the entry.
    what: what such a part is called, for the message.

  Raises:
    UserError: there is no such entry; suggests the most similar name.
  """
  if not isinstance(name, str) or name not in table:
    raise UserError(
      f'There is no {what} {name!r}{suggestion(str(name), table)}'
    )
  return table[name]


def options(builder: Callable) -> dict[str, Option]:
  """The options of a part, read from the signature of its builder."""
  # Flax modules are dataclasses; their fields parent and name are no options.
  hints = typing.get_type_hints(
    builder.__init__ if inspect.isclass(builder) else builder
  )
  return {
    name: Option(hints.get(name, Any), parameter.default)
    for name, parameter in inspect.signature(builder).parameters.items()
    if name not in ('parent', 'name')
    and (
      parameter.kind is inspect.Parameter.KEYWORD_ONLY
      or parameter.default is not REQUIRED
    )
  }


def legal_options(what: str, builder: Callable) -> dict[str, Option]:
  """The options of a part, and those of the run under the same key.

  Args:
    what: the path of the part: 'sample', 'stages/0/loss', ...
    builder: of the part.
  """
  key = [part for part in what.split('/') if not part.isdecimal()][-1:]
  return options(builder) | RUN_OPTIONS.get(''.join(key), {})


def build(table: Table, entry: Mapping[str, Any], what: str, **given) -> Any:
  """Builds the part that `entry` names.

  Args:
    table: {name: builder}.
    entry: {'name': ..., option: value, ...}.
    what: what such a part is called, for messages ('model', 'loss', ...).
    **given: run-time arguments; the builder receives those it declares.

  Raises:
    UserError: an unknown name or option, a wrong type, a missing option.
  """
  check(table, entry, what)
  builder = table[entry['name']]
  declared = inspect.signature(builder).parameters
  legal = options(builder)
  arguments = {k: v for k, v in given.items() if k in declared}
  arguments |= {
    key: _fit(value, legal[key].type)
    for key, value in entry.items()
    if key in legal
  }
  # A model reads its sizes off the spec; see zoo.questions.
  if hasattr(builder, 'from_spec') and 'spec' in given:
    own = {k: v for k, v in arguments.items() if k in legal}
    return builder.from_spec(given['spec'], **own)
  return builder(**arguments)


def check(table: Table, entry: Any, what: str) -> None:
  """Raises UserError unless `entry` names a part and options that it has."""
  if not isinstance(entry, Mapping) or 'name' not in entry:
    raise UserError(f"The {what} must be a dict with a 'name', not {entry!r}.")
  builder = look_up(table, entry['name'], what)
  for key, value in entry.items():
    if not isinstance(key, str):
      raise UserError(f'The keys of {what} must be texts, not {key!r}.')
    if key != 'name':
      _check_option(builder, entry['name'], key, value, what)
  for key, option in legal_options(what, builder).items():
    if option.default is REQUIRED and key not in entry:
      raise UserError(
        f"The {what} '{entry['name']}' needs {what}/{key}: "
        f'add --set {what}/{key}=...'
      )


def complete(
  config: Mapping[str, Any], tables: Mapping[str, Table]
) -> dict[str, Any]:
  """A copy of a checked config with every option of every part written out.

  A run stores this copy, so that a later change of a default changes no run.
  """
  whole = copy.deepcopy(dict(config))
  for stage in [whole, *whole.get('stages', [])]:
    for key in tables.keys() & stage.keys():
      if stage[key] is not None:
        for path, part in parts(key, stage[key]):
          builder = tables[key][part['name']]
          for option, legal in legal_options(path, builder).items():
            default = legal.default
            part.setdefault(
              option, list(default) if isinstance(default, tuple) else default
            )
  return whole


def override(
  config: Mapping[str, Any],
  assignments: Iterable[str],
  tables: Mapping[str, Table],
) -> dict[str, Any]:
  """A copy of `config` with `path/to/key=value` assignments applied in order.

  Naming another part (`dataset/name=midi_folder`) drops the options that the
  new part does not have. A list is entered by position: `augmentation/0/low=0`.

  Args:
    config: the experiment.
    assignments: `path/to/key=value`; a value is a Python literal, or plain text
      if it is not one or if the option takes text only.
    tables: {key of the experiment: table}, for the legal names and options.

  Raises:
    UserError: malformed, an unknown key, or a wrong type.
  """
  changed = copy.deepcopy(dict(config))
  for assignment in assignments:
    path, equals, text = assignment.partition('=')
    if not equals or not path:
      raise UserError(f'--set takes path/to/key=value, not {assignment!r}.')
    _assign(changed, path, text, tables)
  return changed


def differences(old: Any, new: Any, path: str = '') -> list[str]:
  """The paths at which two configs differ, sorted."""
  if isinstance(old, Mapping) and isinstance(new, Mapping):
    return [
      found
      for key in sorted({*old, *new})
      for found in differences(old.get(key), new.get(key), f'{path}/{key}')
    ]
  if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
    return [
      found
      for place, pair in enumerate(zip(old, new, strict=True))
      for found in differences(*pair, f'{path}/{place}')
    ]
  return [] if old == new else [path.lstrip('/')]


def check_experiment(
  config: Mapping[str, Any], tables: Mapping[str, Table], under: str = ''
) -> None:
  """Raises UserError unless every part of `config` is complete and legal.

  Args:
    config: the experiment; the value of a key is a part, a list of parts, a
      dict of named groups of them, or null.
    tables: {key of the experiment: table}; other keys are not checked here.
    under: prefix of paths in messages: 'stages/0/' for a stage.
  """
  for key, entry in config.items():
    if key == 'stages':
      for place, stage in enumerate(entry):
        check_experiment(stage, tables, f'stages/{place}/')
    elif key in tables and entry is not None:
      for path, part in parts(key, entry):
        check(tables[key], part, under + path)


def parts(key: str, entry: Any) -> list[tuple[str, Any]]:
  """(path, part) of each part under one key: one, a list, or named groups."""
  if isinstance(entry, list):
    return [(f'{key}/{place}', part) for place, part in enumerate(entry)]
  if isinstance(entry, Mapping) and entry and 'name' not in entry:
    groups = [part for part in entry.values() if part is not None]
    if all(isinstance(part, Mapping) for part in groups):
      return [(f'{key}/{k}', v) for k, v in entry.items() if v is not None]
  return [(key, entry)]


def _assign(config, path, text, tables):
  value = _literal(text)
  if not _plain(value):
    raise UserError(
      f'{path} must be made of finite numbers, texts, true, false, null, lists '
      f'and dicts, not {text}.'
    )
  *parents, last = _keys(config, path)
  here, table, trail = config, None, []
  for key in parents:
    table = tables.get(key, table)
    here = _enter(here, key, trail)
    trail.append(key)
  what = '/'.join(trail)
  if isinstance(here, list):
    _enter(here, last, trail)
    here[int(last)] = value
  elif table is not None and isinstance(here, dict) and 'name' in here:
    if last == 'name':
      legal = legal_options(what, look_up(table, value, what))
      for key in [k for k in here if k != 'name' and k not in legal]:
        del here[key]
      here['name'] = value
    else:
      builder = look_up(table, here['name'], what)
      legal = legal_options(what, builder)
      kind = legal[last].type if last in legal else Any
      if _matches(text, kind) and not _matches(value, kind):
        value = text  # A folder may be called 2020.
      _check_option(builder, here['name'], last, value, what)
      here[last] = value
  else:
    old = _enter(here, last, trail)
    # Keys that an experiment may also set to null; see `check_experiment`.
    nothing = value is None and (
      last in ('select', 'start') or trail == ['optimizer']
    )
    if not nothing and not _alike(value, old):
      raise UserError(
        f'{path} must be {_words(type(old))} like {old!r}, not {value!r}.'
      )
    here[last] = float(value) if isinstance(old, float) else value


def _keys(here, path):
  """`path` split at its slashes, except those inside of an existing key."""
  keys = []
  while path:
    inside = here if isinstance(here, dict) else {}
    whole = [k for k in inside if path == k or path.startswith(f'{k}/')]
    key = max(whole, key=len, default=path.split('/')[0])
    keys.append(key)
    path = path[len(key) + 1 :]
    here = (
      here[int(key)]
      if isinstance(here, list) and key.isdecimal() and int(key) < len(here)
      else inside.get(key)
    )
  return keys


def _check_option(builder, name, key, value, what):
  legal = legal_options(what, builder)
  if key not in legal:
    raise UserError(
      f"The {what} '{name}' has no option '{key}'{suggestion(key, legal)}"
    )
  if not _matches(value, legal[key].type):
    raise UserError(f'{what}/{key} must be {legal[key].legal}, not {value!r}.')


def _enter(here, key, trail):
  where = '/'.join(trail) or 'the experiment'
  if isinstance(here, list):
    if not key.isdecimal() or int(key) >= len(here):
      raise UserError(
        f'{where} is a list of {len(here)}: there is no place {key!r} in it.'
      )
    return here[int(key)]
  if not isinstance(here, dict):
    raise UserError(f'{where} is {here!r}: there is no key {key!r} in it.')
  if key not in here:
    raise UserError(f'{where} has no key {key!r}{suggestion(key, here)}')
  return here[key]


def _literal(text):
  """`text` as a Python literal, else as JSON, else as it is."""
  with contextlib.suppress(ValueError, SyntaxError):
    return ast.literal_eval(text)
  with contextlib.suppress(ValueError):
    found = json.loads(text)
    return found if _plain(found) else text  # A folder may be called NaN.
  return text


def _plain(value):
  """Whether a value can be written as JSON."""
  try:
    json.dumps(value, allow_nan=False)
  except (TypeError, ValueError):
    return False
  return True


def _alike(value, old):
  if old is None:
    return True
  if isinstance(old, float):
    return _finite(value)
  return type(value) is type(old)


def _finite(value):
  number = isinstance(value, int | float) and not isinstance(value, bool)
  return number and math.isfinite(value)


def _matches(value, kind):
  origin, inner = typing.get_origin(kind), typing.get_args(kind)
  if kind is Any:
    return True
  if origin is Literal:
    return value in inner and not isinstance(value, bool)
  if origin in (typing.Union, types.UnionType):
    return any(_matches(value, one) for one in inner)
  if kind is None or kind is type(None):
    return value is None
  if origin in (list, tuple) or kind in (list, tuple):
    if not isinstance(value, list | tuple):
      return False
    if origin is tuple and inner and inner[-1] is not Ellipsis:
      return len(value) == len(inner) and all(map(_matches, value, inner))
    return not inner or all(_matches(one, inner[0]) for one in value)
  if origin in (dict, collections.abc.Mapping):
    return isinstance(value, Mapping) and all(
      _matches(one, inner[1]) for one in value.values()
    )
  if kind is float:
    return _finite(value)
  if kind is int:
    return isinstance(value, int) and not isinstance(value, bool)
  if not isinstance(origin or kind, type):
    return True
  return isinstance(value, origin or kind)


def _fit(value, kind):
  """`value` as `kind`: lists from JSON become tuples, integers floats."""
  if isinstance(value, list) and (typing.get_origin(kind) or kind) is tuple:
    return tuple(value)
  if kind is float:
    return float(value)
  return value


def _words(kind):
  origin, inner = typing.get_origin(kind), typing.get_args(kind)
  if origin is Literal:
    return 'one of ' + ', '.join(map(str, inner))
  if origin in (typing.Union, types.UnionType):
    return ' or '.join(_words(one) for one in inner)
  if origin in (list, tuple):
    if not inner:
      return 'a list'
    if typing.get_origin(inner[0]) is Literal:
      # A plural s at the end would change the last name into an illegal one.
      names = ', '.join(map(str, typing.get_args(inner[0])))
      return f'a list of any of {names}'
    return f'a list of {_words(inner[0])}s'
  return {
    int: 'int',
    float: 'number',
    str: 'text',
    bool: 'true or false',
    list: 'a list',
    tuple: 'a list',
    dict: 'a dict',
    type(None): 'null',
  }.get(kind, getattr(kind, '__name__', str(kind)))
