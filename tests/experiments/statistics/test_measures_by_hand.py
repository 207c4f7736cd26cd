"""Every measure of a run, and where a warm-up ends, on tables so small that they are worked out by hand."""

import math

import numpy as np
import polars as pl
import pytest

from experiments.statistics.measures import MEASURES
from experiments.statistics.warmup import BINS, LEAST, warmup_end, without_warmup

LATE_MIN = 10.0
FIGURES = {
    "charging.los_wait_min": LATE_MIN,
    "charging.wait_weight": 2.0,
    "charging.value_of_time_cny_h": 30.0,
    "charging.lost_cny_kwh": 4.0,
}
SESSIONS = {
    "outcome": ["served", "served", "served", "served", "reneged"],
    "wait_min": [0.0, 4.0, 8.0, 20.0, 15.0],
    "travel_min": [3.0, 6.0, 9.0, 12.0, 30.0],
    "asked_kwh": [10.0, 20.0, 30.0, 20.0, 20.0],
    "energy_kwh": [10.0, 20.0, 30.0, 15.0, 0.0],
    "cost_cny": [15.0, 24.0, 33.0, 18.0, 0.0],
    "kgco2": [6.0, 12.0, 18.0, 9.0, 0.0],
}
STATIONS = {"usable_guns": [2, 6], "gun_utilisation_share": [0.5, 0.1]}
LOAD = {"start_min": [0.0, 0.0, 15.0, 15.0], "mean_kw": [40.0, 20.0, 50.0, 5.0]}
CALLS = {"outcome": ["served", "served", "stockout", "left"], "wait_min": [10.0, 30.0, 5.0, 50.0]}
EXPECTED = {
    "wait_mean_min": 8.0,
    "p50_wait_min": 6.0,
    "p90_wait_min": 16.4,
    "p95_wait_min": 18.2,
    "late_share": 0.25,
    "unserved_share": 0.2,
    "not_in_time_share": 0.4,
    # bill 90; an hour on the way and 47 min in queues, which count twice, at 30 CNY; 25 kWh gone without at 4 CNY
    "burden_cny_per_request": (90.0 + 30.0 * (1.0 + 2.0 * 47.0 / 60.0) + 100.0) / 5.0,
    "lost_kwh_per_request": 5.0,
    "cost_cny_per_kwh": 90.0 / 75.0,
    "kgco2_per_kwh": 45.0 / 75.0,
    "travel_mean_min": 12.0,
    "energy_kwh": 75.0,
    "energy_delivered_share": 0.75,
    "cost_cny": 90.0,
    "kgco2": 45.0,
    "utilisation_share": 0.2,
    "peak_kw": 60.0,
    "lng_wait_mean_min": 20.0,
    "lng_p95_wait_min": 29.0,
    "stockout_share": 0.25,
}
SUMS = ("energy_kwh", "cost_cny", "kgco2")


@pytest.fixture(scope="module")
def tables():
    """Return the tables of two replications: the first is empty."""
    rows = {"sessions": SESSIONS, "stations": STATIONS, "load": LOAD, "calls": CALLS}
    return {name: pl.DataFrame(table).with_columns(replication=1) for name, table in rows.items()}


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_is_what_it_says(tables, name):
    empty, found = MEASURES[name].values(tables, 2, FIGURES.__getitem__)
    assert found == pytest.approx(EXPECTED[name], rel=1e-12)
    assert empty == (0.0 if name in SUMS else None)


def test_the_warmup_ends_at_the_edge_of_the_first_interval_at_its_level():
    # 8 intervals of LEAST waits each, a minute apart but for the last, which belongs to the last interval
    times = np.arange(8.0 * LEAST)
    edges = np.linspace(0.0, times[-1], 9)
    for full in range(1, 5):
        waits = np.where(times >= edges[full], 20.0, 0.0)
        assert warmup_end(times, waits) == edges[full]


def test_few_waits_make_few_intervals_and_many_no_more_than_the_most():
    for number, bins in ((LEAST, 1), (3 * LEAST, 3), (2 * LEAST * BINS, BINS)):
        times = np.arange(number) / 100.0  # less than two days: no whole day to cut
        # at its level from the second wait on: the second interval, or half of the time where there is one alone
        waits = np.where(times > 0.0, 20.0, 0.0)
        expected = times[-1] / bins if bins > 1 else times[-1] / 2.0
        assert warmup_end(times, waits) == pytest.approx(expected)


def test_what_comes_in_the_moment_in_which_the_warmup_ends_counts():
    times = np.arange(8.0 * LEAST)
    edge = np.linspace(0.0, times[-1], 9)[2]
    times[int(np.searchsorted(times, edge))] = edge
    rows = {"request_min": times, "wait_min": np.where(times >= edge, 20.0, 0.0), "outcome": ["served"] * len(times)}
    sessions = pl.DataFrame(rows)
    calls = sessions.rename({"request_min": "arrive_min"}).clear()
    kept = without_warmup({"sessions": sessions, "calls": calls})["sessions"]
    assert kept["request_min"].min() == edge
    assert kept.height == math.ceil(times[-1] - edge)


def test_an_interval_in_which_nobody_asks_is_at_no_level():
    # the first of eight intervals waits for nothing, the next four are empty, and the rest is at its level
    times = np.concatenate([np.arange(250.0), np.arange(1250.0, 1400.0)])
    waits = np.where(times < 250.0, 0.0, 20.0)
    assert warmup_end(times, waits) == pytest.approx(0.5 * times[-1])
