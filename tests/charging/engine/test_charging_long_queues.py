"""A queue costs each vehicle the same however long it is, in both engines (no count looks at all who wait)."""

import time

import numpy as np
import polars as pl
import pytest

from charging import simulate


def seconds(layout, waiting, *, engine, number=12_000):
    """Return the processor time of vehicles at 10 guns, of which so many wait in the end."""
    served = number - waiting
    requests = pl.DataFrame(
        {
            "request_id": np.arange(number),
            "arrive_min": np.linspace(0.0, 3.0 * served, number),
            "current": ["dc"] * number,
            "energy_kwh": np.full(number, 30.0),
            "accept_kw": np.full(number, 60.0),
            "max_queue": np.full(number, 10 * number),
        }
    )
    spent = []
    for _ in range(2):
        start = time.process_time()
        found = simulate(layout, requests, engine=engine).sessions
        spent.append(time.process_time() - start)
    assert found["outcome"].unique().to_list() == ["served"]
    return min(spent)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize(
    "group", [{"piles": 10}, {"piles": 5, "guns_per_pile": 2, "sharing": "dynamic", "pile_kw": 120.0}]
)
def test_a_long_queue_is_no_slower(make_layout, engine, group):
    layout = make_layout(group)
    simulate_once = seconds(layout, 100, engine=engine, number=200)  # compiles
    assert simulate_once > 0.0
    # 9,000 waiting against 100: counting them one by one would take 40 times as long
    assert seconds(layout, 9_000, engine=engine) < 4.0 * seconds(layout, 100, engine=engine)
