"""How often written voices are Bach's, beside three trivial answers."""

from typing import Any, Literal

import jax
import numpy as np

from zoo.contracts import Spec

NAMES = ('soprano', 'alto', 'tenor', 'bass')
_AT_ONCE = 256
HOLD = 0


def voice_accuracy(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
) -> dict[str, Any]:
  """Accuracy of the likeliest class of each written voice.

  Args:
    model: a Flax module such as Counterpoint, which writes all voices but the
      first.
    params: what training left.
    splits: {split: {'voices': [N, T, V], 'length': [N], ...}}.
    spec: of the encoder voices.
    split: which of them.

  Returns:
    'examples', and {figure: {'model', 'training' (the model on the training
    set), 'hold' (always), 'unigram' (the voice's commonest class; for onsets
    its commonest onset), 'given_soprano' (the same among the steps where the
    first voice has the same class)}}. Figures a voice: `alto`, all steps;
    `alto_onsets`, the steps where a note or rest begins; `alto_nats`, -log p a
    step by the model's softmax, beside the unigram's (one added to each
    count). With no examples, only 'examples'.
  """
  if len(splits[split]['voices']) == 0:
    return {'examples': 0}
  test, train = (_music(splits[name]) for name in (split, 'train'))
  counts = spec.vocabulary['classes']
  names = (
    NAMES
    if len(counts) == len(NAMES)
    else [f'voice_{number + 1}' for number in range(len(counts))]
  )
  predicted = {
    'model': _predict(model, params, splits[split]),
    'training': _predict(model, params, splits['train']),
  }
  figures: dict[str, Any] = {}
  for voice in range(1, len(counts)):
    truth, known = test[:, voice], train[:, voice]
    table = np.zeros((counts[0], counts[voice]))
    np.add.at(table, (train[:, 0], known), 1)
    onsets = table.copy()
    onsets[:, HOLD] = -1
    every, begun = table.sum(0), table.sum(0)
    begun[HOLD] = -1
    rows = {
      'hold': (np.full(len(truth), HOLD),) * 2,
      'unigram': tuple(
        np.full(len(truth), one.argmax()) for one in (every, begun)
      ),
      'given_soprano': tuple(
        one.argmax(1)[test[:, 0]] for one in (table, onsets)
      ),
    }
    column = voice - 1
    figures[names[voice]] = {
      'model': _share(predicted['model'][0][:, column], truth),
      'training': _share(predicted['training'][0][:, column], known),
      **{whose: _share(one, truth) for whose, (one, _) in rows.items()},
    }
    sung, learned = truth != HOLD, known != HOLD
    figures[f'{names[voice]}_onsets'] = {
      'model': _share(predicted['model'][0][sung, column], truth[sung]),
      'training': _share(
        predicted['training'][0][learned, column], known[learned]
      ),
      **{
        whose: _share(one[sung], truth[sung])
        for whose, (_, one) in rows.items()
      },
    }
    shares = (every + 1) / (every + 1).sum()
    figures[f'{names[voice]}_nats'] = {
      'model': float(predicted['model'][1][:, column].mean()),
      'training': float(predicted['training'][1][:, column].mean()),
      'unigram': float(-np.log(shares[truth]).mean()),
    }
  return {'examples': len(splits[split]['voices']), **figures}


def _music(arrays):
  """[S, V]: all steps of all examples, without what fills them up."""
  voices = np.asarray(arrays['voices']).astype(int)
  return voices[_there(arrays)]


def _there(arrays):
  voices, length = arrays['voices'], np.asarray(arrays['length'])
  return np.arange(voices.shape[1]) < length[:, None]


def _predict(model, params, arrays):
  """The likeliest classes [S, V - 1] and -log p of the true ones."""

  @jax.jit
  def one(params, examples):
    examples = jax.tree.map(lambda x: x.astype('int32'), examples)
    logits = model.apply({'params': params}, examples)
    log = jax.nn.log_softmax(logits)
    truth = examples['voices'][..., 1:, None]
    picked = jax.numpy.take_along_axis(log, truth, -1)[..., 0]
    return logits.argmax(-1), -picked

  fields = {k: v for k, v in arrays.items() if k != 'piece'}
  found = []
  for first in range(0, len(fields['voices']), _AT_ONCE):
    some = {k: v[first : first + _AT_ONCE] for k, v in fields.items()}
    there = _there(some)
    found.append([np.asarray(x)[there] for x in one(params, some)])
  return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def _share(guess, truth):
  return float(np.mean(guess == truth)) if len(truth) else 0.0
