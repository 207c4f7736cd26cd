"""Questions about a county as a whole: whether a run would start, what it can answer, a first answer without tables."""
