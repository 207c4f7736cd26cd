"""Service and use of the bunkering stations over a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.arrays import DAY_MIN, YEAR_DAYS
from data.errors import ScenarioError
from data.outcomes import CALL_OUTCOMES, WAIT_MIN, wait_quantile

if TYPE_CHECKING:
    from shipping.result import RiverResult

_LEAST_DAYS: Final = 1e-12  # of a run that ended where it began, so that its rates are 0 and not undefined


def station_summary(result: RiverResult, stations: pl.DataFrame) -> pl.DataFrame:
    """Return one row per station: calls by outcome, waits, use of the berths, tank and throughput.

    Parameters
    ----------
    result : RiverResult
        Result of `shipping.simulate`.
    stations : polars.DataFrame
        The stations that were simulated.

    Returns
    -------
    polars.DataFrame
        ``station``, number of calls by outcome (``served, passed, ...``), ``calls_per_day`` (served), waits of the
        served (``wait_mean_min, wait_p95_min, wait_max_min``, null without any), ``berth_use_share`` (berth time
        taken over berth time of the daily window), ``level_mean_m3`` (over time), ``level_low_m3``,
        ``deliveries``, ``mass_t`` and ``mass_t_per_year`` (scaled by days).
    """
    days = max(result.end_min / DAY_MIN, _LEAST_DAYS)
    calls = result.calls.group_by("station").agg(
        *((pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in CALL_OUTCOMES),
        wait_mean_min=WAIT_MIN.mean(),
        wait_p95_min=wait_quantile(0.95),
        wait_max_min=WAIT_MIN.max(),
        # a call that is still at the berth has taken it up to the end
        berth_min=(pl.col("end_min").fill_null(result.end_min) - pl.col("start_min")).sum(),
        mass_t=pl.col("mass_t").sum(),
    )
    window_h = (pl.col("close_h") - pl.col("open_h")).mod(24.0)
    # opening and closing at the same hour means open all day
    window_h = pl.when(window_h == 0.0).then(24.0).otherwise(window_h)
    unloaded = result.trucks.filter(pl.col("end_min").is_not_null())
    return (
        stations.select("station", "berths", window_h=window_h)
        .join(calls, on="station", how="left")
        .join(_levels(result), on="station", how="left")
        .join(unloaded.group_by("station").agg(deliveries=pl.len().cast(pl.Int64)), on="station", how="left")
        .with_columns(pl.col(*CALL_OUTCOMES, "deliveries", "mass_t", "berth_min").fill_null(0))
        .with_columns(
            calls_per_day=pl.col("served") / days,
            berth_use_share=pl.col("berth_min") / (pl.col("berths") * pl.col("window_h") * 60.0 * days),
            mass_t_per_year=pl.col("mass_t") * YEAR_DAYS / days,
        )
        .drop("berth_min", "window_h", "berths")
    )


def _levels(result: RiverResult) -> pl.DataFrame:
    """Return mean level over time and lowest level of each tank."""
    # each level holds until the next row; the last row is the end
    held = (pl.col("time_min").shift(-1) - pl.col("time_min")).over("station").fill_null(0.0)
    return (
        result.tanks.with_columns(held=held)
        .group_by("station")
        .agg(
            # a run without time has no mean, but a level
            level_mean_m3=pl.when(pl.col("held").sum() > 0.0)
            .then((pl.col("level_m3") * pl.col("held")).sum() / pl.col("held").sum())
            .otherwise(pl.col("level_m3").last()),
            level_low_m3=pl.col("level_m3").min(),
        )
    )


def lng_throughput(calls: pl.DataFrame, *, days: float) -> pl.DataFrame:
    """Return the LNG that stations hand out, scaled from a run to a year.

    Parameters
    ----------
    calls : polars.DataFrame
        Calls of a run.
    days : float
        Days of the run.

    Returns
    -------
    polars.DataFrame
        ``station, calls_per_day, mass_t_per_year``.

    Raises
    ------
    ScenarioError
        If `days` is not above 0.
    """
    if not days > 0.0:
        raise ScenarioError(f"days: got {days}; expected more than 0.")
    given = calls.filter(pl.col("mass_t") > 0.0)
    return (
        given.group_by("station")
        .agg(
            calls_per_day=pl.len() / days,
            mass_t_per_year=pl.col("mass_t").sum() * YEAR_DAYS / days,
        )
        .sort("station")
    )
