"""--mode=harmonize and related modes, on tiny DeepHear and DeepBach models."""

import shutil

import jax
import numpy as np
import pytest

import run as command_line
from tests.smoke import smoke, trained
from zoo.contracts import UserError

NAME = 'deephear'


def test_harmonize_keeps_the_melody_and_writes_nothing_above_it(tmp_path):
  def again(mode, **more):
    return command_line.command(
      NAME,
      mode,
      workdir=tmp_path,
      assignments=[*smoke(NAME), 'sample/iterations=5'],
      say=lambda line: None,
      **more,
    )

  shutil.copytree(trained(NAME), tmp_path, dirs_exist_ok=True)
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


def test_voices_are_written_below_a_soprano_that_stays(tmp_path):
  """Seven bars of 4/4, in windows of four: note for note the same on top."""
  tune = tmp_path / 'tune.abc'
  tune.write_text(
    'X:1\nM:4/4\nL:1/4\nK:G\n' + 'B>Bcd|dcB2|GGA_B|' * 2 + 'G4|]\n'
  )

  def again(mode, **more):
    return command_line.command(
      'minibach',
      mode,
      workdir=tmp_path / 'run',
      assignments=smoke('minibach'),
      say=lambda line: None,
      **more,
    )

  shutil.copytree(trained('minibach'), tmp_path / 'run')
  given, made = again('harmonize', inputs=[str(tune)])
  from zoo.music.reading import read

  before, after = read(given).notes, read(made).notes
  top = after.part == 0
  for name in ('start', 'end', 'pitch'):
    sung = getattr(after, name)[top].tolist()
    assert sung == getattr(before, name)[before.part == 0].tolist()
  assert len(read(tune).notes.pitch) == top.sum()
  assert set(after.part.tolist()) > {0}
  from music21 import converter

  score = converter.parse(str(made.with_suffix('.musicxml')), forceSource=True)
  assert len(score.parts) == len(set(after.part.tolist()))
  for part in score.parts:
    bars = part.getElementsByClass('Measure')
    assert [bar.duration.quarterLength for bar in bars] == [4.0] * 7
    keys = part.flatten().getElementsByClass('KeySignature')
    assert [key.sharps for key in keys] == [1]
  with pytest.raises(UserError, match='a run of minibach, not of rnn_melody'):
    command_line.command(
      'rnn_melody',
      'harmonize',
      workdir=tmp_path / 'run',
      inputs=[str(tune)],
      say=lambda line: None,
    )
  jax.clear_caches()


def test_deepbach_keeps_a_tune_note_for_note(tmp_path):
  name = 'deepbach_maxent'

  def harmonized(tune, *options):
    return command_line.command(
      name,
      'harmonize',
      workdir=tmp_path,
      assignments=[*smoke(name), *options],
      inputs=[str(tune)],
      say=lambda line: None,
    )[1]

  tune = command_line.ROOT / 'experiments' / 'tunes' / 'god_save_the_king.abc'
  with pytest.raises(UserError, match='no trained checkpoint'):
    harmonized(tune)
  shutil.copytree(trained(name), tmp_path, dirs_exist_ok=True)
  from zoo.music.reading import read

  low = tmp_path / 'low.abc'
  low.write_text('X:1\nM:3/4\nL:1/4\nK:Dm\nD,E,F,|(3G,A,B,C|D3|]\n')
  for path, metre in ((tune, (3, 4)), (low, (3, 4))):
    given = read(path).notes
    made = harmonized(path, 'sample/fermatas=auto', 'sample/key=as_written')
    for suffix in ('.mid', '.musicxml'):
      piece = read(made.with_suffix(suffix))
      sung = piece.notes.part == 0
      for column in ('start', 'end', 'pitch'):
        np.testing.assert_allclose(
          getattr(piece.notes, column)[sung], getattr(given, column), atol=1e-3
        )
      assert piece.metres[0][1:] == metre
      assert set(piece.notes.part.tolist()) == {0, 1, 2, 3}
  for suffix in ('.mid', '.musicxml'):
    metadata = read(made.with_suffix(suffix)).metadata
    assert metadata['key_signatures'] == [[0.0, -1]]
  assert metadata['fermatas'][-1] == [6.0, 9.0]  # the last note
  chord = tmp_path / 'chord.abc'
  chord.write_text('X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GA[Bd]c|]\n')
  with pytest.raises(UserError, match=r'together in a part in bar 2'):
    harmonized(chord)
  with pytest.raises(UserError, match='sample/bars'):
    harmonized(tune, 'sample/bars=some')
  jax.clear_caches()
