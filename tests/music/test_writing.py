"""What is written is read back the same, by us and by music21."""

import re
import wave

import numpy as np
import pytest

from zoo.music import reading, smf, writing
from zoo.music.limits import BadInput
from zoo.music.piece import Metre, Notes, Piece, Tempo, notes

PIECES = {
  'melody': Piece(
    'melody',
    notes([0.25, 1, 1.5, 3.75, 6, 7], [1, 1.5, 3, 5, 7, 7.25], range(60, 66)),
    tempos=(Tempo(0.0, 96.0),),
    metadata={'title': 'Rests & <ties>'},
  ),
  'chords': Piece(
    'chords',
    notes(
      [0, 0, 0, 1, 4 / 3, 5 / 3, 3.5, 3.5],
      [1, 1, 1, 4 / 3, 5 / 3, 2, 6, 6],
      [60, 64, 67, 70, 71, 72, 60, 72],
    ),
    (Metre(0.0, 3, 4),),
    (Tempo(0.0, 120.0), Tempo(3.0, 60.0)),
  ),
  'parts': Piece(
    'parts',
    notes(
      [0, 0.5, 1, 2, 0, 9],
      [4, 1, 3, 2.5, 8, 9.5],
      [48, 60, 62, 64, 40, 42],
      program=[0, 0, 0, 0, 40, 0],
      part=[0, 0, 0, 0, 1, 2],
      drum=[False] * 5 + [True],
    ),
    (Metre(0.0, 4, 4), Metre(4.0, 6, 8)),
  ),
}


def rows_of(piece):
  table = piece.notes
  return sorted(
    zip(
      table.start.round(6).tolist(),
      table.end.round(6).tolist(),
      table.pitch.tolist(),
      strict=True,
    )
  )


@pytest.fixture(scope='module')
def written(tmp_path_factory):
  folder = tmp_path_factory.mktemp('written') / 'new'
  return {
    name: writing.write(piece, folder / f'{name}.v1', 'who={"made": "this"}')
    for name, piece in PIECES.items()
  }


def test_names_of_the_files(written):
  assert [path.name for path in written['melody']] == [
    'melody.v1.mid',
    'melody.v1.musicxml',
    'melody.v1.wav',
  ]


@pytest.mark.parametrize('name', PIECES)
def test_midi_comes_back(written, name):
  made, read = PIECES[name], reading.read(written[name][0])
  for ours, theirs in zip(made.notes, read.notes, strict=True):
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
  assert (read.metres, read.tempos) == (made.metres, made.tempos)
  assert writing.read_text(written[name][0]) == 'who={"made": "this"}'


def test_musicxml_comes_back_through_note_seq(written):
  files = [(str(paths[1]), name) for name, paths in written.items()]
  read, dropped = reading.read_files(files, processes=1)
  assert dropped == []
  for piece in read:
    made = PIECES[piece.id]
    assert rows_of(piece) == rows_of(made)
    assert (piece.metres, piece.tempos) == (made.metres, made.tempos)
    np.testing.assert_array_equal(piece.notes.part, made.notes.part)


@pytest.mark.parametrize('name', PIECES)
def test_musicxml_comes_back_through_music21(written, name):
  from music21 import converter

  score = converter.parse(str(written[name][1]), forceSource=True)
  read = sorted(
    (
      round(float(note.offset), 6),
      round(float(note.offset + note.quarterLength), 6),
      pitch.midi,
    )
    for note in score.stripTies().flatten().notes
    for pitch in getattr(note, 'pitches', ())
  )
  made = PIECES[name]
  pitched = [column[~made.notes.drum] for column in made.notes]
  assert read == rows_of(made._replace(notes=Notes(*pitched)))
  bars = [
    float(bar.duration.quarterLength)
    for bar in score.parts[0].getElementsByClass('Measure')
  ]
  full = {'melody': 4.0, 'chords': 3.0}.get(name)
  assert full is None or set(bars) == {full}


@pytest.mark.parametrize('name', PIECES)
def test_equal_pieces_give_equal_bytes(written, name, tmp_path):
  again = writing.write(PIECES[name], tmp_path / name, 'who={"made": "this"}')
  for ours, theirs in zip(written[name], again, strict=True):
    assert ours.read_bytes() == theirs.read_bytes(), ours.suffix


CHANGE = (Metre(0.0, 4, 4), Metre(4.0, 3, 4))


@pytest.mark.parametrize(
  ('start', 'metres', 'bars'),
  [
    (3.0, CHANGE[:1], [(0, 1.0, '4/4'), (1, 4.0, None), (2, 4.0, None)]),
    (2.5, CHANGE[:1], [(0, 1.5, '4/4'), (1, 4.0, None), (2, 4.0, None)]),
    (3.0, CHANGE, [(0, 1.0, '4/4'), (1, 3.0, '3/4'), (2, 3.0, None)]),
    (1.0, CHANGE[:1], [(1, 4.0, '4/4'), (2, 4.0, None), (3, 4.0, None)]),
  ],
)
def test_a_pick_up_is_written_as_one(start, metres, bars, tmp_path):
  """The alto ends early; its bars are written to the end with seen rests."""
  from music21 import converter

  rows = [(start, 4, 67, 0), (4, 9, 72, 0), (start, 4, 60, 1)]
  begin, end, pitch, part = zip(*rows, strict=True)
  piece = Piece(
    'pick-up',
    notes(begin, end, pitch, part=part),
    metres,
    metadata={'key_signatures': [[0.0, -1]]},
  )
  path = tmp_path / 'score.musicxml'
  path.write_bytes(writing.musicxml(piece))
  assert b'print-object="no"' not in path.read_bytes()
  score = converter.parse(str(path), forceSource=True)
  for one in score.parts:
    found = [
      (
        bar.number,
        float(bar.duration.quarterLength),
        bar.timeSignature and bar.timeSignature.ratioString,
      )
      for bar in one.getElementsByClass('Measure')
    ]
    assert found == bars
    keys = one.flatten().getElementsByClass('KeySignature')
    assert [key.sharps for key in keys] == [-1]
  again = reading.read(path)
  assert rows_of(again) == rows_of(piece)
  assert again.metres == piece.metres


@pytest.mark.parametrize(
  ('written', 'read'),
  [
    ([[0.0, -3], [4.0, 0], [6.5, 7]], [[0.0, -3], [4.0, 0], [6.5, 7]]),
    ([[0.0, 2], [4.0, 2]], [[0.0, 2]]),
    ([[0.0, 0]], None),  # what writes those who know of none
  ],
)
def test_key_signatures_of_midi(written, read, tmp_path):
  piece = Piece(
    'key', notes([0, 4], [4, 8], 60), metadata={'key_signatures': written}
  )
  path = tmp_path / 'key.mid'
  path.write_bytes(smf.dump(piece))
  assert reading.read(path).metadata.get('key_signatures') == read
  named = piece._replace(metadata={'key': 'Dm'})
  path.write_bytes(smf.dump(named))
  assert reading.read(path).metadata['key_signatures'] == [[0.0, -1]]


def test_a_bar_alone_keeps_its_silence(tmp_path):
  piece = Piece('end', notes([3], [4], [60]))
  path = tmp_path / 'end.musicxml'
  path.write_bytes(writing.musicxml(piece))
  assert rows_of(reading.read(path)) == [(3.0, 4.0, 60)]


def test_of_changes_at_one_time_the_later_one_holds(tmp_path):
  """Times that differ by less than a tick, and that a pick-up swallows."""
  piece = Piece(
    'ramp',
    notes([0, 3, 4], [3, 4, 8], 60),
    (Metre(0.0, 4, 4), Metre(4.0001, 3, 4), Metre(4.0002, 2, 4)),
    (Tempo(0.0, 120.0), Tempo(0.9995, 60.0), Tempo(1.0, 120.0)),
    {'key_signatures': [[0.0, -3], [0.0, 2]]},
  )
  path = tmp_path / 'ramp.mid'
  path.write_bytes(smf.dump(piece))
  again = reading.read(path)
  assert again.metres[1:] == (Metre(4.0, 2, 4),)
  assert again.tempos == (Tempo(0.0, 120.0),)
  assert again.metadata['key_signatures'] == [[0.0, 2]]
  late = Piece(
    'late',
    notes([3, 4], [4, 8], 60),
    metadata={'key_signatures': [[0.0, 0], [2.0, 3]]},
  )
  assert re.findall(rb'<fifths>(.*?)<', writing.musicxml(late)) == [b'3']


def test_a_key_signature_of_eight_sharps_is_none(tmp_path):
  piece = Piece('key', notes([0], [4], 60), metadata={'key': 'D'})
  data = smf.dump(piece)
  path = tmp_path / 'key.mid'
  path.write_bytes(data.replace(b'\xff\x59\x02\x02', b'\xff\x59\x02\x08'))
  assert path.read_bytes() != data
  assert 'key_signatures' not in reading.read(path).metadata


def test_drums_programs_and_tempos_come_back_from_musicxml(tmp_path):
  """Tempos change between the notes of one part and amid those of the other."""
  piece = Piece(
    'band',
    notes(
      [0, 4, 8, 0, 6, 0],
      [4, 8, 12, 6, 12, 12],
      [72, 74, 76, 60, 62, 42],
      program=[40, 40, 40, 0, 0, 0],
      part=[0, 0, 0, 1, 1, 2],
      drum=[False] * 5 + [True],
    ),
    tempos=(Tempo(0.0, 60.0), Tempo(4.0, 120.0), Tempo(5.0, 90.0)),
  )
  path = tmp_path / 'band.musicxml'
  path.write_bytes(writing.musicxml(piece))
  again = reading.read(path)
  assert rows_of(again) == rows_of(piece)
  assert again.tempos == piece.tempos


def test_fermatas_are_above_the_last_notes_in_all_parts(tmp_path):
  """The alto moves below the soprano's; a pick-up shifts what is written."""
  rows = [(3, 4, 67, 0), (4, 6, 72, 0), (6, 8, 71, 0), (8, 10, 72, 0)]
  rows += [(3, 5, 60, 1), (5, 6, 62, 1), (6, 8, 62, 1), (8, 10, 64, 1)]
  begin, end, pitch, part = zip(*rows, strict=True)
  piece = Piece(
    'ends',
    notes(begin, end, pitch, part=part),
    metadata={'fermatas': [[4.0, 6.0], [8.0, 10.0]]},
  )
  path = tmp_path / 'score.musicxml'
  path.write_bytes(writing.musicxml(piece))
  assert path.read_bytes().count(b'<fermata') == 4
  again = reading.read(path)
  assert again.metadata['fermatas'] == piece.metadata['fermatas']
  assert rows_of(again) == rows_of(piece)


def test_musicxml_of_music_off_the_grid():
  rng = np.random.default_rng(0)
  start = np.sort(rng.random(20) * 8)
  piece = Piece('free', notes(start, start + rng.random(20), 60))
  assert writing.musicxml(piece).count(b'<note') >= 20


def test_wav_is_audible_and_as_long_as_the_piece(written):
  with wave.open(str(written['melody'][2])) as file:
    assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
    rate, count = file.getframerate(), file.getnframes()
    sound = np.frombuffer(file.readframes(count), '<i2')
  length = 7.25 * 60 / 96
  assert length <= count / rate <= length + 1.1
  assert np.abs(sound).max() == 32_000
  silence = sound[int(rate * 5.05 * 60 / 96) : int(rate * 5.95 * 60 / 96)]
  assert not silence.any()  # the rest between 5 and 6


def test_the_pitch_of_the_wav():
  sound = writing.synthesize(Piece('a', notes([0], [4], [69])))
  spectrum = np.abs(np.fft.rfft(sound[: 2 * writing.RATE]))
  assert spectrum.argmax() / 2 == pytest.approx(440, abs=1)


def test_a_piece_without_notes_is_written(tmp_path):
  paths = writing.write(Piece('none', notes([], [], [])), tmp_path / 'none')
  assert all(path.stat().st_size for path in paths)


def test_text_of_files_without_text(tmp_path):
  path = writing.write(PIECES['melody'], tmp_path / 'silent')[0]
  assert writing.read_text(path) == ''
  for name, data in [('bad.mid', b'RIFF'), ('big.mid', bytes(4_000_001))]:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput, match=name):
      writing.read_text(tmp_path / name)
  with pytest.raises(BadInput, match='cannot be opened'):
    writing.read_text(tmp_path / 'nowhere.mid')
