"""Timetables from a GTFS feed: the trips of a date, with frequencies, and times past midnight."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.errors import DataError, nearest
from data.tables.distances import great_circle_m
from fleet.operators.buses.timetable import STOPS, TRIPS, Timetable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEEDED: Final = ("stops", "routes", "trips", "stop_times")
_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REMOVED: Final = 2
"""Exception type of `calendar_dates`: no service on the date; 1 is service."""


def read_gtfs(path: Path, day: dt.date | None = None) -> Timetable:
    """Return the trips that a feed has on a date.

    A trip in ``frequencies`` runs once per headway instead of at its own times. The way between two stops is that of
    ``shape_dist_traveled`` where the feed states it in km, otherwise the straight line.

    Parameters
    ----------
    path
        Folder or zip file of the feed.
    day
        Date of service; the first with the most trips where not given.

    Returns
    -------
    Timetable
        Trips with their line (the route), stops without a town.

    Raises
    ------
    DataError
        No such feed, a table that is missing, a stop or trip that is not known, a trip without stops or one that ends
        before it starts, a date without service.
    """
    feed = _feed(path)
    tables = {name: _table(getattr(feed, name)) for name in (*_NEEDED, "calendar", "calendar_dates", "frequencies")}
    missing = [name for name in _NEEDED if not tables[name].height]
    if missing:
        raise DataError(
            f"{path.name}: {missing[0]}.txt is missing or empty; expected a GTFS feed with it. Add the file."
        )
    times = _stop_times(path, tables)
    active = _services(tables, day, path)
    trips = tables["trips"].filter(pl.col("service_id").cast(pl.String).is_in(sorted(active)))
    rows = [row for trip in trips.iter_rows(named=True) for row in _of_trip(path, trip, times, tables["frequencies"])]
    table = pl.DataFrame(rows, schema=TRIPS, orient="row").sort("start_min", "trip")
    stops = tables["stops"].select(
        stop=pl.col("stop_id").cast(pl.String),
        town=pl.lit(None, dtype=pl.String),
        lon=pl.col("stop_lon").cast(pl.Float64),
        lat=pl.col("stop_lat").cast(pl.Float64),
        altitude_m=pl.lit(None, dtype=pl.Float64),
        charger_kw=pl.lit(None, dtype=pl.Float64),
        chargers=pl.lit(None, dtype=pl.Int64),
    )
    return Timetable(table, stops.cast(STOPS))


def _feed(path: Path) -> Any:  # noqa: ANN401 - a type of gtfs_kit, which has no types
    """Return the feed as gtfs_kit reads it."""
    if not path.exists():
        raise DataError(f"{path}: no such feed; expected a folder or zip file with GTFS tables.")
    try:
        import gtfs_kit  # noqa: PLC0415 - an extra: it brings maps and their libraries along
    except ImportError as error:
        raise DataError(
            f"{path.name}: gtfs-kit reads feeds and is not installed. Install it: pip install 'xijiang[gtfs]'."
        ) from error
    try:
        return gtfs_kit.read_feed(path, dist_units="km")
    except Exception as error:
        raise DataError(
            f"{path.name}: cannot be read as a GTFS feed ({error}). Expected a folder or zip of its tables."
        ) from error


def _table(frame: Any) -> pl.DataFrame:  # noqa: ANN401 - a pandas frame or None
    """Return a table of the feed; no rows where the feed has none."""
    if frame is None:
        return pl.DataFrame()
    columns = {
        str(name): frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns
    }
    return pl.DataFrame(columns, strict=False)


def _minutes(text: str | None) -> float | None:
    """Return the minutes of HH:MM:SS; hours may be 24 and more."""
    parts = (text or "").strip().split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = (int(part) for part in parts)
    return 60.0 * hours + minutes + seconds / 60.0


def _stop_times(path: Path, tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the stops of each trip in order, with minutes and coordinates."""
    known = tables["stops"].select(stop_id=pl.col("stop_id").cast(pl.String), lon="stop_lon", lat="stop_lat")
    rows = tables["stop_times"].with_columns(pl.col("trip_id", "stop_id").cast(pl.String))
    unknown = rows.join(known, on="stop_id", how="anti")
    if unknown.height:
        stop = str(unknown["stop_id"][0])
        hint = nearest(stop, known["stop_id"].to_list())
        raise DataError(f"{path.name}: stop_times.txt names the stop {stop!r}, which stops.txt does not have.{hint}")
    names = set(tables["trips"]["trip_id"].cast(pl.String))
    strange = [name for name in rows["trip_id"].unique(maintain_order=True) if name not in names]
    if strange:
        raise DataError(
            f"{path.name}: stop_times.txt names the trip {strange[0]!r}, which trips.txt does not have."
            f"{nearest(strange[0], names)}"
        )
    timed = rows.with_columns(
        arrive=pl.Series([_minutes(text) for text in rows["arrival_time"]], dtype=pl.Float64),
        leave=pl.Series([_minutes(text) for text in rows["departure_time"]], dtype=pl.Float64),
    ).join(known, on="stop_id", how="left", maintain_order="left")
    ordered = timed.sort("trip_id", pl.col("stop_sequence").cast(pl.Int64))
    return {str(trip): part for (trip,), part in ordered.group_by("trip_id", maintain_order=True)}


def _services(tables: dict[str, pl.DataFrame], day: dt.date | None, path: Path) -> set[str]:
    """Return the services of a date: by the calendar, and by its exceptions."""
    dates = [day] if day is not None else _dates(tables)
    number = dict(tables["trips"].group_by(pl.col("service_id").cast(pl.String)).len().iter_rows())
    best: set[str] = set()
    for date in dates:
        found = _active(tables, date)
        if sum(number.get(name, 0) for name in found) > sum(number.get(name, 0) for name in best):
            best = found
    if not any(number.get(name, 0) for name in best):
        when = "any day" if day is None else day.isoformat()
        raise DataError(f"{path.name}: no trip runs on {when}; expected a date within calendar.txt. Give another date.")
    return best


def _dates(tables: dict[str, pl.DataFrame]) -> list[dt.date]:
    """Return the first two weeks of each service, and the dates of exceptions: any other day is like one of them."""
    first = {_date(text) for text in tables["calendar"]["start_date"]} if tables["calendar"].height else set()
    days = {start + dt.timedelta(days=more) for start in first for more in range(14)}
    if tables["calendar_dates"].height:
        days |= {_date(text) for text in tables["calendar_dates"]["date"]}
    return sorted(days)


def _date(text: object) -> dt.date:
    """Return the date of YYYYMMDD."""
    return dt.datetime.strptime(str(text), "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone


def _active(tables: dict[str, pl.DataFrame], date: dt.date) -> set[str]:
    """Return the services of a date."""
    found = set()
    for row in tables["calendar"].iter_rows(named=True):
        within = _date(row["start_date"]) <= date <= _date(row["end_date"])
        if within and int(row[_WEEK[date.weekday()]]):
            found.add(str(row["service_id"]))
    for row in tables["calendar_dates"].iter_rows(named=True):
        if _date(row["date"]) == date:
            name = {str(row["service_id"])}
            found = found - name if int(row["exception_type"]) == _REMOVED else found | name
    return found


def _of_trip(
    path: Path, trip: dict[str, Any], times: dict[str, pl.DataFrame], frequencies: pl.DataFrame
) -> Iterator[tuple[Any, ...]]:
    """Yield the departures of a trip."""
    name, line = str(trip["trip_id"]), str(trip["route_id"])
    rows = times.get(name)
    if rows is None or rows.height < 2:
        raise DataError(
            f"{path.name}: trip {name!r} of line {line!r} has {0 if rows is None else rows.height} stops in "
            "stop_times.txt, expected 2 or more. Add them."
        )
    start, end = rows["leave"].drop_nulls(), rows["arrive"].drop_nulls()
    clock = pl.concat([rows["arrive"], rows["leave"]]).drop_nulls()
    if not clock.len() or rows["leave"][0] is None or rows["arrive"][-1] is None:
        raise DataError(
            f"{path.name}: trip {name!r} has no time at its first or last stop, expected HH:MM:SS. Fill the cells."
        )
    passing = np.array(
        [value for pair in zip(rows["arrive"], rows["leave"], strict=True) for value in pair if value is not None]
    )
    if np.any(np.diff(passing) < 0.0) or end[-1] <= start[0]:
        raise DataError(
            f"{path.name}: trip {name!r} goes back in time or ends before it starts ({start[0]:.0f} to {end[-1]:.0f} "
            "min), expected times that rise. Write times after midnight as 24:00:00 and more."
        )
    minutes, km = float(end[-1] - start[0]), _km(rows)
    ends = (str(rows["stop_id"][0]), str(rows["stop_id"][-1]), km, 0.0, 0.0, None)
    begins = list(_begins(name, float(start[0]), frequencies))
    for begin in begins:
        label = name if len(begins) == 1 else f"{name}@{int(begin) // 60:02d}:{int(begin) % 60:02d}"
        yield label, line, begin, begin + minutes, *ends


def _begins(name: str, start: float, frequencies: pl.DataFrame) -> Iterator[float]:
    """Yield the times at which a trip begins: its own, or those of its headways; the end of a period is not in it."""
    own = frequencies.filter(pl.col("trip_id").cast(pl.String) == name) if frequencies.height else frequencies
    if not own.height:
        yield start
    for row in own.iter_rows(named=True):
        first, last = _minutes(row["start_time"]), _minutes(row["end_time"])
        if first is not None and last is not None:
            yield from (float(minute) for minute in np.arange(first, last - 1e-9, float(row["headway_secs"]) / 60.0))


def _km(rows: pl.DataFrame) -> float:
    """Return the length of a trip, km."""
    if "shape_dist_traveled" in rows.columns and rows["shape_dist_traveled"].null_count() == 0:
        along = rows["shape_dist_traveled"].cast(pl.Float64)
        return float(along[-1] - along[0])
    lat, lon = rows["lat"].cast(pl.Float64).to_numpy(), rows["lon"].cast(pl.Float64).to_numpy()
    return float(great_circle_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()) / 1000.0
