"""Compares all methods that write alto, tenor and bass below a soprano.

  python -m studies.harmonization runs/minibach/seed0 \
      runs/birnn_counterpoint/seed0 runs/deepbach/seed0 --save=FILE.json

Every run harmonizes the sopranos of the same held-out chorales, whole and in
any metre, as --mode=harmonize does with a user's tune: given fermatas and key
signatures but no note of Bach's other voices. Systems that generate windows
write one window after another. The metrics are those of the evaluator
harmonization, beside a lookup (the most common pitch below each pitch of the
soprano) and Bach's own voices; several runs of one experiment give mean and
spread (standard deviation, n - 1) over seeds.

The chorales are those of the runs' test split, without transpositions of
training or validation chorales, so no run has seen them.

Measured with three runs of minibach, two of rnn_counterpoint and of
deepbach_relations, one of the others, on 21 chorales; +- is 1.96 standard
errors over chorales:

                      alto         tenor        bass         chord
  minibach            .331 +- .039 .320 +- .039 .253 +- .040 .139 +- .029
  rnn_counterpoint    .342 +- .028 .359 +- .030 .290 +- .031 .174 +- .021
  birnn_counterpoint  .395 +- .029 .398 +- .025 .343 +- .035 .233 +- .020
  deepbach            .274 +- .029 .248 +- .026 .221 +- .032 .174 +- .029
  deepbach_relations  .393 +- .044 .379 +- .040 .312 +- .037 .317 +- .044
  lookup              .291         .300         .240         .136

                      last chord   parallels and crossings in a hundred beats
                      the tonic    fifths       octaves      crossings
  minibach            .079 +- .114 10.0 +- 2.1   9.0 +- 1.9   .9 +- .7
  rnn_counterpoint    .071 +- .075 15.4 +- 2.5  14.2 +- 2.3   .0 +- .1
  birnn_counterpoint  .333 +- .202 12.2 +- 2.3  12.6 +- 1.9   .2 +- .2
  deepbach            .524 +- .214 13.4 +- 2.1  11.6 +- 1.8  2.3 +- 1.1
  deepbach_relations  .976 +- .046 none         none         none
  Bach                1.0            .3           .1         1.3

The soprano is unchanged in all. The bidirectional LSTM predicts Bach's single
voices best; only deepbach_relations ends on the tonic and avoids parallels.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datasets import DATASETS
from studies.start import start
from zoo import assembly
from zoo import config as config_lib
from zoo.cli.report import table
from zoo.cli.run_directory import write_json
from zoo.contracts import UserError
from zoo.data.corpus import FRACTIONS, split_of
from zoo.encoders.voices import Voices
from zoo.evaluation.music.harmonization import Sung, compare
from zoo.evaluation.music.voice_leading import pitches
from zoo.music.piece import Notes, Piece

BEAT = 4  # Steps of all the encoders' grids.


def soprano(piece: Piece) -> Piece:
  """The first part alone, with the score's metadata."""
  first = piece.notes.part == piece.notes.part.min()
  return piece._replace(notes=Notes(*(column[first] for column in piece.notes)))


def bach(pieces: Sequence[Piece]) -> Sung:
  """The chorales as written; those without four voices in range are dropped."""
  encoder = Voices(steps=0).measure(pieces)
  found = [encoder.encode(piece).examples for piece in pieces]
  arrays = {
    name: np.concatenate([one[name] for one in found])
    for name in ('voices', 'length')
  }
  return Sung(*pitches(arrays, encoder.spec))


def harmonize(
  loaded: assembly.Loaded, pieces: Sequence[Piece], bach: Sung
) -> Sung:
  """A run's voices below the soprano of each piece, in arrays like `bach`.

  An unchanged soprano is replaced by Bach's own, as by the user's in
  --mode=harmonize: it has rests, which some encoders do not represent.
  """
  covers = [loaded.encoder.cover(soprano(piece)) for piece in pieces]
  made = Sung(np.full_like(bach.sounds, -1), np.zeros_like(bach.onset))
  begin = 0
  # Windows of the same length together, so that few programs are compiled.
  for steps in sorted({one['voices'].shape[1] for one in covers}):
    alike = [
      i for i, one in enumerate(covers) if one['voices'].shape[1] == steps
    ]
    rows = {
      name: np.concatenate([covers[i][name] for i in alike])
      for name in covers[alike[0]]
    }
    count = len(rows['voices'])
    # Every window has its own index, and so its own random key.
    begin = -(-begin // count) * count
    indices = range(begin, begin + count)
    written = assembly.draw(
      loaded, 'harmonize', indices, rows, by_row=True, at_once=count
    )['voices']
    begin += count
    ends = np.cumsum([len(covers[i]['voices']) for i in alike])
    for i, voices in zip(alike, np.split(written, ends[:-1]), strict=True):
      sung = _end_to_end(voices, covers[i], loaded.encoder.spec)
      for whole, part, own in zip(made, sung, bach, strict=True):
        steps = min(len(whole[i]), len(part))
        whole[i, :steps] = part[:steps]
        if np.array_equal(voices[..., 0], covers[i]['voices'][..., 0]):
          whole[i, :, 0] = own[i, :, 0]
  return made


def _end_to_end(voices, cover, spec):
  """Windows [n, T, V] as one piece [T', V], without padding."""
  music = cover['bar'] > 0
  sounds, onset = pitches({'voices': voices[music][None]}, spec)
  shift = np.where(sounds < 0, 0, cover['shift'][0])
  return Sung((sounds - shift)[0], onset[0])


def measure(
  workdirs: Sequence[str | Path], pieces: Sequence[Piece]
) -> dict[str, dict[str, Any]]:
  """{experiment: {metric: ...}} of runs on the held-out pieces.

  Raises:
    UserError: no run, or runs with different splits of the corpus.
  """
  runs = [assembly.load(workdir) for workdir in workdirs]
  splits = {tuple(run.config.get('split', FRACTIONS)) for run in runs}
  if len(splits) != 1:
    raise UserError(
      'The runs hold out different chorales: give runs with the same `split`.'
    )
  fractions = splits.pop()
  parts: dict[str, list[Piece]] = {'train': [], 'validation': [], 'test': []}
  for piece in pieces:
    parts[split_of(piece.id, fractions)].append(piece)
  known = parts['train']
  held_out = unheard(parts['test'], [*known, *parts['validation']])
  truth, train = bach(held_out), bach(known)
  found: dict[str, list[dict[str, Any]]] = {}
  for run in runs:
    written = harmonize(run, held_out, truth)
    figures = compare(written, truth, train, BEAT, np.arange(len(held_out)))
    found.setdefault(run.meta['experiment'], []).append(figures)
  return {
    name: {'chorales': len(held_out), **summary(figures)}
    for name, figures in found.items()
  }


def unheard(pieces: Sequence[Piece], known: Sequence[Piece]) -> list[Piece]:
  """Those of `pieces` that are not transpositions of known ones.

  Some chorales occur twice in the collection.
  """
  encoder = Voices(steps=0).measure([*pieces, *known])

  def row(piece: Piece) -> bytes:
    return encoder.canonical(encoder.encode(piece).examples).tobytes()

  rows = {row(piece) for piece in known}
  return [piece for piece in pieces if row(piece) not in rows]


def summary(figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
  """The mean of each metric over runs, and the spread of the model's."""
  result: dict[str, Any] = {'runs': len(figures)}
  for name, row in figures[0].items():
    values = {column: [one[name][column] for one in figures] for column in row}
    result[name] = {
      column: float(np.mean(each)) for column, each in values.items()
    }
    if len(figures) > 1:
      result[name]['spread'] = float(np.std(values['model'], ddof=1))
  return result


def main() -> None:
  """Reads the command line, measures, prints and saves."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('workdirs', nargs='+')
  parser.add_argument('--save', default='')
  options = parser.parse_args()
  dataset = config_lib.build(DATASETS, {'name': 'chorales'}, 'dataset')
  found = measure(options.workdirs, dataset.read()[0])
  for name, figures in found.items():
    print(table(name, figures))
  if options.save:
    write_json(Path(options.save), found)


if __name__ == '__main__':
  start(main)
