"""Deliveries to LNG stations: rules by hand, hours and weather, two tanks, barges by timetable; sizing."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import shipping
from data import load_county
from data.errors import DataError
from data.goals import Goal, Service, Shown
from shipping import check_mass_balance, simulate
from shipping.parameters.port_parameters import BargeParameters
from shipping.ports.open_stations import by_barge
from shipping.ports.station_spec import StationSpec, UnloadRule
from shipping.sizing.lng_stations import GENEROUS, size_stations

BARGE = BargeParameters(200.0, 24.0, 0.0, 180.0, 24.0)


@pytest.fixture
def quay(line, fleet_row, supply_row, trips):
    """Return a function that simulates a quay at km 50 at which a delivery of 20 m3 is due at 420.

    Vessels come to it after 5 h: a at 300, wants 24 m3 (10 + 20 + 24 min, purge 15: 300 to 369), b at 400, wants 24 m3.
    """

    def make(b_departs=100.0, **changes):
        fleet = pl.DataFrame([fleet_row(name, tank_start_m3=17.0) for name in ("a", "b")])
        plan = trips(("a", 0.0, 0.0, 100.0), ("b", b_departs, 0.0, 100.0))
        own = {"tank_start_m3": 60.0, "reorder_share": 0.6, "truck_lead_h": 7.0, "trucks": 1, "berths": 2}
        done = simulate(line([0.0, 100.0]), plan, pl.DataFrame([supply_row(**{**own, **changes})]), vessels=fleet)
        check_mass_balance(done)
        starts = dict(done.calls.select("vessel_id", "start_min").iter_rows())
        return starts, done.trucks["unload_min"][0]

    return make


def test_alone_a_delivery_waits_for_the_purge_and_vessels_for_the_delivery(quay):
    # b lies alongside from 400: 54 min to its LNG, then 15 of purge; the truck due at 420 unloads at 469
    starts, unloads = quay(unload_rule="alone")
    assert starts == {"a": 300.0, "b": 400.0}
    assert unloads == 469.0
    # a vessel that comes while it unloads waits for its end
    starts, unloads = quay(b_departs=130.0, unload_rule="alone")
    assert (starts["b"], unloads) == (450.0, 420.0)


def test_unload_alone_alone_keeps_vessels_and_deliveries_apart(quay):
    # the column without a rule beside it: nobody is served while the truck unloads, and it waits for who is served
    starts, unloads = quay(unload_rule=None, unload_alone=True)
    assert (starts["b"], unloads) == (400.0, 469.0)
    starts, unloads = quay(b_departs=130.0, unload_rule=None, unload_alone=True)
    assert (starts["b"], unloads) == (450.0, 420.0)


def test_lead_times_of_trucks_spread_as_their_table_says(line, fleet_row, supply_row, trips):
    def leads(cv, seed=1):
        """Return the hours from order to arrival at 40 stations whose tanks are refilled day by day."""
        table = pl.DataFrame(
            [
                supply_row(f"quay-{number}", truck_lead_h=20.0, truck_lead_cv=cv, boil_off_share_per_day=0.3)
                for number in range(40)
            ]
        )
        plan, fleet = trips(("v1", 0.0, 0.0, 10.0)), pl.DataFrame([fleet_row()])
        done = simulate(line([0.0, 100.0]), plan, table, vessels=fleet, days=30.0, seed=seed).trucks
        return ((done["due_min"] - done["order_min"]) / 60.0).to_numpy()

    fixed, spread = leads(0.0), leads(0.5)
    assert set(fixed) == {20.0}
    assert len(spread) > 500
    # standard errors: 0.45 h of the mean and some 4 % of the spread
    assert spread.mean() == pytest.approx(20.0, abs=1.5)
    assert spread.std() / spread.mean() == pytest.approx(0.5, abs=0.07)
    assert leads(0.5).tolist() == spread.tolist()
    assert leads(0.5, seed=2).tolist() != spread.tolist()


def test_together_nobody_waits(quay):
    starts, unloads = quay(unload_rule="together")
    assert (starts["b"], unloads) == (400.0, 420.0)
    assert quay(unload_rule=None, unload_alone=False) == (starts, unloads)


def test_by_distance_one_berth_stays_free(quay):
    # of two berths b has one: the delivery may unload beside the other
    starts, unloads = quay(unload_rule="per_berth_distance")
    assert (starts["b"], unloads) == (400.0, 420.0)
    # with one berth it is the rule alone
    starts, unloads = quay(unload_rule="per_berth_distance", berths=1)
    assert (starts["b"], unloads) == (400.0, 469.0)


def test_by_tank_the_other_tank_serves(quay):
    # 36 m3 are left at 420; two tanks of 45 m3 each when full: while one is filled the other holds 36
    starts, unloads = quay(b_departs=130.0, unload_rule="per_tank", tanks=2)
    assert (starts["b"], unloads) == (430.0, 420.0)
    # one tank: as alone
    assert quay(b_departs=130.0, unload_rule="per_tank", tanks=1)[0]["b"] == 450.0
    # half of a tank of 58 m3 holds 26.1, less 2.9 of heel: 24 are wanted: a vessel that need not bunker sails on
    starts, _ = quay(
        b_departs=130.0, unload_rule="per_tank", tanks=2, tank_m3=58.0, tank_start_m3=52.0, reorder_share=0.9
    )
    assert starts["b"] is None


def test_a_delivery_keeps_its_hours_and_the_weather(line, fleet_row, supply_row, trips, quay):
    _, unloads = quay(unload_open_h=8.0, unload_close_h=20.0, unload_rule="together")
    assert unloads == 480.0
    shut = pl.DataFrame({"station": ["quay"], "start_min": [410.0], "end_min": [600.0]})
    fleet, plan = pl.DataFrame([fleet_row(tank_start_m3=17.0)]), trips(("v1", 0.0, 0.0, 100.0))
    for stop, expected in ((True, 600.0), (False, 420.0), (None, 420.0)):
        supply = supply_row(tank_start_m3=60.0, reorder_share=0.6, truck_lead_h=7.0, trucks=1, unload_weather_stop=stop)
        done = simulate(line([0.0, 100.0]), plan, pl.DataFrame([supply]), vessels=fleet, closures=shut, days=1.0)
        assert done.trucks["unload_min"][0] == expected


def test_a_barge_comes_by_its_timetable(quay):
    _, unloads = quay(delivery_interval_h=8.0, unload_rule="together")
    # ordered at 0 with 7 h of lead: the next call of the timetable is at 8 h
    assert unloads == 480.0


def test_stations_by_barge_get_its_load_and_times():
    table = pl.DataFrame(
        {"station": ["a", "b"], "supply": ["barge", None], "truck_m3": [46.0, 46.0], "truck_lead_h": [24.0, 24.0]}
        | {"truck_lead_cv": [0.3, 0.3], "truck_unload_min": [90.0, 90.0]}
    )
    found = by_barge(table, BARGE)
    assert found["truck_m3"].to_list() == [200.0, 46.0]
    assert found["truck_unload_min"].to_list() == [180.0, 90.0]
    assert found["delivery_interval_h"].to_list() == [24.0, None]
    with pytest.raises(DataError, match="a station has supply 'barge', but there are no figures"):
        by_barge(table, None)
    assert by_barge(table.drop("supply"), None).equals(table.drop("supply"))


def test_a_rule_that_a_station_is_too_small_for_is_alone(supply_row):
    def rule(**changes):
        return StationSpec(**supply_row(**changes)).rule

    assert rule(unload_rule="per_tank") is UnloadRule.ALONE
    assert rule(unload_rule="per_tank", tanks=2) is UnloadRule.PER_TANK
    assert rule(unload_rule="per_berth_distance", berths=2) is UnloadRule.PER_BERTH_DISTANCE
    assert rule(unload_alone=False) is UnloadRule.TOGETHER


STATIONS = pl.DataFrame(
    {"station": ["a"], "berths": [1], "tank_m3": [200.0], "open_h": [6.0], "close_h": [22.0], "unload_alone": [True]}
    | {"truck_m3": [46.0], "truck_lead_h": [24.0], "truck_lead_cv": [0.3], "truck_unload_min": [90.0]}
).with_columns(tank_start_m3=pl.lit(None, pl.Float64))


def shown(table, _):
    """Return a service that only a barge and three berths make good, and the rule costs 15 minutes."""
    row = table.row(0, named=True)
    rule = row.get("unload_rule") or "alone"
    wait = 90.0 / row["berths"] + (0.0 if row["truck_m3"] == 200.0 else 40.0) + (15.0 if rule == "alone" else 0.0)
    return Service({"p95_wait_min": Shown(wait)})


def test_sizing_says_what_it_is_met_with_and_the_price_of_each_rule():
    found = size_stations(STATIONS, ["a"], shown, [Goal("p95_wait_min", "<=", 50.0)], barge=BARGE)
    assert found.feasible
    row = found.answer.row(0, named=True)
    assert (row["berths"], row["supply"]) == (3, "barge")
    met, nearest = found.binds[:2]
    assert met.key == "lng_met"
    size = met.figures["sizes"][0].figures
    assert (size["supply"].key, size["berths"].figures["berths"], size["stations"]) == ("by_barge", 3, ("a",))
    assert (nearest.key, nearest.figures["value"].value) == ("lng_nearest_by_truck", 77.5)
    rules = {one.figures["rule"]: one.figures["value"].value for one in found.binds if one.key == "lng_rule"}
    assert set(rules) == set(UnloadRule)
    assert (rules["together"], rules["alone"]) == (30.0, 45.0)
    # what binds at the station as it stands: 90 min a berth, 40 for the truck, 15 for the rule
    today = {one.key: one.figures["value"].value for one in found.binds if one.key.startswith("lng_today")}
    assert today == {
        "lng_today": 145.0,
        "lng_today_all_day": 145.0,
        "lng_today_berth_more": 100.0,
        "lng_today_tank_twice": 145.0,
        "lng_today_unload_together": 130.0,
        "lng_today_by_barge": 105.0,
    }
    # without a barge the search says what is nearest, and the rules have their price too
    alone = size_stations(STATIONS, ["a"], shown, [Goal("p95_wait_min", "<=", 50.0)])
    assert not alone.feasible
    assert (alone.binds[0].key, str(alone.binds[0].figures["goal"])) == ("lng_missed", "p95_wait_min<=50")
    assert sum(one.key == "lng_rule" for one in alone.binds) == len(UnloadRule)
    assert len(GENEROUS) == 4


@pytest.mark.whole
def test_c20_of_2030_a_barge_meets_the_hour_that_trucks_miss():
    county, start, days = load_county("deqing"), dt.date(2030, 3, 4), 14
    today = shipping.stations(county, year=2030)
    own = pl.col("station").is_in(["xijiang-hub", "yuecheng"])
    voyages = shipping.voyages(county, year=2030, start=start, days=days, seed=1, through="fleet")
    river = shipping.waterway(county, start=start, days=days, locks=True)
    vessels = shipping.vessels(county, year=2030, seed=1)

    def p95(supply):
        sized = {"berths": 3, "tank_m3": 500.0, "open_h": 0.0, "close_h": 24.0, "supply": supply}
        changed = (pl.when(own).then(pl.lit(value)).otherwise(name).alias(name) for name, value in sized.items())
        table = today.with_columns(changed)
        table = by_barge(table, BargeParameters.from_county(county))
        calls = simulate(river, shipping.without_double(county, voyages), table, vessels=vessels, days=days).calls
        served = calls.filter(own & (pl.col("outcome") == "served"))
        return served["wait_min"].quantile(0.95)

    # three berths, open all day, the rule that nobody bunkers while a delivery unloads
    assert p95("barge") <= 60.0 < p95("truck")
