"""Pictures are written, are of the right size, and are equal to the byte."""

import struct
import subprocess
import sys

import numpy as np
import pytest

from zoo.music.piece import ChordSymbol, Metre, Notes, Piece
from zoo.pictures import plots

COMMON = (Metre(0.0, 4, 4),)


def piece(*notes, part=(), metres=COMMON):
  """Notes as (start, end, pitch) in quarters."""
  start, end, pitch = np.array(notes, float).reshape(-1, 3).T
  zeros = np.zeros(len(notes), np.int16)
  return Piece(
    'a tune',
    Notes(
      start,
      end,
      pitch.astype(np.int16),
      zeros + 90,
      zeros,
      np.array(part or zeros, np.int16),
      zeros > 0,
      zeros,
    ),
    metres=metres,
  )


TUNE = piece((0, 1, 60), (1, 1.5, 64), (1.5, 4, 67), (4, 8, 72))


def size(path):
  """(width, height) in the header of a PNG file."""
  header = path.read_bytes()[:24]
  assert header[:8] == b'\x89PNG\r\n\x1a\n'
  return struct.unpack('>II', header[16:24])


def pixels(path):
  from matplotlib.image import imread

  return imread(path)[..., :3]


def coloured(path, colour):
  """How many pixels have exactly this colour."""
  from matplotlib.colors import to_rgb

  return int((abs(pixels(path) - to_rgb(colour)).max(-1) < 0.01).sum())


def test_roll_shows_notes_and_is_deterministic(tmp_path):
  for name in ('a.png', 'b.png'):
    plots.piano_roll(TUNE, tmp_path / name, 'A tune')
  drawn = (tmp_path / 'a.png').read_bytes()
  assert drawn == (tmp_path / 'b.png').read_bytes()
  for word in (b'matplotlib', b'Software', b'tIME', b'date'):
    assert word not in drawn
  # Two bars: 6 inches of notes, .42 and .14 of margin, 160 dots an inch.
  assert size(tmp_path / 'a.png')[0] == 160 * 6.56 // 1
  # 8 quarters of notes, a semitone of 17 high: 6 x 2 inches / 17, less the
  # rims.
  area = 6 * 2 * 160**2 / 17
  assert 0.75 * area < coloured(tmp_path / 'a.png', plots.PARTS[0]) < area


def test_each_part_has_its_colour(tmp_path):
  both = piece((0, 4, 60), (0, 4, 67), part=(3, 8))
  plots.piano_roll(both, tmp_path / 'a.png')
  assert coloured(tmp_path / 'a.png', plots.PARTS[0]) > 1000
  assert coloured(tmp_path / 'a.png', plots.PARTS[1]) > 1000
  assert coloured(tmp_path / 'a.png', plots.PARTS[2]) == 0


def test_silence_is_drawn(tmp_path):
  plots.piano_roll(piece(), tmp_path / 'a.png')
  assert coloured(tmp_path / 'a.png', plots.PARTS[0]) == 0
  assert coloured(tmp_path / 'a.png', plots.BLACK_KEY) > 1000


def test_overview_is_a_grid(tmp_path):
  for name in ('a.png', 'b.png'):
    plots.overview([TUNE] * 5, tmp_path / name, columns=4)
  assert (tmp_path / 'a.png').read_bytes() == (tmp_path / 'b.png').read_bytes()
  width, height = size(tmp_path / 'a.png')
  assert 1500 < width < 1800
  # The second row is empty from its second column on.
  drawn = pixels(tmp_path / 'a.png')
  assert drawn[height * 6 // 10 :, width // 3 :].min() == 1
  assert drawn[height * 6 // 10 :, : width // 4].min() < 1
  plots.overview([TUNE] * 5, tmp_path / 'c.png', titles='vwxyz', columns=1)
  assert size(tmp_path / 'c.png')[1] > 2 * height


def test_bars_follow_the_metres():
  metres = (Metre(0.0, 4, 4), Metre(8.0, 6, 8), Metre(12.0, 4, 4))
  tune = piece((0, 16, 60), metres=metres)
  # The second bar of 6/8 is cut short where 4/4 begins again.
  assert plots._bar_lines(tune, 16) == [0, 4, 8, 11, 12, 16]
  assert plots._beat_lines(tune, [8, 11]) == [8.5, 9, 9.5, 10, 10.5]


LINES = [
  {
    'step': step,
    'loss': 100 / step,
    'accuracy': 1 - 1 / step,
    'examples_per_second': 1000.0,
    'skipped': 0,
    **({'validation_accuracy': 0.5} if step % 50 == 0 else {}),
  }
  for step in range(10, 110, 10)
]


def test_curves_join_training_and_validation(tmp_path):
  for name in ('a.png', 'b.png'):
    plots.curves(LINES, tmp_path / name)
  assert (tmp_path / 'a.png').read_bytes() == (tmp_path / 'b.png').read_bytes()
  assert coloured(tmp_path / 'a.png', plots.PARTS[0]) > 200
  assert coloured(tmp_path / 'a.png', plots.PARTS[1]) > 50
  # Two panels of 3.4 inches, not three: the speed is no metric.
  assert size(tmp_path / 'a.png')[0] == pytest.approx(
    160 * (2 * 3.4 + 0.55 + 0.56), abs=2
  )


def test_curves_skip_what_is_not_a_number(tmp_path):
  odd = [*LINES, {'step': 110, 'loss': float('nan'), 'note': 'resumed'}]
  plots.curves(LINES, tmp_path / 'a.png')
  plots.curves(odd, tmp_path / 'b.png')
  assert (tmp_path / 'a.png').read_bytes() == (tmp_path / 'b.png').read_bytes()
  plots.curves([], tmp_path / 'c.png')
  assert size(tmp_path / 'c.png')[0] > 100


def test_matplotlib_waits_and_its_global_state_is_left_alone():
  code = (
    'import sys; from zoo.pictures import plots;'
    'print("matplotlib" in sys.modules);'
    'from tempfile import mkdtemp; plots.curves([], mkdtemp() + "/a.png");'
    'print("matplotlib.pyplot" in sys.modules)'
  )
  ran = subprocess.run(
    [sys.executable, '-c', code], capture_output=True, text=True, check=True
  )
  assert ran.stdout.split() == ['False', 'False']


def test_of_long_pieces_notes_and_paper_are_seen(tmp_path):
  """Two hundred bars of sixteenths in four narrow panels."""
  start = np.arange(3200) / 4
  long = piece(*zip(start, start + 0.25, 60 + start // 4 % 12, strict=True))
  path = tmp_path / 'long.png'
  plots.overview([long] * 4, path)
  width, height = size(path)
  assert coloured(path, plots.PANEL) > 0.3 * width * height
  shades = abs(pixels(path) - [0x2F / 255, 0x5D / 255, 0x8C / 255]).max(-1)
  # All time is filled, of twelve pitches one at a time.
  assert (shades < 0.3).sum() > 0.4 * 4 * 384 * 160 * 0.045


def with_drums(*hits, melody=True):
  """Hits as (quarter, pitch, velocity), and a tune beside them."""
  from zoo.music.piece import notes

  start, pitch, velocity = np.array(hits, float).T
  count = 4 if melody else 0
  tune = [60, 64, 67, 72][:count]
  return Piece(
    'band',
    notes(
      [*start, *range(count)],
      [*(start + 0.25), *(place + 1 for place in range(count))],
      [*pitch, *tune],
      [*velocity, *[80] * count],
      drum=[True] * len(hits) + [False] * count,
    ),
  )


def test_drums_are_in_lanes_from_the_kick_upwards():
  beat = with_drums((0, 36, 90), (1, 38, 90), (2, 49, 90), melody=False)
  scale = plots._scale([beat])
  assert [*scale.lanes] == [36, 38, 49]
  places = [*scale.lanes.values()]
  assert np.diff(places).tolist() == [2, 2]
  assert (scale.low, scale.floor, scale.high) == (-6, 0, 0)
  band = plots._scale([with_drums((0, 36, 90), (1, 81, 90))])
  assert max(band.lanes.values()) + 1 == band.floor - 0.5
  assert band.floor <= 58 and band.high >= 73
  assert not plots._scale([TUNE]).lanes


def test_drums_are_drawn_and_the_louder_the_taller(tmp_path):
  soft, loud = (
    with_drums(*((q, 36, velocity) for q in range(4)), melody=False)
    for velocity in (20, 120)
  )
  for name, beat in (('soft', soft), ('loud', loud)):
    plots.piano_roll(beat, tmp_path / f'{name}.png')
  ink = [
    coloured(tmp_path / f'{name}.png', plots.DRUMS) for name in ('soft', 'loud')
  ]
  assert 0 < 1.5 * ink[0] < ink[1]


@pytest.mark.parametrize('melody', [False, True])
def test_lanes_are_named(melody):
  figure, ((axes,),) = plots.panels(1, 1, 6, 4)
  beat = with_drums((0, 36, 90), (1, 42, 90), melody=melody)
  plots._roll(axes, beat, plots._scale([beat]), [0, 4], 6, thin=False)
  names = [label.get_text() for label in axes.get_yticklabels()]
  assert names[:2] == ['Kick', 'Closed hi-hat']
  assert names[2:] == ['C4', 'C5'][: 2 * melody]
  figure.set_figheight(0.1)  # No room for names any more.
  plots._roll(axes, beat, plots._scale([beat]), [0, 4], 6, thin=True)
  names = [label.get_text() for label in axes.get_yticklabels()]
  assert names[0] == 'Drums'


def test_an_overview_of_drums_beside_a_silent_piece(tmp_path):
  beat = with_drums((0, 36, 90), (7, 42, 90))
  plots.overview([beat, piece(), TUNE], tmp_path / 'a.png')
  assert size(tmp_path / 'a.png')[0] > 500


def test_chord_symbols_are_placed_at_their_onsets():
  figure, ((axes,),) = plots.panels(1, 1, 6, 2)
  chords = [(0, 'C'), (1, 'Am7'), (1.05, 'D'), (4, 'F#m7b5/E')]
  named = TUNE._replace(chords=tuple(ChordSymbol(*one) for one in chords))
  plots._roll(axes, named, plots._scale([named]), [0, 4, 8], 6, thin=False)
  plots._name_chords(axes, named, 6 / 8)
  # A quarter is .75 inches wide: D would stand on Am7.
  found = [(text.xy[0], text.get_text()) for text in axes.texts]
  assert found == [(0, 'C'), (1, 'Am7'), (4, 'F#m7b5/E')]
  assert figure.get_figheight() > 2
