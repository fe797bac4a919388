"""Evaluators that run the model: likelihoods and reconstructions.

Called like those of zoo.evaluation.music, and they return figures in the same
shape: {figure: {whose: number}}.
"""

from zoo.evaluation.model.autoencoding import autoencoding
from zoo.evaluation.model.labelling import labelling
from zoo.evaluation.model.reconstruction import reconstruction

MODEL_EVALUATORS = {
  'autoencoding': autoencoding,
  'labelling': labelling,
  'reconstruction': reconstruction,
}
