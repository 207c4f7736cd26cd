"""Operators' electric vehicles in a year: how many of a class, where their depots stand, which duties they drive.

The stock says how many vehicles of a class there are and how far they drive; operators say which of them stand in which
depot, and when the duties that are planned begin and end. So nothing is counted twice: vehicles and km stay those of
the stock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from data.arrays import Floats, Ints
    from fleet.demand.calendar import Day

DAILY, WORKDAY, WEEKEND = "daily", "workday", "weekend"
_WEEK: Final = {WORKDAY: 5, WEEKEND: 2}


@dataclass(frozen=True, slots=True)
class DutyDay:
    """Duties of an operator on a day of the week: stretches of driving, each up to a charger or home; rows are duties.

    Attributes
    ----------
    first_min : numpy.ndarray
        Minute at which each duty leaves the depot.
    km : numpy.ndarray
        Of each stretch; 0 where a duty has fewer of them.
    arrive_min, leave_min : numpy.ndarray
        Stay at the end of each stretch; the last one of a duty, in the depot, ends at infinity.
    kw : numpy.ndarray
        Power at the meter of the charger there.
    town : numpy.ndarray of int
        Town in whose grid it stands.
    """

    first_min: Floats
    km: Floats
    arrive_min: Floats
    leave_min: Floats
    kw: Floats
    town: Ints

    @classmethod
    def of(cls, legs: pl.DataFrame, towns: Sequence[str]) -> Self:
        """Return the duties of rows with the columns of `fleet.operators.networks.DUTIES`."""
        number = {town: row for row, town in enumerate(towns)}
        duties = []
        for (_,), rows in legs.group_by("duty", maintain_order=True):
            km, stretches = 0.0, []
            ends = [*rows["start_min"].to_list()[1:], math.inf]
            arrived = rows.select("km", "end_min", "charger_kw", "town").iter_rows()
            for (way, arrive, kw, town), leave in zip(arrived, ends, strict=True):
                km += way
                if kw is not None and leave > arrive:
                    stretches.append((km, arrive, leave, kw, number[town]))
                    km = 0.0
            duties.append((float(rows["start_min"][0]), stretches))
        widest = max((len(stretches) for _, stretches in duties), default=0)
        columns = np.zeros((5, len(duties), widest))
        for row, (_, stretches) in enumerate(duties):
            for column, stretch in enumerate(stretches):
                columns[:, row, column] = stretch
        first = np.array([begins for begins, _ in duties])
        return cls(first, columns[0], columns[1], columns[2], columns[3], columns[4].astype(np.int64))

    @classmethod
    def empty(cls) -> Self:
        """Return a day without duties."""
        none = np.zeros((0, 0))
        return cls(np.zeros(0), none, none, none, none, none.astype(np.int64))

    @property
    def columns(self) -> tuple[Floats, Floats, Floats, Floats, Floats, Ints]:
        """The columns in their order."""
        return self.first_min, self.km, self.arrive_min, self.leave_min, self.kw, self.town

    @property
    def mean_km(self) -> float:
        """Mean km of a duty."""
        return float(self.km.sum()) / max(1, len(self.km))


@dataclass(frozen=True, slots=True)
class Operated:
    """The electric vehicles of an operator.

    Attributes
    ----------
    operator, vehicle_class : str
        Its id, and the class of its vehicles.
    vehicles : int
        Electric ones in the year.
    owned : float
        All of them.
    town : int
        Town in whose grid its depot stands.
    charger_kw : float
        Power at the meter of a charger in the depot.
    days : mapping of str to DutyDay
        By `DAILY`, or `WORKDAY` and `WEEKEND`, without one on which nothing is driven; empty where its vehicles have
        drawn days.
    """

    operator: str
    vehicle_class: str
    vehicles: int
    owned: float
    town: int
    charger_kw: float
    days: Mapping[str, DutyDay] = field(default_factory=dict)
    # what `driven` has found, by the identity of the duties, which are kept with it
    _driven: dict[int, tuple[DutyDay, Ints]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def on(self, day: Day) -> DutyDay:
        """Return the duties of a day; none of them on a day on which its vehicles stand still."""
        name = DAILY if DAILY in self.days else WORKDAY if day.is_working_day else WEEKEND
        return self.days[name] if name in self.days else DutyDay.empty()

    def driven(self, duties: DutyDay) -> Ints:
        """Return which duties electric vehicles drive: their part of all, evenly from the early to the late ones.

        Found once for all days of all replications; callers must not change it.
        """
        number = len(duties.km)
        if not self.vehicles or not number:
            return np.zeros(0, dtype=np.int64)
        known = self._driven.get(id(duties))
        if known is not None and known[0] is duties:
            return known[1]
        count = min(self.vehicles, number, max(1, round(number * self.vehicles / self.owned)))
        early = np.argsort(duties.first_min, kind="stable")
        found = np.asarray(early[((np.arange(count) + 0.5) * number / count).astype(np.int64)])
        if any(duties is one for one in self.days.values()):
            self._driven[id(duties)] = duties, found
        return found

    @property
    def km_a_day(self) -> float:
        """Km of all its electric vehicles together on the mean of a week."""
        if not self.days or not self.vehicles:
            return 0.0
        of = {name: float(one.km[self.driven(one)].sum()) for name, one in self.days.items()}
        return of[DAILY] if DAILY in of else sum(_WEEK[name] * km for name, km in of.items()) / sum(_WEEK.values())
