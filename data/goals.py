"""Sizing an infrastructure: what is asked of it, what an evaluation shows, and the form of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    Figure: TypeAlias = "str | int | float | Goal | Shown | Finding | tuple[Figure, ...]"


@dataclass(frozen=True, slots=True)
class Goal:
    """A target of service: a measure and its limit.

    Attributes
    ----------
    measure : str
        Name of the measure.
    sign : str
        ``<=`` or ``>=``.
    limit : float
        The limit.
    """

    measure: str
    sign: str
    limit: float

    def __str__(self) -> str:
        """Return the goal as it is written."""
        return f"{self.measure}{self.sign}{self.limit:g}"

    def met(self, shown: Shown) -> bool:
        """Return whether the bad end of the interval (the value, where there is none) keeps the limit."""
        return self.excess(shown) <= 1e-9 * max(1.0, abs(self.limit))

    def excess(self, shown: Shown) -> float:
        """Return by how much the bad end of the interval is over the limit; below 0 is room."""
        if shown.value is None:
            return 0.0  # nothing was observed: nobody waited, nothing ran out
        end = shown.high if self.sign == "<=" else shown.low
        bad = shown.value if end is None else end
        return bad - self.limit if self.sign == "<=" else self.limit - bad


@dataclass(frozen=True, slots=True)
class Shown:
    """What replications show of a measure: mean and 95 % interval."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What an evaluation of a design shows.

    Attributes
    ----------
    measures : mapping of str to Shown
        The measures by name.
    trouble : mapping of str to float
        By site, how bad service was there, in any unit that ranks the sites.
    """

    measures: Mapping[str, Shown]
    trouble: Mapping[str, float] = field(default_factory=dict)

    def meets(self, goals: Sequence[Goal]) -> bool:
        """Return whether all goals are met."""
        return all(goal.met(self.measures[goal.measure]) for goal in goals)

    def against(self, goals: Sequence[Goal]) -> dict[str, Figure]:
        """Return the figures of the goal with the largest excess: ``measure``, its ``value``, the ``goal``."""
        goal = self.worst(goals)
        return {"measure": goal.measure, "value": self.measures[goal.measure], "goal": goal}

    def worst(self, goals: Sequence[Goal]) -> Goal:
        """Return the goal with the largest excess relative to its limit."""
        return max(goals, key=lambda goal: goal.excess(self.measures[goal.measure]) / max(1e-9, abs(goal.limit)))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a sizing has found; the sentence about it is made where it is read, in the reader's language.

    Attributes
    ----------
    key : str
        What was found.
    figures : mapping of str to Figure
        What the sentence needs: numbers, names as the tables have them, measures with their goals, further findings.
        Names that end in ``_share`` are shares.
    """

    key: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


def within(budget: Mapping[str, int]) -> tuple[Finding, ...]:
    """Return the findings that tell a budget."""
    limits = tuple(Finding("at_most", {"limit": limit, "what": name}) for name, limit in budget.items())
    return limits or (Finding("no_budget"),)


@dataclass(frozen=True, slots=True)
class Sizing:
    """Result of sizing an infrastructure for a target of service.

    Attributes
    ----------
    question : Finding
        What was sized, for which target and under which budget.
    answer : polars.DataFrame
        The smallest infrastructure found that meets the target, one row per site (or part) with its numbers.
    frontier : polars.DataFrame
        One row per size that was evaluated, small to large: its numbers, the service it gives with the ends of the
        interval (``*_low``, ``*_high``), and ``meets`` (bool).
    binds : tuple of Finding
        What keeps the answer from being smaller, or the target from being met; most binding first.
    feasible : bool
        Whether the answer meets the target within the budget; if not, ``answer`` is the best that was found.
    says : tuple of Finding
        What the answer is: how many, where, how sure that is, what it costs.
    tables : mapping of str to polars.DataFrame
        Further tables by name, such as the change of each town.
    plan : mapping of str to polars.DataFrame
        What the answer does, by name, for a file each: blocks of buses, routes of vans, load of a depot.
    """

    question: Finding
    answer: pl.DataFrame
    frontier: pl.DataFrame
    binds: tuple[Finding, ...]
    feasible: bool
    says: tuple[Finding, ...] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    plan: Mapping[str, pl.DataFrame] = field(default_factory=dict)
