"""Tables of positions: a row per vessel and time with chainage, or longitude and latitude, draught and cargo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError
from data.imports.column_map import ColumnMap, number, renamed
from data.imports.sessions.session_log import parse_time, zone_of
from data.imports.source_file import LINE, LeftOut, SourceFile

if TYPE_CHECKING:
    import datetime as dt

    from data.arrays import Floats
    from data.county import County

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "vessel_id": ("mmsi", "vessel", "ship", "ship id", "imo", "name", "vessel name", "船名", "船舶", "识别码"),
    "time": ("timestamp", "datetime", "date time", "base date time", "basedatetime", "time utc", "时间"),
    "chainage_km": ("chainage", "river km", "km", "里程"),
    "lon": ("longitude", "lng", "x", "经度"),
    "lat": ("latitude", "y", "纬度"),
    "draught_m": ("draught", "draft", "吃水"),
    "cargo_t": ("cargo", "load t", "载货量"),
    "dwt_t": ("dwt", "deadweight", "载重吨"),
}
"""Well-known names of columns, by our name; see `data.imports.column_map.renamed`."""
KM_PER_DEGREE: Final = 111.2  # of latitude; of longitude times the cosine
POSITIONS: Final = {
    "vessel_id": pl.String,
    "minute": pl.Float64,
    **dict.fromkeys(("chainage_km", "draught_m", "cargo_t", "dwt_t"), pl.Float64),
    "where": pl.String,
}
"""Schema of the positions that were kept: minutes since the first midnight."""


@dataclass(frozen=True, slots=True)
class PositionLimits:
    """What a position can be.

    Attributes
    ----------
    off_km : float
        Distance from the river's line beyond which it is on another water.
    most_km_h : float
        Speed between two positions above which one of them is wrong.
    """

    off_km: float = 5.0
    most_km_h: float = 45.0


@dataclass(frozen=True)
class PositionLog:
    """Positions as read and cleaned.

    Attributes
    ----------
    positions : polars.DataFrame
        ``POSITIONS``, by vessel and time.
    first_day : datetime.date
        Day of minute 0.
    left_out : list of LeftOut
        Rows that were not taken, each with its reason.
    """

    positions: pl.DataFrame
    first_day: dt.date
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RiverLine:
    """Nodes of a river with chainage and place, which positions are projected on."""

    chainage_km: Floats
    x_km: Floats
    y_km: Floats
    scale: float

    @classmethod
    def from_county(cls, county: County) -> RiverLine:
        """Return the nodes of a county's river that have a place.

        Raises
        ------
        DataError
            If fewer than two have one.
        """
        nodes = county.river_nodes.drop_nulls(["lon", "lat"]).sort("chainage_km")
        if nodes.height < 2:
            raise DataError(
                f"{county.name}: {nodes.height} nodes of river_nodes have lon and lat; expected two or more. Give the "
                "positions as chainage_km, or the nodes their places."
            )
        scale = float(np.cos(np.radians(nodes["lat"].to_numpy().mean())))
        x, y = _plane(nodes["lon"].to_numpy(), nodes["lat"].to_numpy(), scale)
        return cls(nodes["chainage_km"].to_numpy(), x, y, scale)

    def project(self, lon: float, lat: float) -> tuple[float, float]:
        """Return chainage of a place and its distance from the line, km."""
        x, y = _plane(np.array([lon]), np.array([lat]), self.scale)
        dx, dy = np.diff(self.x_km), np.diff(self.y_km)
        along = ((x - self.x_km[:-1]) * dx + (y - self.y_km[:-1]) * dy) / (dx**2 + dy**2)
        along = np.clip(along, 0.0, 1.0)
        off = np.hypot(self.x_km[:-1] + along * dx - x, self.y_km[:-1] + along * dy - y)
        nearest = int(np.argmin(off))
        length = float(np.diff(self.chainage_km)[nearest])
        # a river winds between its nodes: the line is shorter, and a place on it lies that much nearer
        return float(self.chainage_km[nearest] + along[nearest] * length), float(off[nearest])


def _plane(lon: Floats, lat: Floats, scale: float) -> tuple[Floats, Floats]:
    """Return places on a plane, km: good for a county's stretch of a river."""
    return KM_PER_DEGREE * scale * lon, KM_PER_DEGREE * lat


def read_positions(
    county: County, file: SourceFile, given: ColumnMap, limits: PositionLimits, *, time_zone: str | None = None
) -> PositionLog:
    """Read a table of positions, and leave out what cannot be, each row with its reason.

    Parameters
    ----------
    county
        Its table ``river_nodes``.
    file
        CSV with vessel, time, and chainage or longitude and latitude.
    given
        The user's column map.
    limits
        What a position can be.
    time_zone
        Zone of times that state none; the times are kept on that clock.

    Raises
    ------
    DataError
        If a column is lacking, or no row can be taken.
    """
    table = renamed(file.table.drop(LINE), given, ALIASES, file=file.path)
    lacking = [name for name in ("vessel_id", "time") if name not in table.columns]
    if "chainage_km" not in table.columns and not {"lon", "lat"} <= set(table.columns):
        lacking.append("chainage_km (or lon and lat)")
    if lacking:
        raise DataError(
            f"{file.path}: no column for {', '.join(lacking)}. Columns: {', '.join(file.table.drop(LINE).columns)}. "
            "Name them in a column map (--map): [columns] with vessel_id, time, chainage_km, lon, lat, ..."
        )
    line = None if "chainage_km" in table.columns else RiverLine.from_county(county)
    zone, left_out = zone_of(time_zone), []
    rows: list[tuple[str, dt.datetime, float, float | None, float | None, float | None, str]] = []
    for number_of, row in zip(file.table[LINE], table.iter_rows(named=True), strict=True):
        where = f"line {number_of}"
        time = parse_time(row["time"], zone)
        km, reason = _place(row, line, limits, given)
        if time is None:
            reason = f"the time {row['time']!r} cannot be read"
        elif not row["vessel_id"]:
            reason = "no vessel"
        if reason or time is None or km is None:
            left_out.append(LeftOut(where, row["vessel_id"] or "", reason or "no place"))
            continue
        more = tuple(number(row.get(name), given.factors.get(name, 1.0)) for name in ("draught_m", "cargo_t", "dwt_t"))
        rows.append((row["vessel_id"], time, km, more[0], more[1], more[2], where))
    if not rows:
        raise DataError(f"{file.path}: none of {table.height} rows can be taken; the first: {_first(left_out)}.")
    first_day = min(time for _, time, *_ in rows).date()
    midnight = min(time for _, time, *_ in rows).replace(hour=0, minute=0, second=0, microsecond=0)
    frame = pl.DataFrame(
        [(vessel, (time - midnight).total_seconds() / 60.0, *rest) for vessel, time, *rest in rows],
        schema=POSITIONS,
        orient="row",
    )
    kept, wrong = _possible(frame.sort("vessel_id", "minute", maintain_order=True), limits)
    return PositionLog(kept, first_day, left_out + wrong)


def _place(
    row: dict[str, str | None], line: RiverLine | None, limits: PositionLimits, given: ColumnMap
) -> tuple[float | None, str]:
    """Return the chainage of a row, or why it has none."""
    if line is None:
        km = number(row["chainage_km"], given.factors.get("chainage_km", 1.0))
        return km, "" if km is not None else f"the chainage {row['chainage_km']!r} is no number"
    lon, lat = number(row["lon"]), number(row["lat"])
    if lon is None or lat is None or not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        return None, f"the place {row['lon']!r}, {row['lat']!r} is none"
    km, off = line.project(lon, lat)
    return (km, "") if off <= limits.off_km else (None, f"{off:.0f} km off the river")


def _first(left_out: list[LeftOut]) -> str:
    """Return the first reason in words."""
    return f"{left_out[0].where}, {left_out[0].reason}" if left_out else "the file has no rows"


def _possible(frame: pl.DataFrame, limits: PositionLimits) -> tuple[pl.DataFrame, list[LeftOut]]:
    """Leave out repeated times and positions that no vessel could reach from the one kept before."""
    keep, wrong = [], []
    vessel, minute, km = "", 0.0, 0.0
    for number_of, row in enumerate(frame.select("vessel_id", "minute", "chainage_km", "where").iter_rows()):
        name, now, here, where = row
        hours = (now - minute) / 60.0
        if name == vessel and hours <= 0.0:
            wrong.append(LeftOut(where, name, "repeats a time of its vessel"))
        elif name == vessel and abs(here - km) > limits.most_km_h * hours:
            wrong.append(LeftOut(where, name, f"{abs(here - km) / hours:.0f} km/h from the position before"))
        else:
            keep.append(number_of)
            vessel, minute, km = name, now, here
    return frame[keep], wrong
