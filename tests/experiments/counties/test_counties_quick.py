"""``quick``: a first answer from three figures."""

import json
import re

import polars as pl
import pytest

import fleet
from data.county import load_county
from data.errors import DataError, ScenarioError
from data.tables.county_check import check_county
from experiments.counties.quick import CASES, quick
from experiments.scenario.start import load_scenario


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return quick(residents=8000, evs=250, year=2030, towns=2, folder=tmp_path_factory.mktemp("quick") / "mine")


def test_low_central_and_high_are_in_order(found):
    table = found.summary
    assert table["case"].to_list() == list(CASES)
    assert table["evs"][1] == pytest.approx(250.0, abs=0.5)
    for column in ("requests_per_day", "public_kwh_per_day", "ev_t_year", "replaced_t_year", "saved_t_year"):
        low, central, high = table[column]
        assert 0.0 < low < central < high
    # whole piles by greedy steps: a case with less demand may end with a gun more
    assert table["guns"][0] <= table["guns"][1] + 1 <= table["guns"][2]
    assert (table["piles"] >= 2 * 2).all()


def test_the_criteria_of_service_hold_in_each_case(found):
    assert (found.summary["late_share"] <= 0.1).all()
    assert (found.summary["unserved_share"] <= 0.01).all()


def test_the_load_by_hour_is_the_energy_of_a_day(found):
    assert found.load["hour"].to_list() == list(range(24))
    # the day's energy, but for charges that run on after the last midnight
    assert float(found.load["central_kw"].sum()) == pytest.approx(found.summary["public_kwh_per_day"][1], rel=0.05)


def test_tonnes_by_hand(found):
    """Electricity of all vehicles but two-wheelers at the meter, at the grid factor of the year."""
    county = load_county(found.folder)
    stock = fleet.stock(county).filter((pl.col("year") == 2030) & (pl.col("power") == "bev"))
    use = county.energy_use.filter(pl.col("power") == "bev").select("vehicle_class", "use_per_100km")
    driven = stock.join(use, on="vehicle_class").filter(pl.col("vehicle_class") != "motorcycle")
    kwh = float((driven["vehicles"] * driven["km_per_vehicle"] / 100.0 * driven["use_per_100km"]).sum())
    meter_kwh = kwh / county.figure("charging.efficiency_dc")
    assert found.summary["ev_t_year"][1] == pytest.approx(meter_kwh * 0.46 / 1000.0, rel=0.05)


def test_it_is_kept_as_a_county_that_runs(found):
    assert check_county(found.folder) == []
    scenario = load_scenario(str(found.folder))
    assert (scenario.year, scenario.charging.layout) == (2030, "sized")
    piles = load_county(found.folder).layout("sized")["piles"].sum()
    assert piles == found.summary["piles"][1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"evs": 1e6}, "--evs: got 1,000,000; expected 1 to"),
        ({"evs": 0}, "--evs: got 0; expected 1 to"),
        ({"residents": 5}, "--residents: got 5; expected 100 to"),
        ({"year": 2050}, "--year: got 2050; expected 2020 to 2035"),
        ({"towns": 0}, "--towns: got 0; expected 1 to 100"),
    ],
)
def test_what_cannot_be_answered_leaves_nothing_behind(tmp_path, change, words):
    given = {"residents": 8000, "evs": 250, "year": 2030, "towns": 2} | change
    with pytest.raises(ScenarioError, match=re.escape(words)):
        quick(**given, folder=tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match="exists already"):
        quick(residents=8000, evs=250, year=2030, towns=2, folder=tmp_path / "mine")
    assert (tmp_path / "mine").is_dir()


def test_the_command(xijiang):
    given = ("quick", "--residents", "3000", "--evs", "60", "--year", "2025", "--towns", "1")
    code, out, err = xijiang(*given, "--county", "kept")
    assert (code, err) == (0, "")
    assert "CO2 saved, t a year" in out
    assert "xijiang county check kept" in out
    assert max(map(len, out.splitlines())) <= 80
    said = json.loads(xijiang(*given, "--json")[1])
    assert [row["case"] for row in said["cases"]] == list(CASES)
    assert len(said["load"]) == 24
