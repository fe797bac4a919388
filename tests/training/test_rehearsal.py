"""The supervisor of docs/usage.md starts all processes of a run again."""

import sys

from benchmarks import rehearsal
from tests.training import toy

TRAIN = (
  f'{sys.executable} {toy.__file__} {{workdir}} --distributed --save_every=5 '
  '--steps=20'
)


def test_a_lost_process_costs_nothing_but_time(tmp_path):
  span = rehearsal.unbroken(TRAIN, tmp_path / 'unbroken', 2)
  broken = tmp_path / 'broken'
  kills, after = rehearsal.rehearse(TRAIN, broken, 2, [(1, 0.7 * span)])
  assert len(kills) == 1 and kills[0].rank == 1
  assert kills[0].gone < 60 and after < span + 60
  assert rehearsal.result(broken) == rehearsal.result(tmp_path / 'unbroken')
