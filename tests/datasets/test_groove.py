"""Groove's layout: its table, its split, and folders without either."""

import pytest

from datasets import DATASETS
from zoo.contracts import UserError
from zoo.data import corpus
from zoo.encoders.drums import Drums
from zoo.music import smf
from zoo.music.piece import Piece, notes

HEAD = 'drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,'
HEAD += 'audio_filename,duration,split\n'
ROWS = [
  ('a.mid', 'beat', '4-4', 'train'),
  ('b.mid', 'beat', '4-4', 'validation'),
  ('c.mid', 'beat', '4-4', 'test'),
  ('d.mid', 'fill', '4-4', 'train'),
  ('e.mid', 'beat', '6-8', 'train'),
  ('gone.mid', 'beat', '4-4', 'train'),
]


def beat(shift):
  start = [0, 1 + shift, 2, 4, 5, 6]
  return smf.dump(
    Piece('x', notes(start, [s + 0.1 for s in start], 48, drum=True))
  )


@pytest.fixture
def folder(tmp_path):
  (tmp_path / 'drummer1').mkdir()
  lines = [HEAD]
  for number, (name, kind, metre, split) in enumerate(ROWS):
    path = f'drummer1/{name}'
    lines.append(f'd,s,i,rock,90,{kind},{metre},{path},,9.5,{split}\n')
    if name != 'gone.mid':
      (tmp_path / path).write_bytes(beat(number / 4))
  (tmp_path / 'drummer1' / 'extra.mid').write_bytes(beat(0))
  (tmp_path / 'info.csv').write_text(''.join(lines))
  return tmp_path


def read(folder, **options):
  return DATASETS['groove'](path=str(folder), **options).read()


def test_the_table_says_split_and_style_and_what_is_left_out(folder):
  pieces, dropped = read(folder)
  assert [(one.id, one.metadata['split']) for one in pieces] == [
    ('drummer1/a.mid', 'train'),
    ('drummer1/b.mid', 'validation'),
    ('drummer1/c.mid', 'test'),
  ]
  assert pieces[0].metadata['style'] == 'rock' and pieces[0].notes.drum.all()
  assert sorted(dropped) == [
    ('drummer1/d.mid', 'is a fill'),
    ('drummer1/e.mid', 'is in 6-8'),
    ('drummer1/extra.mid', 'is not in info.csv'),
    ('drummer1/gone.mid', 'is in info.csv but not in the folder'),
  ]


def test_options_choose(folder):
  def names(**options):
    return [one.id[-5] for one in read(folder, **options)[0]]

  assert names(beat_type='fill') == ['d']
  assert names(beat_type='all') == ['a', 'b', 'c', 'd']
  assert names(time_signature='') == ['a', 'b', 'c', 'e']
  plain = DATASETS['groove'](path=str(folder))
  other = DATASETS['groove'](path=str(folder), beat_type='all')
  assert plain.fingerprint != other.fingerprint
  assert 'CC BY 4.0' in plain.licence


def test_rolands_tom_is_high(folder):
  """Pitch 48 is tom 1 there, and the hi-mid tom of General MIDI."""
  pieces, _ = read(folder)
  for kit, name in (('roland_td11', 6), ('general_midi', 5)):
    tokens = Drums(kit=kit).encode(pieces[0]).examples['tokens']
    assert tokens[0, 0] == 1 << name


def test_the_official_split_reaches_the_corpus(folder):
  dataset = DATASETS['groove'](path=str(folder))
  found, _ = corpus.prepare(dataset, Drums(), cache=None, report=list)
  assert found.pieces == {
    'train': ('drummer1/a.mid',),
    'validation': ('drummer1/b.mid',),
    'test': ('drummer1/c.mid',),
  }


def test_any_folder_will_do(folder):
  (folder / 'info.csv').unlink()
  pieces, dropped = read(folder)
  assert len(pieces) == 6 and dropped == []
  assert all('split' not in one.metadata for one in pieces)


def test_bad_folders_and_tables(folder, tmp_path):
  with pytest.raises(UserError, match='download the MIDI-only archive'):
    DATASETS['groove']()
  (tmp_path / 'empty').mkdir()
  with pytest.raises(UserError, match='there is no MIDI file'):
    read(tmp_path / 'empty')
  table = folder / 'info.csv'
  table.write_text(table.read_text().replace(',train\n', ',dev\n', 1))
  with pytest.raises(UserError, match=r"split of drummer1/a\.mid is 'dev'"):
    read(folder)
  table.write_text('a,b\n1,2\n')
  with pytest.raises(UserError, match='lacks the columns beat_type, midi_file'):
    read(folder)
  table.write_text('')
  with pytest.raises(UserError, match='lacks the columns'):
    read(folder)
