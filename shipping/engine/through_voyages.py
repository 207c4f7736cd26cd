"""Through traffic: its vessels meet others only at locks, so everything between locks is a closed form of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from charging.engine.clock import NORMAL
from shipping.engine.vessel import SUMS
from shipping.river.locks import DOWN, UP, Lock, Transit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from charging.engine.clock import Call, Clock
    from shipping.ships.sailing import Passage, Sailing


SAILED = ("distance_km", "sailing_h", "waiting_h", "energy_kwh", "waiting_kwh", "fuel_t", "cargo_tkm")
"""What is added up for a voyage, and for a vessel."""
ACCOUNT: dict[str, Any] = {
    **dict.fromkeys((*SAILED, "lng_bunkered_m3", "tank_end_m3"), pl.Float64),
    "stranded": pl.Boolean,
}
COLUMNS = ("vessel_id", "vessel_class", "fuel", "kind", "voyages", *ACCOUNT)


@dataclass(eq=False)
class Through:
    """The through voyages of a run.

    Attributes
    ----------
    voyages : polars.DataFrame
        Through voyages, `data.schemas.accounts.Voyages`.
    which : numpy.ndarray
        Number of each voyage's drive.
    locks : sequence of (chainage, Lock)
        Locks by chainage.
    transit : callable
        Makes the place of a voyage (its number here) at a lock.
    """

    clock: Clock
    sailing: Sailing
    voyages: pl.DataFrame
    which: NDArray[np.int64]
    locks: Sequence[tuple[float, Lock]]
    transit: Callable[[int, Lock, str], Transit]
    passed: dict[int, list[Transit]] = field(init=False, default_factory=dict)
    outstanding: int = field(init=False, default=0)
    drained: Any = field(init=False)

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
        arrive = self.sailing.many(self.which[bound], start, first, depart).arrive_min
        for number, time_min in zip(bound.tolist(), arrive.tolist(), strict=True):
            self.passed[number] = []
            self.clock.call_at(time_min, NORMAL, self._arrive, number)

    def _route(self, start: float, end: float) -> list[tuple[float, Lock]]:
        """Return the locks between two ends in the order in which they are passed."""
        found = [site for site in self.locks if min(start, end) < site[0] < max(start, end)]
        return found if end >= start else found[::-1]

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
            route, at = self.routes[number], len(self.passed[number])
            if at == len(route):
                self.outstanding -= 1
                if not self.outstanding:
                    self.drained.succeed()
                return
            way = (route[at - 1][0], route[at][0])
            sailed = self.sailing.one(int(self.which[number]), *way, float(self.clock.now))
            self.clock.call_at(float(sailed.arrive_min[0]), NORMAL, self._arrive, number)

        return go_on

    def sail(self, end_min: float, hotel: Mapping[int, tuple[float, float]], log: list[Passage] | None) -> pl.DataFrame:
        """Return a row a voyage: what has begun by the end, each way between locks in full, waits up to the end.

        ``hotel`` gives hotel power in kW and its fuel in kg/h by drive.
        """
        ways = self._ways(end_min)
        number = np.array([way[0] for way in ways], dtype=np.int64)
        start, end, depart = np.array([way[1:] for way in ways], dtype=np.float64).reshape(-1, 3).T
        rows: list[Passage] | None = None if log is None else []
        sailed = self.sailing.many(self.which[number], start, end, depart, log=rows)
        if log is not None:
            log += [one._replace(voyage=number[one.voyage]) for one in rows or ()]
        count = self.voyages.height
        totals = {
            "distance_km": np.abs(end - start),
            "sailing_h": sailed.sailing_h,
            "waiting_h": sailed.still_h,
            "energy_kwh": sailed.energy_kwh,
            "waiting_kwh": sailed.still_kwh,
            "fuel_kg": sailed.fuel_kg,
        }
        sums = {
            name: np.bincount(number, weights=values, minlength=count).astype(np.float64)
            for name, values in totals.items()
        }
        arrive = np.full(count, np.nan)
        last = end == self.voyages["to_km"].to_numpy()[number]
        arrive[number[last]] = sailed.arrive_min[last]
        for at, transits in self.passed.items():
            power, fuel = hotel[int(self.which[at])]
            for one in transits:
                until = min(one.leave_min, end_min) if one.leave_min == one.leave_min else end_min
                hours = max(0.0, until - one.arrive_min) / 60.0
                sums["waiting_h"][at] += hours
                sums["energy_kwh"][at] += power * hours
                sums["waiting_kwh"][at] += power * hours
                sums["fuel_kg"][at] += fuel * hours
        return self.voyages.select("voyage_id", "vessel_id", "vessel_class", "depart_min").with_columns(
            pl.Series("arrive_min", arrive).fill_nan(None),
            *(pl.Series(name, sums[name]) for name in totals if name != "fuel_kg"),
            fuel_t=pl.Series(sums["fuel_kg"] / 1000.0),
            cargo_tkm=pl.Series(sums["distance_km"]) * self.voyages["cargo_t"],
        )

    def _ways(self, end_min: float) -> list[tuple[int, float, float, float]]:
        """Return the ways between locks that have begun by the end: voyage, ends, departure."""
        ways = []
        for number, (start, end, depart) in enumerate(
            self.voyages.select("from_km", "to_km", "depart_min").iter_rows()
        ):
            at, since = start, depart
            for (stop, _), transit in zip(self.routes[number], self.passed.get(number, ()), strict=False):
                ways.append((number, at, stop, since))
                at, since = stop, transit.leave_min
                if not since <= end_min:
                    break
            else:
                route = self.routes[number]
                final = len(self.passed.get(number, ())) == len(route)
                ways.append((number, at, end if final else route[len(self.passed[number])][0], since))
        return ways


def through_accounts(sailed: pl.DataFrame, vessels: pl.DataFrame) -> pl.DataFrame:
    """Return a row a vessel id of the through traffic from the rows of its voyages."""
    return (
        sailed.group_by("vessel_id")
        .agg(pl.len().cast(pl.Int64).alias("voyages"), *(pl.col(name).sum() for name in SUMS))
        .join(vessels.select("vessel_id", "vessel_class", "fuel", "kind"), on="vessel_id")
        .with_columns(lng_bunkered_m3=0.0, tank_end_m3=pl.lit(None, dtype=pl.Float64), stranded=False)
        .sort("vessel_id")
        .select(COLUMNS)
    )
