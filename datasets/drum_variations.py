"""Rule-based variations of a drum pattern.

Each rule changes one thing that drummers change, and leaves a pattern as it is
where it does not apply:

  order    the bars as written, the first twice, the second twice, or swapped;
           not if a clave (or rim, or cowbell) pattern spans both bars
  hats     the line of hi-hat or ride in quarters, eighths (swung if the
           pattern swings) or sixteenths, on the off-beats, or on the other
           of the two cymbals; or the last eighth opened
  ghosts   one to three ghost notes on the snare, on sixteenths between the
           eighths on which neither kick nor snare is hit
  kicks    one kick off the first beat moved by a sixteenth or dropped, or one
           added on a free eighth; not if there are kicks on all four beats
  crash    a crash cymbal on the first step, in place of hi-hat or ride
  fill     the last one or two beats played by snare and toms
"""

import hashlib

import numpy as np

from zoo.music.drum_grids import Pattern

Cells = dict[str, str]
BEAT = 4  # Steps: sixteenths.

# The last beat, or the last two. Hi-hat and ride are silent during a fill; the
# kicks continue unless the fill has its own.
FILLS: tuple[Cells, ...] = (
  {'snare': 'xxxX'},
  {'snare': 'x.xX'},
  {'snare': 'xx..', 'low': '..xx'},
  {'high': 'xx..', 'mid': '..xx'},
  {'snare': 'x...', 'high': '.x..', 'mid': '..x.', 'low': '...x'},
  {'snare': 'x.x.', 'low': '..xX', 'kick': '....'},
  {'snare': 'xxxx....', 'high': '....xx..', 'low': '......xx'},
  {'high': 'xx......', 'mid': '..xx....', 'low': '....xxxX'},
  {'snare': 'x..x..x.', 'low': '..x..x.X', 'kick': '........'},
  {'snare': 'XggXggXg'},
  {'snare': 'xx.xx.xX', 'kick': '..x..x..'},
  {'high': 'x.x.....', 'mid': '....x...', 'low': '......xX'},
)
SWUNG_FILLS: tuple[Cells, ...] = (
  {'snare': 'x..X'},
  {'snare': 'x...', 'low': '...x'},
  {'snare': 'x..xx..X'},
  {'high': 'x..x....', 'low': '....x..X'},
  {'snare': 'x..x....', 'mid': '....x...', 'low': '.......x'},
)
_TIMEKEEPERS = ('hat', 'ride')
_CRASHES = ('hat', 'ride', 'open')  # What a crash replaces.


def variations(pattern: Pattern, count: int) -> list[Cells]:
  """The pattern itself and at most `count` variations, no two of them equal.

  Each depends only on the pattern's name and the variation's number, so a
  larger count never changes the earlier ones.
  """
  found = [pattern.cells]
  seen = {_key(pattern.cells)}
  for number in range(4 * count):
    if len(found) > count:
      break
    cells = vary(pattern, _generator(pattern.name, number))
    if _key(cells) not in seen:
      seen.add(_key(cells))
      found.append(cells)
  return found


def vary(pattern: Pattern, rng: np.random.Generator) -> Cells:
  """One variation: each rule is applied with the probability given here."""
  bar, cells = pattern.steps_per_bar, pattern.cells
  straight = pattern.metre.denominator == 4
  swings = swung(cells)
  if rng.random() < 0.5 and not on_clave(cells, bar):
    cells = reorder(cells, bar, int(rng.integers(1, 4)))
  if straight and rng.random() < 0.5:
    cells = other_hats(cells, swings, rng)
  if rng.random() < 0.6:
    cells = other_kicks(cells, bar, swings, rng)
  if straight and rng.random() < 0.35:
    cells = with_ghosts(cells, swings, rng)
  if straight and rng.random() < 0.4:
    fills = SWUNG_FILLS if swings else FILLS
    cells = with_fill(cells, fills[rng.integers(len(fills))])
  if rng.random() < 0.3:
    cells = with_crash(cells)
  return cells


def swung(cells: Cells) -> bool:
  """Whether eighths are on the first and fourth sixteenth of each beat."""
  keepers = [cells[name] for name in _TIMEKEEPERS if name in cells]
  late = sum(marks[3::BEAT].count('x') for marks in keepers)
  even = sum(len(marks[2::BEAT].replace('.', '')) for marks in keepers)
  early = sum(len(marks[1::BEAT].replace('.', '')) for marks in keepers)
  return late > 0 and even == 0 and early == 0


def on_clave(cells: Cells, bar: int) -> bool:
  """Whether a clave, rim or cowbell pattern spans two different bars."""
  lines = [cells[name] for name in ('clave', 'rim', 'cowbell') if name in cells]
  return any(marks[:bar] != marks[bar:] for marks in lines)


def reorder(cells: Cells, bar: int, how: int) -> Cells:
  """1 plays the first bar twice, 2 the second twice, 3 swaps them."""
  first, second = ((0, 0), (1, 1), (1, 0))[how - 1]
  return {
    name: marks[first * bar :][:bar] + marks[second * bar :][:bar]
    for name, marks in cells.items()
  }


def other_hats(cells: Cells, swings: bool, rng: np.random.Generator) -> Cells:
  """Another density, another cymbal, or the last eighth opened."""
  keeper = next((name for name in _TIMEKEEPERS if name in cells), None)
  if keeper is None:
    return cells
  steps = len(cells[keeper])
  shapes = ['x...', 'x..x'] if swings else ['x...', 'x.x.', 'xxxx', '..x.']
  choice = int(rng.integers(len(shapes) + 2))
  if choice < len(shapes):
    return {**cells, keeper: shapes[choice] * (steps // BEAT)}
  other = 'ride' if keeper == 'hat' else 'hat'
  if choice == len(shapes) and other not in cells:
    marks = cells[keeper].replace('o', 'x')
    kept = {name: marks for name, marks in cells.items() if name != keeper}
    return {other: marks, **kept}
  if keeper == 'hat':
    place = steps - (1 if swings else 2)
    marks = cells['hat']
    return {**cells, 'hat': marks[:place] + 'o' + marks[place + 1 :]}
  return cells


def with_ghosts(cells: Cells, swings: bool, rng: np.random.Generator) -> Cells:
  """One to three more ghost notes."""
  if 'snare' not in cells:
    return cells
  taken = [cells[name] for name in ('snare', 'kick', 'rim') if name in cells]
  odd = (3,) if swings else (1, 3)
  free = [
    step
    for step in range(len(cells['snare']))
    if step % BEAT in odd and all(marks[step] == '.' for marks in taken)
  ]
  count = min(int(rng.integers(1, 4)), len(free))
  snare = list(cells['snare'])
  for step in rng.choice(free, count, replace=False) if count else ():
    snare[step] = 'g'
  return {**cells, 'snare': ''.join(snare)}


def other_kicks(
  cells: Cells, bar: int, swings: bool, rng: np.random.Generator
) -> Cells:
  """A kick off the first beat moved, dropped or added."""
  kick = list(cells.get('kick', ''))
  beats = range(0, len(kick), BEAT)
  if not kick or all(kick[step] != '.' for step in beats):
    return cells
  hit = [step for step, mark in enumerate(kick) if mark != '.' and step % bar]
  struck = [cells[name] for name in ('snare', 'clap', 'rim') if name in cells]

  def free(step):
    accents = (marks[step] in 'xX' for marks in struck)
    return step < len(kick) and kick[step] == '.' and not any(accents)

  how = ('move', 'drop', 'add')[rng.integers(3)]
  if how == 'add' or not hit:
    swing = (0, 3) if swings else (0, 2)
    places = [
      step for step in range(len(kick)) if step % BEAT in swing and free(step)
    ]
    if places:
      kick[rng.choice(places)] = 'x'
  else:
    step = int(rng.choice(hit))
    mark, kick[step] = kick[step], '.'
    # A kick of a swung pattern has no neighbouring eighth to move to.
    near = [] if swings else [one for one in (step - 1, step + 1) if free(one)]
    if how == 'move':
      kick[rng.choice(near) if near else step] = mark
  return {**cells, 'kick': ''.join(kick)}


def with_fill(cells: Cells, fill: Cells) -> Cells:
  """The last beats played on snare and toms."""
  total = len(next(iter(cells.values())))
  size = len(next(iter(fill.values())))
  begin = total - size
  made = {
    name: marks[:begin]
    + (marks[begin:] if name in ('kick', 'pedal') else '.' * size)
    for name, marks in cells.items()
  }
  for name, marks in fill.items():
    made[name] = made.get(name, '.' * total)[:begin] + marks
  return made


def with_crash(cells: Cells) -> Cells:
  """A crash on the first step."""
  made = {
    name: '.' + marks[1:] if name in _CRASHES else marks
    for name, marks in cells.items()
  }
  rest = made.get('crash', '.' * len(next(iter(made.values()))))[1:]
  return {**made, 'crash': 'X' + rest}


def _key(cells):
  """Equal if the same steps are hit, whatever their loudness."""
  return frozenset(
    (name, step, mark == 'o')
    for name, marks in cells.items()
    for step, mark in enumerate(marks)
    if mark != '.'
  )


def _generator(name, number):
  digest = hashlib.sha256(f'{name}#{number}'.encode()).digest()
  return np.random.default_rng(int.from_bytes(digest[:8], 'big'))
