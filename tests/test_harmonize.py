"""--mode=harmonize and its kin, on a tiny DeepHear."""

import jax
import pytest

import run as command_line
from zoo.contracts import UserError

NAME = 'deephear'


def test_harmonize_keeps_the_melody_and_writes_nothing_above_it(tmp_path):
  overrides = command_line.experiment(NAME).SMOKE
  smoke = [f'{path}={value!r}' for path, value in overrides.items()]

  def again(mode, **more):
    return command_line.command(
      NAME,
      mode,
      workdir=tmp_path,
      assignments=[*smoke, 'sample/iterations=5'],
      say=lambda line: None,
      **more,
    )

  again('train')
  tune = tmp_path / 'tune.abc'
  tune.write_text('X:1\nT:Up\nM:2/4\nL:1/8\nK:C\nCDEF|GABc|cBAG|FEDC|]\n')
  given, made = again('harmonize', inputs=[str(tune)])
  assert given.name == 'harmonize-input.mid'
  assert made.name == 'harmonize-output.mid'
  from zoo.music.reading import read

  melody = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62, 60]
  found = read(made).notes
  for onset, pitch in enumerate(melody):
    # C twice in the middle is one note of a roll without onsets.
    time = onset / 2 + (0.5 if onset > 7 else 0) + 0.1
    sounding = found.pitch[(found.start <= time) & (time < found.end)]
    assert sounding.max() == pitch
    assert not ((pitch - 2 <= sounding) & (sounding < pitch)).any()
  given, made = again('reconstruct', inputs=[str(tune)])
  assert made.name == 'reconstruct-output.mid'
  with pytest.raises(UserError, match='one --input=FILE'):
    again('harmonize')
  jax.clear_caches()
