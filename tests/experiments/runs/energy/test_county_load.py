"""The county's load in a run of the three towns: energy, the fixed demand interval, and grids that can fail by name."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from charging.grid.town_load import CHARGING
from experiments import run
from experiments.runs.energy.county_load import COUNTY_LOAD
from experiments.runs.plan import prepare
from experiments.runs.replicate import simulate_once
from experiments.scorecard.evidence import Evidence
from experiments.scorecard.score import score
from fleet.private_charging.chargers import PrivateChargers
from fleet.private_charging.plug_ins import plug_ins

QUESTION = {
    "target": "G9",
    "measure": "grids of the towns",
    "metric": "transformer_peak_share",
    "comparator": "<=",
    "value": 1.0,
    "unit": "share",
    "year": 2030,
    "source": "X1",
    "confidence": "plan",
}


@pytest.fixture(scope="module")
def scenario(small_scenario):
    return small_scenario.with_(year=2030, start=dt.date(2030, 6, 3))


@pytest.fixture(scope="module")
def result(scenario, tmp_path_factory):
    return run(scenario, replications=2, out=tmp_path_factory.mktemp("energy") / "run")


@pytest.fixture(scope="module")
def case(scenario):
    return prepare(scenario, replications=1).case


def test_every_metered_kwh_of_the_run_stands_in_one_cell(result, case):
    load = result.tables["town_load"]
    assert not load.select("replication", "town", "start_min").is_duplicated().any()
    public = load["public_kw"].sum() / 4.0
    assert public == pytest.approx(result.tables["sessions"]["meter_kwh"].sum(), rel=1e-9)
    assert public == pytest.approx(result.tables["load"]["meter_kwh"].sum(), rel=1e-9)
    assert set(load["town"]) == {"anping", "liuhe", "shiqiao"}
    assert min(load[name].sum() for name in ("home_kw", "depot_kw", "work_kw", "public_kw")) > 0.0
    balance = result.tables["energy_balance"]
    factor = case.county.figure("charging.efficiency_ac")
    # a day: what the night before brings in and what is drawn after it are of the same order
    home = load["home_kw"].sum() / 4.0 * factor
    assert home == pytest.approx(balance["home_kwh"].sum(), rel=0.6)
    assert home > balance["home_kwh"].sum()


def test_the_balance_of_energy_closes(result):
    balance = result.tables["energy_balance"]
    gap = balance.select(
        pl.sum_horizontal("driven_kwh", "taken_away_kwh")
        - pl.sum_horizontal("home_kwh", "depot_kwh", "work_kwh", "public_kwh", "swap_kwh", "outside_kwh")
        + pl.col("battery_change_kwh")
    ).to_series()
    assert gap.abs().max() < 1e-9 * balance["driven_kwh"].max()
    got = result.tables["sessions"]["energy_kwh"].sum()
    assert balance["public_kwh"].sum() - balance["lost_kwh"].sum() == pytest.approx(got, rel=1e-9)
    assert {"private_car", "motorcycle"} <= set(balance["vehicle_class"])
    assert "phev" in set(balance["power"])


def test_a_car_charges_a_few_kwh_a_day_at_home(result):
    cars = result.tables["energy_balance"].filter(vehicle_class="private_car", power="bev")
    assert 2.0 < (cars["home_kwh"] / cars["vehicles"]).mean() < 6.0


def test_the_demand_interval_does_not_depend_on_the_load_table_or_the_days(scenario, case):
    usual = simulate_once(case, 0)
    for minutes in (5.0, 60.0):
        charging = scenario.charging.model_copy(update={"interval_min": minutes})
        other = simulate_once(prepare(scenario.with_(charging=charging), replications=1).case, 0)
        # sums of other parts of the same hour round otherwise
        assert_frame_equal(other["grid"], usual["grid"], rel_tol=1e-9)
        kept = [name for name in usual["town_load"].columns if name not in {"public_kw", "storage_kw"}]
        assert other["town_load"].select(kept).equals(usual["town_load"].select(kept))
        gap = (other["town_load"]["public_kw"] - usual["town_load"]["public_kw"]).abs()
        assert gap.max() < 1e-9
    longer = simulate_once(prepare(scenario.with_(days=3), replications=1).case, 0)
    steps = longer["town_load"].filter(town="anping")["start_min"].diff().drop_nulls()
    assert set(steps) == {15.0}
    metered = case.county.with_figures({"charging.demand_interval_min": 30.0})
    half = simulate_once(replace(case, county=metered), 0)
    assert set(half["town_load"].filter(town="anping")["start_min"].diff().drop_nulls()) == {30.0}
    assert half["grid"]["charging_peak_kw"].max() <= usual["grid"]["charging_peak_kw"].max() + 1e-9


def _asked(case, tables, *, replications=1):
    county = case.county.with_table(
        "targets", pl.DataFrame([QUESTION], schema=case.county.targets.schema, orient="row")
    )
    run_tables = {**tables, "layout": case.layout}
    scenario = case.scenario.with_(replications=replications)
    found = score(Evidence(scenario, county, run_tables))
    return found["scorecard"].row(0, named=True), found["facts"]


def test_a_town_with_a_small_transformer_fails_by_name(case):
    rows = {"town": ["liuhe", "liuhe"], "feeder": ["f1", "f1"], "transformer": ["t1", "t2"], "kva": [800.0, 400.0]}
    given = pl.DataFrame(rows).with_columns(source=pl.lit("X1"), confidence=pl.lit("official"))
    schema = case.county.feeders.schema
    feeders = given.select([pl.col(name) if name in given.columns else pl.lit(None).alias(name) for name in schema])
    small = replace(case, county=case.county.with_table("feeders", feeders.cast(pl.Schema(schema))))
    both = [simulate_once(small, number) for number in range(2)]
    tables = {name: pl.concat([one[name] for one in both]) for name in both[0]}
    row, facts = _asked(small, tables, replications=2)
    assert row["verdict"] == "missed"
    # the town's grid is known, so that chance alone is left
    assert row["sampling_low"] > 1.0
    full = facts.filter(fact="fullest_town_peak_share")
    assert full["key"].item() == "liuhe"
    assert full["value"].item() == pytest.approx(row["value"], rel=0.02)
    assert "liuhe" in set(facts.filter(fact="over_100_min")["key"])
    assert facts.filter(fact="full_from_year", key="liuhe")["value"].item() == 2030.0
    hosting = tables["hosting"].filter(pl.col("transformer") == "t1", year=2030)
    assert hosting["headroom_kw"].max() < 0.0
    assert hosting["vehicles_limit"].to_list() == [0.0, 0.0]


def test_a_range_over_the_limit_stays_open_and_a_certain_grid_is_met(case):
    tables = simulate_once(case, 0)
    row, facts = _asked(case, tables)
    assert 0.4 < row["value"] < 1.0
    assert row["assumption_low"] < row["value"] < row["assumption_high"]
    assert facts.filter(fact="towns_assumed")["value"].item() == 3.0
    wide = case.county.town_grid.with_columns(low=0.4 * pl.col("capacity_kw"))
    spans = replace(case, county=case.county.with_table("town_grid", wide))
    assert _asked(spans, simulate_once(spans, 0))[0]["reason"] == "range spans the limit"
    narrow = case.county.town_grid.with_columns(low=pl.col("capacity_kw"), high=pl.col("capacity_kw"))
    known = replace(case, county=case.county.with_table("town_grid", narrow))
    assert _asked(known, simulate_once(known, 0))[0]["assumption_high"] is None


def test_a_county_without_private_chargers_says_so_instead_of_half_a_load(case):
    none = replace(case, county=case.county.with_table("private_chargers", case.county.private_chargers.clear()))
    tables = simulate_once(none, 0)
    assert all(tables[name].height == 0 for name in COUNTY_LOAD)
    row, _ = _asked(none, tables)
    assert row["verdict"] in {"open", "met"}


def test_a_scenario_without_its_towns_charges_nothing_at_home(scenario):
    only = scenario.with_(fleet=scenario.fleet.model_copy(update={"towns": False}))
    tables = simulate_once(prepare(only, replications=1).case, 0)
    assert tables["town_load"].select(pl.sum_horizontal(CHARGING).sum()).item() == 0.0
    assert tables["energy_balance"].height == 0
    assert plug_ins((), PrivateChargers({}), seed=1).height == 0


def test_vehicles_that_swap_load_the_grid_where_the_swap_station_stands(scenario):
    case = prepare(scenario.with_(days=2), replications=1).case
    trucks = case.county.swap_stations.with_columns(
        vehicle_classes=pl.lit("taxi|tractor"), battery_kwh=282.0, charger_kw=240.0
    )
    tables = simulate_once(replace(case, county=case.county.with_table("swap_stations", trucks)), 0)
    swapped = tables["energy_balance"]["swap_kwh"].sum()
    by_town = dict(tables["town_load"].group_by("town").agg(pl.col("swap_kw").sum() / 4.0).iter_rows())
    assert swapped > 0.0
    assert {town for town, energy in by_town.items() if energy > 0.0} == {"anping"}
    # batteries come back to the ready SOC, at the efficiency of the station
    station = trucks.row(0, named=True)
    assert by_town["anping"] == pytest.approx(swapped / station["efficiency"], rel=0.25)
