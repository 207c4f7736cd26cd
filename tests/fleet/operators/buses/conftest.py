"""Small days of buses: a line of places 10 minutes and 5 km apart, the depot at one end."""

import numpy as np
import polars as pl
import pytest

from fleet.operators.buses.battery_blocks import BatteryBlocks, BusBattery, Energy
from fleet.operators.buses.connections import connections
from fleet.operators.ways import Ways

PLACES = ("depot", "a", "b", "c")
REST = 5.0


def line_ways():
    apart = np.abs(np.subtract.outer(np.arange(4), np.arange(4))).astype(float)
    return Ways(PLACES, 10.0 * apart, 5.0 * apart)


def trips_at(rows):
    """Trips of (start, from, to); 12 minutes and 5 km per place on the way."""
    number = {name: place for place, name in enumerate(PLACES)}
    table = [
        (
            f"t{row}",
            "l",
            float(start),
            float(start + 12 * max(1, abs(number[a] - number[b]))),
            a,
            b,
            5.0 * max(1, abs(number[a] - number[b])),
            0.0,
            0.0,
            None,
        )
        for row, (start, a, b) in enumerate(sorted(rows))
    ]
    from fleet.operators.buses.timetable import TRIPS

    return pl.DataFrame(table, schema=TRIPS, orient="row").sort("start_min", "trip")


def drawn(seed, number):
    lots = np.random.default_rng(seed)
    rows = [(float(lots.integers(300, 600)), *lots.choice(["a", "b", "c"], 2)) for _ in range(number)]
    return trips_at([(start, str(a), str(b)) for start, a, b in rows])


def rule_of(trips, *, usable=40.0, kw=30.0, terminal=0.0, kwh_per_km=1.0, least=20.0):
    links = connections(trips, line_ways(), depot="depot", layover_min=REST)
    at_stop = np.where(trips["to_stop"] == "c", terminal, 0.0)
    from_stop = np.where(trips["from_stop"] == "c", terminal, 0.0)
    energy = Energy(
        links.km * kwh_per_km,
        links.dead_km * kwh_per_km,
        links.out_km * kwh_per_km,
        links.in_km * kwh_per_km,
        at_stop,
        from_stop,
    )
    return BatteryBlocks(links, energy, BusBattery(usable, 0.1 * usable, kw, 2.0, least))


@pytest.fixture
def day():
    """Return functions that make days: drawn trips, and the rule of what a battery lasts for."""
    return drawn, rule_of, trips_at
