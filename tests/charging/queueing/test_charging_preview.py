"""The preview: load without the noise of counting, waits over a day, and against the simulation."""

import math

import numpy as np
import polars as pl
import pytest

import charging
from charging.queueing import wait_mmc
from charging.queueing.offered_load import hourly_counts, modified_load, smooth_profile, smooth_rates
from charging.queueing.preview import busy_loads, preview_prepared
from charging.queueing.waits import callers, followed, waits_of
from charging.simulation import Prepared, simulate_prepared
from data.arrays import HOURS

DAY = 1440.0
STAY_MIN = 45.0


def poisson(seed, erlang, days=1, **columns):
    """Return homogeneous Poisson requests with exponential stays of 45 min at a 60 kW gun."""
    rng = np.random.default_rng(seed)
    number = rng.poisson(erlang / STAY_MIN * DAY * days)
    return pl.DataFrame(
        {
            "request_id": np.arange(number),
            "arrive_min": np.sort(rng.uniform(0.0, DAY * days, number)),
            "current": ["dc"] * number,
            "energy_kwh": rng.exponential(STAY_MIN, number) + 1e-6,
            "accept_kw": [60.0] * number,
            **{name: [value] * number for name, value in columns.items()},
        }
    )


def forever(number):
    return np.full(number, math.inf)


def test_w2_a_day_of_1_5_erlang_on_3_guns_is_not_called_unstable(make_layout):
    """Its wait is 7.1 min; the largest hourly count made 4 Erlang of it, and called nine of ten days unstable."""
    layout = make_layout({"piles": 3})
    rows = [charging.preview(layout, poisson(seed, 1.5)).row(0, named=True) for seed in range(60)]
    assert all(row["stable"] for row in rows)
    assert wait_mmc(3, 1.5, service_min=STAY_MIN) == pytest.approx(7.1, abs=0.05)
    assert 7.1 / 2 < np.mean([row["wait_mean_min"] for row in rows]) < 7.1 * 2
    assert np.mean([row["busy_hour_erlang"] for row in rows]) == pytest.approx(1.5, rel=0.2)


def test_w2_a_week_of_it_is_nearer_still(make_layout):
    rows = [charging.preview(make_layout({"piles": 3}), poisson(seed, 1.5, 7)).row(0, named=True) for seed in range(30)]
    assert np.mean([row["wait_mean_min"] for row in rows]) == pytest.approx(7.1, rel=0.25)
    assert np.mean([row["busy_hour_erlang"] for row in rows]) == pytest.approx(1.5, rel=0.1)


def test_a_station_that_drivers_leave_is_never_unstable(make_layout):
    """6 Erlang ask for 3 guns: with patience or a longest queue the line is bounded, without both it grows."""
    layout = make_layout({"piles": 3})
    bounds = [{"patience_min": 20.0}, {"max_queue": 2}, {"patience_min": 20.0, "max_queue": 2}]
    for columns in bounds:
        row = charging.preview(layout, poisson(1, 6.0, 3, **columns)).row(0, named=True)
        assert row["stable"]
        assert row["left_share"] == pytest.approx(0.5, abs=0.1)
    row = charging.preview(layout, poisson(1, 6.0, 3)).row(0, named=True)
    assert not row["stable"]
    assert row["wait_mean_min"] is row["left_share"] is None


def test_preview_with_patience_and_longest_queue_is_near_the_simulation(make_layout):
    layout = make_layout({"piles": 4})
    rng = np.random.default_rng(3)
    requests = poisson(2, 4.0, 40, max_queue=3)
    requests = requests.with_columns(patience_min=pl.Series(rng.exponential(30.0, requests.height)))
    row = charging.preview(layout, requests).row(0, named=True)
    sessions = charging.simulate(layout, requests).sessions
    assert row["left_share"] == pytest.approx((sessions["outcome"] != "served").mean(), rel=0.1)
    assert row["wait_mean_min"] == pytest.approx(sessions["wait_min"].mean(), rel=0.2)


def test_a_busy_hour_that_passes_is_followed_in_time(make_layout):
    """2.4 guns' worth of arrivals for two hours at one gun, little else: the line goes away again, day after day."""
    rng = np.random.default_rng(7)
    days, parts = 60, []
    for day in range(days):
        parts += [DAY * day + rng.uniform(480.0, 600.0, rng.poisson(9.6)), DAY * day + rng.uniform(0, DAY, 4)]
    arrive = np.sort(np.concatenate(parts))
    requests = pl.DataFrame(
        {
            "request_id": np.arange(len(arrive)),
            "arrive_min": arrive,
            "current": ["dc"] * len(arrive),
            "energy_kwh": rng.exponential(30.0, len(arrive)) + 1e-6,
            "accept_kw": [60.0] * len(arrive),
        }
    )
    row = charging.preview(make_layout(), requests).row(0, named=True)
    waits = charging.simulate(make_layout(), requests).sessions["wait_min"]
    assert row["stable"]
    assert row["busy_hour_erlang"] > 1.0
    assert row["wait_mean_min"] == pytest.approx(waits.mean(), rel=0.15)


def test_a_queue_that_is_followed_settles_at_erlang_c():
    stays = np.random.default_rng(1).exponential(30.0, 200_000)
    who = callers(np.full(14 * HOURS, 2.0 / stays.mean()), stays, forever(9), forever(9))
    _, wait = followed(3, who)
    assert wait == pytest.approx(wait_mmc(3, 2.0, service_min=stays.mean()), rel=0.02)
    assert waits_of(3, who).wait_min == pytest.approx(wait_mmc(3, 2.0, service_min=stays.mean()), rel=0.02)


def test_modified_load_of_a_sine_is_its_closed_form():
    """Exponential stays: m(t) = E[S] (a + b (sin wt - w E[S] cos wt) / (1 + (w E[S])^2))."""
    mean, turn = 120.0, 2.0 * math.pi / DAY
    stays = -mean * np.log1p(-(np.arange(20_000) + 0.5) / 20_000)
    edges = 60.0 * np.arange(HOURS + 1)
    hourly = 0.1 + 0.05 * -np.diff(np.cos(turn * edges)) / (turn * 60.0)
    middle = edges[:-1] + 30.0
    late = (np.sin(turn * middle) - turn * mean * np.cos(turn * middle)) / (1.0 + (turn * mean) ** 2)
    expected = mean * (0.1 + 0.05 * late)
    got = modified_load(hourly, stays)
    assert got.mean() == pytest.approx(12.0, rel=1e-3)
    assert got == pytest.approx(expected, abs=0.005 * 12.0)


def test_modified_load_of_stays_longer_than_a_day():
    assert modified_load(np.full(HOURS, 0.01), np.array([4000.0])) == pytest.approx(np.full(HOURS, 40.0))


def test_noise_is_taken_out_and_a_real_profile_kept():
    even = np.full(HOURS, 1.0 / HOURS)
    rng = np.random.default_rng(4)
    flat = [smooth_profile(rng.poisson(2.0, HOURS).astype(float), even) for _ in range(200)]
    assert np.mean([profile.max() for profile in flat]) < 3.0  # the largest of 24 counts is above 5 on average
    peak = np.where(np.arange(HOURS) == 18, 400.0, 20.0)
    assert smooth_profile(peak, even)[18] == pytest.approx(400.0, rel=0.02)
    assert smooth_profile(peak, even).sum() == pytest.approx(peak.sum())


def test_days_may_be_busier_than_others():
    """A quiet day before a holiday: the average of both would have a third of the real waits at most."""
    rng = np.random.default_rng(2)
    minute = np.sort(np.concatenate([rng.uniform(0.0, DAY, 30), rng.uniform(DAY, 2 * DAY, 200)]))
    counts = hourly_counts(minute, 2)
    assert counts.sum(axis=1).tolist() == [30.0, 200.0]
    days = smooth_rates([counts])[0].reshape(2, HOURS).sum(axis=1) * 60.0
    assert days == pytest.approx([30.0, 200.0], rel=0.05)
    flat = smooth_rates([hourly_counts(rng.uniform(0.0, 7 * DAY, 70), 7)])[0]
    assert flat.max() < 1.5 * flat.mean()
    assert smooth_rates([]) == []


def test_currents_are_queues_of_their_own(make_layout):
    """40 idle AC guns do not help those who wait for the one DC gun."""
    layout = make_layout({}, {"current": "ac", "piles": 40})
    row = charging.preview(layout, poisson(5, 2.0, 7)).row(0, named=True)
    assert not row["stable"]
    loads = busy_loads(layout, poisson(5, 2.0, 7))
    assert loads["current"].to_list() == ["dc", "ac"]
    assert loads["busy_hour_erlang"][1] == 0.0


def test_who_leaves_at_a_set_time_loads_the_gun_no_longer(make_layout, make_requests):
    """60 kWh at 60 kW take an hour; 25 min with 10 of them on the way leave 15, and who has 5 does not set out."""
    ask = make_requests(
        {"energy_kwh": 60.0, "origin": "o"},
        {"energy_kwh": 60.0, "origin": "o", "arrive_min": 10.0, "leave_by_min": 35.0},
        {"energy_kwh": 60.0, "origin": "o", "arrive_min": 20.0, "leave_by_min": 25.0},
    )
    ways = pl.DataFrame({"origin": ["o"], "station_id": ["s"], "minutes": [10.0], "km": [8.0]})
    row = charging.preview(make_layout({}), ask, ways).row(0, named=True)
    assert row["requests"] == 2
    assert row["mean_stay_min"] == pytest.approx((60.0 + 15.0) / 2)


def test_who_follows_another_comes_after_it(make_layout, make_requests):
    """A chain of 20 min and 30 h of driving is on two days, with the first request not at its own gap but after it."""
    rows = [{"arrive_min": 600.0}, {"arrive_min": 1800.0, "follows": 0}, {"arrive_min": 1800.0, "follows": 1}]
    chained = charging.preview(make_layout({}), make_requests(*rows)).row(0, named=True)
    times = (600.0, 600.0 + 20.0 + 1800.0, 600.0 + 2.0 * 1820.0)
    drawn = charging.preview(make_layout({}), make_requests(*[{"arrive_min": at} for at in times])).row(0, named=True)
    assert chained == drawn
    assert drawn["offered_erlang"] == pytest.approx(60.0 / (3.0 * DAY))


def test_requests_for_a_type_of_plug_are_counted(make_layout, make_requests):
    layout = make_layout({"plug": "GB/T"}, {"current": "ac", "pile_kw": 7.0})
    ask = make_requests({"plug": "GB/T"}, {"plug": "GB/T", "current": "any"}, {})
    assert charging.preview(layout, ask)["requests"].to_list() == [3]


def test_tables_that_are_prepared_once_give_the_same_preview_and_one_simulation(make_layout):
    layout, requests = make_layout({"piles": 3}), poisson(1, 1.5)
    ready = Prepared.of(layout, requests)
    assert preview_prepared(ready).equals(charging.preview(layout, requests))
    assert simulate_prepared(ready).sessions.equals(charging.simulate(layout, requests).sessions)
    # the simulation has changed what was prepared
    with pytest.raises(RuntimeError, match="prepare the tables again"):
        simulate_prepared(ready)


def test_a_preview_of_no_requests_shows_stations_that_nobody_comes_to(make_layout):
    assert charging.preview(make_layout({"piles": 3}), poisson(1, 1.5).clear())["requests"].to_list() == [0]
