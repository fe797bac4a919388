"""Several devices, several processes, and processes that die.

Each test starts the toy program (toy.py) and compares with the run of one
device that was never stopped.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.training import toy
from zoo.training import checkpoint
from zoo.training.log import truncate

STARTED: list[subprocess.Popen] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running():
  yield
  while STARTED:
    process = STARTED.pop()
    process.kill()
    process.communicate()


def start(workdir, devices=1, peer=None, **options):
  """The toy program as a process; `peer` is (port, process)."""
  command = [sys.executable, toy.__file__, str(workdir)]
  command += [f'--{name}={value}' for name, value in options.items()]
  environment = {**os.environ, 'JAX_PLATFORMS': 'cpu'}
  environment['JAX_DISABLE_MOST_OPTIMIZATIONS'] = '0'
  if peer is not None:
    command.append('--distributed')
    environment['JAX_COORDINATOR_ADDRESS'] = f'localhost:{peer[0]}'
    environment['JAX_NUM_PROCESSES'] = '2'
    environment['JAX_PROCESS_ID'] = str(peer[1])
  environment['XLA_FLAGS'] = (
    f'{environment.get("XLA_FLAGS", "")} '
    f'--xla_force_host_platform_device_count={devices}'
  )
  process = subprocess.Popen(
    command,
    env=environment,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
  )
  STARTED.append(process)
  return process


def pair(workdir, **options):
  """Two processes of two devices each."""
  with socket.socket() as free:
    free.bind(('localhost', 0))
    port = free.getsockname()[1]
  return [start(workdir, 2, (port, rank), **options) for rank in (0, 1)]


def end(process, code=0):
  """What it printed last, as JSON, and its stderr; it must exit `code`."""
  out, err = process.communicate(timeout=120)
  assert process.returncode == code, err
  last = out.splitlines()[-1] if out else ''
  return (json.loads(last) if last.startswith('{') else None), err


def wait_for_lines(workdir, count, processes):
  limit = time.monotonic() + 60
  while len(toy.lines(workdir)) < count:
    assert all(process.poll() is None for process in processes)
    assert time.monotonic() < limit
    time.sleep(0.005)


def close(found, expected):
  """The same steps, and losses equal to 1e-5 relative."""
  assert [x['step'] for x in found] == [x['step'] for x in expected]
  for name in ('loss', 'error', 'carry'):
    np.testing.assert_allclose(
      [x[name] for x in found], [x[name] for x in expected], rtol=1e-5
    )


def half(one_device, workdir):
  """A copy of the one-device run as it was at step 25."""
  shutil.copytree(one_device, workdir)
  shutil.rmtree(workdir / 'checkpoints' / '50')
  truncate(workdir / 'metrics.jsonl', 25)


def test_four_devices_train_as_one(one_device, tmp_path):
  expected = toy.lines(one_device)
  # From the beginning, a step a chunk: fifty losses, one by one.
  single = tmp_path / 'single'
  toy.train(single, chunk=1)
  process = start(tmp_path / 'four', 4, chunk=1)
  # And from a checkpoint of one device, whose newest is damaged.
  damaged = tmp_path / 'damaged'
  shutil.copytree(one_device, damaged)
  for path in damaged.glob('checkpoints/50/state/**/d/*'):
    path.write_bytes(path.read_bytes()[:-9] + b'damaged!!')
  second = start(damaged, 4)
  found, _ = end(process)
  assert found == {'devices': 4, 'step': 50}
  assert len(toy.lines(single)) == 50
  close(toy.lines(tmp_path / 'four'), toy.lines(single))
  # How many steps a call takes changes nothing but the lines.
  losses = np.array([line['loss'] for line in toy.lines(single)])
  np.testing.assert_allclose(
    losses.reshape(10, 5).mean(1), [x['loss'] for x in expected], rtol=1e-5
  )
  _, err = end(second)
  assert len(err.splitlines()) == 1
  assert 'step 50' in err and 'going on from step 25' in err
  close(toy.lines(damaged), expected)


def test_virtual_shards_train_as_one_on_any_number_of_devices(tmp_path):
  """A device holds its share of them, and the losses are the same."""
  several = {n: start(tmp_path / str(n), n, shards=4) for n in (2, 4)}
  toy.train(tmp_path / '1', shards=4)
  rows = 52  # 4 shards of 13: two examples twice
  each = 3 + 4  # bytes: tokens int8, y float32
  assert toy.held(4) == rows * each
  for devices, process in several.items():
    found, _ = end(process)
    assert found == {
      'devices': devices,
      'step': 50,
      'held': rows * each // devices,
    }
    close(toy.lines(tmp_path / str(devices)), toy.lines(tmp_path / '1'))
  # One device carries on from what four saved.
  workdir = tmp_path / '4'
  shutil.rmtree(workdir / 'checkpoints' / '50')
  truncate(workdir / 'metrics.jsonl', 25)
  toy.train(workdir, shards=4)
  close(toy.lines(workdir), toy.lines(tmp_path / '1'))


def test_two_processes_train_as_one_and_share_checkpoints(one_device, tmp_path):
  workdir = tmp_path / 'run'
  both = pair(workdir)
  found, silent = end(both[0])[0], both[1]
  assert found == {'devices': 4, 'step': 50}
  out, _ = silent.communicate(timeout=60)
  result = [line for line in out.splitlines() if 'Gloo' not in line]
  assert result == ['{"devices": 4, "step": 50}']  # no log of its own
  close(toy.lines(workdir), toy.lines(one_device))
  # One process and device carries on from what the two saved.
  two = checkpoint.restore(workdir, pytest.fail).snapshot
  one = checkpoint.restore(one_device, pytest.fail).snapshot
  assert two.state['example']['0'].shape == (toy.BATCH,)
  np.testing.assert_allclose(
    two.state['example']['0'], one.state['example']['0'], rtol=1e-4
  )
  shutil.rmtree(workdir / 'checkpoints' / '50')
  toy.train(workdir)
  close(toy.lines(workdir), toy.lines(one_device))


def test_two_processes_stop_together_and_end_together(one_device, tmp_path):
  workdir = tmp_path / 'run'
  half(one_device, workdir)
  slow = {'save_every': 5, 'pause': 0.5}
  both = pair(workdir, **slow)
  wait_for_lines(workdir, 6, both)
  both[1].send_signal(signal.SIGTERM)
  stopped = [end(process, 128 + signal.SIGTERM)[0] for process in both]
  assert stopped[0] == stopped[1]
  step = stopped[0]['stopped']
  assert 30 <= step < 50
  assert checkpoint.read_meta(workdir)['step'] == step
  # What two processes did with one device's checkpoint is what it did itself.
  close(toy.lines(workdir), toy.lines(one_device)[: step // 5])

  workdir = tmp_path / 'other'
  both = pair(workdir, **slow)
  wait_for_lines(workdir, 2, both)
  both[1].kill()
  begun = time.monotonic()
  both[0].communicate(timeout=30)
  assert both[0].returncode != 0
  assert time.monotonic() - begun < 30
  both[1].communicate()


def test_killed_at_any_moment_it_ends_as_if_it_never_was(tmp_path):
  options = {'steps': 200, 'save_every': 15, 'pause': 0.02}
  unbroken, broken = tmp_path / 'unbroken', tmp_path / 'broken'
  process = start(unbroken, **options)
  moment = random.Random(0)
  stops = (signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)
  for number, stop in enumerate(stops):
    victim = start(broken, **options)
    seen = len(toy.lines(broken))
    wait_for_lines(broken, seen + number, [victim])
    time.sleep(0.03 * moment.random())
    victim.send_signal(stop)
    if stop == signal.SIGKILL:
      assert victim.wait() == -signal.SIGKILL
      victim.communicate()
    else:
      result, _ = end(victim, 128 + stop)
      assert checkpoint.read_meta(broken)['step'] == result['stopped']
  last = start(broken, **options)
  assert end(process)[0] == end(last)[0] == {'devices': 1, 'step': 200}
  one, other = (checkpoint.read_meta(run) for run in (unbroken, broken))
  assert one['digests'] == other['digests']
  times = ('seconds', 'examples_per_second')
  found, expected = (
    [{k: v for k, v in x.items() if k not in times} for x in toy.lines(run)]
    for run in (broken, unbroken)
  )
  assert found == expected
  assert [line['step'] for line in found] == list(range(5, 201, 5))
