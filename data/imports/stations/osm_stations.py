"""Charging stations of OpenStreetMap: an extract (.osm, .osm.bz2, .osm.gz, .pbf) or an answer of Overpass in JSON.

The tags are those of the key ``amenity=charging_station``: ``capacity`` (vehicles at a time), ``socket:<type>`` (number
of sockets), ``socket:<type>:output`` and ``charging_station:output`` (power), ``opening_hours``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import osmnx as ox
import pyogrio

from data.errors import DataError
from data.imports.column_map import number
from data.imports.source_file import LeftOut, SourceFile
from data.imports.stations.points import AC, CLOSED_STATES, DC, PileGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from data.imports.column_map import ColumnMap

_SUFFIXES: Final = (".osm", ".osm.bz2", ".osm.gz")
_STATION: Final = "charging_station"
SOCKETS: Final = {
    "type1": (AC, "type1"),
    "type1_combo": (DC, "ccs1"),
    "type2": (AC, "type2"),
    "type2_cable": (AC, "type2"),
    "type2_combo": (DC, "ccs2"),
    "chademo": (DC, "chademo"),
    "tesla_supercharger": (DC, "tesla"),
    "tesla_supercharger_ccs": (DC, "ccs2"),
    "gb_ac": (AC, "gbt-ac"),
    "gb_dc": (DC, "gbt-dc"),
    "gbt_ac": (AC, "gbt-ac"),
    "gbt_dc": (DC, "gbt-dc"),
    "chaoji": (DC, "chaoji"),
    "schuko": (AC, "schuko"),
}
"""Current and word of the layout by socket type; others keep their own name and have no known current."""
_HSTORE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_SOCKET: Final = re.compile(r"socket:([a-z0-9_]+)")
_YEAR: Final = re.compile(r"(19|20)\d\d")


def recognises(file: SourceFile) -> bool:
    """Return whether a file is an extract of OpenStreetMap, or an answer of Overpass."""
    name = file.path.name.lower()
    if name.endswith((*_SUFFIXES, ".pbf")):
        return True
    return file.is_json and isinstance(file.json, dict) and isinstance(file.json.get("elements"), list)


def read(file: SourceFile, _: ColumnMap) -> tuple[list[PileGroup], list[LeftOut]]:
    """Return the pile groups of the charging stations, and the stations that were left out.

    Raises
    ------
    DataError
        The file is no extract of OpenStreetMap, or holds no charging station.
    """
    packed = file.path.name.lower().endswith(".pbf")
    found = _overpass(file) if file.is_json else _from_pbf(file) if packed else _from_xml(file)
    if not found:
        raise DataError(f"{file.path}: no amenity=charging_station in it. Use an extract that covers the county.")
    groups: list[PileGroup] = []
    out: list[LeftOut] = []
    for where, lon, lat, tags in found:
        reason = closed(tags)
        if reason is None:
            groups += station_groups(where, lon, lat, tags)
        else:
            out.append(LeftOut(where, tags.get("name", where), reason))
    return groups, out


Element = tuple[str, float, float, dict[str, str]]
"""Where it stands in the map, longitude, latitude, tags."""


def _from_xml(file: SourceFile) -> list[Element]:
    """Return the stations of an extract in XML."""
    try:
        frame = ox.features.features_from_xml(file.path, tags={"amenity": _STATION})
    except ox._errors.InsufficientResponseError:  # noqa: SLF001 - osmnx raises it and exports it nowhere else
        return []
    except (SyntaxError, OSError, ValueError, KeyError) as error:
        raise DataError(f"{file.path}: this is not a whole OpenStreetMap extract in XML ({error}).") from error
    points = frame.geometry.representative_point()
    tags = frame.drop(columns="geometry").to_dict("records")
    return [
        (f"{kind} {osm_id}", float(point.x), float(point.y), _texts(row))
        for (kind, osm_id), point, row in zip(frame.index, points, tags, strict=True)
    ]


def _from_pbf(file: SourceFile) -> list[Element]:
    """Return the stations of an extract in PBF, as GDAL reads it: nodes, and areas by their middle."""
    found: list[Element] = []
    try:
        for layer, kind in (("points", "node"), ("multipolygons", "way")):
            frame = pyogrio.read_dataframe(file.path, layer=layer)
            points = frame.geometry.representative_point()
            for row, point in zip(frame.drop(columns="geometry").to_dict("records"), points, strict=True):
                tags = _texts(row) | dict(_HSTORE.findall(row.get("other_tags") or ""))
                if tags.get("amenity") == _STATION:
                    osm_id = row.get("osm_id") or row.get("osm_way_id")
                    found.append((f"{kind} {osm_id}", float(point.x), float(point.y), tags))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise DataError(f"{file.path}: this is not an OpenStreetMap extract in PBF ({error}).") from error
    return found


def _overpass(file: SourceFile) -> list[Element]:
    """Return the stations of an answer of Overpass (``out center`` for ways)."""
    found = []
    for element in file.json["elements"]:
        tags = {str(key): str(value) for key, value in (element.get("tags") or {}).items()}
        place = element.get("center", element)
        if tags.get("amenity") == _STATION and "lon" in place:
            found.append((f"{element.get('type')} {element.get('id')}", place["lon"], place["lat"], tags))
    return found


def _texts(row: Mapping[str, object]) -> dict[str, str]:
    """Return the tags of a row that have text."""
    return {str(key): value for key, value in row.items() if isinstance(value, str)}


def closed(tags: Mapping[str, str]) -> str | None:
    """Return why nobody's car charges at a station; None where cars may."""
    for key in CLOSED_STATES:
        if tags.get(key, "no") not in {"no", ""}:
            return f"it is tagged {key}={tags[key]}"
    if tags.get("motorcar") == "no":
        return "it is not for cars (motorcar=no)"
    if any(tags.get(key) in {"yes", "designated"} for key in ("bicycle", "scooter")) and tags.get("motorcar") is None:
        # cars are meant where nothing is said, but not where the tags name other vehicles
        return "it is for bicycles or scooters"
    if tags.get("access") in {"private", "no"}:
        return f"it is not public (access={tags['access']})"
    return None


def station_groups(where: str, lon: float, lat: float, tags: Mapping[str, str]) -> Iterator[PileGroup]:
    """Yield the pile groups of a station's tags: one for each type of socket, or one without type."""
    capacity = _count(tags.get("capacity"))
    sockets = {found[1]: _count(text) for key, text in tags.items() if (found := _SOCKET.fullmatch(key))}
    sockets = {kind: count for kind, count in sockets.items() if count != 0}
    year = _YEAR.search(tags.get("start_date", ""))
    hours = tags.get("opening_hours")
    # several types of socket, each at every place: one charger with several plugs
    shared = len(sockets) > 1 and capacity is not None and all(count == capacity for count in sockets.values())
    for kind, count in (sockets or {"": None}).items():
        current, plug = SOCKETS.get(kind, (None, kind.replace("_", "-") or None))
        output = tags.get(f"socket:{kind}:output") or tags.get("charging_station:output")
        yield PileGroup(
            where=where,
            station=where.replace(" ", "-"),
            lon=lon,
            lat=lat,
            town=tags.get("addr:city"),
            current=current,
            pile_kw=strongest_kw(output),
            piles=count if count is not None else capacity if len(sockets) <= 1 else None,
            guns_per_pile=1,
            plug=plug,
            charger_id=where.replace(" ", "-") if shared else None,
            hours=None if hours == "24/7" else hours,
            opened_year=None if year is None else int(year[0]),
        )


def strongest_kw(text: str | None) -> float | None:
    """Return the highest of powers such as ``22 kW`` or ``50 kW;150 kW``."""
    found = [power for part in re.split("[;,]", text or "") if (power := number(part)) is not None]
    return max(found, default=None)


def _count(text: str | None) -> int | None:
    """Return a number of sockets; ``yes`` is at least one, of which the number is not known."""
    found = number(text)
    if found is None:
        return 0 if text == "no" else None
    return round(found)
