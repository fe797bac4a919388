"""A study reports mistakes like the command line."""

import sys

import pytest

from studies import roll_ensemble
from studies.start import start


def test_a_mistake_is_one_sentence_and_exit_code_two(
  monkeypatch, capsys, tmp_path
):
  nowhere = tmp_path / 'nowhere'
  monkeypatch.setattr(sys, 'argv', ['roll_ensemble', str(nowhere)])
  with pytest.raises(SystemExit) as end:
    start(roll_ensemble.main)
  assert end.value.code == 2
  result = capsys.readouterr().err.splitlines()
  assert len(result) == 1 and str(nowhere) in result[0]
