"""README.md has its form, and what it names exists."""

from pathlib import Path
import re

import pytest

import run as command_line

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / 'README.md').read_text('utf-8')
PAGES = sorted(
  [ROOT / name for name in ('README.md', 'CONTRIBUTING.md', 'WORKSPACE.md')]
  + list((ROOT / 'docs').rglob('*.md'))
)
BLOCKS = re.findall(r'^```(\w+)\n(.*?)^```$', README, re.M | re.S)
LINK = re.compile(r'(?<!\\)\]\(([^)\s]+)\)')
EXPERIMENTS = command_line.experiment_names()


def prose(text):
  """The lines that are neither code nor a row of a table."""
  lines, code = [], False
  for line in text.split('\n'):
    code ^= line.startswith('```')
    if not (code or line.startswith(('```', '|'))):
      lines.append(line)
  return lines


def test_readme_is_short():
  assert len(README.split('\n')) <= 221
  assert [x for x in prose(README) if len(x) > 100] == []


def test_the_first_two_blocks_are_the_two_commands():
  # .ci/run takes the second as the tests' command.
  (first, train), (second, check) = BLOCKS[:2]
  assert first == second == 'sh'
  assert train.count('\n') == check.count('\n') == 1
  assert train.endswith(
    '.venv/bin/python run.py --experiment=musicvae_melody\n'
  )
  assert '.venv/bin/python -m pytest' in check


@pytest.mark.parametrize('page', PAGES, ids=lambda path: path.stem)
def test_links_lead_somewhere(page):
  for target in LINK.findall(page.read_text('utf-8')):
    if target.startswith('https://'):
      assert re.fullmatch(r'https://[a-z0-9.-]+\.[a-z]+/\S+', target)
      if 'arxiv.org' in target:
        assert re.fullmatch(r'https://arxiv\.org/abs/\d{4}\.\d{4,5}', target)
      continue
    path = target.split('#')[0]
    assert not path or (page.parent / path).exists(), target


def test_commands_name_experiments_and_files_that_are_there():
  text = README + (ROOT / 'docs' / 'usage.md').read_text('utf-8')
  named = set(re.findall(r'--experiment=([a-z0-9_]+)', text))
  assert named <= set(EXPERIMENTS)
  files = re.findall(r'--input=(experiments/\S+)', text)
  assert files and all((ROOT / name).exists() for name in files)


def test_systems_are_experiments_with_their_headline():
  rows = [
    [cell.strip() for cell in line.strip('|').split('|')]
    for line in README.split('\n## The systems\n')[1]
    .split('\n## ')[0]
    .split('\n')
    if re.match(r'\| .*`', line)
  ]
  results = ''.join(
    path.read_text('utf-8') for path in (ROOT / 'docs/results').glob('*.md')
  )
  number = re.compile(r'(?<![\w.])-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?![\w])')
  found = set()
  for _, names, headline, *_ in rows:
    names = re.findall(r'`([a-z0-9_]+)`', names)
    first = names[0]
    for name in names:
      # `_big` stands for the same stem with that ending.
      stems = [first, first.rsplit('_', 1)[0], first.split('_')[0]]
      full = [name] if name[0] != '_' else [stem + name for stem in stems]
      known = [one for one in full if one in EXPERIMENTS]
      assert known, f'{name} is no experiment'
      found.add(known[0])
    assert set(number.findall(headline)) <= set(number.findall(results))
  assert found == set(EXPERIMENTS)
