"""``county check``: faults by cause, proof that a run starts, what can be answered."""

import json
import shutil

import polars as pl
import pytest

from data.county_folder.causes import causes_of, counted
from data.errors import Fault
from data.tables.county_check import check_county
from experiments.counties.readiness import additions, answered, try_run


@pytest.fixture
def folder(three_towns, tmp_path):
    return shutil.copytree(three_towns.path, tmp_path / "towns")


def replaced(folder, file, old, new, count=-1):
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, count), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "value", "places"),
    [
        ("towns.csv", "\nanping,", "\nanpng,", "'anping'", 19),
        ("towns.csv", "\nliuhe,", "\nliuhee,", "'liuhe'", 9),
        ("layouts/today.csv", ",liuhe,", ",liuhee,", "'liuhee'", 2),
        ("ebike_points.csv", ",anping,", ",anpinng,", "'anpinng'", 3),
    ],
)
def test_b14_one_wrong_town_name_is_one_fault_that_names_it(xijiang, folder, file, old, new, value, places):
    """B14: 387 lines for one cause, and 'the same in ... and 19 more rows' without the value."""
    replaced(folder, file, old, new)
    code, out, err = xijiang("county", "check", "towns")
    assert (code, out) == (1, "")
    first, *lines = err.splitlines()
    assert first == f"towns: 1 fault in {places} places"
    assert len(lines) == 1
    assert f"got {value} in {places} places" in lines[0]
    assert "Did you mean" in lines[0]
    assert "the same in" not in err


def test_b14_many_rows_of_one_value_name_the_value(folder):
    table = pl.read_csv(folder / "figures.csv", infer_schema=False)
    table.with_columns(confidence=pl.lit("guess")).write_csv(folder / "figures.csv")
    causes = causes_of(check_county(folder))
    assert counted(causes) == f"1 fault in {table.height} places"
    assert f"got 'guess' in {table.height} places (figures.csv line 2, 3, 4 and" in str(causes[0])


def test_faults_of_several_causes_stay_apart(folder):
    replaced(folder, "towns.csv", "\nliuhe,", "\nliuhee,")
    replaced(folder, "grid_factors.csv", "0.38", "none")
    causes = causes_of(check_county(folder))
    assert len(causes) == 2
    assert any("grid_factors.csv" in str(cause) for cause in causes)


def test_a_single_fault_is_said_as_it_is():
    fault = Fault("towns.csv", 3, "lon", "'x'", "a number", "Correct the value.")
    (cause,) = causes_of([fault])
    assert str(cause) == str(fault)
    assert counted([cause]) == "1 fault"


def test_a_county_whose_run_would_not_start_is_no_good_county(xijiang, folder):
    replaced(folder, "figures.csv", "charging.wait_weight,", "charging.other_weight,")
    assert check_county(folder) == []
    assert "charging.wait_weight" in try_run(str(folder))
    code, out, err = xijiang("county", "check", "towns")
    assert (code, out) == (1, "")
    assert "a run would not start" in err
    assert "charging.wait_weight" in err


@pytest.mark.usefixtures("folder")
def test_a_good_county_says_what_it_answers_and_what_more_would_add(xijiang):
    code, out, err = xijiang("county", "check", "towns")
    assert (code, err) == (0, "")
    assert out.startswith("towns: no faults.\nA run starts.\nCan be answered: ")
    assert "late_share (P3)" in out
    assert "the river: add river_nodes.csv" in out
    assert "lng_stations_in_county" in out
    assert max(map(len, out.splitlines())) <= 80
    assert json.loads(xijiang("county", "check", "towns", "--json")[1]) == []


def test_without_a_default_scenario_the_first_layout_is_tried(folder):
    replaced(folder, "county.toml", 'default_scenario = "scenarios/workday.toml"\n', "")
    assert try_run(str(folder)) == ""
    shutil.rmtree(folder / "layouts")
    assert "no 'none'" in try_run(str(folder))


def test_what_more_would_add_follows_the_parts(three_towns):
    known = answered(three_towns)
    assert known["ebikes_total"] == ("P4",)
    assert "lng_stations_in_county" not in known
    missing = {one.name: one for one in additions(three_towns)}
    assert missing["river"].metrics[0] == "ship_intensity_change_share"
    assert missing["through_traffic"].tables == ("through_traffic",)
    assert "ebikes" not in missing
