"""A run whose traffic is recorded: its own stations give its calls to the bit, others what a full run gives."""

from __future__ import annotations

import gc
import weakref

import polars as pl
import pytest

from data import DataError
from shipping import simulate
from shipping.recorded_traffic import recorded
from shipping.simulation import simulated_river

SIZE = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 3.0}


@pytest.fixture
def river(locked, fleet_row, supply_row, trips):
    """Return what to simulate: two LNG vessels, and through vessels that fill the lock before them."""
    hull = {**SIZE, "hotel_kw": 60.0}
    lng = [fleet_row(name, **hull, tank_start_m3=12.0) for name in ("v1", "v2")]
    through = fleet_row("t", kind="through", **hull, tank_m3=None)
    # both LNG vessels come to the lock at 90; six through vessels lie before it, two a lockage
    queue = [("t", float(minute), 20.0, 0.0) for minute in range(6)]
    plan = pl.concat(
        [
            trips(("v1", 30.0, 20.0, 0.0), ("v2", 30.0, 20.0, 0.0)),
            trips(*queue, kind="through").with_columns(pl.col("voyage_id") + 2),
        ]
    )
    supply = pl.DataFrame([supply_row(chainage_km=5.0, tank_start_m3=None)])
    return {"waterway": locked, "voyages": plan, "vessels": pl.DataFrame([*lng, through])}, supply


def test_the_recorded_stations_give_the_recorded_calls(river):
    inputs, supply = river
    done = simulate(**inputs, stations=supply, seed=3, days=1.0)
    traffic = recorded(**inputs, stations=supply, seed=3, days=1.0)
    # lockages of the others before that of the two, which come at the same minute and leave one after the other
    leaves = done.locks.filter(pl.col("vessel_id") != "t")["leave_min"]
    assert leaves.n_unique() == 2
    assert leaves.min() > 90.0 + 60.0
    assert done.calls["wait_min"].max() > 0.0
    assert traffic.calls(supply).equals(done.calls)


def test_other_stations_cost_only_their_own_queue(river):
    inputs, supply = river
    traffic = recorded(**inputs, stations=supply, seed=3, days=1.0)
    # below the lock nothing that a station does comes back to it: recorded and simulated are the same
    for changes in ({"berths": 2}, {"purge_min": 50.0}, {"open_h": 10.0, "close_h": 22.0}, {"tank_m3": 200.0}):
        other = supply.with_columns(**{name: pl.lit(value) for name, value in changes.items()})
        full = simulate(**inputs, stations=other, seed=3, days=1.0).calls
        assert traffic.calls(other).equals(full)
    two = traffic.calls(supply.with_columns(berths=pl.lit(2)))
    assert two["wait_min"].to_list() == [0.0, 0.0]


def test_who_never_left_the_lock_waits_for_ever(river):
    inputs, supply = river
    rest = pl.DataFrame({"station": ["km10"], "start_min": [0.0], "end_min": [9000.0]})
    traffic = recorded(**inputs, stations=supply, seed=3, days=1.0, closures=rest)
    assert not traffic.calls(supply).height
    # nor does one in a direction in which nobody was seen
    assert not recorded(**inputs, stations=supply, seed=3, days=0.01).calls(supply).height


def test_a_station_that_no_vessel_can_use_is_a_fault(river):
    inputs, supply = river
    traffic = recorded(**inputs, stations=supply, seed=3, days=1.0)
    with pytest.raises(DataError, match="at least one bunkering"):
        traffic.calls(supply.with_columns(tank_m3=pl.lit(5.0)))
    with pytest.raises(DataError, match="berths"):
        traffic.calls(supply.with_columns(berths=pl.lit(0)))


@pytest.mark.parametrize("days", [0.05, 1.0])
def test_a_river_is_freed_when_its_caller_lets_go(river, days):
    inputs, supply = river
    gc.disable()
    try:
        # once while vessels are under way, once after all have bunkered
        run, _, _ = simulated_river(**inputs, stations=supply, seed=3, days=days, closures=None)
        actors = [run, run.through, *run.vessels, *run.locks.values(), *run.stations]
        gone = [weakref.ref(actor) for actor in actors]
        del actors
        run.close()
        del run
        left = [type(ref()).__name__ for ref in gone if ref() is not None]
    finally:
        gc.enable()
    # a station's deliveries are processes of SimPy's, which point at themselves
    assert set(left) <= {"BunkeringStation"}
