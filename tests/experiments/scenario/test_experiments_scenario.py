"""Scenarios: inheritance, overrides, and faults that are all named at once."""

import datetime as dt

import pytest
from pydantic import ValidationError

import experiments
from data.errors import ScenarioError
from experiments.scenario.files import shipped
from experiments.scenario.model import Scenario, from_json, scenarios


def write(folder, name, text):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_scenario_loads_and_says_what_it_is_for():
    found = {scenario.name: scenario for scenario in scenarios()}
    assert "deqing-2025" in found
    assert set(found) == set(shipped())
    assert all(scenario.title and scenario.purpose for scenario in found.values())


def test_the_default_is_an_ordinary_week_of_2025():
    scenario = Scenario.load("deqing-2025")
    assert (scenario.start, scenario.days, scenario.replications) == (dt.date(2025, 11, 10), 7, 10)
    assert scenario.charging.layout == "plan-2025"


def test_a_scenario_inherits_and_overrides_section_by_section(tmp_path):
    write(tmp_path, "base", 'based_on = "deqing-2025"\n[charging]\nlayout = "even"\n')
    path = write(tmp_path, "mine", 'based_on = "base.toml"\n[charging]\nmax_tries = 2\n')
    scenario = Scenario.load(path)
    assert (scenario.name, scenario.charging.layout, scenario.charging.max_tries) == ("mine", "even", 2)
    assert scenario.year == 2025


def test_a_scenario_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Scenario.load("deqing-2025").year = 2030


def test_scenarios_based_on_each_other_are_refused(tmp_path):
    write(tmp_path, "one", 'based_on = "two.toml"\n')
    write(tmp_path, "two", 'based_on = "one.toml"\n')
    with pytest.raises(ScenarioError, match=r"in a circle: one\.toml -> two\.toml -> one\.toml"):
        Scenario.load(tmp_path / "one.toml")


@pytest.mark.parametrize("base", ["", "nowhere", "deqing-2026"])
def test_a_base_that_is_not_there_is_refused_where_it_is_named(tmp_path, base):
    with pytest.raises(ScenarioError, match=rf"one\.toml: based_on: scenario '{base}': neither a shipped scenario nor"):
        Scenario.load(write(tmp_path, "one", f'based_on = "{base}"\n'))


def test_a_file_that_is_not_toml_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"bad\.toml: not a TOML file: .*line 1"):
        Scenario.load(write(tmp_path, "bad", "year 2025"))


def test_an_unknown_scenario_names_the_nearest():
    with pytest.raises(ScenarioError, match=r"neither a shipped scenario nor a file\. Did you mean 'deqing-2025'"):
        Scenario.load("deqing-2052")


def test_an_unknown_key_names_the_nearest_and_the_file(tmp_path):
    path = write(tmp_path, "mine", 'based_on = "deqing-2025"\n[charging]\nlayot = "even"\n')
    expected = r"mine\.toml: charging\.layot is not a known key\. Did you mean 'layout'\? Known: layout, requests"
    with pytest.raises(ScenarioError, match=expected):
        Scenario.load(path)


def test_all_faults_are_listed_with_their_origin(tmp_path):
    path = write(tmp_path, "mine", 'based_on = "deqing-2025"\ndays = "seven"\nyer = 2025\n')
    with pytest.raises(ScenarioError, match="3 faults") as caught:
        Scenario.load(path, sets=["charging.information=nearset"])
    text = str(caught.value)
    assert "mine.toml: days: got 'seven'; expected a whole number." in text
    assert "mine.toml: yer is not a known key. Did you mean 'year'?" in text
    assert "--set: charging.information: got 'nearset'; expected 'nearest', 'arrival' or 'live'. Did you mean" in text


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("days=0", "days: got 0; expected at least 1"),
        ("days=2.5", "days: got 2.5; expected a whole number"),
        ("days=true", "days: got true; expected a whole number"),
        ("fleet=3", "fleet: got 3; expected a section with keys"),
        ("shipping.stations=yuecheng", "shipping.stations: got 'yuecheng'; expected a list of names"),
        ("start=2025-13-01", "start: got '2025-13-01'; expected a date"),
        ("charging.wait_weight=-1", "charging.wait_weight: got -1; expected at least 0"),
        ("figures.charging.max_tries=many", "figures.charging.max_tries: got 'many'; expected a number"),
        ("figures.x=nan", "figures.x: got nan; expected a finite number"),
        ("name=''", "name: got ''; expected text that is not empty"),
        ("year=2030", "start: got 2025-11-10; expected a day of year = 2030. Set both."),
    ],
)
def test_wrong_values_are_named(override, words):
    with pytest.raises(ScenarioError) as caught:
        Scenario.load("deqing-2025", sets=[override])
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("days", "expected key=value"),
        ("=3", "expected key=value"),
        ("charging..layout=even", "expected key=value"),
        ("based_on=deqing-2030", "name another scenario instead"),
    ],
)
def test_an_override_that_is_none_is_refused(override, message):
    with pytest.raises(ScenarioError, match=message):
        Scenario.load("deqing-2025", sets=[override])


def test_overrides_that_contradict_each_other_are_refused():
    with pytest.raises(ScenarioError, match="'charging' is set to a value by another --set"):
        Scenario.load("deqing-2025", sets=["charging=3", "charging.layout=even"])


def test_overrides_read_toml_values_and_bare_words():
    scenario = Scenario.load("deqing-2025").apply_sets(
        ["charging.layout=population", 'shipping.stations=["yuecheng"]', "figures.charging.max_tries=2", "seed=9"]
    )
    assert scenario.charging.layout == "population"
    assert scenario.shipping.stations == ("yuecheng",)
    assert scenario.figures == {"charging.max_tries": 2.0}
    assert scenario.seed == 9


def test_values_by_key_are_what_their_text_would_be():
    base = Scenario.load("deqing-2025")
    values = {
        "figures.charging.max_tries": 0.1 + 0.2,
        "tables.energy_prices": -1.0 / 3.0,
        "charging.wait_weight": 1e-7,
        "year": 2027,
    }
    moved = base.with_values({**values, "start": dt.date(2027, 1, 1)})
    said = [*(f"{key}={value!r}" for key, value in values.items()), 'start="2027-01-01"']
    assert moved == base.apply_sets(said) != base
    with pytest.raises(ScenarioError, match="dayz is not a known key"):
        base.with_values({"dayz": 3})
    with pytest.raises(ScenarioError, match="name another scenario instead"):
        base.with_values({"based_on": "deqing-2030"})


def test_figures_may_be_written_as_tables_or_quoted_keys(tmp_path):
    text = 'based_on = "deqing-2025"\n[figures]\n"charging.max_tries" = 2\nriver.max_queue = 1\n'
    assert Scenario.load(write(tmp_path, "mine", text)).figures == {"charging.max_tries": 2.0, "river.max_queue": 1.0}


def test_with_merges_sections_and_refuses_unknown_keys():
    base = Scenario.load("deqing-2025")
    assert base.with_(charging={"max_tries": 2}).charging.layout == "plan-2025"
    assert base.with_(start="2025-12-01").start == dt.date(2025, 12, 1)
    with pytest.raises(ScenarioError, match=r"scenario .*: dayz is not a known key\. Did you mean 'days'"):
        base.with_(dayz=3)


def test_paths_in_a_file_start_from_its_folder(tmp_path):
    text = 'based_on = "deqing-2025"\ncounty = "./tables"\n[charging]\nlayout = "mine.csv"\n'
    scenario = Scenario.load(write(tmp_path, "mine", text))
    assert scenario.county == str(tmp_path / "tables")
    assert scenario.charging.layout == str(tmp_path / "mine.csv")


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(ScenarioError, match=r"mine\.toml: start is missing"):
        Scenario.load(write(tmp_path, "mine", "year = 2025\n"))


def test_json_goes_there_and_back_and_nothing_else_is_taken():
    scenario = Scenario.load("deqing-2030-one-lng-station")
    assert from_json(scenario.model_dump_json()) == scenario
    with pytest.raises(ScenarioError, match="JSON of a scenario: start is missing"):
        from_json("{}")
    with pytest.raises(ScenarioError, match=r"^JSON of a scenario: got 'nothing'; expected JSON"):
        from_json("nothing")


def test_the_package_names_what_it_has():
    assert experiments.Scenario is Scenario
    with pytest.raises(AttributeError, match="no attribute 'sizes'"):
        _ = experiments.sizes
