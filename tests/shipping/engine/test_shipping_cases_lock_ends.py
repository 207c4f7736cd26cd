"""Voyages cut at a lock (case C19), as recorded ones are: the lock is passed once."""

import polars as pl
import pytest

from shipping import simulate
from shipping.schemas import Supply

SIZE = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 3.0}


@pytest.fixture(name="sail")
def fixture_sail(locked, trips, fleet_row):
    """Return a function that sails voyages of one ship over 20 km with a lock at km 10, at 10 km/h."""

    def go(*ways, kind):
        fleet = pl.DataFrame([fleet_row("s", kind=kind, tank_m3=None, hotel_kw=60.0, **SIZE)])
        plan = trips(*(("s", *way) for way in ways), kind=kind)
        return simulate(locked, plan, Supply.create_empty(), vessels=fleet)

    return go


@pytest.mark.parametrize("kind", ["through", "cycling"])
@pytest.mark.parametrize("up", [False, True])
def test_c19_two_parts_take_as_long_as_the_whole(sail, kind, up):
    whole = sail((0.0, 20.0, 0.0) if up else (0.0, 0.0, 20.0), kind=kind)
    # 10 km in 60 min, 25 min in the lock (enter 3, doors 4, levelling 12, doors 4, leave 2), 60 min; downwards the
    # chamber is turned empty first, in 20 min
    end = 145.0 if up else 165.0
    assert whole.voyages["arrive_min"].to_list() == [end]
    ways = [(0.0, 20.0, 10.0), (60.0, 10.0, 0.0)] if up else [(0.0, 0.0, 10.0), (60.0, 10.0, 20.0)]
    parts = sail(*ways, kind=kind)
    assert parts.voyages.sort("depart_min")["arrive_min"].to_list() == [60.0, end]
    columns = ["direction", "arrive_min", "leave_min"]
    assert parts.locks.select(columns).rows() == whole.locks.select(columns).rows()
    assert parts.voyages["waiting_kwh"].sum() == pytest.approx(whole.voyages["waiting_kwh"].sum())


def test_c19_who_turns_round_at_the_lock_does_not_pass_it(sail):
    done = sail((0.0, 0.0, 10.0), (60.0, 10.0, 0.0), kind="cycling")
    assert done.voyages.sort("depart_min")["arrive_min"].to_list() == [60.0, 120.0]
    assert done.locks.height == 0


def test_c19_who_only_lies_at_the_lock_does_not_pass_it(sail):
    done = sail((0.0, 0.0, 10.0), kind="cycling")
    assert done.locks.height == 0


def test_a_vessel_without_voyages_lies_still(locked, trips, fleet_row):
    fleet = pl.DataFrame([fleet_row(name, tank_m3=None, hotel_kw=60.0, **SIZE) for name in ("s", "idle")])
    done = simulate(locked, trips(("s", 0.0, 10.0, 20.0)), Supply.create_empty(), vessels=fleet)
    assert done.vessels.sort("vessel_id")["voyages"].to_list() == [0, 1]
