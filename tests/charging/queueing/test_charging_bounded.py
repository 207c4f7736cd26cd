"""Queues that drivers keep short, against their closed forms."""

import numpy as np
import pytest

from charging.queueing import erlang_a, erlang_b, mmck
from charging.queueing.bounded import bounded
from data.errors import DataError


def test_mmck_by_hand():
    # weights 1, 1.6, 1.28, 1.024, 0.8192 of 0 to 4 vehicles at 2 guns
    found = mmck(2, 1.6, 4, service_min=30.0)
    assert found.blocked_share == pytest.approx(0.8192 / 5.7232)
    assert found.wait_share == pytest.approx((1.28 + 1.024) / 5.7232)
    assert found.queue == pytest.approx((1.024 + 2 * 0.8192) / 5.7232)
    assert found.wait_min == pytest.approx(30.0 * found.queue / (1.6 * (1 - found.blocked_share)))


@pytest.mark.parametrize("load", [0.3, 1.0, 2.5])
def test_mm1k(load):
    states = load ** np.arange(7)
    assert mmck(1, load, 6).blocked_share == pytest.approx(states[-1] / states.sum())


def test_mmck_without_queue_is_erlang_b_and_with_a_long_one_erlang_c():
    assert mmck(10, 8.0, 10).blocked_share == pytest.approx(erlang_b(10, 8.0))
    assert mmck(10, 8.0, 10).wait_min == 0.0
    assert mmck(10, 8.0, 400).wait_share == pytest.approx(0.40918015, abs=5e-9)
    assert mmck(10, 8.0, 400).wait_min == pytest.approx(0.20459008, abs=5e-9)
    assert mmck(3, 0.0, 5).wait_min == 0.0


def test_mmck_beyond_its_servers_is_full_and_large_ones_do_not_overflow():
    assert mmck(2, 100.0, 4).blocked_share == pytest.approx(0.98, abs=1e-3)
    assert mmck(900, 1000.0, 1000).blocked_share == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("values", [(0, 1.0, 2), (2, -1.0, 4), (2, 1.0, 1), (2, 1.0, 4, 0.0)])
def test_mmck_refuses(values):
    servers, load, places, *service = values
    with pytest.raises(DataError):
        mmck(servers, load, places, **({"service_min": service[0]} if service else {}))


@pytest.mark.parametrize("load", [3.6, 0.2, 12.0])
def test_patience_alone_is_erlang_a(load):
    exact = erlang_a(4, load, 1.0, 0.5)
    found = bounded(4, np.array([load, 1.0]), joins=np.ones(1), patience=0.5)
    assert found.wait_share[0] == pytest.approx(exact.wait_share)
    assert found.left_share[0] == pytest.approx(exact.abandon_share)
    assert found.wait[0] == pytest.approx(exact.queue / load)


def test_small_shares_are_not_lost_in_rounding():
    # two guns, and whoever finds one driver waiting turns away: 0.01 vehicles at a time need no rounding of 1
    load = 0.01
    weights = np.cumprod([1.0, load, load / 2.0, load / 2.0])
    found = bounded(2, np.array([load]), joins=np.array([1.0, 0.0]))
    assert found.left_share[0] == pytest.approx(weights[3] / weights.sum(), rel=1e-12)
    assert found.wait_share[0] == pytest.approx(weights[2:].sum() / weights.sum(), rel=1e-12)
    # Erlang B, which falls below what 1 minus another share could show
    assert bounded(30, np.array([0.5]), joins=np.zeros(1)).left_share[0] == pytest.approx(erlang_b(30, 0.5), rel=1e-9)
