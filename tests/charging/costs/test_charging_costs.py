"""Costs of stations: by hand, to the fen, along the ranges, and what they earn."""

import polars as pl
import pytest

from charging.costs.accounts import Account, account_of, cny_per_avoided
from charging.costs.price_table import Prices
from charging.costs.station_costs import StationCosts, investment_fen, station_costs
from data import DataError, load_county
from data.money import annuity, fen

LEVELS = ("low", "value", "high")


@pytest.fixture(scope="module")
def deqing():
    return load_county("deqing")


@pytest.fixture(scope="module")
def prices(deqing):
    return Prices.from_county(deqing)


def test_a_station_by_hand(make_layout, prices):
    layout = make_layout(
        {"group_id": "fast", "pile_kw": 120.0, "piles": 3, "guns_per_pile": 2, "transformer_kw": 598.5},
        {"group_id": "single", "pile_kw": 60.0, "piles": 1, "guns_per_pile": 1, "transformer_kw": 598.5},
        {"group_id": "slow", "current": "ac", "pile_kw": 7.0, "piles": 4, "transformer_kw": 598.5},
    )
    costs = station_costs(layout, prices)
    StationCosts.validate(costs)
    bought = {(group, item): cost for group, item, cost in costs.select("group_id", "item", "investment_fen").rows()}
    assert bought["fast", "pile"] == 3 * 42_000_00
    # a gun less than the pile of the table has
    assert bought["single", "pile"] == 20_000_00
    assert bought["slow", "pile"] == 4 * 1_500_00
    assert bought["fast", "works"] + bought["single", "works"] == 4 * 15_000_00
    assert bought["slow", "works"] == 4 * 2_000_00
    assert bought["", "transformer"] == 250_000_00
    assert bought["", "line"] == 300 * 400_00
    total = 126_000 + 20_000 + 6_000 + 60_000 + 8_000 + 250_000 + 120_000
    assert investment_fen(layout, prices) == 100 * total
    yearly = {(group, item): cost for group, item, cost in costs.select("group_id", "item", "yearly_fen").rows()}
    assert yearly["fast", "pile"] == round(126_000_00 / annuity(8.0, 0.05))
    assert yearly["", "land"] == 11 * 600_00
    assert yearly["", "operation"] == round(total * 100 * 0.05)


def test_a_small_station_needs_no_transformer_and_a_large_one_several(make_layout, prices):
    def pieces(**row):
        costs = station_costs(make_layout(row), prices).filter(item="transformer")
        return costs.select("quantity", "price_fen").rows()

    assert pieces(pile_kw=80.0, piles=2) == []
    assert pieces(pile_kw=90.0, piles=2) == [(1.0, 250_000_00)]
    assert pieces(pile_kw=119.0, piles=20) == [(3.0, fen(250_000 + (2380.0 / 3 - 598.5) / 589.0 * 150_000))]


def test_prices_rise_with_power(prices):
    powers = [3.0, 30.0, 60.0, 90.0, 120.0, 180.0, 240.0, 480.0, 960.0]
    found = [prices.at_power("dc_pile", kw) for kw in powers]
    assert found == sorted(found)
    assert found[3] == 33_000.0
    assert found[-1] == 640_000.0
    assert [prices.guns_at_power("dc_pile", kw) for kw in (30.0, 180.0, 480.0)] == [2, 2, 8]


@pytest.mark.parametrize("name", ["plan-2025", "even", "population"])
@pytest.mark.parametrize("level", ["low", "value", "high"])
def test_costs_of_the_layouts_add_up_to_the_fen(deqing, name, level):
    layout = deqing.layout(name)
    costs = station_costs(layout, Prices.from_county(deqing, level=level))
    account = account_of(costs, energy_kwh=5e6, paid_cny=4.321e6, power_cny=3.1e6)
    assert account.investment_fen == costs["investment_fen"].sum()
    yearly = account.capital_fen + account.land_fen + account.operation_fen
    assert yearly == costs["yearly_fen"].sum()
    assert account.yearly_fen == yearly + 310_000_000
    pieces = costs.filter(pl.col("investment_fen") > 0)
    assert (pieces["quantity"] * pieces["price_fen"]).round().cast(pl.Int64).to_list() == pieces[
        "investment_fen"
    ].to_list()
    # by station and by item: the same fen
    assert sum(costs.group_by("station_id").agg(pl.col("yearly_fen").sum())["yearly_fen"]) == yearly
    # 320 piles and their connections: tens of millions of CNY
    assert 5e6 < account.investment_fen / 100 < 2e8


def test_the_low_end_is_below_the_high_one(deqing):
    layout = deqing.layout("plan-2025")
    low, value, high = (investment_fen(layout, Prices.from_county(deqing, level=level)) for level in LEVELS)
    assert low < value < high
    # stations between the ends of what low voltage carries: a transformer only where it carries least, at the high end
    small = (
        deqing.layout("plan-2025")
        .filter(pl.col("current") == "dc")
        .with_columns(piles=pl.lit(2, pl.Int64), pile_kw=pl.lit(75.0), transformer_kw=pl.lit(150.0))
    )
    small = small.unique("station_id", keep="first", maintain_order=True)
    ends = {level: station_costs(small, Prices.from_county(deqing, level=level)) for level in LEVELS}
    assert [ends[level].filter(item="transformer").height for level in LEVELS] == [0, 0, small.height]
    low, value, high = (table["investment_fen"].sum() for table in ends.values())
    assert low < value < high


def test_every_price_has_a_source_and_a_range(deqing):
    table = deqing.infrastructure_prices
    assert set(table["source"]) <= set(deqing.sources["source_id"])
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()
    # no text was read for any of them
    assert set(table["confidence"]) == {"assumption"}


def test_what_stations_earn():
    account = Account(800_00, 100_00, 10_00, 20_00, 300_00, 400_00, 500.0)
    assert account.yearly_fen == 430_00
    assert account.cny_per_kwh == pytest.approx(0.86)
    assert account.margin_fen == 70_00
    assert account.payback_years == pytest.approx(800 / 70)
    assert account.subsidy_share == pytest.approx(0.3)
    poor = Account(800_00, 100_00, 10_00, 20_00, 400_00, 400_00, 0.0)
    assert (poor.cny_per_kwh, poor.payback_years) == (None, None)
    assert poor.subsidy_share == pytest.approx(1.3)
    assert Account(0, 0, 0, 0, 0, 0, 0.0).payback_years == 0.0
    assert cny_per_avoided(500_00, 200_00, lost_with=10.0, lost_without=40.0) == pytest.approx(10.0)
    assert cny_per_avoided(500_00, 200_00, lost_with=40.0, lost_without=40.0) is None


def test_a_county_that_is_not_deqing(three_towns):
    prices = Prices.from_county(three_towns)
    layout = three_towns.layout("today")
    assert investment_fen(layout, prices) > 0


def test_faults_are_named(deqing, make_layout):
    table = deqing.infrastructure_prices
    with pytest.raises(DataError, match="infrastructure_prices: got no rows; expected the prices"):
        Prices.from_table(table.clear())
    without = Prices.from_table(table.filter(pl.col("item") != "gun"))
    with pytest.raises(DataError, match="got no row of item 'gun'"):
        station_costs(make_layout({"guns_per_pile": 1}), without)
    endless = Prices.from_table(table.with_columns(life_years=pl.lit(None, pl.Float64)))
    with pytest.raises(DataError, match="got no life_years of item 'dc_pile'"):
        station_costs(make_layout({}), endless)
    with pytest.raises(DataError, match=r"paid_cny: got -1\.0; expected a finite figure"):
        account_of(table.clear(), energy_kwh=1.0, paid_cny=-1.0, power_cny=0.0)
