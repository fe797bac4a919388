"""The toy run that several tests compare with: one device, never stopped."""

import pytest

from tests.training import toy


@pytest.fixture(scope='session')
def one_device(tmp_path_factory):
  """The run directory of the toy's 50 steps, saved at 25 and 50."""
  workdir = tmp_path_factory.mktemp('one') / 'run'
  toy.train(workdir)
  return workdir
