"""Ships by year: mixes that are tilted, the account by hand, the parts of its change, its interval."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from data import load_county
from data.errors import DataError
from shipping import carbon, ship_change
from shipping.emissions.passage_work import EMPTY, LADEN, passage_work
from shipping.emissions.ship_change import PARTS
from shipping.emissions.ship_year import ship_year
from shipping.parameters.carbon_parameters import ShipCarbonParameters
from shipping.parameters.traffic_parameters import ShipSizes
from shipping.traffic.yearly import county_traffic, tilted


@pytest.fixture(scope="module")
def deqing():
    return load_county("deqing")


@pytest.fixture(scope="module")
def changes(deqing):
    return ship_change(deqing, years=[2020, 2025, 2030], samples=60)


def test_a_tilted_mix_has_the_mean_that_is_asked_for():
    share, dwt = np.array([0.2, 0.5, 0.3]), np.array([1000.0, 2000.0, 5000.0])
    for size in (0.6, 0.9, 1.3):
        found = tilted(share, dwt, size)
        assert found.sum() == pytest.approx(1.0)
        assert found @ dwt == pytest.approx(size * (share @ dwt), rel=1e-9)
    # exponential: logarithms of the ratios are linear in the deadweight
    ratios = np.log(tilted(share, dwt, 0.8) / share)
    assert (ratios[1] - ratios[0]) / 1000.0 == pytest.approx((ratios[2] - ratios[1]) / 3000.0, rel=1e-6)
    assert tilted(share, dwt, 1.0) is share
    with pytest.raises(DataError, match=r"a mean deadweight of 5400 t; expected one between .* 1000 to 5000 t"):
        tilted(share, dwt, 2.0)
    # next to nothing of the smallest class, and a mean near it
    rare, near = np.array([1e-5, 0.6, 0.4 - 1e-5]), np.array([2050.0, 2100.0, 7000.0])
    assert tilted(rare, near, 2070.0 / (rare @ near)) @ near == pytest.approx(2070.0, rel=1e-9)
    # a class without a share stays without, and bounds nothing
    part = np.array([0.0, 0.6, 0.4])
    assert tilted(part, dwt, 1.2) @ dwt == pytest.approx(1.2 * (part @ dwt), rel=1e-9)
    with pytest.raises(DataError, match=r"expected one between .* 2000 to 5000 t"):
        tilted(part, dwt, 0.5)


def test_ships_grow_by_the_table(deqing):
    traffic, mix = {}, {}
    for year in (2020, 2025, 2030):
        traffic[year], mix[year] = county_traffic(deqing, year)
    # counted in 2025; in other years the cargo over that of a passage
    assert traffic[2025].passages == 123_620.0
    assert traffic[2020].passages == pytest.approx(151.03e6 / 1180.0)
    assert traffic[2030].passages == pytest.approx(223.555e6 * 1.015**5 / 2100.0)
    mean = {year: float(mix[year].share @ mix[year].dwt_t) for year in mix}
    assert mean[2020] / mean[2025] == pytest.approx(1180.0 / 1808.4, rel=1e-9)
    # fuller by the bulletins of 2026, the last: cargo over rated deadweight 0.6098 after 0.6057
    fuller = (107_666_600.0 / 176_550_600.0) / (223_554_600.0 / 369_081_800.0)
    assert fuller == pytest.approx(1.0068, abs=1e-4)
    assert mean[2030] / mean[2025] == pytest.approx(2100.0 / 1808.4 / fuller, rel=1e-9)
    unknown = deqing.with_table("lock_bulletins", deqing.lock_bulletins.with_columns(rated_t=pl.lit(None, pl.Float64)))
    assert ShipSizes.from_county(unknown).factor(2030) == pytest.approx(2100.0 / 1808.4, rel=1e-9)
    # a county without the table has the ships of its classes in every year
    plain = deqing.with_table("ship_sizes", deqing.ship_sizes.clear())
    assert county_traffic(plain, 2020)[1].share.tolist() == county_traffic(plain, 2025)[1].share.tolist()


def test_the_account_of_2020_by_hand_from_the_tables(deqing):
    _, mix = county_traffic(deqing, 2020)
    work, parameters = passage_work(deqing, 2020, mix), ShipCarbonParameters.from_county(deqing)
    energy = fuel = 0.0
    for direction, part in (("down", 0.4977), ("up", 0.5023)):
        for number, share in enumerate(mix.share):
            for column, loaded in ((LADEN, mix.laden_share[direction]), (EMPTY, 1.0 - mix.laden_share[direction])):
                passages = 151.03e6 / 1180.0 * part * share * loaded
                energy += passages * work.energy_kwh[direction][number, column]
                fuel += passages * work.burnt_kg[direction][number, column]
    # 15 kW of hotel load: 10 h at the lock in 2020, and half of 48 h in port off shore power
    waits = 151.03e6 / 1180.0 * 15.0 * (10.0 + 24.0)
    year = ship_year(deqing, 2020)
    assert year.energy_kwh == pytest.approx(energy + waits, rel=1e-9)
    assert year.turnover_tkm == pytest.approx(151.03e6 * 332.0)
    lng = parameters.lng_share.at(2020)
    slipped = 0.032 * year.slip_factor
    per_kwh = (1.0 - lng) * 0.205 * 3.095909637 + lng * 0.165 * (1.0 - slipped) * 2.75
    expected = (energy + waits) * per_kwh * year.load_factor / 1000.0
    row = carbon(deqing, years=(2020,), grid=("moving",)).filter(series="a").row(0, named=True)
    assert row["emissions_t"] == pytest.approx(expected, rel=1e-6)
    assert row["intensity_g_per_tkm"] == pytest.approx(1e6 * expected / (151.03e6 * 332.0), rel=1e-6)
    assert fuel > 0.0


def test_the_parts_sum_to_the_change_of_the_account(deqing, changes):
    account = carbon(deqing, years=(2020, 2025, 2030), grid=("moving",))
    for series in "abc":
        own = dict(account.filter(series=series).select("year", "intensity_g_per_tkm").iter_rows())
        for year in (2025, 2030):
            rows = changes.filter(series=series, year=year)
            parts = dict(rows.select("part", "change_share").iter_rows())
            assert parts["total"] == pytest.approx(own[year] / own[2020] - 1.0, rel=1e-9)
            assert math.fsum(parts[part] for part in PARTS) == pytest.approx(parts["total"], rel=1e-9)
    # the base year itself has no change to explain
    assert set(changes["year"]) == {2025, 2030}


def test_sizes_decide_and_fuel_follows(changes):
    part = {row["part"]: row["change_share"] for row in changes.filter(series="a", year=2030).iter_rows(named=True)}
    assert part["size"] < -0.15
    assert -0.06 < part["fuel"] < 0.0
    # fuller in 2026 than in 2025, the years that are reported; before and after it stays as it was
    assert -0.01 < part["load"] < -0.003
    before = changes.filter(series="a", year=2025, part="load")["change_share"].item()
    assert before == pytest.approx(0.0, abs=1e-5)  # cargo is given in 0.01 Mt
    total = changes.filter(series="a", year=2030, part="total").row(0, named=True)
    assert total["low"] < total["change_share"] < total["high"] < 0.0


def test_without_ranges_there_is_no_interval(deqing):
    sizes = deqing.ship_sizes.with_columns(low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64))
    figures = deqing.figures.with_columns(low="value", high="value")
    factors = deqing.fuel_factors.with_columns(slip_low="slip_share", slip_high="slip_share")
    plain = deqing.with_table("ship_sizes", sizes).with_table("figures", figures).with_table("fuel_factors", factors)
    rows = ship_change(plain, years=[2030], samples=5).filter(part="total")
    for row in rows.iter_rows(named=True):
        assert row["low"] == pytest.approx(row["high"], rel=1e-12)
        assert row["low"] == pytest.approx(row["change_share"], rel=1e-9)


def test_the_range_of_one_figure_leaves_the_draws_of_the_others(deqing):
    first = ship_change(deqing, years=[2030], samples=40, seed=3)
    assert first.equals(ship_change(deqing, years=[2030], samples=40, seed=3))
    assert not first.equals(ship_change(deqing, years=[2030], samples=40, seed=4))
    # no range of the slip: series a moves a little, and its draws of sizes are the same ones
    factors = deqing.fuel_factors.with_columns(slip_low="slip_share", slip_high="slip_share")
    other = ship_change(deqing.with_table("fuel_factors", factors), years=[2030], samples=40, seed=3)
    low = [frame.filter(series="a", part="total")["low"].item() for frame in (first, other)]
    assert low[0] == pytest.approx(low[1], abs=2e-3)


def test_a_county_without_a_river_has_no_rows(county):
    assert ship_change(county, years=[2019]).is_empty()
