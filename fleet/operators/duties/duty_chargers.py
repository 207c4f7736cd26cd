"""Chargers of vehicles without a timetable: what a stop on the way gives, and how many a depot needs at night."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from data.arrays import DAY_MIN, scalar

if TYPE_CHECKING:
    from data.county import County


def stop_kw(county: County, vehicle_class: str) -> float:
    """Return the power into the battery at a fast charger on the way: the charger's, or what the class takes."""
    models = county.ev_models.filter(pl.col("vehicle_class") == vehicle_class)
    taken = (pl.col("dc_kw") * pl.col("share")).sum() / pl.col("share").sum()
    most = scalar(models, taken, default=math.inf) if models.height else math.inf
    return min(county.figure("operators.stop_kw") * county.figure("charging.efficiency_dc"), most)


def night_chargers(kwh: float, charger_kw: float, night_h: float) -> int:
    """Return the chargers that give some energy at the meter in a night, shared among the vehicles.

    Parameters
    ----------
    kwh
        Of a night, at the meter.
    charger_kw
        Power of one.
    night_h
        Hours in which vehicles stand in the depot, below those of a day.
    """
    return math.ceil(kwh / (charger_kw * min(night_h, DAY_MIN / 60.0)) - 1e-9)
