"""Labelled tasks of 10,000 examples, and what simple answers reach on them.

  digits  which of ten digits a picture shows: all images of a folder with
          MNIST's 10,000 test images, or scikit-learn's 1,797
  keys    in which key a folk tune stands, from the pitch classes that sound in
          each eighth of two bars: one of the ten commonest keys, as its
          transcriber wrote it (`K:` in ABC); no tune stands in two splits

SHARES of the examples are learned from, stop the training, and test; the
digits are dealt at random, the tunes as zoo.data.corpus splits them.
"""

from typing import NamedTuple

import numpy as np

from datasets import DATASETS
from zoo.contracts import Field, Spec
from zoo.data import corpus
from zoo.encoders import ENCODERS
from zoo.evaluation.music.mode_collapse import sounding

SHARES = (0.7, 0.1, 0.2)
EXAMPLES = 10_000  # At most, of the tunes.
KEYS = 10


class Task(NamedTuple):
  """Arrays to learn from: {'train', 'validation', 'test'} -> {field: [N]}."""

  spec: Spec
  splits: dict[str, dict[str, np.ndarray]]


def digits(path: str) -> Task:
  """All digits that the dataset has, split at random by SHARES."""
  dataset = DATASETS['digits'](**({'path': path} if path else {}))
  found, _ = corpus.build(dataset, ENCODERS['image'](), (0.8, 0.1, 0.1))
  names = found.spec.fields
  whole = {
    name: np.concatenate([split[name] for split in found.splits.values()])
    for name in names
  }
  count = len(whole['label'])
  order = np.random.default_rng(0).permutation(count)
  edges = np.rint(np.cumsum(SHARES)[:-1] * count).astype(int)
  parts = np.split(order, edges)
  splits = {
    split: {name: array[part] for name, array in whole.items()}
    for split, part in zip(corpus.SPLITS, parts, strict=True)
  }
  return Task(found.spec, splits)


def keys(path: str) -> Task:
  """Two bars of melody, and the key that their tune stands in."""
  del path  # music21 brings the tunes
  dataset = DATASETS['folk']()
  pieces, dropped = dataset.read()
  found, _ = corpus.build(
    dataset._replace(read=lambda: (pieces, dropped)),
    ENCODERS['melody'](bars=2),
    corpus.FRACTIONS,
  )
  key = {piece.id: piece.metadata['key'] for piece in pieces}
  written = {
    split: np.array([key[one] for one in found.pieces[split]])[arrays['piece']]
    for split, arrays in found.splits.items()
  }
  names, counts = np.unique(written['train'], return_counts=True)
  names = np.sort(names[np.argsort(-counts, kind='stable')[:KEYS]])
  pitches = found.spec.tables['pitches']
  splits = {}
  for split, share in zip(corpus.SPLITS, SHARES, strict=True):
    rows = np.flatnonzero(np.isin(written[split], names))
    rows = np.random.default_rng(0).permutation(rows)[: int(share * EXAMPLES)]
    splits[split] = {
      'roll': chroma(found.splits[split]['tokens'][rows], pitches),
      'label': np.searchsorted(names, written[split][rows]).astype(np.int32),
    }
  fields = {
    'roll': Field(splits['train']['roll'].shape[1:], 'uint8', 2),
    'label': Field((), 'int32', len(names)),
  }
  return Task(found.spec._replace(fields=fields), splits)


TASKS = {'digits': digits, 'keys': keys}


def chroma(tokens: np.ndarray, pitches: list[int]) -> np.ndarray:
  """The pitch classes that sound in each eighth of melodies.

  Args:
    tokens: [N, T] classes, a sixteenth each.
    pitches: MIDI pitch of each class, -1 for symbols.

  Returns:
    [N, T / 2, 12] uint8.
  """
  sounds = sounding(tokens.astype(np.int32), pitches)[:, : tokens.shape[1]]
  heard = (sounds[..., None] >= 0) & (sounds[..., None] % 12 == np.arange(12))
  return (heard[:, ::2] | heard[:, 1::2]).astype(np.uint8)


def commonest(known: np.ndarray, labels: np.ndarray) -> float:
  """Share of wrong labels [N] if all were the commonest of those known."""
  return float(np.mean(labels != np.bincount(known).argmax()))


def naive_bayes(
  known: tuple[np.ndarray, np.ndarray], asked: tuple[np.ndarray, np.ndarray]
) -> float:
  """Share of wrong answers of multinomial naive Bayes, add-one smoothed.

  log p(label) + sum_d x_d log p(d | label): what each value says by itself,
  added up.

  Args:
    known: rows [N, D] of 0 or more, and labels [N].
    asked: rows [M, D], and the labels [M] that are right.
  """
  (rows, labels), (unknown, right) = known, asked
  member = np.eye(labels.max() + 1)[labels]
  weight = member.T @ rows + 1
  weight = np.log(weight / weight.sum(1, keepdims=True))
  prior = np.log(np.maximum(member.mean(0), 1e-12))
  return float(np.mean((unknown @ weight.T + prior).argmax(1) != right))
