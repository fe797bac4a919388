"""The example of CONTRIBUTING.md works as it is printed."""

from pathlib import Path
import re

import jax
import jax.numpy as jnp
import numpy as np

from tests.test_cards import KEYS
from zoo.encoders import ENCODERS

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = re.findall(
  r'^```python\n(.*?)^```$',
  (ROOT / 'CONTRIBUTING.md').read_text('utf-8'),
  re.M | re.S,
)


def block(beginning):
  (found,) = [one for one in BLOCKS if beginning in one.split('\n')[0]]
  return found


def test_model_builds_from_an_encoder_and_writes_step_by_step():
  names = {'__name__': 'zoo.models.melody_window'}
  exec(compile(block('token by token'), 'melody_window.py', 'exec'), names)
  spec = ENCODERS['melody'](bars=1).spec
  model = names['MelodyWindow'].from_spec(spec, reach=3, hidden=4)
  tokens = jnp.arange(8).reshape(2, 4) % 5
  given, carry = model.given(tokens, {}), model.begin(2)
  variables = model.init(jax.random.key(0), tokens, given, carry)
  outputs, (last, memory) = model.apply(variables, tokens, given, carry)
  scores = model.log_prob(outputs, tokens)['token']
  assert scores.shape == (2, 4)
  np.testing.assert_array_equal(last, tokens[:, -1])
  np.testing.assert_array_equal(memory, tokens[:, -3:-1])
  # Step by step it receives the same inputs as all at once.
  last, memory = carry
  for step in range(4):
    token, _, memory = model.apply(
      variables,
      (last, memory),
      (),
      jnp.zeros((2, 1)),
      (0.0,),
      method='sample_step',
    )
    np.testing.assert_array_equal(token, outputs[:, step].argmax(-1))
    last = tokens[:, step]


def test_experiment_is_a_card_and_a_config():
  names = {}
  exec(block('each token from'), names)
  keys = re.findall(r'^([A-Z][a-z]+): ', names['__doc__'], re.M)
  assert keys == KEYS
  assert names['CONFIG']['model']['name'] == 'melody_window'
  assert names['SMOKE']['steps'] < 10
