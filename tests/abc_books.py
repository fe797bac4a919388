"""Tunes in ABC for tests of what reads and writes them."""

from zoo.music.tunes import read_tune

JIG = """X:1
T:A jig
M:6/8
L:1/8
K:G
D|GBd gdB|c2A AGF|GBd g>ag|faf g2:|
f|g2b bge|a2g fed|1 gfe dcB|AGF G2:|2 gdB cAF|G3 G2||
"""
REEL = """X:2
T:A reel
M:C|
L:1/8
K:A dorian
|:A2eA BAeA|(3Bcd ef g2fg|^c4- c2Bc|[Ae]4 A4:|
"""
POLKA = """X:3
T:A polka
M:2/4
L:1/8
K:D
FA dA|B/c/d/B/ A2|FA d>e|fe d2||f2 ed|ef g2|fe dc|d2 d2|]
"""


def tune(text, name='tune'):
  return read_tune(text, name)


def book(count=24):
  """Distinct tunes: the three with bars in other orders, in other keys."""
  found = []
  for number in range(count):
    text = (JIG, REEL, POLKA)[number % 3]
    head, _, body = text.rpartition('\nK:')
    key, _, music = body.partition('\n')
    letters = 'CDEFGABcdefgab'
    moved = ''.join(
      letters[(letters.index(c) + number // 3) % 14]
      if c in letters and number // 3 % 2
      else c
      for c in music
    )
    found.append(tune(f'{head}\nK:{key}\n{moved}', f'tune{number}'))
  return found
