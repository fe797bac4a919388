"""Pictures: rows of pixels and back, and as files."""

import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.encoders import ENCODERS
from zoo.encoders.image import Image, Picture


def pictures(count, shape=(3, 2), seed=0):
  random = np.random.default_rng(seed)
  return [
    Picture(
      str(index), random.integers(0, 256, shape).astype(np.uint8), index % 4
    )
    for index in range(count)
  ]


def test_rows_and_back():
  given = pictures(4)
  encoder = Image().fit(given)
  assert encoder.spec.fields['image'].shape == (6,)
  assert encoder.spec.fields['label'].classes == 4
  found = [encoder.encode(one).examples for one in given]
  assert found[1]['image'].tolist() == [given[1].pixels.ravel().tolist()]
  assert found[1]['label'].tolist() == [1]
  rows = {k: np.concatenate([one[k] for one in found]) for k in found[0]}
  for one, made in zip(given, encoder.decode(rows), strict=True):
    np.testing.assert_array_equal(one.pixels, made.pixels)
    assert (one.id, one.label) == (made.id, made.label)
  (unlabelled,) = encoder.decode({'image': rows['image'][:1] + 0.4})
  np.testing.assert_array_equal(unlabelled.pixels, given[0].pixels)
  assert unlabelled.label == -1


def test_the_spec_rebuilds_it():
  encoder = Image().fit(pictures(4))
  again = ENCODERS['image'].from_spec(Spec.from_json(encoder.spec.to_json()))
  assert again.spec == encoder.spec
  np.testing.assert_array_equal(
    again.join({'image': np.arange(12).reshape(2, 6)}).pixels,
    [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]],
  )


def test_what_is_dropped():
  encoder = Image().fit(pictures(2))
  (other,) = pictures(1, (2, 3))
  found = encoder.encode(other)
  assert found.dropped == {'another size': 1}
  assert found.examples['image'].shape == (0, 6)
  unknown = pictures(1)[0]._replace(label=3)
  assert encoder.encode(unknown).dropped == {'label unknown in training': 1}
  with pytest.raises(UserError, match='this model reads pictures'):
    encoder.cover(other)


def test_a_picture_as_a_file(tmp_path):
  image = pytest.importorskip('matplotlib.image')
  (one,) = pictures(1)
  encoder = Image()
  (path,) = encoder.write(one, tmp_path / 'a', 'how it was made')
  assert path == tmp_path / 'a.png'
  pixels = np.rint(255 * image.imread(path)[:, :, 0])
  assert pixels.shape == (24, 16)
  np.testing.assert_array_equal(pixels[::8, ::8], one.pixels)
  assert b'how it was made' in path.read_bytes()
  first = path.read_bytes()
  encoder.write(one, tmp_path / 'a', 'how it was made')
  assert path.read_bytes() == first


def test_an_overview_has_every_picture(tmp_path):
  image = pytest.importorskip('matplotlib.image')
  given = pictures(5)
  path = tmp_path / 'overview.png'
  Image().overview(given, path, ['a'] * 5)
  sheet = np.rint(255 * image.imread(path)[::4, ::4, 0])
  assert sheet.shape == (2 * 5, 3 * 4)
  np.testing.assert_array_equal(sheet[5:8, 4:6], given[4].pixels)
