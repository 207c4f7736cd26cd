"""What would change a verdict: the assumptions that matter most to a criterion, and where each alone turns it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from experiments.runs.assumptions.axes import YEAR
from experiments.runs.assumptions.emulator import LEAST_POINTS, fit
from experiments.runs.assumptions.turning_way import Way
from experiments.scorecard.card import FLIPS
from experiments.statistics.estimates import keeps_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from data.arrays import Floats

    Places = list[tuple[str, float]]
    """Assumptions, each with the value that it alone has."""
    Asking = Generator[Places, Sequence[float], pl.DataFrame]

MOST: Final = 3
"""Assumptions that are named for a criterion."""
_LOOKED_AT: Final = 8
"""Assumptions whose ends are tried: those that turn the verdict are named first."""
_LEAST: Final = 0.005
"""Share of the variance below which an assumption does not matter."""
_RANKS_BELOW: Final = 0.5
"""Q2 below which an emulator ranks no assumption: the squares of rank correlations do."""
_STEPS: Final = 10
"""Places at most that are looked at between an end and the value of the tables."""
_REACH: Final = 2.0
"""How many times as far as any draw went a single assumption may carry a criterion."""
_GRID: Final = 201
"""Places at which an emulator is asked between the ends of a range."""


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """A criterion and the assumptions that it rests on, in every draw.

    Attributes
    ----------
    target, criterion : str
        Which.
    comparator : str
        Of the limit.
    limit : float or None
        None where the plan names no figure: nothing turns.
    value : float
        The value that the run gives.
    at_tables : float
        The value with all assumptions as the tables have them, computed as the draws were.
    values : numpy.ndarray
        The criterion, one per draw.
    names : list of str
        Assumptions.
    points : numpy.ndarray
        Their values, one row per draw.
    ranges : list of tuple
        Low end, value of the tables and high end of each.
    year : int or None
        Year of the scenario: of figures that differ in their year alone the nearest is named.
    """

    target: str
    criterion: str
    comparator: str
    limit: float | None
    value: float
    at_tables: float
    values: Floats
    names: list[str]
    points: Floats
    ranges: list[tuple[float, float, float]]
    year: int | None = None

    @property
    def level(self) -> float:
        """The limit as drawn: short runs say how far assumptions move a criterion, not where it is."""
        return (self.limit or 0.0) + self.at_tables - self.value

    def keeps(self, value: float) -> bool:
        """Return whether a value as drawn keeps the limit, about the value that the run gives."""
        return bool(keeps_limit(np.array([value - self.at_tables + self.value]), self.comparator, self.limit or 0.0)[0])


def flips(drawn: Drawn, along: Callable[[Sequence[tuple[str, float]]], Sequence[float]] | None) -> pl.DataFrame:
    """Return the assumptions that matter most to a criterion, and the value of each that turns its verdict.

    Parameters
    ----------
    drawn : Drawn
        The criterion in every draw.
    along : callable or None
        The criterion where one assumption alone has another value, for several such at once; None asks the emulator,
        if it is trusted.

    Returns
    -------
    polars.DataFrame
        Columns of `FLIPS`. The value that turns the verdict lies on its far side: with it, and the same random numbers,
        the criterion is on the other side of its limit. No row where there are too few draws to tell what matters.
    """
    steps = flip_steps(drawn, searched=along is not None)
    try:
        asked = next(steps)
        while along is not None:
            asked = steps.send(along(asked))
    except StopIteration as end:
        found: pl.DataFrame = end.value
    return found


def flips_of_all(samples: Sequence[Drawn], along: Callable[[list[Places]], list[list[float]]]) -> list[pl.DataFrame]:
    """Return what `flips` says of several criteria, whose places are looked at together.

    Each search goes on when all have their values: by itself it asks for one place or two at a time, which leaves
    processes without work.

    Parameters
    ----------
    samples : sequence of Drawn
        The criteria.
    along : callable
        As for `flips`, for the places of several criteria at once; those that ask for nothing more have none.
    """
    searches = dict(enumerate(flip_steps(drawn, searched=True) for drawn in samples))
    found: dict[int, pl.DataFrame] = {}
    values: list[list[float]] | None = None
    while searches:
        asked: list[Places] = [[] for _ in samples]
        for number, search in tuple(searches.items()):
            try:
                asked[number] = next(search) if values is None else search.send(values[number])
            except StopIteration as end:
                found[number] = end.value
                del searches[number]
        values = along(asked) if any(asked) else [[] for _ in samples]
    return [found[number] for number in range(len(samples))]


def flip_steps(drawn: Drawn, *, searched: bool) -> Asking:
    """Yield the places that a search asks for, is sent their values, and returns what `flips` says.

    Without a search the emulator is asked, and nothing is yielded.
    """
    if len(drawn.values) < LEAST_POINTS:
        return FLIPS.to_frame()
    drawn = _apart(drawn)
    emulator = fit(drawn.points, drawn.values)
    effects = emulator.shares(drawn.points) if emulator.q2 >= _RANKS_BELOW else _rank_shares(drawn)
    order = _ordered(drawn, effects)
    if drawn.limit is None or drawn.comparator == "none":
        turned: dict[int, float] = {}
    elif not searched:
        middle = np.array([middle for _, middle, _ in drawn.ranges])
        found = [(row, _emulated(drawn, row, emulator.predict, middle) if emulator.trusted else None) for row in order]
        turned = {row: place for row, place in found if place is not None}
    else:
        turned = yield from _searched(drawn, order)
    # those that turn the verdict before those that matter without turning it
    first = [row for row in order if row in turned] + [row for row in order if row not in turned]
    chosen = sorted(first[:MOST], key=order.index)
    rows = []
    for rank, row in enumerate(chosen, start=1):
        place = turned.get(row)
        low, middle_value, high = drawn.ranges[row]
        beyond = None if place is None else ">" if place > middle_value else "<"
        head = (drawn.target, drawn.criterion, rank, drawn.names[row], float(effects[row]))
        rows.append((*head, low, middle_value, high, beyond, place, emulator.q2))
    return pl.DataFrame(rows, schema=FLIPS, orient="row")


def _rank_shares(drawn: Drawn) -> Floats:
    """Return squared rank correlations, scaled to sum to one."""
    squares = np.zeros(len(drawn.names))
    for column in range(len(drawn.names)):
        # without any variation there is nothing to rank
        if np.ptp(drawn.points[:, column]) > 0.0 and np.ptp(drawn.values) > 0.0:
            squares[column] = _rank_correlation(drawn.points[:, column], drawn.values) ** 2
    total = float(squares.sum())
    return squares / total if total > 0.0 else squares


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation; 0 where one of both does not vary."""
    both = pl.DataFrame({"one": one, "other": other})
    found = float(both.select(pl.corr("one", "other", method="spearman")).item())
    return found if np.isfinite(found) else 0.0


def _emulated(drawn: Drawn, row: int, predict: Callable[[Floats], Floats], middle: Floats) -> float | None:
    """Return the value nearest to that of the tables at which an emulator turns the verdict; None for none."""
    low, start, high = drawn.ranges[row]
    known = drawn.keeps(drawn.at_tables)
    turned = []
    for end in (low, high):
        way = np.linspace(start, end, _GRID)
        points = np.tile(middle, (_GRID, 1))
        points[:, row] = way
        # the emulator says how far it moves; where it begins is known
        moved = predict(points)
        for place, value in zip(way.tolist(), (moved - moved[0] + drawn.at_tables).tolist(), strict=True):
            if drawn.keeps(value) != known:
                turned.append(place)
                break
    return min(turned, key=lambda place: abs(place - start)) if turned else None


def _searched(drawn: Drawn, order: Sequence[int]) -> Generator[Places, Sequence[float], dict[int, float]]:
    """Return where runs turn the verdict, for several assumptions at once: the ends first, then what lies between.

    Of each range the end is tried towards which the draws lead to the limit; none where the limit is out of reach.
    """
    if not _in_reach(drawn):
        return {}
    # towards the limit: down from above it, up from below it
    upwards = {row: _rises(drawn, row) != _is_above(drawn) for row in order}
    ends = [(row, drawn.ranges[row][2 if up else 0]) for row, up in upwards.items()]
    found = yield [(drawn.names[row], end) for row, end in ends]
    turning = [
        Way(drawn.ranges[row][1], end, drawn.at_tables, value, row)
        for (row, end), value in zip(ends, found, strict=True)
        if drawn.keeps(value) != drawn.keeps(drawn.at_tables)
    ]
    ways = turning[:MOST]
    for _ in range(_STEPS):
        open_ways = [way for way in ways if not way.narrow]
        if not open_ways:
            break
        places = [(way, way.next_place(drawn.level)) for way in open_ways]
        values = yield [(drawn.names[way.row], place) for way, place in places]
        for (way, place), value in zip(places, values, strict=True):
            way.narrowed(place, value, turned=drawn.keeps(value) != drawn.keeps(drawn.at_tables))
    return {way.row: way.far for way in ways}


def _in_reach(drawn: Drawn) -> bool:
    """Return whether one assumption alone may carry the criterion to its limit.

    All together carried it as far as the draws say. The end of one range may lie 2.4 standard deviations of its
    triangular law away, up to 4 of a skewed one, and 64 draws of all reach 2 to 3 of theirs: twice as far as any draw
    went is more than one alone does, unless it acts only at its end.
    """
    towards = -1.0 if _is_above(drawn) else 1.0
    farthest = float(np.max(towards * (drawn.values - drawn.at_tables), initial=0.0))
    return towards * (drawn.level - drawn.at_tables) <= _REACH * farthest


def _is_above(drawn: Drawn) -> bool:
    """Return whether the value lies above its limit: it must fall to turn."""
    return drawn.value > (drawn.limit or 0.0)


def _rises(drawn: Drawn, row: int) -> bool:
    """Return whether the criterion rises with an assumption, by the ranks of the draws."""
    return _rank_correlation(drawn.points[:, row], drawn.values) >= 0.0


def _apart(drawn: Drawn) -> Drawn:
    """Return a criterion with one of the assumptions that move together.

    Columns that are in the same order in all draws, because they are drawn with the same lots, act as one. An emulator
    of all of them would set large effects of some against those of others, and none of these would mean anything. Of
    figures that differ in their year alone the one that is nearest to the scenario's stays: it is what the run reads.
    """
    groups: dict[bytes, list[int]] = {}
    for row in range(len(drawn.names)):
        groups.setdefault(np.argsort(drawn.points[:, row], kind="stable").tobytes(), []).append(row)
    kept = sorted(min(rows, key=lambda row: (_years_off(drawn, row), drawn.names[row])) for rows in groups.values())
    return replace(
        drawn,
        names=[drawn.names[row] for row in kept],
        points=drawn.points[:, kept],
        ranges=[drawn.ranges[row] for row in kept],
    )


def _years_off(drawn: Drawn, row: int) -> int:
    """Return how far the year in an assumption's name lies from the scenario's; 0 without one."""
    found = YEAR.search(drawn.names[row])
    return 0 if drawn.year is None or found is None else abs(int(found[0][1:]) - drawn.year)


def _ordered(drawn: Drawn, effects: Floats) -> list[int]:
    """Return the assumptions that are looked at, by their effect."""
    # ties by name: ranks must not depend on the order of the assumptions
    order = sorted(range(len(drawn.names)), key=lambda row: (-effects[row], drawn.names[row]))
    return [row for row in order if effects[row] >= _LEAST][:_LOOKED_AT]
