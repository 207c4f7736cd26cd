"""The simulation against queueing theory: request by request where that is possible, else within intervals."""

import heapq
import math

import numpy as np
import pytest

from charging import simulate
from charging.queueing.formulas import erlang_a, erlang_b, wait_mdc, wait_mmc
from charging.queueing.verification import POWER_KW, SERVICE_MIN, poisson_requests, queue_layout
from data.streams import stream


@pytest.mark.parametrize(("servers", "load"), [(1, 0.9), (3, 2.5), (10, 9.5)])
def test_kiefer_wolfowitz_path_by_path(servers, load):
    requests = poisson_requests(servers, 4000, load, "exponential")
    waits = simulate(queue_layout(servers), requests)
    free = [0.0] * servers
    expected = []
    for arrive, energy in zip(requests["arrive_min"], requests["energy_kwh"], strict=True):
        start = max(arrive, heapq.heappop(free))
        expected.append(start - arrive)
        heapq.heappush(free, start + energy / POWER_KW * 60.0)
    assert np.abs(waits.sessions["wait_min"].to_numpy() - expected).max() < 1e-6


def batch_interval(values, batches=30):
    """Return mean and half-width of the 99.9 % interval by batch means."""
    means = np.array([part.mean() for part in np.array_split(np.asarray(values, dtype=float), batches)])
    return means.mean(), 3.66 * means.std(ddof=1) / math.sqrt(batches)


@pytest.mark.parametrize("law", ["exponential", "fixed", "uniform"])
def test_erlang_b_whatever_the_service_law(law):
    requests = poisson_requests(11, 30_000, 8.0, law, max_queue=[0] * 30_000)
    lost = simulate(queue_layout(10), requests).sessions["outcome"] == "balked"
    mean, half = batch_interval(lost.to_numpy()[500:])
    assert half < 0.02
    assert abs(mean - erlang_b(10, 8.0)) < half


@pytest.mark.parametrize(("law", "theory"), [("exponential", wait_mmc), ("fixed", wait_mdc)])
def test_mean_wait(law, theory):
    requests = poisson_requests(5, 40_000, 3.2, law)
    waits = simulate(queue_layout(4), requests).sessions["wait_min"].to_numpy()[1000:]
    mean, half = batch_interval(waits)
    expected = theory(4, 3.2, service_min=SERVICE_MIN)
    assert half < 0.25 * expected
    assert abs(mean - expected) < half


def test_erlang_a_abandonment():
    number = 30_000
    patience = stream(3, "patience").exponential(2.0 * SERVICE_MIN, number)
    requests = poisson_requests(3, number, 3.6, "exponential", patience_min=patience)
    gone = (simulate(queue_layout(4), requests).sessions["outcome"] == "reneged").to_numpy()[500:]
    mean, half = batch_interval(gone)
    assert half < 0.02
    assert abs(mean - erlang_a(4, 3.6, 1.0, 0.5).abandon_share) < half


def test_littles_law():
    requests = poisson_requests(9, 5000, 3.2, "exponential")
    sessions = simulate(queue_layout(4), requests).sessions
    start, wait = sessions["arrive_min"].to_numpy(), sessions["wait_min"].to_numpy()
    times = np.concatenate([start, start + wait])
    change = np.concatenate([np.ones_like(start), -np.ones_like(start)])
    order = np.argsort(times, kind="stable")
    queue = np.cumsum(change[order])[:-1]
    area = float((queue * np.diff(times[order])).sum())
    assert area == pytest.approx(wait.sum(), rel=1e-9)
