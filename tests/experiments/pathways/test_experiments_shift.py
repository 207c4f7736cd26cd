"""Freight that moves: tonnes conserved, t km by each mode's way, and trucks, plugs, berths, lock and fuel with it."""

import datetime as dt

import polars as pl
import pytest

import fleet
import shipping
from data import DataError, ScenarioError, load_county
from experiments.pathways.modal_shift import (
    FreightWays,
    added_freight,
    carbon_accounts,
    freight_table,
    river_with_freight,
    stock_left,
)
from experiments.runs.execute import run
from experiments.scenario.model import Scenario
from shipping.ports.terminals import terminal_calls
from shipping.traffic.added_freight import AddedFreight, with_freight

HEAVY = ["rigid_truck", "tractor"]


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


@pytest.fixture(scope="module")
def stock(county):
    return fleet.stock(county)


@pytest.fixture(scope="module")
def shift():
    return Scenario.load("deqing-2030-shift")


@pytest.fixture(scope="module")
def table(shift, county, stock):
    return freight_table(shift, county, stock, years=[2020, 2025, 2027, 2030])


def test_tonnes_are_conserved_and_each_mode_goes_its_own_way(table, county):
    assert table["tkm"].to_list() == pytest.approx((table["tonnes"] * table["way_km"]).to_list())
    mode = pl.col("mode")
    for (year,), rows in table.group_by("year"):
        before = rows.filter(part="without")["tonnes"].item()
        # a tonne by water or rail is counted on its ship or train, not again on the trucks at both ends
        chains = rows.filter((pl.col("part") == "stays") | ((pl.col("part") == mode) & (pl.col("part") != "without")))
        assert chains["tonnes"].sum() == pytest.approx(before), year
    last = {
        (part, mode): way for part, mode, way in table.filter(year=2030).select("part", "mode", "way_km").iter_rows()
    }
    ways = FreightWays.from_county(county)
    assert last["stays", "road"] == last["without", "road"] == 177.0
    assert last["water", "road"] == ways.to_terminal_km
    assert last["rail", "road"] == ways.to_station_km
    assert last["rail", "rail"] == pytest.approx(1.1 * 177.0)
    # 80 % down from the terminals to Guangzhou, 20 % up to Guigang
    open_now = county.terminals.filter("in_county")
    at = (open_now["chainage_km"] * open_now["capacity_mt_year"]).sum() / open_now["capacity_mt_year"].sum()
    assert last["water", "water"] == pytest.approx(0.8 * (331 - at) + 0.2 * (at + 266.5))


def test_the_shift_is_ramped(table):
    water = dict(table.filter(part="water", mode="water").select("year", "tonnes").iter_rows())
    without = dict(table.filter(part="without").select("year", "tonnes").iter_rows())
    assert set(water) == {2027, 2030}
    assert water[2027] / without[2027] == pytest.approx(0.2 * 2 / 5)
    assert water[2030] / without[2030] == pytest.approx(0.2)


def test_the_chain_emits_less_with_the_plan_and_each_measure_has_its_part(table):
    now = table.filter(year=2030)
    for column in ("a_tco2", "b_tco2", "c_tco2e"):
        by_part = dict(now.group_by("part").agg(pl.col(column).sum()).iter_rows())
        left = by_part["without"] - by_part["stays"]
        assert by_part["stays"] + by_part["water"] + by_part["rail"] < by_part["without"]
        # a fifth and a tenth of all: what each measure saves is its trucks less its own chain
        assert by_part["water"] < left * 2 / 3
        assert by_part["rail"] < left / 3
    assert now.filter(mode="rail")["a_tco2"].item() == 0.0
    rail = now.filter(mode="rail").row(0, named=True)
    assert rail["b_tco2"] == pytest.approx(rail["tkm"] * 8e-6)


def test_trucks_leave_and_the_balance_of_the_stock_holds(shift, county, stock):
    left = stock_left(shift, county, stock)
    assert left.filter(pl.col("year") <= 2025).equals(stock.filter(pl.col("year") <= 2025))
    others = ~pl.col("vehicle_class").is_in(HEAVY)
    assert left.filter(others).equals(stock.filter(others))
    gone = 0.2 * (1 - 30 / 177) + 0.1 * (1 - 40 / 177)
    for year, part in ((2026, gone / 5), (2030, gone), (2035, gone)):
        both = (frame.filter(~others & (pl.col("year") == year))["vehicles"].sum() for frame in (stock, left))
        before, after = both
        assert after == pytest.approx(before * (1 - part))
    keys = ["vehicle_class", "power"]
    balance = (
        pl.col("vehicles").shift(1).over(keys, order_by="year") + pl.col("new_vehicles") - pl.col("scrapped_vehicles")
    )
    gap = left.with_columns(gap=balance - pl.col("vehicles")).filter(pl.col("year") > 2015)["gap"].abs()
    assert gap.max() < 1e-6


def test_accounts_lose_on_the_road_and_gain_on_the_river(shift, county, stock):
    plain = Scenario.load("deqing-2030")
    before, after = (carbon_accounts(one, county, stock, years=[2020, 2030]) for one in (plain, shift))
    assert before.filter(year=2020).equals(after.filter(year=2020))
    keys = {"series": "a", "grid": "frozen", "year": 2030}
    ship = [frame.filter(mode="ship", **keys).row(0, named=True) for frame in (before, after)]
    added = added_freight(shift, county, stock, year=2030)
    assert ship[1]["converted_turnover_tkm"] - ship[0]["converted_turnover_tkm"] == pytest.approx(added.tkm)
    assert ship[1]["intensity_g_per_tkm"] == ship[0]["intensity_g_per_tkm"]
    road = [frame.filter(mode="road", boundary="narrow", **keys)["emissions_t"].item() for frame in (before, after)]
    assert road[1] < 0.8 * road[0]
    assert road[0] - road[1] > ship[1]["emissions_t"] - ship[0]["emissions_t"]


def test_berths_voyages_lock_and_lng_fleet_carry_it(shift, county, stock):
    added = added_freight(shift, county, stock, year=2030)
    busier = river_with_freight(county, added, year=2030)
    days = {"year": 2030, "days": 365, "seed": 5}
    calls = [terminal_calls(one, **days)["cargo_t"].sum() for one in (county, busier)]
    assert calls[1] - calls[0] == pytest.approx(added.tonnes, rel=0.5)
    assert busier.figure("river.lng_fleet_vessels") > county.figure("river.lng_fleet_vessels")
    drawn = added.voyages(county, start=dt.date(2030, 1, 1), **days)
    assert drawn["cargo_t"].sum() == pytest.approx(added.tonnes, rel=0.1)
    through_the_lock = drawn.filter(pl.col("to_km") < 0.0)["cargo_t"].sum()
    assert through_the_lock / drawn["cargo_t"].sum() == pytest.approx(0.2, abs=0.04)
    assert drawn.filter(load_share=0.0).height == pytest.approx(drawn.height / 2, rel=0.2)
    plain = shipping.voyages(county, year=2030, start=dt.date(2030, 3, 1), days=1, seed=5)
    both = with_freight(plain, added.voyages(county, year=2030, start=dt.date(2030, 3, 1), days=1, seed=5))
    assert both.height > plain.height
    assert both["voyage_id"].to_list() == list(range(both.height))


def test_more_than_the_terminals_hold_and_rivers_that_are_not_there_are_refused(county, small_scenario):
    too_much = AddedFreight(30e6, 0.2, 135.0, -266.5, 331.0)
    with pytest.raises(ScenarioError, match=r"30\.00 Mt more in 2030 would fill the open terminals to 13\d%"):
        river_with_freight(county, too_much, year=2030)
    closed = county.with_table("terminals", county.terminals.clear())
    with pytest.raises(DataError, match="no terminal is open in 2030"):
        AddedFreight.from_county(closed, 1.0, 0.2, year=2030)
    with pytest.raises(ScenarioError, match="three-towns has no river; leave it out, or move freight to rail"):
        run(small_scenario.with_(fleet={"to_water_share": 0.2}))


@pytest.mark.slow
@pytest.mark.whole
def test_a_run_with_the_shift_changes_sessions_stock_terminals_and_calls():
    scenarios = [Scenario.load(name).with_(days=2) for name in ("deqing-2030", "deqing-2030-shift")]
    plain, moved = (run(one, replications=1) for one in scenarios)
    for name in ("sessions", "stock", "calls", "terminals", "vessels", "load", "freight", "outlook"):
        assert not plain.tables[name].equals(moved.tables[name]), name
    heavy = pl.col("vehicle_class").str.split("/").list.first().is_in(HEAVY)
    before, after = (one.tables["sessions"].filter(heavy)["energy_kwh"].sum() for one in (plain, moved))
    assert after < before
