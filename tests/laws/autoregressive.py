"""Every Autoregressive model in its forms, tiny, with drawn weights."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.parameters import drawn
from zoo.layers.abc_grammar import Table
from zoo.layers.active_notes import Vocabulary
from zoo.losses.likelihood import init_model
from zoo.models.anticipation_rnn import AnticipationRnn
from zoo.models.bachprop import BachProp
from zoo.models.folk_rnn import FolkRnn
from zoo.models.melody_rnn import MelodyRnn
from zoo.models.rnn_nade import RnnNade
from zoo.models.unit_selection import UnitSelection

_CLASSES = (4, 5, 6)
_TICKS = Vocabulary((0, 24, 48), (12, 24, 48, 96), 5, 48)
# M:4/4 K:Cmaj c 2 > | </s>, and what the others of abc_grammar have none of.
_WORDS = ('metre', 'mode', 'height', 'duration', 'broken', 'bar', 'end')
_VALUES = (768, 1, 35, 192, 12, 1, 1)
_NONE = 'rest tuplet_n tuplet_p tuplet_q chord chord_end tie double open close'
_ABC = Table(
  96,
  tuple(
    (
      name,
      tuple(_VALUES[at] * (name == word) for at, word in enumerate(_WORDS)),
    )
    for name in (*_WORDS, *_NONE.split(), 'first', 'second')
  ),
)
_STRONG = {
  'inputs': 'voices',
  'activation': 'relu',
  'skip': True,
  'reach': 4,
  'recall': True,
}


def _melody(**options):
  return MelodyRnn(5, 4, (6, 5), **options)


def _constrained(form):
  return AnticipationRnn(5, 4, 2, (6, 5), (4, 3), form)


def _notes(**options):
  ticks = _TICKS if options.get('active_notes') else None
  sizes = {'hidden': (4, 5, 6, 7), 'head_hidden': 8}
  return BachProp(_CLASSES, ticks, **sizes, **options)


def _texts(**options):
  return FolkRnn(_ABC, (6, 5), **options)


def _rolls(**options):
  sizes: dict[str, Any] = {'recurrent': (6,), 'hidden': 7, 'voices': 3}
  return RnnNade(4, **sizes | options)


def _units():
  return UnitSelection(5, 4, 60, code=3, tower=4, memory=3, hidden=(6,))


# {name in MODELS: {form: model}}.
MODELS = {
  'anticipation_rnn': {
    form: _constrained(form) for form in ('published', 'next')
  },
  'melody_rnn': {'plain': _melody(), 'metre': _melody(metre=True)},
  'bachprop': {
    **{
      cell: _notes(cell=cell) for cell in ('feedforward', 'rnn', 'lstm', 'gru')
    },
    'active_notes': _notes(active_notes=True),
    'linear': _notes(heads='linear'),
    'rectified': _notes(heads='rectified'),
  },
  'folk_rnn': {
    'published': _texts(),
    'place': _texts(place=True),
    'match': _texts(place=True, reach=8, nearest=2),
  },
  'unit_selection': {'notes': _units()},
  'rnn_nade': {
    'published': _rolls(),
    'dense': _rolls(voices=0),
    'gru': _rolls(skip=True, cell='gru', recurrent=(6, 6)),
    'strong': _rolls(**_STRONG),
    'orders': _rolls(**_STRONG, orders=('u', 'du')),
  },
}
FORMS = {
  f'{name}-{form}': model
  for name, forms in MODELS.items()
  for form, model in forms.items()
}


@functools.cache
def parameters(form: str) -> Any:
  """Weights so large that what is read matters."""
  model = FORMS[form]
  batch = {
    'tokens': jnp.zeros((1, 2), int),
    'notes': jnp.zeros((1, 2, 3), int),
    'roll': jnp.zeros((1, 2, 4), int),
    'text': jnp.zeros((1, 2), int),
    'length': jnp.ones(1, int),
  }
  init = functools.partial(init_model, model)
  return drawn(init, batch, scale=0.5)['params']


def every_symbol(model: Any) -> jax.Array:
  """[M, ...] all symbols that a step may be."""
  counts = {
    'tokens': lambda: (model.classes,),
    'notes': lambda: model.classes,
    'roll': lambda: (2,) * model.pitches,
    'text': lambda: (model.classes,),
  }[model.field]()
  found = np.stack(np.meshgrid(*map(np.arange, counts)), -1)
  found = found.reshape(-1, len(counts))
  return jnp.asarray(found[:, 0] if len(counts) == 1 else found)


def some_symbols(model: Any, rows: int, steps: int, seed: int = 0) -> jax.Array:
  """[B, T, ...] drawn at random; the second half is the first again."""
  every = every_symbol(model)
  random = np.random.default_rng(seed)
  place = random.integers(0, len(every), (rows, steps))
  place[:, steps // 2 :] = place[:, : steps - steps // 2]
  return every[place]
