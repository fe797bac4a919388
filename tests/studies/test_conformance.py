"""Ratios of two players' steps: who moves when, and how often."""

import pytest

from studies import conformance


@pytest.mark.parametrize('ratio', conformance.RATIOS)
def test_the_generator_moves_equally_often_at_every_ratio(ratio):
  config = conformance.configure(ratio, 100, {'name': 'adversarial'})
  groups = config['optimizer']
  moves = {
    player: sum(step % rule['of'] in rule['turns'] for step in range(steps))
    for player, rule in groups.items()
    for steps in [config['steps']]
  }
  assert moves['generator/.*'] == 100
  assert moves['discriminator/.*'] * ratio[0] == 100 * ratio[1]
  assert not set(groups['generator/.*']['turns']) & set(
    groups['discriminator/.*']['turns']
  )
