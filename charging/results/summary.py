"""Service and use of stations and towns from a simulation's tables, and access of residents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.result import PLUGGED, visits_of
from charging.results.batches import in_batches
from charging.results.capacity import usable_guns
from charging.results.checks import queues, some_visits
from data.arrays import DAY_MIN, HOURS, scalar
from data.outcomes import STATION_OUTCOMES, VisitEnd, late_share, wait_quantile
from data.schemas.charging import Stations

if TYPE_CHECKING:
    from collections.abc import Mapping

_SERVICE_COLUMNS = (
    "station_id",
    "group_id",
    "outcome",
    "energy_kwh",
    "unmet_kwh",
    "meter_kwh",
    "plug_min",
    "leave_min",
    "cost_cny",
)
_VISIT_COUNTS: Final = (VisitEnd.BALKED, VisitEnd.RENEGED, VisitEnd.CLOSED)
"""Ends that visits count at the station where they happened."""
_COUNTS: Final = ("arrivals", *(str(name) for name in (*STATION_OUTCOMES, *_VISIT_COUNTS)))


def station_summary(
    layout: pl.DataFrame,
    sessions: pl.DataFrame,
    load: pl.DataFrame,
    *,
    limit_min: Mapping[str, float],
    visits: pl.DataFrame | None = None,
    interval_min: float = 15.0,
    late_wait_min: float | None = None,
) -> pl.DataFrame:
    """Return one row per station.

    Parameters
    ----------
    layout, sessions, load
        Tables of a simulation.
    limit_min
        By station: minutes in which its connection was used up.
    visits
        Its visits: what happened at a station counts there. None takes them from the sessions, and knows of the last
        of each only.
    interval_min
        Length of the intervals of the load.
    late_wait_min
        Longest wait that is in time, minutes; without it ``late_share`` is null.

    Returns
    -------
    polars.DataFrame
        ``station_id, town, site, piles, guns, power_kw, usable_guns, arrivals, served, balked, reneged, closed,
        unserved,
        unfinished, energy_kwh, meter_kwh, unserved_kwh, wait_mean_min, wait_p50_min, wait_p90_min, wait_p95_min,
        wait_max_min, late_share, gun_utilisation_share, energy_utilisation_share, peak_kw, span_min, cost_cny,
        queue_mean, queue_max, limit_min``.
        ``arrivals`` are visits: those ``served`` or ``unfinished``, and those that ``balked``, ``reneged`` or found it
        ``closed``. ``unserved`` are the requests that gave up here after several stations; ``unserved_kwh`` is what was
        asked and not delivered, also to those who left before they were full; it stands where a request ended. Waits
        are those waited here before plugging in here, and ``late_share`` is the share of them longer than
        ``late_wait_min``.
        Queue and utilisation are over ``span_min``, the whole days from minute 0 to the last request; what happens
        later does not count in them. Time utilisation is plugged time (overstay included) over usable guns
        (one of an exclusive pile) times span;
        energy utilisation is energy where the piles are rated (battery side of DC, meter side of AC) over rated power
        times span. ``limit_min`` counts the whole run.
    """
    span = _span_min(sessions)
    capacity = layout.group_by("station_id", maintain_order=True).agg(
        pl.col("town").first(),
        pl.col("site").first(),
        pl.col("piles").sum(),
        guns=(pl.col("piles") * pl.col("guns_per_pile")).sum(),
        power_kw=(pl.col("piles") * pl.col("pile_kw")).sum(),
    )
    parts: dict[str, list[pl.DataFrame]] = {"sessions": [], "visits": [], "queues": [], "kinds": []}
    for visits_here, sessions_here in some_visits(sessions, visits, _SERVICE_COLUMNS):
        parts["sessions"].append(sessions_here.group_by("station_id").agg(*_charged(span)))
        parts["visits"].append(visits_here.group_by("station_id").agg(*_visited(late_wait_min)))
        parts["queues"].append(queues(visits_here, span))
        parts["kinds"].append(_split(sessions_here, layout))
        del visits_here, sessions_here  # before the next ones are made
    kinds = pl.concat(parts.pop("kinds"))
    tables = [
        *(pl.concat(some) for some in parts.values()),
        load.group_by("station_id").agg(peak_kw=pl.col("mean_kw").max()),
        pl.DataFrame(list(limit_min.items()), schema=_LIMIT, orient="row"),
        rated_energy(layout, kinds, load, interval_min=interval_min, until_min=span),
    ]
    sums = ["energy_kwh", "meter_kwh", "unserved_kwh", "plugged_min", "cost_cny", "peak_kw"]
    sums += ["queue_mean", "queue_max", "limit_min", "rated_kwh"]
    result = capacity.join(usable_guns(layout), on="station_id", how="left", maintain_order="left")
    for table in tables:
        result = result.join(table, on="station_id", how="left", maintain_order="left")
    filled = result.with_columns(
        pl.col(_COUNTS).fill_null(0), pl.col(sums).fill_null(0.0), span_min=pl.lit(span)
    ).with_columns(*_use())
    return filled.select(Stations.column_names())


_LIMIT: Final = {"station_id": pl.String, "limit_min": pl.Float64}


def _charged(span_min: float) -> list[pl.Expr]:
    """Return the figures of a group of sessions."""
    plug, leave = (pl.col(name).clip(upper_bound=span_min) for name in ("plug_min", "leave_min"))
    return [
        *((pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in STATION_OUTCOMES),
        pl.col("energy_kwh").sum(),
        pl.col("meter_kwh").sum(),
        pl.col("unmet_kwh").sum().alias("unserved_kwh"),
        (leave - plug).sort().sum().alias("plugged_min"),
        pl.col("cost_cny").sum(),
    ]


def _visited(late_wait_min: float | None) -> list[pl.Expr]:
    """Return the figures of a group of visits."""
    wait = (pl.col("leave_queue_min") - pl.col("arrive_min")).filter(PLUGGED)
    return [
        pl.len().cast(pl.Int64).alias("arrivals"),
        *((pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in _VISIT_COUNTS),
        wait.mean().alias("wait_mean_min"),
        wait_quantile(0.5, wait).alias("wait_p50_min"),
        wait_quantile(0.9, wait).alias("wait_p90_min"),
        wait_quantile(0.95, wait).alias("wait_p95_min"),
        wait.max().alias("wait_max_min"),
        late_share(late_wait_min, wait).alias("late_share"),
    ]


def _use() -> list[pl.Expr]:
    """Return time and energy utilisation: shares of a whole, which sums of many parts pass by rounding."""
    span = pl.col("span_min")
    used = [
        share.clip(upper_bound=1.0).alias(name)
        for name, share in (
            ("gun_utilisation_share", pl.col("plugged_min") / (pl.col("usable_guns") * span)),
            ("energy_utilisation_share", pl.col("rated_kwh") / (pl.col("power_kw") * span / 60.0)),
        )
    ]
    return [share.fill_nan(0.0) for share in used]  # a station without guns is not used


def rated_energy(
    layout: pl.DataFrame, split: pl.DataFrame, load: pl.DataFrame, *, interval_min: float, until_min: float
) -> pl.DataFrame:
    """Return ``station_id, rated_kwh``: energy until a time where the piles are rated.

    The power of a DC pile is what it gives to the vehicle, that of an AC pile what it draws at the meter. A station
    with both divides its load by what each kind gave over the whole run (``split``: ``station_id, dc_part, ac_part``).
    """
    inside = ((until_min - pl.col("start_min")) / interval_min).clip(0.0, 1.0)
    # sorted, so that the last digit of a sum does not depend on how threads share the rows
    both = pl.concat(
        some.group_by("station_id").agg((pl.col("energy_kwh", "meter_kwh") * inside).sort().sum())
        for (some,) in in_batches((load, ("station_id", "start_min", "energy_kwh", "meter_kwh")))
    )
    kinds = layout.group_by("station_id").agg(dc_share=(pl.col("current") == "dc").all().cast(pl.Float64))
    dc, ac = pl.coalesce("dc_part", "dc_share"), pl.coalesce("ac_part", 1.0 - pl.col("dc_share"))
    rated = dc * pl.col("energy_kwh") + ac * pl.col("meter_kwh")
    return (
        both.join(kinds, on="station_id").join(split, on="station_id", how="left").select("station_id", rated_kwh=rated)
    )


def _split(sessions: pl.DataFrame, layout: pl.DataFrame) -> pl.DataFrame:
    """Return ``station_id, dc_part, ac_part``: shares of DC in the energy, and of AC in that at the meter.

    Stations with guns of one kind have no row.
    """
    mixed = layout.group_by("station_id").agg(pl.col("current").n_unique()).filter(pl.col("current") > 1)
    names = mixed["station_id"].to_list()
    current = layout.select("station_id", "group_id", pl.col("current").alias("gun"))
    battery, meter = pl.col("energy_kwh"), pl.col("meter_kwh")
    return (
        sessions.select("station_id", "group_id", "energy_kwh", "meter_kwh")
        .filter(pl.col("station_id").is_in(names), pl.col("group_id").is_not_null())
        .join(current, on=["station_id", "group_id"])
        .group_by("station_id")
        .agg(
            dc_part=battery.filter(pl.col("gun") == "dc").sort().sum() / battery.sort().sum(),
            ac_part=meter.filter(pl.col("gun") == "ac").sort().sum() / meter.sort().sum(),
        )
    )


def _span_min(sessions: pl.DataFrame) -> float:
    """Return the whole days from minute 0 to the last request, minutes (a day at least)."""
    last = scalar(sessions, pl.col("request_min").max(), default=0.0)
    return DAY_MIN * max(1.0, math.ceil(last / DAY_MIN))


def town_summary(
    stations: pl.DataFrame,
    sessions: pl.DataFrame,
    visits: pl.DataFrame | None = None,
    *,
    late_wait_min: float | None = None,
) -> pl.DataFrame:
    """Return one row per town (or service-area site): guns, arrivals, served, waits and utilisation.

    Parameters
    ----------
    stations, sessions, visits
        Tables of a simulation; without visits the last of each session counts.
    late_wait_min
        Longest wait that is in time, minutes.
    """
    place = pl.coalesce("site", "town").alias("place")
    sums = ("piles", "guns", "usable_guns", "power_kw", "served", "unserved", "unfinished", "energy_kwh", "meter_kwh")
    towns = stations.group_by(place, maintain_order=True).agg(
        pl.col(*sums, "unserved_kwh", "cost_cny").sum(),
        pl.col("span_min").first(),
        # guns and kW are the wholes of which the shares are parts
        (pl.col("gun_utilisation_share") * pl.col("usable_guns")).sum() / pl.col("usable_guns").sum(),
        (pl.col("energy_utilisation_share") * pl.col("power_kw")).sum() / pl.col("power_kw").sum(),
    )
    places = stations.select("station_id", place)
    visited = visits_of(sessions, visits).join(places, on="station_id").group_by("place").agg(*_visited(late_wait_min))
    return towns.join(visited, on="place", how="left", maintain_order="left").with_columns(
        pl.col("arrivals", *_VISIT_COUNTS).fill_null(0)
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
