"""Three counties that are not Deqing: no word of it, its river, expressway or province in what they give."""

import re
from pathlib import Path

import polars as pl
import pytest

from data.county import load_county
from data.county_folder.begin import begin_county, invented_towns
from data.tables.county_check import check_county
from experiments.counties.readiness import try_run
from experiments.report.page import write_report
from experiments.runs.execute import load_result

COUNTIES = Path(__file__).parents[2] / "counties"
# the toolkit and its command are called xijiang; the river is not
LOCAL = re.compile(r"(?i:deqing|guangdong|zhaoqing|decheng)|Xijiang|(?i:\bS8\b)|德庆|西江|广东|肇庆")
RIVER = re.compile(r"(?i:\briver\b|\bvessel|\bships?\b|LNG station|bunkering)|船|航道|水运|加注")
EXPRESSWAY = re.compile(r"(?i:service area|expressway|through traffic)|服务区|高速公路|过境")
NAMES = ("three-towns", "expressway-towns", "made-minimal")
LACKS = {"three-towns": (RIVER, EXPRESSWAY), "expressway-towns": (RIVER,), "made-minimal": (RIVER, EXPRESSWAY)}


@pytest.fixture(scope="module", params=NAMES)
def county(request, tmp_path_factory):
    """Return the folder of a county: two of the repository, and one that is begun from nothing but defaults."""
    if request.param != "made-minimal":
        return COUNTIES / request.param
    folder = tmp_path_factory.mktemp("counties") / "made-minimal"
    begin_county(folder, invented_towns(), minimal=True)
    return folder


def texts_of(tables):
    """Return all text in tables: their cells and the names of their columns."""
    found = []
    for table in tables:
        found += table.columns
        found += [text for column in table.select(pl.col(pl.String)) for text in column.drop_nulls().unique()]
    return found


def said_in(page):
    """Return the text of a report without the script that draws, nor the repeated command lines."""
    body = page[page.index("<main>") :]
    return re.sub(r"<code>.*?</code>", "", body)


def test_nothing_of_deqing_is_in_what_a_county_gives(county, xijiang, tmp_path):
    assert check_county(county) == []
    code, out, err = xijiang("run", str(county), "--days", "1", "-n", "1", "--out", "kept")
    assert (code, err) == (0, "")
    found = load_result(tmp_path / "kept")
    assert found.tables["sessions"].height
    made = [out.replace(str(county), ""), *texts_of(found.tables.values()), *texts_of(found.county.tables.values())]
    made += [found.scenario.name, found.scenario.title, found.scenario.purpose, found.county.about.title]
    for language in ("en", "zh"):
        page = write_report(found, tmp_path / f"{language}.html", language=language).read_text(encoding="utf-8")
        made.append(said_in(page))
        assert [word.search(said_in(page)) for word in LACKS[county.name]] == [None] * len(LACKS[county.name])
    assert [found.group() for found in (LOCAL.search(text) for text in made) if found] == []


def test_the_scorecard_asks_only_for_what_the_county_has(county):
    loaded = load_county(county)
    asked = set(loaded.targets["metric"].drop_nulls())
    assert asked
    assert ("service_area_side_coverage_share" in asked) == (county.name == "expressway-towns")
    assert not asked & {"lng_stations_in_county", "ship_intensity_change_share", "terminal_wait_h"}
    assert not loaded.figures["key"].str.starts_with("river.").any()
    assert loaded.has("expressway") == (county.name == "expressway-towns")


def test_a_layout_that_serves_the_towns_only_leaves_the_expressway_unserved(xijiang, tmp_path):
    """F3: it was refused, because through traffic had no road to a station."""
    county = str(COUNTIES / "expressway-towns")
    code, out, err = xijiang("run", county, "--set", "charging.layout=towns-only", "--out", "kept")
    assert (code, err) == (0, "")
    sessions = load_result(tmp_path / "kept").tables["sessions"]
    through = sessions.filter(pl.col("vehicle_class").str.starts_with("through"))
    assert through.height > 50
    assert set(through["outcome"]) == {"unserved"}
    assert set(through["reason"]) == {"none in reach"}
    assert "N5" in out


def test_p5_of_the_three_towns_has_a_value(xijiang, tmp_path):
    xijiang("run", str(COUNTIES / "three-towns"), "--out", "kept")
    card = load_result(tmp_path / "kept").tables["scorecard"].filter(pl.col("target_id") == "P5")
    assert card["metric"][0] == "vehicle_intensity_change_share"
    assert card["value"][0] == pytest.approx(-0.166, abs=0.02)


def test_a_run_of_each_would_start(county):
    assert try_run(str(county)) == ""
