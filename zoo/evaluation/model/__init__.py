"""Evaluators that run the model: likelihoods and reconstructions.

Called like those of zoo.evaluation.music, and they return figures in the same
shape: {figure: {whose: number}}.
"""

from zoo.evaluation.model.autoencoding import autoencoding
from zoo.evaluation.model.boltzmann_likelihood import boltzmann_likelihood
from zoo.evaluation.model.endings import endings
from zoo.evaluation.model.labelling import labelling
from zoo.evaluation.model.likelihood import likelihood
from zoo.evaluation.model.note_likelihood import note_likelihood
from zoo.evaluation.model.reconstruction import reconstruction
from zoo.evaluation.model.roll_likelihood import roll_likelihood
from zoo.evaluation.model.token_likelihood import token_likelihood

MODEL_EVALUATORS = {
  'autoencoding': autoencoding,
  'boltzmann_likelihood': boltzmann_likelihood,
  'endings': endings,
  'labelling': labelling,
  'likelihood': likelihood,
  'note_likelihood': note_likelihood,
  'reconstruction': reconstruction,
  'roll_likelihood': roll_likelihood,
  'token_likelihood': token_likelihood,
}
