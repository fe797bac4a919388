"""Encoders, one file for each representation: from pieces to arrays and back.

The interface of a class in ENCODERS, for corpora and the command line:

  __init__(*, options...)   keyword-only, from the experiment
  main                      the name of the field that models read and predict
  version, options          the class's int and the instance's dict; both are
                            part of the key of cached arrays
  fit(pieces) -> self       learns the vocabulary from the training pieces
  measure(pieces) -> self   optional: learns the length of the longest piece, if
                            examples are whole pieces
  spec, from_spec(spec)     everything needed to rebuild it, as JSON
  encode(piece) -> Encoded
  encode_all(pieces) -> [Encoded]  optional: encodes many pieces faster
  decode(examples)          -> a Piece for each example: the inverse of encode
  cover(piece) -> examples  that cover a user's piece from beginning to end
  join(examples) -> Piece   the inverse of cover
  read_from, written        optional: what cover reads; see coverage.py
  read(path) -> piece       optional: reads a user's file that holds no notes
  complete(piece, examples) -> the user's piece with the generated examples
                            added to it; optional
  canonical(examples)       -> [N, ...] integer rows that are equal if the music
                            is equal up to transposition; optional
  groups(pieces)            -> an id for each piece, the same for pieces that
                            must be in one split; optional, for encoders whose
                            examples are the events of a piece, in order
  write(piece, stem, text)  -> paths of the files written, to listen to and look
                            at; pieces without notes are written as .png
  book(pieces, path)        optional: writes all pieces to one file
  overview(pieces, path, titles)  optional: draws pieces that have no notes

A piece is a zoo.music.piece.Piece, or any other object from a dataset that the
encoder takes and that has an `id` (and `metadata`, a dict, if the dataset names
a split there): a zoo.music.rolls.Roll, an image, a zoo.music.sound.Sound.
"""

from typing import Any

from zoo.encoders.abc_keys import AbcKeys
from zoo.encoders.abc_text import AbcText
from zoo.encoders.drums import Drums
from zoo.encoders.events import Events
from zoo.encoders.image import Image
from zoo.encoders.lead_sheet import LeadSheet
from zoo.encoders.mel import Mel
from zoo.encoders.melody import Melody
from zoo.encoders.melody_roll import MelodyRoll
from zoo.encoders.mfcc import Mfcc
from zoo.encoders.notes import Notes
from zoo.encoders.piano_roll import PianoRoll
from zoo.encoders.spectrogram import Spectrogram
from zoo.encoders.trio import Trio
from zoo.encoders.unit_bags import UnitBags
from zoo.encoders.units import Units
from zoo.encoders.voices import Voices
from zoo.encoders.waveform import Waveform

ENCODERS: dict[str, Any] = {
  'abc_keys': AbcKeys,
  'abc_text': AbcText,
  'drums': Drums,
  'image': Image,
  'lead_sheet': LeadSheet,
  'mel': Mel,
  'melody': Melody,
  'melody_roll': MelodyRoll,
  'mfcc': Mfcc,
  'notes': Notes,
  'piano_roll': PianoRoll,
  'real_events': Events,
  'spectrogram': Spectrogram,
  'trio': Trio,
  'unit_bags': UnitBags,
  'units': Units,
  'voices': Voices,
  'waveform': Waveform,
}
