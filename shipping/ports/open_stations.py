"""LNG bunkering stations that are open on a date, with everything the simulation needs to know of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from data.errors import DataError, ScenarioError, nearest
from data.tables.validate import validate
from shipping.schemas import Supply

if TYPE_CHECKING:
    from collections.abc import Collection

    from data.county import County

OWN = (
    "station",
    "chainage_km",
    "berths",
    "pump_m3_h",
    "open_h",
    "close_h",
    "tank_m3",
    "reorder_share",
)


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
        Table ``lng_stations`` and figures ``river.*``.
    year : int, optional
        Stations opened by the end of this year.
    date : datetime.date, optional
        Stations opened by this day; goes before `year`. With neither: all stations.
    only : collection of str, optional
        Of those, keep these alone.

    Returns
    -------
    polars.DataFrame
        One row a station, columns of `shipping.schemas.Supply`. Stations without an opening date count as open.

    Raises
    ------
    ScenarioError
        If a date and a year contradict each other.
    DataError
        If `only` names an unknown station.
    """
    if year is not None and date is not None and date.year != year:
        raise ScenarioError(f"stations: got date {date} and year {year}; expected a date of that year.")
    table = county.lng_stations
    if not county.has("river"):
        return Supply.create_empty()
    if only is not None:
        known = table["station"].to_list()
        for name in only:
            if name not in known:
                raise DataError(f"lng_stations: no station '{name}'.{nearest(name, known)}")
        table = table.filter(pl.col("station").is_in(list(only)))
    day = date or (dt.date(year, 12, 31) if year is not None else None)
    if day is not None:
        table = table.filter(pl.col("opened").is_null() | (pl.col("opened") <= day))
    frame = table.select(OWN).with_columns(**_shared(county)).sort("chainage_km", "station")
    return validate(frame, Supply, table="stations")


def _shared(county: County) -> dict[str, pl.Expr]:
    """Return the columns that figures of the county give to every station."""
    density = county.figure("river.lng_density_t_m3")
    shared = {
        "mooring_min": county.figure("river.mooring_min"),
        "precool_min": county.figure("river.precool_min"),
        "purge_min": county.figure("river.purge_min"),
        "fill_max_share": county.figure("river.tank_fill_max"),
        "heel_share": county.figure("river.tank_heel_share"),
        "truck_m3": county.figure("river.truck_payload_t") / density,
        "truck_lead_h": county.figure("river.truck_lead_h"),
        "truck_lead_cv": county.figure("river.truck_lead_cv"),
        "truck_unload_min": county.figure("river.truck_unload_min"),
        "unload_alone": county.figure("river.unload_alone") > 0.0,
        "boil_off_share_per_day": county.figure("river.boil_off_share_per_day"),
        "density_t_m3": density,
    }
    return {name: pl.lit(value) for name, value in shared.items()}
