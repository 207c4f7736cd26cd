"""Stock turnover on the Deqing tables and on broken ones."""

import numpy as np
import polars as pl
import pytest

import fleet
from data import DataError
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from fleet.vehicles.survival import survival_table, weibull_survival
from fleet.vehicles.turnover import crossing_year, flow_path, flow_share, total_path


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


def test_sales_of_the_anchor_year_are_within_their_range(county, stock):
    made = stock.group_by("year", "vehicle_class").agg(pl.col("new_vehicles").sum())
    both = county.fleet_sales.join(made, on=["year", "vehicle_class"])
    assert both.height == county.fleet_sales.height
    assert both["new_vehicles"].is_between(both["low"], both["high"]).all()


def test_sales_have_no_kinks_where_the_growth_of_the_plan_s_periods_meets(stock):
    """A jump of the growth from one period to the next would stand in T07 and T08 as a spike of new vehicles."""
    cars = stock.filter(vehicle_class="private_car").group_by("year").agg(pl.col("new_vehicles").sum()).sort("year")
    after_first = cars.filter(pl.col("year") > 2016)["new_vehicles"]
    assert after_first.pct_change().drop_nulls().abs().max() < 0.04


def test_the_first_ages_are_those_of_steady_growth_and_fit_the_stock(county, stock):
    cars = county.stock_growth.filter(vehicle_class="private_car", from_year=2015)
    growth, alive = 1.0 + cars["growth_share_per_year"].item(), survival_table(county, "private_car", 40)
    shape = alive / growth ** np.arange(41.0)
    first = stock.filter((pl.col("year") == 2015) & (pl.col("vehicle_class") == "private_car"))
    total = total_path(county, "private_car", [2015])[0]
    assert first["vehicles"].sum() == pytest.approx(total)
    assert first["new_vehicles"].sum() == pytest.approx(total * shape[0] / shape.sum(), rel=1e-6)


def test_mileage_limits_count_as_ages(county):
    assert survival_table(county, "bus", 12)[8] > 0.0 == survival_table(county, "bus", 12)[9]
    assert survival_table(county, "tractor", 12)[7] > 0.0 == survival_table(county, "tractor", 12)[8]
    assert survival_table(county, "private_car", 30)[30] > 0.0


def test_all_powers_and_motorcycles_are_in_the_stock(county, stock):
    assert set(stock["power"]) == {"petrol", "diesel", "lng", "cng", "phev", "bev", "fcev"}
    assert stock["year"].min() == 2015
    assert stock["year"].max() == 2035
    oil = fleet.petroleum(county, stock).filter(year=2025)["petrol_t"].item()
    without = fleet.petroleum(county, stock.filter(pl.col("vehicle_class") != "motorcycle"))
    motorcycles = oil - without.filter(year=2025)["petrol_t"].item()
    assert motorcycles == pytest.approx(54_294 * 4000 * 0.023 * 0.74 / 1000, rel=0.01)


def test_km_by_age_keep_the_mean_of_the_class(county, stock):
    km = stock.with_columns(km=pl.col("vehicles") * pl.col("km_per_vehicle"))
    mean = km.group_by("year", "vehicle_class").agg(mean=pl.col("km").sum() / pl.col("vehicles").sum())
    both = mean.join(county.vehicle_classes, on="vehicle_class")
    assert both["mean"].to_numpy() == pytest.approx(both["km_per_year"].to_numpy())
    cars = stock.filter(year=2025, vehicle_class="private_car")
    km_of = dict(cars.select("power", "km_per_vehicle").iter_rows())
    assert km_of["petrol"] < 12_000 < km_of["bev"] < 14_000
    steady = county.with_table("vehicle_classes", county.vehicle_classes.with_columns(km_decline_share=None))
    assert fleet.stock(steady)["km_per_vehicle"].n_unique() == county.vehicle_classes["km_per_year"].n_unique()


def test_a_stock_without_km_takes_those_of_the_class(county, stock):
    bare = stock.drop("km_per_vehicle", "use_over_table")
    alike = county.vehicle_classes.with_columns(km_decline_share=None)
    steady = county.with_table("vehicle_classes", alike).with_table("fuel_limits", county.fuel_limits.clear())
    assert fleet.petroleum(county, bare).equals(fleet.petroleum(steady, fleet.stock(steady)))


def test_the_stock_meets_its_anchors(county, stock):
    total = stock.group_by("year", "vehicle_class").agg(pl.col("vehicles").sum())
    both = county.fleet_stock.join(total, on=["year", "vehicle_class"], suffix="_model")
    ratio = both["vehicles_model"] / both["vehicles"]
    assert ratio.max() < 1.05
    assert ratio.min() == pytest.approx(1.0, abs=1e-6)


def test_new_energy_cars_of_2025_are_within_the_planning_range(stock):
    cars = stock.filter((pl.col("year") == 2025) & (pl.col("vehicle_class") == "private_car"))
    share = cars.filter(pl.col("power").is_in(NEW_ENERGY))["vehicles"].sum() / cars["vehicles"].sum()
    # the nation had 10.3 % in the middle of the year (Ministry of Public Security), and the county lags
    assert 0.06 < share < 0.12


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
    ("table", "edit", "message"),
    [
        (
            "flow_shares",
            lambda frame: frame.with_columns(share=pl.col("share") * 1.1),
            "flow_shares: private_car 2015 sums to 1.1",
        ),
        (
            "fleet_stock",
            lambda frame: frame.with_columns(vehicles=-pl.col("vehicles")),
            "fleet_stock: private_car 20.., column 'vehicles': got -",
        ),
        ("fleet_stock", lambda frame: frame.clear(), "fleet_stock: no row for vehicle_class 'private_car'"),
        (
            "survival",
            lambda frame: frame.with_columns(weibull_scale_years=0.0),
            "survival: private_car, column 'weibull_scale_years': got 0.0; it must be above 0",
        ),
        ("survival", lambda frame: frame.clear(), "survival: no row for vehicle_class 'private_car'"),
        (
            "energy_use",
            lambda frame: frame.filter(pl.col("vehicle_class") != "bus"),
            "energy_use: no row for vehicle_class 'bus'",
        ),
        ("flow_shares", lambda frame: frame.clear(), "flow_shares: no row for vehicle_class 'private_car'"),
        ("stock_growth", lambda frame: frame.filter(pl.col("from_year") < 2025), "no growth for the year"),
    ],
)
def test_broken_tables_are_named(county, table, edit, message):
    with pytest.raises(DataError, match=message):
        fleet.stock(county.with_table(table, edit(getattr(county, table))))


def test_a_power_without_energy_use_is_named(county, stock):
    lacking = county.energy_use.filter(~((pl.col("vehicle_class") == "bus") & (pl.col("power") == "lng")))
    edited = county.with_table("energy_use", lacking)
    for account in (lambda: fleet.carbon(edited, stock), lambda: fleet.petroleum(edited, stock)):
        with pytest.raises(DataError, match="no row for vehicle_class 'bus' with power 'lng'"):
            account()


def test_years_outside_the_tables_are_named(county):
    with pytest.raises(DataError, match="bus covers 2015 to 2035; the year 2036 needs a row"):
        flow_path(county, "bus", [2036])
    with pytest.raises(DataError, match="the year 2014 needs a row"):
        flow_path(county, "bus", [2014, 2020])
    with pytest.raises(DataError, match=r"private_car.*2036"):
        fleet.stock(county, last_year=2036)
    with pytest.raises(DataError, match="the year 2012 needs a row"):
        fleet.stock(county, first_year=2012)
    with pytest.raises(DataError, match="no growth for the year"):
        total_path(county, "bus", [2045])
    with pytest.raises(DataError, match="must be after"):
        fleet.stock(county, first_year=2030, last_year=2030)
