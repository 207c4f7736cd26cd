"""Requests of the same vehicle as a chain: the next one counts from the end of the one before (a finite source)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.engine.columns import view
from charging.engine.demand import build_demand
from charging.power.compiled import compiled
from data.arrays import DAY_MIN
from data.schemas.charging import Requests, Vehicles
from data.tables.validate import conformed, validate

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

_NONE: Final = -1


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
    arrive = requests["arrive_min"].to_numpy()
    number = requests["request_id"].to_numpy()
    owned = np.flatnonzero(vehicle.is_not_null().to_numpy())
    if not len(owned):
        return requests
    # as a demand has them: by time and number
    owned = owned[np.lexsort((number[owned], arrive[owned]))]
    # and by vehicle, each in its order
    by_vehicle = np.argsort(vehicle.to_numpy()[owned], kind="stable")
    stay = _undisturbed_min(requests[owned], vehicles)[by_vehicle]
    own = owned[by_vehicle]
    day = np.floor(arrive[own] / DAY_MIN)
    before, gap_min = np.full(len(arrive), _NONE), np.full(len(arrive), np.nan)
    _in_time(own, vehicle.to_numpy()[own].astype(np.int64), arrive[own], day, stay, before, gap_min)
    follows = pl.Series("before", np.where(before >= 0, number[before], 0)).set(pl.Series(before < 0), None)
    counted = requests.select("arrive_min", "leave_by_min", "follows").with_columns(
        follows, pl.Series("gap_min", gap_min, nan_to_null=True)
    )
    leave_by = pl.col("gap_min") + pl.col("leave_by_min") - pl.col("arrive_min")
    columns = counted.select(
        pl.coalesce("gap_min", "arrive_min").alias("arrive_min"),
        pl.when(pl.col("gap_min").is_null()).then("leave_by_min").otherwise(leave_by).alias("leave_by_min"),
        pl.coalesce("before", "follows").alias("follows"),
    )
    return requests.with_columns(columns.get_columns())


def _undisturbed_min(requests: pl.DataFrame, vehicles: pl.DataFrame | None) -> Floats:
    """Return minutes of requests in order of time: charge at full power and overstay, or until the vehicle leaves."""
    known = None if vehicles is None else validate(vehicles, Vehicles, table="vehicles")
    demand = build_demand(requests.with_columns(follows=pl.lit(None, dtype=pl.Int64)), known, None, [])
    stay = view(demand.minutes(np.full(len(demand.models), np.inf))) + view(demand.overstay_min)
    if demand.leave_by_min is not None:
        stay = np.minimum(stay, view(demand.leave_by_min) - view(demand.arrive_min))
    return np.asarray(stay)


@compiled
def _in_time(
    own: Ints, vehicle: Ints, arrive_min: Floats, day: Floats, stay_min: Floats, before: Ints, gap_min: Floats
) -> None:
    """Write for requests that follow another of their vehicle which one, and how long after its end.

    The requests are by vehicle and time; `own` are their rows, in which is written.
    """
    spent = latest = end = 0.0
    for row in range(len(own)):
        arrive, stay = arrive_min[row], stay_min[row]
        first = row == 0 or vehicle[row] != vehicle[row - 1]
        if not first and (day[row] == day[row - 1] or end > arrive):
            before[own[row]], gap_min[own[row]] = own[row - 1], max(arrive - end, 0.0)
        spent = stay if first else spent + stay
        # who comes while still there begins at the end: the end is the latest of all starts, with what is spent since
        begin = arrive - spent + stay
        latest = begin if first else max(latest, begin)
        end = latest + spent
