"""Stock turnover on the Deqing tables and on broken ones."""

import polars as pl
import pytest

import fleet
from data import DataError, load_county
from fleet.survival import survival_table, weibull_survival
from fleet.turnover import CLEAN_ENERGY, NEW_ENERGY, crossing_year, flow_path, flow_share, total_path


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


@pytest.fixture(scope="module")
def stock(county):
    return fleet.stock(county)


class Edited:
    """A county with some tables replaced."""

    def __init__(self, county, **tables):
        self._county, self._tables = county, tables

    def __getattr__(self, name):
        return self._tables[name] if name in self._tables else getattr(self._county, name)


@pytest.mark.parametrize(
    ("scale", "shape", "age", "alive"),
    [(14.46, 4.79, 10, 0.842889), (14.46, 4.79, 20, 0.008839), (13.11, 5.33, 12, 0.535775), (8.02, 5.58, 8, 0.373005)],
)
def test_weibull_survival(scale, shape, age, alive):
    assert weibull_survival(age, scale_years=scale, shape=shape) == pytest.approx(alive, abs=5e-7)


def test_no_taxi_outlives_its_legal_limit(county):
    assert (survival_table(county, "taxi", 20)[8:] == 0.0).all()


def test_the_balance_is_exact(stock):
    before = pl.col("vehicles").shift(1).over("vehicle_class", "power", order_by="year")
    later = stock.with_columns(
        gap=pl.col("vehicles") - before - pl.col("new_vehicles") + pl.col("scrapped_vehicles")
    ).filter(pl.col("year") > 2015)
    assert later["gap"].abs().max() < 1e-9 * stock["vehicles"].max()
    assert stock.select(pl.col("vehicles", "new_vehicles", "scrapped_vehicles").min() >= 0).row(0) == (True,) * 3


def test_the_stock_meets_its_anchors(county, stock):
    total = stock.group_by("year", "vehicle_class").agg(pl.col("vehicles").sum())
    both = county.fleet_stock.join(total, on=["year", "vehicle_class"], suffix="_model")
    ratio = both["vehicles_model"] / both["vehicles"]
    assert ratio.max() < 1.05
    assert ratio.min() == pytest.approx(1.0, abs=1e-6)


def test_new_energy_cars_of_2025_are_within_the_planning_range(stock):
    cars = stock.filter((pl.col("year") == 2025) & (pl.col("vehicle_class") == "private_car"))
    share = cars.filter(pl.col("power").is_in(NEW_ENERGY))["vehicles"].sum() / cars["vehicles"].sum()
    assert 0.045 < share < 0.10


def test_flow_is_not_stock(stock):
    flow = flow_share(stock, CLEAN_ENERGY).filter(pl.col("year") == 2030)["share"].item()
    rows = stock.filter(pl.col("year") == 2030)
    held = rows.filter(pl.col("power").is_in(CLEAN_ENERGY))["vehicles"].sum() / rows["vehicles"].sum()
    assert flow > 1.5 * held


def test_crossing_year_stays_above():
    shares = pl.DataFrame({"year": [2020, 2021, 2022, 2023], "share": [0.1, 0.4, 0.2, 0.5]})
    assert crossing_year(shares, 0.3) == 2023
    assert crossing_year(shares, 0.05) == 2020
    assert crossing_year(shares, 0.9) is None


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda c: {"flow_shares": c.flow_shares.with_columns(share=pl.col("share") * 1.1)}, "must sum to 1"),
        (lambda c: {"fleet_stock": c.fleet_stock.with_columns(vehicles=-pl.col("vehicles"))}, "at least 0"),
        (lambda c: {"survival": c.survival.with_columns(weibull_scale_years=0.0)}, "must be above 0"),
        (lambda c: {"survival": c.survival.clear()}, "survival: no row"),
        (lambda c: {"energy_use": c.energy_use.clear()}, "energy_use: no row"),
        (lambda c: {"flow_shares": c.flow_shares.clear()}, "flow_shares: no row"),
        (lambda c: {"stock_growth": c.stock_growth.filter(pl.col("from_year") < 2025)}, "no growth for the year"),
    ],
)
def test_broken_tables_are_named(county, edit, message):
    with pytest.raises(DataError, match=message):
        fleet.stock(Edited(county, **edit(county)))


def test_years_outside_the_tables_are_named(county):
    with pytest.raises(DataError, match="the year 2036 needs a row"):
        flow_path(county, "bus", [2036])
    with pytest.raises(DataError, match="no growth for the year"):
        total_path(county, "bus", [2045])
    with pytest.raises(DataError, match="must be after"):
        fleet.stock(county, first_year=2030, last_year=2030)
