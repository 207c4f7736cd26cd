"""One berth with Poisson arrivals and fixed service against Pollaczek-Khinchine; Little's law."""

from __future__ import annotations

import heapq
import math

import networkx as nx
import numpy as np
import polars as pl
import pytest

from data.streams import stream
from shipping import simulate

SERVICE_MIN = 60.0
VESSELS = 2500


def berth(load, *, seed, berths=1):
    """Return arrivals and waits of vessels that each take 10 m3 at the only station, through the public model."""
    gaps = stream(seed, "test", "arrivals").exponential(SERVICE_MIN / (load * berths), VESSELS)
    depart = np.cumsum(gaps)
    names = [f"v{number:05d}" for number in range(VESSELS)]
    fleet = pl.DataFrame({"vessel_id": names}).with_columns(
        vessel_class=pl.lit("test"),
        fuel=pl.lit("lng"),
        kind=pl.lit("cycling"),
        **{name: pl.lit(1000.0) for name in ("dwt_t", "reference_kw")},
        **{name: pl.lit(10.0) for name in ("reference_speed_km_h", "water_speed_km_h")},
        **{name: pl.lit(0.0) for name in ("hotel_kw", "port_hotel_share", "sfc_kg_kwh")},
        **{name: pl.lit(1.0) for name in ("empty_power_share", "density_t_m3", "fill_max_share", "reserve_share")},
        may_share=pl.lit(1.0),
        tank_m3=pl.lit(20.0),
        tank_start_m3=pl.lit(10.0),
    )
    plan = pl.DataFrame({"voyage_id": np.arange(VESSELS), "vessel_id": names, "depart_min": depart}).with_columns(
        vessel_class=pl.lit("test"),
        from_km=pl.lit(0.0),
        to_km=pl.lit(10.0),
        cargo_t=pl.lit(0.0),
        load_share=pl.lit(0.0),
        kind=pl.lit("cycling"),
    )
    supply = pl.DataFrame(
        {
            "station": ["quay"],
            "chainage_km": [5.0],
            "berths": [berths],
            "pump_m3_h": [30.0],
            "mooring_min": [10.0],
            "precool_min": [15.0],
            "purge_min": [15.0],
            "open_h": [0.0],
            "close_h": [24.0],
            "tank_m3": [1e6],
            "tank_start_m3": [1e6],
            "fill_max_share": [1.0],
            "heel_share": [0.0],
            "reorder_share": [0.0],
            "truck_m3": [20.0],
            "truck_lead_h": [1.0],
            "truck_lead_cv": [0.0],
            "truck_unload_min": [30.0],
            "unload_alone": [False],
            "boil_off_share_per_day": [0.0],
            "density_t_m3": [0.43],
        }
    )
    line = nx.DiGraph()
    line.add_node("top", chainage_km=0.0)
    line.add_node("bottom", chainage_km=10.0)
    for edge in (("top", "bottom"), ("bottom", "top")):
        line.add_edge(*edge, length_km=10.0, current_km_h=0.0)
    return simulate(line, plan, supply, vessels=fleet)


@pytest.fixture(scope="module")
def replications():
    return [berth(0.7, seed=seed).calls for seed in range(12)]


def test_mean_wait_is_that_of_m_d_1(replications):
    means = np.array([calls["wait_min"].mean() for calls in replications])
    exact = 0.7 * SERVICE_MIN / (2.0 * (1.0 - 0.7))
    # the first vessels find an empty berth: the mean over the run lies a little below the exact one
    half = 3.1 * means.std(ddof=1) / math.sqrt(means.size)
    assert abs(means.mean() - exact) < half + 0.01 * exact
    assert half < 0.15 * exact


def test_waits_follow_lindley_path_by_path(replications):
    calls = replications[0]
    arrive = calls["arrive_min"].to_numpy()
    wait = np.zeros(arrive.size)
    for number in range(1, arrive.size):
        wait[number] = max(0.0, wait[number - 1] + SERVICE_MIN - (arrive[number] - arrive[number - 1]))
    np.testing.assert_allclose(calls["wait_min"].to_numpy(), wait, atol=1e-6)


def test_every_call_takes_the_fixed_service(replications):
    for calls in replications[:2]:
        service = (calls["end_min"] - calls["start_min"]).to_numpy()
        np.testing.assert_allclose(service, SERVICE_MIN, atol=1e-6)
        assert (calls["outcome"] == "served").all()


def test_littles_law_holds_on_the_path(replications):
    calls = replications[1]
    events = sorted(
        [(at, 1) for at in calls["arrive_min"]] + [(at, -1) for at in calls["start_min"]], key=lambda pair: pair[0]
    )
    area, queue, before = 0.0, 0, events[0][0]
    for at, step in events:
        area += queue * (at - before)
        queue, before = queue + step, at
    assert area == pytest.approx(calls["wait_min"].sum(), rel=1e-9)


def test_two_berths_never_hold_three_vessels():
    calls = berth(0.9, seed=5, berths=2).calls
    steps = sorted([(at, 1) for at in calls["start_min"]] + [(at, -1) for at in calls["end_min"]])
    assert int(np.cumsum([step for _, step in steps]).max()) == 2


def test_three_berths_follow_kiefer_and_wolfowitz_path_by_path():
    calls = berth(0.85, seed=3, berths=3).calls
    free = [0.0] * 3
    for arrive, wait in calls.select("arrive_min", "wait_min").iter_rows():
        start = max(arrive, heapq.heappop(free))
        heapq.heappush(free, start + SERVICE_MIN)
        assert wait == pytest.approx(start - arrive, abs=1e-6)
