"""What was dropped from a corpus and why: counts, and lines of text."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_ROWS = 12  # Maximum number of lines in a table.
_IDS = 3  # Maximum number of ids in a line of it.
_MAIN = 3  # Maximum number of reasons in a summary.


def tables(
  dropped: Mapping[str, Mapping[str, Any]], splits: Sequence[str]
) -> list[str]:
  """What was dropped and why, as lines of text, truncated if there are many.

  Args:
    dropped: see `zoo.data.corpus.Corpus`.
    splits: names of the splits, for the columns.
  """
  lines = []
  pieces = sorted(dropped['pieces'].items(), key=lambda x: -x[1]['count'])
  if pieces:
    lines.append('Pieces dropped, whole or in part, and why:')
  for reason, group in pieces[:_ROWS]:
    ids = ', '.join(_plain(one) for one in group['ids'][:_IDS])
    more = ', ...' if group['count'] > _IDS else ''
    lines.append(f'{group["count"]:>9}  {_plain(reason)} ({ids}{more})')
  if len(pieces) > _ROWS:
    rest = sum(group['count'] for _, group in pieces[_ROWS:])
    lines.append(f'{rest:>9}  {len(pieces) - _ROWS} other reasons')
  if len(pieces) > _ROWS or any(group['count'] > _IDS for _, group in pieces):
    lines.append('All are named in report.json of the run.')
  windows = dropped['windows']
  if windows:
    heads = ''.join(f'{split:>11}' for split in splits)
    lines.append(f'{"Windows dropped, and why:":<36}{heads}')
  for reason, counts in windows.items():
    numbers = ''.join(f'{counts[split]:>11}' for split in splits)
    lines.append(f'  {_plain(reason):<34}{numbers}')
  if repaired := dropped.get('repaired', {}):
    lines.append('Notes repaired in reading, and how:')
  for what, group in repaired.items():
    lines.append(f'{group["count"]:>9}  {_plain(what)}')
  return lines


def summary(dropped: Mapping[str, Mapping[str, Any]]) -> list[str]:
  """What was dropped and repaired, one line per kind with its main reasons."""
  pieces = {k: v['count'] for k, v in dropped['pieces'].items()}
  windows = {k: sum(v.values()) for k, v in dropped['windows'].items()}
  notes = {k: v['count'] for k, v in dropped.get('repaired', {}).items()}
  lines = []
  for words, counts in (
    ('Pieces dropped, whole or in part', pieces),
    ('Windows dropped', windows),
    ('Notes repaired in reading', notes),
  ):
    if total := sum(counts.values()):
      lines.append(f'{words}: {total:,} ({_main(counts)})')
  if lines:
    lines.append('report.json of the run has them all.')
  return lines


def by_reason(refused: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
  """(id, reason) pairs as {reason: {'count': n, 'ids': [id, ...]}}."""
  found: dict[str, dict[str, Any]] = {}
  for identity, reason in refused:
    group = found.setdefault(reason, {'count': 0, 'ids': []})
    group['count'] += 1
    group['ids'].append(identity)
  return found


def by_split(
  windows: Mapping[str, Counter], splits: Sequence[str]
) -> dict[str, dict[str, int]]:
  """{split: {reason: n}} as {reason: {split: n}}, the most frequent first."""
  totals = sum(windows.values(), Counter())  # Drops zeros.
  return {
    reason: {split: windows[split][reason] for split in splits}
    for reason, _ in totals.most_common()
  }


def main_reasons(dropped: Mapping[str, Mapping[str, Any]]) -> str:
  """The three most frequent reasons, in words."""
  counts = {f'pieces, {k}': v['count'] for k, v in dropped['pieces'].items()}
  counts |= {f'windows, {k}': v['train'] for k, v in dropped['windows'].items()}
  reasons = [
    f'{_plain(k)}: {n}' for k, n in Counter(counts).most_common(3) if n
  ]
  return f'dropped: {"; ".join(reasons)}' if reasons else 'nothing was dropped'


def _main(counts):
  """The most frequent reasons, and the number of all others."""
  common = [(k, n) for k, n in Counter(counts).most_common() if n]
  reasons = [f'{_plain(reason)}: {n:,}' for reason, n in common[:_MAIN]]
  if rest := common[_MAIN:]:
    reasons.append(f'other reasons: {sum(n for _, n in rest):,}')
  return '; '.join(reasons)


def _plain(text):
  """`text`, which may come from a file, without control characters."""
  return ''.join(c if c.isprintable() else '?' for c in text)
