"""Requests of the same vehicle as a chain: the next one counts from the end of the one before (a finite source)."""

from __future__ import annotations

import numpy as np
import polars as pl

from charging.engine.columns import view
from charging.engine.demand import build_demand
from data.arrays import DAY_MIN
from data.schemas.charging import Requests, Vehicles
from data.tables.validate import conformed, validate


def chain_requests(
    requests: pl.DataFrame, vehicle: pl.Series, vehicles: pl.DataFrame | None = None, *, made: bool = False
) -> pl.DataFrame:
    """Return requests in which each vehicle asks again only after its last charge of the day.

    A request ``follows`` the one before of its vehicle on the same day, or one of the day before that is not over yet.
    It begins as long after the end of that one as was drawn between both, if that one were undisturbed: at full power,
    with its overstay. Where the times that were drawn overlap, it begins at once. A night's rest takes up a delay, so
    that those of a week do not add up.

    Parameters
    ----------
    requests
        As for :func:`charging.simulate`, each counting from minute 0.
    vehicle
        By row of the requests: number of the vehicle; null for those that are no vehicle's of a fleet.
    vehicles
        As for :func:`charging.simulate`.
    made
        Whether the toolkit itself made the requests: their columns are looked at, and the rules of their cells only
        where they are simulated.

    Raises
    ------
    DataError
        Bad tables, naming row and column, or a vehicle class that the vehicle table lacks.
    """
    requests = (conformed if made else validate)(requests, Requests, table="requests")
    owned = requests.select("request_id", "arrive_min", "leave_by_min").with_columns(vehicle=vehicle)
    owned = owned.filter(pl.col("vehicle").is_not_null())
    if not owned.height:
        return requests
    stays = _undisturbed(requests.filter(vehicle.is_not_null()), vehicles)
    chains = _in_time(owned.join(stays, on="request_id", how="left", maintain_order="left"))
    counted = requests.select("request_id", "arrive_min", "leave_by_min", "follows").join(
        chains, on="request_id", how="left", maintain_order="left"
    )
    leave_by = pl.col("gap_min") + pl.col("leave_by_min") - pl.col("arrive_min")
    columns = counted.select(
        pl.coalesce("gap_min", "arrive_min").alias("arrive_min"),
        pl.when(pl.col("gap_min").is_null()).then("leave_by_min").otherwise(leave_by).alias("leave_by_min"),
        pl.coalesce("before", "follows").alias("follows"),
    )
    return requests.with_columns(columns.get_columns())


def _undisturbed(requests: pl.DataFrame, vehicles: pl.DataFrame | None) -> pl.DataFrame:
    """Return ``request_id, stay_min``: charge at full power and overstay, no longer than until the vehicle leaves."""
    known = None if vehicles is None else validate(vehicles, Vehicles, table="vehicles")
    demand = build_demand(requests.with_columns(follows=pl.lit(None, dtype=pl.Int64)), known, None, [])
    stay = view(demand.minutes(np.full(len(demand.models), np.inf))) + view(demand.overstay_min)
    if demand.leave_by_min is not None:
        stay = np.minimum(stay, view(demand.leave_by_min) - view(demand.arrive_min))
    return pl.DataFrame({"request_id": demand.request_id, "stay_min": stay})


def _in_time(owned: pl.DataFrame) -> pl.DataFrame:
    """Return ``request_id, before, gap_min`` of the requests that follow another of their vehicle."""
    spent = pl.col("stay_min").cum_sum().over("vehicle")
    # who comes while still there begins at the end: the end is the latest of all starts, with what is spent since
    end = (pl.col("arrive_min") - spent + pl.col("stay_min")).cum_max().over("vehicle") + spent
    rows = owned.sort("vehicle", "arrive_min", "request_id").with_columns(end_min=end)
    rows = rows.with_columns(
        before=pl.col("request_id").shift(1).over("vehicle"),
        before_end_min=pl.col("end_min").shift(1).over("vehicle"),
        day_before=(pl.col("arrive_min") // DAY_MIN).shift(1).over("vehicle"),
    )
    same_day = pl.col("day_before") == pl.col("arrive_min") // DAY_MIN
    return rows.filter(same_day | (pl.col("before_end_min") > pl.col("arrive_min"))).select(
        "request_id", "before", gap_min=pl.max_horizontal(pl.col("arrive_min") - pl.col("before_end_min"), pl.lit(0.0))
    )
