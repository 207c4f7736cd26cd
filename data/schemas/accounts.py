"""Schemas of the accounts that cross rooms: stock and carbon."""

from __future__ import annotations

from data.schemas.base import (
    Table,
    amount,
    calendar_year,
    choice,
    identifier,
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
