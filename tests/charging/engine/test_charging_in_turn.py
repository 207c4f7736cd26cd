"""Drivers for whom stations are equally good spread over them as their guns do, in all that assigns drivers."""

import pytest

import charging
from charging.queueing.preview import preview

BEHAVIOUR = {"indifference_min": 3.0, "max_tries": 1}
NUMBER = 400


@pytest.fixture
def two_stations(case):
    """Return two stations with one gun and three, as far from home, and a driver every hour."""
    layout = case.layout(
        {"station_id": "small"},
        {"station_id": "large", "piles": 3},
    )
    requests = case.requests(
        *({"arrive_min": 60.0 * hour, "origin": "home", "energy_kwh": 10.0} for hour in range(NUMBER))
    )
    roads = case.roads(("home", "small", 10.0, 5.0), ("home", "large", 11.0, 5.5))
    return layout, requests, roads


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_station_with_three_times_the_guns_gets_three_times_the_drivers(two_stations, engine):
    layout, requests, roads = two_stations
    found = charging.simulate(layout, requests, roads, behaviour=BEHAVIOUR, engine=engine).sessions
    assert (found["station_id"] == "large").sum() == pytest.approx(0.75 * NUMBER, abs=3)


def test_the_preview_spreads_drivers_alike(two_stations):
    layout, requests, roads = two_stations
    found = preview(layout, requests, roads, behaviour=BEHAVIOUR)
    offered = dict(found.select("station_id", "offered_erlang").iter_rows())
    assert offered["large"] / (offered["large"] + offered["small"]) == pytest.approx(0.75, abs=0.01)
