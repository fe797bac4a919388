"""Exported programs of all Latent models, run by node, against jax."""

import json
from pathlib import Path
import shutil
import subprocess

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.laws.test_latent import CASES, Tiny, _program
from zoo.contracts import UserError
from zoo.export.bundle import bundle, exact, load
from zoo.export.program import export
from zoo.pages import page as page_lib
from zoo.samplers import latent_page

NODE = shutil.which('node')
PAGES = Path(page_lib.__file__).parent
COUNT = 8
TEMPERATURE = 0.7
# Runs {name: {model, runs: [[program, inputs], ...]}} of the first argument.
SCRIPT = """
const {readFileSync} = require('node:fs');
const runtime = require(process.argv[1]);
const asked = JSON.parse(readFileSync(process.argv[2]));
const found = {};
for (const [name, {model, runs}] of Object.entries(asked)) {
  const loaded = runtime.load(model);
  found[name] = runs.map(([program, inputs]) =>
    loaded.run(program, inputs).map((array) => [...array]));
}
process.stdout.write(JSON.stringify(found));
"""

needs_node = pytest.mark.skipif(not NODE, reason='there is no node')


def by_node(asked, folder):
  """What the runtime makes of {name: {'model', 'runs'}}."""
  (folder / 'asked.json').write_text(json.dumps(asked))
  script = [NODE, '-e', SCRIPT, PAGES / 'runtime.js', folder / 'asked.json']
  result = subprocess.run(script, capture_output=True, text=True, timeout=120)
  assert result.returncode == 0, result.stderr
  return json.loads(result.stdout)


def plain(values):
  return np.asarray(values).reshape(-1).tolist()


class Case:
  """A model of the laws, exported, and what jax makes of the same numbers."""

  def __init__(self, name, case):
    tiny = Tiny(name, case)
    self.tiny = tiny
    programs, names = latent_page._programs(
      tiny.model, tiny.spec, tiny.variables, 0.5
    )
    made = bundle(programs, tiny.variables, 'float16')
    self.model, self.variables = made.model, made.variables
    keys = jax.vmap(lambda i: jax.random.fold_in(jax.random.key(3), i))(
      jnp.arange(COUNT)
    )
    self.z = self.apply('prior', keys)
    self.keys = np.asarray(jax.random.key_data(keys))
    rows = {k: v[:1] for k, v in sorted(tiny.batch.items())}
    self.runs = [['encode', [plain(v) for v in rows.values()]]]
    self.right = [[self.apply('encode', rows)[0]]]
    written = [name for name, _ in names['writes']]
    for method, temperature in (('generate', 0.0), ('draw', TEMPERATURE)):
      found = self.apply('generate', self.z, keys, temperature, 0.5)
      for i in range(COUNT):
        more = [[temperature]] if temperature else []
        inputs = [plain(self.z[i]), plain(self.keys[i]), *more]
        self.runs.append([method, inputs])
        self.right.append([found[name][i] for name in written])
    self.runs.append(['prior', [plain(self.keys[0])]])
    self.right.append([self.z[0]])

  def apply(self, method, *arguments):
    return _program(self.tiny.model, method)(self.variables, *arguments)


@needs_node
def test_every_latent_model_runs_as_jax_does(tmp_path):
  cases = {f'{name} {case}': Case(name, case) for name, case in CASES}
  found = by_node(
    {k: {'model': one.model, 'runs': one.runs} for k, one in cases.items()},
    tmp_path,
  )
  assert len(found) == len(CASES) >= 2
  for name, case in cases.items():
    for (program, _), made, right in zip(
      case.runs, found[name], case.right, strict=True
    ):
      for one, other in zip(made, right, strict=True):
        np.testing.assert_allclose(
          one, plain(other), atol=2e-5, err_msg=f'{name}: {program}'
        )


def programs_of_jax():
  """{name: (function, inputs)}: operations that models may yet ask for."""
  x = np.linspace(-2, 2, 24, dtype=np.float32).reshape(4, 6)
  table = np.arange(12, dtype=np.float32).reshape(6, 2)
  whole = np.arange(6, dtype=np.int32)

  def loop(x):
    return jax.lax.while_loop(
      lambda c: c[0] < 5, lambda c: (c[0] + 1, c[1] * 0.5 + c[0]), (0, x)
    )[1]

  def swap(x):
    """Carries that change places at every step."""

    def step(carry, row):
      a, b = carry
      return (b, a + row), a

    return jax.lax.scan(step, (x[0], x[1]), x, reverse=True)

  return {
    'erf': (jax.scipy.special.erf, [x]),
    'normal': (lambda x: jax.nn.gelu(x, approximate=False), [x]),
    'softmax': (lambda x: jax.nn.softmax(x), [x]),
    'cumsum': (lambda x: jnp.cumsum(x, 1), [x]),
    'sums': (lambda x: (x.sum(0), x.max(1), x.min(0), x.argmin(1)), [x]),
    'turn': (lambda x: (x[::-1, ::2], jnp.pad(x, ((1, 2), (0, 1)))), [x]),
    'dots': (lambda x: (x @ x.T, jnp.einsum('ab,ac->bc', x, x)), [x]),
    'batched': (
      lambda x: jnp.einsum('aij,ajk->aik', x, x),
      [x[:, :4, None] * np.ones(4, np.float32)],
    ),
    'rows': (lambda i: jnp.asarray(table)[i], [whole]),
    'along': (
      lambda x: jnp.take_along_axis(x, jnp.argmax(x, 1)[:, None], 1),
      [x],
    ),
    'update': (
      lambda x, i: jax.lax.dynamic_update_slice(x, x[:1, :2] * 9, (i[2], 3)),
      [x, whole],
    ),
    'branch': (
      lambda x, i: jax.lax.cond(i[1] > 0, jnp.sin, jnp.cos, x),
      [x, whole],
    ),
    'integers': (
      lambda i: (i // 2, i % 4, (i - 3) ** 2, i << 2, (i & 1) == 0, ~i),
      [whole],
    ),
    'round': (
      lambda x: (jnp.round(x * 2), jnp.sign(x), jnp.clip(x, -1, 1)),
      [x],
    ),
    'loop': (loop, [x]),
    'swap': (swap, [x]),
  }


@needs_node
def test_operations_run_as_jax_does(tmp_path):
  cases = programs_of_jax()
  asked = {
    name: {
      'model': bundle(
        {'f': export(lambda v, *a, f=f: f(*a), {}, *inputs)}, {}, 'float32'
      ).model,
      'runs': [['f', [plain(one) for one in inputs]]] * 2,
    }
    for name, (f, inputs) in cases.items()
  }
  found = by_node(asked, tmp_path)
  for name, (f, inputs) in cases.items():
    right = jax.tree.leaves(f(*inputs))
    for made in found[name]:  # Run twice: buffers are used again.
      for one, other in zip(made, right, strict=True):
        np.testing.assert_allclose(
          one, plain(other), atol=2e-6, rtol=2e-6, err_msg=name
        )


@needs_node
def test_random_numbers_are_those_of_jax(tmp_path):
  def draw(_, keys):
    more = jax.vmap(lambda key: jax.random.split(jax.random.fold_in(key, 7), 3))
    return (
      jax.vmap(lambda key: jax.random.bits(key, (5, 3)))(keys),
      jax.vmap(lambda key: jax.random.uniform(key, (4,)))(more(keys)[:, 2]),
    )

  keys = jax.random.split(jax.random.key(2**31 + 5), 4)
  model = bundle({'f': export(draw, {}, keys)}, {}, 'float32').model
  runs = [['f', [plain(jax.random.key_data(keys))]]]
  [found] = by_node({'draw': {'model': model, 'runs': runs}}, tmp_path)['draw']
  bits, uniform = draw({}, keys)
  assert found[0] == plain(bits)
  np.testing.assert_array_equal(np.float32(found[1]), plain(uniform))


def test_what_no_output_needs_is_left_out():
  def half(v, x, y):
    def step(carry, row):
      return carry + row[0], (row[1] @ v['unused'], carry)

    carry, (_, kept) = jax.lax.scan(step, x[0], (x, y))
    return carry, kept

  v = {'unused': np.ones((3, 3), np.float32)}
  x = np.ones((4, 3), np.float32)
  program = export(half, v, x, x)
  assert not program.constants
  [scan] = program.equations[-1:]
  assert scan[0] == 'scan' and len(scan[2]) == 2  # the carry and x
  assert [e[0] for e in scan[1]['parts'][0]['equations']] == ['add']


def test_an_operation_that_a_page_lacks_is_one_sentence():
  with pytest.raises(UserError, match='uses the operation sort, which'):
    export(lambda v, x: jnp.sort(x), {}, np.zeros(3, np.float32))
  with pytest.raises(UserError, match='complex64'):
    export(lambda v, x: x * 1j, {}, np.zeros(3, np.float32))


@pytest.mark.parametrize(
  ('weights', 'bytes_each', 'error'),
  [('float32', 4, 0.0), ('float16', 2, 2**-11), ('int8', 1, 1 / 254)],
)
def test_weights_are_rounded_as_they_say(weights, bytes_each, error):
  """float16 has 11 bits; int8 is within half a step of 1/127 of the column."""
  rng = np.random.default_rng(0)
  array = rng.normal(size=(64, 96)).astype(np.float32)
  program = export(lambda v: v['w'] * 2, {'w': array})
  made = bundle({'f': program}, {'w': array}, weights)
  largest = np.abs(array).max(0)
  assert np.all(np.abs(made.variables['w'] - array) <= largest * error + 1e-7)
  size = len(json.dumps(made.model['weights'][0]))
  assert size < array.size * bytes_each * 4 / 3 + 1000


@pytest.mark.parametrize(
  'array',
  [
    np.arange(7),
    np.triu(np.ones((40, 40), np.float32)),
    np.float32([1.5, -np.inf, np.nan]),
    np.float32(np.pi),
    np.array([True, False]),
    np.zeros((0, 3), np.float32),
  ],
  ids=lambda array: f'{array.dtype}{array.shape}',
)
def test_constants_are_exact(array):
  stored = json.loads(json.dumps(exact(array)))
  if 'float32' in stored:
    found = load(stored)
  elif 'numbers' in stored:
    found = np.array(stored['numbers']).reshape(stored['shape'])
  else:
    flat = [float(v) for v, n in stored['runs'] for _ in range(n)]
    found = np.array(flat).reshape(stored['shape'])
  np.testing.assert_array_equal(found.astype(array.dtype), array)
  if array.size == 1600:
    assert len(json.dumps(stored)) < 1600
