"""The ratios of the study are what they say."""

import pytest

from studies.conformance import RATIOS, turns
from zoo.training import optimizer


@pytest.mark.parametrize('ratio', RATIOS, ids=str)
def test_each_step_of_a_round_is_one_players(ratio):
  groups = turns(*ratio)
  optimizer.check(groups)
  first, second = groups['generator/.*'], groups['discriminator/.*']
  assert (len(first['turns']), len(second['turns'])) == ratio
  assert first['of'] == second['of'] == sum(ratio)
  both = [*first['turns'], *second['turns']]
  assert sorted(both) == list(range(sum(ratio)))
