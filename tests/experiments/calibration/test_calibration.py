"""`xijiang calibrate` on sessions of a known process: its parameters come back, its occupancy lies in the band."""

import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data.errors import DataError, ScenarioError
from data.imports.sessions.session_log import GAVE_UP, LOG, SessionLog
from data.tables.county_check import check_county
from experiments.calibration.arrivals import fit_arrivals
from experiments.calibration.calibrate import calibrate
from experiments.calibration.families import fit, fit_exponential
from experiments.calibration.session_draws import draw_sessions, occupancy_by_hour
from experiments.calibration.session_fit import fit_sessions

THREE_TOWNS = Path(__file__).parents[2] / "counties" / "three-towns"
MONDAY = dt.date(2024, 3, 4)
WEEKS = 12
PER_DAY = np.array([40.0, 42.0, 44.0, 46.0, 60.0, 70.0, 30.0])
HOUR = np.arange(24)
WORKDAY = np.exp(-0.5 * ((HOUR - 9.0) / 2.0) ** 2) + 0.5 * np.exp(-0.5 * ((HOUR - 18.0) / 2.5) ** 2) + 0.02
WEEKEND = np.exp(-0.5 * ((HOUR - 14.0) / 4.0) ** 2) + 0.02
SHARES = np.stack([WORKDAY / WORKDAY.sum(), WEEKEND / WEEKEND.sum()])
ENERGY, POWER = (2.6, 0.5), (3.0, 0.3)  # mean and deviation of the logarithm, kWh and kW
CORRELATION, IDLE_MIN, EARLY, PATIENCE_MIN = 0.5, 45.0, 0.2, 18.0


def known_process(weeks=WEEKS, seed=3):
    """Return the log of a known process, all DC, at one station without a limit of guns."""
    rng = np.random.default_rng(seed)
    day = np.arange(7 * weeks)
    rates = PER_DAY[day % 7, None] * SHARES[(day % 7 >= 5).astype(int)]
    hours = np.repeat(np.arange(rates.size), rng.poisson(rates).ravel())
    size = len(hours)
    start = np.sort(60.0 * (hours + rng.uniform(size=size)))
    first, second = rng.standard_normal((2, size))
    energy = np.exp(ENERGY[0] + ENERGY[1] * first)
    power = np.exp(POWER[0] + POWER[1] * (CORRELATION * first + np.sqrt(1.0 - CORRELATION**2) * second))
    done = start + 60.0 * energy / power
    early = rng.uniform(size=size) < EARLY
    end = done + np.where(early, 0.0, rng.exponential(IDLE_MIN, size))
    patience, wait = rng.exponential(PATIENCE_MIN, size), rng.exponential(10.0, size)
    waited = rng.uniform(size=size) < 0.3
    gave_up = waited & (patience < wait)
    columns = {
        "where": [f"line {number + 2}" for number in range(size)],
        "session_id": [str(number) for number in range(size)],
        "station_id": "A",
        "current": "dc",
        "start": [dt.datetime.combine(MONDAY, dt.time()) + dt.timedelta(minutes=float(minute)) for minute in start],
        "wait_min": np.where(waited & ~gave_up, wait, np.nan),
        "start_min": start,
        "end_min": end,
        "done_min": np.where(early, np.nan, done),
        "energy_kwh": energy,
    }
    frame = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in LOG.items() if name not in frame.columns]
    sessions = frame.with_columns(missing).select(LOG.names()).cast(dict(LOG))
    left = pl.DataFrame({"current": "dc", "arrive_min": start[gave_up], "wait_min": patience[gave_up]}, schema=GAVE_UP)
    return SessionLog(sessions, MONDAY, left)


@pytest.fixture(name="found", scope="module")
def fixture_found(three_towns):
    return calibrate(three_towns, known_process(), title="a known process")


def test_parameters_come_back_within_their_intervals(found):
    rows = found.parameters.filter(pl.col("current") == "dc")
    got = {
        (part, name): (low, high)
        for part, name, low, high in rows.select("part", "parameter", "low", "high").iter_rows()
    }
    forms = dict(rows.select("part", "form").unique().filter(pl.col("form") != "copula").iter_rows())
    assert (forms["energy"], forms["power"]) == ("lognormal", "lognormal")
    truth = {
        ("energy", "log_mean"): ENERGY[0],
        ("energy", "log_sd"): ENERGY[1],
        ("power", "log_mean"): POWER[0],
        ("power", "log_sd"): POWER[1],
        ("energy", "with_power"): CORRELATION,
        ("idle", "mean"): IDLE_MIN,
        ("early", "share"): EARLY,
        ("patience", "mean"): PATIENCE_MIN,
    }
    outside = {name: (got[name], value) for name, value in truth.items() if not got[name][0] <= value <= got[name][1]}
    assert outside == {}
    # intervals that say something: none is wider than 40 % of its value
    assert all(high - low < 0.4 * abs(truth[name]) for name, (low, high) in got.items() if name in truth)


def test_arrivals_come_back_within_their_intervals(found):
    fitted = found.models[0].arrivals
    low, high = fitted.per_day_range()
    assert np.sum((low <= PER_DAY) & (high >= PER_DAY)) >= 6  # of 7, at 95 % each
    low, high = fitted.share_range()
    assert np.sum((low <= SHARES) & (high >= SHARES)) >= 43  # of 48
    assert fitted.dispersion < 1.4


def test_on_held_out_weeks_the_occupancy_by_hour_lies_in_its_band(found):
    assert (found.fitted_days, found.held_out_days) == (63, 21)
    assert found.occupancy.height == 48
    assert found.occupancy["inside"].all()
    # a band that says something: at the busiest hour of workdays it is narrower than three quarters of the occupancy
    busiest = found.occupancy.filter(day_type="workday").sort("observed").row(-1, named=True)
    assert busiest["high"] - busiest["low"] < 0.75 * busiest["observed"]


def test_the_band_sees_another_process(three_towns):
    log = known_process()
    cut = 63 * 1440.0
    longer = pl.when(pl.col("start_min") >= cut).then(pl.col("end_min") + 60.0).otherwise("end_min")
    changed = SessionLog(log.sessions.with_columns(end_min=longer), MONDAY)
    assert not calibrate(three_towns, changed, title="changed").occupancy["inside"].all()


def test_distances_of_the_same_process_are_small_and_side_by_side_agrees(found):
    rows = {row["measure"]: row for row in found.distances.iter_rows(named=True)}
    assert set(rows) == {"energy", "stay", "charging", "arrival_hour", "sessions_per_day"}
    assert all(row["ks_distance"] < 0.05 for row in rows.values() if row["ks_distance"] is not None)
    both = {row["measure"]: row for row in found.side_by_side.iter_rows(named=True)}
    for name in ("sessions_per_day", "energy_per_day_kwh", "plugged_mean"):
        assert both[name]["replay"] == pytest.approx(both[name]["logged"], rel=0.01)
        assert both[name]["low"] <= both[name]["logged"] <= both[name]["high"]
    assert both["wait_mean_min"]["replay"] == 0.0


def test_the_countys_tables_take_what_was_fitted(found, tmp_path):
    folder = Path(shutil.copytree(THREE_TOWNS, tmp_path / "fitted"))
    for name, frame in found.county_tables.items():
        frame.write_csv(folder / f"{name}.csv")
    assert check_county(folder) == []
    behaviour = found.county_tables["charging_behaviour"]
    assert behaviour["overstay_dc_min"].unique().item() == pytest.approx(IDLE_MIN, rel=0.1)
    assert behaviour["patience_mean_min"].unique().item() == pytest.approx(PATIENCE_MIN, rel=0.2)
    assert behaviour["overstay_ac_min"].to_list() == [180.0] * behaviour.height  # nothing was measured
    profile = found.county_tables["profiles"].filter(pl.col("profile") == "measured_dc").sort("hour")["share"]
    mean_week = (PER_DAY[:5].sum() * SHARES[0] + PER_DAY[5:].sum() * SHARES[1]) / PER_DAY.sum()
    assert profile.to_numpy() == pytest.approx(mean_week, abs=0.015)


@pytest.mark.whole
def test_the_command_prints_in_80_columns_and_writes_the_tables(xijiang, tmp_path):
    rows = known_process(weeks=3).sessions
    stamp = pl.col("start_min") - pl.col("start_min")
    text = rows.select(
        id="session_id",
        station="station_id",
        type="current",
        start=pl.col("start").dt.strftime("%Y-%m-%d %H:%M:%S"),
        duration_min=pl.col("end_min") - pl.col("start_min") + stamp,
        done=(pl.col("start") + pl.duration(minutes=pl.col("done_min") - pl.col("start_min"))).dt.strftime(
            "%Y-%m-%d %H:%M:%S"
        ),
        kwh="energy_kwh",
    )
    text.write_csv(tmp_path / "log.csv")
    code, out, err = xijiang("calibrate", "log.csv", "--county", str(THREE_TOWNS), "--pile-kw", "60")
    assert code == 0, err
    assert "14 days fitted, 7 held out" in out
    assert "patience not in the log" in out
    assert "hours inside the band" in out
    assert max(len(line) for line in out.splitlines()) <= 80
    files = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "calibration").rglob("*.csv"))
    assert "calibration/county/profiles.csv" in files
    assert "calibration/side_by_side.csv" in files
    code, out, _ = xijiang("calibrate", "log.csv", "--county", str(THREE_TOWNS), "--hold-out-weeks", "0", "--json")
    told = json.loads(out)
    assert (code, told["occupancy"], told["side_by_side"]) == (0, [], [])


def test_a_short_log_holds_nothing_out(three_towns):
    found = calibrate(three_towns, known_process(weeks=1), title="short")
    assert (found.fitted_days, found.held_out_days, found.occupancy.height) == (7, 0, 0)


def test_a_log_that_does_not_say_when_charging_ended():
    silent = known_process(weeks=2).sessions.with_columns(done_min=pl.lit(None, dtype=pl.Float64), wait_min=None)
    fitted = fit_sessions(silent, MONDAY, 14, current="dc")
    assert (fitted.idle, fitted.early_share[0], fitted.patience) == (None, 0.0, None)


def test_who_left_the_queue_is_read_from_a_log(xijiang, tmp_path):
    head = "id,station,type,queue start,start,end,abandoned at,kwh\n"
    rows = [f"{n},A,DC,2024-01-01 08:00,,,2024-01-01 08:{10 + n % 20:02},\n" for n in range(30)]
    days = [(MONDAY + dt.timedelta(days=n)).isoformat() for n in range(6)]
    rows += [
        f"s{day}{n},A,DC,{day} {8 + n}:00,{day} {8 + n}:05,{day} {8 + n}:{20 + n * 3 % 30},,{5 + n + 0.1 * number}\n"
        for number, day in enumerate(days)
        for n in range(6)
    ]
    (tmp_path / "log.csv").write_text(head + "".join(rows), encoding="utf-8")
    code, out, err = xijiang("calibrate", "log.csv", "--county", str(THREE_TOWNS), "--json")
    assert code == 0, err
    patience = [row for row in json.loads(out)["parameters"] if row["part"] == "patience"]
    waited = sum(10 + n % 20 for n in range(30)) + 5.0 * 36
    assert patience[0]["value"] == pytest.approx(waited / 30)
    assert patience[0]["count"] == 66


def test_occupancy_is_exact():
    start, end = np.array([30.0, 90.0, -60.0, 1430.0]), np.array([60.0, 150.0, 30.0, 1500.0])
    found = occupancy_by_hour(start, end, MONDAY, 1)
    assert found[0, :3] == pytest.approx([0.5 + 0.5, 0.5, 0.5])
    assert found[0, 23] == pytest.approx(10.0 / 60.0)
    assert np.isnan(found[1]).all()


def test_days_that_differ_by_more_than_chance_widen_the_intervals():
    rng = np.random.default_rng(1)
    counts = rng.poisson(50.0 * rng.gamma(5.0, 0.2, 700))
    start = np.concatenate([1440.0 * day + rng.uniform(0.0, 1440.0, count) for day, count in enumerate(counts)])
    wide = fit_arrivals(start, MONDAY, 700)
    assert wide.dispersion == pytest.approx(1.0 + 50.0 / 5.0, rel=0.2)
    low, high = wide.per_day_range()
    assert np.sum((low <= 50.0) & (high >= 50.0)) >= 6


def test_drawn_days_have_the_dispersion_and_the_rates_of_the_fit(found):
    fitted = found.models[0]
    drawn = draw_sessions(fitted, MONDAY, 70, seed=1, name="test", uncertain=False)
    inside = drawn.filter(pl.col("start_min") >= 0.0)
    assert inside.height / 70 == pytest.approx(fitted.arrivals.per_day.mean(), rel=0.05)
    assert inside["energy_kwh"].mean() == pytest.approx(fitted.energy.mean(), rel=0.05)
    assert drawn.equals(draw_sessions(fitted, MONDAY, 70, seed=1, name="test", uncertain=False))


@pytest.mark.parametrize(
    ("family", "values"),
    [
        ("lognormal", np.exp(np.random.default_rng(1).normal(1.0, 0.8, 3000))),
        ("gamma", np.random.default_rng(2).gamma(3.0, 2.0, 3000)),
        ("weibull", 5.0 * np.random.default_rng(3).weibull(2.5, 3000)),
    ],
)
def test_the_family_is_found_and_its_interval_is_that_of_theory(family, values):
    found = fit(values, what="x")
    assert found.family == family
    if family == "lognormal":
        value, low, high = found.parameters()["log_mean"]
        assert high - value == pytest.approx(1.96 * np.log(values).std() / np.sqrt(3000), rel=0.01)
        value, low, high = found.parameters()["log_sd"]
        assert (np.log(high) - np.log(low)) / 2 == pytest.approx(1.96 / np.sqrt(6000), rel=0.01)
    assert found.distance(values) < 0.03


def test_times_that_were_cut_off_lengthen_the_mean():
    plain, cut = (
        fit_exponential(np.array([10.0, 20.0]), np.empty(0)),
        fit_exponential(np.array([10.0, 20.0]), np.array([30.0])),
    )
    assert (plain.mean, cut.mean) == (15.0, 30.0)
    assert fit_exponential(np.empty(0), np.array([5.0])) is None


def test_faults(three_towns):
    log = known_process(weeks=1)
    few = SessionLog(log.sessions.head(5), MONDAY)
    with pytest.raises(DataError, match=r"DC energy of the log: got \d+ different values above 0; expected 20 or more"):
        calibrate(three_towns, few, title="few")
    empty = log.sessions.with_columns(energy_kwh=pl.lit(0.0))
    with pytest.raises(DataError, match="no DC session of the log has energy"):
        calibrate(three_towns, SessionLog(empty, MONDAY), title="none")
    with pytest.raises(ScenarioError, match="--hold-out-weeks 9: the log has 14 days"):
        calibrate(three_towns, known_process(weeks=2), title="x", hold_out_weeks=9)
