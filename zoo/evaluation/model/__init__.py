"""Evaluators that run the model: likelihoods and reconstructions.

They are called like those of zoo.evaluation.music, and return metrics in the
same form: {metric: {column: number}}.
"""

from zoo.evaluation.model.constraints import constraints
from zoo.evaluation.model.endings import endings
from zoo.evaluation.model.energy_likelihood import energy_likelihood
from zoo.evaluation.model.fixed_points import fixed_points
from zoo.evaluation.model.likelihood import likelihood
from zoo.evaluation.model.music_theory import music_theory
from zoo.evaluation.model.pitch_accuracy import pitch_accuracy
from zoo.evaluation.model.reconstruction import reconstruction
from zoo.evaluation.model.sparse_code import sparse_code
from zoo.evaluation.model.template_sampling import template_sampling
from zoo.evaluation.model.unit_ranks import unit_ranks

MODEL_EVALUATORS = {
  'constraints': constraints,
  'endings': endings,
  'energy_likelihood': energy_likelihood,
  'fixed_points': fixed_points,
  'likelihood': likelihood,
  'music_theory': music_theory,
  'pitch_accuracy': pitch_accuracy,
  'reconstruction': reconstruction,
  'sparse_code': sparse_code,
  'template_sampling': template_sampling,
  'unit_ranks': unit_ranks,
}
