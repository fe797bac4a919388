"""The scripts of pages: their pure parts under node's own test runner."""

import json
from pathlib import Path
import re
import shutil
import subprocess

import pytest

from zoo.pages import page

NODE = shutil.which('node')
HERE = Path(__file__).parent
PAGES = Path(page.__file__).parent


@pytest.mark.skipif(not NODE, reason='there is no node')
def test_the_scripts_under_node():
  found = subprocess.run(
    [NODE, '--test', str(HERE / 'player.test.js')],
    capture_output=True,
    text=True,
    timeout=120,
  )
  assert found.returncode == 0, found.stdout + found.stderr
  assert int(re.search(r'pass (\d+)', found.stdout)[1]) >= 12


@pytest.mark.skipif(not NODE, reason='there is no node')
@pytest.mark.parametrize('path', sorted(PAGES.glob('*.js')), ids=str)
def test_a_script_parses(path):
  subprocess.run([NODE, '--check', str(path)], check=True)


@pytest.mark.skipif(not NODE, reason='there is no node')
def test_the_kit_of_the_pages_is_that_of_the_encoders():
  drums = pytest.importorskip('zoo.music.drums')
  script = (
    f'JSON.stringify(require({json.dumps(str(PAGES / "sounds.js"))}).KIT)'
  )
  result = subprocess.run([NODE, '-p', script], capture_output=True, check=True)
  names = {
    'closed hi-hat': 'closed_hat',
    'open hi-hat': 'open_hat',
  }
  kit = {
    names.get(name, name.replace(' ', '_')): sorted(pitches)
    for name, pitches in json.loads(result.stdout).items()
  }
  assert kit == {k: sorted(v) for k, v in drums.GENERAL_MIDI.items()}
  assert tuple(kit) == drums.NINE_DRUMS


def test_scripts_need_no_interface_that_one_browser_lacks():
  """What Firefox or Safari do not have, by MDN's tables."""
  lacking = (
    'EyeDropper',
    'OffscreenCanvas',
    'Sanitizer',
    'documentPictureInPicture',
    'launchQueue',
    'navigator.share',
    'performance.memory',
    'requestIdleCallback',
    'requestMIDIAccess',
    'scheduler.',
    'showOpenFilePicker',
    'showSaveFilePicker',
    'webkitRequestFileSystem',
  )
  for path in PAGES.glob('*.js'):
    text = path.read_text()
    assert not [name for name in lacking if name in text], path.name


def test_scripts_are_package_data_and_reach_no_network():
  setup = (PAGES.parent.parent / 'setup.cfg').read_text()
  for path in PAGES.iterdir():
    if path.suffix in ('.js', '.css', '.html'):
      assert f'pages/*{path.suffix}' in setup
      text = path.read_text()
      for word in ('http:', 'https:', 'fetch(', 'XMLHttpRequest', 'import('):
        assert word not in text, f'{path.name} has {word}'
      # A style attribute is refused by the pages' own policy.
      assert not re.search(r'<[^>]* style=', text)
