"""Own layout, requests and travel from a notebook: any dataframe, the same run."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from data.errors import DataError
from experiments import run
from experiments.runs.plan import prepare

REQUESTS = {
    "request_id": [1, 2, 3],
    "arrive_min": [60.0, 61.0, 62.5],
    "origin": ["hill", "hill", "hill"],
    "current": ["dc", "dc", "ac"],
    "energy_kwh": [20.0, 10.0, 7.0],
    "accept_kw": [60.0, 60.0, 7.0],
    "max_queue": [None, 3, None],
}


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "given"


@pytest.fixture
def layout(three_towns):
    return three_towns.layout("today")


@pytest.fixture
def requests(three_towns):
    town = three_towns.towns["town"][0]
    return pl.DataFrame({**REQUESTS, "origin": [town] * 3})


def forms(frame):
    """Return the same rows as three libraries hold them."""
    rows = frame.to_dicts()
    return {"polars": frame, "lazy": frame.lazy(), "pandas": pd.DataFrame(rows), "pyarrow": pa.Table.from_pylist(rows)}


def test_the_same_rows_of_any_library_are_the_same_question(small_scenario, layout, requests, kept):
    keys = set()
    for form in forms(layout):
        scenario = small_scenario.with_layout(forms(layout)[form], folder=kept)
        scenario = scenario.with_requests(forms(requests)[form], folder=kept)
        keys.add((prepare(scenario).key, scenario.charging.layout, scenario.charging.requests))
    assert len(keys) == 1
    assert len(list(kept.iterdir())) == 2


def test_a_layout_read_from_its_file_needs_no_types(small_scenario, three_towns, kept):
    # a reader of CSV takes the empty columns for text
    file = three_towns.path / "layouts" / "today.csv"
    read = pl.read_csv(file)
    empty = read.with_columns(phases=pl.lit(None, pl.String), volts=pl.lit(None, pl.String))
    given = small_scenario.with_layout(empty, folder=kept)
    assert prepare(given).layout.equals(prepare(small_scenario).layout)


def test_a_layout_of_the_county_given_as_a_frame_is_the_countys(small_scenario, layout, kept):
    given = small_scenario.with_layout(layout.to_pandas(use_pyarrow_extension_array=False), folder=kept)
    assert prepare(given).key == prepare(small_scenario).key
    assert prepare(given).layout.equals(prepare(small_scenario).layout)


def test_other_rows_are_another_question(small_scenario, layout, requests, kept):
    more = layout.with_columns(pl.col("piles") + 1)
    keys = [prepare(small_scenario.with_layout(frame, folder=kept)).key for frame in (layout, more)]
    keys += [prepare(small_scenario.with_requests(frame, folder=kept)).key for frame in (requests, requests[:2])]
    assert len(set(keys)) == 4


def test_runs_of_any_library_have_the_same_bytes(small_scenario, requests, kept, tmp_path):
    travel = pl.DataFrame({"origin": requests["origin"][:1], "station_id": "x", "minutes": 3.0, "km": 2.0})
    found = []
    for form in ("polars", "pandas", "pyarrow"):
        stations = prepare(small_scenario).layout["station_id"][:1]
        ways = forms(travel.with_columns(station_id=stations))[form]
        scenario = small_scenario.with_requests(forms(requests)[form], folder=kept).with_travel(ways, folder=kept)
        result = run(scenario, out=tmp_path / form)
        found.append(
            {name: (tmp_path / form / f"{name}.parquet").read_bytes() for name in ("sessions", "travel", "load")}
        )
        assert result.sessions.height == 3
        assert set(result.sessions["station_id"].drop_nulls()) <= set(stations)
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("form", ["polars", "pandas", "pyarrow"])
def test_faults_name_row_and_column_whatever_the_library(small_scenario, requests, kept, form):
    bad = requests.with_columns(accept_kw=pl.Series([60.0, -1.0, 7.0]))
    with pytest.raises(DataError, match=r"row 2.*accept_kw.*-1") as caught:
        small_scenario.with_requests(forms(bad)[form], folder=kept)
    assert str(caught.value).startswith("requests")
    assert not kept.exists()


def test_what_is_no_dataframe_is_refused(small_scenario, kept):
    with pytest.raises(DataError, match=r"layout: got builtins\.dict; expected a dataframe"):
        small_scenario.with_layout({"piles": [1]}, folder=kept)


def test_a_column_of_several_kinds_is_refused(small_scenario, kept):
    frame = pd.DataFrame({"request_id": [1, "two"]})
    with pytest.raises(DataError, match="column request_id: got values of several kinds"):
        small_scenario.with_requests(frame, folder=kept)


def test_a_layout_without_piles_is_refused(small_scenario, layout, kept):
    with pytest.raises(DataError, match="at least 1"):
        small_scenario.with_layout(layout.with_columns(piles=0), folder=kept)


def test_a_layout_file_that_is_gone_says_what_writes_one(small_scenario, layout, kept):
    scenario = small_scenario.with_layout(layout, folder=kept)
    for file in kept.iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"no file .*with_layout"):
        prepare(scenario)


def test_a_damaged_layout_file_is_refused(small_scenario, layout, kept):
    scenario = small_scenario.with_layout(layout, folder=kept)
    for file in kept.iterdir():
        file.write_bytes(b"not Parquet")
    with pytest.raises(DataError, match="layout layout-"):
        prepare(scenario)
