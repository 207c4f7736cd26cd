"""LNG bunkering stations that are open on a date, with everything the simulation needs to know of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import DataError, ScenarioError, nearest
from data.tables.validate import validate
from shipping.parameters.county_river import rows_of
from shipping.parameters.port_parameters import BargeParameters, StationParameters
from shipping.schemas import Supply

if TYPE_CHECKING:
    from collections.abc import Collection

    from data.county import County

_COLUMNS: Final = (
    "station",
    "chainage_km",
    "berths",
    "pump_m3_h",
    "open_h",
    "close_h",
    "tank_m3",
    "reorder_share",
)
_OWN: Final = ("tanks", "supply", "unload_rule")


def stations(
    county: County,
    *,
    year: int | None = None,
    date: dt.date | None = None,
    only: Collection[str] | None = None,
) -> pl.DataFrame:
    """Return the LNG stations that are open, by chainage.

    Parameters
    ----------
    county : data.County
        Table ``lng_stations`` and figures ``river.*``; neither is needed where there are no stations.
    year : int, optional
        Stations opened by the end of this year.
    date : datetime.date, optional
        Stations opened by this day; goes before `year`. With neither: all stations.
    only : collection of str, optional
        Of those, keep these alone.

    Returns
    -------
    polars.DataFrame
        One row per station, columns of `shipping.schemas.Supply`. Stations without an opening date count as open. No
        rows where the county has no river, no station is open, or `only` names none.

    Raises
    ------
    ScenarioError
        If a date and a year contradict each other.
    DataError
        If `only` names an unknown station.
    """
    if year is not None and date is not None and date.year != year:
        raise ScenarioError(f"stations: got date {date} and year {year}; expected a date of that year.")
    table = rows_of(county, "lng_stations")
    known = table["station"].to_list()
    for name in only or ():
        if name not in known:
            raise DataError(f"lng_stations: no station '{name}'.{nearest(name, known)}")
    day = date or (_last_day(year) if year is not None else None)
    table = open_on(table, day, only)
    if not table.height:  # the figures are not needed then, and a county without a river lacks them
        return Supply.create_empty()
    return with_shared(table, StationParameters.from_county(county), BargeParameters.from_county(county))


def stations_km(county: County, *, year: int) -> list[float]:
    """Return the chainages of the LNG stations that are open by the end of a year, in their order."""
    # where they lie is known without what `stations` says of them
    return open_on(rows_of(county, "lng_stations"), _last_day(year)).sort("chainage_km")["chainage_km"].to_list()


def _last_day(year: int) -> dt.date:
    """Return the last day of a year: stations opened during it count."""
    return dt.date(year, 12, 31)


def open_on(table: pl.DataFrame, day: dt.date | None, only: Collection[str] | None = None) -> pl.DataFrame:
    """Return the rows of ``lng_stations`` that are open on a day (None: all), of those named alone."""
    if only is not None:
        table = table.filter(pl.col("station").is_in(list(only)))
    return table if day is None else table.filter(pl.col("opened").is_null() | (pl.col("opened") <= day))


def with_shared(
    table: pl.DataFrame, parameters: StationParameters, barge: BargeParameters | None = None
) -> pl.DataFrame:
    """Return stations, by chainage, with the columns that all of them share: `shipping.schemas.Supply`.

    Raises
    ------
    DataError
        If a station is supplied by barge and no barge is known.
    """
    shared = {column.name: pl.lit(getattr(parameters, column.name)) for column in fields(parameters)}
    own = [name for name in _OWN if name in table.columns]
    # by chainage: the order in which vessels meet them
    frame = table.select(*_COLUMNS, *own).with_columns(**shared).sort("chainage_km", "station")
    return validate(by_barge(frame, barge), Supply, table="stations")


def by_barge(stations: pl.DataFrame, barge: BargeParameters | None) -> pl.DataFrame:
    """Return stations of which those whose ``supply`` is a barge get its load, times and timetable."""
    if "supply" not in stations.columns or not (stations["supply"] == "barge").any():
        return stations
    if barge is None:
        raise DataError("lng_stations: a station has supply 'barge', but there are no figures river.barge_*. Add them.")
    mine = pl.col("supply") == "barge"
    if "delivery_interval_h" not in stations.columns:
        stations = stations.with_columns(delivery_interval_h=pl.lit(None, pl.Float64))
    changed = {name: getattr(barge, name) for name in (column.name for column in fields(barge))}
    return stations.with_columns(
        pl.when(mine).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in changed.items()
    )
