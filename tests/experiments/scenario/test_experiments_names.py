"""Names of scenarios, layouts and counties become paths: those that lead elsewhere are refused first."""

import json
import re

import pytest

from data.errors import ScenarioError
from experiments.scenario.files import NAME, REFERENCE
from experiments.scenario.model import Scenario, from_json

ESCAPES = ["../../x", "/abs/x", "..", "a/b", "a\\b", ".x", "-x", "x."]
BAD = [*ESCAPES, "a" * 300, "a\0b", "a\nb", "a\n", "a\x1b", "a b", "名", "<b>x"]
GOOD = ["deqing-2025", "x", "A_1", "v1.2", "a" * 64, "7"]


def toml(folder, **keys):
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]  # its escapes are TOML's
    file = folder / "mine.toml"
    file.write_text("\n".join(['based_on = "deqing-2025"', *lines]), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_may_lead_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(ScenarioError, match=r"mine\.toml: name: got '.*; expected at most 64 letters"):
        Scenario.load(toml(tmp_path, name=name))
    with pytest.raises(ScenarioError, match=r"--set: name: got '.*; expected at most 64 letters"):
        Scenario.load("deqing-2025", sets=[f"name={json.dumps(name)}"])
    manifest = Scenario.load("deqing-2025").model_copy(update={"name": name}).model_dump_json()
    with pytest.raises(ScenarioError, match=r"manifest\.json: name: got '.*; expected at most 64 letters"):
        from_json(manifest, origin="manifest.json")


@pytest.mark.parametrize("name", GOOD)
def test_an_ordinary_name_is_taken(tmp_path, name):
    assert Scenario.load(toml(tmp_path, name=name)).name == name


@pytest.mark.parametrize("name", ["a" * 300, "a\0.csv", "a/\nb.csv", "a\x1b", "a b", "..x", "<b>"])
def test_layouts_and_counties_are_names_or_paths(name):
    for key in ("county", "charging.layout"):
        changes = {"county": name} if key == "county" else {"charging": {"layout": name}}
        with pytest.raises(ScenarioError, match=rf"{key}: got '.*; expected a path, or a name of at most 64"):
            Scenario.load("deqing-2025").with_(**changes)


@pytest.mark.parametrize("path", ["mine.csv", "布局.csv", "../x/my layout.csv", "/abs/x", "C:\\x\\y", "even"])
def test_paths_of_layouts_stay_allowed(path):
    assert Scenario.load("deqing-2025").with_(charging={"layout": path}).charging.layout == path


def test_a_control_character_in_a_path_of_a_file_is_a_fault_too(tmp_path):
    with pytest.raises(ScenarioError, match=r"county: got '/a\\x00b'; expected a path"):
        Scenario.load(toml(tmp_path, county="/a\0b"))


def test_nothing_is_written_for_such_a_name(xijiang, tmp_path):
    for name in ("../../x", "/abs/x", "a" * 300, "1\nseed=2"):
        code, out, err = xijiang("run", "-n", "1", "--days", "1", "--set", f"name={name}")
        assert (code, out) == (1, "")
        assert err.startswith("Error: --set: name: got ")
        assert len(err) < 250
    code, out, err = xijiang("county", "new", "a b")
    assert (code, out) == (1, "")
    assert err.startswith("Error: county new: got the name 'a b'; expected at most 64 letters (a-z, A-Z), digits")
    assert list(tmp_path.iterdir()) == []


def test_the_schema_says_the_patterns():
    schema = Scenario.model_json_schema()
    assert schema["properties"]["name"]["pattern"] == NAME
    assert re.fullmatch(NAME, schema["properties"]["county"]["default"])
    assert re.fullmatch(REFERENCE, "布局/x.csv")
