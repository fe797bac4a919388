"""Drum kits: nine classes of drums, and which MIDI pitch plays which of them.

The classes are those of magenta's drum models and of MusicVAE (Roberts et
al., ICML 2018, arXiv 1803.05428): a set of drums that are hit together is one
of 2 ** 9 = 512 combinations, the bit `1 << k` of which stands for class k.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.music.piece import Notes, notes

NINE_DRUMS = (
  'kick',
  'snare',
  'closed_hat',
  'open_hat',
  'low_tom',
  'mid_tom',
  'high_tom',
  'crash',
  'ride',
)
COMBINATIONS = 2 ** len(NINE_DRUMS)

Kit = Literal['general_midi', 'roland_td11']

# General MIDI percussion, with the sounds of Roland GS and of Groove's kit
# below 35. Other percussion is played by the class that magenta's table
# (DEFAULT_DRUM_TYPE_PITCHES) gives it: a cowbell is a snare, a maraca a
# closed hi-hat.
GENERAL_MIDI: dict[str, tuple[int, ...]] = {
  'kick': (35, 36),  # acoustic and electric bass drum
  'snare': (
    38,  # acoustic snare
    40,  # electric snare
    37,  # side stick
    39,  # hand clap
    *(27, 28, 31, 32, 33, 34),  # GS: laser, whip, sticks, clicks, bell
    56,  # cowbell
    *(65, 66),  # timbales
    75,  # claves
    85,  # GS: castanets
  ),
  'closed_hat': (
    42,  # closed hi-hat
    44,  # pedal hi-hat
    22,  # Roland: closed hi-hat, edge
    54,  # tambourine
    *(68, 69, 70, 71),  # low agogo, cabasa, maracas, short whistle
    *(73, 78, 80),  # short guiro, mute cuica, mute triangle
  ),
  'open_hat': (
    46,  # open hi-hat
    26,  # Roland: open hi-hat, edge
    *(67, 72, 74, 79, 81),  # high agogo, long whistle, guiro, cuica, triangle
  ),
  'low_tom': (
    *(41, 43, 45),  # low and high floor tom, low tom
    *(29, 61, 64, 84),  # GS scratch, low bongo, low conga, GS bell tree
  ),
  'mid_tom': (
    *(47, 48),  # low-mid and high-mid tom
    *(60, 63, 77),  # high bongo, open high conga, low wood block
    *(86, 87),  # GS: mute and open surdo
  ),
  'high_tom': (
    50,  # high tom
    *(30, 62, 76, 83),  # GS scratch, mute high conga, high wood block, bells
  ),
  'crash': (
    *(49, 57),  # crash cymbals
    52,  # Chinese cymbal
    55,  # splash cymbal
    58,  # vibraslap
  ),
  'ride': (
    *(51, 59),  # ride cymbals
    53,  # ride bell
    82,  # GS: shaker
  ),
}

# The Roland TD-11 of the Groove MIDI Dataset (Gillick et al., ICML 2019,
# arXiv 1905.06118): its toms have other numbers, and 58 is a rim.
ROLAND_TD11: dict[str, tuple[int, ...]] = {
  'kick': (36,),
  'snare': (38, 40, 37),  # head, rim, cross-stick
  'closed_hat': (42, 22, 44),  # bow, edge, pedal
  'open_hat': (46, 26),  # bow, edge
  'low_tom': (43, 58),  # tom 3, head and rim
  'mid_tom': (45, 47),  # tom 2
  'high_tom': (48, 50),  # tom 1
  'crash': (49, 55, 57, 52),
  'ride': (51, 59, 53),
}

KITS: dict[Kit, dict[str, tuple[int, ...]]] = {
  'general_midi': GENERAL_MIDI,
  'roland_td11': ROLAND_TD11,
}

# The pitch of each class, the same in either kit.
PITCHES = (36, 38, 42, 46, 43, 47, 50, 49, 51)
VELOCITIES = (105, 100, 75, 80, 95, 95, 95, 105, 80)

# Names of General MIDI percussion, for pictures and scores.
NAMES = {
  35: 'Kick 2',
  36: 'Kick',
  37: 'Side stick',
  38: 'Snare',
  39: 'Hand clap',
  40: 'Snare 2',
  41: 'Floor tom 2',
  42: 'Closed hi-hat',
  43: 'Floor tom',
  44: 'Pedal hi-hat',
  45: 'Low tom',
  46: 'Open hi-hat',
  47: 'Mid tom',
  48: 'High-mid tom',
  49: 'Crash',
  50: 'High tom',
  51: 'Ride',
  52: 'China cymbal',
  53: 'Ride bell',
  54: 'Tambourine',
  55: 'Splash',
  56: 'Cowbell',
  57: 'Crash 2',
  58: 'Vibraslap',
  59: 'Ride 2',
  60: 'High bongo',
  61: 'Low bongo',
  62: 'Mute conga',
  63: 'Open conga',
  64: 'Low conga',
  65: 'High timbale',
  66: 'Low timbale',
  67: 'High agogo',
  68: 'Low agogo',
  69: 'Cabasa',
  70: 'Maracas',
  71: 'Short whistle',
  72: 'Long whistle',
  73: 'Short guiro',
  74: 'Long guiro',
  75: 'Claves',
  76: 'High wood block',
  77: 'Low wood block',
  78: 'Mute cuica',
  79: 'Open cuica',
  80: 'Mute triangle',
  81: 'Open triangle',
}


def name_of(pitch: int) -> str:
  """The name of a percussion pitch; its number if General MIDI has none."""
  return NAMES.get(pitch, f'Drum {pitch}')


def in_kit_order(pitches: Iterable[int]) -> list[int]:
  """Percussion pitches sorted from kick to cymbals."""
  classes = drum_map().classes

  def place(pitch):
    number = int(classes[pitch])
    return number if number >= 0 else len(NINE_DRUMS), pitch

  return sorted(pitches, key=place)


class DrumMap(NamedTuple):
  """The class of each MIDI pitch, and the pitch that each class is written as.

  Attributes:
    classes: [128] int8, the class of each pitch, -1 for none.
    pitches: [9] int16, a pitch of each class.
  """

  classes: np.ndarray
  pitches: np.ndarray


def drum_map(kit: Kit = 'general_midi', changes: Iterable[str] = ()) -> DrumMap:
  """The map of a kit, with a user's changes.

  Args:
    kit: a name in KITS.
    changes: such as '60=low_tom'; '60=none' drops pitch 60.

  Raises:
    UserError: a malformed change, or a class without any pitch.
  """
  classes = np.full(128, -1, np.int8)
  for name, pitches in KITS[kit].items():
    classes[list(pitches)] = NINE_DRUMS.index(name)
  for change in changes:
    text, _, name = change.partition('=')
    pitch = int(text) if text.isascii() and text.isdecimal() else 128
    if pitch > 127 or name not in (*NINE_DRUMS, 'none'):
      raise UserError(
        "encoder/pitches must hold MIDI pitches and classes like '60=low_tom', "
        f'not {change!r}; the classes are {", ".join(NINE_DRUMS)} and none.'
      )
    classes[pitch] = -1 if name == 'none' else NINE_DRUMS.index(name)
  written = []
  for number, pitch in enumerate(PITCHES):
    found = np.flatnonzero(classes == number)
    if not len(found):
      raise UserError(
        f'encoder/pitches leaves no pitch for {NINE_DRUMS[number]}: give it '
        'one.'
      )
    written.append(pitch if pitch in found else int(found[0]))
  return DrumMap(classes, np.array(written, np.int16))


def combination_table() -> np.ndarray:
  """[512, 10] uint8: the nine drums of each combination, then 1 for silence.

  MusicVAE's drum models read these instead of a one-hot vector of 512.
  """
  number = np.arange(COMBINATIONS)
  bits = number[:, None] >> np.arange(len(NINE_DRUMS)) & 1
  return np.append(bits, (number == 0)[:, None], axis=1).astype(np.uint8)


def drum_notes(
  tokens: np.ndarray, pitches: np.ndarray, quarters: float, part: int = 0
) -> Notes:
  """The hits of a sequence of combinations as drum notes, each one step long.

  Args:
    tokens: [T] combinations, 0..511.
    pitches: [9] MIDI pitch of each class.
    quarters: length of a step, in quarters.
    part: the part number of the notes.
  """
  bits = np.asarray(tokens)[:, None] >> np.arange(len(NINE_DRUMS)) & 1
  step, number = np.nonzero(bits)
  return notes(
    step * quarters,
    (step + 1) * quarters,
    np.asarray(pitches)[number],
    np.array(VELOCITIES)[number],
    part=part,
    drum=True,
  )
