"""The fewest guns by formula: against the distribution of waits of M/M/c, by hand over two hours, and by station."""

import numpy as np
import polars as pl
import pytest

from charging.queueing.formulas import wait_quantile_mmc
from charging.queueing.least_guns import late_share, least_guns, least_guns_by_station
from charging.queueing.verification import poisson_requests
from charging.queueing.waits import callers
from data import DataError

STAY_MIN = 40.0


def who(*erlang):
    """Return callers with a load in each hour (24 hours a day), nobody of whom gives up; stays are all alike."""
    rates = np.resize(np.asarray(erlang), 24) / STAY_MIN
    forever = np.full(1, np.inf)
    return callers(rates, np.full(1, STAY_MIN), forever, forever)


@pytest.mark.parametrize("load", [0.3, 4.0, 23.5])
@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_the_fewest_guns_that_keep_the_quantile_of_the_wait(load, share):
    guns = least_guns(who(load), late_min=15.0, limit_share=share)
    assert wait_quantile_mmc(guns, load, 1.0 - share, service_min=STAY_MIN) <= 15.0
    assert guns == 1 or wait_quantile_mmc(guns - 1, load, 1.0 - share, service_min=STAY_MIN) > 15.0


def test_the_share_is_that_of_arrivals_not_of_hours():
    # half of the hours bring nearly nobody: without weights a tenth of the hours could be as bad as it likes
    halves = who(*[8.0] * 12, *[1e-9] * 12)
    assert (
        least_guns(halves, late_min=15.0, limit_share=0.1) >= least_guns(who(8.0), late_min=15.0, limit_share=0.1) - 1
    )
    assert late_share(9, halves, late_min=15.0) > 0.5 * late_share(9, who(8.0), late_min=15.0)
    assert late_share(7, who(8.0), late_min=15.0) == pytest.approx(1.0)


def test_nobody_needs_no_gun_and_limits_are_checked():
    assert least_guns(None, late_min=15.0, limit_share=0.1) == 0
    with pytest.raises(DataError, match=r"late_min: got -1.0; expected minutes of at least 0"):
        least_guns(who(1.0), late_min=-1.0, limit_share=0.1)
    with pytest.raises(DataError, match=r"limit_share: got 0.0; expected a share above 0"):
        least_guns(who(1.0), late_min=15.0, limit_share=0.0)


def test_by_station_a_site_that_nobody_comes_to_keeps_a_gun(make_layout):
    groups = ({"station_id": "s", "group_id": "dc", "piles": 4, "town": "t"}, {"group_id": "ac", "current": "ac"})
    requests = poisson_requests(1, 400, 3.0, "exponential")
    found = least_guns_by_station(make_layout(*groups), requests, late_min=15.0, limit_share=0.1)
    dc, ac = (found.row(by_predicate=pl.col("current") == current, named=True) for current in ("dc", "ac"))
    assert (dc["town"], dc["guns"], ac["least_guns"], ac["late_share"]) == ("t", 4, 1, 0.0)
    assert 3 <= dc["least_guns"] <= 8
    assert dc["late_share"] > 0.0
