"""Shared piles under charge curves: the power is divided anew at every event and breakpoint, and at no other time."""

import functools

import numpy as np
import polars as pl
import pytest

from charging import simulate

KNOTS = np.array([0.0, 0.3, 0.5, 0.6, 0.8, 0.9, 1.0])
SHARES = np.array([1.0, 1.0, 0.85, 0.7, 0.45, 0.2, 0.05])
STEP_MIN = 0.004


def level(capacity, wishes):
    """Return the water level of a max-min fair division; infinite where all get what they wish."""
    if sum(wishes) <= capacity:
        return np.inf
    left = len(wishes)
    for wish in sorted(wishes):
        if wish * left > capacity:
            break
        capacity, left = capacity - wish, left - 1
    return capacity / left


class Stepped:
    """A pile in small time steps: what vehicles may draw changes at events and breakpoints only."""

    def __init__(self, capacity, cars):
        self.capacity = capacity
        self.arrive, self.soc, self.end, self.kwh, self.kw = (np.array(column) for column in zip(*cars, strict=True))
        self.caps = np.zeros(len(cars))

    def power(self):
        return np.interp(self.soc, KNOTS, SHARES) * self.kw

    def segments(self):
        return np.searchsorted(KNOTS, self.soc + 1e-9, side="right") - 1

    def divide(self, charging, segments):
        wishes = np.maximum(self.power(), SHARES[segments + 1] * self.kw)
        most = level(self.capacity, wishes[charging].tolist())
        self.caps = np.where(wishes <= most, self.capacity, most)

    def run(self):
        full = np.full(len(self.soc), np.inf)
        now, was = 0.0, None
        while not np.isfinite(full).all():
            full[(self.soc >= self.end) & np.isinf(full)] = now
            charging = (self.arrive <= now + 1e-9) & np.isinf(full)
            state = (*charging, *self.segments())
            if state != was and charging.any():
                was = state
                self.divide(charging, self.segments())
            drawn = np.minimum(self.power(), self.caps) * charging
            self.soc = self.soc + drawn / self.kwh * STEP_MIN / 60.0
            now += STEP_MIN
        return full


@functools.cache
def stepped(capacity, cars):
    """Return when the vehicles are full: once for both engines."""
    return Stepped(capacity, cars).run()


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize(
    ("capacity", "cars"),
    [
        (120.0, ((0.0, 0.2, 0.85, 60.0, 90.0), (7.0, 0.45, 0.95, 50.0, 90.0))),
        (90.0, ((0.0, 0.1, 0.7, 60.0, 60.0), (3.0, 0.5, 0.92, 80.0, 120.0), (12.0, 0.25, 0.8, 40.0, 40.0))),
    ],
)
def test_shared_power_is_divided_anew_at_every_breakpoint(make_layout, make_requests, engine, capacity, cars):
    layout = make_layout({"pile_kw": capacity, "guns_per_pile": len(cars), "sharing": "dynamic"})
    requests = make_requests(
        *(
            {
                "arrive_min": arrive,
                "energy_kwh": (end - soc) * kwh,
                "accept_kw": kw,
                "battery_kwh": kwh,
                "soc_start": soc,
                "vehicle_class": "car",
            }
            for arrive, soc, end, kwh, kw in cars
        )
    )
    vehicles = pl.DataFrame(
        {
            "vehicle_class": ["car"],
            "curve_soc": [KNOTS.tolist()],
            "curve_share": [SHARES.tolist()],
            "efficiency_dc": [1.0],
            "efficiency_ac": [1.0],
        }
    )
    found = simulate(layout, requests, vehicles=vehicles, engine=engine).sessions["full_min"].to_numpy()
    assert found == pytest.approx(stepped(capacity, cars), abs=0.05)
