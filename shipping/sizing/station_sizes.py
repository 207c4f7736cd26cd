"""Sizes of LNG stations that are tried, and what they were found to show."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from shipping.ports.open_stations import by_barge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.goals import Goal, Service
    from shipping.parameters.port_parameters import BargeParameters

    Evaluate = Callable[[pl.DataFrame, int], Service]
    Sizes = tuple["StationSize", ...]


SEARCH: Final = 0
TANK_STEP_M3: Final = 50.0
"""Step of the tank sizes that are tried: a design choice, not a figure about the world."""
LEAST_TANK_M3: Final = 100.0
"""Smallest tank that is tried: it takes a road tanker and a bunkering."""
_LEAST_LIMIT: Final = 1e-9  # of a goal whose limit is 0: what is over is then measured against it


class StationSize(NamedTuple):
    """What is sized at a station: berths, tank in m3, open all day or not, deliveries on order at once, by barge."""

    berths: int
    tank_m3: float
    all_day: bool
    trucks: int
    barge: bool = False

    def step(self, what: str, steps: int) -> StationSize:
        """Return the size with some steps more (below 0: less) of a field; all day or not, barge or truck are steps."""
        if not steps:
            return self
        if what in ("all_day", "barge"):
            return self._replace(**{what: steps > 0})
        step = TANK_STEP_M3 if what == "tank_m3" else 1
        return self._replace(**{what: getattr(self, what) + steps * step})

    def steps_down(self, what: str) -> int:
        """Return how many steps less of a field there can be."""
        if what in ("all_day", "barge"):
            return int(getattr(self, what))
        return int((self.tank_m3 - LEAST_TANK_M3) // TANK_STEP_M3 if what == "tank_m3" else getattr(self, what) - 1)


@dataclass(slots=True)
class StationSearch:
    """Evaluates sizes of stations and remembers what they showed."""

    stations: pl.DataFrame
    sized: Sequence[str]
    evaluate: Evaluate
    goals: Sequence[Goal]
    budget: Mapping[str, int]
    barge: BargeParameters | None = None
    confirm: Evaluate | None = None
    seen: dict[tuple[Sizes, int], Service] = field(default_factory=dict)
    sets: list[int] = field(default_factory=lambda: [SEARCH])

    def table(self, sizes: Sizes) -> pl.DataFrame:
        """Return the stations with these sizes."""
        size_of = dict(zip(self.sized, sizes, strict=True))
        berths = {station: size.berths for station, size in size_of.items()}
        tanks = {station: size.tank_m3 for station, size in size_of.items()}
        trucks = {station: size.trucks for station, size in size_of.items()}
        name = pl.col("station")
        all_day = name.is_in([station for station, size in size_of.items() if size.all_day])
        table = self.stations
        if self.barge is not None:
            # of the sized ones the size says what brings the LNG, whatever the table has
            means = {station: "barge" if size.barge else "truck" for station, size in size_of.items()}
            known = pl.col("supply") if "supply" in table.columns else pl.lit(None, pl.String)
            table = by_barge(
                table.with_columns(supply=name.replace_strict(means, default=known, return_dtype=pl.String)), self.barge
            )
        return table.with_columns(
            berths=name.replace_strict(berths, default=pl.col("berths"), return_dtype=pl.Int64),
            tank_m3=name.replace_strict(tanks, default=pl.col("tank_m3"), return_dtype=pl.Float64),
            # drawn anew: a level of the old tank may not fit the new one
            tank_start_m3=pl.lit(None, pl.Float64),
            trucks=name.replace_strict(trucks, default=None, return_dtype=pl.Int64),
            open_h=pl.when(all_day).then(0.0).otherwise("open_h"),
            close_h=pl.when(all_day).then(24.0).otherwise("close_h"),
        )

    def show(self, sizes: Sizes, seeds: int = SEARCH) -> Service:
        """Return what sizes show on a set of seeds."""
        if (sizes, seeds) not in self.seen:
            self.seen[sizes, seeds] = self.evaluate(self.table(sizes), seeds)
        return self.seen[sizes, seeds]

    def meets(self, sizes: Sizes) -> bool:
        """Return whether sizes meet the target on every set of seeds that the search has come to use."""
        return all(self.show(sizes, seeds).meets(self.goals) for seeds in self.sets)

    def confirmed(self, sizes: Sizes) -> bool:
        """Return whether sizes meet the target on fresh random numbers; where not, these join those of the search."""
        fresh = len(self.sets)
        good = self.show(sizes, fresh).meets(self.goals)
        if good and self.confirm is not None:
            exact = self.confirm(self.table(sizes), fresh)
            good = exact.meets(self.goals)
            self.seen[sizes, fresh] = exact
        if not good:
            # from now on part of the target: no overfitting to one set
            self.sets.append(fresh)
        return good

    def excess(self, sizes: Sizes) -> float:
        """Return the sum of what is over the limits, relative to them, on the worst set of seeds."""
        # the worst set, so that a step cannot gain on one set and lose on another
        return max(self.over(self.show(sizes, seeds)) for seeds in self.sets)

    def over(self, shown: Service) -> float:
        """Return the sum of what is over the limits in an evaluation."""
        # relative to the limit, so that minutes and shares add up
        parts = (goal.excess(shown.measures[goal.measure]) / max(_LEAST_LIMIT, abs(goal.limit)) for goal in self.goals)
        return sum(max(0.0, part) for part in parts)

    def allowed(self, sizes: Sizes) -> bool:
        """Return whether sizes are within the budget."""
        totals = {name: sum(getattr(size, name) for size in sizes) for name in ("berths", "tank_m3", "trucks")}
        return all(totals[name] <= limit for name, limit in self.budget.items())

    def larger(self, sizes: Sizes) -> list[Sizes]:
        """Return the sizes with one step more at one station, within the budget."""
        fields = [name for name in StationSize._fields if name != "barge" or self.barge is not None]
        found = [changed(sizes, number, what, 1) for number, what in itertools.product(range(len(sizes)), fields)]
        # a step that changes nothing, such as open all day twice, is left out
        return [more for more in found if more != sizes and self.allowed(more)]


def smaller(sizes: Sizes) -> list[Sizes]:
    """Return the sizes with one step less at one station."""
    return [
        changed(sizes, number, what, -1)
        for number, what in itertools.product(range(len(sizes)), StationSize._fields)
        if sizes[number].steps_down(what)
    ]


def changed(sizes: Sizes, number: int, what: str, steps: int) -> Sizes:
    """Return sizes with so many steps more of a field at one station."""
    return (*sizes[:number], sizes[number].step(what, steps), *sizes[number + 1 :])
