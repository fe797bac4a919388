"""The modes that move codes, on a model whose codes are what it writes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.layers import latent as latent_lib
from zoo.samplers.drawing import draw
from zoo.samplers.latent import latent

# Four steps in quarters; the code is the row itself, in a space of four.
FIELD = Field((4,), 'int8', 6, transposed='table')
TABLES = {'pitches': [-1, -1, 60, 61, 62, 64]}
SPEC = Spec('toy', {}, {'tokens': FIELD}, {}, 1.0, TABLES, {})
ROWS = np.array([[2, 0, 0, 0], [2, 3, 0, 0], [2, 3, 4, 0], [2, 3, 4, 5]])


class Same:
  """Encodes a row as its numbers, and writes the numbers of a code."""

  latent, gaussian = 4, False

  def prior(self, keys):
    return jax.vmap(lambda key: jax.random.normal(key, (4,)))(keys)

  def apply(self, variables, first, *rest, method):
    del variables, rest
    if method == 'encode':
      return first['tokens'].astype(jnp.float32), None
    return {'z': first}


class Round(Same):
  """The same, with a Gaussian prior."""

  gaussian = True


def moved(mode, rows, count, learned=None, model=Same, **options):
  return draw(
    latent(model(), SPEC, **options),
    mode,
    {},
    {},
    seed=3,
    indices=range(count),
    condition={'tokens': np.asarray(rows), **(learned or {})},
    at_once=count,
  )['z']


@pytest.fixture(scope='module')
def learned():
  """Of sixteen rows: four of each of ROWS."""
  fit = latent(Same(), SPEC, components=2)['fit']
  examples = {'tokens': np.repeat(ROWS, 4, 0)}
  return jax.tree.map(np.asarray, fit({}, {}, jax.random.key(0), examples))


def test_four_files_are_the_corners_of_a_grid():
  rows = [[0, 0, 0, 0], [4, 0, 0, 0], [0, 4, 0, 0], [4, 4, 0, 0]]
  made = moved('interpolate', rows, 9, points=3).reshape(3, 3, 4)
  np.testing.assert_allclose(made[:, :, 0], [[0, 2, 4]] * 3)
  np.testing.assert_allclose(made[:, :, 1].T, [[0, 2, 4]] * 3)
  with pytest.raises(UserError, match='two files or four corners, and 3 were'):
    moved('interpolate', rows[:3], 9, points=3)
  with pytest.raises(
    UserError, match='points is 17: a grid has 2 to 16 per side'
  ):
    moved('interpolate', rows, 9, points=17)


def test_a_path_is_a_line_or_turns_by_option():
  ends = [[4, 0, 0, 0], [0, 4, 0, 0]]
  line, arc = np.float32([2, 2, 0, 0]), np.float32([8**0.5, 8**0.5, 0, 0])
  for model, path, middle in (
    (Same, 'auto', line),
    (Round, 'auto', arc),
    (Round, 'line', line),
    (Same, 'slerp', arc),
  ):
    made = moved('interpolate', ends, 3, model=model, points=3, path=path)
    np.testing.assert_allclose(made[1], middle, rtol=1e-5, atol=1e-6)
    # An average of two is the middle of their path.
    made = moved('average', ends, 1, model=model, path=path)
    np.testing.assert_allclose(made[0], middle, rtol=1e-5, atol=1e-6)


def test_an_average_of_several_and_of_opposites():
  made = moved('average', [[3, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0]], 1)
  np.testing.assert_allclose(made, [[1, 1, 1, 0]])
  opposite = jnp.float32([[1, 0], [-1, 0]])
  np.testing.assert_array_equal(latent_lib.average(opposite, True), [0, 0])


def test_variations_are_as_near_as_asked():
  row = [[5, 5, 5, 5]]
  at = moved('vary', row, 8, nearness=1.0)
  np.testing.assert_allclose(at, np.full((8, 4), 5))
  away = moved('vary', row, 8, nearness=0.0)
  near = moved('vary', row, 8, nearness=0.75)
  np.testing.assert_allclose(near, 0.25 * away + 0.75 * 5, rtol=1e-5)
  assert len(np.unique(away, axis=0)) == 8


def test_attribute_vectors_are_those_of_the_quartiles(learned):
  # Density and c_major order the rows; the top quartile is the last row.
  assert learned['attributes'].shape == (3, 4)
  np.testing.assert_allclose(learned['attributes'][0], ROWS[3] - ROWS[0])
  # In C are 1, 1 / 2, 2 / 3, 3 / 4 of the onsets.
  np.testing.assert_allclose(learned['attributes'][1], ROWS[0] - ROWS[1])
  # Mean intervals are 0, 1, 1 and (1 + 1 + 2) / 3.
  np.testing.assert_allclose(learned['attributes'][2], ROWS[3] - ROWS[0])


def test_an_attribute_is_added_and_subtracted_in_steps(learned):
  made = moved('attribute', [[1, 1, 1, 1]], 5, learned, reach=2, gradations=5)
  step = ROWS[3] - ROWS[0]
  expected = [np.ones(4) + amount * step for amount in (-2, -1, 0, 1, 2)]
  np.testing.assert_allclose(made, expected)
  with pytest.raises(UserError, match='syncopation_16, which the music of'):
    moved('attribute', ROWS[:1], 1, learned, attribute='syncopation_16')
  with pytest.raises(UserError, match='needs the attribute vectors that'):
    moved('attribute', ROWS[:1], 1)


def test_a_walk_goes_along_one_direction(learned):
  deviation = np.repeat(ROWS, 4, 0).std(0)
  made = moved(
    'translate',
    ROWS[:1],
    3,
    learned,
    axes='dimension',
    direction=2,
    reach=1,
    gradations=3,
  )
  expected = np.zeros((3, 4))
  expected[:, 2] = np.array([-1, 0, 1]) * deviation[2]
  np.testing.assert_allclose(made - ROWS[0], expected, rtol=1e-5, atol=1e-6)
  # Principal directions are orthogonal, and hold all variance.
  principal = learned['principal']
  apart = principal @ principal.T
  lengths = np.diag(apart)
  np.testing.assert_allclose(apart, np.diag(lengths), atol=1e-4)
  assert (np.diff(lengths) <= 1e-5).all()
  np.testing.assert_allclose(lengths.sum(), np.square(deviation).sum(), 1e-4)
  made = moved('translate', ROWS[:1], 3, learned, reach=1, gradations=3)
  np.testing.assert_allclose(made[2] - made[1], principal[0], atol=1e-5)


def test_the_map_is_the_plane_in_which_codes_vary_most(learned):
  made = moved('map', ROWS[:0], 9, learned, side=3).reshape(3, 3, 4)
  np.testing.assert_allclose(made[1, 1], learned['mean'], atol=1e-5)
  # A sixth and five sixths of the normal distribution lie at .967 deviations.
  across = made[1, 2] - made[1, 1]
  np.testing.assert_allclose(across, 0.96742 * learned['principal'][0], 1e-3)
  up = made[0, 1] - made[1, 1]
  np.testing.assert_allclose(up, 0.96742 * learned['principal'][1], 1e-3)


def test_options_out_of_range_are_refused():
  for name, value, words in (
    ('nearness', 1.5, 'must be a share, 0 to 1, not 1.5'),
    ('direction', 4, 'must be 0 to 3, not 4'),
    ('reach', 0.0, 'must be above 0'),
    ('gradations', 1, 'must be 2 to 64, not 1'),
    ('side', 33, 'must be 2 to 32, not 33'),
  ):
    with pytest.raises(UserError, match=f'sample/{name} {words}'):
      latent(Same(), SPEC, **{name: value})


def test_pictures_have_no_attributes():
  field = Field((4,), 'uint8', 256, 'grey')
  spec = Spec('image', {}, {'image': field}, {}, 0.0, {}, {})
  assert 'attribute' not in latent(Same(), spec)
