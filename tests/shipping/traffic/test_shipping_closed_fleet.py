"""The closed fleet: its size, who waits at the start, draws that leave each other alone, voyages that follow."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from data.errors import DataError, ScenarioError
from shipping import simulate, voyages
from shipping.parameters.traffic_parameters import ClosedFleetParameters
from shipping.schemas import Supply
from shipping.traffic.closed_fleet import fleet_voyages, waiting_at
from shipping.traffic.yearly import Mix

START = dt.date(2025, 7, 1)
NO_STATIONS = Supply.create_empty()
FLEET = ClosedFleetParameters(100.0, 2025, 240.0, 0.4, -1.0, 331.0, 1.0, 0.0)
MIX = Mix(
    ("a", "b"), np.array([0.25, 0.75]), np.array([1000.0, 3000.0]), {"down": 1.0, "up": 0.5}, {"down": 0.9, "up": 0.3}
)
HOURS = {"down": np.array([20.0, 22.0]), "up": np.array([30.0, 33.0])}


def drawn(fleet=FLEET, **more):
    asked = {"passages_per_day": 100.0, "start": START, "days": 30, "seed": 1, **more}
    return fleet_voyages(MIX, HOURS, fleet, **asked)


def test_the_fleet_is_passages_times_round_trip_over_two():
    table = drawn()
    assert table["vessel"].n_unique() == 500
    assert table["vessel_class"].value_counts().sort("vessel_class")["count"][1] / table.height == pytest.approx(
        0.75, abs=0.05
    )
    # if nobody waits, each makes 30 days / 10 days round trips, two voyages each
    assert table.filter(pl.col("trip") > 0).height == pytest.approx(500 * 6 - 500 * 0.5, rel=0.1)
    up = table.filter(pl.col("to_km") < pl.col("from_km"))
    assert up.filter(pl.col("cargo_t") > 0.0).height / up.height == pytest.approx(0.5, abs=0.03)
    assert set(up["load_share"]) == {0.0, 0.3}


def test_those_that_wait_lie_before_the_lock_on_either_side():
    table = drawn(waiting=(0.0, 80.0)).filter(pl.col("trip") == 0, pl.col("from_km").abs() < 0.1)
    assert table.height == 80
    assert (table["depart_min"] == 0.0).all()
    assert table.filter(pl.col("from_km") < 0.0)["to_km"].unique().to_list() == [331.0]
    assert table.filter(pl.col("from_km") > 0.0)["to_km"].unique().to_list() == [-1.0]


def test_a_longer_run_and_another_factor_leave_the_draws_alone():
    short, longer = drawn(days=10), drawn(days=30)
    keys = ["vessel", "trip"]
    assert short.equals(longer.join(short.select(keys), on=keys, how="semi"))
    slow = drawn(ClosedFleetParameters(100.0, 2025, 240.0, 0.4, -1.0, 331.0, 2.0, 4.0), festivals=[START])
    same = drawn().join(slow, on=keys, suffix="_slow")
    assert (same["vessel_class"] == same["vessel_class_slow"]).all()
    assert (same["load_share"] == same["load_share_slow"]).all()
    stays = same.filter(pl.col("trip") == 1)
    factor = (stays["depart_min_slow"] / stays["depart_min"]).round(6)
    assert set(factor) == {1.0, 2.0}


def test_a_round_trip_shorter_than_its_sailing_is_refused():
    with pytest.raises(DataError, match="a round trip takes 48 h, but vessel class 'b' sails 55 h"):
        drawn(ClosedFleetParameters(100.0, 2025, 48.0, 0.4, -1.0, 331.0, 1.0, 0.0))


def test_the_queue_of_a_day_is_that_of_the_shortest_bulletin_that_holds_it():
    periods = [
        ("2025-01-01", "2025-12-31", 422.0),
        ("2025-07-01", "2025-09-30", 106.0),
        ("2025-08-01", "2025-08-31", 80.0),
    ]
    table = pl.DataFrame(periods, schema=["first_day", "last_day", "waiting_mean"], orient="row").with_columns(
        pl.col("first_day", "last_day").str.to_date()
    )
    days = {"2025-08-10": 80.0, "2025-09-10": 106.0, "2025-02-01": 422.0, "2030-08-05": 80.0, "2030-02-05": 0.0}
    assert {day: waiting_at(table, dt.date.fromisoformat(day)) for day in days} == days


def test_the_county_draws_a_fleet_on_request(county):
    table = voyages(county, year=2025, start=START, days=10, seed=1, through="fleet").filter(kind="through")
    # without the figure of a month without waits the year's mean day gives the fleet
    fleet = 123_620 / 365.0 * 365.0 * 24.0 / 12.0 / 2.25 / 24.0 / 2.0
    assert table.filter(pl.col("follows").is_null()).height <= round(fleet)
    first = dict(table.select("voyage_id", "to_km").iter_rows())
    later = table.drop_nulls("follows")
    assert later.height > 0
    assert [first[number] for number in later["follows"]] == later["from_km"].to_list()
    with pytest.raises(ScenarioError, match="through: got 'fleets'; expected arrivals or fleet"):
        voyages(county, year=2025, start=START, days=10, seed=1, through="fleets")


SIZE = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 3.0}


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_a_voyage_that_follows_starts_after_the_stay(locked, fleet_row, trips, kind):
    fleet = pl.DataFrame([fleet_row("s", kind=kind, tank_m3=None, **SIZE)])
    plan = trips(("s", 10.0, 0.0, 20.0), ("s", 30.0, 20.0, 0.0), ("s", 5.0, 0.0, 20.0), kind=kind)
    plan = plan.with_columns(follows=pl.Series([None, 0, 1], dtype=pl.Int64))
    done = simulate(locked, plan, NO_STATIONS, vessels=fleet)
    # the lock at km 10 starts on the upper vessels' side; each way takes 60 min to it and 60 min beyond
    rows = done.voyages.sort("voyage_id")
    for number in (1, 2):
        assert rows["depart_min"][number] == pytest.approx(rows["arrive_min"][number - 1] + (30.0, 5.0)[number - 1])
    waits = done.locks["leave_min"] - done.locks["arrive_min"]
    assert rows["arrive_min"][2] == pytest.approx(10.0 + 30.0 + 5.0 + 6 * 60.0 + waits.sum())
    # a run that ends before has no row of what had not begun
    cut = simulate(locked, plan, NO_STATIONS, vessels=fleet, days=300.0 / 1440.0)
    assert cut.voyages["voyage_id"].to_list() == [0, 1]


def test_voyages_without_a_lock_follow_each_other_too(line, fleet_row, trips):
    fleet = pl.DataFrame([fleet_row("s", kind="through", tank_m3=None)])
    plan = trips(("s", 0.0, 0.0, 50.0), ("s", 20.0, 50.0, 0.0), ("s", 20.0, 0.0, 50.0), kind="through")
    plan = plan.with_columns(follows=pl.Series([None, 0, 1], dtype=pl.Int64))
    done = simulate(line([0.0, 100.0]), plan, NO_STATIONS, vessels=fleet)
    assert done.voyages["arrive_min"].to_list() == pytest.approx([300.0, 620.0, 940.0])


@pytest.mark.parametrize(
    ("follows", "got"), [([None, 7, None], "7"), ([None, 1, None], "1"), ([None, 0, 0], "0"), ([2, None, None], "2")]
)
def test_what_cannot_be_followed_is_named(line, fleet_row, trips, follows, got):
    fleet = pl.DataFrame([fleet_row("s", kind="through", tank_m3=None)])
    plan = trips(("s", 0.0, 0.0, 50.0), ("s", 20.0, 50.0, 0.0), ("s", 20.0, 50.0, 0.0), kind="through")
    plan = plan.with_columns(follows=pl.Series(follows, dtype=pl.Int64))
    with pytest.raises(DataError, match=rf"'follows'[\s\S]*got {got}[\s\S]*an earlier voyage of the vessel"):
        simulate(line([0.0, 100.0]), plan, NO_STATIONS, vessels=fleet)


def test_a_single_voyage_is_one_of_many(line, fleet_row):
    # over the end of a month and through closures: numbers and arrays agree
    from shipping.river.reaches import Reaches
    from shipping.ships.propulsion import ShipDesign
    from shipping.ships.sailing import Sailing

    graph = line([0.0, 40.0, 100.0], current_km_h=2.0)
    graph.graph["period_start_min"] = (0.0, 400.0)
    for edge in graph.edges:
        graph.edges[edge]["current_km_h"] = (graph.edges[edge]["current_km_h"], 0.5 * graph.edges[edge]["current_km_h"])
    sailing = Sailing.on(Reaches.from_graph(graph), [(100.0, 130.0), (390.0, 420.0), (420.0, 500.0)])
    point = sailing.table.number(ShipDesign.from_row(fleet_row(hotel_kw=20.0)), 1.0)
    for ends in ((0.0, 100.0), (100.0, 0.0), (5.0, 60.0)):
        for depart in (0.0, 99.0, 110.0, 350.0, 405.0, 900.0):
            many = sailing.many(np.array([point]), *(np.array([value]) for value in (*ends, depart)))
            one = sailing.single(point, *ends, depart)
            assert one == pytest.approx([float(value[0]) for value in many], rel=1e-9)
            assert sailing.arrive(point, *ends, depart) == pytest.approx(one[0], rel=1e-12)
