"""Closed formulas against published and independently computed values."""

import math

import pytest

from charging.queueing.formulas import erlang_a, erlang_b, erlang_c, wait_mdc, wait_mgc, wait_mmc, wait_quantile_mmc
from data.errors import DataError


@pytest.mark.parametrize(
    ("servers", "load", "blocked"),
    [(1, 0.5, 0.33333333), (5, 3, 0.11005435), (10, 8, 0.12166106), (100, 90, 0.02695738), (0, 3, 1.0)],
)
def test_erlang_b(servers, load, blocked):
    assert erlang_b(servers, load) == pytest.approx(blocked, abs=5e-9)


@pytest.mark.parametrize(
    ("servers", "load", "waiting", "wait"),
    [(2, 1.6, 0.71111111, 1.77777778), (10, 8, 0.40918015, 0.20459008), (20, 18, 0.550769, 0.2753845)],
)
def test_erlang_c(servers, load, waiting, wait):
    assert erlang_c(servers, load) == pytest.approx(waiting, abs=5e-9)
    assert wait_mmc(servers, load) == pytest.approx(wait, abs=5e-9)
    assert wait_mmc(servers, load, service_min=30) == pytest.approx(30 * wait, abs=5e-7)


@pytest.mark.parametrize(
    ("servers", "load", "wait"),
    [
        (1, 0.5, 0.5),
        (1, 0.9, 4.5),
        (2, 1.0, 0.1767411),
        (2, 1.8, 2.1469232),
        (4, 3.2, 0.3860949),
        (5, 4.0, 0.2890600),
        (8, 6.4, 0.1519538),
        (10, 8.0, 0.1098278),
    ],
)
def test_crommelin(servers, load, wait):
    assert wait_mdc(servers, load) == pytest.approx(wait, abs=2e-7)


@pytest.mark.whole
def test_crommelin_close_to_saturation_is_pollaczek_khinchine():
    assert wait_mdc(1, 0.995) == pytest.approx(0.995 / (2 * 0.005), rel=1e-6)


@pytest.mark.parametrize(("scv", "wait"), [(0, 2), (0.5, 3), (1, 4), (2, 6)])
def test_allen_cunneen_is_exact_for_one_server(scv, wait):
    assert wait_mgc(1, 0.8, service_scv=scv) == pytest.approx(wait)


def test_erlang_a():
    got = erlang_a(4, 3.6, 1.0, 0.5)
    assert got.abandon_share == pytest.approx(0.1272363, abs=5e-8)
    assert got.queue == pytest.approx(0.91610135, abs=5e-8)
    assert got.wait_share == pytest.approx(0.54470386, abs=5e-8)


def test_quantile_of_the_wait():
    assert wait_quantile_mmc(10, 8, 0.5) == 0.0
    at = wait_quantile_mmc(10, 8, 0.95)
    assert erlang_c(10, 8) * math.exp(-2 * at) == pytest.approx(0.05)


def test_unstable_queues_wait_for_ever():
    assert wait_mmc(3, 3) == math.inf
    assert wait_mdc(3, 4) == math.inf
    assert wait_quantile_mmc(3, 4, 0.9) == math.inf
    assert erlang_c(3, 4) == 1.0
    assert wait_mdc(3, 0) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_b(-1, 1), "servers: got -1"),
        (lambda: erlang_c(0, 1), "servers: got 0"),
        (lambda: wait_mmc(2, -1), "offered_load: got -1"),
        (lambda: wait_mdc(2, 1, service_min=0), "service_min: got 0"),
        (lambda: erlang_a(2, 1, 1, 0), "rates must be above 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DataError, match=message):
        call()
