"""Overrides, checks and building by name, on a table made for the test."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from zoo import config as config_lib
from zoo.contracts import UserError


def network(
  classes,
  *,
  latent: int = 128,
  form: Literal['flat', 'beatwise'] = 'beatwise',
  sizes: tuple[int, ...] = (256,),
  rate: float = 0.1,
  heads: tuple[Literal['rhythm', 'pitch'], ...] = ('pitch',),
  named: Mapping[str, Mapping[str, Any]] | None = None,
):
  del named  # is only checked
  return classes, latent, form, sizes, rate, heads


def folder(*, path: str, deep: bool = False):
  return path, deep


TABLES = {'model': {'network': network}, 'dataset': {'folder': folder}}
CONFIG = {
  'model': {'name': 'network', 'latent': 3},
  'dataset': {'name': 'folder', 'path': '.'},
  'optimizer': {'generator/.*': {'rate': 0.5}},
  'augmentation': [{'low': 1}],
  'steps': 100,
}


def test_override_leaves_the_original_alone_and_applies_in_order():
  new = config_lib.override(
    CONFIG, ['model/latent=5', 'model/latent=6', 'steps=7'], TABLES
  )
  assert (new['model']['latent'], new['steps']) == (6, 7)
  assert (CONFIG['model']['latent'], CONFIG['steps']) == (3, 100)


def test_override_enters_lists_and_keys_that_hold_a_slash():
  new = config_lib.override(
    CONFIG, ['augmentation/0/low=-3', 'optimizer/generator/.*/rate=2'], TABLES
  )
  assert new['augmentation'] == [{'low': -3}]
  assert new['optimizer'] == {'generator/.*': {'rate': 2.0}}


@pytest.mark.parametrize(
  'text', ['2020', '1e3', 'NaN', 'None', 'true', '[1]', 'a=b']
)
def test_an_option_that_takes_text_keeps_it_as_it_stands(text):
  new = config_lib.override(CONFIG, [f'dataset/path={text}'], TABLES)
  assert new['dataset']['path'] == text


def test_null_and_nested_json_are_read():
  config = {
    **CONFIG,
    'select': {'metric': 'loss'},
    'start': {'run': 'runs', 'take': {'.*': 'all'}},
  }
  new = config_lib.override(
    config,
    [
      'select=null',
      'start=null',
      'optimizer/generator/.*=null',
      'model/named={"a": {"b": null, "c": true}}',
    ],
    TABLES,
  )
  assert new['select'] is None
  assert new['start'] is None
  assert new['optimizer'] == {'generator/.*': None}
  assert new['model']['named'] == {'a': {'b': None, 'c': True}}


def test_keys_that_are_not_texts_are_refused():
  with pytest.raises(UserError, match='keys of model must be texts, not 1'):
    config_lib.check(TABLES['model'], {'name': 'network', 1: 2}, 'model')


def test_quoted_text_loses_its_quotes():
  new = config_lib.override(CONFIG, ["dataset/path='2020'"], TABLES)
  assert new['dataset']['path'] == '2020'


def test_naming_another_part_drops_options_it_does_not_have():
  tables = {'model': {'network': network, 'other': lambda *, latent=1: latent}}
  config = {'model': {'name': 'network', 'latent': 3, 'form': 'flat'}}
  new = config_lib.override(config, ['model/name=other'], tables)
  assert new['model'] == {'name': 'other', 'latent': 3}


@pytest.mark.parametrize(
  ('assignment', 'words'),
  [
    ('model/latnt=3', "no option 'latnt'; did you mean 'latent'?"),
    ('model/latent=x', "model/latent must be int, not 'x'"),
    ('model/latent=1.5', 'model/latent must be int, not 1.5'),
    ('model/latent=true', 'model/latent must be int, not True'),
    ('model/form=fat', 'one of flat, beatwise'),
    ('model/sizes=[1,"a"]', 'a list of ints'),
    ('model/heads=["pitchs"]', "be a list of any of rhythm, pitch, not ['pi"),
    ('modle/latent=3', "no key 'modle'; did you mean 'model'?"),
    ('model/name=netwrk', "no model 'netwrk'; did you mean 'network'?"),
    ('steps=many', 'steps must be int like 100'),
    ('model/rate=1e999', 'model/rate must be made of finite numbers'),
    ('model/sizes={1, 2}', 'model/sizes must be made of finite numbers'),
    ('model/named={"a": 5}', 'model/named must be'),
    ('augmentation/²=3', "there is no place '²' in it"),
    ('optimizer/generator/.*={1, 2}', 'must be made of finite numbers'),
    ('augmentation=null', 'augmentation must be a list'),
    ('steps/x=3', 'steps is 100'),
    ('augmentation/1/low=0', "no place '1'"),
    ('latent', 'path/to/key=value'),
  ],
)
def test_wrong_override_is_one_sentence_with_the_right_name(assignment, words):
  with pytest.raises(UserError) as raised:
    config_lib.override(CONFIG, [assignment], TABLES)
  assert words in str(raised.value)
  assert '\n' not in str(raised.value)


def test_build_gives_what_the_builder_declares_and_fits_types():
  entry = {'name': 'network', 'sizes': [1, 2], 'rate': 1}
  built = config_lib.build(
    TABLES['model'], entry, 'model', classes=90, steps=32
  )
  assert built == (90, 128, 'beatwise', (1, 2), 1.0, ('pitch',))
  assert isinstance(built[4], float)


def test_a_missing_required_option_is_named():
  with pytest.raises(UserError, match='needs dataset/path'):
    config_lib.check_experiment({'dataset': {'name': 'folder'}}, TABLES)
  stages = [{'model': {'name': 'network'}}, {'model': {'name': 'netwrk'}}]
  with pytest.raises(UserError, match='stages/1/model'):
    config_lib.check_experiment({'stages': stages}, TABLES)


def test_complete_writes_out_every_option():
  config = {'model': {'name': 'network'}, 'steps': 1}
  assert config_lib.complete(config, TABLES)['model'] == {
    'name': 'network',
    'latent': 128,
    'form': 'beatwise',
    'sizes': [256],
    'rate': 0.1,
    'heads': ['pitch'],
    'named': None,
  }


def test_differences_are_named_by_path():
  old = {'model': {'latent': 1, 'form': 'a'}, 'list': [1, {'b': 2}]}
  new = {'model': {'latent': 2, 'form': 'a'}, 'list': [1, {'b': 3}], 'c': 1}
  assert config_lib.differences(old, new) == ['c', 'list/1/b', 'model/latent']
