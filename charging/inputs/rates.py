"""Rates that repeat week by week: what a station asks per kWh, per hour or per start, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from charging.inputs.hours import WEEK_MIN, Hours, spans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats, Ints
    from data.tables.week_texts import FeeRule


@dataclass(frozen=True, slots=True)
class Rate:
    """An amount of money that steps through the week, CNY per something.

    Attributes
    ----------
    edges_min
        Where the steps begin: from 0 on, in order, all within the week; minute 0 is that of the simulation.
    values
        The amount from each edge to the next, the last one to the end of the week.
    before
        The amount times minutes from the begin of the week to each edge, and to the end of the week.
    """

    edges_min: tuple[float, ...] = (0.0,)
    values: tuple[float, ...] = (0.0,)
    before: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Add the steps up."""
        lengths = [end - start for start, end in pairwise((*self.edges_min, WEEK_MIN))]
        areas = (value * length for value, length in zip(self.values, lengths, strict=True))
        object.__setattr__(self, "before", tuple(accumulate(areas, initial=0.0)))

    @classmethod
    def of_rules(
        cls, always: float, hours: Hours | None, rules: Sequence[FeeRule] = (), *, first_weekday: int = 0
    ) -> Self:
        """Return the rate of rules on top of an amount that is asked in some hours.

        Parameters
        ----------
        always, hours
            The amount where no rule speaks, and when it is asked: outside of the hours it is 0. None: always.
        rules
            Amounts at some hours; of two that speak of the same minute the later one holds.
        first_weekday
            Day of the week of minute 0, which the rules count from.
        """
        layers = [
            (hours, always),
            *((Hours.of_spans(spans_of(rule.when, first_weekday)), rule.amount) for rule in rules),
        ]
        edges = {0.0}
        for when, _ in layers:
            edges |= set() if when is None else {edge % WEEK_MIN for edge in (*when.starts_min, *when.ends_min)}
        steps: list[tuple[float, float]] = []
        for edge in sorted(edges):
            value = next((amount for when, amount in reversed(layers) if when is None or when.is_open(edge)), 0.0)
            if not steps or value != steps[-1][1]:
                steps.append((edge, value))
        return cls(tuple(edge for edge, _ in steps), tuple(value for _, value in steps))

    @property
    def asked(self) -> bool:
        """Return whether anything is asked at any time."""
        return any(self.values)

    @property
    def steps(self) -> bool:
        """Return whether the amount changes in the week."""
        return len(self.values) > 1

    def at(self, minute: float) -> float:
        """Return the amount at a time."""
        return amount_at(self.edges_min, self.values, minute)

    def mean(self, start_min: float, end_min: float) -> float:
        """Return the mean amount over a stay; of a stay of no length, the amount then."""
        return mean_amount(self.edges_min, self.values, self.before, start_min, end_min)

    def at_each(self, minute: Floats) -> Floats:
        """Return the amounts at times."""
        return np.asarray(np.array(self.values)[self._step(minute % WEEK_MIN)])

    def over(self, start_min: Floats, end_min: Floats) -> Floats:
        """Return the amounts times minutes of stays."""
        if not self.steps:
            return self.values[0] * (end_min - start_min)
        return self._until_each(end_min) - self._until_each(start_min)

    def _until_each(self, minute: Floats) -> Floats:
        """Return the amount times minutes from minute 0 to each time."""
        weeks, of_week = np.divmod(minute, WEEK_MIN)
        step = self._step(of_week)
        edges, values, before = np.array(self.edges_min), np.array(self.values), np.array(self.before)
        return np.asarray(weeks * before[-1] + before[step] + values[step] * (of_week - edges[step]))

    def _step(self, of_week: Floats) -> Ints:
        """Return the number of the step at minutes of the week."""
        return np.asarray(np.searchsorted(np.array(self.edges_min), of_week, side="right") - 1)

    def until(self, last_min: float) -> tuple[Floats, Floats]:
        """Return the edges of the steps from minute 0 to past a time, infinite at the end, and the amounts."""
        weeks = int(last_min // WEEK_MIN) + 1
        edges = np.add.outer(np.arange(weeks) * WEEK_MIN, np.array(self.edges_min)).ravel()
        return np.append(edges, np.inf), np.tile(np.array(self.values), weeks)


FREE: Final = Rate()
"""Nothing at any time."""


# plain functions of sequences, which compiled functions may call too


def step_of(edges_min: Sequence[float] | Floats, of_week: float) -> int:
    """Return the number of the step at a minute of the week."""
    step = len(edges_min) - 1
    while step > 0 and edges_min[step] > of_week:
        step -= 1
    return step


def amount_at(edges_min: Sequence[float] | Floats, values: Sequence[float] | Floats, minute: float) -> float:
    """Return the amount at a time."""
    return float(values[step_of(edges_min, minute % WEEK_MIN)])


def amount_until(
    edges_min: Sequence[float] | Floats,
    values: Sequence[float] | Floats,
    before: Sequence[float] | Floats,
    minute: float,
) -> float:
    """Return the amount times minutes from minute 0 to a time; ``before`` as in :class:`Rate`."""
    weeks, of_week = minute // WEEK_MIN, minute % WEEK_MIN
    step = step_of(edges_min, of_week)
    return float(weeks * before[len(before) - 1] + before[step] + values[step] * (of_week - edges_min[step]))


def left_min(edges_min: Sequence[float] | Floats, minute: float) -> float:
    """Return how long the step of a time goes on, minutes."""
    of_week = minute % WEEK_MIN
    step = step_of(edges_min, of_week) + 1
    return (edges_min[step] if step < len(edges_min) else WEEK_MIN) - of_week


def mean_amount(
    edges_min: Sequence[float] | Floats,
    values: Sequence[float] | Floats,
    before: Sequence[float] | Floats,
    start_min: float,
    end_min: float,
) -> float:
    """Return the mean amount over a stay; of a stay of no length, the amount then."""
    # within one step it is exact: stations that ask the same must not differ by rounding
    if len(values) == 1 or end_min <= start_min + left_min(edges_min, start_min):
        return amount_at(edges_min, values, start_min)
    added = amount_until(edges_min, values, before, end_min) - amount_until(edges_min, values, before, start_min)
    return added / (end_min - start_min)
