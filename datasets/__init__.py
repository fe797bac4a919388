"""Where music comes from: {name: builder of a zoo.contracts.Dataset}."""

from datasets.folk import folk
from datasets.midi_folder import midi_folder

DATASETS = {
  'folk': folk,
  'midi_folder': midi_folder,
}
