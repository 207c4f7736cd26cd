"""Through traffic: its vessels meet others only at locks, so everything between locks is a closed form of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from charging.engine.clock import NORMAL
from shipping.engine.voyage_plan import passes_lock
from shipping.engine.voyage_totals import TOTALS, VESSEL_COLUMNS
from shipping.river.locks import DOWN, UP, Lock, Transit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import simpy

    from charging.engine.clock import Call, Clock
    from data.arrays import Floats, Ints
    from shipping.ships.sailing import Passage, Sailed, Sailing


class Way(NamedTuple):
    """A way between two stops of a voyage (its number here): ends by chainage, and departure."""

    number: int
    from_km: float
    to_km: float
    depart_min: float


@dataclass(eq=False)
class Through:
    """The through voyages of a run.

    Attributes
    ----------
    voyages : polars.DataFrame
        Through voyages, `data.schemas.shipping.Voyages`.
    points : numpy.ndarray
        Number of each voyage's operating point.
    locks : sequence of (chainage, Lock)
        Locks by chainage.
    transit : callable
        Makes the entry of a voyage (its number here) at a lock.
    """

    clock: Clock
    sailing: Sailing
    voyages: pl.DataFrame
    points: Ints
    locks: Sequence[tuple[float, Lock]]
    transit: Callable[[int, Lock, str], Transit]
    passed: dict[int, list[Transit]] = field(init=False, default_factory=dict)
    outstanding: int = field(init=False, default=0)
    drained: simpy.Event = field(init=False)

    def __post_init__(self) -> None:
        """Send those that pass a lock to their first one."""
        self.drained = self.clock.event()
        ends = self.voyages.select("from_km", "to_km", "depart_min").iter_rows()
        self.routes = [self._route(start, end) for start, end, _ in ends]
        bound = np.array([number for number, route in enumerate(self.routes) if route], dtype=np.int64)
        self.outstanding = bound.size
        if not bound.size:
            self.drained.succeed()
            return
        start, depart = (self.voyages[name].to_numpy()[bound] for name in ("from_km", "depart_min"))
        first = np.array([self.routes[number][0][0] for number in bound])
        # all at once: a closed form of arrays is what makes a year of traffic cheap
        arrive = self.sailing.many(self.points[bound], start, first, depart).arrive_min
        for number, time_min in zip(bound.tolist(), arrive.tolist(), strict=True):
            self.passed[number] = []
            # A call-back, not a process: nothing is waited for on the way, and there are a hundred thousand a year.
            self.clock.call_at(time_min, NORMAL, self._arrive, number)

    def _route(self, start: float, end: float) -> list[tuple[float, Lock]]:
        """Return the locks between two ends in the order in which they are passed."""
        between = [site for site in self.locks if passes_lock(site[0], start, end)]
        return between if end >= start else between[::-1]

    def _arrive(self, call: Call) -> None:
        """Queue a vessel at its next lock."""
        number: int = call.load
        done = self.passed[number]
        _, lock = self.routes[number][len(done)]
        start, end = self.voyages["from_km"][number], self.voyages["to_km"][number]
        transit = self.transit(number, lock, DOWN if end >= start else UP)
        transit.on_leave = self._left(number)
        done.append(transit)
        lock.arrive(transit)

    def _left(self, number: int) -> Callable[[Transit], None]:
        """Return what to do when a vessel has left a lock: go on to the next, or be done."""

        def go_on(_: Transit) -> None:
            route, count = self.routes[number], len(self.passed[number])
            if count == len(route):
                self.outstanding -= 1
                if not self.outstanding:
                    self.drained.succeed()
                return
            ends = (route[count - 1][0], route[count][0])
            sailed = self.sailing.one(int(self.points[number]), *ends, float(self.clock.now))
            self.clock.call_at(float(sailed.arrive_min[0]), NORMAL, self._arrive, number)

        return go_on

    def sail(self, end_min: float, hotel: Mapping[int, tuple[float, float]], log: list[Passage] | None) -> pl.DataFrame:
        """Return one row per voyage: what has begun by the end, ways between locks in full, waits up to the end.

        ``hotel`` gives hotel power in kW and its fuel in kg/h by operating point.
        """
        ways = self._ways(end_min)
        number = np.array([way.number for way in ways], dtype=np.int64)
        start, end, depart = np.array([way[1:] for way in ways], dtype=np.float64).reshape(-1, 3).T
        rows: list[Passage] | None = None if log is None else []
        sailed = self.sailing.many(self.points[number], start, end, depart, log=rows)
        if log is not None:
            log += [passage._replace(voyage=number[passage.voyage]) for passage in rows or ()]
        sums = self._sums(number, np.abs(end - start), sailed)
        self._add_waits(sums, end_min, hotel)
        # A voyage has arrived if the last way that it has begun leads to its end.
        arrive = np.full(self.voyages.height, np.nan)
        last = end == self.voyages["to_km"].to_numpy()[number]
        arrive[number[last]] = sailed.arrive_min[last]
        return self.voyages.select("voyage_id", "vessel_id", "vessel_class", "depart_min").with_columns(
            pl.Series("arrive_min", arrive).fill_nan(None),
            *(pl.Series(name, values) for name, values in sums.items() if name != "fuel_kg"),
            fuel_t=pl.Series(sums["fuel_kg"] / 1000.0),
            cargo_tkm=pl.Series(sums["distance_km"]) * self.voyages["cargo_t"],
        )

    def _sums(self, number: Ints, distance_km: Floats, sailed: Sailed) -> dict[str, Floats]:
        """Return the totals of the voyages from those of their ways."""
        parts = {
            "distance_km": distance_km,
            "sailing_h": sailed.sailing_h,
            "waiting_h": sailed.still_h,
            "energy_kwh": sailed.energy_kwh,
            "waiting_kwh": sailed.still_kwh,
            "fuel_kg": sailed.fuel_kg,
        }
        count = self.voyages.height
        return {
            # bincount adds in the order of the ways, so sums are the same in every process
            name: np.bincount(number, weights=values, minlength=count).astype(np.float64)
            for name, values in parts.items()
        }

    def _add_waits(self, sums: dict[str, Floats], end_min: float, hotel: Mapping[int, tuple[float, float]]) -> None:
        """Add the time at locks, at hotel load, to the totals."""
        for number, transits in self.passed.items():
            power, fuel = hotel[int(self.points[number])]
            for transit in transits:
                # a vessel that is still in the lock at the end has no leave_min: NaN is not equal to itself
                known = transit.leave_min == transit.leave_min
                until = min(transit.leave_min, end_min) if known else end_min
                hours = max(0.0, until - transit.arrive_min) / 60.0
                sums["waiting_h"][number] += hours
                sums["energy_kwh"][number] += power * hours
                sums["waiting_kwh"][number] += power * hours
                sums["fuel_kg"][number] += fuel * hours

    def _ways(self, end_min: float) -> list[Way]:
        """Return the ways between locks that have begun by the end."""
        ways = []
        ends = self.voyages.select("from_km", "to_km", "depart_min").iter_rows()
        for number, (start, end, depart) in enumerate(ends):
            # The way to the first lock counts even if it ends after the run: it began before.
            here, since = start, depart
            for (stop, _), transit in zip(self.routes[number], self.passed.get(number, ()), strict=False):
                ways.append(Way(number, here, stop, since))
                here, since = stop, transit.leave_min
                if not since <= end_min:
                    break
            else:
                route, done = self.routes[number], len(self.passed.get(number, ()))
                ways.append(Way(number, here, end if done == len(route) else route[done][0], since))
        return ways


def through_totals(sailed: pl.DataFrame, vessels: pl.DataFrame) -> pl.DataFrame:
    """Return one row per vessel id of the through traffic from the rows of its voyages."""
    return (
        sailed.group_by("vessel_id")
        .agg(pl.len().cast(pl.Int64).alias("voyages"), *(pl.col(name).sum() for name in TOTALS))
        .join(vessels.select("vessel_id", "vessel_class", "fuel", "kind"), on="vessel_id")
        .with_columns(lng_bunkered_m3=0.0, tank_end_m3=pl.lit(None, dtype=pl.Float64), stranded=False)
        .sort("vessel_id")
        .select(VESSEL_COLUMNS)
    )
