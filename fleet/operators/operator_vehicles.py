"""Vehicles of operators: how many there are today, spare ones, and the battery of a new one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from data.arrays import scalar
from data.errors import DataError

if TYPE_CHECKING:
    from data.county import County


def vehicles_today(county: County, operator: dict[str, Any], year: int) -> float:
    """Return the vehicles of an operator: those of its row, otherwise what others by number leave of its class.

    The class is that of the nearest year known in ``fleet_stock``.

    Raises
    ------
    DataError
        The county knows no vehicles of the class.
    """
    if operator["vehicles"] is not None:
        return float(operator["vehicles"])
    rows = county.fleet_stock.filter(vehicle_class=operator["vehicle_class"]).sort((pl.col("year") - year).abs())
    if not rows.height:
        raise DataError(
            f"{county.name}/fleet_stock.csv: no row for vehicle_class {operator['vehicle_class']!r}, of which operator "
            f"{operator['operator']!r} has all. Add it, or give the operator's vehicles."
        )
    others = county.operators.filter(
        pl.col("vehicle_class") == operator["vehicle_class"], pl.col("operator") != operator["operator"]
    )
    return max(0.0, float(rows["vehicles"][0]) - float(others["vehicles"].sum()))


def spare_factor(county: County) -> float:
    """Return the vehicles that an operator has over those on the road, for a part of a fleet."""
    return 1.0 + county.figure("operators.spare_share")


def with_spares(county: County, vehicles: float) -> int:
    """Return the vehicles of an operator with so many on the road: whole ones, those in repair or in hand included."""
    return math.ceil(vehicles * spare_factor(county) - 1e-9)


def battery_kwh(county: County, vehicle_class: str) -> float:
    """Return the battery of a new electric vehicle of a class: of ``vehicle_costs``, otherwise of ``ev_models``.

    Raises
    ------
    DataError
        Neither table has it.
    """
    priced = [row for row in county.rows_by("vehicle_costs").get(vehicle_class, ()) if row["power"] == "bev"]
    if priced and priced[0]["battery_kwh"] is not None:
        return float(priced[0]["battery_kwh"])
    models = county.ev_models.filter(pl.col("vehicle_class") == vehicle_class)
    if not models.height:
        raise DataError(f"{county.name}/ev_models.csv: no row for vehicle_class {vehicle_class!r}; add its battery.")
    return scalar(models, (pl.col("battery_kwh") * pl.col("share")).sum() / pl.col("share").sum())
