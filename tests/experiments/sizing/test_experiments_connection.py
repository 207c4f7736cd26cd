"""The smallest connection of a car park by the share of energy that its cars leave with."""

import numpy as np
import polars as pl
import pytest

from charging import simulate
from data.goals import Goal
from experiments.sizing.stations.trial import KNOWN
from experiments.sizing.targets import check_goals, parse_goals, service_of


@pytest.fixture
def workday():
    """A made-up day: 40 cars that come in the morning and leave in the afternoon, and 10 that stay an hour."""
    rng = np.random.default_rng(4)
    arrive = np.concatenate([rng.uniform(420.0, 540.0, 40), rng.uniform(480.0, 900.0, 10)])
    stay = np.concatenate([rng.uniform(360.0, 540.0, 40), np.full(10, 60.0)])
    energy = np.concatenate([rng.uniform(4.0, 12.0, 40), np.full(10, 2.0)])
    return pl.DataFrame(
        {
            "request_id": np.arange(50),
            "arrive_min": arrive,
            "current": ["ac"] * 50,
            "energy_kwh": energy,
            "accept_kw": np.full(50, 6.6),
            "leave_by_min": arrive + stay,
        }
    )


def delivered(requests, kw):
    layout = pl.DataFrame(
        {
            "station_id": ["park"],
            "group_id": ["g"],
            "current": ["ac"],
            "pile_kw": [7.0],
            "piles": [50],
            "guns_per_pile": [1],
            "sharing": ["exclusive"],
            "transformer_kw": [kw],
        }
    )
    result = simulate(layout, requests)
    assert result.sessions["outcome"].to_list() == ["served"] * 50
    tables = {"sessions": result.sessions.with_columns(replication=pl.lit(0))}
    return service_of(tables, 1, {"energy_delivered_share": "energy_delivered_share"}, lambda _: 15.0)


def test_a_connection_is_sized_by_the_energy_that_cars_leave_with(workday):
    goals = parse_goals("energy_delivered_share>=99%")
    assert goals == (Goal("energy_delivered_share", ">=", 0.99),)
    check_goals(goals, KNOWN)
    shares = {kw: delivered(workday, kw).measures["energy_delivered_share"].value for kw in (40.0, 60.0)}
    assert shares[40.0] < 0.99 < shares[60.0] <= 1.0
    enough = [kw for kw in (20.0, 30.0, 40.0, 50.0, 60.0) if delivered(workday, kw).meets(goals)]
    assert enough
    assert min(enough) > 40.0
