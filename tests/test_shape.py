"""The structure of the project, read from its code: allowed imports."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [
  path.relative_to(ROOT)
  for folder in ('zoo', 'datasets', 'experiments')
  for path in sorted((ROOT / folder).rglob('*.py'))
]

# Each folder or module, and its floor in its tower; a file imports from
# its own tower on the same floor or below, and from the ground.
GROUND = {
  'zoo.contracts',
  'zoo.chord_symbols',
  'zoo.config',
  'zoo.data.cache',
  'zoo.keys',
  'zoo.ngram',
  'zoo.questions',
  'zoo.unit_bags',
  'zoo.versions',
}
MUSIC = [
  {'zoo.music'},
  {'zoo.encoders', 'zoo.pictures', 'datasets'},
  {
    'zoo.data.dropped',
    'zoo.data.corpus',
    'zoo.data.encoded',
    'zoo.evaluation.music',
  },
  {'zoo.pages'},
]
NETWORKS = [
  # Means over devices: mathematics that a loss or a layer may need.
  {'zoo.training.parallel'},
  {
    'zoo.export',
    'zoo.layers',
    'zoo.data.augmentations',
    'zoo.data.note_augmentations',
    'zoo.data.shifts',
    'zoo.data.text_augmentations',
    'zoo.data.batches',
  },
  {'zoo.models'},
  {'zoo.training'},
  {'zoo.losses'},
  {'zoo.samplers'},
  {'zoo.evaluation.model'},
]
# These put both towers together.
ROOF = {
  'zoo',
  'zoo.assembly',
  'zoo.cli',
  'run',
}

JAX = {'jax', 'flax', 'optax', 'orbax'}
MUSIC_LIBRARIES = {'note_seq', 'music21', 'symusic', 'matplotlib'}


def module_name(path):
  parts = path.with_suffix('').parts
  return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def imports(path):
  """Every module that a file imports, at its top or inside a function."""
  found = set()
  for node in ast.walk(ast.parse((ROOT / path).read_text())):
    if isinstance(node, ast.Import):
      found |= {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom) and node.module:
      # `from zoo.layers import metrics` imports zoo.layers.metrics alone.
      folder = ROOT / node.module.replace('.', '/')
      for alias in node.names:
        inner = folder / alias.name
        module = inner.is_dir() or inner.with_suffix('.py').exists()
        found.add(f'{node.module}.{alias.name}' if module else node.module)
  return found


def room(name):
  """(tower, floor) of a module, or None if it is in neither."""
  for tower, floors in (('music', MUSIC), ('networks', NETWORKS)):
    for floor, rooms in enumerate(floors):
      if any(name == one or name.startswith(f'{one}.') for one in rooms):
        return tower, floor
  return None


def roof(name):
  return name in ROOF or name.startswith('zoo.cli.')


@pytest.mark.parametrize('path', FILES, ids=str)
def test_a_file_imports_from_its_own_tower_and_not_from_above(path):
  name = module_name(path)
  if roof(name) or name.startswith('experiments'):
    return
  top = {found.split('.')[0] for found in imports(path)}
  if name in GROUND:
    assert not top & (JAX | MUSIC_LIBRARIES)
    assert not [i for i in imports(path) if room(i)]
    return
  here = room(name)
  if name in ('zoo.evaluation', 'zoo.data'):
    return
  assert here, f'{path} stands in no room: name it in tests/test_shape.py'
  forbidden = JAX if here[0] == 'music' else MUSIC_LIBRARIES
  assert not top & forbidden
  for found in imports(path):
    there = room(found)
    if there:
      assert there[0] == here[0], f'{path} imports {found}: the other tower'
      assert there[1] <= here[1], f'{path} imports {found}: a floor above'
    else:
      assert not roof(found), f'{path} imports {found}'


@pytest.mark.parametrize('path', FILES, ids=str)
def test_no_file_unpickles_or_evaluates(path):
  for node in ast.walk(ast.parse((ROOT / path).read_text())):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
      assert node.func.id not in ('eval', 'exec')
    if isinstance(node, ast.keyword) and node.arg == 'allow_pickle':
      assert node.value.value is False
  assert not imports(path) & {'pickle', 'dill', 'cloudpickle', 'joblib'}


def test_pmap_is_spoken_of_in_one_file():
  speaking = {
    str(path) for path in FILES if 'pmap' in (ROOT / path).read_text()
  }
  speaking -= {'zoo/training/flops.py'}  # reads its primitive in a jaxpr
  assert speaking == {'zoo/training/parallel.py'}


def test_no_file_has_a_meaningless_name():
  for path in FILES:
    assert path.stem not in ('utils', 'helpers', 'misc', 'common')


def test_the_training_loop_is_short_and_names_no_family():
  from zoo.encoders import ENCODERS
  from zoo.losses import LOSSES
  from zoo.models import MODELS

  assert len((ROOT / 'zoo/training/loop.py').read_text().splitlines()) <= 250
  for path in sorted((ROOT / 'zoo/training').glob('*.py')):
    text = path.read_text()
    for name in {*MODELS, *LOSSES, *ENCODERS}:
      assert name not in text, f'{path.name} speaks of {name}'
    assert 'isinstance(loss' not in text


def test_all_of_the_network_tower_imports_without_the_music_extra():
  # As after `pip install music-zoo` alone: see [options.extras_require].
  code = """
import importlib, pkgutil, sys
for name in ('note_seq', 'music21', 'symusic', 'matplotlib', 'sklearn',
             'pretty_midi', 'librosa', 'pandas'):
  sys.modules[name] = None
found = 0
for room in ('models', 'losses', 'layers', 'samplers', 'training'):
  package = importlib.import_module(f'zoo.{room}')
  for module in pkgutil.walk_packages(package.__path__, f'zoo.{room}.'):
    importlib.import_module(module.name)
    found += 1
from zoo.models import MODELS
assert found > 70 and len(MODELS) > 20, (found, len(MODELS))
"""
  subprocess.run([sys.executable, '-c', code], check=True, cwd=ROOT)


def test_no_file_of_the_top_level_shadows_the_standard_library():
  names = {path.stem for path in ROOT.glob('*.py')}
  names |= {path.name for path in ROOT.iterdir() if path.is_dir()}
  assert not names & sys.stdlib_module_names
