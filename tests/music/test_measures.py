"""Bars, pitches, instruments and dynamics of MusicXML."""

import pytest

from tests.music.musicxml import measures, move, score, sound
from zoo.music.limits import Refused
from zoo.music.piece import Metre
from zoo.music.scores import read_score

NOTE = '<note><pitch><step>C</step><octave>4</octave></pitch>{}</note>'


def read(*parts, **options):
  return read_score(score(*parts, **options), 'x')


def starts(piece):
  """(start, pitch) of the notes, drums included."""
  table = piece.notes
  return list(zip(table.start.tolist(), table.pitch.tolist(), strict=True))


def attributes(inside, divisions=2):
  return f'<attributes><divisions>{divisions}</divisions>{inside}</attributes>'


def time(beats, unit, more=''):
  return (
    f'<time{more}><beats>{beats}</beats><beat-type>{unit}</beat-type></time>'
  )


# Bars.


def test_a_bar_is_as_long_as_its_longest_voice_in_any_part():
  """The second voice, written last, fills a quarter of its bar."""
  short = sound('C', 4, 8) + move('backup', 8) + sound('C', 3, 2)
  upper = measures(sound('C', 5, 8), sound('D', 5, 8))
  found = read(upper, measures(short, sound('G', 3, 8)))
  assert [row for row in starts(found) if row[0]] == [(4, 55), (4, 74)]
  # The other way round: the part that is short waits for the other.
  found = read(measures(sound('C', 5, 2), sound('D', 5, 8)), upper)
  assert (4, 74) in starts(found)


def test_a_forward_leaves_silence_and_a_backup_stops_at_the_bar_line():
  body = (
    move('forward', 4)
    + sound('C', 4, 4)
    + move('backup', 99)
    + sound('E', 4, 2)
  )
  assert starts(read(measures(body, sound('G', 4, 8)))) == [
    (0, 64),
    (2, 60),
    (4, 67),
  ]


def test_a_chord_begins_together_and_each_note_has_its_length():
  body = (
    sound('C', 4, 8)
    + sound('E', 4, 4, before='<chord/>')
    + sound('G', 4, 2, before='<chord/>')
  )
  table = read(measures(body, sound('C', 4, 8))).notes
  assert table.end.tolist() == [4, 2, 1, 8]


def test_grace_and_cue_notes_are_silent():
  """A cue note takes its time; a grace note has none."""
  grace = NOTE.format('').replace('<note>', '<note><grace/>')
  small = sound('G', 4, 2, '<type size="cue">quarter</type>')
  body = grace + sound('D', 4, 2) + sound('E', 4, 4, before='<cue/>') + small
  assert starts(read(measures(body))) == [(0, 62), (3, 67)]


def test_an_empty_bar_lasts_as_its_metre_says():
  found = read(measures(sound('C', 4, 8), '', sound('D', 4, 8)))
  assert starts(found) == [(0, 60), (8, 62)]
  # A rest of a whole bar is often written as four quarters in any metre.
  rest = '<note><rest measure="yes"/><duration>8</duration></note>'
  three = attributes(time(3, 4))
  found = read(
    f'<measure>{three}{rest}</measure><measure>{sound("D", 4, 6)}</measure>'
  )
  assert starts(found) == [(3, 62)]


def test_divisions_may_change_amid_a_measure():
  body = (
    sound('C', 4, 2)
    + attributes('', 6)
    + sound('D', 4, 4)
    + sound('E', 4, 2)
    + attributes('', 480)
    + sound('F', 4, 960)
  )
  assert starts(read(measures(body))) == [
    (0, 60),
    (1, 62),
    (5 / 3, 64),
    (2, 65),
  ]


def test_divisions_without_a_common_multiple_that_is_small():
  primes = (9973, 9967, 9949)
  body = ''.join(
    attributes('', prime) + sound('C', 4, prime) for prime in primes
  )
  assert starts(read(f'<measure>{body}</measure>')) == [
    (0, 60),
    (1, 60),
    (2, 60),
  ]


def test_notes_without_a_duration_have_that_of_their_type():
  typed = '<type>{}</type>{}'
  triplet = (
    '<time-modification><actual-notes>3</actual-notes>'
    '<normal-notes>2</normal-notes></time-modification>'
  )
  body = (
    NOTE.format(typed.format('half', '<dot/>'))
    + NOTE.format(typed.format('quarter', triplet))
    + NOTE.format('')
  )
  found = read(measures(body))
  assert found.notes.end.tolist() == [3, 11 / 3]
  assert found.metadata['passed_over'] == {
    'notes without a duration': 3,
    'notes without length': 1,
  }


# Metres.


@pytest.mark.parametrize(
  'written, bar, expected',
  [
    (time('3+2', 8), 5, (5, 8)),
    (time('2 + 2+3', 8), 7, (7, 8)),
    (
      '<time><beats>3</beats><beat-type>4</beat-type>'
      '<beats>2</beats><beat-type>8</beat-type></time>',
      8,
      (8, 8),
    ),
    (time(2, 2, ' symbol="cut"'), 8, (2, 2)),
    ('<time><senza-misura/></time>', 11, (11, 8)),
    ('', 6, (3, 4)),  # No metre at all: each bar has its own.
  ],
)
def test_metres(written, bar, expected):
  body = sound('C', 4, bar)
  found = read(
    f'<measure>{attributes(written)}{body}</measure><measure>{body}</measure>'
  )
  assert found.metres == (Metre(0, *expected),)
  assert starts(found) == [(0, 60), (bar / 2, 60)]


@pytest.mark.parametrize(
  'written', [time(4, 0), time(4, 12), time('x', 4), time(4000, 4), time(0, 4)]
)
def test_metres_that_no_bar_has_are_passed_over(written):
  body = f'{attributes(written)}{sound("C", 4, 8)}'
  found = read(f'<measure>{body}</measure>')
  assert found.metres == (Metre(0, 4, 4),)
  assert found.metadata['passed_over'] == {'metres that cannot be read': 1}


def test_a_change_of_metre_in_one_part_holds_for_all():
  change = f'<attributes>{time(3, 4)}</attributes>'
  upper = measures(sound('C', 5, 8), change + sound('D', 5, 6))
  lower = measures(sound('C', 3, 8), sound('D', 3, 6))
  for parts in ((upper, lower), (lower, upper)):
    found = read(*parts)
    assert found.metres == (Metre(0, 4, 4), Metre(4, 3, 4))


# Pitches.


@pytest.mark.parametrize(
  'inside, pitches',
  [
    ('<chromatic>-2</chromatic>', [58]),
    ('<diatonic>-1</diatonic><chromatic>-2</chromatic>', [58]),
    ('<chromatic>0</chromatic><octave-change>-1</octave-change>', [48]),
    ('<chromatic>-2</chromatic><octave-change>-1</octave-change>', [46]),
    ('<chromatic>-9</chromatic><octave-change>1</octave-change>', [63]),
    ('<chromatic>0</chromatic><double/>', [48, 60]),
    ('<chromatic>2</chromatic><double above="yes"/>', [62, 74]),
  ],
)
def test_transposition(inside, pitches):
  moved = f'<transpose>{inside}</transpose>'
  found = read(f'<measure>{attributes(moved)}{sound("C", 4, 8)}</measure>')
  assert found.notes.pitch.tolist() == pitches


def test_transposition_of_one_staff_and_its_end():
  moved = (
    '<transpose number="2"><chromatic>0</chromatic>'
    '<octave-change>-1</octave-change></transpose>'
  )
  back = '<attributes><transpose><chromatic>0</chromatic></transpose>'
  lower = sound('C', 4, 4, '<staff>2</staff>')
  body = (
    attributes(moved)
    + sound('C', 4, 4, '<staff>1</staff>')
    + lower
    + f'{back}</attributes>'
    + lower
  )
  assert starts(read(f'<measure>{body}</measure>')) == [
    (0, 60),
    (2, 48),
    (4, 60),
  ]


def test_keys_and_spellings_of_a_transposing_part_are_those_that_sound():
  """A clarinet in B flat: its D is a C, its F sharp an E."""
  moved = (
    '<key><fifths>2</fifths></key>'
    '<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>'
  )
  body = sound('D', 4, 4) + sound('F', 4, 4, alter=1)
  found = read(f'<measure>{attributes(moved)}{body}</measure>')
  assert found.metadata['key_signatures'] == [[0.0, 0]]
  assert found.notes.spelling.tolist() == [16, 20]  # C and E


@pytest.mark.parametrize(
  'alter, pitch', [('0.5', 61), ('-0.5', 60), ('1.5', 62), ('-1.5', 59)]
)
def test_microtones_are_rounded_upwards_and_counted(alter, pitch):
  found = read(measures(sound('C', 4, 8, alter=alter)))
  assert found.notes.pitch.tolist() == [pitch]
  assert found.metadata['passed_over'] == {'microtones rounded': 1}


@pytest.mark.parametrize(
  'key, name',
  [
    ('<fifths>8</fifths>', 'beyond seven'),
    (
      '<key-step>F</key-step><key-alter>1</key-alter>',
      'that are not traditional',
    ),
  ],
)
def test_keys_that_are_passed_over(key, name):
  found = read(
    f'<measure>{attributes(f"<key>{key}</key>")}{sound("C", 4, 8)}</measure>'
  )
  assert 'key_signatures' not in found.metadata
  assert found.metadata['passed_over'] == {f'key signatures {name}': 1}


# Instruments.

KIT = (
  '<score-part id="P1"><part-name/>'
  '<score-instrument id="k"/><score-instrument id="s"/>'
  '<midi-instrument id="k"><midi-channel>10</midi-channel>'
  '<midi-unpitched>37</midi-unpitched></midi-instrument>'
  '<midi-instrument id="s"><midi-channel>10</midi-channel>'
  '<midi-unpitched>39</midi-unpitched></midi-instrument></score-part>'
)


def hit(step, octave, name=''):
  named = f'<instrument id="{name}"/>' if name else ''
  return (
    f'<note><unpitched><display-step>{step}</display-step>'
    f'<display-octave>{octave}</display-octave></unpitched>'
    f'<duration>2</duration>{named}</note>'
  )


def test_drums_by_their_instrument():
  body = hit('F', 4, 'k') + hit('F', 4, 's')
  found = read(measures(body), part_list=KIT)
  assert found.notes.pitch.tolist() == [36, 38]
  assert found.notes.drum.all()
  assert 'passed_over' not in found.metadata


def test_drums_by_their_place_where_nobody_names_them():
  body = hit('F', 4) + hit('C', 5) + hit('G', 5) + hit('C', 2)
  found = read(measures(body))
  assert found.notes.pitch.tolist() == [36, 38, 42, 38]
  assert found.notes.drum.all()
  assert found.metadata['passed_over'] == {
    'drum notes read by their place on the staff': 3,
    'drum notes read of no known drum': 1,
  }


def test_pitches_on_channel_10_are_drums():
  found = read(measures(sound('C', 2, 2)), part_list=KIT)
  assert (found.notes.pitch.tolist(), found.notes.drum.all()) == ([36], True)


def test_instruments_change_inside_a_part():
  """By a note's instrument, and by a sound that exchanges one."""
  two = (
    '<score-part id="P1"><part-name/>'
    '<midi-instrument id="a"><midi-program>41</midi-program>'
    '</midi-instrument><midi-instrument id="b">'
    '<midi-program>74</midi-program></midi-instrument></score-part>'
  )
  other = (
    '<direction><sound><midi-instrument id="a">'
    '<midi-program>46</midi-program></midi-instrument></sound></direction>'
  )
  body = (
    sound('C', 4, 2)
    + sound('D', 4, 2, '<instrument id="b"/>')
    + other
    + sound('E', 4, 2)
  )
  found = read(measures(body), part_list=two)
  assert found.notes.program.tolist() == [40, 73, 45]


# Dynamics.


def test_dynamics_are_per_cent_of_forte():
  """By time: the second voice, written later, is loud from beat 3 on."""
  loud = '<direction><sound dynamics="100"/></direction>'
  own = sound('G', 4, 2).replace('<note>', '<note dynamics="50">')
  body = (
    sound('C', 4, 4)
    + loud
    + sound('C', 4, 2)
    + own
    + move('backup', 8)
    + sound('E', 5, 4)
    + sound('E', 5, 4)
  )
  found = read(measures(body, sound('C', 4, 8)))
  assert dict(
    zip(
      starts(found),
      found.notes.velocity.tolist(),
      strict=True,
    )
  ) == {
    (0, 60): 64,
    (0, 76): 64,
    (2, 60): 90,
    (2, 76): 90,
    (3, 67): 45,
    (4, 60): 90,
  }


def test_title_and_composer():
  data = score(measures(sound('C', 4, 8))).replace(
    b'<part-list>',
    b'<work><work-title> A\n song </work-title></work><identification>'
    b'<creator type="lyricist">L</creator>'
    b'<creator type="composer">C</creator></identification><part-list>',
  )
  metadata = read_score(data, 'x').metadata
  assert (metadata['title'], metadata['composer']) == ('A song', 'C')


def test_a_huge_duration_is_refused():
  with pytest.raises(Refused, match='note durations beyond'):
    read(measures(sound('C', 4, 10**10)))
