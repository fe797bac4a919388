"""The command line as a user meets it: in a process of its own, or nearly."""

import json
import os
from pathlib import Path
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

import run as command_line
from tests.smoke import smoke
from zoo.cli import modes

ROOT = Path(__file__).resolve().parents[2]
NAME = 'musicvae_melody'
QUICK = 'vae_melody'  # dense layers compile sooner than recurrent ones


def start(*arguments, environment=None, **options):
  environment = {
    **os.environ,
    'JAX_DISABLE_MOST_OPTIMIZATIONS': '0',
    **(environment or {}),
  }
  return subprocess.Popen(
    [sys.executable, str(ROOT / 'run.py'), *map(str, arguments)],
    env=environment,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
    cwd=ROOT,
    **options,
  )


def train_arguments(name, workdir, **changes):
  settings = [f'--set={one}' for one in smoke(name, **changes)]
  return [f'--experiment={name}', f'--workdir={workdir}', *settings]


@pytest.mark.parametrize(
  ('arguments', 'words'),
  [
    (['--experiment=musicvae_melodie'], "did you mean 'musicvae_melody'?"),
    (['--experiment=musicvae_melody', '--mode=smaple'], "'sample'?"),
    (
      ['--experiment=musicvae_melody', '--mode=harmonise', '--workdir=nowhere'],
      'the sampler latent of musicvae_melody has sample, reconstruct, '
      'interpolate, average, vary, translate, map, attribute and page',
    ),
    (
      ['--experiment=deepbach', '--mode=harmonise', '--workdir=nowhere'],
      "has sample and harmonize; did you mean 'harmonize'?",
    ),
    (
      ['--experiment=deepbach', '--mode=harmonize', '--workdir=nowhere'],
      'takes one --input=FILE; none was given',
    ),
    (
      [
        '--experiment=rbm',
        '--input=README.md',
        '--input=./README.md',
        '--mode=continue',
      ],
      './README.md is given twice',
    ),
    (
      ['--experiment=deephear', '--mode=interpolate', '--input=a.mid'],
      'takes --input=FILE --input=FILE [--input=FILE ...]; 1 was given',
    ),
    (['--experiment=rbm', '--input=a.mid'], 'takes no --input'),
    (['--experiment=musicvae_melody', '--set=model/latnt=3'], "'latent'?"),
    (['--experiment=musicvae_melody', '--set=steps=many'], 'steps must be'),
    (['--experimnt=musicvae_melody'], "did you mean 'experiment'?"),
    (['--seed=x', '--experiment=musicvae_melody'], 'seed'),
    (['--seed=4294967296', '--experiment=rbm'], 'seed must be 0 to 4294967295'),
    (['--set=seed=-1', '--experiment=rbm'], 'seed must be 0 to 4294967295'),
    (['--experiment=rbm', '--mode=sample', '--replay='], '--replay is empty'),
    (['--experiment=rbm', '--workdir='], '--workdir is empty'),
    (['--seed=1'], '--experiment=NAME'),
    (['musicvae_melody'], "Unexpected argument 'musicvae_melody'"),
    (
      ['--experiment=musicvae_melody', '--replay=x.mid'],
      'goes with --mode=sample',
    ),
    (
      ['--experiment=musicvae_melody', '--mode=sample', '--input=x.mid'],
      'takes no --input',
    ),
    (
      [
        '--experiment=musicvae_melody',
        '--set=dataset/collections=["airdsAirs"]',
        '--workdir=/dev/null/run',
      ],
      'cannot be created',
    ),
    (
      ['--experiment=musicvae_melody', '--mode=sample', '--workdir=nowhere'],
      'no trained checkpoint in nowhere',
    ),
    (
      [
        '--experiment=musicvae_melody',
        '--set=dataset/name=midi_folder',
        '--set=dataset/path=/no/such/folder',
      ],
      '/no/such/folder',
    ),
    (
      ['--experiment=musicvae_melody', '--set=dataset/name=midi_folder'],
      'needs dataset/path',
    ),
  ],
)
def test_a_mistake_is_one_sentence_and_exit_code_two(arguments, words, capsys):
  assert command_line.main(['run.py', *arguments]) == 2
  said = capsys.readouterr().err.strip()
  assert words in said
  assert len(said.splitlines()) == 1


def test_the_command_line_in_its_own_process_says_no_traceback():
  process = start('--experiment=nothing_like_it')
  output, errors = process.communicate(timeout=60)
  assert process.returncode == 2
  assert errors.count('\n') == 1 and 'Traceback' not in errors
  assert output == ''


def test_lists_show_every_experiment_and_every_option():
  process = start('--list')
  output, _ = process.communicate(timeout=60)
  assert process.returncode == 0
  for name in command_line.experiment_names():
    assert name in output
  process = start(f'--list={NAME}')
  output, _ = process.communicate(timeout=60)
  assert process.returncode == 0
  assert 'model/form' in output and 'flat' in output
  assert '  reconstruct --input=FILE ' in output


def test_a_list_shows_the_options_of_every_stage(capsys):
  command_line.show('deephear')
  said = capsys.readouterr().out
  config = command_line.resolve('deephear')
  assert len(config['stages']) == 5
  for number, stage in enumerate(config['stages']):
    at = f'  stages/{number}'
    assert f'{at}/steps = {stage["steps"]}\n' in said
    for option, value in stage['loss'].items():
      assert f'{at}/loss/{option} = {value!r} (' in said
  assert "  stages/0/loss/learner = 'rbm' (one of " in said
  for assignment in (
    'stages/0/optimizer/layer_0/.*/learning_rate=0.05',
    'stages/4/optimizer/.*/learning_rate=0.001',
  ):
    command_line.resolve('deephear', [assignment])
    path, _, value = assignment.partition('=')
    assert f'  {path} = {value} (number)\n' in said


def test_run_alone_shows_three_commands_to_try(capsys):
  assert command_line.main(['run.py']) == 0
  said = capsys.readouterr()
  assert said.out.count('python run.py') == 3 and not said.err


def test_lists_for_programs_are_json(capsys):
  assert command_line.main(['run.py', '--list', '--json']) == 0
  rows = json.loads(capsys.readouterr().out)
  assert [row['name'] for row in rows] == command_line.experiment_names()
  assert all(row['makes'] and row['family'] for row in rows)
  assert command_line.main(['run.py', f'--list={NAME}', '--json']) == 0
  found = json.loads(capsys.readouterr().out)
  inputs = {mode['name']: mode['inputs'] for mode in found['modes']}
  assert inputs['sample'] == '' and inputs['reconstruct'] == '--input=FILE'
  files = '--input=FILE --input=FILE [--input=FILE ...]'
  assert inputs['interpolate'] == inputs['average'] == files
  values = {one['path']: one['value'] for one in found['options']}
  assert values['seed'] == 0 and values['model/form'] == 'beatwise'


def test_every_experiment_says_its_modes():
  for name in command_line.experiment_names():
    config = command_line.resolve(name)
    sizes = getattr(command_line.experiment(name), 'SIZES', {})
    found = modes.untrained(config, sizes)
    assert 'sample' in found, name
    assert all(mode.help for mode in found.values()), name


# Runs run.py, and is sent Ctrl-C as soon as a module is asked for.
INTERRUPTED = """
import os, runpy, signal, sys
module, workdir = sys.argv[1:]
class Finder:
  def find_spec(self, name, path=None, target=None):
    if name == module:
      os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ['run.py', '--experiment=rbm', '--workdir=' + workdir]
sys.path.insert(0, os.getcwd())
runpy.run_path('run.py', run_name='__main__')
"""


@pytest.mark.parametrize('module', ['absl', 'zoo.config', 'jax', 'flax.linen'])
def test_ctrl_c_in_the_first_seconds_is_one_line(module, tmp_path):
  process = subprocess.run(
    [sys.executable, '-c', INTERRUPTED, module, str(tmp_path / 'run')],
    capture_output=True,
    text=True,
    cwd=ROOT,
    timeout=60,
  )
  assert process.returncode == 130
  assert process.stderr == 'run.py: stopped; what was saved stays.\n'


def test_a_home_that_cannot_be_written_is_said_once(tmp_path):
  home = tmp_path / 'home'
  home.write_text('')  # no directory
  process = start(
    *train_arguments(QUICK, tmp_path / 'run', evaluate=[], steps=4),
    environment={
      'HOME': str(home),
      'XDG_CACHE_HOME': str(home / 'cache'),
      'XDG_CONFIG_HOME': str(home / 'config'),
      'JAX_COMPILATION_CACHE_DIR': '',
      'JAX_DISABLE_MOST_OPTIMIZATIONS': '1',  # all is compiled, none is kept
    },
  )
  output, errors = process.communicate(timeout=240)
  assert process.returncode == 0, errors
  assert (output + errors).count(str(home)) == 1


def test_a_benchmark_is_one_line_of_json(capsys):
  settings = [f'--set={one}' for one in smoke(QUICK)]
  arguments = [f'--experiment={QUICK}', '--mode=benchmark', *settings]
  assert command_line.main(['run.py', *arguments]) == 0
  result = capsys.readouterr()
  (line,) = result.out.splitlines()
  assert json.loads(line)['experiment'] == QUICK
  assert 'Examples' in result.err


def test_a_file_that_cannot_be_used_is_named(monkeypatch, capsys):
  def fails(*_, **__):
    raise FileExistsError(17, 'File exists', 'runs/mine/samples')

  monkeypatch.setattr(command_line, 'command', fails)
  assert command_line.main(['run.py', '--experiment=rbm']) == 2
  said = capsys.readouterr().err
  assert said == 'run.py: runs/mine/samples cannot be used (File exists).\n'


def test_ctrl_c_says_what_stays(monkeypatch, capsys):
  def stopped(*args, **kwargs):
    raise KeyboardInterrupt

  monkeypatch.setattr(command_line, 'command', stopped)
  assert command_line.main(['run.py', f'--experiment={NAME}']) == 130
  assert 'what was saved stays' in capsys.readouterr().err


def test_processes_that_cannot_be_joined_are_told_in_one_sentence():
  process = start(f'--experiment={NAME}', '--distributed')
  _, errors = process.communicate(timeout=60)
  assert process.returncode == 2
  assert 'JAX_COORDINATOR_ADDRESS' in errors and 'Traceback' not in errors


def test_two_processes_make_one_run_and_one_speaks(tmp_path):
  with socket.socket() as free:
    free.bind(('localhost', 0))
    port = free.getsockname()[1]
  peers = [
    start(
      *train_arguments(QUICK, tmp_path / 'run', evaluate=[]),
      '--distributed',
      environment={
        'JAX_COORDINATOR_ADDRESS': f'localhost:{port}',
        'JAX_NUM_PROCESSES': '2',
        'JAX_PROCESS_ID': str(number),
        'JAX_DISABLE_MOST_OPTIMIZATIONS': '1',
      },
    )
    for number in range(2)
  ]
  result = [peer.communicate(timeout=300) for peer in peers]
  assert [peer.returncode for peer in peers] == [0, 0], result
  # Gloo says on its own that it is connected.
  spoken = [re.sub(r'\[Gloo\].*\n', '', output) for output, _ in result]
  assert 'Examples' in spoken[0] and spoken[1] == ''
  report = json.loads((tmp_path / 'run' / 'report.json').read_text())
  assert report['step'] == command_line.experiment(QUICK).SMOKE['steps']
  assert len(list((tmp_path / 'run' / 'samples').glob('sample-*.mid'))) == 2


def test_killed_and_resumed_is_the_unbroken_run_bit_for_bit(tmp_path):
  few = [{'name': 'reconstruction'}, {'name': 'melody_statistics', 'count': 8}]
  length = {'steps': 1000, 'batches/chunk': 10, 'evaluate': few}
  workdirs = [tmp_path / 'unbroken', tmp_path / 'killed']
  unbroken, killed = (
    [*train_arguments(QUICK, workdir, **length), '--save_every=50']
    for workdir in workdirs
  )
  process = start(*unbroken)
  _, errors = process.communicate(timeout=240)
  assert process.returncode == 0, errors
  for steps in (60, 120):
    process = start(*killed)
    _wait_for_step(workdirs[1], steps, process)
    process.kill()
    assert process.wait() == -signal.SIGKILL  # it had not ended
  process = start(*killed)
  _, errors = process.communicate(timeout=240)
  assert process.returncode == 0, errors
  reports = []
  for workdir in workdirs:
    report = json.loads((workdir / 'report.json').read_text())
    assert report.pop('times')
    reports.append(report)
    lines = (workdir / 'metrics.jsonl').read_text().splitlines()
    steps = [json.loads(x)['step'] for x in lines]
    assert steps == sorted(set(steps))
  assert reports[0] == reports[1]  # the checkpoint's digest stands in it
  for path in (workdirs[0] / 'samples').glob('*.mid'):
    other = workdirs[1] / 'samples' / path.name
    assert path.read_bytes() == other.read_bytes()


def test_interrupt_saves_and_the_next_run_goes_on(tmp_path):
  length = {'steps': 100_000, 'batches/chunk': 10}
  process = start(
    *train_arguments(QUICK, tmp_path, **length), '--save_every=1000'
  )
  _wait_for_step(tmp_path, 20, process)
  process.send_signal(signal.SIGTERM)
  sent = time.monotonic()
  _, errors = process.communicate(timeout=60)
  assert time.monotonic() - sent < 10
  assert process.returncode not in (0, 2) and 'Traceback' not in errors
  lines = (tmp_path / 'metrics.jsonl').read_text().splitlines()
  step = json.loads(lines[-1])['step']
  assert (tmp_path / 'checkpoints' / str(step)).exists()


def _wait_for_step(workdir, step, process):
  deadline = time.monotonic() + 120
  path = workdir / 'metrics.jsonl'
  while time.monotonic() < deadline and process.poll() is None:
    lines = path.read_text().splitlines() if path.exists() else []
    if lines and lines[-1].endswith('}'):
      if json.loads(lines[-1])['step'] >= step:
        return
    time.sleep(0.01)
  process.kill()
  output, errors = process.communicate()
  raise AssertionError(f'never came to step {step}: {output} {errors}')
