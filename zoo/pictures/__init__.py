"""Piano rolls, curves and charts, drawn with matplotlib."""
