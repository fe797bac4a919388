"""Every system of a family on one corpus, one split and one budget.

  python -m studies.compare --family=melody
  python -m studies.compare --family=chorales --budget=10
  python -m studies.compare --family=melody --runs=runs
  python -m studies.compare --family=melody --tables

Trains each system for --budget seconds of processor time, compilation apart
(or as many steps as its experiment has, where those take less), samples it,
and cuts what it generates, held-out music and baselines into the same windows.
All windows are judged by the same evaluators:

  nats        negative log-likelihood a quarter note of the same held-out
              pieces; comparable only within one space of events
  intervals, onsets   distances of histograms from those of held-out music
  originality, diversity, plagiarism   patterns shared with the training
              pieces, and within the set
  mode coverage   mean distance of a sample to the nearest training window,
              and of a training window to the nearest sample; precision and
              coverage of balls around training windows
  seconds, parameters

With --runs, trained runs that lie in DIR/EXPERIMENT or DIR/EXPERIMENT/seed0
join as rows of their own, `EXPERIMENT (trained)`. A row is kept for each
system in --workdir: the same command again goes on where it stopped, and
--only=NAME,NAME takes some systems alone. Writes docs/comparison/FAMILY.csv
and .png, and the tables in docs/comparison.md.
"""
