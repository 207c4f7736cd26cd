"""The shipped weeks of Deqing give the same rows in both engines."""

import polars as pl
import pytest

from experiments import Scenario
from experiments.runs.plan import prepare
from experiments.runs.replicate import demand, simulate_charging

MINUTES = 1e-6
WEEKS = ("deqing-2025", "deqing-2030", "deqing-2030-spring-festival")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("auto", {"simpy": 2, "compiled": 1}), ("simpy", {"simpy": 3}), ("compiled", {"compiled": 3})],
)
def test_a_plan_says_which_engine_works_out_each_replication(small_scenario, asked, expected):
    plan = prepare(small_scenario.with_(charging={"engine": asked}), replications=3)
    # of the third replication no row: nobody came
    sessions = pl.DataFrame({"replication": [0] * 499 + [1] * 500})
    assert plan.engines(sessions) == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", WEEKS)
def test_a_shipped_week_is_the_same_in_both_engines(name):
    case = prepare(Scenario.load(name), replications=1).case
    requests = demand(case, seed=11)
    one, other = (simulate_charging(case, requests, seed=11, engine=engine) for engine in ("simpy", "compiled"))
    for table in ("sessions", "visits", "stations", "load"):
        left, right = getattr(one, table), getattr(other, table)
        assert left.shape == right.shape
        for column in left.columns:
            if left[column].dtype.is_float():
                apart = ((left[column] - right[column]).abs() / (1.0 + left[column].abs())).max() or 0.0
                assert apart < MINUTES, f"{table}: {column}"
                assert left[column].null_count() == right[column].null_count()
            else:
                assert left[column].equals(right[column], null_equal=True), f"{table}: {column}"
