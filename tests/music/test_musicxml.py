"""MusicXML documents: what is taken for one, and what is refused."""

import io
import zipfile

import pytest

from tests.music.musicxml import measures, note, score, xml
from zoo.music import musicxml
from zoo.music.limits import ORDINARY, Refused
from zoo.music.scores import read_score

GOOD = xml(note(1))


def zipped(members):
  stream = io.BytesIO()
  with zipfile.ZipFile(stream, 'w', zipfile.ZIP_DEFLATED) as archive:
    for name, data in members.items():
      archive.writestr(name, data)
  return stream.getvalue()


CONTAINER = (
  '<container><rootfiles>'
  '<rootfile full-path="a/part.pdf" media-type="application/pdf"/>'
  '<rootfile full-path="a/real.xml"/></rootfiles></container>'
)


@pytest.mark.parametrize(
  'data, reason',
  [
    (b'', 'is not well-formed XML'),
    (b'\x00\x01\x02', 'is not well-formed XML'),
    (GOOD[:-30], 'is not well-formed XML'),
    (b'<html><body/></html>', 'its root is <html>'),
    (b'<opus><score/></opus>', 'is a MusicXML opus'),
    (b'<score-partwise/>', 'has no measures'),
    (score(measures('')), 'has no notes'),
    (xml(note(1), head='<!DOCTYPE x [<!ENTITY a "b">]>'), 'entities'),
    (
      xml(note(1), head='<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc">]>'),
      'entities',
    ),
    (
      xml(note(1), head='<!DOCTYPE x [<!ATTLIST note a CDATA "b">]>'),
      'declares XML attributes',
    ),
    (xml(note(1) + '&outside;'), 'is not well-formed XML'),
    (xml(note(1), divisions=0), 'has 0 divisions per quarter'),
    (xml(note(1), divisions=-4), 'has -4 divisions per quarter'),
    (xml(note(1), divisions='x'), 'has divisions that are not numbers'),
    (xml(note('two')), 'has note durations that are not numbers'),
    (xml(note('nan')), 'has note durations that are not numbers'),
    (xml(note('1e400')), 'has note durations beyond'),
    (xml(note(-1)), 'has a negative duration of a note'),
    (xml(note(1, pitch='<step>H</step>')), 'has a pitch without a step'),
    (
      xml(note(1, pitch='<step>C</step><alter>99</alter>')),
      'has pitches outside of 0 to 127',
    ),
    (b'PK\x03\x04', 'is not a compressed MusicXML file'),
    (zipped({'cover.png': b'x'}), 'without a score in it'),
    (zipped({'score.xml': b' ' * 3_000_000}), 'compressed more than music'),
  ],
)
def test_a_bad_document_is_refused_for_its_true_cause(data, reason):
  with pytest.raises(Refused, match=reason):
    read_score(data, 'x')


def test_a_bomb_in_utf_16_is_found():
  """Where there is no ASCII byte pattern."""
  text = xml(note(1), head='<!DOCTYPE x [<!ENTITY a "b">]>').decode()
  with pytest.raises(Refused, match='declares XML entities'):
    read_score(text.encode('utf-16'), 'x')


def test_elements_are_counted_before_they_are_built(monkeypatch):
  monkeypatch.setattr(musicxml, 'ELEMENTS', 20)
  with pytest.raises(Refused, match='more than 20 XML elements'):
    read_score(xml(note(1) * 20), 'x')


def test_what_unpacks_to_too_much_is_not_unpacked():
  data = zipped({'score.xml': GOOD})
  with pytest.raises(Refused, match='unpacks to more than'):
    read_score(data, 'x', ORDINARY._replace(zip_bytes=100))


TITLED = (
  '<?xml version="1.0"{}?><score-partwise><work><work-title>Łódź é</work-title>'
  '</work>' + score(measures(note(1))).decode().split('version="4.0">')[1]
)


@pytest.mark.parametrize(
  'encoding, declared, title',
  [
    ('utf-8', '', 'Łódź é'),
    ('utf-8-sig', ' encoding="UTF-8"', 'Łódź é'),
    ('utf-16', ' encoding="UTF-16"', 'Łódź é'),
    ('utf-8', ' encoding="UTF-16"', 'Łódź é'),  # Saved anew by an editor.
    ('iso-8859-2', ' encoding="ISO-8859-2"', 'Łódź é'),
    ('latin-1', ' encoding="ISO-8859-1"', 'Lodz é'),
    ('latin-1', '', 'Lodz é'),  # Not declared at all.
  ],
)
def test_encodings(encoding, declared, title):
  text = TITLED.format(declared).replace('Łódź é', title)
  read = read_score(text.encode(encoding), 'x')
  assert read.metadata['title'] == title


def test_a_document_type_that_declares_nothing_is_usual():
  head = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
    'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">'
  )
  assert len(read_score(xml(note(1), head=head), 'x').notes.start) == 1


def test_a_namespace_changes_nothing():
  data = GOOD.replace(
    b'<score-partwise>', b'<score-partwise xmlns="http://a.b/c">'
  )
  assert len(read_score(data, 'x').notes.start) == 1


@pytest.mark.parametrize(
  'members',
  [
    {'a/real.xml': GOOD, 'META-INF/container.xml': CONTAINER, 'b.xml': b'<a/>'},
    {'META-INF/other.xml': b'<a/>', 'lied.musicxml': GOOD},
  ],
)
def test_the_score_inside_a_compressed_file(members):
  assert len(read_score(zipped(members), 'x').notes.start) == 1


def test_timewise_is_partwise_turned():
  """Two parts, the second of which is silent in the first measure."""
  first = '<attributes><divisions>1</divisions></attributes>'
  data = (
    '<?xml version="1.0"?><score-timewise><part-list>'
    '<score-part id="A"/><score-part id="B"/></part-list>'
    f'<measure number="1"><part id="A">{first}{note(4)}</part></measure>'
    f'<measure number="2"><part id="A">{note(2)}</part>'
    f'<part id="B">{first}{note(2, pitch="<step>E</step>")}</part></measure>'
    '</score-timewise>'
  )
  table = read_score(data.encode(), 'x').notes
  assert table.start.tolist() == [0, 4, 4]
  assert table.pitch.tolist() == [60, 60, 64]
  assert table.part.tolist() == [0, 0, 1]
