"""Experiments: each file is one plain dict CONFIG, and how it fared."""
