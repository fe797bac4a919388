"""How well-formed tunes written in ABC are, compared with held-out ones."""

from collections.abc import Callable, Mapping, Sequence
import contextlib
import itertools
import os
from typing import Any

import numpy as np

from zoo import ngram
from zoo.music import abc_tokens
from zoo.music.abc_tokens import (
  CLOSE,
  FIRST,
  LINES,
  OPEN,
  SECOND,
)
from zoo.music.piece import Piece
from zoo.questions import asks

_LONGEST = 400  # The longest run that is looked for in training, in tokens.


@asks(fields=('text',))
def tune_text(
  generate: Callable[..., dict[str, np.ndarray]],
  generate_untrained: Callable[..., dict[str, np.ndarray]],
  splits: Mapping[str, Mapping[str, np.ndarray]],
  encoder: Any,
  *,
  count: int = 128,
  samples: dict[str, dict] | None = None,
  untrained: dict[str, dict] | None = None,
  readers: bool = True,
) -> dict[str, Any]:
  """Shares of tunes that are readable, complete and new.

  Args:
    generate: (n, **options of the sampler) -> {'text': [n, T]}.
    generate_untrained: the same, with parameters that were never trained.
    splits: {'train', 'test'} -> {'text': [N], 'piece': [N]}.
    encoder: abc_text.
    count: tunes of each column.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    untrained: the same for the untrained model; no columns if None.
    readers: whether to read the tunes with music21 and symusic, too.

  Returns:
    {metric: {column: number}}; columns are those of `samples` and `untrained`,
    `held_out`, and `ngram`, drawn from a Kneser-Ney 5-gram. Shares of tunes:
    `ends`, with the end token; `parses`, `music21`, `symusic`, read without an
    error; `bars`, where each bar is full, or begins or ends a part; `repeats`,
    where all repeats and endings are closed; `tonic`, that end on it; `aabb`,
    two repeated parts; `distinct`. Means: `same_bars`, the share of bars equal
    to the previous one; `tokens`; `copied`, the length in tokens of the longest
    run that also occurs in training. `copied_most`, the maximum over all tunes.
  """
  test = _tunes(splits['test'], count)
  train = np.asarray(splits['train']['text']).astype(np.int64)
  classes = len(encoder.vocabulary)
  made = {
    name: np.asarray(generate(count, **options)['text'])
    for name, options in (samples or {'generated': {}}).items()
  }
  for name, options in (untrained or {}).items():
    made[name] = np.asarray(generate_untrained(count, **options)['text'])
  most = max([len(row) for row in test] + [len(r[0]) for r in made.values()])
  counted = ngram.draw(ngram.count(train, classes), count, most)
  columns: dict[str, Any] = {
    **made,
    'held_out': test,
    'ngram': counted,
  }
  figures: dict[str, dict[str, float]] = {}
  for column, rows in columns.items():
    if len(rows):
      found = measure(rows, encoder, train, readers)
      for name, value in found.items():
        figures.setdefault(name, {})[column] = value
  return figures


def measure(
  rows: Sequence[np.ndarray],
  encoder: Any,
  train: np.ndarray,
  readers: bool = True,
) -> dict[str, float]:
  """The metrics of tunes [n][T]; see `tune_text`."""
  end = len(encoder.vocabulary) - 1
  tokens = [encoder.words(row) for row in rows]
  pieces = encoder.decode({'text': _padded(rows, end)})
  runs = copied(rows, train, end)
  found = {
    'ends': _share(np.any(np.asarray(row) == end) for row in rows),
    'parses': _share('unreadable' not in p.metadata for p in pieces),
    'bars': _share(map(bars_full, pieces)),
    'repeats': _share(map(repeats_closed, tokens)),
    'tonic': _share(map(ends_on_tonic, pieces)),
    'aabb': _share(map(two_repeated_parts, tokens)),
    'distinct': len({tuple(one) for one in tokens}) / len(tokens),
    'same_bars': float(np.mean([same_bars(one) for one in tokens])),
    'tokens': float(np.mean([len(one) for one in tokens])),
    'copied': float(np.mean(runs)),
    'copied_most': int(np.max(runs)),
  }
  if readers:
    texts = [piece.metadata['text'] for piece in pieces]
    found['music21'] = _share(map(_by_music21, texts))
    found['symusic'] = _share(map(_by_symusic, texts))
  return found


def bars_full(piece: Piece) -> bool:
  """Whether all bars of a tune are full, or begin or end a part."""
  metre = piece.metadata.get('metre')
  if not metre or not piece.bars:
    return False
  full = 4 * metre[0] / metre[1]
  return not list(abc_tokens.misfits(piece.bars, full))


def repeats_closed(tokens: Sequence[str]) -> bool:
  """Whether every |: has its :|, and every first ending has a second."""
  state = 'none'
  after = {
    ('none', OPEN): 'open',
    ('open', CLOSE): 'none',
    ('open', FIRST): 'first',
    ('first', CLOSE): 'between',
    ('between', SECOND): 'none',
  }
  for token in tokens:
    if token in (OPEN, CLOSE, FIRST, SECOND):
      if (state, token) not in after:
        return False
      state = after[state, token]
    elif state == 'between':
      return False
  return state == 'none'


def ends_on_tonic(piece: Piece) -> bool:
  """Whether the last note is the tonic, C."""
  table = piece.notes
  if not len(table.pitch):
    return False
  return bool(table.pitch[np.argmax(table.start)] % 12 == 0)


def two_repeated_parts(tokens: Sequence[str]) -> bool:
  """Whether a tune is |: A :| |: B :|, with or without endings."""
  music = [token for token in tokens if token[:2] not in ('M:', 'K:')]
  opens = music.count(OPEN)
  if opens != 2 or not repeats_closed(tokens):
    return False
  first, second = (place for place, t in enumerate(music) if t == OPEN)
  middle = [music.index(CLOSE), len(music) - 1 - music[::-1].index(CLOSE)]
  pick_up = music[:first]
  ends = SECOND in music[middle[1] :] or middle[1] == len(music) - 1
  joined = SECOND in music[middle[0] : second] or middle[0] == second - 1
  return not set(pick_up) & set(LINES) and ends and joined


def same_bars(tokens: Sequence[str]) -> float:
  """The share of bars that are equal to the previous one."""
  bars: list[list[str]] = [[]]
  for token in tokens:
    if token in LINES:
      bars.append([])
    elif token[:2] not in ('M:', 'K:'):
      bars[-1].append(token)
  bars = [bar for bar in bars if bar]
  pairs = list(itertools.pairwise(bars))
  return sum(a == b for a, b in pairs) / max(len(pairs), 1)


def copied(
  rows: Sequence[np.ndarray], train: np.ndarray, end: int
) -> np.ndarray:
  """[n] length of the longest run of each tune that occurs in training.

  Runs do not extend beyond the end of a tune; the tokens of meter and mode
  count.

  Args:
    rows: tunes [n][T], which are read up to their first end token.
    train: [N] concatenated tunes.
    end: the end token.
  """
  parts = []
  for row in rows:
    row = np.asarray(row)
    ends = np.flatnonzero(row == end)
    parts.append(np.append(row[: ends[0]] if len(ends) else row, end))
  ours = np.concatenate(parts).astype(np.int64)
  tune = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
  longest = np.zeros(len(parts), np.int64)
  code, other = _hashed(ours), _hashed(train)
  there, here = np.ones(len(other), bool), np.ones(len(ours), bool)
  for size in range(1, _LONGEST):
    # A run of n tokens is one of n - 1 and the token after it.
    if size > 1:
      code, here = _longer(code, here, ours, size, end)
      other, there = _longer(other, there, train, size, end)
    else:
      here, there = ours != end, train != end
    known = np.unique(other[there])
    here = here & np.isin(code, known)
    if not here.any():
      break
    np.maximum.at(longest, tune[here], size)
  return longest


def _hashed(tokens):
  return tokens.astype(np.uint64) + np.uint64(1)


def _longer(code, there, tokens, size, end):
  """Codes of the runs of `size` tokens that begin at each place."""
  last = np.full(len(tokens), end, tokens.dtype)
  last[: len(tokens) - size + 1] = tokens[size - 1 :]
  factor = np.uint64(0x9E3779B97F4A7C15)
  with np.errstate(over='ignore'):
    code = (code ^ (code >> np.uint64(29))) * factor
    code = code + last.astype(np.uint64) + np.uint64(1)
  return code, there & (last != end)


def _tunes(arrays, count):
  """At most `count` tunes of a set, evenly spread."""
  text, piece = np.asarray(arrays['text']), np.asarray(arrays['piece'])
  if not len(text):
    return []
  edges = np.flatnonzero(np.diff(piece)) + 1
  found = np.split(text, edges)
  chosen = np.unique(np.linspace(0, len(found) - 1, count).astype(int))
  return [found[place] for place in chosen]


def _padded(rows, end):
  size = max(len(row) for row in rows)
  return np.stack(
    [
      np.pad(np.asarray(row), (0, size - len(row)), constant_values=end)
      for row in rows
    ]
  )


def _share(flags):
  return float(np.mean([bool(flag) for flag in flags]))


def _by_music21(text):
  import music21  # Takes seconds.

  try:
    score = music21.converter.parseData(text, format='abc')
    return len(score.flatten().notes) > 0
  except Exception:  # Whatever a reader raises, it has not read.
    return False


def _by_symusic(text):
  import symusic

  try:
    with _silence():
      score = symusic.Score.from_abc(text)
    return any(len(track.notes) for track in score.tracks)
  except Exception:  # Whatever a reader raises, it has not read.
    return False


@contextlib.contextmanager
def _silence():
  """Discards what a library prints to the standard streams."""
  kept = [os.dup(number) for number in (1, 2)]
  nowhere = os.open(os.devnull, os.O_WRONLY)
  try:
    for number in (1, 2):
      os.dup2(nowhere, number)
    yield
  finally:
    for number, old in zip((1, 2), kept, strict=True):
      os.dup2(old, number)
      os.close(old)
    os.close(nowhere)
