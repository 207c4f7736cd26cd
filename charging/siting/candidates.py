"""Where stations of a county may stand, and how far its residents have to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from charging.grid.town_capacity import TownGrids
from charging.results.homes import home_ways
from data.people.villages import villages_of
from data.roads.graph import node_table
from data.roads.nearest_town import nearest_towns
from data.roads.travel_times import travel_matrix

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

GIVEN: Final = "given"
STANDING: Final = "standing"
TABLES: Final = "tables"
"""`placed` of a candidate of the table, of a station of the layout, and of other tables; villages have their own."""
SERVICE_AREA: Final = "service_area"
"""Kind of a candidate on the expressway, which no resident drives to."""
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
        Shape (homes, candidates), infinite where no road leads, and to the sides of service areas.
    """

    candidates: pl.DataFrame
    homes: pl.DataFrame
    minutes: Floats

    @property
    def fixed(self) -> list[int]:
        """Numbers of the candidates that stand and stay, and that residents can reach."""
        return self._in_state("kept")

    @property
    def forbidden(self) -> list[int]:
        """Numbers of the candidates that are closed."""
        return self._in_state("closed")

    def _in_state(self, state: str) -> list[int]:
        """Return the numbers of the candidates in a state."""
        rows = (self.candidates["state"] == state) & (self.candidates["kind"] != SERVICE_AREA)
        return np.flatnonzero(rows.to_numpy()).tolist()


def candidate_sites(county: County, layout: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the places where stations may stand, each once.

    Parameters
    ----------
    county : County
        Its table ``candidates``; without rows, its villages, given or drawn (`data.people.villages`), depots of
        operators (at their node of the road graph), cargo terminals, swap stations and sides of service areas.
    layout : polars.DataFrame, optional
        What stands: its stations off the expressway with known coordinates are kept unless the table says otherwise.

    Returns
    -------
    polars.DataFrame
        ``candidate, kind, town, lon, lat, state, headroom_kw, connection_cny, land_cny_per_year, placed``; null where
        not known. ``placed`` says where a row is from. The headroom of a row that states none is that of its town's
        grid beside its other users (table ``town_grid``), which all stations of the town share.
    """
    listed = _shaped(county.candidates.with_columns(placed=pl.lit(GIVEN)))
    if not listed.height:
        villages = villages_of(county)
        known = villages.rename({"village": "candidate"}).filter(pl.col("lon").is_not_null())
        listed = _shaped(known.with_columns(kind=pl.lit("village"), state=pl.lit("new")))
        others = _of_tables(county).join(listed, on="candidate", how="anti")
        listed = pl.concat([listed, others]).unique("candidate", keep="first", maintain_order=True)
    parts = [listed]
    if layout is not None and "lon" in layout.columns:
        stations = layout.unique("station_id", keep="first", maintain_order=True).rename({"station_id": "candidate"})
        if "site" in stations.columns:
            sides = stations["site"].drop_nulls().to_list()
            stands = (pl.col("kind") == SERVICE_AREA) & pl.col("candidate").is_in(sides)
            state = pl.when(stands & (pl.col("state") == "new")).then(pl.lit("kept")).otherwise("state")
            parts = [listed.with_columns(state=state)]
            stations = stations.filter(pl.col("site").is_null())
        stations = stations.filter(pl.col("lon").is_not_null()).join(parts[0], on="candidate", how="anti")
        standing = {"kind": pl.lit("station"), "state": pl.lit("kept"), "placed": pl.lit(STANDING)}
        parts.append(_shaped(stations.with_columns(**standing)))
    return _with_headroom(pl.concat(parts), county)


def _of_tables(county: County) -> pl.DataFrame:
    """Return depots, terminals, swap stations and sides of service areas, as far as the county has them."""
    depots = county.operators.select(candidate="depot-" + pl.col("operator"), node="depot", kind=pl.lit("depot"))
    points = node_table(county).select("node", lon="x", lat="y")
    parts = [depots.join(points, on="node", how="inner", maintain_order="left")]
    nodes = county.river_nodes.select("node", "lon", "lat")
    ports = county.terminals.filter("in_county").join(nodes, on="node", how="inner", maintain_order="left")
    parts.append(ports.select("lon", "lat", candidate="terminal-" + pl.col("terminal"), kind=pl.lit("terminal")))
    swaps = county.swap_stations
    parts.append(swaps.select("town", "lon", "lat", candidate="station_id", kind=pl.lit("yard")))
    sides = county.service_areas.filter("in_county")
    parts.append(sides.select("lon", "lat", candidate="site", kind=pl.lit(SERVICE_AREA)))
    found = pl.concat([_shaped(part) for part in parts]).filter(pl.col("lon").is_not_null())
    towns = nearest_towns(county, found.select("lon", "lat", station_id="candidate"))
    joined = found.join(
        towns.select(candidate="station_id", near="town"), on="candidate", how="left", maintain_order="left"
    )
    # a place that no road comes near belongs to no town, and nobody could drive there
    settled = joined.with_columns(town=pl.coalesce("town", "near"), state=pl.lit("new"), placed=pl.lit(TABLES))
    return settled.drop("near").filter(pl.col("town").is_not_null())


def _with_headroom(rows: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the candidates with the headroom of their town where they state none."""
    grids = TownGrids.from_county(county).towns
    free = [max(0.0, grid.capacity_kw - grid.base_kw) for grid in grids.values()]
    known = pl.DataFrame({"town": list(grids), "free": free}, schema={"town": pl.String, "free": pl.Float64})
    joined = rows.join(known, on="town", how="left", maintain_order="left")
    return joined.with_columns(headroom_kw=pl.coalesce("headroom_kw", "free")).drop("free")


def reachable(county: County, candidates: pl.DataFrame, *, year: int) -> Reachable:
    """Return the minutes from where people live to candidates, by local roads and the road graph of a year.

    Raises
    ------
    DataError
        A town that the road graph lacks, or a figure that the county lacks.
    """
    near = (candidates["kind"] != SERVICE_AREA).to_numpy()
    names = candidates.filter(near).select("town", "lon", "lat", station_id="candidate", site=pl.lit(None, pl.String))
    ways = home_ways(county, names, travel_matrix(county, names, year=year))
    minutes = np.full((ways.homes.height, candidates.height), np.inf)
    minutes[:, near] = ways.minutes
    return Reachable(candidates, ways.homes, minutes)


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of candidates; those that are missing are not known."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in _COLUMNS.items()
    )
