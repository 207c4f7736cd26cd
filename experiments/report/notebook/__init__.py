"""What a notebook shows of runs, comparisons, sweeps and sizings: the report's own figures, and cards."""
