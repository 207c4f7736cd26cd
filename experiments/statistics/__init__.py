"""Statistics of simulation output: paired comparison, selection of the best, sequential precision, warm-up."""

from __future__ import annotations

from experiments.statistics.paired import Difference, paired_difference
from experiments.statistics.selection import Selection, select_best
from experiments.statistics.sequential import enough, replications_needed
from experiments.statistics.warmup import warmup_end, without_warmup

__all__ = [
    "Difference",
    "Selection",
    "enough",
    "paired_difference",
    "replications_needed",
    "select_best",
    "warmup_end",
    "without_warmup",
]
