"""Self-contained HTML pages that play music in a browser."""
