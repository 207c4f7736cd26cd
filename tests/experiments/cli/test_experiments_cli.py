"""The command line: messages, exit codes, what is written and what is not. Help must be quick."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import polars as pl
import pytest

from data.errors import InfeasibleError, ScenarioError
from data.goals import Finding, Sizing
from data.schemas.catalogue import OPTIONAL_TABLES
from experiments import cli
from experiments.cli.display import figure, progress_text
from experiments.cli.doctor import shadowed
from experiments.report.language import translator
from experiments.runs.execute import Progress

CALL = "import sys; from experiments.cli import main; sys.argv[0] = 'xijiang'; main()"


def command(*arguments):
    return [sys.executable, "-c", CALL, *arguments]


SHOWN_HELP = """
import sys
sys.argv = ["xijiang", "--help"]
from experiments.cli import main
try:
    main()
except SystemExit:
    heavy = [name for name in ("polars", "numpy", "pydantic", "scipy", "osmnx") if name in sys.modules]
    print(len(sys.modules), *heavy)
"""


def test_help_loads_little_and_nothing_heavy():
    """Its budget of time is measured in benchmarks; what it loads is the same on every machine."""
    found = subprocess.run([sys.executable, "-c", SHOWN_HELP], check=True, capture_output=True, text=True)
    loaded, *heavy = found.stdout.splitlines()[-1].split()
    assert heavy == []
    assert int(loaded) < 240


EARLY = """
import os, sys
os.environ["POLARS_MAX_THREADS"] = "1"
from experiments.report.language import translator
from experiments.runs.executors import executor_of
print(translator("zh")("Scorecard") != "", executor_of(None, jobs=3).others)
print([name for name in ("polars", "numpy", "plotly", "pydantic") if name in sys.modules])
"""


def test_processes_start_before_anything_heavy_is_loaded():
    found = subprocess.run([sys.executable, "-c", EARLY], check=True, capture_output=True, text=True)
    assert found.stdout.splitlines() == ["True 2", "[]"]


AT_START = """
import os, sys
from experiments.runs.executors import Processes

def start(self, pieces):
    heavy = ("polars", "numpy", "plotly", "experiments.scenario.model")
    print(pieces, [name for name in heavy if name in sys.modules], flush=True)
    os._exit(0)

Processes.start = start
"""


@pytest.mark.parametrize(("asked", "pieces"), [((), 2), (("-n", "7"), 7)])
def test_a_run_starts_processes_before_it_reads_the_scenario(asked, pieces):
    words = ["xijiang", "run", "deqing-2025", "-j", "2", *asked]
    code = f"{AT_START}\nsys.argv = {words!r}\nfrom experiments.cli import main; main()"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.splitlines() == [f"{pieces} []"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--set", "charging.layot=even"), "charging.layot is not a known key. Did you mean 'layout'?"),
        (("run", "--days", "0"), "days: got 0; expected at least 1"),
        (("run", "-j", "-2"), "expected 1 or more processes"),
        (("run", "--executor", "dask:nowhere"), "expected dask:HOST:PORT"),
        (("run", "nothing"), "neither a shipped scenario nor a file"),
        (("report", "nothing"), "nothing: no such folder; expected the folder of a run"),
        (("roads", "fetch", "nowhere"), "neither a built-in county nor a folder"),
    ],
)
def test_a_fault_is_one_message_and_exit_1(xijiang, tmp_path, arguments, words):
    code, out, err = xijiang(*arguments)
    assert code == 1
    assert out == ""
    assert err.startswith("Error: ")
    assert words in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("run", "--bogus"), ("run", "-n", "many"), ("rum",), ("county", "paint")])
def test_wrong_usage_is_exit_2(xijiang, arguments):
    assert xijiang(*arguments)[0] == 2


def test_debug_shows_where_a_fault_arose(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match="not a known key"):
        cli.main(["run", "--set", "dayz=3", "--debug"])


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InfeasibleError("no layout reaches it"), 3, "Error: no layout reaches it"),
        (PermissionError(13, "Permission denied", "/somewhere"), 1, "Error: /somewhere: Permission denied"),
    ],
)
def test_other_errors_have_their_codes(xijiang, monkeypatch, error, code, words):
    def fail(**_):
        raise error

    monkeypatch.setattr(cli, "app", fail)
    assert xijiang("run")[::2] == (code, words + "\n")
    with pytest.raises(type(error), match=words.rsplit(": ", 1)[1]):
        cli.main(["run", "--debug"])


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(xijiang, tmp_path):
    code, out, _ = xijiang("run", "--dry-run", "-n", "3", "--days", "2")
    assert code == 0
    for words in ("deqing-2025", "piles", "320", "guns", "450", "yuecheng", "assumptions", "estimated time", "Dry run"):
        assert words in out
    code, out, _ = xijiang("run", "--dry-run", "--json")
    assert json.loads(out)["guns"] == 450
    assert list(tmp_path.iterdir()) == []


def test_run_prints_json_for_machines_and_refuses_another_run(xijiang, small_toml, tmp_path):
    given = ("run", small_toml, "--out", "made")
    code, out, err = xijiang(*given, "--json")
    summary = json.loads(out)
    assert (code, err) == (0, "")
    assert sum(row["decides"] for row in summary["scorecard"]) == 7
    assert (tmp_path / "made" / "manifest.json").exists()
    code, out, err = xijiang(*given, "--seed", "9")
    assert code == 1
    assert "holds another run" in err
    code, out, err = xijiang(*given)
    assert code == 0
    for words in (
        "P7",
        "`xijiang run --from made/manifest.json -n 10` gives it an interval",
        "Tables: made",
        "Next:",
        "charging.layout=",
    ):
        assert words in out


def test_catalogues(xijiang):
    assert "deqing-2030-spring-festival" in xijiang("scenarios")[1]
    assert any(item["name"] == "deqing-2025" for item in json.loads(xijiang("scenarios", "--json")[1]))
    assert "plan-2025" in xijiang("county", "list")[1]
    assert json.loads(xijiang("county", "list", "--json")[1])[0]["towns"] == 13


def test_check_lists_all_faults(xijiang, tmp_path):
    (tmp_path / "mine").mkdir()
    code, _, err = xijiang("county", "check", "mine")
    assert code == 1
    assert "towns.csv" in err
    assert "figures.csv" in err
    code, out, _ = xijiang("county", "check", "mine", "--json")
    assert code == 1
    assert {"file", "row", "column", "got", "expected", "remedy"} == set(json.loads(out)[0])


def test_the_catalogue_of_metrics_is_printed_and_no_name_is_cut(xijiang):
    code, out, err = xijiang("metrics")
    assert (code, err) == (0, "")
    listed = json.loads(xijiang("metrics", "--json")[1])
    assert {"metric", "unit", "what", "comparator", "needs", "modelled"} == set(listed[0])
    assert [row["metric"] for row in listed if row["metric"] not in out] == []


def test_the_version_is_that_of_the_package(xijiang):
    assert xijiang("--version") == (0, f"xijiang {metadata.version('xijiang')}\n", "")


def test_no_option_is_declared_twice():
    folder = Path(cli.__file__).parent
    flags = [
        (flag, file.stem)
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.Option"
        for flag in [argument.value for argument in node.args][-1:]
    ]
    shared = {flag for flag, home in flags if home == "options"}
    assert {"--set", "--days", "--seed", "--jobs", "--executor", "--root", "--quiet", "--json"} < shared
    # in `sensitivity` -n counts replications of each point, in `calibrate` there is no scenario that has a seed, and in
    # `quick` the county is the folder that it makes; `runs clean` removes nothing in a dry run
    others = [(flag, home) for flag, home in flags if home not in ("options", "quick") and flag in shared]
    assert {flag for flag, _ in others} <= {"--replications", "--seed", "--dry-run"}


def test_the_report_speaks_a_language_by_either_name(xijiang, monkeypatch):
    asked = []

    class Stub:
        def report(self, path, *, language):
            asked.append(language)
            return path

    monkeypatch.setattr("experiments.runs.execute.load_result", lambda _: Stub())
    for given in ((), ("--lang", "zh"), ("--language", "zh"), ("--lang", "en")):
        assert xijiang("report", "made", *given)[0] == 0
    assert asked == ["en", "zh", "zh", "en"]


def test_tables_for_spreadsheets_hold_no_formula(xijiang, monkeypatch, tmp_path):
    answer = pl.DataFrame({"station_id": ["=1+1", "decheng"], "piles": [1, -2]})
    found = Sizing(Finding("question_fleet", {"goals": ()}), answer, answer, (), feasible=True)
    monkeypatch.setattr("experiments.sizing.size", lambda *_, **__: found)
    assert xijiang("size", "bunkering", "--out", "made")[0] == 0
    for name in ("answer", "frontier"):
        assert (tmp_path / "made" / f"{name}.csv").read_text() == "station_id,piles\n'=1+1,1\ndecheng,-2\n"


def test_doctor_shows_versions_places_and_digests(xijiang):
    code, out, _ = xijiang("doctor")
    assert code == 0
    for words in ("polars", "charging", "deqing", "no faults"):
        assert words in out
    assert json.loads(xijiang("doctor", "--json")[1])["faults"] == []


def test_doctor_sees_a_package_that_is_shadowed():
    places = {"experiments": "/here/experiments", "data": "/elsewhere/data"}
    assert "package data is at /elsewhere/data, not at /here/data" in shadowed(places)[0]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_keeps_what_is_finished_and_says_how_to_go_on(small_toml, tmp_path, jobs):
    given = command("run", small_toml, "-n", "500", "-j", jobs, "--out", "made", "--seed", "3")
    process = subprocess.Popen(given, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    parts = tmp_path / "made" / "replications"
    deadline = time.monotonic() + 300.0
    while not list(parts.glob("[0-9]*")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "replications are finished and kept in made" in err
    assert f"Go on with: xijiang run {small_toml} --out made -n 500 --seed 3" in err
    assert "Traceback" not in err


def test_progress_speaks_of_sessions():
    step = Progress(done=2, total=10, kept=1, replication=1, counts={"sessions": 4683, "calls": 123}, left_s=41.2)
    assert progress_text(step, translator("en")) == (
        "replication 3 of 10, 1 kept from before; last: 4,683 sessions, 123 bunkering calls; about 41 s left"
    )
    assert progress_text(Progress(10, 10, 0, None, {}, None), translator("en")) == "10 of 10 replications"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "t", ""),
        (0.4, "share", "40.0 %"),
        (2030.0, "year", "2030"),
        (450.0, "guns", "450 guns"),
        (2.0, None, "2"),
    ],
)
def test_figures_have_their_unit(value, unit, text):
    assert figure(value, unit) == text


def test_a_new_county_is_a_copy_that_checks(xijiang, tmp_path):
    code, out, err = xijiang("county", "new", "mine")
    assert (code, err) == (0, "")
    assert "xijiang county check mine" in out
    # a copy of Deqing, so that this says it of Deqing too
    code, out, _ = xijiang("county", "check", "mine")
    assert (code, out.splitlines()[:2]) == (0, ["mine: no faults.", "A run starts."])
    code, _, err = xijiang("county", "new", "mine")
    assert (code, "exists already" in err) == (1, True)
    code, out, err = xijiang("run", "--days", "1", "--set", f"county={tmp_path / 'mine'}", "--dry-run")
    assert (code, err) == (0, "")
    assert "450" in out


def test_a_county_without_the_optional_tables_still_runs(xijiang, tmp_path):
    xijiang("county", "new", "mine")
    for name in OPTIONAL_TABLES:
        (tmp_path / "mine" / f"{name}.csv").unlink(missing_ok=True)
    code, out, err = xijiang("run", "-n", "1", "--days", "1", "--set", f"county={tmp_path / 'mine'}", "--out", "made")
    assert (code, err) == (0, "")
    assert "T06" in out


def test_the_schema_of_a_scenario_is_printed(xijiang):
    schema = json.loads(xijiang("scenarios", "--schema")[1])
    assert schema["additionalProperties"] is False
    assert {"charging", "fleet", "shipping", "figures", "seed"} <= set(schema["properties"])


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("compare", "deqing-2025", "deqing-2030", "--out", "kept"), "finished replications are kept in kept"),
        (("compare", "deqing-2025", "deqing-2030"), "nothing is kept; --out keeps what is done"),
        (("sweep", "deqing-2025", "--over", "days=1:2:2", "--out", "s"), "finished points are kept in s/points"),
        (("sensitivity", "deqing-2025", "--out", "s"), "finished short runs are kept in the cache"),
        (("sensitivity", "deqing-2025", "--top", "2", "--out", "s"), "finished points are kept in s/points"),
        (("size", "charging"), "finished sizes are kept in runs/size-charging-deqing-2030; the same command goes on"),
    ],
)
def test_ctrl_c_is_one_message_and_exit_130(xijiang, monkeypatch, command, words):
    def stop(*_, **__):
        raise KeyboardInterrupt

    stopped = ("comparison.compare", "swept.sweep", "sensitivity.sensitivity", "quick_flips.what_flips")
    for name in (*(f"designs.{name}" for name in stopped), "sizing.size"):
        monkeypatch.setattr(f"experiments.{name}", stop)
    code, out, err = xijiang(*command)
    assert (code, out) == (130, "")
    assert words in err
    assert "Traceback" not in err


def test_precision_says_what_is_known_and_whether_that_is_enough(xijiang, small_toml, monkeypatch):
    short = (small_toml, "-j", "1", "--set", "fleet.ebikes=false", "--points", "0")
    on = ("--on", "energy_kwh")
    code, out, err = xijiang("run", "--precision", "50%", *on, *short, "-n", "5", "--out", "a")
    assert (code, err) == (0, "")
    assert re.search(
        r"Precision: energy_kwh [\d,.]+ \([\d,.]+ to [\d,.]+\) kWh, within 0\.5 of it after (?:[5-9]|1\d) repl", out
    )
    monkeypatch.setattr("experiments.designs.precision.run_to_precision", lambda go_on, *_, **__: go_on(2))
    code, out, err = xijiang("run", "--precision", "0.01%", *on, *short, "--out", "a", "--json")
    assert code == 0
    assert "NOT within 0.0001 of it after 2 replications" in err
    assert json.loads(out)["replications"] == 2
