"""Evaluators that run the model: likelihoods and reconstructions.

Called like those of zoo.evaluation.music, and they return figures in the same
shape: {figure: {whose: number}}.
"""

from zoo.evaluation.model.autoencoding import autoencoding
from zoo.evaluation.model.chord_accuracy import chord_accuracy
from zoo.evaluation.model.conditional_accuracy import conditional_accuracy
from zoo.evaluation.model.endings import endings
from zoo.evaluation.model.energy_likelihood import energy_likelihood
from zoo.evaluation.model.labelling import labelling
from zoo.evaluation.model.note_likelihood import note_likelihood
from zoo.evaluation.model.reconstruction import reconstruction
from zoo.evaluation.model.roll_likelihood import roll_likelihood
from zoo.evaluation.model.token_likelihood import token_likelihood
from zoo.evaluation.model.voice_accuracy import voice_accuracy

MODEL_EVALUATORS = {
  'autoencoding': autoencoding,
  'chord_accuracy': chord_accuracy,
  'conditional_accuracy': conditional_accuracy,
  'endings': endings,
  'energy_likelihood': energy_likelihood,
  'labelling': labelling,
  'note_likelihood': note_likelihood,
  'reconstruction': reconstruction,
  'roll_likelihood': roll_likelihood,
  'token_likelihood': token_likelihood,
  'voice_accuracy': voice_accuracy,
}
