"""Where stations of a county may stand, and how far its residents have to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from charging.results.homes import home_ways
from data.people.villages import villages_of
from data.roads.travel_times import travel_matrix

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

GIVEN: Final = "given"
STANDING: Final = "standing"
"""`placed` of a candidate of the table, and of a station of the layout; villages have their own."""
_COLUMNS: Final = {
    "candidate": pl.String,
    "kind": pl.String,
    "town": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "state": pl.String,
    "headroom_kw": pl.Float64,
    "connection_cny": pl.Float64,
    "land_cny_per_year": pl.Float64,
    "placed": pl.String,
}


class Reachable(NamedTuple):
    """Candidates, homes, and the minutes between them: what `charging.siting` needs.

    Attributes
    ----------
    candidates : polars.DataFrame
        As of `candidate_sites`; rows are the columns of `minutes`.
    homes : polars.DataFrame
        Villages with residents; rows are those of `minutes`.
    minutes : array
        Shape (homes, candidates), infinite where no road leads.
    """

    candidates: pl.DataFrame
    homes: pl.DataFrame
    minutes: Floats

    @property
    def fixed(self) -> list[int]:
        """Numbers of the candidates that stand and stay."""
        return self._in_state("kept")

    @property
    def forbidden(self) -> list[int]:
        """Numbers of the candidates that are closed."""
        return self._in_state("closed")

    def _in_state(self, state: str) -> list[int]:
        """Return the numbers of the candidates in a state."""
        return np.flatnonzero((self.candidates["state"] == state).to_numpy()).tolist()


def candidate_sites(county: County, layout: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the places where stations may stand, each once.

    Parameters
    ----------
    county : County
        Its table ``candidates``; without rows, its villages, given or drawn (`data.people.villages`).
    layout : polars.DataFrame, optional
        What stands: its stations off the expressway with known coordinates are kept unless the table says otherwise.

    Returns
    -------
    polars.DataFrame
        ``candidate, kind, town, lon, lat, state, headroom_kw, connection_cny, land_cny_per_year, placed``; null where
        not known. ``placed`` says where a row is from.
    """
    listed = county.candidates.with_columns(placed=pl.lit(GIVEN))
    if not listed.height:
        villages = villages_of(county)
        known = villages.rename({"village": "candidate"}).filter(pl.col("lon").is_not_null())
        listed = known.with_columns(kind=pl.lit("village"), state=pl.lit("new"))
    parts = [_shaped(listed)]
    if layout is not None and "lon" in layout.columns:
        stations = layout.unique("station_id", keep="first", maintain_order=True).rename({"station_id": "candidate"})
        if "site" in stations.columns:
            stations = stations.filter(pl.col("site").is_null())
        stations = stations.filter(pl.col("lon").is_not_null()).join(parts[0], on="candidate", how="anti")
        standing = {"kind": pl.lit("station"), "state": pl.lit("kept"), "placed": pl.lit(STANDING)}
        parts.append(_shaped(stations.with_columns(**standing)))
    return pl.concat(parts)


def reachable(county: County, candidates: pl.DataFrame, *, year: int) -> Reachable:
    """Return the minutes from where people live to candidates, by local roads and the road graph of a year.

    Raises
    ------
    DataError
        A town that the road graph lacks, or a figure that the county lacks.
    """
    names = candidates.select("town", "lon", "lat", station_id="candidate", site=pl.lit(None, pl.String))
    ways = home_ways(county, names, travel_matrix(county, names, year=year))
    return Reachable(candidates, ways.homes, ways.minutes)


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of candidates; those that are missing are not known."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in _COLUMNS.items()
    )
