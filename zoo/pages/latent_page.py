"""A page that runs a model with a latent space: Blend and Loops.

After Beat Blender and Latent Loops, by Google and Magenta, based on MusicVAE:
https://magenta.withgoogle.com/music-vae
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.contracts import Spec
from zoo.pages import page as page_lib

# Self-contained functions: the worker consists of their source text.
WORKER = ('moves.js', 'arithmetic.js', 'runtime.js')
SCRIPTS = (
  'sounds.js',
  'player.js',
  'roll.js',
  *WORKER,
  'controls.js',
  'codes.js',
  'patterns.js',
  'midi.js',
  'musicxml.js',
  'pictures.js',
  'network.js',
  'transport.js',
  'studio.js',
  'sequencer.js',
  'blend.js',
  'loops.js',
  'latent_page.js',
)
STYLES = ('page.css', 'latent_page.css')


def page(
  exported: Mapping[str, Any],
  examples: Mapping[str, np.ndarray],
  spec: Spec,
  streams: Sequence[Mapping[str, Any]],
  title: str,
  origin: Mapping[str, str],
) -> str:
  """The page as HTML.

  Args:
    exported: by the sampler's mode: model, codes [N, Z], view, learned.
    examples: {field: [N, ...]}, those on its plane.
    spec: of the encoder.
    streams: see `streams`.
    title: of the page.
    origin: experiment, checkpoint and license of the corpus, as text.
  """
  codes = np.asarray(exported['codes'], np.float32)
  centre, axes, scale = plane(codes)
  data = {
    'model': exported['model'],
    'view': exported['view'],
    'codes': _half(codes),
    'plane': {
      'centre': _half(centre),
      'axes': _half(axes),
      'scale': scale,
    },
    'attributes': attributes(exported),
    'examples': {
      name: np.asarray(values).reshape(len(codes), -1).astype(int).tolist()
      for name, values in examples.items()
    },
    'streams': streams,
    'picture': picture(spec),
    'music': {
      'quarters': spec.quarters,
      'steps': spec.sizes.get('steps', 0),
      'bar': spec.sizes.get('steps_per_bar', 0),
      'beat': spec.sizes.get('steps_per_beat', 0),
      'metre': str(spec.options.get('metre', '4/4')),
    },
    'origin': dict(origin),
  }
  body = page_lib.asset('latent_page.html')
  for name, text in {'TITLE': title, **origin}.items():
    body = body.replace('{' + name.upper() + '}', page_lib.escape(text))
  return page_lib.page(title, body, data, SCRIPTS, STYLES, worker=True)


def streams(spec: Spec, encoder: Any) -> list[dict[str, Any]]:
  """How a page reads and writes the fields of a spec as notes.

  Returns:
    For each field that is music its name, its `kind` and what the kind needs:
    `line`, one class per step, where 0 holds, 1 ends a note and others are
    `pitches`; `drums`, bits of a `kit` [[pitch, velocity], ...]; `roll`, bits
    of pitches from `lowest` on. Empty if no field is music, as for pictures.
  """
  found: list[dict[str, Any]] = []
  if not spec.quarters:
    return found
  for name, field in spec.fields.items():
    pitches = spec.tables.get(f'pitches_{name}', spec.tables.get('pitches'))
    if field.kind == 'bit' and len(field.shape) == 2:
      found.append(
        {'field': name, 'kind': 'roll', **_lowest(spec, encoder, name)}
      )
    elif 'drums' in spec.tables and field.classes == len(spec.tables['drums']):
      kit = _kit(spec, encoder, name)
      found.append({'field': name, 'kind': 'drums', 'kit': kit})
    elif pitches and len(field.shape) == 1 and len(pitches) == field.classes:
      program = 33 if name == 'bass' else 0
      found.append(
        {'field': name, 'kind': 'line', 'pitches': pitches, 'program': program}
      )
  return found


def picture(spec: Spec) -> dict[str, Any] | None:
  """How a page draws gray pixels: field, height, width, most (white)."""
  field = spec.fields[spec.main_field]
  if field.kind != 'grey':
    return None
  return {
    'field': spec.main_field,
    'height': spec.sizes['height'],
    'width': spec.sizes['width'],
    'most': field.classes - 1,
  }


def plane(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[float]]:
  """The plane through codes [N, Z] along which they differ most.

  Returns:
    their mean [Z]; two directions of length 1 [2, Z]; the largest distance of a
    code from the mean in each of them.
  """
  centre = codes.mean(0)
  _, _, axes = np.linalg.svd(codes - centre, full_matrices=False)
  axes = axes[:2]
  if len(axes) < 2:
    axes = np.eye(2, codes.shape[1], dtype=np.float32)
  along = np.abs((codes - centre) @ axes.T)
  return centre, axes, [max(float(x), 1e-3) for x in along.max(0)]


def attributes(exported: Mapping[str, Any]) -> list[dict[str, Any]]:
  """[{name, vector}] of the attribute vectors that the sampler learned."""
  vectors = exported['learned'].get('attributes')
  names = exported.get('attribute_names', ())
  if vectors is None or len(vectors) != len(names):
    return []
  return [
    {'name': name.replace('_', ' '), 'vector': _half(vector)}
    for name, vector in zip(names, vectors, strict=True)
  ]


def _kit(spec, encoder, field):
  """[[pitch, velocity], ...] of the drums, as the encoder decodes them."""
  empty = {
    name: np.zeros((1, *one.shape), one.dtype)
    for name, one in spec.fields.items()
  }
  count = len(spec.vocabulary['drums'])
  empty[field][0, :count] = 1 << np.arange(count)
  table = encoder.decode(empty)[0].notes
  order = np.argsort(table.start[table.drum])
  return np.stack(
    [table.pitch[table.drum][order], table.velocity[table.drum][order]], 1
  ).tolist()


def _lowest(spec, encoder, field):
  empty = {
    name: np.zeros((1, *one.shape), one.dtype)
    for name, one in spec.fields.items()
  }
  empty[field][0, 0, 0] = 1
  table = encoder.decode(empty)[0].notes
  return {'lowest': int(table.pitch[0]) if len(table.pitch) else 21}


def _half(values: Any) -> str:
  """float16 as base64."""
  found = np.asarray(values, '<f2')
  return base64.b64encode(np.ascontiguousarray(found).tobytes()).decode()
