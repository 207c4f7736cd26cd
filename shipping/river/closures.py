"""When fog and flood close stations on the river: drawn before the simulation, the same for all designs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from data.streams import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

_DAY_MIN = 1440.0


def draw_closures(county: County, stations: Sequence[str], *, start: dt.date, days: int, seed: int) -> pl.DataFrame:
    """Draw closures: weather comes over the whole reach, so all stations close together.

    Closures begin as a Poisson process and last an exponential time with the mean ``river.closure_h``; their rate is
    such that ``closure_share`` of the month's time is closed (overlaps, which are rare, count twice).

    Parameters
    ----------
    county : data.County
        Table ``river_months`` and figure ``river.closure_h``.
    stations : sequence of str
        Stations to close.
    start : datetime.date
        First day; its midnight is minute 0.
    days : int
        Days in which closures may begin.
    seed : int
        Seed of the replication; each day has a stream of its own.

    Returns
    -------
    polars.DataFrame
        ``station, start_min, end_min``.
    """
    share = dict(county.river_months.select("month", "closure_share").iter_rows())
    mean_min = 60.0 * county.figure("river.closure_h")
    rows: list[tuple[str, float, float]] = []
    for number in range(days):
        date = start + dt.timedelta(days=number)
        rng = stream(seed, "shipping", "closures", date.isoformat())
        count = int(rng.poisson((share[date.month] or 0.0) * _DAY_MIN / mean_min))
        for begins, lasts in zip(rng.uniform(0.0, _DAY_MIN, count), rng.exponential(mean_min, count), strict=True):
            at = _DAY_MIN * number + float(begins)
            rows += [(name, at, at + float(lasts)) for name in stations]
    return pl.DataFrame(
        rows, schema={"station": pl.String, "start_min": pl.Float64, "end_min": pl.Float64}, orient="row"
    ).sort("start_min", "station")
