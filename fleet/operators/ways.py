"""Ways between places that are not nodes of the road graph: stops, villages, depots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError
from data.roads.graph import ROAD_TABLES, build_graph, with_standing_roads
from data.roads.travel_times import shortest_minutes
from data.tables.distances import great_circle_m

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from data.county import County


@dataclass(frozen=True, slots=True)
class Ways:
    """Minutes and km between places.

    Attributes
    ----------
    places : tuple of str
        Their ids, in the order of rows and columns.
    minutes, km : numpy.ndarray
        From the place of a row to that of a column.
    """

    places: tuple[str, ...]
    minutes: Floats
    km: Floats

    def rows(self, names: Sequence[str]) -> list[int]:
        """Return the rows of some places.

        Raises
        ------
        DataError
            A place without ways.
        """
        known = _rows_of(self.places)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise DataError(f"ways: no way to {unknown[0]!r} is known; known places: {', '.join(self.places[:8])} ...")
        return [known[name] for name in names]


@lru_cache(maxsize=64)
def _rows_of(places: tuple[str, ...]) -> dict[str, int]:
    """Return the row of each place; tours ask for them thousands of times."""
    return {name: row for row, name in enumerate(places)}


@dataclass(frozen=True, slots=True)
class LocalRoads:
    """Ways off the road graph.

    Attributes
    ----------
    detour_factor : float
        Way over the straight line.
    km_h : float
        Speed there.
    """

    detour_factor: float
    km_h: float

    @classmethod
    def from_county(cls, county: County) -> LocalRoads:
        """Return the figures ``people.detour_factor`` and ``people.local_km_h``."""
        return cls(county.figure("people.detour_factor"), county.figure("people.local_km_h"))


def ways_between(county: County, places: pl.DataFrame, *, year: int, time_factor: float = 1.0) -> Ways:
    """Return the ways between places of a county.

    Between two towns the way is that to the road node of the first town, the fastest road, and from the node of the
    second town; inside a town, and where a place belongs to none, it is the straight line with its detour.

    Parameters
    ----------
    county
        Its roads, towns and the figures ``people.detour_factor``, ``people.local_km_h``.
    places
        ``place, town`` (null: of no town), ``lon, lat``; one row per place.
    year
        Year of the roads.
    time_factor
        Time of the vehicle over that of a car on the roads between towns.

    Raises
    ------
    DataError
        Towns that no road joins.
    """
    roads = LocalRoads.from_county(county)
    belongs = places["town"].to_list()
    towns = sorted(set(belongs) - {None})
    number = {town: row for row, town in enumerate(towns)}
    here = np.array([-1 if town is None else number[town] for town in belongs])
    apart = (here[:, None] != here[None, :]) & (here[:, None] >= 0) & (here[None, :] >= 0)
    # a tenth of the pairs: the others take a road
    near, far = np.nonzero(~apart)
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    near_km = great_circle_m(lat[near], lon[near], lat[far], lon[far]) / 1000.0 * roads.detour_factor
    km, minutes = np.empty(apart.shape), np.empty(apart.shape)
    if towns:
        # networks of the same towns take the same roads
        key = ("ways between towns", *towns)
        standing = with_standing_roads(county, year)
        road_min, road_km = standing.once_of(ROAD_TABLES, key, lambda: _between_towns(standing, towns, year))
        access = _access_km(county, places, here, towns) * roads.detour_factor
        off_road = access[:, None] + access[None, :]
        # of all pairs, also of those that are put right below
        cross = np.ix_(here, here)
        km = road_km[cross] + off_road
        minutes = road_min[cross] * time_factor + off_road / roads.km_h * 60.0
    km[near, far], minutes[near, far] = near_km, near_km / roads.km_h * 60.0
    return Ways(tuple(places["place"].to_list()), minutes, km)


def _between_towns(county: County, towns: list[str], year: int) -> tuple[Floats, Floats]:
    """Return minutes and km between towns by the fastest road."""
    pairs = shortest_minutes(build_graph(county, year=year), towns, towns)
    if pairs.height < len(towns) ** 2:
        every = pl.DataFrame({"origin": towns}).join(pl.DataFrame({"destination": towns}), how="cross")
        lost = every.join(pairs, on=["origin", "destination"], how="anti").row(0)
        raise DataError(f"{county.name}/road_links.csv: no road leads from {lost[0]!r} to {lost[1]!r} in {year}.")
    shape = (len(towns), len(towns))
    ordered = pairs.sort("origin", "destination")
    return ordered["minutes"].to_numpy().reshape(shape), ordered["km"].to_numpy().reshape(shape)


def _access_km(county: County, places: pl.DataFrame, here: np.ndarray, towns: list[str]) -> Floats:
    """Return the straight line from each place to the node of its town, km."""
    rows = county.rows_by("towns", "town")
    lat, lon = (np.array([rows[town][0][name] for town in towns])[here] for name in ("lat", "lon"))
    line = great_circle_m(places["lat"].to_numpy(), places["lon"].to_numpy(), lat, lon) / 1000.0
    return np.where(here >= 0, line, 0.0)
