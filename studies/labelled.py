"""Classification tasks of up to 10,000 examples, with trivial baselines.

  digits  which of ten digits a picture shows: all images of a folder with
          MNIST's 10,000 test images, or scikit-learn's 1,797
  keys    the key of a folk tune, one of the ten most common, as its transcriber
          wrote it (`K:` in ABC), from the active pitch classes in each eighth
          of two bars; the windows of a tune are all in one split

SHARES are the shares of training, validation and test examples; digits are
split at random, tunes as in zoo.data.corpus.
"""

from typing import NamedTuple

import numpy as np

from datasets import DATASETS
from zoo.contracts import Field, Spec
from zoo.data import corpus
from zoo.encoders import ENCODERS
from zoo.evaluation.music.mode_collapse import sounding

SHARES = (0.7, 0.1, 0.2)
EXAMPLES = 10_000  # At most, of the task `keys`.
KEYS = 10


class Task(NamedTuple):
  """A task: {'train', 'validation', 'test'} -> {field: [N, ...]}."""

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
  """Two bars of melody, and the key of their tune."""
  del path  # The tunes come with music21.
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
    'roll': Field(splits['train']['roll'].shape[1:], 'uint8', 2, 'bit'),
    'label': Field((), 'int32', len(names)),
  }
  return Task(found.spec._replace(fields=fields, main='roll'), splits)


TASKS = {'digits': digits, 'keys': keys}


def chroma(tokens: np.ndarray, pitches: list[int]) -> np.ndarray:
  """The active pitch classes in each eighth of melodies.

  Args:
    tokens: [N, T] classes, a sixteenth each.
    pitches: MIDI pitch of each class, -1 for symbols.

  Returns:
    [N, T / 2, 12] uint8.
  """
  sounds = sounding(tokens.astype(np.int32), pitches)[:, : tokens.shape[1]]
  active = (sounds[..., None] >= 0) & (sounds[..., None] % 12 == np.arange(12))
  return (active[:, ::2] | active[:, 1::2]).astype(np.uint8)


def commonest(known: np.ndarray, labels: np.ndarray) -> float:
  """Error of always predicting the most common known label, on labels [N]."""
  return float(np.mean(labels != np.bincount(known).argmax()))


def naive_bayes(
  known: tuple[np.ndarray, np.ndarray], asked: tuple[np.ndarray, np.ndarray]
) -> float:
  """Error of multinomial naive Bayes with add-one smoothing.

  Predicts the label with the largest log p(label) + sum_d x_d log p(d | label).

  Args:
    known: training rows [N, D] of counts, and labels [N].
    asked: test rows [M, D], and their true labels [M].
  """
  (rows, labels), (unknown, right) = known, asked
  member = np.eye(labels.max() + 1)[labels]
  weight = member.T @ rows + 1
  weight = np.log(weight / weight.sum(1, keepdims=True))
  prior = np.log(np.maximum(member.mean(0), 1e-12))
  return float(np.mean((unknown @ weight.T + prior).argmax(1) != right))
