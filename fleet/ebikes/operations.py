"""Shared e-bikes at work: points, rentals, swap crews and rebalancing vans, on SimPy.

A bike is its state of charge among those of the point where it stands, the emptiest first: customers take the last one,
crews the first one, and nobody looks through the others. Bikes on the road, in a van or in the hands of a crew are
counted with what they have, so that bikes and energy close at any minute; see `fleet.ebikes.rides`.

Crews and vans decide here where to go; what they do at a point, bike by bike, is compiled with the rides, because it is
most of what happens to them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charging.engine.clock import Clock
from charging.swapping.battery_stock import BatteryStock
from data.arrays import DAY_MIN
from fleet.ebikes.rides import LOAD, SWAP, UNLOAD
from fleet.ebikes.stands import Stands, Work
from fleet.ebikes.trips import SERVED

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from charging.engine.clock import Task, Waits
    from fleet.ebikes.system import EbikeSystem
    from fleet.ebikes.trips import Trips

_RADIUS_KM: Final = 6371.0088  # mean radius of the earth (IUGG)
_PARK_MIN: Final = 1.0  # in the choice of the next point only: without it the nearest lone battery beats ten next door


class Point:
    """A parking point: where it is, and how many bikes it should have."""

    __slots__ = ("name", "number", "target", "town", "x", "y")

    def __init__(self, number: int, row: dict[str, Any], x: float, y: float) -> None:
        self.number = number
        self.name: str = row["point"]
        self.town: str = row["town"]
        self.target: int = row["bikes"]
        self.x, self.y = x, y


class EbikeOperations:
    """The simulation: points, trips, crews and vans.

    Parameters
    ----------
    points : polars.DataFrame
        ``point, town, lon, lat, bikes``.
    system : EbikeSystem
        Bikes, batteries, crews and vans.
    days : float
        Days that are simulated.
    """

    def __init__(self, points: pl.DataFrame, system: EbikeSystem, days: float) -> None:
        self.env = Clock()
        self.system = system
        self.end = DAY_MIN * days
        # a county is small enough for a plane: east and north in km at its mean latitude
        mean_lat = float(np.deg2rad(points["lat"].to_numpy()).mean())
        east = np.deg2rad(points["lon"].to_numpy()) * math.cos(mean_lat) * _RADIUS_KM
        north = np.deg2rad(points["lat"].to_numpy()) * _RADIUS_KM
        places = zip(points.iter_rows(named=True), east.tolist(), north.tolist(), strict=True)
        self.points = [Point(number, row, x, y) for number, (row, x, y) in enumerate(places)]
        self.stands = Stands(
            [point.target for point in self.points],
            system.swap_soc,
            system.least_soc,
            workers=system.crews + system.vans,
            most=max(system.van_bikes, system.van_batteries),
        )
        self.stock = BatteryStock(self.env, system.depot, beside=True)
        towns = {point.town: None for point in self.points}
        number_of = {town: number for number, town in enumerate(towns)}
        self._town = np.array([number_of[point.town] for point in self.points])
        self._place = np.array([[point.x, point.y] for point in self.points])
        self._target = np.array([point.target for point in self.points])
        self._tasks: list[Task] = []
        self.km = self.van_km = 0.0
        self.first_soc = math.fsum(self.stands.all_standing())
        self.swaps = self.moved = 0
        self.busy = {"crew": 0.0, "van": 0.0}
        self.claimed = {name: np.zeros(len(self.points), dtype=np.bool_) for name in self.busy}

    def run(self, trips: Trips) -> None:
        """Let the customers of the trips, by time, rent the best-charged bike of their origin or go away.

        Customers ride beside SimPy's queue, in which crews and vans wait: most events are customers who take and leave
        bikes, and wait for nothing, so that they catch up when a crew or van looks at a point. At equal times a bike
        that comes back goes before a customer, and both before crews and vans, as call-backs of `Clock` with the same
        priorities would.
        """
        uses = trips.km * self.system.kwh_per_km / self.system.battery_kwh
        minutes = 60.0 * trips.km / self.system.speed_km_h
        self.stands.expect(np.array([trips.depart_min, trips.origin, trips.destination, uses, minutes]))
        kinds = self.crew, self.van
        for worker in range(self.system.crews + self.system.vans):
            self._tasks.append(self.env.start(kinds[worker >= self.system.crews](worker)))
        self.env.run_beside(self)
        self.stands.ride(math.inf)
        # in the order of trips, as if they were added up one by one
        self.km = float(np.cumsum(np.where(self.served, trips.km, 0.0))[-1]) if len(trips.km) else 0.0

    @property
    def served(self) -> NDArray[np.bool_]:
        """Return which trips were made."""
        return np.asarray(self.stands.outcome == SERVED)

    @property
    def next_min(self) -> float:
        """Return when something happens beside the queue, as `charging.engine.clock.Beside` asks for."""
        return min(self.stands.working_min, self.stock.next_min)

    def happen(self, until_min: float, order: float, new: int) -> tuple[float, Task] | None:
        """Let crews and vans work and batteries charge, as `charging.engine.clock.Beside` asks for."""
        ended = self.stands.work(until_min, order, new) if self.stands.working_min <= until_min else None
        if ended is None:
            self.stock.charge_until(until_min, order, new)
            return None
        worker, minute, own_order = ended
        self.stock.charge_until(minute, own_order, new)
        return minute, self._tasks[worker]

    def _works(self, worker: int, work: Work) -> bool:
        """Let a crew or van begin with work; return whether there is any, whose end it has to wait for."""
        return self.stands.begin(worker, work, self.env.minute, self.env.order())

    def _catch_up(self) -> None:
        """Let customers ride up to now: before a crew or van looks at a point."""
        self.stands.ride(self.env.minute)

    def on_shift(self) -> float:
        """Return the minutes until the shift goes on; 0 while it lasts."""
        now = self.env.minute
        midnight = DAY_MIN * (now // DAY_MIN)
        # as times since the start of the run: a shift that begins at 7:20 is then reached, where the minutes of a day
        # would round to just before it, and what is left would be too short to move the clock
        start, end = (midnight + 60.0 * hour for hour in self.system.shift_h)
        if start <= now < end:
            return 0.0
        return start - now if now < start else start + DAY_MIN - now

    def drive_min(self, start: tuple[float, float], end: tuple[float, float]) -> float:
        """Return the minutes of a drive and count its km."""
        km = self.system.detour * math.hypot(start[0] - end[0], start[1] - end[1])
        self.van_km += km
        return 60.0 * km / self.system.van_km_h

    def crew(self, worker: int) -> Waits:
        """Swap batteries where most are due, and come back to the depot for charged ones."""
        system, home = self.system, (self.points[0].x, self.points[0].y)
        here, carried = home, 0
        empties: list[float] = []
        while self.env.minute < self.end:
            off = self.on_shift()
            if off > 0.0:
                yield off
                continue
            began = self.env.minute
            if carried == 0:
                yield self.drive_min(here, home)
                here = home
                self.stock.give(*empties)
                empties = []
                # with what is ready, rather than wait for a full load; with one battery at the least. Who holds some
                # does not wait for more, which another crew may hold that waits too
                while not carried or (carried < system.van_batteries and self.stock.ready):
                    if self.stock.ready:
                        # others who load at this minute take theirs in turn
                        alone = self.env.passes(self.env.minute)
                        taken = min(self.stock.ready, system.van_batteries - carried) if alone else 1
                        self.stock.take_ready(taken)
                        carried += taken
                        if not alone:
                            yield 0.0
                    else:
                        yield from self.stock.take()
                        carried += 1
            number = self._most_due(here)
            if number is None:
                self.busy["crew"] += self.env.minute - began
                yield system.idle_min
                continue
            # claimed before the drive: another crew must not set out for the same batteries
            self.claimed["crew"][number] = True
            point = self.points[number]
            yield self.drive_min(here, (point.x, point.y))
            here = (point.x, point.y)
            if self._works(worker, Work(SWAP, number, system.swap_min, carried, system.swap_soc, system.battery_kwh)):
                yield None
            swapped = self.stands.done(worker)
            empties += swapped
            carried -= len(swapped)
            self.swaps += len(swapped)
            self.claimed["crew"][number] = False
            self.busy["crew"] += self.env.minute - began

    def _most_due(self, here: tuple[float, float]) -> int | None:
        """Return the point with most batteries due for the drive there; None where none is due."""
        self._catch_up()
        system = self.system
        return self.stands.most_due(
            system.swap_soc,
            self.claimed["crew"],
            self._place,
            here,
            (system.detour, system.van_km_h, system.swap_min, _PARK_MIN),
        )

    def van(self, worker: int) -> Waits:
        """Move bikes from the point with the largest surplus of a town to the one with the largest lack."""
        system, here = self.system, (self.points[0].x, self.points[0].y)
        while self.env.minute < self.end:
            off = self.on_shift()
            if off > 0.0:
                yield off
                continue
            self._catch_up()
            # a van stays within a town, because trips do; and moves what is worth a drive
            pair = self.stands.largest_move(
                self._target,
                self._town,
                self.claimed["van"],
                most=system.van_bikes,
                least=system.least_move_bikes,
            )
            if pair is None:
                yield system.idle_min
                continue
            began = self.env.minute
            source, sink = (self.points[number] for number in pair)
            self.claimed["van"][list(pair)] = True
            yield self.drive_min(here, (source.x, source.y))
            self._catch_up()
            # what lacks may have been brought back by customers while the van was driving
            wanted = max(0, sink.target - self.stands.bikes(sink.number))
            most = min(system.van_bikes, wanted)
            if self._works(worker, Work(LOAD, source.number, system.load_min, most, source.target)):
                yield None
            moved = len(self.stands.done(worker))
            yield self.drive_min((source.x, source.y), (sink.x, sink.y))
            if self._works(worker, Work(UNLOAD, sink.number, system.load_min, moved)):
                yield None
            here = (sink.x, sink.y)
            self.moved += moved
            self.claimed["van"][list(pair)] = False
            self.busy["van"] += self.env.minute - began
