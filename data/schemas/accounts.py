"""Schemas of the accounts that cross rooms: stock, carbon, petroleum, access, preview and checks."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from data.schemas.base import (
    Table,
    amount,
    calendar_year,
    choice,
    count,
    fraction,
    identifier,
    latitude,
    longitude,
    number,
)


class Stock(Table):
    """Vehicles by year, class and power."""

    year = calendar_year(primary_key=True)
    vehicle_class = identifier(primary_key=True)
    power = identifier(primary_key=True)
    vehicles = amount()
    new_vehicles = amount()
    scrapped_vehicles = amount()
    km_per_vehicle = amount(nullable=True)
    use_over_table = amount(nullable=True)


class Carbon(Table):
    """Carbon account of a mode in a year, for one boundary, series and treatment of the grid."""

    year = calendar_year(primary_key=True)
    mode = choice(("road", "ship"), primary_key=True)
    boundary = choice(("narrow", "plus_bus_taxi", "plus_light_trucks", "ships"), primary_key=True)
    series = choice(("a", "b", "c"), primary_key=True)
    grid = choice(("frozen", "moving"), primary_key=True)
    emissions_t = amount()
    converted_turnover_tkm = amount()
    intensity_g_per_tkm = amount()
    petroleum_t = amount()


class Petroleum(Table):
    """Petrol and diesel of land transport by year."""

    year = calendar_year(primary_key=True)
    petrol_t = amount()
    diesel_t = amount()
    petroleum_t = amount()


class Access(Table):
    """How far the residents of each town are from the nearest public pile."""

    town = identifier(primary_key=True)
    residents = amount()
    nearest_min = amount(nullable=True)
    nearest_km = amount(nullable=True)
    stations_in_town = count()
    guns_in_town = count()
    guns_per_1000 = amount(nullable=True)


class Homes(Table):
    """Villages with their residents and the minutes from there to a public charger."""

    village = identifier(primary_key=True)
    town = identifier()
    lon = longitude()
    lat = latitude()
    residents = amount()
    placed = choice(("given", "drawn", "centre"))
    without_charger = amount()
    nearest_min = amount(nullable=True)
    nearest_fast_min = amount(nullable=True)


class Preview(Table):
    """Queueing formulas beside the simulation, one row per station."""

    station_id = identifier(primary_key=True)
    guns = count()
    requests = count()
    mean_stay_min = amount(nullable=True)
    offered_erlang = amount(nullable=True)
    busy_hour_erlang = amount(nullable=True)
    utilisation_share = amount(nullable=True)
    wait_share = fraction(nullable=True)
    wait_mean_min = amount(nullable=True)
    left_share = fraction(nullable=True)
    stable = dy.Bool(nullable=True)
    simulated_requests = count(nullable=True)
    simulated_utilisation_share = amount(nullable=True)
    simulated_wait_mean_min = amount(nullable=True)
    utilisation_difference = number(nullable=True)
    wait_difference_min = number(nullable=True)


class Checks(Table):
    """Both sides of each account that a simulation must close."""

    check = identifier(primary_key=True)
    expected = number(nullable=True)
    got = number(nullable=True)
    holds = dy.Bool()


LEAST_GUNS: Final = {
    "station_id": pl.String,
    "current": pl.String,
    "guns": pl.Int64,
    "least_guns": pl.Int64,
    "requests": pl.Int64,
    "busy_hour_erlang": pl.Float64,
    "late_share": pl.Float64,
    "left_share": pl.Float64,
}
"""Columns of the least guns: `late_share` and `left_share` are with the guns that are there."""
GUNS_BY_YEAR: Final = {"year": pl.Int64, "week": pl.String, **LEAST_GUNS}
"""Columns of the least guns of several years and weeks."""
