"""The warm-up: one moment for all replications, and means without bias against queues with a known answer."""

import numpy as np
import polars as pl
import pytest

from charging import simulate
from charging.queueing.formulas import wait_mmc
from charging.queueing.verification import SERVICE_MIN, poisson_requests, queue_layout
from data.county import load_county
from data.streams import stream
from experiments import Scenario
from experiments.runs.result import Result
from experiments.statistics import warmup_end, without_warmup
from experiments.statistics.estimates import mean_estimate
from experiments.statistics.measures import MEASURES

DAY = 1440.0


def filling(seed, *, replications=10, lasts_min=100.0, number=600):
    """Return times and waits of replications whose queue fills for a while and then stays."""
    rng = stream(seed, "test", "fill")
    times = np.tile(np.arange(float(number)), replications)
    waits = 40.0 * np.minimum(1.0, times / lasts_min) + rng.normal(0, 1, len(times))
    return times, waits


def test_the_warmup_ends_where_the_averaged_waits_are_at_their_level():
    assert warmup_end(*filling(1)) == pytest.approx(100.0, abs=10.0)
    assert warmup_end(*filling(2, lasts_min=1.0)) <= 15.0  # a few intervals of 3 min: noise
    flat = np.arange(600.0)
    assert warmup_end(flat, np.full(600, 4.0)) == 0.0
    # waits that fall from the start have nothing to fill
    assert warmup_end(flat, 600.0 - flat) == 0.0
    with pytest.raises(ValueError, match="no waits"):
        warmup_end(np.array([]), np.array([]))


def test_at_most_half_of_the_time_is_cut():
    times = np.arange(600.0)
    assert warmup_end(times, times**3) <= 300.0
    assert warmup_end(times, np.where(times < 599.0, 0.0, 1000.0)) <= 300.0


def test_the_order_of_the_waits_does_not_count():
    times, waits = filling(3)
    order = stream(3, "test", "order").permutation(len(times))
    assert warmup_end(times[order], waits[order]) == warmup_end(times, waits)


def test_whole_days_are_cut_where_there_are_enough():
    times, waits = filling(4, number=600)
    assert warmup_end(10.0 * times, waits) == DAY  # 4.2 days, full after 1,000 min
    assert warmup_end(2.0 * times, waits) == pytest.approx(200.0, abs=20.0)  # a day would be more than half


def test_a_steady_scenario_leaves_out_the_queue_that_fills(tmp_path):
    rng = stream(4, "test", "fill")
    waits = np.concatenate([np.linspace(0.0, 40.0, 100), np.full(500, 40.0)]) + rng.normal(0, 1, 600)
    rows = {"replication": [0] * 600, "request_min": np.arange(600.0), "wait_min": waits, "outcome": ["served"] * 600}
    sessions = pl.DataFrame({**rows, "energy_kwh": [1.0] * 600})
    calls = pl.DataFrame({**rows, "arrive_min": np.arange(600.0)}).clear()
    scenario = Scenario.load("deqing-2025", sets=["steady=true"])
    tables = {"sessions": sessions, "calls": calls}
    county = load_county("deqing").with_figures({"charging.los_wait_min": 30.0})
    result = Result(scenario, county, tables, {}, tmp_path)
    whole = Result(scenario.with_(steady=False), county, tables, {}, tmp_path)
    mean = MEASURES["wait_mean_min"]
    assert result.values(mean, 1)[0] == pytest.approx(40.0, abs=0.5)
    assert whole.values(mean, 1)[0] == pytest.approx(float(waits.mean()))
    assert result.values(MEASURES["energy_kwh"], 1) == [600.0]
    assert result.values(MEASURES["lng_wait_mean_min"], 1) == [None]
    assert result.values(MEASURES["late_share"], 1) == [1.0]  # all that is left after the ramp waits 40 min
    assert whole.values(MEASURES["late_share"], 1)[0] == pytest.approx((waits > 30.0).mean())
    few = without_warmup({"sessions": sessions.head(9), "calls": calls})["sessions"]
    assert few.height == 9


def test_all_replications_are_cut_at_the_same_moment():
    times, waits = filling(5)
    # a replication of its own level: by itself it would be cut elsewhere
    waits[:600] = 40.0
    rows = {"replication": np.repeat(np.arange(10), 600), "request_min": times, "wait_min": waits}
    sessions = pl.DataFrame({**rows, "outcome": "served"})
    calls = sessions.clear().rename({"request_min": "arrive_min"})
    cut = without_warmup({"sessions": sessions, "calls": calls})["sessions"]
    assert cut.group_by("replication").agg(pl.col("request_min").min())["request_min"].n_unique() == 1
    assert cut["request_min"].min() > 50.0


def steady_sessions(repeat, replications, number, *, guns, load):
    """Return the sessions of replications of a queue with a known answer, as a run keeps them."""
    parts = []
    for replication in range(replications):
        table = poisson_requests(1000 * repeat + replication, number, load * guns, "exponential")
        found = simulate(queue_layout(guns), table, engine="compiled").sessions
        parts.append(found.select(pl.lit(replication).alias("replication"), "request_min", "wait_min", "outcome"))
    return pl.concat(parts)


@pytest.mark.parametrize(
    ("repeats", "load", "bounds", "bias"),
    [
        # 8 repeats of the mean of 10 replications: its standard error is about 3 % of the mean
        pytest.param(8, 0.85, (0.5, 1.0), 0.1, marks=pytest.mark.whole),
        *(pytest.param(400, load, (0.92, 0.97), 0.02, marks=pytest.mark.slow) for load in (0.8, 0.85, 0.9)),
    ],
)
def test_steady_means_have_no_bias_and_their_intervals_cover(repeats, load, bounds, bias):
    guns = 10
    truth = wait_mmc(guns, load * guns, service_min=SERVICE_MIN)
    hits, means = 0, []
    for repeat in range(repeats):
        sessions = steady_sessions(repeat, 10, 10_000, guns=guns, load=load)
        typical = without_warmup(
            {"sessions": sessions, "calls": sessions.clear().rename({"request_min": "arrive_min"})}
        )
        values = typical["sessions"].group_by("replication").agg(pl.col("wait_min").mean())["wait_min"].to_list()
        found = mean_estimate(values)
        hits += found.low <= truth <= found.high
        means.append(found.value)
    assert bounds[0] <= hits / repeats <= bounds[1], (hits, np.mean(means), truth)
    assert np.mean(means) == pytest.approx(truth, rel=bias), (hits, np.mean(means), truth)
