"""Studies: questions asked of many runs at once."""
