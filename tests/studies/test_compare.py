"""The comparison: trainings on a budget, windows, and tables."""

import csv
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from studies.compare import __main__ as compare
from studies.compare import briefly, judge, systems, tables, train
from tests.made_corpora import FRACTIONS, dataset, named, tune
from zoo.contracts import Loss, UserError
from zoo.data.batches import windows
from zoo.data.corpus import split_of
from zoo.evaluation.music.note_rows import note_rows
from zoo.music.piece import Piece, notes
from zoo.training.stages import Stage

# Of a constant gradient Adam moves by the learning rate, whatever its size.
_RULE = {
  '.*': {'name': 'adam', 'learning_rate': 0.5, 'warmup': 4, 'final': 0.1}
}


def _rate(move, steps):
  """The learning rate as zoo.training.optimizer has it, by hand."""
  done = min(max((move - 4) / (steps - 4), 0), 1)
  cosine = 0.5 * (1 + math.cos(math.pi * done))
  return 0.5 * min((move + 1) / 4, 1) * (0.1 + 0.9 * cosine)


def _constant():
  """A loss whose gradient is 1, and which notes the step it receives."""

  def init(rng, batch, before):
    del rng, batch, before
    params = {'w': jnp.float32(0)}
    return params, {'shared': {'step': jnp.int32(0)}, 'example': {}}

  def loss(params, state, batch, keys, train):
    del keys, train
    shared = {'step': state['shared']['step'] + 1}
    metrics = {'loss': jnp.zeros(len(batch['x']))}
    return params['w'], ({**state, 'shared': shared}, metrics)

  return Loss(init, lambda batch: {}, loss)


@pytest.mark.parametrize(('budget', 'steps'), [(1e-9, 4), (1e6, 40)])
def test_schedules_end_where_they_should_whatever_the_budget(budget, steps):
  arrays = {'x': np.zeros((8, 1), np.float32)}
  stage = Stage(_constant(), _RULE, 40)
  found = briefly.train(
    [stage],
    arrays,
    windows(4, 8),
    (),
    seed=0,
    chunk=2,
    budget=budget,
  )
  assert found.snapshot.step == steps
  # Step i of n has the schedules of step i N / n.
  places = [math.floor(i * 40 / steps + 0.5) for i in range(steps)]
  moved = sum(_rate(place, 40) for place in places)
  assert float(found.snapshot.params['w']) == pytest.approx(-moved, rel=1e-4)
  assert int(found.snapshot.state['shared']['step']) == places[-1] + 1


def test_pieces_name_the_split_that_all_systems_use():
  pieces = [
    tune(one, [60, 62, 64, 65])
    for split in ('train', 'validation', 'test')
    for one in named(split, 2)
  ]
  source, _ = dataset(pieces)
  seen, _ = train.held_apart(source).read()
  assert [one.metadata['split'] for one in seen] == [
    split_of(one.id, FRACTIONS) for one in pieces
  ]
  assert train.held_apart(source).fingerprint != source.fingerprint
  given = pieces[0]._replace(metadata={'split': 'test'})
  source, _ = dataset([given])
  assert train.held_apart(source).read()[0][0].metadata['split'] == 'test'


def _reference(monkeypatch):
  """Real music of the melody family: tunes of four bars."""
  random = np.random.default_rng(0)
  pieces = [
    tune(one, random.integers(60, 72, 16))
    for split, count in (('train', 12), ('validation', 2), ('test', 4))
    for one in named(split, count)
  ]
  monkeypatch.setitem(
    judge.DATASETS, 'made', lambda: dataset(pieces, fingerprint='made')[0]
  )
  monkeypatch.setattr(judge.corpus_lib, 'default_cache', lambda: None)
  family = systems.FAMILIES['melody']._replace(dataset={'name': 'made'})
  return family, judge.reference(family), pieces


def test_what_is_generated_is_cut_into_windows_of_two_bars(monkeypatch):
  family, found, pieces = _reference(monkeypatch)
  silent = Piece('silent', notes([], [], []))
  short = tune('short', [60, 62])
  off_grid = Piece('late', notes([0.1, 4.0], [4.0, 8.0], [60, 62]))
  made = judge.windows(found, [pieces[0], silent, off_grid], 'tokens')
  assert made.shape == (3, 32)  # Two of a tune of four bars; one moved.
  assert made[2].tolist() == [41, *[0] * 15, 43, *[0] * 15]
  # A piece ends in silence up to one window.
  filled = judge.windows(found, [short], 'tokens')
  assert filled[0].tolist()[:9] == [41, 0, 0, 0, 43, 0, 0, 0, 1]
  assert family.field == 'tokens'


def test_copies_and_noise_lie_where_they_should(monkeypatch, tmp_path):
  family, found, _ = _reference(monkeypatch)
  monkeypatch.setattr(judge, 'NEIGHBOURS', 2)
  monkeypatch.setattr(judge, 'WINDOWS', 36)
  copies = found.corpus.splits['train']['tokens']
  noise = np.random.default_rng(1).integers(2, 90, (12, 32)).astype(np.int8)
  silent = np.zeros((0, 32), np.int8)  # Without windows there is no row.
  made = {'copies': copies, 'noise': noise, 'silent': silent}
  rows = judge.judge(family, found, made, tmp_path)
  assert set(rows) == {'copies', 'noise', *judge.BASELINES} - {'counting'}
  assert rows['copies']['to_data'] == 0 == rows['copies']['to_samples']
  assert rows['copies']['copied'] == 1.0 == rows['copies']['coverage']
  assert rows['noise']['copied'] == 0.0 == rows['noise']['coverage']
  # All held-out onsets stand on beats, a quarter apart; those of noise, a
  # sixteenth.
  assert rows['copies']['onset_times'] == 0
  assert rows['noise']['onset_times'] == 1
  assert rows['noise']['onset_places'] == pytest.approx(0.75)
  assert rows['copies']['notes'] == 8 and rows['noise']['notes'] == 32


def test_onsets_by_hand():
  rows = note_rows(
    [
      Piece('a', notes([0, 0, 1, 4.5], [1, 1, 2, 5], [60, 64, 62, 60])),
      Piece('b', notes([0, 8], [1, 9], [60, 62])),
    ]
  )
  found = judge.onsets(rows)
  # A chord begins once; 4.5 quarters are the second eighth of the next bar.
  places = {0: 3, 4: 1, 2: 1}
  times = {4: 1, 14: 1, 16: 1}  # 8 quarters count as a bar.
  assert dict(enumerate(found['places'])) == {
    place: places.get(place, 0) for place in range(16)
  }
  assert dict(enumerate(found['times'])) == {
    time: times.get(time, 0) for time in range(17)
  }


ROWS = {
  'gan': {'to_data': 3.0, 'coverage': 0.25, 'parameters': 1234, 'share': 0.5},
  'vae (trained)': {
    'nats': 1.5,
    'kind': 'bound',
    'space': 'tokens, 2 bars',
    'coverage': 0.5,
    'to_data': 2.0,
  },
  'held_out': {'to_data': 1.0, 'coverage': 0.9},
}


def test_a_table_marks_bounds_and_has_baselines_first():
  lines = tables.markdown(ROWS).split('\n')
  assert lines[0] == (
    '| system | nats a quarter | of | to data | coverage | of own steps | '
    'parameters |'
  )
  assert lines[2] == '| held out | - | - | 1.0 | 0.900 | - | - |'
  assert lines[3] == (
    '| `vae` (trained) | <= 1.500 | tokens, 2 bars | 2.0 | 0.500 | - | - |'
  )
  assert lines[4] == '| `gan` | - | - | 3.0 | 0.250 | 50% | 1,234 |'


def test_a_csv_has_every_figure(tmp_path):
  tables.write_csv(ROWS, tmp_path / 'docs' / 'melody.csv')
  with (tmp_path / 'docs' / 'melody.csv').open(newline='') as stream:
    found = {row['system']: row for row in csv.DictReader(stream)}
  assert list(found) == ['held_out', 'vae (trained)', 'gan']
  for name, row in ROWS.items():
    for key in ('nats', 'to_data', 'parameters', 'space'):
      assert found[name][key] == str(row.get(key, '')).removesuffix('.0')


def test_a_table_is_put_between_its_markers(tmp_path):
  path = tmp_path / 'comparison.md'
  text = '# T\n<!-- melody -->\nold\n<!-- end of melody -->\nprose\n'
  path.write_text(text)
  tables.put_table(path, 'melody', '| a |')
  tables.put_table(path, 'melody', '| b |')  # Again, in its place.
  assert path.read_text() == (
    '# T\n<!-- melody -->\n\n| b |\n\n<!-- end of melody -->\nprose\n'
  )
  with pytest.raises(UserError, match=r'lacks the lines .*<!-- drums -->'):
    tables.put_table(path, 'drums', '| a |')


def test_a_wrong_name_and_a_wrong_budget_are_one_sentence(monkeypatch):
  with pytest.raises(UserError, match='no such system'):
    tables.only(['a', 'b'], 'a,c')
  assert tables.only(['a', 'b', 'c'], 'c,a') == ['a', 'c']
  monkeypatch.setattr('sys.argv', ['compare', '--budget=0'])
  with pytest.raises(UserError, match='--budget is 0: give seconds'):
    compare.main()
  monkeypatch.setattr('sys.argv', ['compare', '--runs=/nowhere'])
  with pytest.raises(UserError, match='--runs=/nowhere is not a directory'):
    compare.main()


def test_each_system_is_an_experiment_on_the_family_s_corpus():
  for family in systems.FAMILIES.values():
    for name, system in family.systems.items():
      config = compare.command_line.resolve(system.experiment, system.settings)
      assert config['dataset']['name'] == family.dataset['name'], name
      # No folder of one's own, and no kit but the corpus's.
      assert config['dataset'].get('path', '') == '', name
      if config['encoder']['name'] == 'drums':
        assert config['encoder']['kit'] == 'general_midi', name
        assert config['augmentation'] == [], name  # Drums have no key.


def test_a_row_that_is_kept_is_not_trained_again(monkeypatch, tmp_path):
  family, _, _ = _reference(monkeypatch)
  monkeypatch.setattr(judge, 'NEIGHBOURS', 2)
  monkeypatch.setattr(judge, 'WINDOWS', 24)
  monkeypatch.setattr(train.corpus_lib, 'default_cache', lambda: None)
  tiny = (
    'dataset/name=made',
    'model/generator_layers=[8]',
    'model/discriminator_layers=[8]',
    'batches/chunk=2',
    'batch=4',
  )
  gan = systems.System('gan_celtic', tiny, pieces=24)
  made = {'made': family._replace(systems={'gan_celtic': gan})}
  monkeypatch.setattr(compare, 'FAMILIES', made)

  def study(budget=0.05):
    return compare.study('made', tmp_path, budget=budget, say=str)

  first = study()
  row = first['gan_celtic']
  assert row['steps'] < row['own_steps'] and row['pieces'] == 24
  assert 0 <= row['coverage'] < 0.5
  assert row['bar_milliseconds'] > 0 and 'nats' not in row

  def refuse(*given):
    raise AssertionError('trained again')

  monkeypatch.setattr(train, 'train', refuse)
  assert compare.kept(compare.row_folder(tmp_path / 'made', 'gan_celtic', 0.05))
  # Of 90 classes, most never used: less than a uniform distribution.
  for name in ('independent', 'counting'):
    assert 0 < first[name]['nats'] < 4 * np.log(90)
    assert first[name]['space'] == 'tokens, 2 bars'
  monkeypatch.setattr(judge, 'judge', lambda *given: {})
  assert study()['gan_celtic'].items() <= row.items()
  with pytest.raises(AssertionError, match='trained again'):
    study(0.1)  # Rows of another budget are others.


def test_stand_at_keeps_the_step_count_of_adam():
  from zoo.training import loop, optimizer

  params = {'w': jnp.zeros(2)}
  rule = optimizer.build(_RULE, params, 40)
  carry = loop.Carry(0, params, rule.init(params), {'mean': 1}, {}, 0)
  moved = briefly.stand_at(carry, jnp.int32(7))
  before = jax.tree.leaves(carry.opt)
  after = jax.tree.leaves(moved.opt)
  changed = [
    int(new)
    for old, new in zip(before, after, strict=True)
    if not np.array_equal(old, new)
  ]
  assert changed == [7] and moved.shared == {'mean': 1}
