"""Evaluators that run the model: likelihoods and reconstructions.

Called like those of zoo.evaluation.music, and they return figures in the same
shape: {figure: {whose: number}}.
"""

from zoo.evaluation.model.reconstruction import reconstruction

MODEL_EVALUATORS = {'reconstruction': reconstruction}
