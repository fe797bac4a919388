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

import jax
import jax.numpy as jnp
import pytest

import run as command_line
import zoo
from zoo.contracts import UserError

ROOT = Path(__file__).resolve().parent.parent
NAME = 'musicvae_melody'
ONE = [{'name': 'reconstruction'}]  # an evaluation that takes no time


def smoke(**changes):
  overrides = command_line.experiment(NAME).SMOKE | changes
  return [f'{path}={value!r}' for path, value in overrides.items()]


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


def train_arguments(workdir, **changes):
  settings = [f'--set={one}' for one in smoke(**changes)]
  return [f'--experiment={NAME}', f'--workdir={workdir}', *settings]


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """A run directory of a finished SMOKE run."""
  workdir = tmp_path_factory.mktemp('trained')
  command_line.command(
    NAME, workdir=workdir, assignments=smoke(), say=lambda line: None
  )
  return workdir


def again(workdir, mode='train', **more):
  more.setdefault('assignments', smoke())
  return command_line.command(
    NAME, mode, workdir=workdir, say=lambda line: None, **more
  )


@pytest.mark.parametrize(
  ('arguments', 'words'),
  [
    (['--experiment=musicvae_melodie'], "did you mean 'musicvae_melody'?"),
    (['--experiment=musicvae_melody', '--mode=smaple'], "'sample'?"),
    (['--experiment=musicvae_melody', '--set=model/latnt=3'], "'latent'?"),
    (['--experiment=musicvae_melody', '--set=steps=many'], 'steps must be'),
    (['--experimnt=musicvae_melody'], "did you mean 'experiment'?"),
    (['--seed=x', '--experiment=musicvae_melody'], 'seed'),
    ([], '--experiment=NAME'),
    (['musicvae_melody'], "'musicvae_melody' stands alone"),
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
      'cannot be made',
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


def test_a_list_shows_the_options_of_every_stage(capsys):
  command_line.list_options('deephear')
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


def test_a_finished_run_is_not_trained_again(trained):
  before = (trained / 'metrics.jsonl').read_bytes()
  again(trained)
  assert (trained / 'metrics.jsonl').read_bytes() == before


def test_only_sample_and_evaluate_keys_may_change(trained):
  again(trained, assignments=[*smoke(), 'sample/count=1'])
  before = (trained / 'config.json').read_bytes()
  with pytest.raises(UserError, match='model/latent'):
    again(trained, assignments=[*smoke(), 'model/latent=9'])
  assert (trained / 'config.json').read_bytes() == before
  with pytest.raises(UserError, match='seed'):
    again(trained, seed=5)


def test_other_modes_take_the_run_as_it_was_trained(trained):
  before = json.loads((trained / 'report.json').read_text())
  fitted = (trained / 'sampler.npz').read_bytes()
  few = [f'evaluate={ONE!r}', 'sample/count=2']
  # Without the settings of the run: its data are not the experiment's own.
  report = again(trained, 'evaluate', assignments=few)
  assert report['data'] == before['data']
  assert (trained / 'sampler.npz').read_bytes() == fitted
  for key, value in (('model/latent', 9), ('encoder/bars', 4)):
    for mode in ('sample', 'evaluate'):
      with pytest.raises(UserError, match=f'with another {key}:'):
        again(trained, mode, assignments=[*few, f'{key}={value}'])
  with pytest.raises(UserError, match='with another seed:'):
    again(trained, 'sample', seed=5)
  # Its samplers, too, are the run's own, and not the experiment's sixteen.
  assert len(again(trained, 'sample', assignments=[])) == 2


def test_other_data_are_refused_and_the_same_ones_elsewhere_are_not(
  tmp_path_factory,
):
  folder = tmp_path_factory.mktemp('music')
  for number in range(40):
    tune = ' '.join(f'{"CDEFGABc"[(number * k) % 8]}' for k in range(1, 33))
    bars = '|'.join(re.findall(r'.{8}', f'{tune} '))
    head = f'X:1\nT:{number}\nM:4/4\nL:1/4\nK:C\n'
    (folder / f'{number}.abc').write_text(f'{head}{bars}|]\n')
  own = ['dataset/name=midi_folder', f'dataset/path={folder}']
  run = tmp_path_factory.mktemp('own')
  settings = [one for one in smoke() if not one.startswith('dataset')]
  again(run, assignments=[*settings, *own, f'evaluate={ONE!r}', 'batch=2'])
  moved = folder.rename(folder.with_name('moved'))
  with pytest.raises(UserError, match='there is no folder'):
    again(run, 'evaluate', assignments=[])
  again(run, 'evaluate', assignments=[f'dataset/path={moved}'])
  for tune in moved.glob('*3.abc'):
    tune.unlink()
  with pytest.raises(UserError, match='not the data'):
    again(run, 'evaluate', assignments=[f'dataset/path={moved}'])


def test_evaluate_keeps_what_it_does_not_measure(trained):
  again(trained)
  before = json.loads((trained / 'report.json').read_text())
  again(trained, 'evaluate', assignments=[*smoke(), f'evaluate={ONE!r}'])
  after = json.loads((trained / 'report.json').read_text())
  for name in ('times', 'batches'):
    assert after[name] == before[name]
  assert after['times']['train_seconds'] > 0


@pytest.mark.parametrize(
  ('assignment', 'words'),
  [
    ('sample/count=0', 'at least 1'),
    ('sample/temperature=-1', '0 or more'),
    ('evaluate=[{"name": "voice_accuracy"}]', "asks for 'voices'"),
  ],
)
def test_options_that_do_not_fit_are_refused(trained, assignment, words):
  with pytest.raises(UserError, match=words):
    again(trained, 'evaluate', assignments=[*smoke(), assignment])


def test_no_run_begins_with_a_sampler_that_does_not_fit(tmp_path):
  with pytest.raises(UserError, match='at least 1'):
    again(tmp_path, assignments=[*smoke(), 'sample/count=0'])
  assert not list(tmp_path.iterdir())


def test_a_setting_may_be_a_tuple(tmp_path):
  settings = [*smoke(), 'model/encoder=8,', f'evaluate={ONE!r}']
  config = command_line.resolve(NAME, settings)
  assert config['model']['encoder'] == [8]
  again(tmp_path, assignments=settings)
  assert (tmp_path / 'report.json').exists()


def test_samples_of_an_earlier_call_do_not_stay(trained):
  mine = trained / 'samples' / 'sample-best.mid'
  mine.write_bytes(b'')
  for count in (3, 1):
    again(trained, 'sample', assignments=[*smoke(), f'sample/count={count}'])
    folder = trained / 'samples'
    assert len(list(folder.glob('sample-[0-9]*.mid'))) == count
    assert mine.exists()
    assert (folder / 'sample-overview.png').exists()


def test_a_benchmark_is_one_line_of_json(capsys):
  settings = [f'--set={one}' for one in smoke()]
  arguments = [f'--experiment={NAME}', '--mode=benchmark', *settings]
  assert command_line.main(['run.py', *arguments]) == 0
  told = capsys.readouterr()
  (line,) = told.out.splitlines()
  assert json.loads(line)['experiment'] == NAME
  assert 'Examples' in told.err


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
      *train_arguments(tmp_path / 'run', evaluate=[]),
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
  told = [peer.communicate(timeout=300) for peer in peers]
  assert [peer.returncode for peer in peers] == [0, 0], told
  # Gloo says on its own that it is connected.
  spoken = [re.sub(r'\[Gloo\].*\n', '', output) for output, _ in told]
  assert 'Examples' in spoken[0] and spoken[1] == ''
  report = json.loads((tmp_path / 'run' / 'report.json').read_text())
  assert report['step'] == command_line.experiment(NAME).SMOKE['steps']
  assert len(list((tmp_path / 'run' / 'samples').glob('sample-*.mid'))) == 2


def test_sample_replays_to_the_same_bytes(trained):
  options = ['sample/count=3', 'sample/temperature=0.8', 'sample/seed=4']
  paths = again(trained, 'sample', assignments=[*smoke(), *options])
  first = [path.read_bytes() for path in paths]
  (replayed,) = again(trained, 'sample', replay=str(paths[2]))
  from zoo.music.reading import read

  assert len(set(first)) == 3
  for old, new in zip(read(paths[2]).notes, read(replayed).notes, strict=True):
    assert (old == new).all()


def test_replay_refuses_another_checkpoint(trained, tmp_path):
  again(tmp_path, assignments=smoke(), seed=7)
  other = next((tmp_path / 'samples').glob('sample-*.mid'))
  with pytest.raises(UserError, match='was made by checkpoint'):
    again(trained, 'sample', replay=str(other))
  with pytest.raises(UserError, match='not a MIDI file'):
    again(trained, 'sample', replay=str(trained / 'config.json'))
  from zoo.music.piece import Piece, notes
  from zoo.music.writing import write

  path = write(Piece('silent', notes([0], [1], [60])), tmp_path / 'mine')[0]
  with pytest.raises(UserError, match='does not say how it was made'):
    again(trained, 'sample', replay=str(path))


def test_reconstruct_and_interpolate_a_users_file(trained, tmp_path):
  tune = tmp_path / 'tune.abc'
  tune.write_text('X:1\nT:Up\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|cBAG|FEDC|]\n')
  paths = again(trained, 'reconstruct', inputs=[str(tune)])
  assert [path.name for path in paths] == [
    'reconstruct-input.mid',
    'reconstruct-output.mid',
  ]
  from zoo.music.reading import read

  assert read(paths[0]).notes.pitch.tolist() == [
    *(60, 62, 64, 65, 67, 69, 71, 72),
    *(72, 71, 69, 67, 65, 64, 62, 60),
  ]
  paths = again(trained, 'interpolate', inputs=[str(tune), str(paths[0])])
  assert paths[-1].name == 'interpolate-path.mid' and len(paths) == 9
  with pytest.raises(UserError, match='two inputs'):
    again(trained, 'interpolate', inputs=[str(tune)])


def test_listen_and_judge_what_was_heard(trained, tmp_path):
  few = [*smoke(), 'sample/count=3', 'evaluate=[]']
  page = again(trained, 'listen', assignments=few)
  assert page == trained / 'listening' / 'listen.html'
  (key,) = page.parent.glob('key-*.json')
  test = json.loads(key.read_text())
  assert len(test['made']) == 6 and sum(test['made']) == 3
  answers = {
    'format': 'music zoo: answers',
    'version': 1,
    'test': test['test'],
    'listener': 'x',
    'answers': [
      {'piece': 0, 'says': 'machine', 'sure': 2},
      {'piece': 1, 'says': 'machine', 'sure': 3},
    ],
  }
  path = tmp_path / 'answers.json'
  path.write_text(json.dumps(answers))
  report = again(trained, 'evaluate', assignments=few, inputs=[str(path)])
  assert report['listening']['answers']['all'] == 2
  assert report['listening']['right']['all'] == sum(test['made'][:2])
  assert report['evaluate'], 'the other figures stay'
  # A new report of the same checkpoint keeps what was heard.
  assert 'listening' not in again(trained, 'evaluate', assignments=few)
  kept = json.loads((trained / 'report.json').read_text())
  assert kept['listening'] == report['listening']
  with pytest.raises(UserError, match='No such file'):
    again(trained, 'evaluate', inputs=['nowhere.json'])


def test_a_run_loads_as_a_library(trained):
  loaded = zoo.load(trained)
  tokens = loaded.model.apply(
    {'params': loaded.params},
    jnp.zeros((2, loaded.model.latent)),
    jax.random.split(jax.random.key(0), 2),
    method='generate',
  )
  assert tokens.shape == (2, loaded.encoder.spec.sizes['steps'])


def test_killed_and_resumed_is_the_unbroken_run_bit_for_bit(tmp_path):
  length = {'steps': 600, 'batches/chunk': 10}
  workdirs = [tmp_path / 'unbroken', tmp_path / 'killed']
  process = start(*train_arguments(workdirs[0], **length), '--save_every=50')
  _, errors = process.communicate(timeout=240)
  assert process.returncode == 0, errors
  for steps in (60, 240):
    process = start(*train_arguments(workdirs[1], **length), '--save_every=50')
    _wait_for_step(workdirs[1], steps, process)
    process.kill()
    process.wait()
  process = start(*train_arguments(workdirs[1], **length), '--save_every=50')
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
  process = start(*train_arguments(tmp_path, **length), '--save_every=1000')
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
  output, errors = process.communicate()
  raise AssertionError(f'never came to step {step}: {output} {errors}')
