"""Shared e-bikes at work: points, rentals, swap crews and rebalancing vans, on SimPy.

A bike is its state of charge in the list of the point where it stands, the emptiest first: customers take the last one,
crews the first one, and nobody looks through the others. Bikes on the road, in a van or in the hands of a crew are
counted with what they have (`away_bikes`, `away_soc`), so that bikes and energy close at any minute.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.engine.clock import Clock
from charging.swapping.battery_stock import BatteryStock
from data.arrays import DAY_MIN, HOURS

if TYPE_CHECKING:
    from collections.abc import Generator

    from fleet.ebikes.system import EbikeSystem

_RADIUS_KM: Final = 6371.0088  # mean radius of the earth (IUGG)
_PARK_MIN: Final = 1.0  # in the choice of the next point only: without it the nearest lone battery beats ten next door
EMPTIEST, BEST = 0, -1  # bikes of a point by their place in its list
SERVED, NO_BIKE, NO_CHARGE = "served", "no_bike", "no_charge"


class Point:
    """A parking point: where it is, how many bikes it should have, and the SOC of those that stand there, rising."""

    __slots__ = ("name", "socs", "target", "town", "x", "y")

    def __init__(self, row: dict[str, Any], x: float, y: float, lowest: float) -> None:
        self.name: str = row["point"]
        self.town: str = row["town"]
        self.target: int = row["bikes"]
        self.x, self.y = x, y
        bikes = row["bikes"]
        # in the middles of equal steps: no bike starts full or at the swap SOC, whatever their number
        self.socs: list[float] = [lowest + (1.0 - lowest) * (number + 0.5) / bikes for number in range(bikes)]


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
        self._least_soc = system.least_soc
        self.end = DAY_MIN * days
        # a county is small enough for a plane: east and north in km at its mean latitude
        mean_lat = float(np.deg2rad(points["lat"].to_numpy()).mean())
        east = np.deg2rad(points["lon"].to_numpy()) * math.cos(mean_lat) * _RADIUS_KM
        north = np.deg2rad(points["lat"].to_numpy()) * _RADIUS_KM
        rows = points.iter_rows(named=True)
        self.points = [
            Point(row, x, y, system.swap_soc) for row, x, y in zip(rows, east.tolist(), north.tolist(), strict=True)
        ]
        self.stock = BatteryStock(self.env, system.depot)
        self.open_min = np.zeros((len(self.points), HOURS))
        self.open_since: list[float | None] = [0.0 if self._open(point) else None for point in self.points]
        self.number = {point.name: number for number, point in enumerate(self.points)}
        self.outcome: list[str] = []
        self.km = self.van_km = 0.0
        self._riding: list[tuple[float, int, int, float]] = []  # arrival (min), row of the trip, destination, SOC then
        self.away_bikes, self.away_soc = 0, 0.0  # ridden, in a van, or at the hands of a crew
        self.first_soc = math.fsum(soc for point in self.points for soc in point.socs)
        self.swaps = self.moved = 0
        self.swapped_kwh = 0.0
        self.busy = {"crew": 0.0, "van": 0.0}
        self.claimed: dict[str, set[int]] = {"crew": set(), "van": set()}

    def _open(self, point: Point) -> bool:
        """Return whether a bike can be rented at a point."""
        return bool(point.socs) and point.socs[-1] >= self.system.least_soc

    def _count(self, point: int, start: float, end: float) -> None:
        """Add a span of time to the hours of the day."""
        while start < end:
            hour = int(start // 60.0)
            # hour by hour: availability is asked for by hour of the day
            until = min(end, 60.0 * (hour + 1))
            self.open_min[point, hour % HOURS] += until - start
            start = until

    def _take(self, point: int, bike: int) -> float:
        """Take a bike away from a point (`EMPTIEST` or `BEST`); return its SOC."""
        socs = self.points[point].socs
        soc = socs.pop(bike)
        self.away_bikes += 1
        self.away_soc += soc
        since = self.open_since[point]
        # as `_open` says, written out: a week has 70,000 of these
        if since is not None and not (socs and socs[-1] >= self._least_soc):
            self._count(point, since, self.env.minute)
            self.open_since[point] = None
        return soc

    def _put(self, point: int, left_with: float, soc: float) -> None:
        """Put a bike that was taken away with a SOC to a point, now with another."""
        insort(self.points[point].socs, soc)
        self.away_bikes -= 1
        self.away_soc -= left_with
        if soc >= self._least_soc and self.open_since[point] is None:
            self.open_since[point] = self.env.minute

    @property
    def all_bikes(self) -> int:
        """Return the bikes, wherever they are."""
        return self.away_bikes + sum(len(point.socs) for point in self.points)

    @property
    def all_soc(self) -> float:
        """Return the sum of the SOC of all bikes; ridden ones have what they will arrive with."""
        return self.away_soc + math.fsum(soc for point in self.points for soc in point.socs)

    def run(self, trips: pl.DataFrame) -> None:
        """Let the customers of the trips, by time, rent the best-charged bike of their origin or go away.

        Rides are a heap of their own beside SimPy's queue, which crews and vans wait in: most events are customers who
        take and leave bikes, and wait for nothing. At equal times a bike that comes back goes before a customer, and
        both before crews and vans, as call-backs of `Clock` with the same priorities would.
        """
        origins, destinations = (
            trips[end].replace_strict(self.number, return_dtype=pl.Int64).to_list() for end in ("origin", "destination")
        )
        # for all trips at once: in the loop over a week's 35,000 trips every look-up counts
        km = trips["km"].to_numpy()
        uses = (km * self.system.kwh_per_km / self.system.battery_kwh).tolist()
        minutes = (60.0 * km / self.system.speed_km_h).tolist()
        least_soc, stands, riding = self.system.least_soc, [point.socs for point in self.points], self._riding
        # rows in order, and after the last trip whatever is still to come
        for row, now in enumerate(trips["depart_min"].to_list()):
            self._until(now)
            socs = stands[origins[row]]
            if not socs:
                self.outcome.append(NO_BIKE)
                continue
            soc = socs[BEST]
            left = soc - uses[row]
            if soc < least_soc or left < 0.0:
                self.outcome.append(NO_CHARGE)
                continue
            self._take(origins[row], BEST)
            # what the ride uses leaves at once, so that energy closes at every minute of it
            self.away_soc += left - soc
            self.outcome.append(SERVED)
            heappush(riding, (now + minutes[row], row, destinations[row], left))
        # in the order of trips, as they were added up one by one
        for length, became in zip(km.tolist(), self.outcome, strict=True):
            self.km += length if became == SERVED else 0.0
        self._until(math.inf)

    def _until(self, now: float) -> None:
        """Let bikes come back, and crews and vans work, until the next customer; the clock stands there then."""
        env, riding = self.env, self._riding
        work = env.peek()
        while True:
            if riding and riding[0][0] <= now and riding[0][0] <= work:
                arrive, _row, point, soc = heappop(riding)
                env.minute = arrive
                self._put(point, soc, soc)
            elif work < now:
                env.minute = work
                env.step()
                # bikes that come back wake nobody up: only steps change what is next
                work = env.peek()
            else:
                break
        env.minute = now

    def on_shift(self) -> float:
        """Return the minutes until the shift goes on; 0 while it lasts."""
        minute = self.env.now % DAY_MIN
        start, end = (60.0 * hour for hour in self.system.shift_h)
        if start <= minute < end:
            return 0.0
        return start - minute if minute < start else start + DAY_MIN - minute

    def drive_min(self, start: tuple[float, float], end: tuple[float, float]) -> float:
        """Return the minutes of a drive and count its km."""
        km = self.system.detour * math.hypot(start[0] - end[0], start[1] - end[1])
        self.van_km += km
        return 60.0 * km / self.system.van_km_h

    def crew(self) -> Generator[Any, Any, None]:
        """Swap batteries where most are due, and come back to the depot for charged ones."""
        home = (self.points[0].x, self.points[0].y)
        here, carried = home, 0
        empties: list[float] = []
        while self.env.now < self.end:
            off = self.on_shift()
            if off > 0.0:
                yield self.env.timeout(off)
                continue
            began = self.env.now
            if carried == 0:
                yield self.env.timeout(self.drive_min(here, home))
                here = home
                for soc in empties:
                    self.stock.give(soc)
                empties = []
                # with what is ready, rather than wait for a full load; with one battery at the least
                for _ in range(min(self.system.van_batteries, max(1, self.stock.ready))):
                    yield from self.stock.take()
                    carried += 1
            number = self._most_due(here)
            if number is None:
                self.busy["crew"] += self.env.now - began
                yield self.env.timeout(self.system.idle_min)
                continue
            # claimed before the drive: another crew must not set out for the same batteries
            self.claimed["crew"].add(number)
            point = self.points[number]
            yield self.env.timeout(self.drive_min(here, (point.x, point.y)))
            here = (point.x, point.y)
            while carried and self._due(point):
                soc = self._take(number, EMPTIEST)
                yield self.env.timeout(self.system.swap_min)
                # put back bike by bike: customers need not wait until the crew leaves
                self._put(number, soc, 1.0)
                empties.append(soc)
                carried -= 1
                self.swaps += 1
                self.swapped_kwh += (1.0 - soc) * self.system.battery_kwh
            self.claimed["crew"].discard(number)
            self.busy["crew"] += self.env.now - began

    def _due(self, point: Point) -> int:
        """Return how many bikes of a point have a battery that is due."""
        return bisect_left(point.socs, self.system.swap_soc)

    def _most_due(self, here: tuple[float, float]) -> int | None:
        """Return the point with most batteries due for the drive there; None where none is due."""
        best, value = None, 0.0
        for number, point in enumerate(self.points):
            if number in self.claimed["crew"]:
                continue
            due = self._due(point)
            if due:
                km = self.system.detour * math.hypot(point.x - here[0], point.y - here[1])
                # batteries per minute: a far point pays when enough is due there
                worth = due / (60.0 * km / self.system.van_km_h + due * self.system.swap_min + _PARK_MIN)
                if worth > value:
                    best, value = number, worth
        return best

    def van(self) -> Generator[Any, Any, None]:
        """Move bikes from the point with the largest surplus of a town to the one with the largest lack."""
        here = (self.points[0].x, self.points[0].y)
        while self.env.now < self.end:
            off = self.on_shift()
            if off > 0.0:
                yield self.env.timeout(off)
                continue
            pair = self._imbalance()
            if pair is None:
                yield self.env.timeout(self.system.idle_min)
                continue
            began = self.env.now
            source, sink = (self.points[number] for number in pair)
            self.claimed["van"] |= set(pair)
            yield self.env.timeout(self.drive_min(here, (source.x, source.y)))
            taken: list[float] = []
            # what lacks may have been brought back by customers while the van was driving
            wanted = max(0, sink.target - len(sink.socs))
            while len(taken) < min(self.system.van_bikes, wanted) and len(source.socs) > source.target:
                taken.append(self._take(pair[0], BEST))
                yield self.env.timeout(self.system.load_min)
            yield self.env.timeout(self.drive_min((source.x, source.y), (sink.x, sink.y)))
            for soc in taken:
                yield self.env.timeout(self.system.load_min)
                self._put(pair[1], soc, soc)
            here = (sink.x, sink.y)
            self.moved += len(taken)
            self.claimed["van"] -= set(pair)
            self.busy["van"] += self.env.now - began

    def _imbalance(self) -> tuple[int, int] | None:
        """Return the points of one town with the largest surplus and lack, where moving is worth a drive."""
        best, worth = None, float(self.system.least_move_bikes)
        by_town: dict[str, list[int]] = {}
        for number, point in enumerate(self.points):
            # a van stays within a town, because trips do
            if number not in self.claimed["van"]:
                by_town.setdefault(point.town, []).append(number)
        for members in by_town.values():
            gaps = [(len(self.points[number].socs) - self.points[number].target, number) for number in members]
            (lack, sink), (surplus, source) = min(gaps), max(gaps)
            moved = min(surplus, -lack, self.system.van_bikes)
            if moved > worth:
                best, worth = (source, sink), float(moved)
        return best

    def close(self) -> None:
        """Count what stood open at the end."""
        for point, since in enumerate(self.open_since):
            if since is not None:
                self._count(point, since, max(since, self.end))
