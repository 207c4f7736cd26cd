"""Where the stations of a list stand: groups are gathered to stations, and each gets its town or service area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.imports.source_file import LeftOut, Taken
from data.roads.nearest_town import nearest_towns
from data.tables.distances import great_circle_m

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from data.county import County
    from data.imports.stations.points import PileGroup

_AT_ONE_PLACE_KM = 0.02
"""Rows without a station's name belong together if they lie within the error of a position, some 20 m."""


@dataclass(eq=False)
class StationPlace:
    """A station: its id, where it stands, its groups as the list says."""

    station_id: str
    groups: list[PileGroup]
    lon: float | None = None
    lat: float | None = None
    town: str | None = None
    site: str | None = None


def place_stations(
    county: County,
    groups: Sequence[PileGroup],
    *,
    site_reach_km: float,
    town_reach_km: float,
    graph: nx.MultiDiGraph | None,
    out: list[LeftOut],
    taken: list[Taken],
) -> list[StationPlace]:
    """Return the stations of the list that lie in the county.

    A town that the list names is taken by id or name in either language; otherwise the nearest town by road. A station
    near a service area belongs to it.

    Parameters
    ----------
    county, groups, graph
        As for `data.imports.stations.imported_layout.layout_from`.
    site_reach_km
        Distance within which a station belongs to a service area, and rows of one name are one station.
    town_reach_km
        Farther by road from every town a station is left out.
    out, taken
        Lists to which notes are added.
    """
    stations = _gathered(groups, site_reach_km)
    reasons = {id(one): _misplaced(one, county, town_reach_km) for one in stations}
    located = [one for one in stations if one.lon is not None and reasons[id(one)] is None]
    nearest = _nearest(county, located, graph)
    placed = []
    for station in stations:
        reason = reasons[id(station)] or _settle(station, county, nearest, site_reach_km, town_reach_km, taken)
        if reason is None:
            placed.append(station)
        else:
            out += [LeftOut(group.where, station.station_id, reason) for group in station.groups]
    _rename(placed, county, taken)
    return placed


def _gathered(groups: Sequence[PileGroup], reach_km: float) -> list[StationPlace]:
    """Return the stations of the groups; a name that is used at places far apart is several stations."""
    by_name: dict[str, list[StationPlace]] = {}
    for group in groups:
        known = by_name.setdefault(group.station or "", [])
        reach = reach_km if group.station else _AT_ONE_PLACE_KM
        same = next((one for one in known if _near(one, group, reach)), None)
        if same is None:
            name = group.station or "station"
            number = f"-{len(known) + 1}" if known or not group.station else ""
            same = StationPlace(f"{name}{number}", [], group.lon, group.lat)
            known.append(same)
        same.groups.append(group)
    return [station for stations in by_name.values() for station in stations]


def _near(station: StationPlace, group: PileGroup, reach_km: float) -> bool:
    """Return whether a group may stand at a station."""
    if station.lon is None or group.lon is None or station.lat is None or group.lat is None:
        return bool(group.station) and station.lon is group.lon
    return _km(station.lon, station.lat, group.lon, group.lat) <= reach_km


def _km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the great circle between two places, km."""
    ends = (np.array([value]) for value in (lat, lon, other_lat, other_lon))
    return float(great_circle_m(*ends)[0]) / 1000.0


def _misplaced(station: StationPlace, county: County, reach_km: float) -> str | None:
    """Return what is wrong with the coordinates of a station: no place on Earth, far away, or exchanged."""
    lon, lat = station.lon, station.lat
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        return f"longitude {lon}, latitude {lat}: one of them is missing"
    seats = county.towns.select("lon", "lat").drop_nulls().rows()
    exchanged = abs(lon) <= 90.0 and min(_km(lat, lon, *seat) for seat in seats) <= reach_km
    hint = "; longitude and latitude seem to be exchanged" if exchanged else ""
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        return f"longitude {lon:g}, latitude {lat:g}: this is no place on Earth{hint}"
    away = min(_km(lon, lat, *seat) for seat in seats)
    return None if away <= reach_km else f"it lies {away:,.0f} km from the nearest town{hint}"


def _nearest(
    county: County, stations: Sequence[StationPlace], graph: nx.MultiDiGraph | None
) -> dict[str, tuple[str, float]]:
    """Return the nearest town by road of each station, and its distance."""
    rows = [(one.station_id, one.lon, one.lat) for one in stations]
    schema = {"station_id": pl.String, "lon": pl.Float64, "lat": pl.Float64}
    found = nearest_towns(county, pl.DataFrame(rows, schema=schema, orient="row"), graph=graph)
    return {station: (town, km) for station, town, km in found.select("station_id", "town", "km").iter_rows()}


def _settle(
    station: StationPlace,
    county: County,
    nearest: dict[str, tuple[str, float]],
    site_reach_km: float,
    town_reach_km: float,
    taken: list[Taken],
) -> str | None:
    """Give a station its town or site; return why it is left out, None where it is not."""
    named = next((group.town for group in station.groups if group.town), None)
    station.town = town_of(county, named)
    if station.lon is None:
        return None if station.town else "it has neither coordinates nor a town of the county"
    station.site = _site_of(county, station, site_reach_km)
    if station.site is not None:
        taken.append(Taken(station.station_id, "site", station.site, "the service area at its place"))
    if station.town is not None:
        return None
    if station.station_id not in nearest:
        return None if station.site else "no road comes near it"
    town, km = nearest[station.station_id]
    if km > town_reach_km and station.site is None:
        return f"it lies {km:.0f} km by road from the nearest town, {town}"
    station.town = town
    told = f"; the list says {named!r}" if named else ""
    taken.append(Taken(station.station_id, "town", town, f"the nearest by road, {km:.1f} km{told}"))
    return None


def town_of(county: County, name: str | None) -> str | None:
    """Return the town that a list calls by its id or by one of its names; None where there is none."""
    wanted = (name or "").strip().casefold()
    for town, *names in county.towns.select("town", "name_zh", "name_en").iter_rows():
        if wanted and wanted in {str(one).casefold() for one in (town, *names) if one}:
            return str(town)
    return None


def _site_of(county: County, station: StationPlace, reach_km: float) -> str | None:
    """Return the service area of the county at a station's place, or the one that the list names."""
    sites = county.service_areas.filter(pl.col("in_county").cast(pl.Boolean))
    given = next((group.site for group in station.groups if group.site), None)
    if given is not None and given in sites["site"].to_list():
        return given
    if station.lon is None or station.lat is None:
        return None
    near = [
        (_km(station.lon, station.lat, lon, lat), str(site))
        for site, lon, lat in sites.select("site", "lon", "lat").drop_nulls().iter_rows()
    ]
    km, site = min(near, default=(reach_km + 1.0, ""))
    return site if km <= reach_km else None


def _rename(stations: Sequence[StationPlace], county: County, taken: list[Taken]) -> None:
    """Give stations that are called like a town another id: both are origins of ways."""
    towns = set(county.towns["town"])
    for station in stations:
        if station.station_id in towns:
            new = f"station-{station.station_id}"
            taken.append(Taken(new, "station_id", new, f"{station.station_id!r} is the id of a town"))
            station.station_id = new
