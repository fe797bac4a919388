"""Pages: self-contained HTML that works offline, and its JavaScript.

page.py assembles a page, playable.py converts a piece for its player, and
run_page.py writes the page of a run. The scripts depend on each other in the
order sounds.js, player.js, roll.js, sample.js; curves.js is independent.
"""
