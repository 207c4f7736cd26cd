"""Days of vehicles without a timetable: drawn from their class, or those of a log; how many cars a pool needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, HOURS
from data.streams import stream
from fleet.operators.operator_vehicles import vehicles_today

if TYPE_CHECKING:
    from data.arrays import Floats, Ints
    from data.county import County

_DAYS: Final = 240
"""Days that are drawn, 20 of each month: the interval of a share of 98 % is then below 0.1 point for 100 vehicles."""
_MOST: Final = 400
"""Vehicles that are drawn: days of more of them say nothing new, and take memory."""
_MONTHS: Final = 12


class DutyDays(NamedTuple):
    """Days of the vehicles of an operator.

    Attributes
    ----------
    vehicles, today : int
        Vehicles on duty at once, and all that there are.
    km : numpy.ndarray
        By day (row) and vehicle (column); 0 where it stands.
    month : numpy.ndarray of int
        Month of each day.
    night_h : numpy.ndarray
        Hours until the first trip of the next duty, by day and vehicle.
    weight : float
        Vehicles for which each of these stands.
    """

    vehicles: int
    today: int
    km: Floats
    month: Ints
    night_h: Floats
    weight: float = 1.0


def drawn_days(county: County, operator: dict[str, Any], year: int, seed: int) -> DutyDays:
    """Return the days of an operator drawn from its class."""
    name = operator["vehicle_class"]
    today = max(1, round(vehicles_today(county, operator, year)))
    vehicles = today
    if operator["kind"] == "pool":
        vehicles = pooled(today, county.figure("operators.pool_use_share"), county.figure("operators.completed_share"))
    row = county.vehicle_classes.filter(vehicle_class=name).row(0, named=True)
    # the km of all vehicles are driven by those that are on duty
    mean = row["km_per_year"] / county.figure("operators.service_days") * today / vehicles
    behaviour = county.charging_behaviour.filter(pl.col("vehicle_class") == name)["daily_km_cv"].drop_nulls()
    spread = float(behaviour[0]) if len(behaviour) else county.figure("operators.duty_km_cv")
    shape = 1.0 / max(spread, 1e-3) ** 2
    # an array per decision: another mean or spread moves no other draw
    drawn = min(vehicles, _MOST)
    lots = stream(seed, "operators", operator["operator"], "km").gamma(shape, size=(_DAYS, drawn))
    night = np.full(lots.shape, county.figure("operators.night_h"))
    return DutyDays(
        vehicles, today, lots / shape * mean, np.arange(_DAYS) * _MONTHS // _DAYS + 1, night, vehicles / drawn
    )


def logged_days(log: pl.DataFrame, *, night_h: float) -> DutyDays:
    """Return the days of a log; vehicles without a row on a day stand.

    Parameters
    ----------
    log
        Columns of `data.schemas.fleets.operators.DutyLog`.
    night_h
        Hours in the depot before the first trip where the log states no times.
    """
    since = pl.col("date").shift(-1).over("vehicle", order_by="date") - pl.col("date")
    first = pl.col("start_min").shift(-1).over("vehicle", order_by="date")
    hours = (first - pl.col("end_min") + DAY_MIN * since.dt.total_days()) / (DAY_MIN / HOURS)
    rows = log.with_columns(night=hours.clip(lower_bound=0.0).fill_null(night_h))
    km, night = (
        rows.pivot("vehicle", index="date", values=name).sort("date").fill_null(0.0) for name in ("km", "night")
    )
    driven = km.drop("date").to_numpy()
    # of many vehicles not all are out at once: those beyond the busiest day are spare
    busiest = int((driven > 0.0).sum(axis=1).max())
    month = km["date"].dt.month().to_numpy().astype(np.int64)
    return DutyDays(busiest, driven.shape[1], driven, month, night.select(km.columns).drop("date").to_numpy())


def pooled(vehicles: int, use_share: float, sure_share: float) -> int:
    """Return the cars that a pool needs, so that one is free with a probability whenever somebody asks.

    Parameters
    ----------
    vehicles
        Cars of offices that each keep their own.
    use_share
        Part of the working time in which a car is out.
    sure_share
        Probability that the pool is enough: the number of cars out at once is binomial.
    """
    count = np.arange(vehicles + 1)
    logs = np.array([math.lgamma(vehicles + 1) - math.lgamma(k + 1) - math.lgamma(vehicles - k + 1) for k in count])
    share = min(max(use_share, 1e-12), 1.0 - 1e-12)
    chance = np.exp(logs + count * math.log(share) + (vehicles - count) * math.log1p(-share))
    return max(1, int(np.searchsorted(np.cumsum(chance), sure_share)))
