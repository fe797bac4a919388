"""Conditional models are scored on each valid step once."""

import jax
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.encoders.voices import Voices
from zoo.evaluation.model import answers
from zoo.evaluation.model.likelihood import likelihood
from zoo.models.counterpoint import Counterpoint
from zoo.models.deepbach import MARKS, DeepBach

C = 2
SPEC = Voices(steps=0, padding=C + 1, lowest=(60, 50), highest=(63, 52)).spec
LENGTHS = np.array([11, 7, 9], np.int32)


def pieces(spec, steps):
  rng = np.random.default_rng(0)
  count = spec.sizes['voices']
  shape = (len(LENGTHS), steps)
  return {
    'voices': rng.integers(0, 7, (*shape, count)).astype(np.int8),
    **{name: rng.integers(0, 2, shape).astype(np.int8) for name in MARKS},
    'length': LENGTHS,
  }


def test_every_cell_is_asked_with_its_context_and_no_more(monkeypatch):
  monkeypatch.setattr(answers, '_CELLS', 5)
  model = DeepBach.from_spec(SPEC, context=C, recurrent=(5,), hidden=4)
  arrays = pieces(SPEC, 14)
  steps = model.read(arrays)
  variables = drawn(model.init, *steps[:2], scale=0.5)
  found = answers.ask(model, variables['params'], {}, arrays)
  where = [(row, t) for row in range(3) for t in range(C + 1, LENGTHS[row])]
  assert len(found.example) == len(where) == 8 + 4 + 6
  apply = jax.jit(model.apply)
  for place, (row, t) in enumerate(where):
    window = {
      name: values[row : row + 1, t - C : t + C + 1].astype(np.int32)
      for name, values in arrays.items()
      if name != 'length'
    }
    outputs, _ = apply(
      variables, window['voices'], {name: window[name] for name in MARKS}
    )
    truth = window['voices'][:, C]
    logs = np.asarray(jax.nn.log_softmax(outputs[:, 0]))
    nats = -np.take_along_axis(logs, truth[..., None], -1)[0, :, 0]
    np.testing.assert_allclose(found.nats[place], nats, rtol=1e-4)
    np.testing.assert_array_equal(found.symbols[place], truth[0])
    np.testing.assert_array_equal(found.likeliest[place], logs[0].argmax(-1))
    assert (found.example[place], found.step[place]) == (row, t - C - 1)


def test_whole_examples_are_asked_in_any_number(monkeypatch):
  spec = Voices(steps=12, lowest=(60, 50), highest=(63, 52)).spec
  model = Counterpoint.from_spec(spec, hidden=(5,))
  arrays = pieces(spec, 12)
  variables = drawn(model.init, *model.read(arrays)[:2])
  whole = answers.ask(model, variables['params'], {}, arrays)
  assert len(whole.example) == LENGTHS.sum()
  monkeypatch.setattr(answers, '_EXAMPLES', 2)
  parts = answers.ask(model, variables['params'], {}, arrays)
  for one, other in zip(whole, parts, strict=True):
    np.testing.assert_allclose(one, other, rtol=1e-5)


def test_figures_of_all_voices_have_no_soprano_given():
  model = DeepBach.from_spec(SPEC, form='maxent', context=C)
  arrays = pieces(SPEC, 14)
  params = drawn(model.init, *model.read(arrays)[:2])['params']
  splits = {'train': arrays, 'test': arrays}
  found = likelihood(model, params, {}, splits, SPEC)
  assert found['examples'] == 3
  columns = {'model', 'spread', 'hold', 'unigram'}
  assert set(found['voice_1']) == set(found['voice_2']) == columns
  for kind in ('', '_onsets', '_nats'):
    assert found[f'mean{kind}']['model'] == pytest.approx(
      (found[f'voice_1{kind}']['model'] + found[f'voice_2{kind}']['model']) / 2
    )
