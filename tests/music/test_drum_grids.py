"""Drum patterns as text."""

import pytest

from zoo.contracts import UserError
from zoo.music import drum_grids
from zoo.music.piece import Metre

TEXT = """
# A comment.
== rock / simple   # another
tempo 100
hat    x.x.x.x.x.x.x.o.
snare  ....X.......g...
kick   x............... x.......x.......

== waltz / slow
metre 3/4
kick   x...........
conga  ....s...o...
"""


def test_a_text_by_hand():
  rock, waltz = drum_grids.read_patterns(TEXT, 'x')
  assert (rock.name, rock.style, rock.tempo) == ('rock / simple', 'rock', 100)
  assert rock.cells['hat'] == 'x.x.x.x.x.x.x.o.' * 2
  assert rock.cells['kick'] == 'x...............x.......x.......'
  assert waltz.metre == Metre(0.0, 3, 4) and waltz.steps_per_bar == 12

  table = drum_grids.notes_of([rock.cells], 32)
  rows = list(
    zip(
      *(c.tolist() for c in (table.start, table.pitch, table.velocity)),
      strict=True,
    )
  )
  assert len(rows) == 16 + 4 + 3 and table.drum.all()
  assert rows[:2] == [(0.0, 36, 85), (0.0, 42, 85)]
  assert (1.0, 38, 112) in rows and (3.0, 38, 38) in rows
  assert (3.5, 46, 90) in rows and (6.0, 36, 85) in rows
  assert (table.end - table.start == 0.25).all()
  again = drum_grids.notes_of([rock.cells, rock.cells], 32)
  assert again.start[23:].tolist() == (table.start + 8).tolist()

  conga = drum_grids.notes_of([waltz.cells], 24)
  assert conga.pitch[:3].tolist() == [36, 62, 63]


@pytest.mark.parametrize(
  ('text', 'message'),
  [
    ('', 'has no pattern'),
    ('kick x...............', 'line 1: a pattern begins with a line =='),
    ('==', 'line 1: a pattern needs a name'),
    ('== a\nkick x\n', 'line 2: kick needs one bar or two of 16 cells'),
    ('== a\nkick z...............', 'line 2: kick needs .* of . X g x'),
    ('== a\nkick o...............', 'kick needs'),
    ('== a\ndrum x...............', "line 2: there is no drum 'drum'"),
    ('== a\ntempo fast', 'tempo needs a number'),
    ('== a\nmetre 3', 'metre is written like 3/4'),
    (
      '== a\nkick ................\nmetre 3/4',
      'line 3: metre is written like 3/4, before the drums',
    ),
    ('== a', "the pattern 'a' has no drums"),
    ('== a\nkick ................\n== a', 'line 3: a pattern needs a name'),
    (
      '== a\nkick ................\nkick ................',
      'line 3: kick is in this pattern already',
    ),
  ],
)
def test_errors_name_their_line(text, message):
  with pytest.raises(UserError, match=message):
    drum_grids.read_patterns(text, 'grids.txt')
