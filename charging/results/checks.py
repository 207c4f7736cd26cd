"""Checks that every simulation must pass: accounting of requests, energy and load, and Little's law."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.engine.reach import places
from charging.result import visits_of
from charging.results.batches import in_batches
from data.arrays import scalar
from data.outcomes import SERVED, SESSION_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from charging.result import ChargingResult
    from data.arrays import Floats

_SAME_MIN: Final = 1e-9
"""Times that differ by rounding are equal: a vehicle may plug in at the minute at which another leaves."""
_VISITORS: Final = ("request_id", "station_id", "tries", "arrive_min", "plug_min", "leave_min", "outcome")
"""Columns of sessions from which visits are told."""
_NEVER: Final = (np.zeros(0), np.zeros(0))
_QUEUES: Final = {"station_id": pl.String, "queue_mean": pl.Float64, "queue_max": pl.Float64}
_SCHEMA = {"check": pl.String, "expected": pl.Float64, "got": pl.Float64, "holds": pl.Boolean}


def check_accounts(result: ChargingResult, requests: pl.DataFrame, *, tolerance: float = 1e-6) -> pl.DataFrame:
    """Compare what went into a simulation with what came out.

    Parameters
    ----------
    result
        Tables of a simulation.
    requests
        The requests that went in: ``request_id, energy_kwh``, and ``leave_by_min, follows`` where it has them.
    tolerance
        Largest relative difference of energies.

    Returns
    -------
    polars.DataFrame
        ``check, expected, got, holds``: one row per request and one outcome each; arrivals = served + balked +
        reneged + unserved + unfinished; kWh asked = delivered + unmet; who is served gets what was asked, or leaves
        when it has to; integral of the load = sum of sessions; no gun serves two vehicles at once; a visit for each
        try, and the waits of visits add up to those of sessions; Little's law for vehicles that wait, those that leave
        included, and for vehicles at guns.
    """
    sessions, load = result.sessions, result.load
    served = sessions.filter(SERVED)
    whole = served.filter(pl.col("unmet_kwh") == 0.0)
    seen = _Seen()
    little = _little(seen.through(some_visits(sessions, result.refused)))
    rows = [
        ("one row a request", float(requests.height), float(sessions["request_id"].n_unique())),
        (
            "arrivals = sum of outcomes",
            float(requests.height),
            float(sessions["outcome"].is_in(SESSION_OUTCOMES).sum()),
        ),
        (
            "kWh asked = delivered + unmet",
            _sum(requests["energy_kwh"]),
            _sum(sessions["energy_kwh"]) + _sum(sessions["unmet_kwh"]),
        ),
        ("kWh of served sessions as asked", _sum(whole["asked_kwh"]), _sum(whole["energy_kwh"])),
        ("nobody leaves early without having to", 0.0, float(_left_early(served, requests))),
        ("integral of the load = meter kWh of sessions", _sum(sessions["meter_kwh"]), _sum(load["meter_kwh"])),
        ("no gun serves two vehicles", 0.0, float(_overlaps(served))),
        ("a visit for each try", _sum(sessions["tries"]), float(seen.visits)),
        ("waits of sessions = waits of their visits", _sum(sessions["wait_min"]), math.fsum(seen.waits_min)),
        ("Little: vehicles waiting = arrivals x wait", _sum(little["queue_by_wait"]), _sum(little["queue_mean"])),
        ("Little: guns busy = sessions x stay", _sum(little["busy_by_stay"]), _sum(little["busy_mean"])),
    ]
    return pl.DataFrame(
        [(*row, math.isclose(row[1], row[2], rel_tol=tolerance, abs_tol=tolerance)) for row in rows],
        schema=_SCHEMA,
        orient="row",
    )


def check_little(
    sessions: pl.DataFrame,
    visits: pl.DataFrame | None = None,
    *,
    until_min: float = math.inf,
    tolerance: float = 1e-6,
) -> pl.DataFrame:
    """Compare both sides of Little's law, L = lambda W, at each station.

    One side counts vehicles over time: the integral of the number that waits (or stands at a gun), from arrivals and
    departures in order. The other is the number of arrivals times their mean time. Who leaves without a gun waited too,
    at the station where that was.

    Parameters
    ----------
    sessions
        Table of a simulation.
    visits
        Its visits. None takes them from the sessions, and knows of the last of each only.
    until_min
        Times are counted up to here, minutes.
    tolerance
        Largest relative difference.

    Returns
    -------
    polars.DataFrame
        One row per station: ``station_id, span_min, queue_mean, queue_by_wait, queue_max, busy_mean, busy_by_stay,
        holds``. Means are over ``span_min``, from minute 0 to ``until_min`` or to the last departure.
    """
    return _little(some_visits(sessions, visits), until_min=until_min, tolerance=tolerance)


def _little(
    batches: Iterable[tuple[pl.DataFrame, pl.DataFrame]], *, until_min: float = math.inf, tolerance: float = 1e-6
) -> pl.DataFrame:
    """Return the table of `check_little` for visits and sessions of some stations at a time."""
    rows = []
    for visits_here, sessions_here in batches:
        stays = _by_station(sessions_here.select("station_id", "plug_min", "leave_min").drop_nulls(), until_min)
        for station, (arrive, left) in sorted(_by_station(visits_here, until_min).items()):
            plug, leave = stays.get(station, _NEVER)
            span = until_min
            if span == math.inf:
                span = float(max(left.max(initial=1.0), leave.max(initial=1.0)))
            queue, most = _count_over_time(arrive, left)
            busy, _ = _count_over_time(plug, leave)
            by_wait, by_stay = float(np.sum(left - arrive)), float(np.sum(leave - plug))
            close = all(
                math.isclose(over_time, by_vehicle, rel_tol=tolerance, abs_tol=tolerance * span)
                for over_time, by_vehicle in ((queue, by_wait), (busy, by_stay))
            )
            means = (queue / span, by_wait / span, most, busy / span, by_stay / span)
            rows.append((station, span, *means, close))
    names = ("station_id", "span_min", "queue_mean", "queue_by_wait", "queue_max", "busy_mean", "busy_by_stay")
    schema = {name: pl.String if name == "station_id" else pl.Float64 for name in names} | {"holds": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def some_visits(
    sessions: pl.DataFrame, visits: pl.DataFrame | None, more: Sequence[str] = ()
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield visits to some stations at a time, ``station_id, arrive_min, leave_queue_min, outcome``, and the sessions.

    Parameters
    ----------
    sessions, visits
        As for :func:`check_little`.
    more
        Columns of the sessions that are asked for beside those from which visits are told.
    """
    columns = ("station_id", "arrive_min", "leave_queue_min", "outcome")
    shown = sessions, (*_VISITORS, *(name for name in more if name not in _VISITORS))
    for tables in in_batches(shown, *([] if visits is None else [(visits, visits.columns)])):
        yield visits_of(*tables, ordered=False).select(columns), tables[0]
        tables.clear()  # the next batch is made while this name still stands for the last one


def queues(visits: pl.DataFrame, until_min: float) -> pl.DataFrame:
    """Return ``station_id, queue_mean, queue_max``: how many wait at stations, over the time up to ``until_min``."""
    rows = []
    for station, (arrive, left) in sorted(_by_station(visits, until_min).items()):
        waited, most = _count_over_time(arrive, left)
        rows.append((station, waited / until_min, most))
    return pl.DataFrame(rows, schema=_QUEUES, orient="row")


def _by_station(spans: pl.DataFrame, until_min: float) -> dict[str, tuple[Floats, Floats]]:
    """Return begins and ends by station, the second and third columns, cut at a time."""
    begin, end = spans.columns[1:3]
    cut = spans.select("station_id", pl.col(begin, end).clip(upper_bound=until_min))
    parts = cut.partition_by("station_id", as_dict=True, include_key=False)
    return {station: (part[begin].to_numpy(), part[end].to_numpy()) for (station,), part in parts.items()}


@dataclass
class _Seen:
    """How many visits went by, and the minutes that were waited at them, batch by batch."""

    visits: int = 0
    waits_min: list[float] = field(default_factory=list)

    def through(
        self, batches: Iterable[tuple[pl.DataFrame, pl.DataFrame]]
    ) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Yield the batches on."""
        for visits, sessions in batches:
            self.visits += visits.height
            self.waits_min.append(_sum(visits["leave_queue_min"] - visits["arrive_min"]))
            yield visits, sessions


def _count_over_time(begin: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[float, float]:
    """Return the integral of how many are there at a time (minutes), and the most at once."""
    if not len(begin):
        return 0.0, 0.0
    times = np.concatenate([np.sort(end), np.sort(begin)])
    order = np.argsort(times, kind="stable")  # at one instant vehicles leave before others come
    there = np.cumsum(np.where(order < len(end), -1, 1))
    return float(np.sum(there[:-1] * np.diff(times[order]))), float(max(there.max(), 0))


def _sum(values: pl.Series) -> float:
    """Return a sum without rounding on the way."""
    return math.fsum(values.to_list())


def _left_early(served: pl.DataFrame, requests: pl.DataFrame) -> int:
    """Count vehicles that left a gun before they were full, and before they had to."""
    short = served.filter(pl.col("unmet_kwh") > 0.0).select("request_id", "leave_min", "request_min")
    if not short.height:
        return 0
    if not {"leave_by_min", "follows"} <= set(requests.columns):
        requests = requests.with_columns(
            pl.lit(None, pl.Float64).alias(name) for name in ("leave_by_min", "follows") if name not in requests.columns
        )
    known = short.join(
        requests.select("request_id", "leave_by_min", "follows", after_min="arrive_min"), on="request_id", how="left"
    )
    # the times of a request that follows another count from the end of that one
    end = pl.when(pl.col("follows").is_null()).then(0.0).otherwise(pl.col("request_min") - pl.col("after_min"))
    in_time = (pl.col("leave_min") - end - pl.col("leave_by_min")).abs() <= _SAME_MIN * (1.0 + pl.col("leave_min"))
    return int(scalar(known, (~in_time.fill_null(value=False)).sum()))


def _overlaps(served: pl.DataFrame) -> int:
    """Count the times that a vehicle plugs in before the last one at the gun has left."""
    gun = np.zeros(served.height, dtype=np.int64)
    # the guns by number: to sort by their names takes longer than all else
    for name in ("station_id", "group_id", "pile", "gun"):
        column = served[name]
        whole = column.dtype.is_integer()
        number = column.fill_null(-1).to_numpy() if whole else places(column, column.unique().drop_nulls())
        gun = gun * (int(number.max(initial=0)) + 2) + number + 1
    plug, leave = (served[name].to_numpy() for name in ("plug_min", "leave_min"))
    order = np.lexsort((leave, plug, gun))
    gun, plug, leave = gun[order], plug[order], leave[order]
    return int(np.count_nonzero((gun[1:] == gun[:-1]) & (plug[1:] < leave[:-1] - _SAME_MIN)))
