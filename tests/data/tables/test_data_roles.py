"""Vehicle classes by role: what a county calls them decides nothing."""

import polars as pl
import pytest

import fleet
from data.errors import DataError
from data.tables.roles import CARS, FREIGHT, classes_of, household_car

NAMES = {"private_car": "sedan", "taxi": "cab", "light_truck": "van", "tractor": "lorry"}


def renamed(county):
    """Return the county with other names of its classes, in all tables."""
    for name, table in county.tables.items():
        if "vehicle_class" in table.columns:
            county = county.with_table(name, table.with_columns(pl.col("vehicle_class").replace(NAMES)))
    return county


def test_classes_of_a_role_come_in_the_order_of_the_table(three_towns):
    assert classes_of(three_towns.vehicle_classes, *CARS) == ["private_car", "taxi"]
    assert classes_of(three_towns.vehicle_classes, *FREIGHT) == ["light_truck", "tractor"]
    assert classes_of(renamed(three_towns).vehicle_classes, *FREIGHT) == ["van", "lorry"]
    assert household_car(renamed(three_towns).vehicle_classes, "renamed") == "sedan"


def test_a_county_without_cars_of_households_says_what_needs_them(three_towns):
    classes = three_towns.vehicle_classes.with_columns(role=pl.lit("other"))
    with pytest.raises(DataError, match="no class with the role 'household_car'"):
        household_car(classes, "three-towns")


def test_other_names_of_the_classes_leave_the_stock_and_the_carbon_as_they_are(three_towns):
    other = renamed(three_towns)
    stock, same = fleet.stock(three_towns), fleet.stock(other)
    assert sorted(same["vehicles"]) == pytest.approx(sorted(stock["vehicles"]))
    renamed_g, g = (
        fleet.carbon(*one, years=[2030])["intensity_g_per_tkm"] for one in ((other, same), (three_towns, stock))
    )
    assert renamed_g.to_list() == pytest.approx(g.to_list())
