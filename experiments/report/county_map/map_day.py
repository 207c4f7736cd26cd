"""A day of the run, played on the map: guns in use, drivers who wait, tanks and vessels, by quarters of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, present
from data.memory.stored_tables import column_names, columns_of
from data.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats, Ints
    from experiments.report.language import Translate

STEP_MIN: Final = 15.0
STEPS: Final = round(DAY_MIN / STEP_MIN)


def busiest_day(sessions: pl.DataFrame, days: int) -> int:
    """Return the day, from 0, on which most requests are made; the first of several."""
    asked = sessions.select(day=(pl.col("request_min") / DAY_MIN).floor().cast(pl.Int64)).filter(pl.col("day") < days)
    counted = asked.group_by("day").len().sort("len", "day", descending=[True, False])
    return int(counted["day"][0]) if counted.height else 0


def counts_by_place(
    rows: pl.DataFrame, key: str, places: list[str], times: Floats, *, begin: str, end: str
) -> dict[str, Ints]:
    """Return how many rows of each place have begun and not ended at each time; what has no end goes on."""
    parts = rows.drop_nulls(begin).partition_by(key, as_dict=True)
    none = np.zeros(times.size, dtype=np.int64)
    return {place: present(parts[place,], begin, end, times) if (place,) in parts else none for place in places}


def played_day(
    tables: Mapping[str, pl.DataFrame],
    stations: list[str],
    lng_stations: list[str],
    days: int,
    translate: Translate,
) -> dict[str, Any] | None:
    """Return the busiest day of the first replication for the page; None where nobody asks for a charge.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        Run tables.
    stations, lng_stations : list of str
        Those of the map, in its order.
    days : int
        Of the run.
    translate : Translate
        Into the language.

    Returns
    -------
    dict or None
        ``day`` (from 0), ``times``, ``guns`` and ``waiting`` (a list per step, one number per station), ``tanks``
        (m³, a list per step, one per LNG station) and ``said`` (a sentence per step).
    """
    names = ("replication", "request_min", "station_id", "plug_min", "leave_min")
    known = columns_of(tables, "sessions", *(name for name in names if _has(tables, "sessions", name)))
    if set(names) - set(known.columns):
        return None
    sessions = known.filter(pl.col("replication") == 0)
    if not sessions.height:
        return None
    day = busiest_day(sessions, days)
    times: Floats = day * DAY_MIN + STEP_MIN * np.arange(STEPS, dtype=np.float64)
    guns = counts_by_place(sessions, "station_id", stations, times, begin="plug_min", end="leave_min")
    visits = columns_of(tables, "visits", "replication", "station_id", "arrive_min", "leave_queue_min")
    queues = visits.filter(pl.col("replication") == 0)
    waiting = counts_by_place(queues, "station_id", stations, times, begin="arrive_min", end="leave_queue_min")
    tanks = _tanks(tables["tanks"], lng_stations, times)
    clock = [f"{step // 4:02d}:{15 * (step % 4):02d}" for step in range(STEPS)]
    return {
        "day": day,
        "times": clock,
        "guns": _by_step(guns, stations),
        "waiting": _by_step(waiting, stations),
        "tanks": _by_step(tanks, lng_stations),
        "said": _told(tables, guns, waiting, lng_stations, times, translate),
    }


def _has(tables: Mapping[str, pl.DataFrame], table: str, column: str) -> bool:
    """Return whether a table has a column: runs made by hand need not."""
    return column in column_names(tables, table)


def _tanks(table: pl.DataFrame, stations: list[str], times: Floats) -> dict[str, Ints]:
    """Return the level of each tank at each time, whole m³: it stays as the last event left it."""
    first = table.filter(pl.col("replication") == 0).sort("time_min")
    found = {}
    for station in stations:
        rows = first.filter(pl.col("station") == station)
        if rows.height:
            at = np.searchsorted(rows["time_min"].to_numpy(), times, side="right") - 1
            found[station] = np.rint(rows["level_m3"].to_numpy()[np.maximum(at, 0)]).astype(np.int64)
    return found


def _by_step(counted: Mapping[str, Ints], places: list[str]) -> list[list[int]]:
    """Return a list per step, with one number per place; empty where a place has none."""
    if not counted or any(place not in counted for place in places):
        return []
    return [[int(counted[place][step]) for place in places] for step in range(STEPS)]


def _told(
    tables: Mapping[str, pl.DataFrame],
    guns: Mapping[str, Ints],
    waiting: Mapping[str, Ints],
    lng_stations: list[str],
    times: Floats,
    translate: Translate,
) -> list[str]:
    """Return what happens at each step, in a sentence."""
    numbers: dict[str, list[int]] = {}
    for name, part in (("guns", guns), ("waiting", waiting)):
        numbers[name] = sum(part.values(), np.zeros(STEPS, dtype=np.int64)).tolist()
    said = [translate("guns in use: {guns}, drivers who wait: {waiting}")]
    if lng_stations:
        calls = tables["calls"].filter(
            pl.col("replication") == 0, pl.col("station").is_in(lng_stations), pl.col("outcome") != Outcome.PASSED
        )
        began = calls.with_columns(left=pl.coalesce("start_min", pl.col("arrive_min") + pl.col("wait_min")))
        numbers["berths"] = present(calls.drop_nulls("start_min"), "start_min", "end_min", times).tolist()
        numbers["ships"] = present(began, "arrive_min", "left", times).tolist()
        said.append(translate("vessels that bunker LNG: {berths}, that wait for it: {ships}"))
    counts = tables.get("river_counts")
    if counts is not None and counts.height:
        rows = counts.filter(pl.col("replication") == 0, pl.col("time_min").is_in(times.tolist())).sort("time_min")
        if rows.height == STEPS:
            numbers |= {name: rows[name].to_list() for name in ("under_way", "lock_waiting")}
            said.append(translate("vessels under way: {under_way}, waiting at the locks: {lock_waiting}"))
    told = translate("; ").join(said)
    return [told.format(**{name: row[step] for name, row in numbers.items()}) for step in range(STEPS)]
