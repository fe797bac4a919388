"""Key signatures by name: sharps, negative for flats."""

_MAJOR = 'Cb Gb Db Ab Eb Bb F C G D A E B F# C#'.split()
_MINOR = 'Abm Ebm Bbm Fm Cm Gm Dm Am Em Bm F#m C#m G#m D#m A#m'.split()

# -7 for seven flats to 7 for seven sharps; C and Am have none.
SHARPS = {
  name: place - 7
  for names in (_MAJOR, _MINOR)
  for place, name in enumerate(names)
}
