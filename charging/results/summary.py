"""Service and use of stations and towns from a simulation's tables, and access of residents."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl

from charging.inputs.behaviour import LATE_WAIT_MIN
from charging.results.capacity import usable_guns
from charging.results.checks import check_little, some_stations
from data.arrays import DAY_MIN, HOURS, scalar
from data.outcomes import SERVED, SESSION_OUTCOMES, WAIT_MIN, late_share, wait_quantile

_AT_LIMIT: Final = 0.999
"""A mean draw of this share of the connection counts as used up: sums of an interval miss the limit by rounding."""
_SERVICE_COLUMNS = (
    "station_id",
    "outcome",
    "asked_kwh",
    "energy_kwh",
    "meter_kwh",
    "wait_min",
    "plug_min",
    "leave_min",
    "cost_cny",
)


def station_summary(
    layout: pl.DataFrame,
    sessions: pl.DataFrame,
    load: pl.DataFrame,
    *,
    interval_min: float = 15.0,
    late_wait_min: float = LATE_WAIT_MIN,
) -> pl.DataFrame:
    """Return one row per station.

    Parameters
    ----------
    layout, sessions, load
        Tables of a simulation; a request counts at the station where its story ended.
    interval_min
        Length of the intervals of the load.
    late_wait_min
        Longest wait that is in time, minutes.

    Returns
    -------
    polars.DataFrame
        ``station_id, town, site, piles, guns, power_kw, usable_guns, arrivals, served, balked, reneged, unserved,
        unfinished, energy_kwh, meter_kwh, unserved_kwh, wait_mean_min, wait_p50_min, wait_p90_min, wait_p95_min,
        wait_max_min, late_share, gun_utilisation_share, energy_utilisation_share, peak_kw, span_min, cost_cny, queue_mean,
        queue_max, limit_min``.
        ``late_share`` is the share of the served that waited longer than ``late_wait_min``.
        Time utilisation is plugged time (overstay included) over usable guns (one of an
        exclusive pile) times ``span_min``, the whole days
        from minute 0 to the last departure; energy utilisation is meter energy over rated power times span;
        ``limit_min`` are the minutes of intervals in which the connection is used up.
    """
    span = _span_min(sessions)
    capacity = layout.group_by("station_id", maintain_order=True).agg(
        pl.col("town").first(),
        pl.col("site").first(),
        pl.col("piles").sum(),
        guns=(pl.col("piles") * pl.col("guns_per_pile")).sum(),
        power_kw=(pl.col("piles") * pl.col("pile_kw")).sum(),
    )
    ended = pl.concat(
        [
            some.group_by("station_id").agg(*_service(late_wait_min))
            for some in some_stations(sessions, _SERVICE_COLUMNS)
        ]
    )
    peaks = load.group_by("station_id").agg(peak_kw=pl.col("mean_kw").max())
    limits = layout.group_by("station_id").agg(pl.col("transformer_kw").first()).drop_nulls()
    at_most = load.lazy().select("station_id", "mean_kw").join(limits.lazy(), on="station_id")
    held = at_most.filter(pl.col("mean_kw") >= _AT_LIMIT * pl.col("transformer_kw")).collect()
    at_limit = held.group_by("station_id").agg(limit_min=pl.len() * float(interval_min))
    queues = check_little(sessions).select(
        "station_id", "queue_max", queue_mean=pl.col("queue_mean") * pl.col("span_min") / span
    )
    counts = ["arrivals", *SESSION_OUTCOMES]
    sums = ["energy_kwh", "meter_kwh", "unserved_kwh", "plugged_min", "cost_cny", "peak_kw"]
    sums += ["queue_mean", "queue_max", "limit_min"]
    return (
        capacity.join(usable_guns(layout), on="station_id", how="left", maintain_order="left")
        .join(ended, on="station_id", how="left", maintain_order="left")
        .join(peaks, on="station_id", how="left", maintain_order="left")
        .join(queues, on="station_id", how="left", maintain_order="left")
        .join(at_limit, on="station_id", how="left", maintain_order="left")
        .with_columns(pl.col(counts).fill_null(0), pl.col(sums).fill_null(0.0), span_min=pl.lit(span))
        .with_columns(*_use())
        .drop("plugged_min")
    )


def _service(late_wait_min: float) -> list[pl.Expr]:
    """Return the figures of service of a group of sessions."""
    wait = WAIT_MIN
    return [
        pl.len().cast(pl.Int64).alias("arrivals"),
        *((pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in SESSION_OUTCOMES),
        pl.col("energy_kwh").sum(),
        pl.col("meter_kwh").sum(),
        (pl.col("asked_kwh") - pl.col("energy_kwh")).filter(~SERVED).sum().alias("unserved_kwh"),
        wait.mean().alias("wait_mean_min"),
        wait_quantile(0.5).alias("wait_p50_min"),
        wait_quantile(0.9).alias("wait_p90_min"),
        wait_quantile(0.95).alias("wait_p95_min"),
        wait.max().alias("wait_max_min"),
        late_share(late_wait_min).alias("late_share"),
        (pl.col("leave_min") - pl.col("plug_min")).sum().alias("plugged_min"),
        pl.col("cost_cny").sum(),
    ]


def _use() -> list[pl.Expr]:
    """Return time and energy utilisation."""
    span = pl.col("span_min")
    return [
        (pl.col("plugged_min") / (pl.col("usable_guns") * span)).alias("gun_utilisation_share"),
        (pl.col("meter_kwh") / (pl.col("power_kw") * span / 60.0)).alias("energy_utilisation_share"),
    ]


def _span_min(sessions: pl.DataFrame) -> float:
    """Return the whole days from minute 0 to the last request, minutes (a day at least)."""
    last = scalar(sessions, pl.col("request_min").max(), default=0.0)
    return DAY_MIN * max(1.0, math.ceil(last / DAY_MIN))


def town_summary(
    stations: pl.DataFrame, sessions: pl.DataFrame, *, late_wait_min: float = LATE_WAIT_MIN
) -> pl.DataFrame:
    """Return one row per town (or service-area site): guns, arrivals, served, waits and utilisation."""
    place = pl.coalesce("site", "town").alias("place")
    known = stations.select("station_id", place, "guns", "usable_guns", "piles", "span_min", "power_kw")
    capacity = known.group_by("place", maintain_order=True).agg(
        pl.col("piles").sum(),
        pl.col("guns", "usable_guns").sum(),
        pl.col("power_kw").sum(),
        pl.col("span_min").first(),
    )
    service = (
        sessions.drop_nulls("station_id").join(known.select("station_id", "place"), on="station_id").group_by("place")
    ).agg(*_service(late_wait_min))
    counts = ["arrivals", *SESSION_OUTCOMES]
    return (
        capacity.join(service, on="place", how="left", maintain_order="left")
        .with_columns(pl.col(counts).fill_null(0), pl.col("plugged_min", "meter_kwh", "energy_kwh").fill_null(0.0))
        .with_columns(*_use())
        .drop("plugged_min")
    )


def load_by_hour(load: pl.DataFrame, *, kgco2_per_kwh: float) -> pl.DataFrame:
    """Return metered energy and carbon by hour of the day.

    Parameters
    ----------
    load
        ``start_min, meter_kwh`` of a simulation; an interval counts in the hour in which it starts.
    kgco2_per_kwh
        Factor of the grid at the meter.

    Returns
    -------
    polars.DataFrame
        24 rows: ``hour, meter_kwh, kgco2``.
    """
    hour = (load["start_min"].to_numpy() % DAY_MIN // 60.0).astype(np.int64)
    metered = np.bincount(hour, weights=load["meter_kwh"].to_numpy(), minlength=HOURS)
    return pl.DataFrame({"hour": np.arange(HOURS), "meter_kwh": metered, "kgco2": metered * kgco2_per_kwh})
