"""Compares all systems of a family on one corpus, split and budget.

  python -m studies.compare --family=melody
  python -m studies.compare --family=chorales --budget=10
  python -m studies.compare --family=melody --runs=runs
  python -m studies.compare --family=melody --tables

Trains each system for --budget seconds of processor time without compilation
(or for the steps of its experiment, if those take less), samples it, and cuts
its samples, held-out music and baselines into the same windows. All windows are
judged by the same evaluators:

  nats        negative log-likelihood per quarter note of the same held-out
              pieces; comparable only between models of the same events
  intervals, onsets   distances of histograms from those of held-out music
  originality, diversity, plagiarism   patterns shared with the training
              pieces, and within the set
  mode coverage   mean distance of a sample to the nearest training window,
              and of a training window to the nearest sample; precision and
              coverage of balls around training windows
  seconds, parameters

With --runs=DIR, trained runs in DIR/EXPERIMENT or DIR/EXPERIMENT/seed0 are
added as rows `EXPERIMENT (trained)`. Finished rows are kept in --workdir, so
the same command resumes; --only=NAME,NAME selects systems. Writes
docs/comparison/FAMILY.csv and .png, and the tables in docs/comparison.md.
"""
