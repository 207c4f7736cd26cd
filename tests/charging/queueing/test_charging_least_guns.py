"""Least guns by formula: against Erlang's formulas by hand, and that one gun fewer does not do."""

import math

import numpy as np
import polars as pl
import pytest

from charging import simulate
from charging.queueing.bounded import bounded
from charging.queueing.formulas import erlang_a, erlang_c
from charging.queueing.least_guns import Asked, Criteria, _queue, least_guns
from charging.queueing.waits import callers
from data.schemas.accounts import LEAST_GUNS

CRITERIA = Criteria(late_min=15.0, late_share=0.1, left_share=0.01)
# half stay no time and half twice the mean: the variance of an exponential law, so that no correction is due
STAYS = np.array([1e-9, 80.0] * 50)


def steady(load, *, patience=math.inf, most=math.inf):
    """Return those who come at a load that is the same all day."""
    count = len(STAYS)
    rate = np.full(24, load / float(STAYS.mean()))
    return callers(rate, STAYS, np.full(count, patience), np.full(count, most))


def test_without_patience_the_late_are_those_of_erlang_c():
    found = Asked.of(steady(4.0)).lateness(6, CRITERIA)
    assert found.late == pytest.approx(erlang_c(6, 4.0) * math.exp(-15.0 * 2.0 / 40.0), rel=1e-6)
    assert found.left == 0.0


def test_with_patience_those_leave_who_leave_in_erlang_a():
    found = Asked.of(steady(3.6, patience=80.0)).lateness(4, CRITERIA)
    assert found.left == pytest.approx(erlang_a(4, 3.6 / 40.0, 1.0 / 40.0, 1.0 / 80.0).abandon_share, rel=1e-6)
    # who leaves is late; some of the rest wait longer than the limit
    assert found.left < found.late < 1.0


@pytest.mark.parametrize(("load", "patience"), [(0.5, 20.0), (3.6, 80.0), (8.0, 30.0)])
def test_the_waits_of_those_who_wait_sum_to_the_wait_of_all_who_are_served(load, patience):
    who, loads = steady(load, patience=patience), np.array([load, 0.5 * load])
    asked = Asked(who, loads, np.ones(2), float(who.stay_min.mean()))
    waiting, mean_min, left = _queue(4, asked)
    found = bounded(4, loads, joins=who.joins, patience=who.patience_per_min * 40.0)
    # the wait is stated over all who join, and who leaves is not served
    assert waiting * mean_min == pytest.approx(40.0 * found.wait * (1.0 - left))
    assert (waiting > 0.0).all()


def test_more_than_the_guns_can_serve_is_late():
    assert Asked.of(steady(4.0)).lateness(3, CRITERIA).late == pytest.approx(1.0)


@pytest.mark.parametrize("who", [steady(4.0), steady(9.0, patience=60.0), steady(2.0, most=0.0)])
def test_one_gun_fewer_than_the_fewest_does_not_do(who):
    asked = Asked.of(who)
    guns = asked.fewest(CRITERIA)
    assert asked.lateness(guns, CRITERIA).keeps(CRITERIA)
    assert not asked.lateness(guns - 1, CRITERIA).keeps(CRITERIA)


@pytest.mark.parametrize("load", [0.01, 0.4, 1.0, 3.7, 12.0, 60.0])
@pytest.mark.parametrize("late_share", [0.001, 0.1, 0.9])
@pytest.mark.parametrize("patience", [5.0, 60.0, math.inf])
def test_the_fewest_guns_are_the_first_that_do(load, late_share, patience):
    asked, criteria = Asked.of(steady(load, patience=patience)), Criteria(15.0, late_share, late_share)
    guns = 1
    while not asked.lateness(guns, criteria).keeps(criteria):
        guns += 1
    assert asked.fewest(criteria) == guns


def test_a_holiday_asks_for_the_p95_too():
    who = steady(9.0)
    strict = Criteria(late_min=15.0, late_share=0.5, left_share=0.01, p95_min=5.0)
    loose = Criteria(late_min=15.0, late_share=0.5, left_share=0.01)
    asked = Asked.of(who)
    assert asked.fewest(strict) > asked.fewest(loose)
    assert asked.lateness(asked.fewest(strict), strict).beyond_p95 <= 0.05


def test_the_share_who_leaves_is_near_that_of_the_simulation(make_layout):
    gaps = np.random.default_rng(3).exponential(12.0, 2500)
    requests = pl.DataFrame(
        {
            "request_id": np.arange(2500),
            "arrive_min": np.cumsum(gaps),
            "current": "dc",
            # 60 kW: a kWh takes a minute
            "energy_kwh": np.random.default_rng(4).exponential(30.0, 2500) + 1e-3,
            "accept_kw": 60.0,
            "patience_min": np.random.default_rng(5).exponential(20.0, 2500),
        }
    )
    layout = make_layout({"piles": 3, "guns_per_pile": 1, "pile_kw": 60.0})
    table = least_guns(layout, requests, None, CRITERIA)
    assert table.schema == pl.Schema(LEAST_GUNS)
    row = table.row(0, named=True)
    seen = (simulate(layout, requests).sessions["outcome"] == "reneged").mean()
    assert row["left_share"] == pytest.approx(seen, abs=0.03)
    assert row["least_guns"] > row["guns"] == 3


def test_who_can_take_either_is_counted_at_dc(make_layout):
    layout = make_layout({"current": "ac", "pile_kw": 7.0}, {"pile_kw": 60.0, "piles": 4})
    requests = pl.DataFrame(
        {
            "request_id": range(48),
            "arrive_min": [30.0 * number for number in range(48)],
            "current": "any",
            "first_current": "ac",
            "energy_kwh": 20.0,
            "accept_kw": 60.0,
        }
    )
    table = least_guns(layout, requests, None, CRITERIA)
    assert dict(table.select("current", "requests").iter_rows()) == {"ac": 0, "dc": 48}
    # nobody needs the guns that nobody comes to
    assert table.filter(current="ac")["least_guns"].item() == 0
