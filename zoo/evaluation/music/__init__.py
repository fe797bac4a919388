"""Evaluators that read music as arrays, with numpy only; each returns a table.

An evaluator is a plain function. It declares what it needs at run time
(generate, splits, spec, ...) as parameters without a default; its options are
keyword-only. It returns {metric: {column: number}}, so that a report shows
every number next to its baselines.
"""

from zoo.evaluation.music.bar_statistics import bar_statistics
from zoo.evaluation.music.diversity import diversity
from zoo.evaluation.music.drum_reconstruction import drum_reconstruction
from zoo.evaluation.music.drum_statistics import drum_statistics
from zoo.evaluation.music.event_statistics import event_statistics
from zoo.evaluation.music.first_note import first_note
from zoo.evaluation.music.harmonization import harmonization
from zoo.evaluation.music.intervals import intervals
from zoo.evaluation.music.lead_sheets import lead_sheets
from zoo.evaluation.music.melody_statistics import melody_statistics
from zoo.evaluation.music.mode_collapse import mode_collapse
from zoo.evaluation.music.nearest_snippet import nearest_snippet
from zoo.evaluation.music.nearest_window import nearest_window
from zoo.evaluation.music.originality import originality
from zoo.evaluation.music.piece_statistics import piece_statistics
from zoo.evaluation.music.plagiarism import plagiarism
from zoo.evaluation.music.side_by_side import side_by_side
from zoo.evaluation.music.tune_text import tune_text
from zoo.evaluation.music.voice_leading import voice_leading

MUSIC_EVALUATORS = {
  'bar_statistics': bar_statistics,
  'diversity': diversity,
  'drum_reconstruction': drum_reconstruction,
  'drum_statistics': drum_statistics,
  'event_statistics': event_statistics,
  'first_note': first_note,
  'harmonization': harmonization,
  'intervals': intervals,
  'lead_sheets': lead_sheets,
  'melody_statistics': melody_statistics,
  'mode_collapse': mode_collapse,
  'nearest_snippet': nearest_snippet,
  'nearest_window': nearest_window,
  'originality': originality,
  'piece_statistics': piece_statistics,
  'plagiarism': plagiarism,
  'side_by_side': side_by_side,
  'tune_text': tune_text,
  'voice_leading': voice_leading,
}
