"""MusicXML written by hand."""


def note(value, extra='', pitch='<step>C</step>'):
  return (
    f'<note><pitch>{pitch}<octave>4</octave></pitch>'
    f'<duration>{value}</duration>{extra}</note>'
  )


def xml(body, divisions=1, head=''):
  return (
    f'<?xml version="1.0"?>{head}<score-partwise><part-list>'
    '<score-part id="P1"><part-name>x</part-name></score-part></part-list>'
    '<part id="P1"><measure number="1"><attributes><divisions>'
    f'{divisions}</divisions><time><beats>4</beats><beat-type>4</beat-type>'
    f'</time></attributes>{body}</measure></part></score-partwise>'
  ).encode()


def measures(*bodies):
  """Measures of MusicXML in 4/4 with two divisions a quarter."""
  first = (
    '<attributes><divisions>2</divisions><time><beats>4</beats>'
    '<beat-type>4</beat-type></time></attributes>'
  )
  return ''.join(
    f'<measure number="{number}">{"" if number else first}{body}</measure>'
    for number, body in enumerate(bodies)
  )
