"""Where music comes from: {name: builder of a zoo.contracts.Dataset}."""

from datasets.abc_folder import abc_folder
from datasets.audio_folder import audio_folder
from datasets.chorale_set import chorale_set
from datasets.chorales import chorales
from datasets.digits import digits
from datasets.drum_patterns import drum_patterns
from datasets.folk import folk
from datasets.groove import groove
from datasets.midi_folder import midi_folder
from datasets.multitrack_folder import multitrack_folder
from datasets.piano_rolls import piano_rolls
from datasets.quartets import quartets
from datasets.ragtime import ragtime

DATASETS = {
  'abc_folder': abc_folder,
  'audio_folder': audio_folder,
  'chorale_set': chorale_set,
  'chorales': chorales,
  'digits': digits,
  'drum_patterns': drum_patterns,
  'folk': folk,
  'groove': groove,
  'midi_folder': midi_folder,
  'multitrack_folder': multitrack_folder,
  'piano_rolls': piano_rolls,
  'quartets': quartets,
  'ragtime': ragtime,
}
