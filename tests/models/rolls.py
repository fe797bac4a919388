"""Piano rolls as a spec, without an encoder."""

from zoo.contracts import Field, Spec


def rolls(steps=6, pitches=88):
  """The spec of piano rolls."""
  fields = {
    'roll': Field((steps, pitches), 'uint8', 2, 'bit'),
    'length': Field((), 'int32', kind='count'),
  }
  sizes = {'pitches': pitches, 'steps': steps}
  return Spec('piano_roll', {}, fields, sizes, 1.0, {}, {})
