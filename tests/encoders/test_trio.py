"""Trios: which parts are read, what is counted, and the inverse."""

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from tests.encoders.tunes import canonical_windows
from zoo.contracts import Spec, UserError
from zoo.encoders.trio import Trio
from zoo.music.piece import Metre, Piece, notes

FOUR = (Metre(0.0, 4, 4),)
OPEN = {'bars': 2, 'min_notes': 1}


def trio(*rows, metres=FOUR):
  """A piece of (start, end, pitch, program, part) rows; program -1: drums."""
  start, end, pitch, program, part = map(np.array, zip(*rows, strict=True))
  table = notes(
    *(start, end, pitch, 80),
    np.maximum(program, 0),
    part,
    program < 0,
  )
  return Piece('band', table, metres)


MELODY = [(q, q + 1, 60 + q, 0, 0) for q in range(8)]
BASS = [(q, q + 2, 36 + q, 33, 1) for q in range(0, 8, 2)]
KIT = [(q, q + 0.1, 36, -1, 2) for q in range(8)]


def test_a_trio_by_hand():
  found = Trio(**OPEN).encode(trio(*MELODY, *BASS, *KIT))
  assert found.dropped == {}
  examples = found.examples
  assert {k: (v.shape, str(v.dtype)) for k, v in examples.items()} == {
    'melody': ((1, 32), 'int8'),
    'bass': ((1, 32), 'int8'),
    'drums': ((1, 32), 'int16'),
  }
  # Class 2 is MIDI pitch 21.
  assert examples['melody'][0, ::4].tolist() == [41 + q for q in range(8)]
  assert examples['bass'][0, ::8].tolist() == [17, 19, 21, 23]
  assert examples['drums'][0, ::4].tolist() == [1] * 8


@pytest.mark.parametrize(
  ('program', 'kind'),
  [(0, 'melody'), (31, 'melody'), (32, 'bass'), (39, 'bass'), (40, None)],
)
def test_programs_say_what_a_part_is(program, kind):
  part = [(q, q + 1, 50, program, 3) for q in range(8)]
  rest = {'melody': BASS, 'bass': MELODY, None: []}[kind]
  found = Trio(**OPEN).encode(trio(*part, *rest, *KIT))
  if kind:
    assert found.examples[kind].max() == 50 - 19
  else:
    assert found.dropped == {'no melody and no bass part': 1}


def test_the_busiest_melodies_each_make_an_example_with_the_busiest_bass():
  more = [(q / 2, q / 2 + 0.5, 70, 24, 3) for q in range(16)]
  thin = [(0, 1, 80, 5, 4)]
  bass = [(q, q + 1, 30, 32, 5) for q in range(8)]
  other = [(0, 8, 60, 48, 6)]
  band = trio(*MELODY, *BASS, *KIT, *more, *thin, *bass, *other)
  found = Trio(**OPEN, melodies=2).encode(band)
  assert found.examples['melody'][:, 0].tolist() == [70 - 19, 60 - 19]
  assert found.examples['bass'][:, 0].tolist() == [30 - 19] * 2
  assert found.dropped == {
    'part: melody in a window, with fewer notes than those taken': 1,
    'part: bass in a window, with fewer notes than those taken': 1,
    'part: neither melody, bass nor drums': 1,
  }


def test_the_highest_of_notes_that_begin_together_is_kept_and_counted():
  chord = [(0, 1, 48, 0, 0), (0, 1, 55, 0, 0), (2, 3, 90, 0, 0)]
  fifths = [(0, 1, 45, 33, 1)]
  found = Trio(**OPEN).encode(trio(*MELODY, *chord, *BASS, *fifths, *KIT))
  assert found.examples['melody'][0, 0] == 60 - 19
  assert found.examples['melody'][0, 8] == 90 - 19
  assert found.examples['bass'][0, 0] == 45 - 19
  assert found.dropped == {
    'note: melody below the highest': 3,
    'note: bass below the highest': 1,
  }


@pytest.mark.parametrize(
  ('rows', 'options', 'dropped'),
  [
    ([*MELODY, *BASS], {}, {'no drums part': 1}),
    ([*BASS, *KIT], {}, {'no melody part': 1}),
    ([*MELODY, *KIT], {}, {'no bass part': 1}),
    ([*MELODY, *BASS, *KIT], {'min_notes': 5}, {'bass: too few notes': 1}),
    (
      [*MELODY[:2], (7, 8, 60, 0, 0), *BASS, *KIT],
      {'gap_bars': 1},
      {'melody: a long silence': 1},
    ),
    (
      [*MELODY, *BASS, *KIT[:1]],
      {'gap_bars': 1},
      {'drums that do not qualify': 1},
    ),
    (
      [*MELODY, (0, 4, 20, 33, 1), *KIT],
      {},
      {'bass: pitch out of range': 1},
    ),
    ([*MELODY, *BASS, (9, 10, 36, -1, 2)], {'stride': 2}, {'no drums': 1}),
  ],
)  # fmt: skip
def test_why_a_window_is_none(rows, options, dropped):
  found = Trio(**OPEN | options).encode(trio(*rows))
  got = {k: v for k, v in found.dropped.items() if not k.startswith('hit')}
  if options.get('stride'):
    got = {k: v for k, v in got.items() if k == 'no drums'}
  assert got == dropped


def test_other_metres_and_windows_of_one_stream_alone():
  band = trio(*MELODY, *BASS, *KIT, metres=(Metre(0.0, 3, 4),))
  assert Trio(**OPEN).encode(band).dropped == {'metre': 2}
  # The melody enters in bar 5: windows at bars 1 to 3 have none.
  late = [(q + 16, q + 17, 60, 0, 0) for q in range(4)]
  long = [(q, q + 4, 40, 33, 1) for q in range(0, 20, 4)]
  kit = [(q, q + 0.1, 36, -1, 2) for q in range(20)]
  found = Trio(**OPEN).encode(trio(*late, *long, *kit))
  assert found.dropped == {'no melody': 3}
  assert len(found.examples['melody']) == 1


@given(data=st.data())
@settings(deadline=None, max_examples=40)
def test_encode_undoes_decode(data):
  encoder = Trio(**OPEN)
  example = {
    'melody': data.draw(canonical_windows())[None],
    'bass': data.draw(canonical_windows())[None],
    'drums': np.array(
      [
        data.draw(
          st.lists(st.integers(0, 511), min_size=32, max_size=32).filter(any)
        )
      ]
    ),
  }
  (piece,) = encoder.decode(example)
  found = encoder.encode(piece)
  assert found.dropped == {}
  for name, tokens in example.items():
    np.testing.assert_array_equal(found.examples[name], tokens, name)


def test_decoded_parts_have_programs_and_drums_are_drums():
  examples = Trio(**OPEN).encode(trio(*MELODY, *BASS, *KIT)).examples
  table = Trio(**OPEN).decode(examples)[0].notes
  voices = {
    (part, program, drum)
    for part, program, drum in zip(
      *(c.tolist() for c in (table.part, table.program, table.drum)),
      strict=True,
    )
  }
  assert voices == {(0, 0, False), (1, 33, False), (2, 0, True)}


def test_cover_and_join_keep_a_users_piece():
  rows = [(*row[:2], *row[2:]) for row in (*MELODY, *BASS, *KIT)]
  later = [(s + 12, e + 12, *rest) for s, e, *rest in rows]
  piece = trio(*rows, *later)
  encoder = Trio(**OPEN)
  covered = encoder.cover(piece)
  assert {len(tokens) for tokens in covered.values()} == {3}
  joined = encoder.join(covered)
  pitched = joined.notes.pitch[~joined.notes.drum]
  assert len(pitched) == 2 * (len(MELODY) + len(BASS))
  assert joined.length == 20
  alone = encoder.cover(trio(*KIT))
  assert alone['melody'].any() == alone['bass'].any() == False  # noqa: E712
  with pytest.raises(UserError, match='has no melody'):
    encoder.cover(trio((0, 1, 60, 48, 0)))


def test_canonical_rows_move_melody_and_bass_together():
  encoder = Trio(**OPEN)
  one = encoder.encode(trio(*MELODY, *BASS, *KIT)).examples

  def up(rows, by):
    return [(s, e, p + by, *rest) for s, e, p, *rest in rows]

  both = encoder.encode(trio(*up(MELODY, 3), *up(BASS, 3), *KIT)).examples
  apart = encoder.encode(trio(*up(MELODY, 3), *BASS, *KIT)).examples
  rows = [encoder.canonical(examples)[0] for examples in (one, both, apart)]
  assert (rows[0] == rows[1]).all() and (rows[0] != rows[2]).any()
  other = {**one, 'drums': one['drums'] + 1}
  assert (encoder.canonical(other)[0] != rows[0]).any()


def test_the_spec_rebuilds_the_encoder():
  encoder = Trio(bars=4, kit='roland_td11')
  text = encoder.spec.to_json()
  assert Trio.from_spec(Spec.from_json(text)).spec.to_json() == text
  assert encoder.spec.sizes['melody_classes'] == 90
  assert encoder.spec.sizes['drum_classes'] == 512
  assert encoder.spec.sizes['steps'] == 64


@pytest.mark.parametrize('name', ['bars', 'stride', 'melodies', 'min_notes'])
def test_bad_options(name):
  with pytest.raises(UserError, match=f'encoder/{name} must be at least 1'):
    Trio(**{name: 0})
