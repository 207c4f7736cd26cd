"""`xijiang import sessions` and the scenario keys `charging.requests` and `charging.travel`: a log is replayed."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import charging
import experiments
from data.errors import DataError, ScenarioError
from experiments.exchange.session_logs import import_sessions
from experiments.runs.plan import prepare
from experiments.runs.replicate import demand
from experiments.scenario.model import Scenario

THREE_TOWNS = str(Path(__file__).parents[2] / "counties" / "three-towns")
CONNECTION_KW = 20.0


def made_log():
    """Return a log in ACN-Data's form: overlapping sessions, a third leaves early, six rows are faulty."""
    rng = np.random.default_rng(5)
    midnight = dt.datetime(2025, 6, 2, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    free = np.zeros(12)
    items = []
    for number, start in enumerate(np.sort(rng.uniform(6 * 60, 20 * 60, 90))):
        gun = int(np.argmin(free))
        start_min = float(max(start, free[gun] + 1.0))
        power = float(rng.uniform(3.0, 7.0))
        needed_min = float(rng.uniform(40.0, 200.0))
        early = number % 3 == 0
        stay_min = needed_min if early else needed_min + float(rng.uniform(5.0, 120.0))
        free[gun] = start_min + stay_min
        stamps = [
            midnight + dt.timedelta(minutes=minute)
            for minute in (start_min, start_min + stay_min, start_min + needed_min)
        ]
        start_, end, done = (f"{stamp.astimezone(dt.UTC):%a, %d %b %Y %H:%M:%S} GMT" for stamp in stamps)
        items.append(
            {
                "sessionID": f"s{number}", "stationID": f"gun-{gun}", "siteID": "park", "timezone": "Asia/Shanghai",
                "connectionTime": start_, "disconnectTime": end, "doneChargingTime": None if early else done,
                "kWhDelivered": power * needed_min / 60.0,
            }
        )  # fmt: skip
    good = items[1]
    faulty = [
        good,
        {**good, "sessionID": "f1", "disconnectTime": "Sun, 01 Jun 2025 00:00:00 GMT"},
        {**good, "sessionID": "f2", "kWhDelivered": 900.0},
        {**good, "sessionID": "f3"},
        {**good, "sessionID": "f4", "doneChargingTime": "Wed, 04 Jun 2025 00:00:00 GMT"},
        {**good, "sessionID": "f5", "connectionTime": "soon"},
    ]
    return [*items, *faulty]


def undelivered_kwh(sessions, connection_kw):
    """Return the energy at the meter that is missing at departure: an event loop of its own.

    Power is shared equally, up to what each vehicle takes; who leaves has what there is.
    """
    start, end, left, power = (np.array(column) for column in zip(*sessions, strict=True))
    left = left.copy()
    now = 0.0
    while True:
        here = (start <= now) & (end > now) & (left > 1e-12)
        given = np.zeros(len(start))
        room, waiting = connection_kw, np.flatnonzero(here)
        for order, index in enumerate(waiting[np.argsort(power[waiting], kind="stable")]):
            given[index] = min(power[index], room / (len(waiting) - order))
            room -= given[index]
        charging_now = given > 0.0
        full = now + 60.0 * left[charging_now] / given[charging_now]
        events = np.concatenate([start[start > now], end[end > now], full])
        if not events.size:
            return float(left.sum())
        after = float(events.min())
        left = np.maximum(left - given * (after - now) / 60.0, 0.0)
        now = after


@pytest.fixture(name="log_file")
def fixture_log_file(tmp_path):
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"_items": made_log()}), encoding="utf-8")
    return file


def test_c23_a_log_loads_in_one_command_and_every_faulty_row_is_listed(xijiang, log_file):
    code, out, err = xijiang("import", "sessions", log_file.name, "--county", THREE_TOWNS, "--pile-kw", "7.2", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["sessions"], told["first_day"]) == (90, "2025-06-02")
    found = {row["where"]: row["reason"] for row in told["reasons"]}
    assert len(found) == 6
    assert found["item 91"].startswith("duplicate: the session stands in item 2")
    assert found["item 92"].startswith("negative length")
    assert "is above the pile's 7.2 kW" in found["item 93"]
    assert found["item 94"].startswith("two at one gun")
    assert found["item 95"].startswith("done charging")
    assert found["item 96"] == "start cannot be read"
    assert pl.read_csv("log-left-out.csv").height == 6


def test_replaying_a_log_with_a_tight_connection_leaves_what_an_own_loop_leaves(three_towns, log_file):
    found = import_sessions(three_towns, log_file, pile_kw=7.2, connection_kw=CONNECTION_KW)
    made, efficiency = found.replay, three_towns.figure("charging.efficiency_ac")
    result = charging.simulate(made.layout, made.requests, made.travel, behaviour={"efficiency_ac": efficiency})
    log = found.log.sessions
    power = made.requests["accept_kw"] / efficiency
    rows = list(zip(log["start_min"], log["end_min"], log["energy_kwh"], power, strict=True))
    own = undelivered_kwh(rows, CONNECTION_KW)
    got = float(result.sessions["unmet_kwh"].sum()) / efficiency
    assert own > 0.05 * float(log["energy_kwh"].sum())  # the connection binds
    assert got == pytest.approx(own, rel=1e-3)
    leave = dict(zip(made.requests["request_id"], made.requests["leave_by_min"], strict=True))
    assert {row: leave[row] for row in result.sessions["request_id"]} == pytest.approx(
        dict(result.sessions.select("request_id", "leave_min").iter_rows())
    )


def test_without_a_limit_all_energy_is_delivered(three_towns, log_file):
    made = import_sessions(three_towns, log_file, pile_kw=7.2).replay
    result = charging.simulate(made.layout, made.requests, made.travel)
    assert result.sessions["unmet_kwh"].sum() == pytest.approx(0.0, abs=1e-6)


def test_a_run_replays_the_log_and_says_so(xijiang, log_file):
    code, out, _ = xijiang("import", "sessions", log_file.name, "--county", THREE_TOWNS, "--connection-kw", "20")
    assert code == 0
    assert out.splitlines()[-1] == "Next: xijiang run ./log-replay.toml"
    assert max(len(line) for line in out.splitlines()) <= 80
    command = ["run", "./log-replay.toml", "--quiet"]
    code, _, err = xijiang(*command, "--out", "made")
    assert (code, err) == (0, "")
    scenario = Scenario.load("log-replay.toml")
    assert (scenario.start, scenario.charging.outages) == (dt.date(2025, 6, 2), False)
    report = Path("made/report.html").read_text(encoding="utf-8")
    assert "The requests are those of a file, such as a log; they are not drawn" in report
    sessions = pl.read_parquet("made/sessions.parquet")
    assert sessions.height == 90
    assert sessions["unmet_kwh"].sum() > 10.0
    manifest = json.loads(Path("made/manifest.json").read_text(encoding="utf-8"))
    assert sorted(manifest["given"]) == ["requests", "travel"]
    # the folder rebuilds the run, as long as the file is what it was
    assert xijiang("run", "--from", "made/manifest.json", "--dry-run")[0] == 0
    lines = Path("log-requests.csv").read_text(encoding="utf-8").splitlines()
    Path("log-requests.csv").write_text("\n".join(lines[:-1]), encoding="utf-8")
    code, _, err = xijiang("run", "--from", "made/manifest.json", "--dry-run")
    assert code == 1
    assert "log-requests.csv changed since that run" in err


@pytest.fixture(name="given")
def fixture_given(small_scenario, tmp_path):
    """Return a function that writes requests and ways and returns the scenario that takes them."""

    def go(rows, ways=None, **changes):
        requests = "request_id,arrive_min,origin,current,energy_kwh,accept_kw\n" + "\n".join(rows)
        (tmp_path / "requests.csv").write_text(requests, encoding="utf-8")
        keys = {"requests": str(tmp_path / "requests.csv")}
        if ways is not None:
            (tmp_path / "travel.csv").write_text("origin,station_id,minutes,km\n" + "\n".join(ways), encoding="utf-8")
            keys["travel"] = str(tmp_path / "travel.csv")
        return small_scenario.with_(charging=keys, **changes)

    return go


ROW = "0,600,anping,dc,20,60"


def test_requests_alone_are_driven_over_the_countys_roads(given):
    case = prepare(given([ROW, "1,5000,anping,dc,20,60"])).case
    assert demand(case, seed=1)["request_id"].to_list() == [0]
    assert demand(case, seed=2).equals(demand(case, seed=1))
    assert set(case.travel["origin"]) >= {"anping", "liuhe", "shiqiao"}


def test_the_content_of_the_files_decides_the_key(given, small_scenario):
    keys = {
        prepare(small_scenario).key,
        prepare(given([ROW])).key,
        prepare(given([ROW.replace("600", "601")])).key,
        prepare(given([ROW], ["anping,anping-a,5,2"])).key,
        prepare(given([ROW], ["anping,anping-a,6,2"])).key,
    }
    assert len(keys) == 5


def test_where_the_files_lie_does_not(given, tmp_path):
    first = prepare(given([ROW])).key
    (tmp_path / "again.csv").write_bytes((tmp_path / "requests.csv").read_bytes())
    moved = given([ROW]).with_(charging={"requests": str(tmp_path / "again.csv")})
    assert prepare(moved).key == first


def test_parquet_is_read_too(given, tmp_path):
    first = prepare(given([ROW]))
    first.case.given["requests"].write_parquet(tmp_path / "requests.parquet")
    again = prepare(given([ROW]).with_(charging={"requests": str(tmp_path / "requests.parquet")}))
    assert again.key == first.key


@pytest.mark.whole
def test_workers_read_what_was_given(given, tmp_path):
    scenario = given([ROW], ["anping,anping-a,5,2"])
    result = experiments.run(scenario, replications=2, seed=1, out=tmp_path / "made", jobs=2)
    assert result.tables["sessions"]["travel_min"].to_list() == [5.0, 5.0]


@pytest.mark.parametrize(
    ("rows", "ways", "fault", "words"),
    [
        (["0,9000,anping,dc,20,60"], None, ScenarioError, "of 1 requests none arrives within the scenario's 1 days"),
        ([ROW], ["anping,elsewhere,5,2"], ScenarioError, "no row leads to a station of the layout today"),
        (["0,600,anping,dc,-20,60"], None, DataError, r"requests.csv, line 2, column 'energy_kwh': got -20"),
    ],
)
def test_faults_of_given_tables(given, rows, ways, fault, words):
    with pytest.raises(fault, match=words):
        prepare(given(rows, ways))


def test_a_file_that_is_missing_or_damaged(small_scenario, tmp_path):
    with pytest.raises(ScenarioError, match=r"charging.requests: no file .*none.csv"):
        prepare(small_scenario.with_(charging={"requests": str(tmp_path / "none.csv")}))
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="not a table in Parquet"):
        prepare(small_scenario.with_(charging={"requests": str(tmp_path / "x.parquet")}))


def test_a_name_is_no_file(small_scenario):
    with pytest.raises(ScenarioError, match="no file mine"):
        prepare(small_scenario.with_(charging={"requests": "mine"}))
    assert isinstance(small_scenario, Scenario)


def test_a_log_without_a_usable_row_and_an_unknown_town(three_towns, tmp_path, log_file):
    (tmp_path / "bad.csv").write_text("id,station,start,end,kwh\n1,A,2024-01-02,2024-01-01,1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no session of the log is usable\. line 2: negative length"):
        import_sessions(three_towns, tmp_path / "bad.csv")
    with pytest.raises(DataError, match=r"has no town 'anpin'\. Did you mean 'anping'"):
        import_sessions(three_towns, log_file, town="anpin")


def test_an_unfinished_run_with_given_tables_can_be_cleaned(xijiang, given, tmp_path, monkeypatch):
    scenario = given([ROW], ["anping,anping-a,5,2"])

    def stop(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.runs.replicate.simulate_once", stop)
    with pytest.raises(KeyboardInterrupt):
        experiments.run(scenario, replications=1, seed=1, out=tmp_path / "runs" / "made")
    assert (tmp_path / "runs" / "made" / "requests.parquet").is_file()
    code, _, err = xijiang("runs", "clean", "--root", "runs", "--unfinished")
    assert (code, err) == (0, "")
    assert not (tmp_path / "runs" / "made").exists()


def test_the_chinese_report_says_that_the_requests_come_from_a_file(xijiang, given, tmp_path):
    experiments.run(given([ROW]), replications=1, seed=1, out=tmp_path / "made")
    code, _, err = xijiang("report", "made", "--language", "zh")
    assert (code, err) == (0, "")
    assert "充电需求来自文件" in (tmp_path / "made" / "report.html").read_text(encoding="utf-8")
