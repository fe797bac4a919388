"""The blind test: mixed fairly, answered in a browser, judged by arithmetic."""

import json
import re
import time

import numpy as np
import pytest

from tests.browser import CHROMIUM, PATIENCE, browser
from zoo.contracts import UserError
from zoo.music.piece import ChordSymbol, Piece, Tempo, notes
from zoo.pages import listening

CHECKPOINT = 'c' * 40


def tune(pitch, quarters=4, tempo=120.0):
  onset = np.arange(quarters)
  return Piece(
    str(pitch),
    notes(onset, onset + 1.0, onset % 5 + pitch),
    tempos=(Tempo(0.0, tempo),),
  )


def a_test(count=4, seed=0):
  """Generated tunes begin at 70 and above, originals below."""
  return listening.blind_test(
    [tune(70 + number) for number in range(count)],
    [tune(40 + number) for number in range(count + 3)],
    CHECKPOINT,
    seed,
  )


def written(folder, blind, /, **changes):
  """A file of right answers, all certain, changed."""
  found = {
    'format': listening.FORMAT,
    'version': 1,
    'test': blind.digest,
    'listener': 'abc',
    'answers': [
      {'piece': place, 'says': 'machine' if made else 'human', 'sure': 3}
      for place, made in enumerate(blind.made)
    ],
  }
  path = folder / f'answers-{changes.get("listener", "abc")}.json'
  path.write_text(json.dumps({**found, **changes}))
  return path


def read(path, folder):
  return listening.read_answers(path, folder, CHECKPOINT)


def test_half_is_generated_in_an_order_of_the_seed():
  test = a_test()
  assert len(test.pieces) == 8 and sum(test.made) == 4
  for piece, made in zip(test.pieces, test.made, strict=True):
    assert (piece['notes'][0][2] >= 70) == made
  assert a_test() == test
  assert a_test(seed=1).made != test.made or a_test(seed=1) != test
  assert a_test(seed=1).digest != test.digest
  assert len(set(map(str, test.pieces))) == 8


def test_pieces_are_cut_at_half_a_minute_and_begin_at_once():
  late = tune(60, 40, tempo=60.0)
  late = late._replace(
    notes=late.notes._replace(
      start=late.notes.start + 3.5, end=late.notes.end + 3.5
    )
  )
  long = late.notes._replace(end=late.notes.end + 0.5)
  (one, other) = listening.blind_test(
    [late._replace(notes=long)], [tune(40, 2, 60.0)], CHECKPOINT, 0
  ).pieces
  short, cut = sorted((one, other), key=lambda piece: piece['seconds'])
  assert short['notes'] == [[0, 1, 40], [1, 2, 41]] and short['seconds'] == 2
  assert cut['seconds'] == 30 and len(cut['notes']) == 30
  assert cut['notes'][0][:2] == [0, 1.5]
  assert cut['notes'][-1][:2] == [29, 30]


def test_drums_are_music_and_chord_symbols_are_not_shown():
  drums = tune(36)
  drums = drums._replace(
    notes=drums.notes._replace(drum=np.ones(4, bool)),
    chords=(ChordSymbol(0.0, 'Am'),),
  )
  test = listening.blind_test([drums], [drums], CHECKPOINT, 0)
  for piece in test.pieces:
    assert [row[5] for row in piece['notes']] == [1] * 4
    assert 'chords' not in piece


def test_silence_cannot_be_compared():
  silent = Piece('0', notes([], [], []))
  with pytest.raises(UserError, match='generated pieces 0 have notes'):
    listening.blind_test([silent], [tune(40)], CHECKPOINT, 0)


def test_wilson_by_hand():
  # 1 of 2: centre 1/2, half width z sqrt(1/8 + z^2/16) / (1 + z^2/2).
  low, high = listening.wilson(1, 2)
  assert low == pytest.approx(0.0945, abs=1e-4)
  assert high == pytest.approx(0.9055, abs=1e-4)
  # 0 of n: from 0 to z^2 / (n + z^2).
  assert listening.wilson(0, 10) == pytest.approx(
    (0, 3.8415 / 13.8415), abs=1e-4
  )
  # 81 of 263, Newcombe, Statistics in Medicine 17 (1998), table I.
  assert listening.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_figures_by_hand(tmp_path):
  test = a_test(2)
  listening.write_page(test, tmp_path, CHECKPOINT, '')
  right = read(written(tmp_path, test), tmp_path)
  human = read(
    written(
      tmp_path,
      test,
      listener='b',
      answers=[
        {'piece': place, 'says': 'human', 'sure': 1} for place in (3, 0, 2, 1)
      ],
    ),
    tmp_path,
  )
  found = listening.judge([right, human])
  assert found['listeners'] == 2
  assert found['answers'] == {
    'all': 8,
    'generated': 4,
    'held_out': 4,
    'certain': 4,
  }
  assert found['accuracy'] == {
    'all': 0.75,
    'generated': 0.5,
    'held_out': 1,
    'certain': 1,
    'guessing': 0.5,
  }
  assert found['taken_for_human']['generated'] == 0.5
  ends = found['low']['all'], found['high']['all']
  assert ends == listening.wilson(6, 8)
  with pytest.raises(UserError, match='given twice'):
    listening.judge([right, right])


@pytest.mark.parametrize(
  ('changes', 'words'),
  [
    ({'format': 'something'}, 'holds no answers'),
    ({'version': 2}, 'version 2'),
    ({'test': 'f' * 64}, 'another run'),
    ({'test': '../../secret'}, 'name the test'),
    ({'listener': 7}, 'no listener'),
    ({'answers': []}, 'between 1 and 8'),
    ({'answers': [{'piece': 8, 'says': 'human', 'sure': 1}]}, 'place 1'),
    ({'answers': [{'piece': True, 'says': 'human', 'sure': 1}]}, 'place 1'),
    ({'answers': [{'piece': 0, 'says': 'cat', 'sure': 1}]}, 'place 1'),
    ({'answers': [{'piece': 0, 'says': 'human', 'sure': 4}]}, 'place 1'),
    ({'answers': [{'piece': 0, 'says': [], 'sure': [1]}]}, 'place 1'),
    ({'answers': [{'piece': 0, 'says': 'human', 'sure': 1}] * 2}, 'twice'),
    ({'answers': [3]}, 'place 1'),
  ],
)
def test_bad_answers_are_refused_in_one_sentence(tmp_path, changes, words):
  test = a_test()
  listening.write_page(test, tmp_path, CHECKPOINT, '')
  path = written(tmp_path, test, **changes)
  with pytest.raises(UserError, match=words) as refused:
    read(path, tmp_path)
  assert path.name in str(refused.value) and '\n' not in str(refused.value)


def test_files_that_are_not_json_are_refused(tmp_path):
  path = tmp_path / 'answers.json'
  with pytest.raises(UserError, match='No such file'):
    read(path, tmp_path)
  for content in (b'', b'\xff\xfe{', b'[' * 100_000, b'[1]'):
    path.write_bytes(content)
    with pytest.raises(UserError, match='holds no answers'):
      read(path, tmp_path)
  path.write_bytes(b' ' * 1_000_001)
  with pytest.raises(UserError, match='larger'):
    read(path, tmp_path)


def test_answers_to_another_checkpoint_are_refused(tmp_path):
  test = a_test()
  listening.write_page(test, tmp_path, CHECKPOINT, '')
  path = written(tmp_path, test)
  with pytest.raises(UserError, match='checkpoint'):
    listening.read_answers(path, tmp_path, 'd' * 40)


def test_the_page_is_whole_and_its_data_cannot_end_the_script(tmp_path):
  page = listening.write_page(
    a_test(), tmp_path, CHECKPOINT, 'run </script><script>alert(1)</script>'
  ).read_text()
  assert page.count('</script>') == 2
  assert not re.search(r'(src|href)=|https?://', page)
  assert "default-src 'none'" in page


# How loud the first piece is.
LOUDNESS = """
zooPlayer.render(pieces[0]).then((sound) =>
  Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length))
"""
KEY = "document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{}'}}))"


@pytest.mark.skipif(not CHROMIUM, reason='there is no Chromium')
def test_a_listener_in_a_browser(tmp_path):
  test = a_test()
  path = listening.write_page(test, tmp_path, CHECKPOINT, 'the command')
  with browser(tmp_path / 'profile') as page:
    page.open(path, tmp_path)
    assert page.run(LOUDNESS) > 0.01
    page.run("$('begin').click()")
    for number in range(8):
      page.run(KEY.format(1))
      assert page.run('state.answers.length') == number, 'nothing was played'
      assert page.run("$('roll').hidden")
      page.run(KEY.format(' '))
      assert page.run('player.playing')
      page.run(KEY.format('6' if number % 2 else '1'))
      label = page.run("$('notes').getAttribute('aria-label')")
      assert label.startswith('Piano roll: 4 notes from ')
      assert not page.run("$('roll').hidden")
      page.run(KEY.format('Enter'))
      if number == 3:  # Closed and opened again, it goes on where it was.
        page.open(path, tmp_path)
        assert page.run("$('begin').textContent") == 'Continue'
        page.run("$('begin').click()")
        assert page.run("$('count').textContent") == 'Piece 5 of 8'
    said = page.run("$('score').textContent")
    assert page.run("$('table').children.length") == 8
    page.run("$('save').click()")
    saved = _wait_for(tmp_path, 'answers-*.json')
    assert page.faults == []
    assert page.requests == [path.as_uri()] * 2
  answers = read(saved, tmp_path)
  assert answers.made == test.made
  assert answers.says == [False, True] * 4
  assert answers.sure == [3] * 8
  right = sum(
    made == says for made, says in zip(answers.made, answers.says, strict=True)
  )
  assert f'right about {right} of 8' in said


def _wait_for(folder, pattern):
  """The file that a browser is saving, once it is whole."""
  until = time.monotonic() + PATIENCE
  while time.monotonic() < until:
    for path in folder.glob(pattern):
      if path.stat().st_size:
        return path
    time.sleep(0.05)
  raise AssertionError(f'{pattern} was never saved')
