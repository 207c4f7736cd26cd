"""Tables that lack a row: each is named, with the class and what to add."""

from datetime import date

import polars as pl
import pytest

import fleet
from data import DataError
from fleet.roads.projects import compare_project
from fleet.vehicles.choice import choice_flow
from fleet.vehicles.survival import weibull_survival

MONDAY = date(2025, 11, 10)


@pytest.mark.parametrize(
    ("table", "lacks", "message"),
    [
        ("ev_models", pl.col("vehicle_class") == "taxi", "ev_models: no row for vehicle_class 'taxi'"),
        ("charging_access", pl.col("vehicle_class") == "taxi", "charging_access: no row for vehicle_class 'taxi'"),
        ("charging_behaviour", pl.col("vehicle_class") == "bus", "charging_behaviour: no row for vehicle_class 'bus'"),
        ("charging_behaviour", pl.col("vehicle_class") == "through", "needs a row 'through' in charging_behaviour"),
        ("profiles", pl.col("profile") == "taxi", "profiles: no profile 'taxi'"),
    ],
)
def test_requests_name_the_row_that_they_lack(county, stock, table, lacks, message):
    edited = county.with_table(table, getattr(county, table).filter(~lacks))
    with pytest.raises(DataError, match=message):
        fleet.requests(edited, stock, year=2025, start=MONDAY, days=1, seed=1)


@pytest.mark.parametrize(
    ("table", "lacks", "message"),
    [
        ("fuel_factors", (pl.col("fuel") == "cng") & (pl.col("mode") == "road"), "no road factor for 'cng'"),
        ("grid_factors", pl.col("year") > 0, r"deqing/grid_factors\.csv: no rows"),
        ("grid_factors", pl.col("year") > 2025, "guangdong covers 2020 to 2025; got the year 2030"),
    ],
)
def test_accounts_name_the_row_that_they_lack(county, stock, table, lacks, message):
    edited = county.with_table(table, getattr(county, table).filter(~lacks))
    with pytest.raises(DataError, match=message):
        fleet.carbon(edited, stock)


@pytest.mark.parametrize(
    ("table", "lacks", "message"),
    [
        ("energy_prices", pl.col("carrier") == "electricity_depot", "energy_prices: no row for 'electricity_depot'"),
        (
            "vehicle_costs",
            (pl.col("vehicle_class") == "bus") & (pl.col("power") == "bev"),
            "vehicle_costs: no row for vehicle_class 'bus' with power 'bev'",
        ),
        ("vehicle_costs", pl.col("vehicle_class") == "bus", "vehicle_costs: no row for vehicle_class 'bus'"),
        ("purchase_tax", pl.col("tax_group") == "ice", "purchase_tax: no row for tax_group 'ice' in 2025"),
    ],
)
def test_the_choice_names_the_row_that_it_lacks(county, table, lacks, message):
    edited = county.with_table(table, getattr(county, table).filter(~lacks))
    with pytest.raises(DataError, match=message):
        choice_flow(edited, years=range(2015, 2036))


def test_a_road_class_without_capacity_is_named(county):
    edited = county.with_table("road_classes", county.road_classes.filter(pl.col("highway") != "tertiary"))
    with pytest.raises(DataError, match="road_classes: no row for highway 'tertiary'; add its capacity"):
        compare_project(edited, "g321-bypass", year=2026)


@pytest.mark.parametrize(("scale", "shape"), [(0.0, 4.8), (14.0, 0.0), (-1.0, 4.8)])
def test_a_law_of_survival_needs_scale_and_shape_above_zero(scale, shape):
    with pytest.raises(DataError, match="must be above 0"):
        weibull_survival([1.0], scale_years=scale, shape=shape)
