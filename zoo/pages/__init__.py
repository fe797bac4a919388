"""Pages: self-contained HTML that works offline, and its JavaScript.

page.py assembles a page, playable.py gives a piece to the player in it,
run_page.py is the page of a run. The scripts, in the order in which they need
each other: sounds.js, player.js, roll.js, sample.js; curves.js alone.
"""
