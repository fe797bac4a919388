"""Notes that overlap at one pitch are written so that any reader tells them."""

import collections

import numpy as np
import pytest

from zoo.music import midi_events, midi_notes, smf
from zoo.music.piece import Metre, Piece, notes


def round_trip(piece):
  return midi_notes.read_midi(smf.dump(piece), piece.id)


def assert_same(first, second):
  for name in first.notes._fields:
    np.testing.assert_allclose(
      getattr(first.notes, name),
      getattr(second.notes, name),
      atol=1e-9,
      err_msg=name,
    )


def tracks_of(piece):
  """Of each track that plays: (port, channel, program, whether it goes on)."""
  events = midi_events.read_events(smf.dump(piece))
  found = []
  for track in range(1, len(events.ends)):
    metas = {
      meta.kind: meta.data for meta in events.metas if meta.track == track
    }
    status = events.status[events.track == track]
    (channel,) = set((status & 0x0F).tolist())
    (program,) = events.first[(events.track == track)][status >> 4 == 0xC]
    port = metas.get(midi_events.PORT, b'\0')[0]
    found.append((port, channel, int(program), midi_events.OWN in metas))
  return found


NESTED = notes([0, 1, 4], [4, 2, 5], [60, 60, 62], [80, 90, 70], program=40)


def test_nested_notes_go_to_a_track_that_continues_the_part():
  piece = Piece('x', NESTED)
  assert_same(round_trip(piece), piece)
  assert tracks_of(piece) == [(0, 0, 40, False), (0, 1, 40, True)]


@pytest.mark.parametrize(
  'start, end',
  [
    ([0, 1], [2, 3]),  # overlapping
    ([0, 0], [1, 1]),  # twice the same
    ([0, 0], [1, 2]),  # struck together
    ([0, 1, 2], [6, 5, 4]),  # nested in a nested one
    ([0, 1, 1.5, 3], [4, 2, 3.5, 5]),
  ],
)
@pytest.mark.parametrize('drum', [False, True])
def test_overlaps_come_back(start, end, drum):
  count = len(start)
  piece = Piece('x', notes(start, end, [60] * count, drum=drum))
  assert_same(round_trip(piece), piece)


def test_drums_that_overlap_go_to_the_tenth_channel_of_another_port():
  piece = Piece('x', NESTED._replace(drum=np.ones(3, bool)))
  assert_same(round_trip(piece), piece)
  assert tracks_of(piece) == [(0, 9, 40, False), (1, 9, 40, True)]


def test_repeated_notes_need_no_other_track():
  start = np.arange(20) / 4
  piece = Piece('x', notes(start, start + 0.25, [60] * 20))
  assert len(tracks_of(piece)) == 1
  assert_same(round_trip(piece), piece)


def test_where_all_channels_are_taken_the_next_port_has_more():
  """Sixteen parts, the last of which overlaps, and drums that do."""
  count = 16
  start = np.concatenate([np.zeros(count), [1, 0, 1]])
  end = np.concatenate([np.full(count, 4), [2, 4, 2]])
  part = [*range(count), count - 1, count, count]
  drum = [False] * (count + 1) + [True] * 2
  piece = Piece(
    'x', notes(start, end, 60, program=np.array(part), part=part, drum=drum)
  )
  assert_same(round_trip(piece), piece)
  found = tracks_of(piece)
  assert len({(port, channel) for port, channel, _, _ in found}) == len(found)
  melodic = [*range(9), *range(10, 16)]
  assert [row[:2] for row in found] == [
    *((0, channel) for channel in melodic),
    (1, 0),
    (1, 1),
    (0, 9),
    (1, 9),
  ]


def test_each_pair_of_readings_agrees():
  """Closing the first, the last or all open notes at an off is the same."""
  random = np.random.default_rng(0)
  start = np.sort(random.integers(0, 60, 200)) / 4
  piece = Piece(
    'x',
    notes(
      start,
      start + random.integers(1, 16, 200) / 4,
      random.integers(60, 66, 200),
      part=random.integers(0, 3, 200),
      drum=False,
    ),
  )
  assert_same(round_trip(piece), piece)
  events = midi_events.read_events(smf.dump(piece))
  open_notes = collections.Counter()
  for track, status, pitch in zip(
    events.track.tolist(),
    (events.status & 0xF0).tolist(),
    events.first.tolist(),
    strict=True,
  ):
    if status in (0x80, 0x90):
      open_notes[track, pitch] += 1 if status == 0x90 else -1
      assert 0 <= open_notes[track, pitch] <= 1


def test_past_the_last_track_notes_end_where_they_are_struck_again():
  """300 notes, each nested in the one before: 255 tracks and 45 that end."""
  count = 300
  start = np.arange(count) / 4
  piece = Piece('x', notes(start, 1000 - start, [60] * count))
  data = smf.dump(piece, 'made by')
  assert smf.check(data).texts == [
    'made by',
    '45 notes end where their pitch is struck again.',
  ]
  table = midi_notes.read_midi(data, 'x').notes
  np.testing.assert_allclose(table.start, start)
  assert (np.abs(table.end - piece.notes.end) < 1e-9).sum() == 255
  assert set(table.part.tolist()) == {0}


def test_a_foreign_mark_at_the_first_track_does_nothing():
  """What a part continues must come before it."""
  data = smf.dump(Piece('x', NESTED))
  head = data.index(b'MTrk')
  second = data.index(b'MTrk', head + 1)
  third = data.index(b'MTrk', second + 1)
  turned = data[:head] + data[third:] + data[second:third]
  table = midi_notes.read_midi(turned, 'x').notes
  assert sorted(table.start.tolist()) == [0, 1, 4]
  assert set(table.part.tolist()) == {0, 1}


def test_metres_that_no_file_holds_are_left_out():
  metres = [(3, 64), (5, 3), (255, 4), (300, 4), (4, 128), (2, 2)]
  piece = Piece(
    'x',
    notes([0], [9], [60]),
    tuple(Metre(float(at), *metre) for at, metre in enumerate(metres)),
  )
  assert [one[1:] for one in round_trip(piece).metres] == [
    (3, 64),
    (255, 4),
    (2, 2),
  ]
