"""How long it takes from where people live to a public charger: to any, to a fast one, to one that is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.people.villages import villages_of
from data.tables.distances import great_circle_m
from data.tables.roles import HOUSEHOLD_CAR, classes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats
    from data.county import County


@dataclass(frozen=True, slots=True)
class LocalRoads:
    """Ways between a home and the road graph, which the graph does not show.

    Attributes
    ----------
    detour_factor : float
        Way over the straight line.
    speed_km_h : float
        Speed on it, km/h.
    """

    detour_factor: float
    speed_km_h: float

    @classmethod
    def from_county(cls, county: County) -> LocalRoads:
        """Return the figures ``people.*`` of a county.

        Raises
        ------
        DataError
            A figure that the county lacks.
        """
        return cls(county.figure("people.detour_factor"), county.figure("people.local_km_h"))

    def minutes(self, km: Floats) -> Floats:
        """Return the minutes of ways whose straight line is known."""
        return np.asarray(60.0 * km * self.detour_factor / self.speed_km_h)


@dataclass(frozen=True, slots=True)
class HomeWays:
    """Ways from homes to stations.

    Attributes
    ----------
    homes : polars.DataFrame
        Villages with ``without_charger``: residents in proportion to whose car would have no charger at home.
    stations : list of str
        Public stations that the residents can reach, not those of service areas.
    minutes : numpy.ndarray
        From each home (row) to each station (column); infinite where no road leads.
    """

    homes: pl.DataFrame
    stations: list[str]
    minutes: Floats


def home_ways(county: County, layout: pl.DataFrame, travel: pl.DataFrame) -> HomeWays:
    """Return the minutes from where people live to the public stations, over the road graph and local roads.

    A way leads by local roads to a town's centre, the own or another that is no farther, and from there over the road
    graph, as ``travel`` has it; or by local roads to a station that is nearer than the own centre. Who lives at the
    centre so has the minutes of ``travel``. Local roads are a straight line times ``people.detour_factor`` at
    ``people.local_km_h``.

    Parameters
    ----------
    county
        Towns, villages (`data.people.villages`), access to home chargers.
    layout
        Pile groups; ``lon`` and ``lat`` where they are known. Stations at service areas are left out.
    travel
        ``origin, station_id, minutes`` with the towns among the origins.

    Raises
    ------
    DataError
        A figure that the county lacks.
    """
    local = LocalRoads.from_county(county)
    places = layout.filter(pl.col("site").is_null()).unique("station_id", keep="first", maintain_order=True)
    stations = places["station_id"].to_list()
    homes = _with_chargers(county, villages_of(county))
    towns = county.towns["town"].to_list()
    to_towns = _apart_km(homes, county.towns)
    own = np.array([towns.index(town) for town in homes["town"]], dtype=np.int64)
    to_centre = to_towns[np.arange(homes.height), own]
    by_road = _by_road(travel, towns, stations)
    minutes = np.full((homes.height, len(stations)), np.inf)
    for row, town_km in enumerate(to_towns.T):
        # those who live at a centre enter the graph there, however winding its roads are
        entry = np.where((town_km <= to_centre) | (own == row), local.minutes(town_km), np.inf)
        minutes = np.minimum(minutes, entry[:, None] + by_road[row])
    straight = _apart_km(homes, places)
    nearer = straight < to_centre[:, None]
    return HomeWays(homes, stations, np.where(nearer, np.minimum(minutes, local.minutes(straight)), minutes))


def _with_chargers(county: County, homes: pl.DataFrame) -> pl.DataFrame:
    """Return the villages with the residents whose car would have no charger at home."""
    households = classes_of(county.vehicle_classes, HOUSEHOLD_CAR)[:1]
    rows = county.charging_access.filter(pl.col("vehicle_class").is_in(households))
    shares = dict(rows.select("town_kind", "home_share").iter_rows())
    kinds = dict(county.towns.select("town", "kind").iter_rows())
    # a row for the kind of town goes before the one for any town; without one nobody has a charger
    share = pl.Series([shares.get(kinds[town], shares.get("any", 0.0)) for town in homes["town"]], dtype=pl.Float64)
    return homes.with_columns(without_charger=pl.col("residents") * (1.0 - share))


def _apart_km(homes: pl.DataFrame, places: pl.DataFrame) -> Floats:
    """Return the straight lines from each home to each place, km; NaN where the coordinates are not known."""
    here, there = (
        frame.select(pl.col("lat", "lon").cast(pl.Float64)).to_numpy().T if "lon" in frame.columns else None
        for frame in (homes, places)
    )
    if here is None or there is None:
        return np.full((homes.height, places.height), np.nan)
    lat, lon = (column[:, None] for column in here)
    return great_circle_m(lat, lon, there[0][None, :], there[1][None, :]) / 1000.0


def _by_road(travel: pl.DataFrame, towns: list[str], stations: list[str]) -> Floats:
    """Return the minutes of a travel table, towns by stations; infinite where it has no way."""
    rows = {town: row for row, town in enumerate(towns)}
    columns = {station: column for column, station in enumerate(stations)}
    minutes = np.full((len(towns), len(stations)), np.inf)
    known = travel.filter(pl.col("origin").is_in(towns) & pl.col("station_id").is_in(stations))
    for town, station, way in known.select("origin", "station_id", "minutes").iter_rows():
        minutes[rows[town], columns[station]] = way
    return minutes


def homes_table(ways: HomeWays, layout: pl.DataFrame) -> pl.DataFrame:
    """Return the villages with their minutes to the nearest charger and the nearest fast one.

    Returns
    -------
    polars.DataFrame
        ``village, town, lon, lat, residents, placed, without_charger, nearest_min, nearest_fast_min``; null where none
        is in reach.
    """
    fast = np.isin(ways.stations, fast_stations(layout))
    nearest = {"nearest_min": np.ones(len(ways.stations), dtype=np.bool_), "nearest_fast_min": fast}
    columns = {
        name: pl.Series(least_minutes(ways.minutes, open_now)).replace([np.inf], [None])
        for name, open_now in nearest.items()
    }
    return ways.homes.with_columns(**columns)


def fast_stations(layout: pl.DataFrame) -> list[str]:
    """Return the stations with DC guns."""
    return layout.filter(pl.col("current") == "dc")["station_id"].unique(maintain_order=True).to_list()


def least_minutes(minutes: Floats, open_now: NDArray[np.bool_]) -> Floats:
    """Return the minutes of each home to the nearest of some stations; infinite where there are none."""
    return np.asarray(minutes[:, open_now].min(axis=1, initial=np.inf))
