"""The fewest guns at which few drivers wait long: Erlang C over the hours of some days."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from charging.queueing.formulas import erlang_c
from charging.queueing.offered_load import modified_load
from charging.queueing.preview import assigned_parts
from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charging.inputs.behaviour import Behaviour
    from charging.queueing.waits import Callers
    from data.arrays import Floats


def late_share(guns: int, who: Callers, *, late_min: float) -> float:
    """Return the share of arrivals that would wait longer than a limit if nobody gave up.

    Parameters
    ----------
    guns : int
        Guns, at least 1.
    who : Callers
        Who comes, hour by hour.
    late_min : float
        The limit, minutes.

    Notes
    -----
    In each hour the stationary M/M/c at the modified offered load m: P(W > t) = C(c, m) exp(-(c - m) t / E[S]), 1 where
    m reaches the guns. Charging times spread less than exponential ones, so that this is on the safe side; one who
    would turn away or give up counts as one who waits.
    """
    return _late(guns, modified_load(who.rate_per_min, who.stay_min), who, late_min)


def least_guns(who: Callers | None, *, late_min: float, limit_share: float) -> int:
    """Return the fewest guns at which at most a share of the arrivals waits longer than a limit; 0 where nobody comes.

    Parameters
    ----------
    who : Callers or None
        Who comes (`charging.queueing.preview.assigned_parts` has them by station and current); None for nobody.
    late_min : float
        The limit of waiting, minutes, from 0.
    limit_share : float
        Share that may wait longer, above 0 and up to 1.

    Raises
    ------
    DataError
        A limit below 0, or a share that is not above 0 and at most 1.
    """
    if not (math.isfinite(late_min) and late_min >= 0.0):
        raise DataError(f"late_min: got {late_min}; expected minutes of at least 0.")
    if not 0.0 < limit_share <= 1.0:
        raise DataError(f"limit_share: got {limit_share}; expected a share above 0 and at most 1.")
    if who is None:
        return 0
    loads = modified_load(who.rate_per_min, who.stay_min)
    low, high = 0, max(1, math.ceil(float(loads.max())))
    while _late(high, loads, who, late_min) > limit_share:
        low, high = high, 2 * high
    # the share falls with every gun
    while high - low > 1:
        middle = (low + high) // 2
        if _late(middle, loads, who, late_min) > limit_share:
            low = middle
        else:
            high = middle
    return high


def least_guns_by_station(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    late_min: float,
    limit_share: float,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the fewest guns of each station and current by formula, as the preview assigns requests.

    Parameters
    ----------
    layout, requests, travel, behaviour, vehicles
        As for :func:`charging.queueing.preview.preview`.
    late_min, limit_share
        As for `least_guns`.

    Returns
    -------
    polars.DataFrame
        One row per station and current that it has: ``station_id, town, current, guns`` (those of the layout),
        ``busy_hour_erlang, late_share`` (at those guns) and ``least_guns`` (at least 1, so that the site stays one).
    """
    parts = assigned_parts(layout, requests, travel, behaviour=behaviour, vehicles=vehicles)
    rows = []
    for part in parts:
        guns = part.station.guns[part.current]
        late = 0.0 if part.who is None else late_share(guns, part.who, late_min=late_min)
        least = max(1, least_guns(part.who, late_min=late_min, limit_share=limit_share))
        rows.append((part.station.station_id, part.current, guns, part.busy_erlang, late, least))
    towns = layout.select("station_id", pl.col("town").cast(pl.String)).unique("station_id", keep="first")
    schema = {"station_id": pl.String, "current": pl.String, "guns": pl.Int64}
    schema |= {"busy_hour_erlang": pl.Float64, "late_share": pl.Float64, "least_guns": pl.Int64}
    table = pl.DataFrame(rows, schema=schema, orient="row").join(
        towns, on="station_id", how="left", maintain_order="left"
    )
    return table.select("station_id", "town", pl.exclude("station_id", "town"))


def _late(guns: int, loads: Floats, who: Callers, late_min: float) -> float:
    """Return the share of arrivals that waits longer, at the loads of the hours."""
    come = who.rate_per_min / who.rate_per_min.sum()
    mean = float(who.stay_min.mean())
    waiting = np.array([erlang_c(guns, load) for load in loads.tolist()])
    return float(come @ (waiting * np.exp(-np.maximum(guns - loads, 0.0) * late_min / mean)))
