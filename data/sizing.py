"""The answer of a sizing: what is needed, what less would give, and what binds. All ``size`` commands return it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Sizing:
    """Result of sizing an infrastructure for a target of service.

    Attributes
    ----------
    question : str
        One sentence: what was sized, for which target and under which budget.
    answer : polars.DataFrame
        The smallest infrastructure found that meets the target, one row a site (or part) with its numbers.
    frontier : polars.DataFrame
        One row a size that was evaluated, small to large: its numbers, the service it gives with the ends of the
        interval (``*_low``, ``*_high``), and ``meets`` (bool).
    binds : tuple of str
        What keeps the answer from being smaller, or the target from being met; plain sentences, most binding first.
    feasible : bool
        Whether the answer meets the target within the budget; if not, ``answer`` is the best that was found.
    """

    question: str
    answer: pl.DataFrame
    frontier: pl.DataFrame
    binds: tuple[str, ...]
    feasible: bool
