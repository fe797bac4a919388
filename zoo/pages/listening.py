"""A blind listening test: one page that plays pieces, and the answers it saves.

The page needs no network and no server: the pieces, the player of all pages and
the key are in the file. Generated pieces and held-out originals come from the
same decoder and are played with the same sound at the same tempo, so that they
only differ in their notes.
"""

from collections.abc import Mapping, Sequence
import hashlib
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.music.piece import Piece
from zoo.pages.page import asset, page
from zoo.pages.playable import playable

LONGEST = 30.0  # Seconds of a piece that are played.
FORMAT, VERSION = 'music zoo: answers', 1
SAYS, SURE = ('human', 'machine'), (1, 2, 3)
BYTES = 1_000_000  # The largest file of answers: enough for 1,000 pieces.
_Z = 1.959964  # The quantile of the normal distribution for 95 %.


class BlindTest(NamedTuple):
  """A blind test.

  Attributes:
    digest: of the checkpoint, the pieces and their order; 64 hex digits.
    pieces: as returned by `playable`, the first LONGEST seconds from the first
      note on, in the order of listening.
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
    generated: pieces by a model; silent ones are left out.
    originals: held-out pieces, from the same decoder.
    checkpoint: digest of the model.
    seed: of the choice and the order.

  Raises:
    UserError: no piece of one of the two kinds has a note.
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
  """Writes listen.html, and next to it the key to evaluate answers.

  Args:
    test: the pieces.
    folder: for `listen.html` and `key-....json`; created if missing.
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
    # Combined with the digest, so that the key cannot be read at a glance.
    'key': ''.join(
      str((int(test.digest[place % len(test.digest)], 16) & 1) ^ made)
      for place, made in enumerate(test.made)
    ),
    'command': command,
  }
  text = page(
    'Human or machine?',
    asset('listen.html'),
    data,
    ('sounds.js', 'player.js', 'roll.js', 'listen.js'),
    ('page.css', 'listen.css'),
  )
  path = folder / 'listen.html'
  path.write_text(text, 'utf-8')
  return path


class Answers(NamedTuple):
  """The answers of one listener.

  Attributes:
    listener: a random name, chosen by the page.
    made: whether each answered piece is generated.
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
    path: the file saved by a page.
    folder: the folder of `write_page`, with the keys.
    checkpoint: digest of the evaluated model.

  Raises:
    UserError: the file is missing, too large, does not hold answers of a page,
      or answers another test.
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
      f'{path} holds no answers: give the file saved by the page of '
      '--mode=listen.'
    )
  if found.get('version') != VERSION:
    raise UserError(
      f'{path} has version {found.get("version")!r}, and only version '
      f'{VERSION} can be read: listen again with this program.'
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
  """How well listeners distinguish generated pieces from originals.

  Args:
    listeners: at least one; all answers have the same weight.

  Returns:
    {metric: {column: number}}, for `all` pieces, the `generated` and the
    `held_out` ones, and the answers that were `certain`: `answers`, `right`,
    `accuracy` with a Wilson 95 % interval `low` and `high`, and
    `taken_for_human`, the share of answers 'human'; guessing has accuracy .5.
    And `listeners`.

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
  for column, chosen in (
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
      figures.setdefault(name, {})[column] = value
  figures['accuracy']['guessing'] = 0.5
  return figures | {'listeners': len(listeners)}


def wilson(right: int, count: int) -> tuple[float, float]:
  """A 95 % confidence interval of a share.

  Args:
    right: the number of successes.
    count: the number of trials, at least one.

  Source: Wilson, JASA 22 (1927).
  """
  share, room = right / count, _Z * _Z / count
  middle = (share + room / 2) / (1 + room)
  half = _Z * math.sqrt(share * (1 - share) / count + room / count / 4)
  half /= 1 + room
  return max(middle - half, 0.0), min(middle + half, 1.0)


def _excerpt(piece):
  """The first LONGEST seconds, without the chord symbols of originals."""
  found = playable(piece, LONGEST, begin=None)
  found.pop('chords', None)
  return found


def _key_path(folder, digest):
  return folder / f'key-{digest[:16]}.json'


def _key(path, digest, folder, checkpoint) -> list[bool]:
  """Whether each piece of the test is generated."""
  if not isinstance(digest, str) or set(digest) - set('0123456789abcdef'):
    raise _damaged(path, 'does not name the test that it answers')
  try:
    key: Mapping[str, Any] = json.loads(_key_path(folder, digest).read_text())
  except FileNotFoundError:
    key = {}
  if key.get('test') != digest or key.get('checkpoint') != checkpoint:
    raise UserError(
      f'{path} answers a test of another run or checkpoint ({digest[:16]}): '
      'give the --workdir of the page that was used.'
    )
  return list(key['made'])


def _damaged(path, what):
  return UserError(f'{path} is damaged: it {what}; save the answers again.')
