"""Timetables: the trips of a day from lines, their stops and departures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIPS: Final = pl.Schema(
    {
        "trip": pl.String,
        "line": pl.String,
        "start_min": pl.Float64,
        "end_min": pl.Float64,
        "from_stop": pl.String,
        "to_stop": pl.String,
        "km": pl.Float64,
        "climb_m": pl.Float64,
        "descent_m": pl.Float64,
        "passengers": pl.Float64,
    }
)
"""Columns of the trips of a day; minutes count from midnight and pass 1440 after it; passengers null: as the class."""
STOPS: Final = pl.Schema(
    {
        "stop": pl.String,
        "town": pl.String,
        "lon": pl.Float64,
        "lat": pl.Float64,
        "altitude_m": pl.Float64,
        "charger_kw": pl.Float64,
        "chargers": pl.Int64,
    }
)
"""Columns of stops that plans read."""
WEEK: Final = {"workday": ("daily", "workday"), "weekend": ("daily", "weekend")}
"""Departures that hold on a day of the week."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Trips of a day and the stops that they join.

    Attributes
    ----------
    trips : polars.DataFrame
        Columns of `TRIPS`, by start.
    stops : polars.DataFrame
        Columns of `STOPS`.
    drawn : bool
        Whether lines and departures were drawn, because no table states them.
    """

    trips: pl.DataFrame
    stops: pl.DataFrame
    drawn: bool = False


def timetable_of(
    lines: pl.DataFrame,
    line_stops: pl.DataFrame,
    stops: pl.DataFrame,
    departures: pl.DataFrame,
    *,
    day: str = "workday",
    drawn: bool = False,
) -> Timetable:
    """Return the trips of a day.

    Parameters
    ----------
    lines, line_stops, stops, departures
        As the county tables ``bus_lines``, ``bus_line_stops``, ``bus_stops`` and ``bus_timetable``.
    day
        ``workday`` or ``weekend``.
    drawn
        Whether the tables were drawn.

    Raises
    ------
    DataError
        A line without stops or with one alone, a stop that is not known, or no departure on that day.
    """
    if day not in WEEK:
        raise DataError(f"timetable: day {day!r}.{nearest(day, WEEK)} Expected one of {', '.join(WEEK)}.")
    known = stops.select(pl.col(name).cast(kind) for name, kind in STOPS.items())
    rows = [
        row
        for line in lines.iter_rows(named=True)
        for row in _of_line(line, line_stops.filter(line=line["line"]).sort("sequence"), known, departures, WEEK[day])
    ]
    if not rows:
        raise DataError(f"timetable: got no departure on a {day}; expected some. Add rows to bus_timetable.csv.")
    trips = pl.DataFrame(rows, schema=TRIPS, orient="row").sort("start_min", "trip")
    return Timetable(trips, known, drawn)


def _of_line(
    line: dict[str, Any], way: pl.DataFrame, stops: pl.DataFrame, departures: pl.DataFrame, days: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    """Yield the trips of a line."""
    name = line["line"]
    if way.height < 2:
        raise DataError(
            f"bus_line_stops: line {name!r} has {way.height} stops, expected 2 or more. Add its stops in their order."
        )
    unknown = way.join(stops, on="stop", how="anti")
    if unknown.height:
        stop = unknown["stop"][0]
        raise DataError(
            f"bus_line_stops: line {name!r} names the stop {stop!r}, which bus_stops does not have."
            f"{nearest(stop, stops['stop'].to_list())}"
        )
    altitudes = way.join(stops, on="stop", how="left", maintain_order="left")["altitude_m"].fill_null(0.0).to_numpy()
    steps = np.diff(altitudes)
    up, down = float(steps[steps > 0].sum()), float(-steps[steps < 0].sum())
    first, last = way["stop"][0], way["stop"][-1]
    km, minutes = float(way["km"].sum()), float(way["minutes"].sum())
    own = departures.filter(pl.col("line") == name, pl.col("days").is_in(days))
    for row in own.iter_rows(named=True):
        out = row["direction"] == "out"
        ends = (first, last, km, up, down) if out else (last, first, km, down, up)
        # a rounding must not lose the last departure
        for start in np.arange(row["first_min"], row["last_min"] + 1e-6, row["headway_min"]):
            trip = f"{name}/{row['direction']}/{int(start) // 60:02d}:{int(start) % 60:02d}"
            yield trip, name, float(start), float(start) + minutes, *ends, line["passengers"]
