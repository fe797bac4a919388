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


def score(*parts, part_list=''):
  """Bytes of a score whose parts are the insides of `part` elements."""
  names = ''.join(
    f'<score-part id="P{number}"><part-name/></score-part>'
    for number in range(1, len(parts) + 1)
  )
  inside = ''.join(
    f'<part id="P{number}">{part}</part>'
    for number, part in enumerate(parts, 1)
  )
  return (
    '<?xml version="1.0"?><score-partwise version="4.0">'
    f'<part-list>{part_list or names}</part-list>{inside}</score-partwise>'
  ).encode()


def sound(step, octave, value, extra='', before='', alter=None):
  """A note: `before` comes before its pitch, `extra` after its duration."""
  altered = '' if alter is None else f'<alter>{alter}</alter>'
  return (
    f'<note>{before}<pitch><step>{step}</step>{altered}'
    f'<octave>{octave}</octave></pitch><duration>{value}</duration>'
    f'{extra}</note>'
  )


def tie(*kinds):
  return ''.join(f'<tie type="{kind}"/>' for kind in kinds)


def move(name, value):
  """A `backup` or `forward`."""
  return f'<{name}><duration>{value}</duration></{name}>'
