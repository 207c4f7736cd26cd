"""Which scenario a command means, and what it suggests next."""

import shutil

import pytest

from data.county import load_county
from data.errors import DataError, ScenarioError
from experiments.runs.plan import prepare
from experiments.scenario.start import default_scenario, load_scenario, next_command


@pytest.fixture
def towns(three_towns):
    return str(three_towns.path)


def test_without_a_scenario_the_countys_default_is_meant(towns):
    assert load_scenario(None).name == "deqing-2025"
    assert load_scenario(None, otherwise="deqing-2030").name == "deqing-2030"
    meant = load_scenario(None, sets=[f"county={towns}"], otherwise="deqing-2030")
    assert (meant.name, meant.title, meant.county) == ("workday", "A working day", towns)


def test_a_folder_of_a_county_is_its_default_scenario(towns):
    meant = load_scenario(towns, sets=["days=3"])
    assert (meant.name, meant.days, meant.county) == ("workday", 3, towns)
    assert load_scenario("deqing").name == "deqing-2025"


def test_another_county_takes_its_own_title(towns):
    other = load_scenario("deqing-2025", sets=[f"county={towns}", "charging.layout=today"])
    assert (other.title, other.purpose) == ("Three inland towns", "")
    assert load_scenario("deqing-2025", sets=["county=deqing"]).title == "An ordinary week of 2025"
    named = load_scenario("deqing-2025", sets=[f"county={towns}", 'title="Mine"'])
    assert named.title == "Mine"


def test_a_county_without_a_default_scenario_says_so(three_towns, tmp_path):
    folder = shutil.copytree(three_towns.path, tmp_path / "towns")
    (folder / "county.toml").unlink()
    with pytest.raises(ScenarioError, match=r"county towns: got no default_scenario in county\.toml"):
        default_scenario(str(folder))
    with pytest.raises(DataError, match="neither a built-in county nor a folder"):
        default_scenario("nowhere")


def test_what_is_suggested_keeps_what_was_set(three_towns, towns):
    scenario = load_scenario(towns)
    assert next_command(scenario, three_towns, [towns], []) == f"xijiang run {towns} --set charging.layout=seat-only"
    sets = [f"county={towns}", "fleet.ebikes=false", "charging.layout=today"]
    assert next_command(load_scenario(None, sets=sets), three_towns, [], sets) == (
        f"xijiang run --set county={towns} --set fleet.ebikes=false --set charging.layout=seat-only"
    )
    other = scenario.with_(charging={"layout": "seat-only"})
    assert next_command(other, three_towns, [towns], []) == f"xijiang run {towns} --set charging.layout=today"


def test_the_built_in_county_suggests_its_own_layout():
    deqing = load_county("deqing")
    text = next_command(load_scenario("deqing-2030"), deqing, ["deqing-2030"], [])
    assert text == "xijiang run deqing-2030 --set charging.layout=population"
    by_population = load_scenario("deqing-2030", sets=["charging.layout=population"])
    assert next_command(by_population, deqing, ["deqing-2030"], []) == "xijiang scenarios"


def test_rail_needs_a_railway(three_towns):
    assert three_towns.has("rail")
    expressway = three_towns.path.parent / "expressway-towns"
    scenario = load_scenario(str(expressway)).with_(fleet={"to_rail_share": 0.1})
    with pytest.raises(ScenarioError, match=r"fleet\.to_rail_share: expressway-towns has no railway"):
        prepare(scenario)
