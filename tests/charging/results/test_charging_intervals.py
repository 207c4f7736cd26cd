"""Loads by other intervals: energy stays, powers are means, demand is metered over a quarter of an hour."""

import polars as pl
import pytest

from charging import simulate
from charging.results.intervals import by_interval, common_step, over_intervals

LAYOUT = pl.DataFrame(
    {
        "station_id": ["a", "b"],
        "group_id": ["dc", "dc"],
        "town": [None, None],
        "current": ["dc", "dc"],
        "pile_kw": [60.0, 60.0],
        "piles": [2, 2],
        "guns_per_pile": [1, 1],
        "sharing": ["exclusive", "exclusive"],
        "gun_amps": [None, None],
        "transformer_kw": [None, None],
    },
    schema_overrides={"town": pl.String, "gun_amps": pl.Float64, "transformer_kw": pl.Float64},
)


@pytest.mark.parametrize(
    ("interval", "step"),
    [
        *((15.0, 15.0), (30.0, 15.0), (60.0, 15.0), (1440.0, 15.0), (5.0, 5.0), (1.0, 1.0), (7.0, 1.0), (10.0, 5.0)),
        *((12.5, 2.5), (13.7, 13.7), (100.0 / 3.0, 5.0 / 3.0)),
    ],
)
def test_the_step_divides_both_intervals(interval, step):
    assert common_step(interval, 15.0) == pytest.approx(step)


@pytest.mark.parametrize("interval", [1.0, 5.0, 7.0, 15.0, 30.0, 60.0])
def test_energy_and_demand_do_not_depend_on_the_interval(make_requests, interval):
    rows = [{"arrive_min": 11.0 * number, "energy_kwh": 9.0 + number, "accept_kw": 60.0} for number in range(40)]
    requests = make_requests(*rows)

    def run(minutes):
        settings = {"interval_min": common_step(minutes, 15.0)}
        return by_interval(simulate(LAYOUT, requests, behaviour=settings), minutes, demand_min=15.0)

    found, usual = run(interval), run(15.0)
    assert found.load["meter_kwh"].sum() == pytest.approx(found.sessions["meter_kwh"].sum())
    assert (found.load["mean_kw"] * interval / 60.0).to_list() == pytest.approx(found.load["meter_kwh"].to_list())
    # starts are whole numbers of intervals, exactly
    assert ((found.load["start_min"] / interval).round() * interval).to_list() == found.load["start_min"].to_list()
    assert found.stations["peak_kw"].to_list() == pytest.approx(usual.stations["peak_kw"].to_list())
    assert found.load.schema == usual.load.schema


def test_a_load_of_nothing_stays_one():
    numbers = ("start_min", "energy_kwh", "meter_kwh", "mean_kw", "ac_kwh")
    empty = pl.DataFrame(schema={"station_id": pl.String, **dict.fromkeys(numbers, pl.Float64)})
    assert over_intervals(empty, 30.0).schema == empty.schema
