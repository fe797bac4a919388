"""How well a model predicts unseen music, compared with counting models."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from zoo.contracts import HOLD, Spec, UserError
from zoo.evaluation.model import (
  trivial_classes,
  trivial_notes,
  trivial_rolls,
  trivial_text,
  trivial_tokens,
  trivial_voices,
)
from zoo.evaluation.model.answers import ask
from zoo.evaluation.model.scores import Scores, guesses, scorer, spread
from zoo.questions import Autoregressive, Conditional, asks, questions

Arrays = Mapping[str, np.ndarray]
Figures = dict[str, Any]


@asks(Autoregressive, Conditional)
def likelihood(
  model: Any,
  params: Any,
  state: Any,
  splits: Mapping[str, Arrays],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  batch: int = 32,
  context: int = 4,
) -> Figures:
  """Scores every step of a set once, given what the model knows of its piece.

  Args:
    model: a Flax module that answers Autoregressive or Conditional.
    params, state: of the trained model.
    splits: {split: {field: [N, ...]}}.
    spec: of the encoder.
    split: the one that is scored.
    batch: pieces at once; it does not affect the results.
    context: how many notes the longest n-gram reads.

  Returns:
    {metric: {column: number}}, see `tokens`, `notes`, `text`, `rolls` and
    `answers`; for an empty split only its size.

  Raises:
    UserError: there are no counting models for the model's symbols.
  """
  if 'Conditional' in questions(model):
    return answers(model, params, state, splits, split)
  field = getattr(model, 'field', '')
  if field not in FIGURES:
    raise UserError(
      f"The evaluator 'likelihood' scores {', '.join(FIGURES)}, which "
      f'{type(model).__name__} does not predict: take it out of evaluate.'
    )
  options: dict[str, Any] = {'batch': batch}
  asked = Asked(
    model,
    spec,
    splits,
    split,
    context,
    scorer(model, params, state, **options),
    lambda temperature: guesses(
      model, params, splits[split], temperature=temperature, **options
    ),
  )
  if not len(splits[split][field]):
    return {'examples' if field == 'tokens' else 'pieces': 0}
  return FIGURES[field](asked)


class Asked(NamedTuple):
  """The inputs to the metrics of one kind of symbols.

  Attributes:
    model, spec, splits, split, context: see `likelihood`.
    score: (arrays of a split) -> Scores of the model.
    draw: (temperature) -> symbols of the scored split, each drawn given the
      true ones before it.
  """

  model: Any
  spec: Spec
  splits: Mapping[str, Arrays]
  split: str
  context: int
  score: Callable[[Arrays], Scores]
  draw: Callable[[float], np.ndarray]


def tokens(asked: Asked) -> Figures:
  """Nats and accuracy per step of windows of tokens.

  Returns:
    'examples', and {'nats', 'accuracy', 'onset_accuracy'} -> {'model',
    'training' (the model on the training set), and the counting models of
    trivial_tokens}.
  """
  train, test = (
    np.asarray(asked.splits[name]['tokens']).astype(int)
    for name in ('train', asked.split)
  )
  sizes = asked.spec.sizes
  counted = trivial_tokens.counted(
    train, test, sizes['classes'], sizes['steps_per_bar']
  )
  figures: Figures = {'nats': {}, 'accuracy': {}, 'onset_accuracy': {}}
  for column, name in (('model', asked.split), ('training', 'train')):
    found = asked.score(asked.splits[name])
    right = found.right[:, 0]
    figures['nats'][column] = float(found.nats.mean())
    figures['accuracy'][column] = float(right.mean())
    figures['onset_accuracy'][column] = float(right[found.events[:, 0]].mean())
  for column, (nats, guess) in counted.items():
    if nats is not None:
      figures['nats'][column] = float(nats)
    right = guess == test
    figures['accuracy'][column] = float(right.mean())
    figures['onset_accuracy'][column] = float(right[test != HOLD].mean())
  return {'examples': len(test), **figures}


def notes(asked: Asked) -> Figures:
  """Nats and accuracy of dT, T and P of every note.

  Returns:
    'pieces' and 'notes', and {metric: {column: number}}: nats and accuracy of
    dT ('after'), T ('length', given dT') and P ('pitch', given dT' and T') over
    all notes, and 'sum_nats' of the three, of the 'model' and of n-grams (see
    trivial_notes); 'end_nats', nats of the end token per piece, not included in
    these; 'all_right', the share of notes predicted right in all three;
    'piece_spread', the standard error of sum_nats over pieces;
    'validation_sum_nats', and 'train_sum_nats' of as many training pieces as
    are tested.
  """
  model, test = asked.model, asked.splits[asked.split]
  found = asked.score(test)
  inside = ~found.ends
  counted = trivial_notes.scores(
    asked.splits['train'], test, model.classes, context=asked.context
  )
  columns = {'model': (found.nats, found.right), **counted}
  pieces = len(np.unique(test['piece']))
  figures: Figures = {'pieces': pieces, 'notes': int(inside.sum())}
  for place, name in enumerate(model.streams):
    for what, number in (('nats', 0), ('accuracy', 1)):
      figures[f'{name}_{what}'] = {
        column: float(values[number][inside, place].mean())
        for column, values in columns.items()
      }
  figures['sum_nats'] = {
    column: sum(figures[f'{name}_nats'][column] for name in model.streams)
    for column in columns
  }
  ends = found.nats[found.ends].sum(1)
  figures['end_nats'] = {'model': float(ends.mean())}
  figures['all_right'] = {'model': float(found.right[inside].all(1).mean())}
  figures['piece_spread'] = {'model': spread(found, inside)}
  for name in ('validation', 'train'):
    some = asked.splits[name]['piece'] < pieces
    if some.any():
      other = asked.score({k: v[some] for k, v in asked.splits[name].items()})
      total = other.nats.sum(1)[~other.ends]
      figures[f'{name}_sum_nats'] = {'model': float(total.mean())}
  return figures


def text(asked: Asked) -> Figures:
  """Nats and accuracy of every token of tunes in ABC, their ends included.

  Returns:
    'tunes' and 'tokens', and {metric: {column: number}}: 'nats' per token and
    'tune_nats' per tune, of the 'model', of the model 'mixed' with the cache by
    a weight chosen on the validation split, and of n-grams (see trivial_text);
    'of_cache', nats divided by those of Kneser-Ney with a cache; 'accuracy';
    'tune_spread', the standard error of nats over tunes; 'train_nats' of as
    many training tunes.
  """
  splits = asked.splits
  test = splits[asked.split]
  tunes = len(np.unique(test['piece']))
  found = asked.score(test)
  nats = found.nats[:, 0]
  counted = trivial_text.probabilities(
    splits['train']['text'], test['text'], asked.spec.sizes['classes']
  )
  columns = {'model': nats, **{k: -np.log(p) for k, p in counted.items()}}
  if len(splits['validation']['text']) and asked.split == 'test':
    columns['mixed'] = trivial_text.mixed(
      nats,
      counted,
      asked.score(splits['validation']).nats[:, 0],
      trivial_text.probabilities(
        splits['train']['text'],
        splits['validation']['text'],
        asked.spec.sizes['classes'],
      ),
    )
  figures: Figures = {'tunes': tunes, 'tokens': len(nats)}
  means = {column: float(values.mean()) for column, values in columns.items()}
  figures['nats'] = means
  figures['tune_nats'] = {k: v * len(nats) / tunes for k, v in means.items()}
  best = means['kneser_ney_cache']
  figures['of_cache'] = {k: v / best for k, v in means.items()}
  figures['accuracy'] = {'model': float(found.right[:, 0].mean())}
  every = np.ones(len(nats), bool)
  figures['tune_spread'] = {'model': spread(found, every)}
  some = splits['train']['piece'] < tunes
  other = asked.score({k: v[some] for k, v in splits['train'].items()})
  figures['train_nats'] = {'model': float(other.nats.mean())}
  return figures


def rolls(asked: Asked) -> Figures:
  """Log likelihood and accuracy of every frame of piano rolls.

  Returns:
    'pieces' and 'frames', and {metric: {column: number}}: 'log_likelihood', in
    nats per frame over all frames, the first of each piece included, of the
    'model' and of baselines (see trivial_rolls); 'validation_log_likelihood',
    if there are such pieces, and 'train_log_likelihood' of the model;
    'piece_spread', the standard error of its log likelihood over pieces;
    'accuracy', TP / (TP + FP + FN) over all notes, where each frame is
    predicted given the true ones before it: one drawn from the 'model', the
    more likely of on and off pitch by pitch in the model's first order
    ('likelier'), or the previous frame ('repeat').

  Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392.
  """
  splits = asked.splits
  found = {
    name: asked.score(splits[name])
    for name in {'train', 'validation', asked.split}
    if len(splits[name]['roll'])
  }
  means = {name: -float(one.nats.mean()) for name, one in found.items()}
  known = {
    name: trivial_rolls.rolls_of(splits[name])
    for name in ('train', 'validation')
  }
  test = trivial_rolls.rolls_of(splits[asked.split])
  predicted = {
    'model': asked.draw(1.0),
    'likelier': asked.draw(0.0),
    'repeat': test.before,
  }
  everywhere = np.ones(len(test.frames), bool)
  return {
    'pieces': len(splits[asked.split]['roll']),
    'frames': len(test.frames),
    'log_likelihood': {
      'model': means[asked.split],
      **trivial_rolls.log_likelihoods(**known, test=test),
    },
    **{
      f'{name}_log_likelihood': {'model': means[name]}
      for name in ('validation', 'train')
      if name in means
    },
    'piece_spread': {'model': spread(found[asked.split], everywhere)},
    'accuracy': {
      column: trivial_rolls.accuracy(guess, test.frames)
      for column, guess in predicted.items()
    },
  }


def answers(
  model: Any,
  params: Any,
  state: Any,
  splits: Mapping[str, Arrays],
  split: str,
) -> Figures:
  """Accuracy and nats of the symbol of each step, given the rest.

  Returns:
    'examples'; and the metrics of trivial_classes.chords (for the stream root)
    or labels (for label), or of trivial_voices.voices.
  """
  sets = {
    name: {k: v for k, v in splits[one].items() if k != 'piece'}
    for name, one in (('test', split), ('train', 'train'))
  }
  count = len(next(iter(sets['test'].values())))
  if not count:
    return {'examples': 0}
  test = ask(model, params, state, sets['test'])
  # Step by step, each with its context, the training set would take too long.
  whole = model.context is None
  train = ask(model, params, state, sets['train']) if whole else None
  found = CLASSES.get(model.streams[0], trivial_voices.voices)
  return {'examples': count, **found(model, test, train, sets)}


CLASSES: dict[str, Callable[..., Figures]] = {
  'root': trivial_classes.chords,
  'label': trivial_classes.labels,
}

FIGURES: dict[str, Callable[[Asked], Figures]] = {
  'tokens': tokens,
  'notes': notes,
  'roll': rolls,
  'text': text,
}
