"""metrics.jsonl has each step once; the progress line."""

import io
import json
import sys

import pytest

from zoo.training.board import open_board
from zoo.training.log import Log


def read(workdir):
  text = (workdir / 'metrics.jsonl').read_text()
  return [json.loads(line) for line in text.splitlines()]


def test_a_line_a_chunk_in_json_and_words(tmp_path):
  said = io.StringIO()
  log = Log(tmp_path, total=20, batch=8, stream=said)
  log.say('Compiling.')
  log.step(0, 5, {'loss': 2.0, 'accuracy': 0.5, 'skipped': 0})
  log.step(0, 10, {'loss': float('nan'), 'accuracy': 0.25, 'skipped': 5})
  log.step(1, 20, {'loss': 1.0, 'accuracy': 0.75, 'skipped': 0})
  log.close()
  first, second, third = read(tmp_path)
  assert first.pop('seconds') >= 0
  assert first == {
    'step': 5,
    'stage': 0,
    'loss': 2.0,
    'accuracy': 0.5,
    'skipped': 0,
  }
  assert second['loss'] is None  # NaN is no JSON
  assert second['examples_per_second'] > 0
  assert 'examples_per_second' not in third  # a new stage compiled
  result = said.getvalue().splitlines()
  assert result[0] == 'Compiling.'
  assert result[1] == 'step 5/20  loss 2.0000  accuracy 0.5000'
  # Plain lines come at intervals, and at the end.
  assert len(result) == 3
  assert result[2].startswith('step 20/20  loss 1.0000  accuracy 0.7500  ')
  assert result[2].endswith('examples/s  0:00 left')


def test_a_terminal_has_one_live_line(tmp_path):
  said = io.StringIO()
  said.isatty = lambda: True
  log = Log(tmp_path, total=10, batch=8, stream=said)
  for step in (5, 10):
    log.step(0, step, {'loss': 1.0, 'skipped': 0})
  log.say('Done.')
  log.close()
  text = said.getvalue()
  assert text.count('\r') == 4  # two lines, and a blank one that is left
  assert text.endswith('\rDone.\n')
  # No colour, so that NO_COLOR has nothing to ask for.
  assert '\x1b' not in text


@pytest.mark.parametrize('columns', [90, 60, 50, 20])
def test_the_live_line_is_cut_to_the_terminal(tmp_path, monkeypatch, columns):
  monkeypatch.setenv('COLUMNS', str(columns))
  said = io.StringIO()
  said.isatty = lambda: True
  log = Log(tmp_path, total=100_000, batch=8, stream=said)
  numbers = {
    'loss': 1.0,
    'onset_accuracy': 0.5,
    'accuracy': 0.25,
    'reconstruction_error': 2.0,
    'skipped': 0,
  }
  for step in (50_000, 50_010):
    log.step(0, step, numbers)
  log.close()
  _, *lines = said.getvalue().rstrip('\n').split('\r')
  assert max(map(len, lines)) < columns
  begin = 'step 50010/100000  loss 1.0000  accuracy 0.2500'
  assert lines[-1].startswith(begin[: columns - 1])
  if columns == 90:  # The metrics beside accuracy made room for the time.
    assert lines[-1].rstrip().endswith(' left')


def test_resuming_drops_what_came_after_and_what_was_cut_short(tmp_path):
  log = Log(tmp_path, total=20, batch=8, stream=io.StringIO())
  for step in (5, 10, 15):
    log.step(0, step, {'loss': 1.0, 'skipped': 0})
  log.close()
  with (tmp_path / 'metrics.jsonl').open('a') as file:
    file.write('{"step": 20, "lo')
  log = Log(tmp_path, total=20, batch=8, start=10, stream=io.StringIO())
  log.step(0, 15, {'loss': 2.0, 'skipped': 0})
  log.close()
  assert [(line['step'], line['loss']) for line in read(tmp_path)] == [
    (5, 1.0),
    (10, 1.0),
    (15, 2.0),
  ]


def test_a_full_disk_delays_lines_and_loses_none(tmp_path, capsys):
  log = Log(tmp_path, total=20, batch=8, stream=io.StringIO())
  file, refusals = log._file, iter([7, None, None])

  class Full:
    def write(self, data):
      room = next(refusals, len(data))
      if room is None:
        raise OSError(28, 'No space left on device')
      return file.write(data[:room])

  log._file = Full()
  for step in (5, 10, 15, 20):
    log.step(0, step, {'loss': 1.0, 'skipped': 0})
  log._file = file
  log.close()
  assert [line['step'] for line in read(tmp_path)] == [5, 10, 15, 20]
  assert capsys.readouterr().err.count('metrics.jsonl could not be') == 1


def test_tensorboard_gets_the_same_numbers_and_a_full_disk_ends_it(tmp_path):
  event_pb2 = pytest.importorskip('tensorboard.compat.proto.event_pb2')
  board = open_board(tmp_path, 5)
  board.add(10, {'loss': 0.5, 'accuracy': None})
  (file,) = (tmp_path / 'tensorboard').iterdir()
  data, events = file.read_bytes(), []
  while data:  # length, its checksum, the event, its checksum
    size = int.from_bytes(data[:8], 'little')
    events.append(event_pb2.Event.FromString(data[12 : 12 + size]))
    data = data[16 + size :]
  assert 'tfevents' in file.name  # by which TensorBoard finds it
  assert [event.step for event in events] == [0, 6, 10]
  assert events[0].file_version == 'brain.Event:2'
  assert events[1].session_log.status == event_pb2.SessionLog.START
  (value,) = events[2].summary.value
  assert (value.tag, value.simple_value) == ('loss', 0.5)

  def full(event):
    raise OSError(28, 'No space left on device')

  board._writer.write = full
  for step in range(50):
    board.add(step, {'loss': 1.0})
  board.close()


def test_without_tensorboard_there_is_no_board(tmp_path, monkeypatch):
  monkeypatch.setitem(sys.modules, 'tensorboard.compat.proto', None)
  assert open_board(tmp_path, 0) is None
  assert not list(tmp_path.iterdir())
