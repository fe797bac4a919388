"""All methods compared: the same chorales, whole, for every system."""

import itertools
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from studies import harmonization
from zoo.contracts import Mode, UserError
from zoo.data.corpus import FRACTIONS, split_of
from zoo.encoders.voices import Voices
from zoo.music.piece import Metre, Piece, notes

# Two chords for each soprano, of which the model below writes the first.
BELOW = {72: ((67, 64, 48), (69, 65, 53)), 71: ((67, 62, 43), (67, 62, 43))}
LOWEST = np.array([53, 48, 36])


def chorale(identity, sopranos, which=0):
  rows = [
    (place, place + 1, pitch, part)
    for place, top in enumerate(sopranos)
    for part, pitch in enumerate((top, *BELOW[top][which]))
  ]
  start, end, pitch, part = zip(*rows, strict=True)
  table = notes(start, end, pitch, part=part)
  return Piece(identity, table, (Metre(0.0, 3, 4),))


def ids(split, count):
  found = (str(n) for n in itertools.count())
  alike = (one for one in found if split_of(one, FRACTIONS) == split)
  return list(itertools.islice(alike, count))


TEST = ids('test', 2)
PIECES = [
  *(chorale(one, [72, 71, 72]) for one in ids('train', 3)),
  chorale(TEST[0], [72, 71, 72, 72, 71, 71, 72]),
  chorale(TEST[1], [72, 71, 72, 72, 72], which=1),
]


def run(name, encoder, split=FRACTIONS):
  """A trained system that knows the first chord below each soprano."""
  first = encoder.spec.sizes['first_pitch']

  def harmonize(params, state, keys, condition):
    voices = jnp.asarray(condition['voices'], jnp.int32)
    pitch = voices[..., 0] - first + 57
    made = voices
    for top, (chord, _) in BELOW.items():
      classes = jnp.asarray(chord) - LOWEST + first
      begins = (pitch == top)[..., None]
      made = made.at[..., 1:].set(jnp.where(begins, classes, made[..., 1:]))
    return {'voices': jnp.where(condition['bar'][..., None] > 0, made, voices)}

  return SimpleNamespace(
    encoder=encoder,
    sampler={'harmonize': Mode(harmonize, (1, 1), True)},
    params={},
    state={},
    config={'sample': {'seed': 0}, 'split': split},
    meta={'experiment': name},
  )


@pytest.mark.parametrize(
  'options', [{'steps': 8, 'rests': False}, {'steps': 0, 'padding': 4}]
)
def test_windows_and_whole_pieces_are_harmonized_whole(monkeypatch, options):
  runs = {'a': run('a', Voices(**options)), 'b': run('a', Voices(**options))}
  monkeypatch.setattr(harmonization.assembly, 'load', runs.__getitem__)
  found = harmonization.measure(['a', 'b'], PIECES)['a']
  assert (found['runs'], found['chorales']) == (2, 2)
  assert found['soprano'] == {'model': 1, 'spread': 0}
  # The alto stands right below all seven, then below the one 71 of five.
  assert found['alto']['model'] == pytest.approx(8 / 12)
  assert found['chord']['model'] == pytest.approx(8 / 12)
  assert found['alto']['lookup'] == pytest.approx(8 / 12)
  assert found['final_tonic']['model'] == 0.5
  assert found['final_tonic']['bach'] == 1


def test_what_was_learned_in_another_key_is_not_harmonized():
  first, second = PIECES[3:]
  up = first.notes._replace(pitch=first.notes.pitch + 2)
  known = [*PIECES[:3], first._replace(id='known', notes=up)]
  assert harmonization.unheard([first, second], known) == [second]
  assert harmonization.unheard([first, second], PIECES[:3]) == [first, second]


def test_no_note_of_bachs_other_voices_is_given():
  alone = harmonization.soprano(PIECES[3])
  assert alone.notes.pitch.tolist() == [72, 71, 72, 72, 71, 71, 72]
  assert alone.metres == PIECES[3].metres


def test_runs_that_hold_out_other_chorales_are_refused(monkeypatch):
  runs = {
    'a': run('a', Voices(steps=8)),
    'b': run('b', Voices(steps=8), split=(0.5, 0.25, 0.25)),
  }
  monkeypatch.setattr(harmonization.assembly, 'load', runs.__getitem__)
  with pytest.raises(UserError, match='hold out different chorales'):
    harmonization.measure(['a', 'b'], PIECES)
