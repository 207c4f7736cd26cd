"""Plain bugs that people found on first use, by the names they were given."""

import datetime as dt
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

import charging
import experiments
import fleet
from data import load_county
from data.schemas.places import ServiceAreas
from data.schemas.supply import ThroughTraffic
from data.tables.county_check import check_county
from experiments import run
from experiments.report.county_map import county_map
from experiments.report.page import write_report
from experiments.report.sentences import sentences
from experiments.runs.tables import RUN_TABLES
from experiments.scorecard.card import FACTS, SCORECARD


@pytest.fixture
def folder(three_towns, tmp_path):
    """Return a copy of the three towns that says nothing of its parts."""
    copied = shutil.copytree(three_towns.path, tmp_path / "towns")
    (copied / "county.toml").unlink()
    return copied


def keep_header(folder, table):
    file = folder / f"{table}.csv"
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def test_b1_sizing_with_one_replication_prints_values_without_interval(xijiang, small_toml):
    code, out, err = xijiang("size", "charging", small_toml, "-n", "1", "--quiet")
    assert (code, err) == (0, "")
    assert "later than the limit 0.0%, requests that are not served 0.0%" in out
    code, out, err = xijiang("size", "charging", small_toml, "-n", "1", "--quiet", "--budget", "piles=1,guns=1")
    assert (code, err) == (3, "")
    assert "more than the budget" in out


def test_b2_a_table_of_through_traffic_without_rows_is_a_fault_with_a_remedy(folder):
    (folder / "through_traffic.csv").write_text(f"{','.join(ThroughTraffic.column_names())}\n", encoding="utf-8")
    (folder / "service_areas.csv").write_text(f"{','.join(ServiceAreas.column_names())}\n", encoding="utf-8")
    faults = check_county(folder)
    assert {fault.file for fault in faults} == {"through_traffic.csv", "service_areas.csv"}
    assert all("for a county without through traffic, remove" in fault.remedy for fault in faults)


def test_b2_no_through_traffic_is_no_traffic(three_towns):
    county = three_towns.with_table("through_traffic", three_towns.through_traffic.clear())
    asked = fleet.requests(county, fleet.stock(county), year=2025, start=dt.date(2025, 6, 2), days=1, seed=1)
    assert asked.height
    assert not asked["vehicle_class"].str.starts_with("through").any()


def test_b5_guns_are_never_in_use_for_more_than_the_time_there_is():
    layout = pl.DataFrame(
        [("a", "g", "dc", 60.0, 1, 1, "exclusive")],
        schema=["station_id", "group_id", "current", "pile_kw", "piles", "guns_per_pile", "sharing"],
        orient="row",
    )
    # one after the other at full power, the last one long after the day
    asked = pl.DataFrame({"request_id": range(40), "arrive_min": [36.0 * number for number in range(40)]}).with_columns(
        current=pl.lit("dc"), energy_kwh=60.0, accept_kw=60.0
    )
    station = charging.simulate(layout, asked).stations.row(0, named=True)
    assert station["served"] == 40
    assert 0.99 < station["gun_utilisation_share"] <= 1.0


def test_b6_a_target_without_value_names_the_table_that_lacks_rows_and_no_other(small_scenario, folder, tmp_path):
    keep_header(folder, "road_projects")
    targets = (folder / "targets.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(targets[0].split(","), targets[1].split(","), strict=False)) | {
        "target": "P8",
        "metric": "travel_time_change_share",
        "comparator": "none",
        "value": "",
        "unit": "share",
    }
    (folder / "targets.csv").write_text(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", encoding="utf-8")
    links = pl.read_csv(folder / "road_links.csv", infer_schema=False)
    links.with_columns(project=pl.lit(None, pl.String)).write_csv(folder / "road_links.csv")
    assert load_county(folder).road_classes.height
    found = run(small_scenario.with_(county=str(folder), fleet={"ebikes": False}))
    text = write_report(found, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "A value needs rows in these tables of the county: road_projects." in text


@pytest.mark.parametrize(
    ("verdict", "said"), [("given", "keeps to the plan, not that it is built"), ("missed", "is smaller than")]
)
def test_b7_a_layout_that_misses_the_plan_is_not_said_to_keep_to_it(verdict, said):
    facts = {"piles": 300.0, "guns": 400.0, "dual_gun_piles": 100.0, "layout_stations": 20.0}
    rows = [
        {"target_id": "T01", "fact": name, "key": "mine" if "layout" in name else None, "value": value}
        for name, value in facts.items()
    ]
    card = {"target_id": "T01", "metric": "guns_total", "criterion": "guns_total", "verdict": verdict, "limit": 450.0}
    told = sentences(
        "T01",
        "guns_total",
        pl.DataFrame([{**dict.fromkeys(SCORECARD), **card, "decides": True}], schema=SCORECARD),
        pl.DataFrame([{**dict.fromkeys(FACTS), **row} for row in rows], schema=FACTS),
        RUN_TABLES["assumptions"].empty(),
    )
    assert said in " ".join(told)
    assert ("keeps to the plan" in " ".join(told)) == (verdict == "given")


def test_b9_a_dry_run_refuses_what_a_run_would(xijiang, small_toml):
    for options, words in (
        (("--precision", "500%"), "--precision 500%"),
        (("--precision", "5%", "--on", "travel_meen_min"), "travel_meen_min"),
        (("--on", "travel_mean_min"), "--on names a measure for --precision"),
    ):
        code, out, err = xijiang("run", small_toml, "--dry-run", *options)
        assert (code, out) == (1, "")
        assert words in err


def test_b12_the_public_names_of_experiments_are_listed():
    assert {"run", "compare", "size", "Scenario", "open_run", "cite"} <= set(dir(experiments))


def test_b13_documents_name_the_exit_code_of_ctrl_c_and_the_language():
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert re.search(r"Exit codes:.*130 stopped\s+by Ctrl-C", text, re.DOTALL)
    assert "xijiang report RUN --lang zh" in text


def test_b16_a_page_has_no_minus_zero_and_says_what_whiskers_are(run_by_hand, tmp_path):
    made = run_by_hand()
    zero = pl.lit(-0.0)
    made.tables["stations"] = made.tables["stations"].with_columns(
        wait_mean_min=zero, wait_p95_min=pl.lit(3.0), arrivals=579.667
    )
    page = write_report(made, tmp_path / "report.html").read_text(encoding="utf-8")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page)
    assert [cell for cell in cells if re.fullmatch(r"-0(\.0+)?( %)?", cell.strip())] == []
    assert "580" in cells
    assert "579.667" not in cells
    assert "Whiskers go from the lowest to the highest replication; they are no confidence interval." in page


def test_b18_a_scenario_without_the_river_shows_no_river(run_by_hand, tmp_path):
    made = run_by_hand()
    names_of = {"station": str, "place": str, "name": lambda _, key: key}
    names = type("Names", (), {key: staticmethod(value) for key, value in names_of.items()})
    stations = made.tables["stations"].with_columns(place=pl.coalesce("site", "town"))

    def legend(*, river):
        drawn = county_map(made.county, made.tables["layout"], stations, names, str, river=river).plotly()
        return {trace.name for trace in drawn.data if trace.name}

    assert legend(river=True) - legend(river=False) == {"river", "LNG stations", "cargo terminals"}
    made.scenario = made.scenario.with_(shipping={"enabled": False})
    made.tables["tanks"] = made.tables["tanks"].clear()
    page = write_report(made, tmp_path / "report.html").read_text(encoding="utf-8")
    without_plotly = page[page.index("<main>") :]
    assert "LNG on the river" not in without_plotly
    assert "River: " not in without_plotly
    made.scenario = made.scenario.with_(shipping={"enabled": True})
    assert "River: " in write_report(made, tmp_path / "report.html").read_text(encoding="utf-8")
