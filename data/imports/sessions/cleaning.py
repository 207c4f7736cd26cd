"""Cleaning of session logs: rows that cannot be are left out, each with its reason."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.arrays import DAY_MIN
from data.imports.import_figures import import_figure
from data.imports.source_file import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.county import County
    from data.imports.sessions.session_log import SessionLog

_MOST_DAYS: Final = 30.0
"""A vehicle that is plugged in for longer is a session that was never closed."""
_ROW: Final = "row"


@dataclass(frozen=True, slots=True)
class PowerLimits:
    """What a session's mean power cannot exceed.

    Attributes
    ----------
    pile_kw : float or None
        Rating of every pile whose row states none, kW.
    ac_most_kw, dc_most_kw : float
        The most that a gun gives where no rating is known, kW; where the current is not known either, DC.
    tolerance_share : float
        Error of meter and clock.
    """

    pile_kw: float | None
    ac_most_kw: float
    dc_most_kw: float
    tolerance_share: float

    @classmethod
    def from_county(cls, county: County, pile_kw: float | None = None) -> PowerLimits:
        """Return the limits of a county's figures ``import.*``."""
        names = ("ac_most_kw", "dc_most_kw", "power_tolerance_share")
        return cls(pile_kw, *(import_figure(county, name) for name in names))


def cleaned(log: SessionLog, limits: PowerLimits) -> SessionLog:
    """Return a log without the rows that cannot be.

    A row is left out if its times or energy cannot be read, if it ends before it begins, is done before it is
    connected or after it is disconnected, delivers less than nothing, or more than its pile can; if it repeats another
    row (of rows with one session id the one with the most energy stays, because meters count up); or if it overlaps
    another at a charger whose guns are all taken. The first of these that holds is its reason.

    Parameters
    ----------
    log
        As read.
    limits
        Bounds of the power.
    """
    rows = log.sessions.with_row_index(_ROW)
    reasons: dict[int, str] = {}
    _impossible(rows, limits, reasons)
    _repeated(_kept(rows, reasons), reasons)
    unchecked = _overlapping(_kept(rows, reasons), reasons)
    places = dict(rows.select(_ROW, pl.struct("where", "session_id", "station_id")).iter_rows())
    out = [
        LeftOut(places[row]["where"], places[row]["session_id"] or places[row]["station_id"], reasons[row])
        for row in sorted(reasons)
    ]
    notes = list(log.notes)
    if unchecked:
        notes.append(f"guns are not known at {unchecked} stations: two at one gun is not checked there")
    sessions = _kept(rows, reasons).drop(_ROW).sort("start_min", "station_id", "session_id", maintain_order=True)
    return replace(log, sessions=sessions, left_out=[*log.left_out, *out], notes=notes)


def _kept(rows: pl.DataFrame, reasons: dict[int, str]) -> pl.DataFrame:
    """Return the rows without a reason against them."""
    return rows.filter(~pl.col(_ROW).is_in(list(reasons)))


def _impossible(rows: pl.DataFrame, limits: PowerLimits, reasons: dict[int, str]) -> None:
    """Note rows that contradict themselves."""
    for row in rows.iter_rows(named=True):
        reason = _contradiction(row, limits)
        if reason is not None:
            reasons[row[_ROW]] = reason


def _contradiction(row: dict[str, Any], limits: PowerLimits) -> str | None:
    """Return why a row cannot be; None where it can."""
    values = {"start": row["start_min"], "end": row["end_min"], "energy": row["energy_kwh"]}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        return f"{' and '.join(missing)} cannot be read"
    return next((words for holds, words in _contradictions(row) if holds), None) or _too_strong(row, limits)


def _contradictions(row: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    """Yield what may be wrong with a row's times and energy, and whether it is."""
    start, end, energy = row["start_min"], row["end_min"], row["energy_kwh"]
    done = row["done_min"]
    yield end < start, f"negative length: it ends {start - end:.0f} min before it begins"
    yield end == start, "no length"
    yield end - start > _MOST_DAYS * DAY_MIN, f"it lasts {(end - start) / DAY_MIN:.0f} days: it was never closed"
    if done is not None:
        yield done > end, f"done charging {done - end:.1f} min after disconnecting"
        yield done < start, f"done charging {start - done:.1f} min before connecting"
    if row["wait_min"] is not None:
        yield row["wait_min"] < 0.0, f"plugged in {-row['wait_min']:.1f} min before coming"
    yield energy < 0.0, f"negative energy, {energy:g} kWh"


def _too_strong(row: dict[str, Any], limits: PowerLimits) -> str | None:
    """Return that a row's power is above that of its pile; None where it is not."""
    charging_min = (row["end_min"] if row["done_min"] is None else row["done_min"]) - row["start_min"]
    if row["energy_kwh"] <= 0.0:
        return None
    mean_kw = 60.0 * row["energy_kwh"] / charging_min if charging_min > 0.0 else math.inf
    rated, words = row["pile_kw"] or limits.pile_kw, "the pile's"
    if rated is None:
        rated = limits.ac_most_kw if row["current"] == "ac" else limits.dc_most_kw
        words = "what any gun gives,"
    if mean_kw <= rated * (1.0 + limits.tolerance_share):
        return None
    shown = "energy in no time" if math.isinf(mean_kw) else f"mean power {mean_kw:.1f} kW"
    return f"{shown} is above {words} {rated:g} kW"


def _repeated(rows: pl.DataFrame, reasons: dict[int, str]) -> None:
    """Note rows that repeat another: the same id, or without ids the same station, start and vehicle."""
    own = pl.concat_str(
        pl.lit("at "), "station_id", pl.lit("|"), pl.col("start_min").cast(pl.String), pl.lit("|"),
        pl.col("vehicle_id").fill_null(""),
    )  # fmt: skip
    keyed = rows.with_columns(key=pl.coalesce("session_id", own))
    # the most energy, then the latest end: what a counter shows last; then the first row
    best = keyed.sort("energy_kwh", "end_min", _ROW, descending=[True, True, False]).unique(
        "key", keep="first", maintain_order=True
    )
    stays = best.select("key", stays=_ROW, place="where")
    repeated = keyed.join(stays, on="key").filter(pl.col(_ROW) != pl.col("stays"))
    for row, place in repeated.select(_ROW, "place").iter_rows():
        reasons[row] = f"duplicate: the session stands in {place} too"


def _overlapping(rows: pl.DataFrame, reasons: dict[int, str]) -> int:
    """Note rows that begin while all guns of their station are taken; return the stations that were not checked."""
    unchecked = 0
    for (_,), sessions in rows.sort("start_min", "end_min", _ROW).group_by("station_id", maintain_order=True):
        guns = sessions["guns"].max()
        if guns is None:
            unchecked += 1
            continue
        taken: list[tuple[float, str]] = []
        for row, where, start, end in sessions.select(_ROW, "where", "start_min", "end_min").iter_rows():
            while taken and taken[0][0] <= start:
                heapq.heappop(taken)
            if len(taken) >= int(str(guns)):
                until, other = taken[0]
                reasons[row] = f"two at one gun: it begins {until - start:.0f} min before {other} ends"
            else:
                heapq.heappush(taken, (end, where))
    return unchecked
