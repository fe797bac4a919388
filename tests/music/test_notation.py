"""Scores: what music21 says while it writes one is not the user's business."""

import sys

from music21.musicxml import m21ToXml

from zoo.music import notation
from zoo.music.piece import Piece, notes


def test_what_music21_writes_to_stderr_is_not_shown(monkeypatch, capsys):
  """Of some beams it says: WARNING: Found a messed up beam pair ..."""
  parse = m21ToXml.GeneralObjectExporter.parse

  def talkative(self, *given):
    print('beam: WARNING', file=sys.stderr)
    return parse(self, *given)

  monkeypatch.setattr(m21ToXml.GeneralObjectExporter, 'parse', talkative)
  xml = notation.musicxml(Piece('a', notes([0, 1], [1, 2], [60, 62])))
  assert xml.count(b'<pitch>') == 2
  assert capsys.readouterr().err == ''
