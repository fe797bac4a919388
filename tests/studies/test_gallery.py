"""The gallery: entries of a few kB, one page of them, nothing that runs."""

import json
from pathlib import Path
import sys

import numpy as np
import pytest

from studies import gallery
from studies.start import start
from tests.browser import CHROMIUM, browser
from tests.pages import made_run
from tests.pages.test_page import Elements
from zoo.contracts import UserError
from zoo.music import smf
from zoo.music.piece import Piece, notes

NAME = 'musicvae_melody'


def a_run(folder, name=NAME, model='music_vae'):
  made_run.make(folder)
  report = made_run.report() | {'experiment': name}
  (folder / 'report.json').write_text(json.dumps(report))
  (folder / 'config.json').write_text(json.dumps({'model': {'name': model}}))
  return folder


def test_an_entry_has_the_samples_and_what_made_them(tmp_path):
  path = gallery.add(a_run(tmp_path / 'run'), folder=tmp_path / 'gallery')
  entry = json.loads(path.read_text())
  assert path.name == f'{NAME}.json' and path.stat().st_size < 6_000
  assert entry['experiment'] == NAME and entry['family'] == 'Latent'
  assert entry['command'] == f'python run.py --experiment={NAME}'
  assert entry['checkpoint'] == 'ab' * 32 and entry['title']
  assert [one['name'] for one in entry['samples']] == [
    'sample 000',
    'sample 001',
    'sample 002',
  ]
  assert len(entry['samples'][0]['piece']['notes']) == 16


def test_samples_can_be_named_and_long_ones_are_cut_at_a_bar(tmp_path):
  run = a_run(tmp_path / 'run')
  onset = np.arange(100.0)
  (run / 'samples' / 'sample-005.mid').write_bytes(
    smf.dump(Piece('a', notes(onset, onset + 1, 60)))
  )
  names = ('sample-005', 'interpolate-path', 'sample-004')
  entry = json.loads(gallery.add(run, names, tmp_path).read_text())
  long, path, picture = entry['samples']
  # 120 quarters a minute: 16 bars of 2 seconds are kept of 25.
  assert long['piece']['seconds'] == 32 and len(long['piece']['bars']) == 16
  assert long['piece']['notes'][-1] == [31.5, 32, 60]
  assert path['name'] == 'interpolate path' and picture['picture']
  with pytest.raises(UserError, match='has no sample-009'):
    gallery.add(run, ('sample-009',), tmp_path)
  with pytest.raises(UserError, match='has no sample-003 that can be shown'):
    gallery.add(run, ('sample-003',), tmp_path)


@pytest.mark.parametrize(
  'name', ['../../x', 'no_such', 'os.path', made_run.EVIL]
)
def test_a_run_of_no_experiment_is_refused(tmp_path, name):
  with pytest.raises(UserError, match='no experiment'):
    gallery.add(a_run(tmp_path, name), folder=tmp_path)


def test_a_folder_without_a_run_is_refused(tmp_path):
  with pytest.raises(UserError, match='no trained run'):
    gallery.add(tmp_path, folder=tmp_path)


def test_too_many_notes_are_refused(tmp_path):
  run = a_run(tmp_path / 'run')
  start = np.repeat(np.arange(64.0), 80)
  (run / 'samples' / 'sample-005.mid').write_bytes(
    smf.dump(Piece('a', notes(start, start + 1, np.tile(range(20, 100), 64))))
  )
  with pytest.raises(UserError, match='name fewer'):
    gallery.add(run, ['sample-005'], tmp_path)


def test_a_page_groups_systems_and_escapes_their_texts(tmp_path):
  folder = tmp_path / 'gallery'
  gallery.add(a_run(tmp_path / 'a'), folder=folder)
  gallery.add(a_run(tmp_path / 'b', 'rbm', 'rbm'), ['sample-004'], folder)
  gallery.add(a_run(tmp_path / 'c', 'deepbach', 'new'), folder=folder)
  path = folder / 'rbm.json'
  entry = json.loads(path.read_text())
  path.write_text(json.dumps(entry | {'headline': made_run.EVIL}))
  page = Elements(gallery.build(tmp_path).read_text())
  tags = [tag for tag, _ in page.found]
  assert tags.count('script') == 2 and tags.count('article') == 3
  titles = [at['id'] for tag, at in page.found if tag == 'h2']
  assert titles == [
    'family-latent',
    'family-energy-based',
    'family-other-systems',
  ]
  assert len(json.loads(page.scripts[0])['pieces']) == 6
  (image,) = [at for tag, at in page.found if tag == 'img']
  assert image['alt'] == 'rbm, sample 004'


@pytest.mark.parametrize(
  'text',
  [
    '',
    '[]',
    '{"experiment": 1}',
    '{"experiment": "a", "family": "a", "title": "", "headline": "", '
    '"command": "", "checkpoint": "", "samples": [{"name": "a", "picture": '
    '"\\"><script>"}]}',
  ],
)
def test_a_damaged_entry_is_one_sentence(tmp_path, text):
  (tmp_path / 'gallery').mkdir()
  (tmp_path / 'gallery' / 'a.json').write_text(text)
  with pytest.raises(UserError, match='is not a valid entry'):
    gallery.build(tmp_path)


def test_lines_of_a_card():
  card = 'Title.\n\nHeadline: .956 of\n  the steps\nCommand: python run.py\n'
  assert gallery.card_line(card, 'Headline') == '.956 of the steps'
  assert gallery.card_line(card, 'Command') == 'python run.py'
  assert gallery.card_line(card, 'Result') == ''


def test_the_command_line(tmp_path, monkeypatch, capsys):
  monkeypatch.setattr(sys, 'argv', ['gallery', 'add', str(tmp_path)])
  with pytest.raises(SystemExit) as end:
    start(gallery.main)
  assert end.value.code == 2
  assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_page_in_docs_is_that_of_its_entries(tmp_path):
  if not list((gallery.DOCS / 'gallery').glob('*.json')):
    pytest.skip('the gallery has no entries')
  built = Path(gallery.DOCS / 'gallery.html').read_text()
  (tmp_path / 'gallery').symlink_to(gallery.DOCS / 'gallery')
  assert built == gallery.build(tmp_path).read_text(), (
    'python -m studies.gallery build makes it again'
  )


@pytest.mark.skipif(not CHROMIUM, reason='there is no Chromium')
def test_the_gallery_in_a_browser(tmp_path):
  gallery.add(a_run(tmp_path / 'a'), folder=tmp_path / 'gallery')
  path = gallery.build(tmp_path)
  with browser(tmp_path / 'profile') as page:
    page.resize(360)
    page.open(path, tmp_path)
    page.run("document.querySelectorAll('.play')[1].click()")
    page.wait('zooPlayer.level() > 0.01')
    wide, room = page.run(
      '[document.documentElement.scrollWidth, document.body.clientWidth]'
    )
    assert wide <= room
    assert page.faults == [] and page.requests == [path.as_uri()]


def test_every_model_has_a_family_on_the_page():
  found = {
    name: gallery.family({'model': {'name': name}}) for name in gallery.MODELS
  }
  assert set(found.values()) <= set(gallery.FAMILIES.values()) | {
    'Other systems'
  }
  assert found['bachprop'] == 'Autoregressive'
  assert found['deepbach'] == 'Conditional'
  assert found['gan'] == 'Adversarial'
  assert found['rbm'] == 'Energy-based'
  assert gallery.family({}) == gallery.OTHERS
