"""Accounts, Little's law, preview and figures of access on cases that can be worked out by hand."""

import numpy as np
import polars as pl
import pytest

from charging import (
    ChargingResult,
    access_figures,
    check_accounts,
    check_little,
    gini,
    load_by_hour,
    preview,
    preview_against,
    simulate,
)
from charging.queueing.formulas import erlang_c, wait_mmc
from data.errors import DataError


def test_little_on_one_queue(make_layout, make_requests):
    # 0-60 charges A; B waits 10-60, C waits 20-120: 150 vehicle-minutes of queue in 180 minutes, two at most
    requests = make_requests(*({"arrive_min": at, "energy_kwh": 60} for at in (0, 10, 20)))
    result = simulate(make_layout(), requests)
    row = check_little(result.sessions).row(0, named=True)
    assert row["span_min"] == 180
    assert row["queue_mean"] == pytest.approx(150 / 180)
    assert row["queue_by_wait"] == pytest.approx(150 / 180)
    assert row["queue_max"] == 2
    assert row["busy_mean"] == pytest.approx(1.0)
    assert row["holds"]
    station = result.stations.row(0, named=True)
    assert station["queue_mean"] == pytest.approx(150 / 1440)
    assert station["queue_max"] == 2


def test_a_table_that_was_tampered_with_does_not_pass(make_layout, make_requests):
    requests = make_requests(*({"arrive_min": at, "energy_kwh": 60} for at in (0, 10, 20)))
    result = simulate(make_layout({"piles": 2}), requests)
    assert check_accounts(result, requests)["holds"].all()
    lost = ChargingResult(result.sessions.head(2), result.load, result.stations)
    assert check_accounts(lost, requests).filter(~pl.col("holds"))["check"].to_list()[:2] == [
        "one row a request",
        "arrivals = sum of outcomes",
    ]
    twice = result.sessions.with_columns(pile=pl.lit(0), gun=pl.lit(0))
    failed = check_accounts(ChargingResult(twice, result.load, result.stations), requests).filter(~pl.col("holds"))
    assert failed["check"].to_list() == ["no gun serves two vehicles"]
    less = result.load.with_columns(pl.col("meter_kwh") * 0.99)
    failed = check_accounts(ChargingResult(result.sessions, less, result.stations), requests).filter(~pl.col("holds"))
    assert failed["check"].to_list() == ["integral of the load = meter kWh of sessions"]


def test_minutes_at_the_limit(make_layout, make_requests):
    requests = make_requests(*({"arrive_min": 0, "energy_kwh": 50} for _ in range(2)))
    result = simulate(make_layout({"piles": 2, "transformer_kw": 100.0}), requests)
    assert result.stations["limit_min"].item() == 60
    assert result.stations["peak_kw"].item() == pytest.approx(100)


def test_preview_of_an_even_day_is_erlang_c(make_layout):
    rng = np.random.default_rng(5)
    arrive = np.sort(rng.uniform(0, 20 * 1440, 4000))
    stay = rng.exponential(30.0, 4000)
    requests = pl.DataFrame(
        {
            "request_id": range(4000),
            "arrive_min": arrive,
            "current": "dc",
            "energy_kwh": stay,
            "accept_kw": 60.0,
        }
    )
    layout = make_layout({"piles": 8})
    row = preview(layout, requests).row(0, named=True)
    load = stay.sum() / (20 * 1440)
    assert row["offered_erlang"] == pytest.approx(load)
    assert row["busy_hour_erlang"] == pytest.approx(load, rel=0.05)
    assert row["wait_share"] == pytest.approx(erlang_c(8, load), rel=0.05)
    spread = (1 + stay.var() / stay.mean() ** 2) / 2
    assert row["wait_mean_min"] == pytest.approx(wait_mmc(8, load, service_min=stay.mean()) * spread, rel=0.05)
    assert row["stable"]
    beside = preview_against(preview(layout, requests), simulate(layout, requests).stations).row(0, named=True)
    assert beside["utilisation_difference"] == pytest.approx(0.0, abs=2e-3)
    assert beside["wait_difference_min"] == pytest.approx(beside["simulated_wait_mean_min"] - beside["wait_mean_min"])


def test_preview_names_a_station_that_cannot_keep_up(make_layout, make_requests):
    layout = make_layout({"station_id": "a"}, {"station_id": "b"})
    travel = pl.DataFrame({"origin": ["t"], "station_id": ["a"], "minutes": [1.0], "km": [1.0]})
    requests = make_requests(*({"arrive_min": 50 * at, "energy_kwh": 60, "origin": "t"} for at in range(28)))
    table = preview(layout, requests, travel)
    assert table["stable"].to_list() == [False, True]
    assert table["wait_mean_min"].to_list() == [None, 0.0]
    assert table["requests"].to_list() == [28, 0]


def test_gini_and_reach():
    assert gini(pl.Series([10, 20, 30]), np.array([1.0, 2.0, 3.0])) == pytest.approx(0.0)
    # half the people have nothing: the Lorenz curve is flat to one half, then straight to one
    assert gini(pl.Series([0, 8]), np.array([5.0, 5.0])) == pytest.approx(0.5)
    assert gini(pl.Series([0, 0]), np.array([5.0, 5.0])) == 0.0
    table = pl.DataFrame({"residents": [300, 700], "nearest_min": [2.0, 12.0], "guns_in_town": [3, 7]})
    row = access_figures(table).row(0, named=True)
    assert row["within_5_min_share"] == pytest.approx(0.3)
    assert row["within_20_min_share"] == pytest.approx(1.0)
    assert row["mean_min"] == pytest.approx(9.0)
    assert row["gini"] == pytest.approx(0.0)


def test_carbon_by_hour(make_layout, make_requests):
    result = simulate(make_layout(), make_requests({"arrive_min": 90, "energy_kwh": 60}))
    table = load_by_hour(result.load, kgco2_per_kwh=0.5)
    assert table.filter(pl.col("kgco2") > 0).rows() == [(1, pytest.approx(30), pytest.approx(15)), (2, 30, 15)]


@pytest.mark.parametrize(
    ("layout", "vehicles", "message"),
    [
        ({"sharing": "fair"}, None, "sharing"),
        ({"guns_per_pile": 0}, None, "guns_per_pile"),
        ({"transformer_kw": 1.0}, None, "transformer_kw"),
        ({}, {"curve_share": [1.0, 1.2]}, "curve_share"),
        ({}, {"curve_soc": [0.0, 1.2]}, "curve_soc"),
        ({}, {"curve_soc": [0.1, 1.0]}, "curve_soc"),
    ],
)
def test_bad_tables_name_row_and_column(make_layout, make_requests, layout, vehicles, message):
    table = None
    if vehicles is not None:
        row = {"vehicle_class": "car", "curve_soc": [0.0, 1.0], "curve_share": [1.0, 0.0], **vehicles}
        table = pl.DataFrame([row])
    with pytest.raises(DataError, match=f"(?s)row.*{message}|{message}.*row"):
        simulate(make_layout(layout), make_requests({"arrive_min": 0, "energy_kwh": 6}), vehicles=table)


def test_soc_above_one_is_named(make_layout, make_requests):
    requests = make_requests({"arrive_min": 0, "energy_kwh": 6, "battery_kwh": 50.0, "soc_start": 1.2})
    with pytest.raises(DataError, match="soc_start"):
        simulate(make_layout(), requests)


def test_stations_come_some_at_a_time_and_whole(monkeypatch, make_layout, make_requests):
    layout = pl.concat([make_layout({"station_id": name}) for name in "abc"])
    ways = pl.DataFrame({"origin": list("abc"), "station_id": list("abc"), "minutes": [0.0] * 3, "km": [0.0] * 3})
    rows = [{"arrive_min": 7.0 * at, "energy_kwh": 9 + at, "origin": "abc"[at % 3]} for at in range(30)]
    rows.append({"arrive_min": 1.0, "energy_kwh": 1, "origin": "a", "current": "ac"})
    whole = simulate(layout, make_requests(*rows), ways)
    monkeypatch.setattr("charging.results.batches.AT_ONCE", 8)
    parts = simulate(layout, make_requests(*rows), ways)
    assert parts.stations.equals(whole.stations)
    lost = simulate(layout, make_requests(*(row | {"current": "ac"} for row in rows)), ways)
    assert lost.stations["arrivals"].to_list() == [0, 0, 0]
