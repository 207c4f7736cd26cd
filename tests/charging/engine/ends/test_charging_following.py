"""Requests that follow others: fleets that come back, against the closed form of a finite source."""

import numpy as np
import polars as pl
import pytest

from charging import check_accounts, simulate
from charging.queueing import machine_repair, wait_mmc
from data.errors import DataError

GAP_MIN, STAY_MIN, KW = 90.0, 30.0, 60.0


def fleet(vehicles, charges, seed=1):
    """Return requests of vehicles that come back: an exponential gap and stay for each charge."""
    rng = np.random.default_rng(seed)
    number = np.arange(vehicles * charges)
    before = np.where(number % charges > 0, number - 1, -1)
    return pl.DataFrame(
        {
            "request_id": number,
            "arrive_min": rng.exponential(GAP_MIN, len(number)),
            "current": ["dc"] * len(number),
            "energy_kwh": rng.exponential(STAY_MIN, len(number)) * KW / 60.0 + 1e-9,
            "accept_kw": np.full(len(number), KW),
            "follows": pl.Series(before).replace(-1, None),
        }
    )


@pytest.mark.parametrize(("guns", "vehicles"), [(1, 2), (1, 5), (2, 10), (5, 18), (10, 45)])
def test_a_finite_fleet_waits_as_the_machine_repair_model_says(make_layout, guns, vehicles):
    charges = 60_000 // vehicles
    table = fleet(vehicles, charges)
    result = simulate(make_layout({"piles": guns}), table)
    sessions = result.sessions
    # until the first vehicle has had its last charge, all of them are on the road or here
    until = sessions.filter(pl.col("request_id") % charges == charges - 1)["leave_min"].min()
    inside = sessions.filter(pl.col("plug_min") < until)
    expected = machine_repair(guns, vehicles, gap_min=GAP_MIN, service_min=STAY_MIN)
    assert inside["wait_min"].mean() == pytest.approx(expected.wait_min, rel=0.03)
    assert inside.height / until == pytest.approx(expected.per_min, rel=0.03)
    assert check_accounts(result, table)["holds"].all()


def test_closed_forms_of_a_finite_source():
    # two vehicles at one gun: a (2 - n) / gap, n / service; p0 = 1 / (1 + 2 r + 2 r^2), r = service / gap
    r = STAY_MIN / GAP_MIN
    empty = 1.0 / (1.0 + 2.0 * r + 2.0 * r * r)
    found = machine_repair(1, 2, gap_min=GAP_MIN, service_min=STAY_MIN)
    assert found.per_min == pytest.approx((1.0 - empty) / STAY_MIN)
    assert found.queue == pytest.approx(2.0 * r * r * empty)
    assert machine_repair(3, 3, gap_min=GAP_MIN, service_min=STAY_MIN).wait_min == pytest.approx(0.0, abs=1e-12)
    # a large fleet that seldom comes is a Poisson stream
    many = machine_repair(5, 20_000, gap_min=20_000 * STAY_MIN / 4.0, service_min=STAY_MIN)
    assert many.wait_min == pytest.approx(wait_mmc(5, 4.0, service_min=STAY_MIN), rel=5e-3)


@pytest.mark.parametrize(
    ("servers", "sources", "gap"), [(0, 2, 1.0), (1, 0, 1.0), (1, 1.5, 1.0), (1, 2, 0.0), (1, 2, float("inf"))]
)
def test_a_finite_source_needs_guns_vehicles_and_gaps(servers, sources, gap):
    with pytest.raises(DataError, match=r"servers|sources|gap_min"):
        machine_repair(servers, sources, gap_min=gap, service_min=1.0)


def chain(make_requests, *rows):
    return make_requests(*rows).with_columns(
        follows=pl.Series([row.get("follows") for row in rows], dtype=pl.Int64),
        leave_by_min=pl.Series([row.get("leave_by_min") for row in rows], dtype=pl.Float64),
    )


def test_the_next_charge_begins_after_overstay_and_gap(make_layout, make_requests):
    table = chain(
        make_requests,
        {"arrive_min": 5.0, "energy_kwh": 10.0, "follows": 1},
        {"arrive_min": 10.0, "energy_kwh": 30.0, "overstay_min": 7.0},
        {"arrive_min": 0.0, "energy_kwh": 10.0, "follows": 0},
    )
    for group in ({}, {"guns_per_pile": 2, "sharing": "dynamic"}, {"transformer_kw": 60.0}):
        found = simulate(make_layout(group), table).sessions
        assert found["request_min"].to_list() == [52.0, 10.0, 62.0]
        assert found["plug_min"].to_list() == [52.0, 10.0, 62.0]
        assert found["arrive_min"].to_list() == [52.0, 10.0, 62.0]
        assert found["leave_min"].to_list() == pytest.approx([62.0, 47.0, 72.0])


def test_it_follows_whatever_became_of_the_one_before(make_layout, make_requests):
    table = chain(
        make_requests,
        {"arrive_min": 0.0, "energy_kwh": 60.0},
        {"arrive_min": 1.0, "energy_kwh": 60.0, "patience_min": 20.0},
        {"arrive_min": 2.0, "energy_kwh": 60.0, "max_queue": 0},
        {"arrive_min": 3.0, "energy_kwh": 60.0, "current": "ac"},
        *({"arrive_min": 100.0, "energy_kwh": 1.0, "follows": number} for number in (1, 2, 3, 3)),
    )
    found = simulate(make_layout(), table).sessions
    assert found["outcome"].to_list()[:4] == ["served", "reneged", "balked", "unserved"]
    assert found["request_min"].to_list()[4:] == [121.0, 102.0, 103.0, 103.0]
    assert found["outcome"].to_list()[4:] == ["served"] * 4
    reasons = [None, "out of patience", "queue too long", "none in reach", None, None, None, None]
    assert found["reason"].to_list() == reasons


def test_the_time_of_leaving_counts_from_the_same_end(make_layout, make_requests):
    table = chain(
        make_requests,
        {"arrive_min": 0.0, "energy_kwh": 60.0},
        {"arrive_min": 10.0, "energy_kwh": 60.0, "follows": 0, "leave_by_min": 40.0},
    )
    for group in ({}, {"guns_per_pile": 2, "sharing": "dynamic"}):
        result = simulate(make_layout(group), table)
        assert result.sessions["leave_min"].to_list() == [60.0, 100.0]
        assert result.sessions["unmet_kwh"].to_list() == pytest.approx([0.0, 30.0])
        assert check_accounts(result, table)["holds"].all()


def test_who_follows_one_that_never_ends_is_unfinished(make_layout, make_requests):
    out = pl.DataFrame({"station_id": ["s"], "group_id": ["g0"], "pile": [0], "start_min": [0.0], "end_min": [9e4]})
    table = chain(
        make_requests,
        {"arrive_min": 1.0, "energy_kwh": 1.0, "patience_min": 9.0},
        {"arrive_min": 5.0, "energy_kwh": 1.0, "follows": 0},
    )
    found = simulate(make_layout(), table, outages=out).sessions
    assert found["request_min"].to_list() == [1.0, 15.0]
    assert found["outcome"].to_list() == ["reneged", "served"]  # it waits until the pile is back


@pytest.mark.parametrize(
    ("follows", "words"),
    [((None, 9), "request_id 1: got 9, which is no request_id"), ((1, 0), "follows itself"), ((0, None), "itself")],
)
def test_chains_begin_somewhere(make_layout, make_requests, follows, words):
    rows = [{"arrive_min": 1.0, "energy_kwh": 1.0, "follows": before} for before in follows]
    with pytest.raises(DataError, match=words):
        simulate(make_layout(), chain(make_requests, *rows))


def test_the_compiled_engine_follows(make_layout, make_requests):
    rows = [{"arrive_min": 1.0, "energy_kwh": 1.0}, {"arrive_min": 5.0, "energy_kwh": 1.0, "follows": 0}]
    ask = chain(make_requests, *rows)
    found = [simulate(make_layout(), ask, engine=name).sessions for name in ("simpy", "compiled")]
    # 1 kWh at 60 kW: from 1 to 2, then 5 minutes after that
    assert found[0]["plug_min"].to_list() == found[1]["plug_min"].to_list() == [1.0, 7.0]
