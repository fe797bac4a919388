"""A blind test by ear: one page that plays pieces, and the answers it saves.

The page needs no network and no server: the pieces, a small synthesizer and
the key stand in the file. Generated pieces and held-out originals come from
the same decoder and are played by the same sound at the same tempo, so that
nothing but the notes tells them apart.
"""

from collections.abc import Mapping, Sequence
import hashlib
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.music.drums import drum_map
from zoo.music.piece import Piece, seconds

LONGEST = 30.0  # Seconds of a piece that are played.
FORMAT, VERSION = 'music zoo: answers', 1
SAYS, SURE = ('human', 'machine'), (1, 2, 3)
BYTES = 1_000_000  # Of a file of answers: far above a thousand pieces.
_TEMPLATE = Path(__file__).parent / 'pages' / 'listen.html'
_Z = 1.959964  # Of a normal distribution, for 95 %.


class BlindTest(NamedTuple):
  """A blind test.

  Attributes:
    digest: of the checkpoint, the pieces and their order; 64 hex digits.
    pieces: [{'notes': [[start, length, pitch], ...], 'seconds': x}, ...], in
      the order of listening; times in seconds. A piece with drums also has
      'drums': [[start, class of drum, loudness 0..1], ...].
    made: whether each is generated.
  """

  digest: str
  pieces: list[dict[str, Any]]
  made: list[bool]


def blind_test(
  generated: Sequence[Piece],
  originals: Sequence[Piece],
  checkpoint: str,
  seed: int,
) -> BlindTest:
  """Mixes as many generated pieces as originals, in random order.

  Args:
    generated: what a model made; silent pieces are left out.
    originals: held-out pieces, from the same decoder.
    checkpoint: digest of the model.
    seed: of the choice and the order.

  Raises:
    UserError: no piece of one kind with a note.
  """
  rng = np.random.default_rng(seed)
  kinds = [
    [piece for piece in kind if len(piece.notes.start)]
    for kind in (generated, originals)
  ]
  count = min(map(len, kinds))
  if not count:
    raise UserError(
      'There is nothing to compare: of the generated pieces '
      f'{len(kinds[0])} have notes, of the held-out originals {len(kinds[1])}.'
    )
  chosen = [
    (_excerpt(kind[place]), made)
    for kind, made in zip(kinds, (True, False), strict=True)
    for place in rng.permutation(len(kind))[:count]
  ]
  mixed = [chosen[place] for place in rng.permutation(len(chosen))]
  pieces, made = [piece for piece, _ in mixed], [made for _, made in mixed]
  text = json.dumps([checkpoint, pieces, made], sort_keys=True)
  return BlindTest(hashlib.sha256(text.encode()).hexdigest(), pieces, made)


def write_page(
  test: BlindTest, folder: Path, checkpoint: str, command: str
) -> Path:
  """Writes listen.html, and beside it the key that answers are judged by.

  Args:
    test: what is played.
    folder: takes `listen.html` and `key-....json`; is made.
    checkpoint: digest of the model.
    command: the command line that reads the answers, shown at the end.

  Returns:
    The page.
  """
  folder.mkdir(parents=True, exist_ok=True)
  key = {'test': test.digest, 'checkpoint': checkpoint, 'made': test.made}
  _key_path(folder, test.digest).write_text(json.dumps(key) + '\n')
  count = len(test.pieces)
  data = {
    'about': f'{count} pieces: half of them were written by people, half by a '
    'machine that learned from such music.',
    'test': test.digest,
    'pieces': test.pieces,
    # Folded into the digest: the key cannot be read at a glance.
    'key': ''.join(
      str((int(test.digest[place % len(test.digest)], 16) & 1) ^ made)
      for place, made in enumerate(test.made)
    ),
    'command': command,
  }
  # In a script element only `<` could end it or begin a comment.
  text = json.dumps(data).replace('<', '\\u003c')
  page = folder / 'listen.html'
  page.write_text(
    _TEMPLATE.read_text('utf-8').replace('{{DATA}}', text), 'utf-8'
  )
  return page


class Answers(NamedTuple):
  """What one listener said.

  Attributes:
    listener: made up by the page.
    made: whether each piece that was answered is generated.
    says: whether the listener took it for generated.
    sure: 1 a guess, 2 fairly sure, 3 certain.
  """

  listener: str
  made: list[bool]
  says: list[bool]
  sure: list[int]


def read_answers(path: str | Path, folder: Path, checkpoint: str) -> Answers:
  """Reads a file of answers, which is not trusted.

  Args:
    path: the file that a page saved.
    folder: where `write_page` put the keys.
    checkpoint: digest of the model that is judged.

  Raises:
    UserError: no such file, too large, no answers of a page, or answers to
      another test.
  """
  try:
    with open(path, 'rb') as file:
      raw = file.read(BYTES + 1)
  except OSError as error:
    raise UserError(f'{path} cannot be read: {error.strerror}.') from None
  if len(raw) > BYTES:
    raise UserError(f'{path} cannot be read: it is larger than a megabyte.')
  try:
    found = json.loads(raw)
  except (ValueError, RecursionError):
    found = None
  if not isinstance(found, dict) or found.get('format') != FORMAT:
    raise UserError(
      f'{path} holds no answers: give the file that the page of --mode=listen '
      'saved.'
    )
  if found.get('version') != VERSION:
    raise UserError(
      f'{path} is of version {found.get("version")!r}, and version {VERSION} '
      'can be read: listen again with this program.'
    )
  made = _key(path, found.get('test'), folder, checkpoint)
  answers, listener = found.get('answers'), found.get('listener')
  if not isinstance(listener, str) or not 0 < len(listener) <= 64:
    raise _damaged(path, 'has no listener')
  if not isinstance(answers, list) or not 0 < len(answers) <= len(made):
    raise _damaged(path, f'must have between 1 and {len(made)} answers')
  places = []
  for number, one in enumerate(answers):
    if (
      not isinstance(one, dict)
      or type(one.get('piece')) is not int
      or not 0 <= one['piece'] < len(made)
      or one.get('says') not in SAYS
      or type(one.get('sure')) is not int
      or one['sure'] not in SURE
    ):
      raise _damaged(path, f'has no legal answer in place {number + 1}')
    places.append(one['piece'])
  if len(set(places)) < len(places):
    raise _damaged(path, 'answers a piece twice')
  return Answers(
    listener,
    [made[place] for place in places],
    [one['says'] == 'machine' for one in answers],
    [one['sure'] for one in answers],
  )


def judge(listeners: Sequence[Answers]) -> dict[str, Any]:
  """How well listeners tell generated pieces from originals.

  Args:
    listeners: at least one; their answers count alike.

  Returns:
    {figure: {whose: number}}, for `all` pieces, the `generated` and the
    `held_out` ones, and the answers that were `certain`: `answers`, `right`,
    `accuracy` with a Wilson 95 % interval `low` and `high`, and
    `taken_for_human`, the share of the answers; guessing is right in .5. And
    `listeners`.

  Raises:
    UserError: a listener's answers are given twice.
  """
  names = [one.listener for one in listeners]
  if len(set(names)) < len(names):
    raise UserError(
      'The answers of one listener are given twice: give each file once.'
    )
  made, says, sure = (
    np.concatenate([getattr(one, name) for one in listeners])
    for name in ('made', 'says', 'sure')
  )
  made, says = made.astype(bool), says.astype(bool)
  figures: dict[str, Any] = {}
  for whose, chosen in (
    ('all', np.ones(len(made), bool)),
    ('generated', made),
    ('held_out', ~made),
    ('certain', sure == max(SURE)),
  ):
    count = int(chosen.sum())
    if not count:
      continue
    right = int((made == says)[chosen].sum())
    low, high = wilson(right, count)
    for name, value in (
      ('answers', count),
      ('right', right),
      ('accuracy', right / count),
      ('low', low),
      ('high', high),
      ('taken_for_human', float((~says)[chosen].mean())),
    ):
      figures.setdefault(name, {})[whose] = value
  figures['accuracy']['guessing'] = 0.5
  return figures | {'listeners': len(listeners)}


def wilson(right: int, count: int) -> tuple[float, float]:
  """A 95 % interval of a share: Wilson, JASA 22 (1927).

  Args:
    right: how many of
    count: at least one.
  """
  share, room = right / count, _Z * _Z / count
  middle = (share + room / 2) / (1 + room)
  half = _Z * math.sqrt(share * (1 - share) / count + room / count / 4)
  half /= 1 + room
  return max(middle - half, 0.0), min(middle + half, 1.0)


def _excerpt(piece):
  """The first LONGEST seconds: notes in seconds from the first one on."""
  table = piece.notes
  start, end = (seconds(piece.tempos, times) for times in table[:2])
  first = start.min()
  start, end = start - first, np.minimum(end - first, LONGEST)
  inside = start < LONGEST
  notes = [
    [round(begin, 4), round(stop - begin, 4), pitch]
    for begin, stop, pitch in _rows(
      inside & ~table.drum, start, end, table.pitch
    )
  ]
  classes = drum_map().classes
  hits = [
    [round(begin, 4), max(int(classes[pitch]), 0), round(loud / 127, 3)]
    for begin, pitch, loud in _rows(
      inside & table.drum, start, table.pitch, table.velocity
    )
  ]
  lasts = round(float(end[inside].max()), 4)
  return {'notes': notes, **({'drums': hits} if hits else {}), 'seconds': lasts}


def _rows(chosen, *columns):
  return zip(*(column[chosen].tolist() for column in columns), strict=True)


def _key_path(folder, digest):
  return folder / f'key-{digest[:16]}.json'


def _key(path, digest, folder, checkpoint) -> list[bool]:
  """Whether each piece of the test is generated."""
  if not isinstance(digest, str) or set(digest) - set('0123456789abcdef'):
    raise _damaged(path, 'does not say which test it answers')
  try:
    key: Mapping[str, Any] = json.loads(_key_path(folder, digest).read_text())
  except FileNotFoundError:
    key = {}
  if key.get('test') != digest or key.get('checkpoint') != checkpoint:
    raise UserError(
      f'{path} answers a test of another run or checkpoint ({digest[:16]}): '
      'give the --workdir whose page was listened to.'
    )
  return list(key['made'])


def _damaged(path, what):
  return UserError(f'{path} is damaged: it {what}; save the answers again.')
