"""Shared e-bikes: timelines by hand, accounts of bikes and energy, teams that help, sizing, faults."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from charging.swapping.battery_stock import Rack
from data import DataError
from data.goals import Goal, Service, Shown
from experiments import size
from experiments.scenario.model import Scenario
from fleet.ebikes.simulation import ebike_carbon, simulate_ebikes
from fleet.ebikes.sizing import size_teams
from fleet.ebikes.system import EbikeSystem
from fleet.ebikes.trips import EbikeDemand, draw_trips, ebike_trips, in_order

SYSTEM = {
    "crews": 0,
    "vans": 0,
    "kwh_per_km": 0.05,
    "battery_kwh": 1.0,
    "swap_soc": 0.5,
    "least_soc": 0.2,
    "speed_km_h": 12.0,
    "van_km_h": 30.0,
    "swap_min": 2.0,
    "load_min": 1.0,
    "van_bikes": 10,
    "van_batteries": 10,
    "shift_h": (0.0, 24.0),
    "depot": Rack(20, 20, 0.2, 1.0),
    "efficiency": 0.9,
    "detour": 1.0,
    "idle_min": 10.0,
    "least_move_bikes": 3,
}


def system(**changes):
    return EbikeSystem(**{**SYSTEM, **changes})


def points(*bikes):
    rows = [(f"p{at}", "t", 111.0 + 0.01 * at, 23.0, count) for at, count in enumerate(bikes)]
    return pl.DataFrame(rows, schema=["point", "town", "lon", "lat", "bikes"], orient="row")


def trips(*rows):
    frame = pl.DataFrame(rows, schema=["depart_min", "origin", "destination", "km"], orient="row")
    return frame.with_row_index("trip_id").with_columns(pl.col("trip_id").cast(pl.Int64))


def test_bikes_go_where_trips_end_by_hand():
    wanted = trips((0.0, "p0", "p1", 2.0), (1.0, "p0", "p1", 2.0), (9.0, "p1", "p0", 2.0), (10.0, "p1", "p0", 2.0))
    found = simulate_ebikes(points(1, 0), wanted, system(), days=1)
    assert found.trips["outcome"].to_list() == ["served", "no_bike", "no_bike", "served"]
    assert found.points["bikes_at_end"].to_list() == [1, 0]
    assert found.totals["km"] == 4.0
    assert found.totals["lost_share"] == 0.5
    open_first = found.hours.filter(point="p0", hour=0)["availability_share"].item()
    assert open_first == pytest.approx((60.0 - 20.0) / 60.0)
    assert found.hours.filter(point="p1", hour=0)["availability_share"].item() == 0.0


def test_a_bike_without_charge_is_not_rented():
    wanted = trips((0.0, "p0", "p1", 5.0), (60.0, "p1", "p0", 5.0), (120.0, "p0", "p1", 5.0), (180.0, "p1", "p0", 1.0))
    found = simulate_ebikes(points(1, 0), wanted, system(), days=1)
    assert found.trips["outcome"].to_list() == ["served", "served", "served", "no_charge"]
    assert found.totals["low_share"] == 1.0


def test_a_crew_swaps_what_is_due_and_energy_closes():
    wanted = trips(*((60.0 * at, f"p{at % 2}", f"p{(at + 1) % 2}", 5.0) for at in range(12)))
    without = simulate_ebikes(points(1, 0), wanted, system(), days=1)
    with_crew = simulate_ebikes(points(1, 0), wanted, system(crews=1), days=1)
    assert without.totals["lost_share"] > 0.5
    assert with_crew.totals["lost_share"] == 0.0
    assert with_crew.totals["swaps"] >= 2
    spent = with_crew.totals["bike_kwh"]
    assert spent == pytest.approx(12 * 5.0 * 0.05)
    assert with_crew.totals["swapped_kwh"] <= spent + 0.25 + 1e-9
    assert with_crew.totals["crew_use_share"] > 0.0


def test_crews_that_load_at_one_minute_do_not_wait_for_each_others_batteries():
    # three that want five each of twelve: with one kept waiting by the others nobody would ever set out
    wanted = trips(*((20.0 * at, f"p{at % 2}", f"p{(at + 1) % 2}", 5.0) for at in range(60)))
    depot = Rack(12, 12, 0.2, 1.0)
    found = simulate_ebikes(points(4, 4), wanted, system(crews=3, van_batteries=5, depot=depot), days=1)
    one = simulate_ebikes(points(4, 4), wanted, system(crews=1, van_batteries=5, depot=depot), days=1)
    assert one.totals["swaps"] > 0
    assert found.totals["swaps"] >= one.totals["swaps"]
    assert found.totals["lost_share"] <= one.totals["lost_share"]


def test_a_van_brings_bikes_back():
    wanted = trips(
        *((float(at), "p0", "p1", 0.5) for at in range(10)), *((600.0 + at, "p0", "p1", 0.5) for at in range(8))
    )
    found = simulate_ebikes(points(10, 2), wanted, system(vans=1), days=1)
    alone = simulate_ebikes(points(10, 2), wanted, system(), days=1)
    assert alone.totals["lost_share"] == pytest.approx(8 / 18)
    assert found.totals["lost_share"] == 0.0
    assert found.totals["moved_bikes"] >= 8
    assert found.points["bikes_at_end"].sum() == 12


def test_shifts_begin_at_any_minute_of_any_day():
    # 7.3 h are no whole minutes, and as a minute of a day they are rounded elsewhere than as a time of the run
    wanted = trips(*((60.0 * at, f"p{at % 2}", f"p{(at + 1) % 2}", 5.0) for at in range(24 * 40)))
    for start in (7.3, 6.0 + 1.0 / 3.0, 8.123456789):
        found = simulate_ebikes(points(1, 0), wanted, system(crews=1, vans=1, shift_h=(start, start + 9.7)), days=40)
        assert 0.0 < found.totals["lost_share"] < 1.0
        assert found.totals["swaps"] >= 40


def test_the_county_a_week(county):
    wanted = ebike_trips(county, days=3, seed=4)
    assert wanted.equals(ebike_trips(county, days=3, seed=4))
    per_day = wanted.height / 3
    assert per_day == pytest.approx(1400 * 3.5, rel=0.05)
    towns = dict(county.ebike_points.select("point", "town").iter_rows())
    assert all(towns[one] == towns[two] for one, two in wanted.select("origin", "destination").head(500).iter_rows())
    found = simulate_ebikes(county.ebike_points, wanted, EbikeSystem.from_county(county), days=3.0)
    assert found.trips.height == wanted.height
    assert found.points["trips"].sum() == wanted.height
    assert found.points["bikes_at_end"].sum() <= 1400
    assert found.totals["bikes_at_end"] == 1400
    outcomes = found.points.select(pl.col("served", "no_bike", "no_charge").sum()).row(0)
    assert sum(outcomes) == wanted.height
    assert found.totals["lost_share"] == pytest.approx(1 - outcomes[0] / wanted.height)
    gained = found.totals["swapped_kwh"] - found.totals["bike_kwh"]
    assert found.totals["stored_change_kwh"] == pytest.approx(gained, abs=1e-6)
    assert found.totals["swaps"] > 0
    assert found.totals["moved_bikes"] > 0
    assert found.hours["availability_share"].is_between(0.0, 1.0).all()
    more = simulate_ebikes(county.ebike_points, wanted, EbikeSystem.from_county(county, crews=4, vans=6), days=3.0)
    assert more.totals["lost_share"] < found.totals["lost_share"]
    carbon = ebike_carbon(county, found.totals, year=2030)
    kwh = found.totals["bike_kwh"] / county.figure("ebikes.charger_efficiency")
    assert carbon["bikes_kgco2"] == pytest.approx(kwh * 0.38)
    per_km = 0.25 * 0.023 + 0.08 * 0.072
    assert carbon["replaced_kgco2"] == pytest.approx(found.totals["km"] * per_km * 0.74 * 2.92505598)
    assert carbon["saved_kgco2"] == pytest.approx(
        carbon["replaced_kgco2"] - carbon["bikes_kgco2"] - carbon["vans_kgco2"]
    )


def test_the_fewest_teams_are_found():
    def evaluate(crews, vans, seeds):
        return Service({"lost_share": Shown(0.3 - 0.05 * crews - 0.1 * vans + 0.001 * seeds)})

    found = size_teams(evaluate, [Goal("lost_share", "<=", 0.05)])
    assert found.feasible
    assert found.answer.row(0) == (0, 3)
    fewer = found.binds[0].figures
    assert (fewer["crews"], fewer["vans"], fewer["measure"]) == (0, 2, "lost_share")
    assert fewer["value"].value == pytest.approx(0.1)
    tight = size_teams(evaluate, [Goal("lost_share", "<=", 0.05)], budget={"vans": 1})
    assert tight.answer.row(0) == (4, 1)
    none = size_teams(evaluate, [Goal("lost_share", "<=", 0.05)], budget={"vans": 0, "crews": 2})
    assert not none.feasible


def test_size_ebikes_of_the_county():
    scenario = Scenario.load("deqing-2030", sets=["days=2", "replications=2"])
    found = size("ebikes", scenario, target="lost_share<=0.2,low_share<=0.6")
    assert found.feasible
    assert found.answer.height == 1
    assert "lost_share<=0.2" in map(str, found.question.figures["goals"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crews": -1}, "expected 0 or more"),
        ({"van_km_h": 0.0}, "speeds must be above 0"),
        ({"idle_min": 0.0}, "idle_min 0.0, expected above 0"),
        ({"shift_h": (9.0, 8.0)}, "the end after the start"),
        ({"swap_soc": 0.1}, "least_soc <= swap_soc"),
    ],
)
def test_faulty_systems_are_named(changes, words):
    with pytest.raises(DataError, match=words):
        system(**changes)


def test_other_faults_are_named(county):
    with pytest.raises(DataError, match="no points"):
        simulate_ebikes(points().clear(), trips((0.0, "p0", "p0", 1.0)), system(), days=1)
    with pytest.raises(DataError, match="'x' is no point"):
        simulate_ebikes(points(1), trips((0.0, "x", "p0", 1.0)), system(), days=1)
    lacking = county.with_table("profiles", county.profiles.filter(pl.col("profile") != "ebike"))
    with pytest.raises(DataError, match="needs 24 hours"):
        ebike_trips(lacking, days=1, seed=1)


HOUR_SHARES = np.full(24, 1 / 24)
DEMAND = EbikeDemand(trips_per_bike_day=4.0, trip_km=2.0, trip_most_km=8.0, detour=1.5)
WEIGHTED = pl.DataFrame(
    {
        "point": ["p0", "p1", "p2"],
        "town": ["t", "t", "u"],
        "lon": [111.0, 111.0, 111.3],
        "lat": [23.0, 23.009, 23.0],
        "bikes": [20, 10, 5],
        "morning_origin_weight": [2.0, 1.0, 1.0],
        "morning_destination_weight": [1.0, 1.0, 1.0],
    }
)


def drawn(points=WEIGHTED, days=2, **changes):
    return draw_trips(points, HOUR_SHARES, dataclasses.replace(DEMAND, **changes), days=days, seed=3)


def test_longer_trips_leave_when_and_where_as_they_were():
    table, longer = drawn(), drawn(trip_km=4.0)
    assert longer.drop("km").equals(table.drop("km"))
    # 0.009 degrees are 1.0008 km, the way of every trip of t is 1.5 times that; u has one point and no way
    way = pl.when(pl.col("origin") == "p2").then(0.0).otherwise(1.5 * 1.00075)
    errand, more = (frame.select(pl.col("km") - way)["km"].to_numpy() for frame in (table, longer))
    in_t = (table["origin"] != "p2").to_numpy()
    short = longer["km"].to_numpy() < 8.0
    assert more[short & in_t] == pytest.approx((4.0 - 1.5011) / (2.0 - 1.5011) * errand[short & in_t], abs=2e-3)
    assert more[short & ~in_t] == pytest.approx(2.0 * errand[short & ~in_t])


def test_trips_are_as_long_as_their_way_and_the_errands_of_the_mean():
    table = drawn(days=40)
    assert table.filter(pl.col("origin") != "p2")["km"].min() >= 1.5 * 1.0007
    assert table.filter(pl.col("origin") != "p2")["km"].mean() == pytest.approx(2.0, rel=0.02)
    # ways that are longer than the mean that is stated are ridden all the same
    assert drawn(trip_km=1.0).filter(pl.col("origin") != "p2")["km"].to_numpy() == pytest.approx(
        1.5 * 1.00075, abs=2e-3
    )


def test_trips_end_at_another_point_by_the_weights_of_the_others():
    square = pl.DataFrame(
        {
            "point": [f"p{at}" for at in range(4)],
            "town": ["t"] * 4,
            "lon": [111.0, 111.01, 111.0, 111.01],
            "lat": [23.0, 23.0, 23.01, 23.01],
            "bikes": [40] * 4,
            "morning_origin_weight": [4.0, 3.0, 2.0, 1.0],
            "morning_destination_weight": [1.0, 2.0, 0.0, 3.0],
        }
    )
    table = drawn(square, days=60)
    assert not (table["origin"] == table["destination"]).any()
    morning = table.filter(pl.col("depart_min") % 1440.0 < 13 * 60.0)
    ends = dict(morning.filter(origin="p1").group_by("destination").len().iter_rows())
    # without p1 itself: 1 to 3, and nobody at p2
    assert set(ends) == {"p0", "p3"}
    assert ends["p0"] / sum(ends.values()) == pytest.approx(0.25, abs=0.02)
    # the mean is that of the demand whatever the points
    assert table["km"].mean() == pytest.approx(2.0, rel=0.02)


def test_more_demand_adds_trips_and_draws_none_anew():
    table, more = drawn(), drawn(trips_per_bike_day=4.4)
    assert table.height < more.height < 1.3 * table.height
    columns = ["depart_min", "origin", "destination", "km"]
    assert table.join(more, on=columns, how="semi").height == table.height


def test_another_day_or_another_town_leaves_the_trips_that_there_were():
    table = drawn()
    assert drawn(days=3).filter(pl.col("depart_min") < 2880.0).equals(table)
    others = pl.concat([WEIGHTED, WEIGHTED.tail(1).with_columns(point=pl.lit("p3"), town=pl.lit("v"))])
    assert drawn(others).filter(pl.col("origin") != "p3").drop("trip_id").equals(table.drop("trip_id"))


def test_other_origins_leave_destinations():
    table = drawn()
    moved = drawn(WEIGHTED.with_columns(morning_origin_weight=pl.Series([1.0, 3.0, 1.0])))
    assert moved["depart_min"].equals(table["depart_min"])
    morning = table["depart_min"] % 1440.0 < 13 * 60.0
    same = morning & (table["origin"] == moved["origin"])
    assert moved.filter(same)["destination"].equals(table.filter(same)["destination"])
    assert 0.1 < (table["origin"] != moved["origin"]).filter(morning).mean() < 0.6


@pytest.mark.parametrize("places", [1, 3])
def test_trips_go_by_time_and_those_of_one_minute_by_point(places):
    rng = np.random.default_rng(5)
    whole = np.floor(rng.uniform(0.0, 40.0, 200))
    for depart in (whole, whole + np.linspace(0.0, 0.9, 200)):
        origin = rng.integers(0, places, 200)
        rows = sorted(range(200), key=lambda row: (depart[row], origin[row]))
        assert in_order(depart, origin).tolist() == rows
