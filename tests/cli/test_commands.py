"""The modes on a trained run, as a user calls them."""

import json
import re
import shlex
import shutil

import jax
import jax.numpy as jnp
import pytest

import run as command_line
from tests.smoke import smoke
import zoo
from zoo import assembly
from zoo.contracts import UserError
from zoo.training import checkpoint

NAME = 'vae_melody'
ONE = [{'name': 'reconstruction'}]  # an evaluation that takes no time
# A model's and a music evaluator; tests/test_experiments.py runs them all.
FEW = [*ONE, {'name': 'melody_statistics', 'count': 16}]
SETTINGS = [
  *(one for one in smoke(NAME) if not one.startswith('evaluate')),
  f'evaluate={FEW!r}',
]


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """A run directory of a finished SMOKE run."""
  workdir = tmp_path_factory.mktemp('trained')
  command_line.command(
    NAME, workdir=workdir, assignments=SETTINGS, say=lambda line: None
  )
  return workdir


def again(workdir, mode='train', **more):
  more.setdefault('assignments', SETTINGS)
  return command_line.command(
    NAME, mode, workdir=workdir, say=lambda line: None, **more
  )


def test_a_finished_run_is_not_trained_again(trained):
  before = (trained / 'metrics.jsonl').read_bytes()
  times = json.loads((trained / 'report.json').read_text())['times']
  assert times['train_seconds'] > 0
  again(trained)
  after = json.loads((trained / 'report.json').read_text())
  assert after['times'] == times
  assert (trained / 'metrics.jsonl').read_bytes() == before


def test_only_sample_and_evaluate_keys_may_change(trained):
  again(trained, assignments=[*SETTINGS, 'sample/count=1', 'evaluate=[]'])
  before = (trained / 'config.json').read_bytes()
  with pytest.raises(UserError, match='model/latent'):
    again(trained, assignments=[*SETTINGS, 'model/latent=9'])
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


def test_an_option_newer_than_the_run_has_its_default(trained, monkeypatch):
  """A run stays of use when a part learns to do more."""
  load = assembly.load

  def older(*given):
    found = load(*given)
    model = {**found.config['model']}
    del model['dropout']
    return found._replace(config={**found.config, 'model': model})

  monkeypatch.setattr(assembly, 'load', older)
  assert len(again(trained, 'sample', assignments=[])) == 2
  with pytest.raises(UserError, match='with another model/dropout:'):
    again(trained, 'sample', assignments=['model/dropout=0.5'])


def test_a_run_from_before_an_option_of_its_data_is_not_another(
  trained, monkeypatch
):
  read = checkpoint.read_meta

  def older(workdir):
    found = read(workdir)
    dataset = {**found['config']['dataset']}
    del dataset['major_in_c']
    return {**found, 'config': {**found['config'], 'dataset': dataset}}

  monkeypatch.setattr(checkpoint, 'read_meta', older)
  few = [*SETTINGS, 'evaluate=[]']
  again(trained, assignments=few)
  with pytest.raises(UserError, match='another dataset/major_in_c:'):
    again(trained, assignments=[*few, 'dataset/major_in_c=True'])


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
  settings = [one for one in SETTINGS if not one.startswith('dataset')]
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
  before = json.loads((trained / 'report.json').read_text())
  again(trained, 'evaluate', assignments=[*SETTINGS, f'evaluate={ONE!r}'])
  after = json.loads((trained / 'report.json').read_text())
  for name in ('times', 'batches'):
    assert after[name] == before[name]
  assert after['times']['train_seconds'] > 0


@pytest.mark.parametrize(
  ('assignment', 'words'),
  [
    ('sample/count=0', 'at least 1'),
    ('sample/temperature=-1', '0 or more'),
    (
      'evaluate=[{"name": "likelihood"}]',
      'does not fit the Latent model vae',
    ),
    ('evaluate=[{"name": "side_by_side"}]', 'does not fit the field tokens'),
    (
      'evaluate=[{"name": "intervals", "count": 0}]',
      '0/count must be at least',
    ),
    ('evaluate=[{"name": "reconstruction", "batch": 0}]', '0/batch must'),
    (f'evaluate={ONE + ONE!r}', 'evaluate/1 is reconstruction again'),
  ],
)
def test_options_that_do_not_fit_are_refused(trained, assignment, words):
  with pytest.raises(UserError, match=words):
    again(trained, 'evaluate', assignments=[*SETTINGS, assignment])


def test_no_run_begins_with_a_sampler_that_does_not_fit(tmp_path):
  with pytest.raises(UserError, match='at least 1'):
    again(tmp_path, assignments=[*SETTINGS, 'sample/count=0'])
  assert not list(tmp_path.iterdir())


def test_a_setting_may_be_a_tuple(tmp_path):
  settings = [*SETTINGS, 'model/widths=6,', 'evaluate=[]']
  config = command_line.resolve(NAME, settings)
  assert config['model']['widths'] == [6]
  again(tmp_path, assignments=settings)
  assert (tmp_path / 'report.json').exists()


def test_samples_of_an_earlier_call_do_not_stay(trained):
  mine = trained / 'samples' / 'sample-best.mid'
  mine.write_bytes(b'')
  for count in (3, 1):
    again(trained, 'sample', assignments=[*SETTINGS, f'sample/count={count}'])
    folder = trained / 'samples'
    assert len(list(folder.glob('sample-[0-9]*.mid'))) == count
    assert mine.exists()
    assert (folder / 'sample-overview.png').exists()


def test_sample_replays_to_the_same_bytes(trained):
  options = ['sample/count=3', 'sample/temperature=0.8', 'sample/seed=4']
  paths = again(trained, 'sample', assignments=[*SETTINGS, *options])
  first = [path.read_bytes() for path in paths]
  (replayed,) = again(trained, 'sample', replay=str(paths[2]))
  from zoo.music.reading import read

  assert len(set(first)) == 3
  for old, new in zip(read(paths[2]).notes, read(replayed).notes, strict=True):
    assert (old == new).all()


def test_replay_of_a_mixture_refitted_otherwise_is_refused(trained):
  mixture = [*SETTINGS, 'sample/prior="mixture"']
  (first,) = again(trained, 'sample', assignments=[*mixture, 'sample/count=1'])
  old = first.read_bytes()
  few = [f'evaluate={ONE!r}', 'sample/components=2']
  again(trained, 'evaluate', assignments=few)
  with pytest.raises(UserError, match=r'sample/components is 8, .* has 2'):
    again(trained, 'sample', replay=str(first))
  again(trained, 'evaluate', assignments=[f'evaluate={ONE!r}'])
  (replayed,) = again(trained, 'sample', replay=str(first))
  from zoo.music.reading import read

  assert first.read_bytes() == old
  for before, after in zip(
    read(first).notes, read(replayed).notes, strict=True
  ):
    assert (before == after).all()


def test_replay_takes_no_other_settings(trained):
  (path,) = again(trained, 'sample', assignments=[*SETTINGS, 'sample/count=1'])
  changed = [*SETTINGS, 'sample/temperature=0.5', 'sample/seed=9']
  with pytest.raises(
    UserError, match='leave out sample/seed, sample/temperature'
  ):
    again(trained, 'sample', assignments=changed, replay=str(path))


def test_a_sampler_that_does_not_fit_is_refused(trained):
  for name in (
    'generator',
    'autoregressive',
    'gibbs',
    'predict',
    'pseudo_gibbs',
  ):
    changed = [*SETTINGS, f'sample/name={name}']
    with pytest.raises(
      UserError, match=f'sample/name is {name}, which does not'
    ):
      again(trained, 'sample', assignments=changed)
  # A part that is given whole is completed as an experiment's is.
  whole = [*SETTINGS, 'sample={"name": "latent", "count": 1}']
  assert len(again(trained, 'sample', assignments=whole)) == 1
  for key, value in (('seed', 2**32), ('seed', -1), ('count', 0)):
    with pytest.raises(UserError, match=f'sample/{key} must be'):
      changed = [*SETTINGS, f'sample/{key}={value}']
      again(trained, 'sample', assignments=changed)


@pytest.mark.parametrize(
  ('setting', 'message'),
  [
    ('evaluate/0/count=0', 'evaluate/0/count must be at least 1, not 0'),
    ('evaluate/0/batch=-1', 'evaluate/0/batch must be at least 1, not -1'),
    (f'evaluate={ONE * 2!r}', 'evaluate/1 is reconstruction again'),
    ('sample/name=generator', 'sample/name is generator, which does not'),
  ],
)
def test_what_comes_after_training_is_judged_before(tmp_path, setting, message):
  counted = f'evaluate={[{"name": "melody_statistics", "count": 8}]!r}'
  if 'batch' in setting:
    counted = f'evaluate={ONE!r}'
  with pytest.raises(UserError, match=message):
    again(tmp_path / 'run', assignments=[*SETTINGS, counted, setting])
  assert not (tmp_path / 'run').exists()


def test_damaged_files_of_a_run_cost_themselves_only(trained, tmp_path):
  workdir = tmp_path / 'run'
  shutil.copytree(trained, workdir)
  (workdir / 'report.json').write_text('{broken')
  (workdir / 'sampler.npz').write_text('junk')
  with pytest.raises(UserError, match=r'sampler.npz is damaged: --mode=eval'):
    again(workdir, 'sample')
  lines = (workdir / 'metrics.jsonl').read_text()
  (workdir / 'metrics.jsonl').write_text(lines[:-9])
  again(workdir, assignments=[*SETTINGS, f'evaluate={ONE!r}'])
  assert json.loads((workdir / 'report.json').read_text())['evaluate']
  assert len(again(workdir, 'sample')) == 2
  (workdir / 'metrics.jsonl').unlink()
  again(workdir, assignments=[*SETTINGS, 'evaluate=[]'])


def test_replay_refuses_another_checkpoint(trained, tmp_path):
  again(tmp_path, assignments=[*SETTINGS, 'evaluate=[]'], seed=7)
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
  with pytest.raises(
    UserError, match=r'--input=FILE \[--input=FILE ...\]; 1 was'
  ):
    again(trained, 'interpolate', inputs=[str(tune)])


def test_latent_modes_take_a_users_file_window_by_window(trained, tmp_path):
  from zoo.music.reading import read

  path = abc(tmp_path / 'mine.abc', 4)  # two windows
  other = abc(tmp_path / 'other.abc', 2)
  fewer = [*SETTINGS, 'sample/gradations=2']
  for mode, inputs, names in (
    ('attribute', [path], ['000', '001', 'path']),
    ('average', [path, other], ['000', 'path']),
  ):
    made = again(trained, mode, inputs=inputs, assignments=fewer)
    assert [one.stem for one in made] == [f'{mode}-{name}' for name in names]
    assert read(made[0]).metadata['title'].startswith('mine')


def abc(path, bars, **fields):
  head = {'X': 1, 'T': path.stem, 'M': '4/4', 'L': '1/4', **fields, 'K': 'D'}
  lines = [f'{key}:{value}' for key, value in head.items()]
  path.write_text('\n'.join([*lines, 'DFAd|' * bars + ']']) + '\n')
  return str(path)


def test_a_users_pieces_are_used_whole_and_keep_what_they_are(
  trained, tmp_path
):
  from zoo.music.reading import read

  short = abc(tmp_path / 'short.abc', 2, Q='1/4=60')
  long = abc(tmp_path / 'long.abc', 6, Q='1/4=240')
  said = []
  call = {'assignments': [], 'workdir': trained, 'say': said.append}
  paths = command_line.command(
    NAME, 'interpolate', inputs=[short, long], **call
  )
  assert f'{short} (1) has fewer windows than {long} (3) and repeats' in said[0]
  rates = []
  for path in paths:
    piece = read(path)
    assert 0 < piece.length <= 24 * (8 if path.stem.endswith('path') else 1)
    assert piece.metadata['key_signatures'] == [[0.0, 2]]
    assert piece.metadata['title'] == 'short - long'
    rates.append(round(piece.tempos[0].quarters_per_minute))
  assert rates[0] == 60 and rates[7] == 240 and rates[8] == 120
  assert rates == [*sorted(rates[:8]), 120]
  # Six bars are three windows of two bars.
  given, made = command_line.command(NAME, 'reconstruct', inputs=[long], **call)
  for piece in (read(given), read(made)):
    assert piece.tempos[0].quarters_per_minute == pytest.approx(240)
    assert piece.metadata['title'] == 'long'
  assert read(given).length == 24
  text = (trained / 'index.html').read_text()
  assert 'interpolate path' in text and 'reconstruct output' in text


def test_what_a_melody_drops_is_said(trained, tmp_path):
  path = tmp_path / 'chords.abc'
  path.write_text('X:1\nM:4/4\nL:1/4\nK:C\nCDEF|[CE]FGA|GABc|cBAG|]\n')
  said = []
  command_line.command(
    NAME, 'reconstruct', workdir=trained, inputs=[str(path)], say=said.append
  )
  assert said[0] == (
    f'{path}: dropped of 17 notes: 1 note that others cover or the grid '
    'misses (bar 2).'
  )


def test_a_sampler_is_built_once_whatever_evaluators_ask(trained, monkeypatch):
  """What is built again is traced again."""
  built, build = [], assembly.build_sampler

  def counted(config, *given):
    built.append(config['sample']['temperature'])
    return build(config, *given)

  monkeypatch.setattr(assembly, 'build_sampler', counted)
  samples = {'own': {}, 'hot': {'temperature': 2.0}}
  names = ('intervals', 'diversity')
  few = [{'name': n, 'count': 4, 'samples': samples} for n in names]
  again(trained, 'evaluate', assignments=[f'evaluate={few!r}'])
  assert built.count(2.0) == 1
  assert len(built) == 3  # the others: `load` reads the run, then the call


def test_a_bug_in_an_evaluator_surfaces_as_itself(trained, monkeypatch):
  from zoo import assembly

  def broken(*, batch: int = 1):
    return {}['roll']

  monkeypatch.setitem(assembly.EVALUATORS, 'broken', broken)
  with pytest.raises(KeyError, match='roll'):
    again(trained, 'evaluate', assignments=['evaluate=[{"name": "broken"}]'])


def test_a_run_has_a_page_and_a_card(trained):
  again(trained, 'evaluate', assignments=[f'evaluate={ONE!r}'])
  page = (trained / 'index.html').read_text()
  assert NAME in page and 'sample 000' in page and 'card.md' in page
  card = (trained / 'card.md').read_text()
  yaml, _, rest = card.removeprefix('---\n').partition('\n---\n')
  assert 'license: apache-2.0' in yaml and f'- name: "{NAME}"' in yaml
  report = json.loads((trained / 'report.json').read_text())
  for part in ('Metrics', 'Citation', 'How to reproduce', 'Intended use'):
    assert f'## {part}' in rest
  assert report['command'] in rest and report['checkpoint'] in rest
  assert report['data']['licence'] in rest
  words = shlex.split(report['command'])
  assert words[:3] == ['python', 'run.py', f'--experiment={NAME}']
  given = command_line.parse(words[1:])
  again_config = command_line.resolve(NAME, given.set, given.seed)
  config = json.loads((trained / 'config.json').read_text())
  for key in config.keys() - {'sample', 'evaluate'}:
    assert again_config[key] == config[key], key


def test_the_end_of_a_call_is_at_most_fifteen_lines(trained):
  said = []
  call = {'workdir': trained, 'say': said.append}
  command_line.command(NAME, 'evaluate', assignments=[], **call)
  assert len(said) <= 10 + 15 and said[-1] == f'open {trained / "index.html"}'
  assert any(line.startswith('reconstruction/') for line in said)
  short = len(said)
  said.clear()
  command_line.command(NAME, 'evaluate', verbose=True, **call)
  assert sum(line.count('\n') + 1 for line in said) > short


def test_a_workdir_of_another_experiment_is_refused_before_any_data(trained):
  for mode in ('train', 'sample', 'evaluate'):
    with pytest.raises(UserError, match=f'holds a run of {NAME}, not of rbm'):
      command_line.command('rbm', mode, workdir=trained, say=lambda line: None)


def test_listen_and_judge_what_was_heard(trained, tmp_path):
  few = [*SETTINGS, 'sample/count=3', 'evaluate=[]']
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
  # A report of another checkpoint is made again, and not called this one's.
  old = json.loads((trained / 'report.json').read_text())
  digest = old.pop('checkpoint')
  for name in old['evaluate'].values():
    name['examples'] = -1
  stale = {**old, 'checkpoint': 'ab' * 32, 'step': 1}
  (trained / 'report.json').write_text(json.dumps(stale))
  few = [*SETTINGS, f'evaluate={ONE!r}']
  report = again(trained, 'evaluate', assignments=few, inputs=[str(path)])
  assert report['checkpoint'] == digest and report['step'] == old['step']
  assert report['listening']['answers']['all'] == 2
  assert report['evaluate']['reconstruction']['examples'] > 0
  assert (
    json.loads((trained / 'report.json').read_text())['step'] == old['step']
  )


def test_a_run_loads_as_a_library(trained):
  loaded = zoo.load(trained)
  made = loaded.model.apply(
    {'params': loaded.params},
    jnp.zeros((2, loaded.model.latent)),
    jax.random.split(jax.random.key(0), 2),
    method='generate',
  )
  assert made['tokens'].shape == (2, loaded.encoder.spec.sizes['steps'])


def test_a_page_is_written_by_one_command(trained):
  said = []
  [path] = command_line.command(
    NAME,
    'page',
    workdir=trained,
    assignments=[*SETTINGS, 'sample/weights="int8"'],
    say=said.append,
  )
  assert path == trained / 'page.html' and said[-1] == f'open {path}'
  assert 'weights in int8' in said[-2] and 'are as in float32' in said[-2]
  text = path.read_text()
  assert 'name="viewport"' in text and 'id="pad"' in text
