"""Bus lines of a county whose timetable nobody lists: drawn from its towns, residents and the km of its buses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.arrays import YEAR_DAYS
from data.schemas.fleets.operators import DIRECTIONS
from data.streams import stream
from data.tables.distances import EARTH_M
from fleet.operators.buses.timetable import STOPS
from fleet.operators.ways import Ways, ways_between

if TYPE_CHECKING:
    from data.county import County

# where lines run is no chance of a replication: all runs of a county share it
_SEED: Final = 0
_KM_PER_DEGREE: Final = math.radians(1.0) * EARTH_M / 1000.0


@dataclass(frozen=True, slots=True)
class DrawnService:
    """How much service lines that are drawn have.

    Attributes
    ----------
    km_per_day : float
        Timetable km of all lines.
    start_min, end_min : float
        First and last departure.
    time_factor : float
        Time of a bus with its stops over that of a car.
    seat_line_km, seat_residents_per_line, seat_trip_factor : float
        Length of lines in the seat, residents to whom one belongs, and departures per resident over those elsewhere.
    least_departures : float
        Departures each way that every line has.
    peak_factor, peak_min : float
        Departures per hour in the peaks over those between them; how long each of the two lasts.
    """

    km_per_day: float
    start_min: float
    end_min: float
    time_factor: float
    seat_line_km: float
    seat_residents_per_line: float
    seat_trip_factor: float
    least_departures: float
    peak_factor: float
    peak_min: float

    @classmethod
    def from_county(cls, county: County, operator: dict[str, Any], *, buses: float) -> DrawnService:
        """Return the figures ``operators.bus_*``: the buses drive what their class does, less ways without passengers.

        Parameters
        ----------
        county
            The county.
        operator
            Row of ``operators``.
        buses
            Buses of the operator.
        """
        row = county.vehicle_classes.filter(vehicle_class=operator["vehicle_class"]).row(0, named=True)
        loaded = 1.0 - county.figure("operators.bus_deadhead_share")
        return cls(
            buses * row["km_per_year"] / YEAR_DAYS * loaded,
            60.0 * county.figure("operators.bus_service_start_h"),
            60.0 * county.figure("operators.bus_service_end_h"),
            county.figure("operators.bus_road_time_factor"),
            county.figure("operators.bus_seat_line_km"),
            county.figure("operators.bus_seat_residents_per_line"),
            county.figure("operators.bus_seat_trip_factor"),
            county.figure("operators.bus_least_departures"),
            county.figure("operators.bus_peak_factor"),
            60.0 * county.figure("operators.bus_peak_h"),
        )


def drawn_lines(
    county: County, operator: dict[str, Any], service: DrawnService, *, year: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return lines, their stops, stops and departures as the county tables of these names have them.

    A line goes from the depot's town to every other town, and lines cross the seat; departures go with the residents at
    their ends, so that all km together are those of the service.

    Parameters
    ----------
    county
        Its towns, roads and figures.
    operator
        Row of ``operators``.
    service
        How much service there is.
    year
        Year of the roads.
    """
    stops = _stops(county, operator["depot"], service)
    ends = [(stop, stop) for stop in stops["stop"] if "/" not in stop and stop != operator["depot"]]
    inside = [
        (f"{operator['depot']}/{row}", f"{operator['depot']}/{row}/end")
        for row in range(1, _seat_lines(county, operator["depot"], service) + 1)
    ]
    place = stops.select(place="stop", town="town", lon="lon", lat="lat")
    ways = ways_between(county, place, year=year, time_factor=service.time_factor)
    rows = [(f"line-{end}", operator["depot"], stop) for end, stop in ends]
    rows += [(f"line-{start}", start, end) for start, end in inside]
    lengths, times = _lengths(ways, rows)
    people = dict(county.towns.select("town", "residents").iter_rows())
    seat = people.get(operator["depot"], 0.0) * service.seat_trip_factor / max(1, len(inside))
    weights = np.array([people.get(end, seat) if start == operator["depot"] else seat for _, start, end in rows])
    each_way = _departures(weights, lengths, service)
    names = [row[0] for row in rows]
    base = {"source": operator["source"], "confidence": operator["confidence"]}
    lines = pl.DataFrame({"line": names}).with_columns(
        operator=pl.lit(operator["operator"]), passengers=pl.lit(None, dtype=pl.Float64), **_lit(base)
    )
    return lines, _line_stops(rows, lengths, times), stops, _timetable(names, each_way, service)


def _lit(values: dict[str, str]) -> dict[str, pl.Expr]:
    """Return columns of one value each."""
    return {name: pl.lit(value) for name, value in values.items()}


def _seat_lines(county: County, depot: str, service: DrawnService) -> int:
    """Return the number of lines inside the depot's town."""
    people = float(county.towns.filter(pl.col("town") == depot)["residents"].sum())
    return max(1, round(people / service.seat_residents_per_line))


def _stops(county: County, depot: str, service: DrawnService) -> pl.DataFrame:
    """Return a stop at each town, and both ends of the lines inside the depot's town."""
    towns = county.towns.select("town", "lon", "lat").to_dicts()
    rows = [(row["town"], row["town"], row["lon"], row["lat"]) for row in towns]
    here = next((row for row in towns if row["town"] == depot), towns[0])
    lines = _seat_lines(county, depot, service)
    turns = stream(_SEED, "operators", "lines", depot).random() + np.arange(lines) / lines
    half = 0.5 * service.seat_line_km / county.figure("people.detour_factor")
    for row, turn in enumerate(turns, start=1):
        for sign, name in ((1.0, f"{depot}/{row}"), (-1.0, f"{depot}/{row}/end")):
            north, east = sign * half * math.sin(math.pi * turn), sign * half * math.cos(math.pi * turn)
            lat = here["lat"] + north / _KM_PER_DEGREE
            lon = here["lon"] + east / (_KM_PER_DEGREE * math.cos(math.radians(here["lat"])))
            rows.append((name, depot, lon, lat))
    frame = pl.DataFrame(rows, schema=["stop", "town", "lon", "lat"], orient="row")
    return frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in STOPS.items()
    )


def _lengths(ways: Ways, rows: list[tuple[str, str, str]]) -> tuple[np.ndarray, np.ndarray]:
    """Return km and minutes of the lines."""
    starts, ends = ways.rows([row[1] for row in rows]), ways.rows([row[2] for row in rows])
    return ways.km[starts, ends], ways.minutes[starts, ends]


def _departures(weights: np.ndarray, lengths: np.ndarray, service: DrawnService) -> np.ndarray:
    """Return departures each way by line: by weight, at least the least, all km those of the service."""
    floor = np.full(len(weights), service.least_departures)
    # both ways; what the floor takes is not there for the others
    left = service.km_per_day - 2.0 * float((floor * lengths).sum())
    more = weights * max(0.0, left) / (2.0 * float((weights * lengths).sum()))
    return np.maximum(1, np.round(floor + more)).astype(np.int64)


def _line_stops(rows: list[tuple[str, str, str]], lengths: np.ndarray, times: np.ndarray) -> pl.DataFrame:
    """Return both ends of each line."""
    table = [
        row
        for (line, start, end), km, minutes in zip(rows, lengths, times, strict=True)
        for row in ((line, 0, start, 0.0, 0.0), (line, 1, end, float(km), float(minutes)))
    ]
    return pl.DataFrame(table, schema=["line", "sequence", "stop", "km", "minutes"], orient="row")


def _timetable(names: list[str], each_way: np.ndarray, service: DrawnService) -> pl.DataFrame:
    """Return departures that are denser after the first and before the last; those back begin half a headway later."""
    table = []
    for name, departures in zip(names, each_way, strict=True):
        for direction, late in zip(DIRECTIONS, (0.0, 0.5), strict=True):
            minutes = _clock(np.arange(departures) + late, int(departures), service)
            table += [(name, direction, "daily", minute, minute, 60.0) for minute in minutes]
    columns = ["line", "direction", "days", "first_min", "last_min", "headway_min"]
    return pl.DataFrame(table, schema=columns, orient="row").unique(maintain_order=True)


def _clock(rank: np.ndarray, departures: int, service: DrawnService) -> list[float]:
    """Return the minute of departures by their rank: evenly spaced in time that runs slower in the peaks."""
    span = service.end_min - service.start_min
    peak = min(service.peak_min, span / 2.0)
    edges = np.array([0.0, peak, span - peak, span])
    shares = np.array([peak * service.peak_factor, span - 2.0 * peak, peak * service.peak_factor])
    passed = np.append(0.0, np.cumsum(shares)) / shares.sum()
    return [float(minute) for minute in np.round(service.start_min + np.interp(rank / departures, passed, edges))]
