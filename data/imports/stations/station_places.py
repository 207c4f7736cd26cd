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
    from collections.abc import Hashable, Sequence

    import networkx as nx

    from data.county import County
    from data.imports.stations.points import PileGroup


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
    by_name: dict[Hashable, list[StationPlace]] = {}
    for group in groups:
        known = by_name.setdefault(group.station or _cell(group), [])
        same = next((one for one in known if _near(one, group, reach_km)), None)
        if same is None:
            same = StationPlace(group.station or "station", [])
            known.append(same)
        same.groups.append(group)
        if same.lon is None and same.lat is None:
            same.lon, same.lat = group.lon, group.lat
    stations = [station for found in by_name.values() for station in found]
    _number(stations)
    return stations


def _cell(group: PileGroup) -> Hashable:
    """Return what rows without a station's name have in common if they belong together: the place to some 10 m."""
    if group.lon is None or group.lat is None:
        return (group.where,)
    return (round(group.lon, 4), round(group.lat, 4))


def _near(station: StationPlace, group: PileGroup, reach_km: float) -> bool:
    """Return whether a group may stand at a station of its name; a row without a place stands with the others."""
    if station.lon is None or group.lon is None or station.lat is None or group.lat is None:
        return True
    return _km(station.lon, station.lat, group.lon, group.lat) <= reach_km


def _number(stations: Sequence[StationPlace]) -> None:
    """Give stations of one name a number behind it, one that no other station has."""
    used = {station.station_id for station in stations}
    first: set[str] = set()
    counts: dict[str, int] = {}
    for station in stations:
        base = station.station_id
        if base in first or base == "station":
            counts[base] = counts.get(base, 0 if base == "station" else 1) + 1
            while f"{base}-{counts[base]}" in used:
                counts[base] += 1
            station.station_id = f"{base}-{counts[base]}"
            used.add(station.station_id)
        first.add(base)


def _km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the great circle between two places, km."""
    ends = (np.array([value]) for value in (lat, lon, other_lat, other_lon))
    return float(great_circle_m(*ends)[0]) / 1000.0


def _away_km(county: County, lon: float, lat: float) -> float:
    """Return the great circle from a place to the nearest town, km."""
    seats = county.once("seats of towns", lambda: county.towns.select("lat", "lon").drop_nulls().to_numpy().T)
    return float(great_circle_m(np.array([lat]), np.array([lon]), *seats).min()) / 1000.0


def _misplaced(station: StationPlace, county: County, reach_km: float) -> str | None:
    """Return what is wrong with the coordinates of a station: no place on Earth, far away, or exchanged."""
    lon, lat = station.lon, station.lat
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        return f"longitude {lon}, latitude {lat}: one of them is missing"
    exchanged = abs(lon) <= 90.0 and _away_km(county, lat, lon) <= reach_km
    hint = "; longitude and latitude seem to be exchanged" if exchanged else ""
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        return f"longitude {lon:g}, latitude {lat:g}: this is no place on Earth{hint}"
    away = _away_km(county, lon, lat)
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
    sites = county.once(
        "service areas with a place",
        lambda: county.service_areas.filter(pl.col("in_county").cast(pl.Boolean)).drop_nulls(["lon", "lat"]),
    )
    given = next((group.site for group in station.groups if group.site), None)
    if given is not None and given in sites["site"].to_list():
        return given
    if station.lon is None or station.lat is None or not sites.height:
        return None
    places = sites.select("lat", "lon").to_numpy().T
    metres = great_circle_m(np.array([station.lat]), np.array([station.lon]), *places)
    best = int(metres.argmin())
    return str(sites["site"][best]) if metres[best] <= 1000.0 * reach_km else None


def _rename(stations: Sequence[StationPlace], county: County, taken: list[Taken]) -> None:
    """Give stations that are called like a town another id: both are origins of ways."""
    towns = set(county.towns["town"])
    for station in stations:
        if station.station_id in towns:
            new = f"station-{station.station_id}"
            taken.append(Taken(new, "station_id", new, f"{station.station_id!r} is the id of a town"))
            station.station_id = new
