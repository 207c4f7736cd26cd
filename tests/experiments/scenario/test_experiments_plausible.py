"""``--set`` through the rules of the tables: what cannot be is a fault that names the option, the unusual a warning."""

import pytest

from data.edits import unusual_values, with_cells
from data.errors import DataError, ScenarioError, UnusualWarning
from experiments import Scenario
from experiments.runs.plan import prepare

IMPOSSIBLE = [
    ("figures.charging.los_wait_min=-5", r"figures.charging.los_wait_min: got -5; expected a number from 0 to 10,080"),
    ("figures.carbon.pkm_to_tkm_road=-1", "figures.carbon.pkm_to_tkm_road: got -1; expected"),
    ("figures.charging.efficiency_dc=0", r"figures.charging.efficiency_dc: got 0; expected a number from 0.05 to 1"),
    ("figures.charging.wait_weight=1e300", "figures.charging.wait_weight: got 1e"),
    ("tables.energy_prices.petrol=-3", r"tables.energy_prices.petrol: got -3; expected a number from .* \(CNY per"),
    ("tables.town_grid.liuhe=-5", r"tables.town_grid.liuhe: got -5; expected a number from .* \(kW\)"),
    ("tables.towns.liuhe=1e12", r"tables.towns.liuhe: got 1e\+12; expected a number from .* \(people\)"),
    ("tables.energy_use.private_car.bev.electricity=-10", "electricity: got -10; expected a number from"),
    ("tables.fleet_stock.bus.2025=1e300", r"tables.fleet_stock.bus.2025: got 1e\+300"),
    ("tables.road_projects.ring=1e30", r"tables.road_projects.ring: got 1e\+30; expected a whole number from 1,900"),
]


@pytest.mark.parametrize(("override", "words"), IMPOSSIBLE, ids=[override for override, _ in IMPOSSIBLE])
def test_what_cannot_be_is_a_fault_that_names_the_option(small_scenario, three_towns, override, words):
    project = three_towns.road_projects["project"][0]
    override, words = (text.replace("road_projects.ring", f"road_projects.{project}") for text in (override, words))
    with pytest.raises(ScenarioError, match=words):
        prepare(small_scenario.apply_sets([override]))


def test_all_impossible_values_are_listed(small_scenario):
    sets = ["figures.charging.los_wait_min=-5", "tables.energy_prices.petrol=-3"]
    with pytest.raises(ScenarioError, match=r"los_wait_min: got -5(.|\n)*petrol: got -3"):
        prepare(small_scenario.apply_sets(sets))


def test_a_county_takes_no_impossible_figure_from_a_notebook_either(three_towns):
    with pytest.raises(DataError, match=r"figures.charging.efficiency_dc: got 0; expected"):
        three_towns.with_figures({"charging.efficiency_dc": 0.0})
    with pytest.raises(ScenarioError, match=r"tables.energy_prices.petrol: got -3; expected"):
        with_cells(three_towns, {"energy_prices.petrol": -3.0})


def test_values_outside_their_range_are_warnings(small_scenario, three_towns):
    with pytest.warns(UnusualWarning) as told:
        prepare(small_scenario.apply_sets(["figures.charging.los_wait_min=45", "tables.energy_prices.petrol=20"]))
    assert [str(item.message).partition(": ")[2].split(":")[0] for item in told] == [
        "figures.charging.los_wait_min",
        "tables.energy_prices.petrol",
    ]
    inside = {"charging.los_wait_min": three_towns.figure("charging.los_wait_min")}
    assert unusual_values(three_towns, inside, {"energy_prices": 1.0}) == []


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("charging.module_kw=1e-300", "charging.module_kw: got 1e-300; expected at least 0.1"),
        ("charging.interval_min=1e-5", "charging.interval_min: got 1e-05; expected at least 1"),
        ("charging.interval_min=1e-300", "charging.interval_min: got 1e-300; expected at least 1"),
        ("charging.interval_min=1e6", "charging.interval_min: got 1000000.0; expected at most 1440"),
        ("charging.wait_weight=1e300", "charging.wait_weight: got 1e\\+300; expected at most 1000"),
        ("seed=9223372036854775808", "seed: got 9223372036854775808; expected at most 9.22337e\\+18"),
        ("charging=" + "[" * 5000, "charging: got '\\[\\["),
    ],
)
def test_settings_that_would_hang_are_refused(override, words):
    with pytest.raises(ScenarioError, match=words):
        Scenario.load("deqing-2025", sets=[override])


def test_a_file_nested_too_deep_is_refused_in_a_line(tmp_path):
    file = tmp_path / "deep.toml"
    file.write_text("year = " + "[" * 5000, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"deep.toml: brackets are nested too deep"):
        Scenario.load(file)
