"""Studies that compare or analyse many runs at once."""
