"""Terminals at design capacity as the queue of several berths, by hand."""

import polars as pl
import pytest

from charging.queueing.formulas import wait_mmc
from shipping.parameters.anchors import Anchors
from shipping.parameters.port_parameters import TerminalParameters
from shipping.ports.terminals import at_capacity, draw_terminal_calls

SITE = {"terminal": "quay", "berths": 3, "berth_dwt": 3000.0, "capacity_mt_year": 3.0, "handling_t_h": 300.0}


@pytest.mark.parametrize("handling_cv", [0.0, 0.5, 1.2])
def test_only_the_handling_spreads(handling_cv):
    parameters = TerminalParameters(0.8, handling_cv, 90.0, Anchors((2026,), (1.0,)))
    shown = at_capacity(pl.DataFrame([SITE]), parameters).row(0, named=True)
    # 2,400 t in 8 h, and 1.5 h of mooring
    daily, stay_h = 3e6 / 2400.0 / 365.0, 9.5
    load = daily * stay_h / 24.0
    assert shown["calls_per_day"] == pytest.approx(daily)
    assert shown["berth_use_share"] == pytest.approx(load / 3.0)
    # Lee and Longton: half of the squared coefficients of variation of arrivals and of stays
    spread = (handling_cv * 8.0 / 9.5) ** 2
    assert shown["wait_mean_h"] == pytest.approx(stay_h * wait_mmc(3, load) * (1.0 + spread) / 2.0)


def test_at_or_above_all_berths_there_is_no_mean_wait():
    parameters = TerminalParameters(0.8, 0.5, 90.0, Anchors((2026,), (1.0,)))
    just = 3.0 * 24.0 / 9.5 * 2400.0 * 365.0 / 1e6
    for capacity, steady in ((0.999 * just, True), (1.001 * just, False)):
        shown = at_capacity(pl.DataFrame([SITE | {"capacity_mt_year": capacity}]), parameters)
        assert (shown["wait_mean_h"].item() is not None) == steady


def test_a_stay_is_mooring_and_the_cargo_over_the_rate_of_handling():
    parameters = TerminalParameters(0.8, 0.01, 90.0, Anchors((2026,), (1.0,)))
    calls = draw_terminal_calls(pl.DataFrame([SITE]), parameters, year=2026, days=365, seed=1)
    assert set(calls["cargo_t"]) == {2400.0}
    # 8 h and 1.5 h, with hardly any spread
    assert calls["stay_min"].mean() == pytest.approx(570.0, rel=1e-3)
