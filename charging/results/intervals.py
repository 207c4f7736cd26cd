"""The load over other intervals than it was simulated in, and the interval over which demand is metered."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

import polars as pl

from charging.result import ChargingResult

_LEAST_MIN: Final = 0.5
"""No load is simulated in shorter intervals to serve two others."""


def common_step(interval_min: float, other_min: float) -> float:
    """Return the longest interval, minutes, that two intervals both consist of.

    Where that is shorter than half a minute, as for 15 and 13.7 minutes, it is the first: demand is then the mean over
    its own intervals.
    """
    first, second = (Fraction(value).limit_denominator(1000) for value in (interval_min, other_min))
    common = Fraction(
        math.gcd(first.numerator * second.denominator, second.numerator * first.denominator),
        first.denominator * second.denominator,
    )
    step = float(common)
    return step if step >= _LEAST_MIN and (interval_min / step).is_integer() else interval_min


def over_intervals(load: pl.DataFrame, interval_min: float) -> pl.DataFrame:
    """Return a load by longer intervals: energies add up, powers are the mean over the interval.

    Parameters
    ----------
    load : polars.DataFrame
        As of `charging.simulate`, in intervals of which the longer ones consist.
    interval_min : float
        The longer interval, minutes.

    Returns
    -------
    polars.DataFrame
        The same columns, sorted by station and time; intervals without load have no row.
    """
    start = (pl.col("start_min") / interval_min + 1e-9).floor() * interval_min
    # a sorted sum does not depend on how threads share the rows
    sums = [pl.col(name).sort().sum() for name in ("energy_kwh", "meter_kwh", "ac_kwh")]
    longer = load.group_by("station_id", start, maintain_order=True).agg(sums)
    return longer.with_columns(mean_kw=pl.col("meter_kwh") * (60.0 / interval_min)).select(load.columns)


def by_interval(result: ChargingResult, interval_min: float, *, demand_min: float) -> ChargingResult:
    """Return a result with its load by longer intervals, and the peak of each station as its demand.

    Parameters
    ----------
    result : charging.ChargingResult
        Simulated in intervals of `common_step`.
    interval_min : float
        The longer interval, minutes.
    demand_min : float
        Interval over which the grid company meters demand, minutes: limits of power are held against the mean over it.
    """
    if interval_min == demand_min:
        return result  # both are what was simulated
    demand = over_intervals(result.load, demand_min).group_by("station_id").agg(demand_kw=pl.col("mean_kw").max())
    stations = result.stations.join(demand, on="station_id", how="left", maintain_order="left")
    # without load there is no demand
    stations = stations.with_columns(peak_kw=pl.col("demand_kw").fill_null(0.0)).drop("demand_kw")
    load = over_intervals(result.load, interval_min)
    return ChargingResult(result.sessions, load, stations, result.refused, engine=result.engine)
