"""Crews and vans of e-bikes against the same rules with lists and SimPy's processes, bike by bike."""

import math
from bisect import insort
from heapq import heappop, heappush

import numpy as np
import polars as pl
import pytest
from simpy import Environment

from charging.engine.clock import Clock
from charging.swapping.battery_stock import BatteryStock, Rack
from fleet.ebikes.operations import EbikeOperations
from fleet.ebikes.system import EbikeSystem
from fleet.ebikes.trips import Trips


class Plain:
    """Points as lists of SOC, crews and vans as processes; where they go is asked of the model's own rules."""

    def __init__(self, model: EbikeOperations, trips: Trips) -> None:
        self.model, self.system, self.env = model, model.system, Clock()
        self.stock = BatteryStock(self.env, self.system.depot)
        self.bikes = [model.stands.standing(point.number).tolist() for point in model.points]
        self.trips = list(zip(*(column.tolist() for column in trips), strict=True))
        self.rides, self.outcome = [], []
        self.swaps = self.moved = 0
        self.swapped_kwh = self.van_km = 0.0
        self.claimed = {"crew": set(), "van": set()}

    def ride(self) -> None:
        now, system = self.env.now, self.system
        while True:
            following = self.trips[len(self.outcome)] if len(self.outcome) < len(self.trips) else (math.inf,)
            if self.rides and self.rides[0][0] <= min(following[0], now):
                *_, end, soc = heappop(self.rides)
                insort(self.bikes[end], soc)
            elif following[0] <= now < math.inf:
                minute, origin, end, km = following
                here, use = self.bikes[origin], km * system.kwh_per_km / system.battery_kwh
                served = bool(here) and here[-1] >= max(use, system.least_soc)
                if served:
                    heappush(
                        self.rides, (minute + 60.0 * km / system.speed_km_h, len(self.outcome), end, here.pop() - use)
                    )
                self.outcome.append(served)
            else:
                return

    def drive(self, start, end):
        km = self.system.detour * math.hypot(start.x - end.x, start.y - end.y)
        self.van_km += km
        return self.env.timeout(60.0 * km / self.system.van_km_h)

    def most_due(self, here):
        self.ride()
        best, value = None, 0.0
        for point in self.model.points:
            due = (
                0
                if point in self.claimed["crew"]
                else sum(soc < self.system.swap_soc for soc in self.bikes[point.number])
            )
            km = self.system.detour * math.hypot(point.x - here.x, point.y - here.y)
            worth = due / (60.0 * km / self.system.van_km_h + due * self.system.swap_min + 1.0)
            if worth > value:
                best, value = point, worth
        return best

    def crew(self):
        system, here, carried, empties = self.system, self.model.points[0], 0, []
        while self.env.now < self.model.end:
            if not carried:
                yield self.drive(here, self.model.points[0])
                here = self.model.points[0]
                self.stock.give(*empties)
                empties = []
                while not carried or (carried < system.van_batteries and self.stock.ready):
                    yield from self.stock.take()
                    carried += 1
            point = self.most_due(here)
            if point is None:
                yield self.env.timeout(system.idle_min)
                continue
            self.claimed["crew"].add(point)
            yield self.drive(here, point)
            here = point
            self.ride()
            bikes = self.bikes[point.number]
            while carried and bikes and bikes[0] < system.swap_soc:
                soc = bikes.pop(0)
                yield self.env.timeout(system.swap_min)
                self.ride()
                insort(bikes, 1.0)
                empties.append(soc)
                carried -= 1
                self.swaps += 1
                self.swapped_kwh += (1.0 - soc) * system.battery_kwh
            self.claimed["crew"].remove(point)

    def largest_move(self):
        free = [point for point in self.model.points if point not in self.claimed["van"]]
        gap = {point: len(self.bikes[point.number]) - point.target for point in free}
        best, most = None, float(self.system.least_move_bikes)
        for town in dict.fromkeys(point.town for point in free):
            points = [point for point in free if point.town == town]
            source, sink = max(reversed(points), key=gap.get), min(points, key=gap.get)
            moved = min(gap[source], -gap[sink], self.system.van_bikes)
            if moved > most:
                best, most = (source, sink), moved
        return best

    def van(self):
        system, here = self.system, self.model.points[0]
        while self.env.now < self.model.end:
            self.ride()
            pair = self.largest_move()
            if pair is None:
                yield self.env.timeout(system.idle_min)
                continue
            source, sink = pair
            self.claimed["van"] |= {source, sink}
            yield self.drive(here, source)
            self.ride()
            most = min(system.van_bikes, max(0, sink.target - len(self.bikes[sink.number])))
            taken = []
            while len(taken) < most and len(self.bikes[source.number]) > source.target:
                taken.append(self.bikes[source.number].pop())
                yield self.env.timeout(system.load_min)
                self.ride()
            yield self.drive(source, sink)
            for soc in taken:
                yield self.env.timeout(system.load_min)
                self.ride()
                insort(self.bikes[sink.number], soc)
            here = sink
            self.moved += len(taken)
            self.claimed["van"] -= {source, sink}


def drawn(seed: int) -> tuple[pl.DataFrame, Trips, EbikeSystem]:
    """Return a system whose times are whole minutes wherever vans are too fast to be seen: much happens at once."""
    rng = np.random.default_rng(seed)
    number, count = int(rng.integers(2, 6)), 400
    points = pl.DataFrame(
        {
            "point": [f"p{at}" for at in range(number)],
            "town": [f"t{rng.integers(0, 2)}" for _ in range(number)],
            "lon": 111.0 + 0.01 * rng.integers(0, 3, number),
            "lat": np.zeros(number),
            "bikes": rng.integers(1, 8, number),
        }
    )
    ends = rng.integers(0, number, (2, count))
    trips = Trips(np.sort(rng.integers(0, 1200, count)).astype(float), *ends, rng.choice([1.0, 2.0, 4.0], count))
    system = EbikeSystem(
        crews=int(rng.integers(1, 4)),
        vans=int(rng.integers(1, 3)),
        kwh_per_km=0.0625,
        battery_kwh=1.0,
        swap_soc=0.5,
        least_soc=0.25,
        speed_km_h=60.0,
        van_km_h=float(rng.choice([30.0, 1e12])),
        swap_min=float(rng.choice([0.0, 1.0, 2.0])),
        load_min=float(rng.choice([0.0, 1.0, 2.0])),
        van_bikes=int(rng.integers(1, 5)),
        van_batteries=int(rng.integers(1, 5)),
        shift_h=(0.0, 24.0),
        depot=Rack(int(rng.integers(2, 12)), int(rng.integers(1, 5)), 0.5, 1.0),
        efficiency=0.9,
        detour=1.0,
        idle_min=5.0,
        least_move_bikes=int(rng.integers(0, 2)),
    )
    return points, trips, system


@pytest.mark.parametrize("seed", range(12))
def test_crews_and_vans_work_as_processes_would(seed):
    points, trips, system = drawn(seed)
    model = EbikeOperations(points, system, 1)
    plain = Plain(model, trips)
    for _ in range(system.crews):
        plain.env.process(plain.crew())
    for _ in range(system.vans):
        plain.env.process(plain.van())
    Environment.run(plain.env)
    model.run(trips)
    assert model.swaps > 0
    assert (model.swaps, model.moved) == (plain.swaps, plain.moved)
    assert model.served.tolist()[: len(plain.outcome)] == plain.outcome
    assert len(plain.outcome) == len(trips.km)
    assert (model.stands.swapped_kwh, model.van_km) == (plain.swapped_kwh, plain.van_km)
    assert (model.stock.short_min, model.stock.pieces) == (plain.stock.short_min, plain.stock.pieces)
