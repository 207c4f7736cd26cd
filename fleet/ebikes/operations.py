"""Shared e-bikes at work: points, rentals, swap crews and rebalancing vans, on SimPy.

A bike is its state of charge among those of the point where it stands, the emptiest first: customers take the last one,
crews the first one, and nobody looks through the others. Bikes on the road, in a van or in the hands of a crew are
counted with what they have, so that bikes and energy close at any minute; see `fleet.ebikes.rides`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charging.engine.clock import Clock
from charging.swapping.battery_stock import BatteryStock
from data.arrays import DAY_MIN
from fleet.ebikes.stands import Stands
from fleet.ebikes.trips import SERVED

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from charging.engine.clock import Waits
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
        self.stands = Stands([point.target for point in self.points], system.swap_soc, system.least_soc)
        self.stock = BatteryStock(self.env, system.depot)
        towns = {point.town: None for point in self.points}
        number_of = {town: number for number, town in enumerate(towns)}
        self._town = np.array([number_of[point.town] for point in self.points])
        self._place = np.array([[point.x, point.y] for point in self.points])
        self._target = np.array([point.target for point in self.points])
        self._following_min = -math.inf  # when the next customer takes or brings a bike
        self.km = self.van_km = 0.0
        self.first_soc = math.fsum(self.stands.all_standing())
        self.swaps = self.moved = 0
        self.swapped_kwh = 0.0
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
        self._following_min = self.stands.ride(-math.inf)
        self.env.run_before(math.inf)
        self.stands.ride(math.inf)
        # in the order of trips, as if they were added up one by one
        self.km = float(np.cumsum(np.where(self.served, trips.km, 0.0))[-1]) if len(trips.km) else 0.0

    @property
    def served(self) -> NDArray[np.bool_]:
        """Return which trips were made."""
        return np.asarray(self.stands.outcome == SERVED)

    def _catch_up(self) -> None:
        """Let customers ride up to now: before a crew or van looks at a point."""
        if self._following_min <= self.env.minute:
            self._following_min = self.stands.ride(self.env.minute)

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

    def crew(self) -> Waits:
        """Swap batteries where most are due, and come back to the depot for charged ones."""
        home = (self.points[0].x, self.points[0].y)
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
                while not carried or (carried < self.system.van_batteries and self.stock.ready):
                    yield from self.stock.take()
                    carried += 1
            number = self._most_due(here)
            if number is None:
                self.busy["crew"] += self.env.minute - began
                yield self.system.idle_min
                continue
            # claimed before the drive: another crew must not set out for the same batteries
            self.claimed["crew"][number] = True
            point = self.points[number]
            yield self.drive_min(here, (point.x, point.y))
            here = (point.x, point.y)
            while carried and self._is_due(number):
                soc = self.stands.take(number, self.env.minute, best=False)
                yield self.system.swap_min
                self._catch_up()
                # put back bike by bike: customers need not wait until the crew leaves
                self.stands.put(number, soc, 1.0, self.env.minute)
                empties.append(soc)
                carried -= 1
                self.swaps += 1
                self.swapped_kwh += (1.0 - soc) * self.system.battery_kwh
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

    def _is_due(self, number: int) -> bool:
        """Return whether a battery of a point is due now."""
        self._catch_up()
        return self.stands.is_due(number, self.system.swap_soc)

    def van(self) -> Waits:
        """Move bikes from the point with the largest surplus of a town to the one with the largest lack."""
        here = (self.points[0].x, self.points[0].y)
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
                most=self.system.van_bikes,
                least=self.system.least_move_bikes,
            )
            if pair is None:
                yield self.system.idle_min
                continue
            began = self.env.minute
            source, sink = (self.points[number] for number in pair)
            self.claimed["van"][list(pair)] = True
            yield self.drive_min(here, (source.x, source.y))
            taken: list[float] = []
            self._catch_up()
            # what lacks may have been brought back by customers while the van was driving
            wanted = max(0, sink.target - self.stands.bikes(sink.number))
            most = min(self.system.van_bikes, wanted)
            while len(taken) < most and self.stands.bikes(source.number) > source.target:
                taken.append(self.stands.take(source.number, self.env.minute, best=True))
                yield self.system.load_min
                self._catch_up()
            yield self.drive_min((source.x, source.y), (sink.x, sink.y))
            for soc in taken:
                yield self.system.load_min
                self._catch_up()
                self.stands.put(sink.number, soc, soc, self.env.minute)
            here = (sink.x, sink.y)
            self.moved += len(taken)
            self.claimed["van"][list(pair)] = False
            self.busy["van"] += self.env.minute - began
