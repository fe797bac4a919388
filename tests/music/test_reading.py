"""Untrusted files: a bad one is dropped with its reason, others are read."""

import os
from pathlib import Path
import random
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from tests.music.musicxml import note, xml
from zoo.contracts import UserError
from zoo.music import reading, smf, worker
from zoo.music.limits import ORDINARY, BadInput
from zoo.music.piece import Metre, Piece, Tempo, notes

TUNE = "X:{}\nM:4/4\nL:1/8\nK:C\ncdef gabc'|c8|\n\n"


def piece(number=0, count=8):
  start = np.arange(count) / 2
  return Piece(
    'made',
    notes(start, start + 0.5, 60 + (start + number) % 12, part=start % 2),
    (Metre(0.0, 3, 4),),
    (Tempo(0.0, 93.0), Tempo(2.0, 177.3)),
  )


LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha">{}]>'.format(
  ''.join(
    f'<!ENTITY {after} "{("&" + before + ";") * 10}">'
    for before, after in zip('abcdefgh', 'bcdefghi', strict=True)
  )
)


def same(first, second):
  return first.id == second.id and all(
    np.array_equal(ours, theirs)
    for ours, theirs in zip(first.notes, second.notes, strict=True)
  )


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """Good and bad files, nested and mixed, and what must be said of each."""
  root = tmp_path_factory.mktemp('music')
  (root / 'b' / 'deep').mkdir(parents=True)
  good = smf.dump(piece())
  bad = {
    'b/header.mid': (good[:14], 'has no tracks'),
    'b/cut.midi': (good[:-10], 'is cut short'),
    'b/ticks.mid': (good[:12] + b'\0\0' + good[14:], 'has 0 ticks'),
    'b/smpte.mid': (good[:12] + b'\xe7\x28' + good[14:], 'SMPTE'),
    'b/empty.mid': (b'', 'is empty'),
    'b/none.mid': (smf.dump(piece(count=0)), 'has no notes'),
    'b/big.mid': (good + bytes(4_000_000), 'is larger than 4 MB'),
    'b/far.mid': (good.replace(b'\x83\x60', b'\xff\xff\xff\x7f'), 'ticks'),
    'b/zero.mid': (
      good.replace((645161).to_bytes(3), bytes(3)),
      'tempo',
    ),
    'c.xml': (xml(note(1), 0), 'has 0 divisions per quarter'),
    'd.xml': (b'<score-partwise><part', 'is not well-formed XML'),
    'e.xml': (xml(note(1), head=LAUGHS), 'declares XML entities'),
    'f.mxl': (b'PK nothing', 'is not a compressed MusicXML file'),
    'h.abc': (b'no tune here', 'has no tune'),
    'i.abc#1': (None, 'has a metre that does not exist'),
    'link.mid': (None, 'is a link out of the folder'),
    'linked': (None, 'is a link out of the folder'),
    'g.mxl': (None, 'is compressed more than music can be'),
  }
  for name, (data, _) in bad.items():
    if data is not None:
      (root / name).write_bytes(data)
  with zipfile.ZipFile(root / 'g.mxl', 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.writestr('score.xml', b' ' * 3_000_000)
  (root / 'i.abc').write_text(
    TUNE.format(1).replace('4/4', '1/0') + TUNE.format(2)
  )
  (root / 'a.MID').write_bytes(good)
  (root / 'b' / 'deep' / 'z.mid').write_bytes(smf.dump(piece(1)))
  (root / 'notes.txt').write_text('not music')
  outside = tmp_path_factory.mktemp('outside')
  (outside / 'secret.mid').write_bytes(good)
  (root / 'link.mid').symlink_to(outside / 'secret.mid')
  (root / 'linked').symlink_to(outside)
  (root / 'inside.mid').symlink_to(root / 'a.MID')
  return root, {name: reason for name, (_, reason) in bad.items()}


@pytest.fixture(scope='module')
def found(folder):
  return reading.read_folder(folder[0], processes=2)


def test_good_files_are_read_in_the_order_of_their_paths(found):
  pieces, _ = found
  assert [one.id for one in pieces] == [
    'a.MID',
    'b/deep/z.mid',
    'i.abc#2',
    'inside.mid',
  ]
  np.testing.assert_array_equal(pieces[0].notes.start, np.arange(8) / 2)


def test_bad_files_are_dropped_with_their_reason(found, folder):
  _, dropped = found
  result = dict(dropped)
  expected = folder[1]
  assert sorted(result) == sorted(expected) and len(result) == len(dropped)
  for name, reason in expected.items():
    assert reason in result[name], name


def test_the_number_of_processes_changes_nothing(found, folder):
  pieces, dropped = reading.read_folder(folder[0], processes=1)
  assert dropped == found[1]
  assert all(map(same, pieces, found[0]))


def test_progress_counts_every_file(folder):
  result = []
  files, _ = reading.list_folder(folder[0])
  midi = [(str(folder[0] / name), name) for name in files if 'b/' in name]
  reading.read_files(midi, progress=lambda *row: result.append(row))
  assert result == [(place + 1, len(midi)) for place in range(len(midi))]


def test_a_missing_folder_is_refused():
  with pytest.raises(UserError, match='no folder /nowhere'):
    reading.read_folder('/nowhere')


@pytest.mark.parametrize(
  'name, reason',
  [
    ('nowhere.mid', 'does not exist'),
    ('b/none.mid', 'has no notes'),
    ('notes.txt', 'is none of .mid, .midi'),
    ('i.abc', 'has a metre that does not exist'),
    ('b', 'is none of'),
  ],
)
def test_a_bad_file_is_one_sentence_that_names_it(folder, name, reason):
  path = str(folder[0] / name)
  with pytest.raises(BadInput) as caught:
    reading.read(path)
  assert isinstance(caught.value, UserError)
  assert str(caught.value).startswith(f'{path} cannot be read: it {reason}')


def test_one_midi_file_by_name(folder):
  read = reading.read(folder[0] / 'a.MID')
  made = piece()
  assert (read.id, read.metres, read.tempos) == (
    'a.MID',
    made.metres,
    made.tempos,
  )
  for ours, theirs in zip(made.notes, read.notes, strict=True):
    np.testing.assert_array_equal(ours, theirs)


def test_the_first_tune_of_a_tunebook(tmp_path):
  path = tmp_path / 'book.abc'
  path.write_text(''.join(map(TUNE.format, range(1, 500))))
  assert reading.read(path).id == 'book.abc#1'


def test_a_slow_file_ends_its_reader_and_nothing_else(tmp_path):
  (tmp_path / 'a.mid').write_bytes(smf.dump(piece()))
  start = np.arange(90_000) / 50
  slow = Piece('x', notes(start, start + 0.01, 60))
  (tmp_path / 'b.mid').write_bytes(smf.dump(slow))
  (tmp_path / 'c.mid').write_bytes(smf.dump(piece()))
  limits = ORDINARY._replace(cpu_seconds=0.05)
  pieces, dropped = reading.read_folder(tmp_path, limits, processes=1)
  assert [one.id for one in pieces] == ['a.mid', 'c.mid']
  assert dropped == [('b.mid', 'takes more than 0.05 seconds to read')]


def test_a_reader_that_fails_costs_its_file(tmp_path, monkeypatch):
  """A reader that is killed at `b`, as by a fault in a parser."""
  for name in 'abc':
    (tmp_path / f'{name}.mid').write_bytes(smf.dump(piece()))
  broken = tmp_path / 'lib'
  broken.mkdir()
  (broken / 'sitecustomize.py').write_text(
    'import os, builtins\n'
    'opened = builtins.open\n'
    'def fault(path, *rest, **named):\n'
    "  if str(path).endswith('b.mid'): os.kill(os.getpid(), 11)\n"
    '  return opened(path, *rest, **named)\n'
    'builtins.open = fault\n'
  )
  monkeypatch.setenv('PYTHONPATH', str(broken))
  pieces, dropped = reading.read_folder(tmp_path, processes=1)
  assert [one.id for one in pieces] == ['a.mid', 'c.mid']
  assert dropped == [('b.mid', 'makes the reader fail')]


def test_no_one_waits_for_a_reader_that_cannot_start(folder, monkeypatch):
  def none(*_):
    raise OSError('out of processes')

  monkeypatch.setattr(reading, '_Worker', none)
  with pytest.raises(
    RuntimeError, match='readers of music files ended'
  ) as raised:
    reading.read_folder(folder[0], processes=2)
  assert 'out of processes' in str(raised.value.__cause__)


def test_memory_is_limited(tmp_path):
  """A reader that asks for more than its limit gets a MemoryError."""
  code = (
    'import numpy\nfrom zoo.music import worker\n'
    'worker._limit_memory(1 << 30)\n'
    'try: numpy.ones(1 << 28)\n'
    "except MemoryError: print('refused')"
  )
  root = Path(__file__).resolve().parents[2]
  ran = subprocess.run(
    [sys.executable, '-c', code], cwd=root, capture_output=True, text=True
  )
  assert ran.stdout == 'refused\n', ran.stderr


def test_parsers_print_nothing_where_a_user_sees_it(tmp_path):
  """abc2midi complains on stdout; the bar is two eighths short."""
  path = tmp_path / 'short.abc'
  path.write_text(TUNE.format(1) + TUNE.format(2).replace('c8', 'c6'))
  code = (
    'from zoo.music import reading\n'
    f'pieces, _ = reading.read_folder({str(tmp_path)!r})\n'
    'assert len(pieces) == 2'
  )
  root = Path(__file__).resolve().parents[2]
  ran = subprocess.run(
    [sys.executable, '-c', code], cwd=root, capture_output=True, text=True
  )
  assert (ran.returncode, ran.stdout, ran.stderr) == (0, '', '')


def test_three_hundred_damaged_midi_files(tmp_path):
  """No mutant ends a reader, and each is read or refused."""
  random.seed(0)
  base = smf.dump(piece(count=40), 'some text')
  for number in range(300):
    data = bytearray(base)
    for _ in range(random.choice([1, 2, 5])):
      place = random.randrange(14, len(data) - 20)
      if random.random() < 0.6:
        data[place] = random.randrange(256)
      else:
        del data[place : place + random.randrange(1, 9)]
    (tmp_path / f'{number:03}.mid').write_bytes(data)
  pieces, dropped = reading.read_folder(tmp_path)
  assert len(pieces) + len(dropped) == 300
  assert min(len(pieces), len(dropped)) > 30  # mild enough to tell something
  reasons = {reason for _, reason in dropped}
  assert not {r for r in reasons if 'reader' in r or 'takes' in r}, reasons


def test_pieces_travel_unchanged_between_processes():
  made = piece()._replace(metadata={'title': 'Ö', 'key': 'G'})
  sent = worker.pack(made)
  text, body = worker.HEADER.unpack_from(sent)
  head = sent[worker.HEADER.size : -body]
  assert len(head) == text
  import json

  read = worker.unpack(json.loads(head), sent[-body:])
  assert same(made, read) and read[2:] == made[2:]
  assert [column.dtype for column in read.notes] == [
    column.dtype for column in made.notes
  ]


def test_names_that_are_not_text_can_still_be_reported(tmp_path):
  name = os.fsdecode(b'\xff.mid')
  try:
    (tmp_path / name).write_bytes(b'')
  except OSError:
    pytest.skip('this file system takes no such name')
  _, dropped = reading.read_folder(tmp_path)
  assert dropped == [('\\xff.mid', 'is empty')]
