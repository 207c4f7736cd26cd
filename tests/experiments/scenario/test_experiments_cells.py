"""Figures in the county's tables: one row by its key, several rows within their ranges, shares that go on summing."""

import polars as pl
import pytest

from data.county import load_county
from data.edits import RANGED, cells_of, with_cells
from data.errors import ScenarioError
from data.tables.rules import RANGES
from experiments import Scenario
from experiments.designs.design import parse_axis
from experiments.runs.assumptions.axes import NUMERIC
from experiments.runs.plan import prepare


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


def test_one_row_takes_a_value_and_becomes_an_assumption(county):
    changed = with_cells(county, {"energy_use.tractor.diesel.diesel": 40.0})
    here = (pl.col("vehicle_class") == "tractor") & (pl.col("power") == "diesel")
    assert changed.energy_use.filter(here).select("use_per_100km", "confidence").row(0) == (40.0, "assumption")
    assert changed.energy_use.filter(~here).equals(county.energy_use.filter(~here))
    assert changed.digest != county.digest


@pytest.mark.parametrize(("position", "expected"), [(-1.0, "low"), (0.0, "value"), (1.0, "high"), (0.5, None)])
@pytest.mark.parametrize("table", ["towns", "energy_use", "grid_factors", "through_traffic", "vehicle_classes"])
def test_rows_move_together_within_their_ranges(county, table, position, expected):
    value, low, high = RANGES[table]
    before = county.tables[table]
    after = with_cells(county, {table: position}).tables[table][value].cast(pl.Float64)
    wanted = {"low": before[low], "value": before[value], "high": before[high]}
    between = before[value] + 0.5 * (before[high] - before[value])
    if before.schema[value].is_integer():
        between = between.round()
    assert after.to_list() == pytest.approx(wanted.get(expected, between).cast(pl.Float64).to_list())


@pytest.mark.parametrize("key", ["flow_shares", "flow_shares.private_car", "flow_shares.private_car.bev.2030"])
@pytest.mark.parametrize("end", ["low", "high"])
def test_shares_go_on_summing_to_one(county, key, end):
    cells = cells_of(county, key)
    changed = with_cells(county, {key: getattr(cells, end)}).flow_shares
    sums = changed.group_by("vehicle_class", "year").agg(pl.col("share").sum())["share"]
    assert sums.to_list() == pytest.approx([1.0] * len(sums))
    electric = pl.col("power").is_in(["bev", "phev"]) & (pl.col("vehicle_class") == "private_car")
    now, was = (
        frame.filter(electric & (pl.col("year") == 2030))["share"].sum() for frame in (changed, county.flow_shares)
    )
    assert now < was if end == "low" else now > was
    access = with_cells(county, {"charging_access": cells_of(county, "charging_access").high}).charging_access
    whole = access["home_share"] + access["depot_share"] + access["public_share"]
    assert whole.to_list() == pytest.approx([1.0] * len(whole))


def test_a_road_project_takes_its_links_along(county):
    links = with_cells(county, {"road_projects.deluo": 2033.0}).road_links.filter(pl.col("project") == "deluo")
    before = county.road_links.filter(pl.col("project") == "deluo")["opened_year"]
    opening = county.road_projects.filter(pl.col("project") == "deluo")["opening_year"][0]
    assert links["opened_year"].to_list() == [year + 2033 - opening for year in before]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("energy_us", "no table 'energy_us' with ranges. Did you mean 'energy_use'?"),
        ("energy_use.tracto", "no vehicle_class 'tracto'. Did you mean 'tractor'?"),
        ("energy_use.tractor.diesel.diesel.x", "have the keys vehicle_class, power, carrier"),
        ("fuel_factors.petrol", "slip_share has no range there"),
    ],
)
def test_keys_that_name_nothing(county, key, words):
    with pytest.raises(ScenarioError, match=words.replace("?", r"\?").replace(".", r"\.")):
        cells_of(county, key)


def test_faults_are_listed_with_the_others_of_the_scenario():
    wrong = Scenario.load("deqing-2025", sets=["charging.layout=evn", "tables.energy_use=3", "tables.towns.x=1"])
    with pytest.raises(ScenarioError, match="'evn'") as caught:
        prepare(wrong)
    assert "tables.energy_use: got 3; expected -1 (low ends) to 1 (high ends), because it names 33 rows" in str(
        caught.value
    )
    assert "no town 'x'" in str(caught.value)
    with pytest.raises(ScenarioError, match="expected -1"):
        with_cells(load_county("deqing"), {"energy_use": -2.0})


def test_the_key_of_a_run_counts_them():
    one = Scenario.load("deqing-2025")
    other = one.with_(tables={"energy_use.taxi": 0.5})
    assert prepare(one).key != prepare(other).key
    assert prepare(other).key == prepare(Scenario.load("deqing-2025", sets=["tables.energy_use.taxi=0.5"])).key


def test_every_number_of_a_scenario_is_an_axis(county):
    assert set(NUMERIC) >= {"days", "fleet.to_water_share", "fleet.policy.subsidy_cny", "charging.interval_min"}
    assert not {"figures", "tables", "fleet.ebikes", "name"} & set(NUMERIC)
    for name in RANGED:
        # operators of whom nothing is known have no range
        if county.tables[name][RANGES[name][1]].count():
            axis = parse_axis(f"tables.{name}", county)
            assert (axis.low, axis.high) == (-1.0, 1.0)
    one = parse_axis("tables.energy_use.tractor.diesel.diesel=5", county)
    row = county.energy_use.filter((pl.col("vehicle_class") == "tractor") & (pl.col("power") == "diesel"))
    assert (one.low, one.high, one.count) == (row["low"][0], row["high"][0], 5)
    assert parse_axis("charging.efficiency_dc", county).key == "figures.charging.efficiency_dc"
    with pytest.raises(ScenarioError, match=r"--over tables\.town: tables\.town: no table .town."):
        parse_axis("tables.town", county)
