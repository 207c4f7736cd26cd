"""The main job end to end on a short run: same bytes, other seeds, report, and clear refusals."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from data.errors import ScenarioError
from experiments import Scenario, run
from experiments.report.page import write_report
from experiments.report.verdicts import CRITERIA
from experiments.runs.execute import load_result
from experiments.runs.plan import prepare
from experiments.runs.replicate import simulate_once
from experiments.scorecard.answer import Verdict

TABLES = (
    "scorecard",
    "sessions",
    "load",
    "stations",
    "calls",
    "tanks",
    "vessels",
    "carbon",
    "stock",
)


def in_a_process(*arguments, cwd):
    code = "import sys; from experiments.cli import main; sys.argv[0] = 'xijiang'; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return folders of a run, and of the same rebuilt from its manifest on two processes."""
    base = tmp_path_factory.mktemp("runs")
    made = {}
    for name, given in (
        ("first", ("--seed", "7", "-n", "2", "--days", "1", "-j", "1")),
        ("again", ("--from", "first/manifest.json", "-j", "2")),
    ):
        done = in_a_process("run", *given, "--quiet", "--out", name, cwd=base)
        assert done.returncode == 0, done.stderr
        made[name] = base / name
    return made


@pytest.mark.parametrize("table", TABLES)
def test_same_run_same_bytes(folders, table):
    first = (folders["first"] / f"{table}.parquet").read_bytes()
    assert first == (folders["again"] / f"{table}.parquet").read_bytes()


def test_another_seed_gives_other_tables():
    scenario = Scenario.load("deqing-2025")
    first, other = (simulate_once(prepare(scenario.with_(seed=seed, days=1)).case, 0) for seed in (7, 8))
    for table in ("sessions", "calls", "load"):
        assert first[table].height
        assert not first[table].equals(other[table])


def test_the_scorecard_has_every_target_with_one_criterion_that_decides(folders):
    card = pl.read_parquet(folders["first"] / "scorecard.parquet")
    assert card.filter("decides")["target_id"].to_list() == [f"T{number:02d}" for number in range(1, 21)]
    assert set(card["verdict"]) <= set(Verdict)
    open_rows = card.filter(pl.col("verdict") == "open")
    assert open_rows["reason"].null_count() == 0
    facts = pl.read_parquet(folders["first"] / "facts.parquet")
    assert set(facts["target_id"]) == set(card.filter(pl.col("value").is_not_null())["target_id"])
    # criteria beside the metric have words in the report, and no column's name stands there
    beside = card.filter(pl.col("criterion") != pl.col("metric"))["criterion"].unique().drop_nulls().to_list()
    assert {"lng_p95_wait_min", "given_path"} <= set(beside)
    series = {f"{metric}_{series}" for metric in card["metric"] for series in "bc"}
    assert sorted(set(beside) - set(CRITERIA) - series) == []


def test_requests_are_all_accounted_for(folders):
    sessions = pl.read_parquet(folders["first"] / "sessions.parquet")
    stations = pl.read_parquet(folders["first"] / "stations.parquet")
    assert sessions.select("replication", "request_id").is_unique().all()
    # who is lost at one station and goes on arrives at another one, too
    visits = pl.read_parquet(folders["first"] / "visits.parquet")
    assert stations["arrivals"].sum() == visits.height >= sessions["station_id"].drop_nulls().len()
    load = pl.read_parquet(folders["first"] / "load.parquet")
    assert load["meter_kwh"].sum() == pytest.approx(sessions["meter_kwh"].sum(), rel=1e-9)


def test_the_report_is_one_file_that_fetches_nothing(folders):
    page = (folders["first"] / "report.html").read_text(encoding="utf-8")
    body = page[: page.index("<script>")] + page[page.index("</script>") :]
    for attribute in ('src="http', 'href="http', "@import", "url(http"):
        assert attribute not in body
    for word in ("Scorecard", "T20", "LNG on the river", "assumption", "--seed 7"):
        assert word in body


def test_the_report_speaks_chinese_and_nothing_else_unknown(folders, tmp_path):
    result = load_result(folders["first"])
    page = write_report(result, tmp_path / "zh.html", language="zh").read_text(encoding="utf-8")
    assert "规划目标记分卡" in page
    assert "\\u5fb7\\u57ce\\u8857\\u9053" in page  # the name of the county seat in the map's data
    with pytest.raises(ScenarioError, match="language 'english' is not known"):
        write_report(result, tmp_path / "no.html", language="english")


def test_a_run_without_a_river_has_a_report(tmp_path):
    scenario = Scenario.load("deqing-2025").with_(days=1, shipping={"enabled": False})
    result = run(scenario, replications=1, seed=1)
    assert result.calls.height == 0
    assert "LNG on the river" not in result.report(tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "deqing-2052"), "deqing-2025"),
        (("run", "--set", "charging.layout=evn"), "even"),
        (("run", "--set", "days=three"), "days"),
        (("run", "--set", "figures.charging.max_trys=2"), "charging.max_tries"),
        (("county", "check", "nowhere"), "nowhere"),
    ],
)
def test_refusals_are_one_message_and_write_nothing(xijiang, tmp_path, arguments, message):
    code, out, err = xijiang(*arguments)
    assert code == 1
    assert message in err + out
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_broken_table_is_named_with_file_line_and_column(tmp_path):
    import shutil

    county = tmp_path / "county"
    shutil.copytree(Path(__file__).parents[2] / "data" / "deqing", county)
    layout = county / "layouts" / "even.csv"
    text = layout.read_text(encoding="utf-8").replace(",120.0,", ",-120.0,", 1)
    layout.write_text(text, encoding="utf-8")
    (county / "weather_months.csv").unlink()
    done = in_a_process("run", "--set", f"county={county}", "--out", "made", cwd=tmp_path)
    assert done.returncode == 1
    for word in ("even.csv", "pile_kw", "weather_months.csv"):
        assert word in done.stderr
    assert not (tmp_path / "made").exists()


def test_a_wrong_option_is_a_usage_error(tmp_path):
    assert in_a_process("run", "--sed", "7", cwd=tmp_path).returncode == 2
