"""GeoJSON: features with points or areas; their properties are read as columns of a table, or as tags of a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import shapely
from shapely.geometry import shape

from data.imports.source_file import LINE, LeftOut, SourceFile
from data.imports.stations.osm_stations import closed, station_groups
from data.imports.stations.table_stations import read_rows

if TYPE_CHECKING:
    from data.imports.column_map import ColumnMap
    from data.imports.stations.points import PileGroup


def recognises(file: SourceFile) -> bool:
    """Return whether a file is a collection of features."""
    return file.is_json and isinstance(file.json, dict) and file.json.get("type") == "FeatureCollection"


def read(file: SourceFile, given: ColumnMap) -> tuple[list[PileGroup], list[LeftOut]]:
    """Return the pile groups of the features, and the features that were left out."""
    groups: list[PileGroup] = []
    out: list[LeftOut] = []
    rows: list[dict[str, Any]] = []
    for order, feature in enumerate(file.json.get("features") or (), 1):
        properties = {str(key): value for key, value in (feature.get("properties") or {}).items()}
        place = _place(feature.get("geometry"))
        if place is None:
            out.append(LeftOut(f"feature {order}", str(properties.get("name", "")), "it has no usable geometry"))
        elif properties.get("amenity") == "charging_station":
            tags = {key: str(value) for key, value in properties.items() if value is not None}
            where = str(properties.get("@id", feature.get("id", f"feature {order}"))).replace("/", " ")
            reason = closed(tags)
            if reason is None:
                groups += station_groups(where, *place, tags)
            else:
                out.append(LeftOut(where, tags.get("name", where), reason))
        else:
            rows += [
                {**part, "lon": repr(place[0]), "lat": repr(place[1]), LINE: order}
                for part in _rows(feature, properties)
            ]
    if rows:
        names = dict.fromkeys(key for row in rows for key in row)
        schema = {name: pl.Int64 if name == LINE else pl.String for name in names}
        table = pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=schema, strict=False)
        found, more = read_rows(table, given, file=file.path, unit="feature")
        groups += found
        out += more
    return groups, out


def _rows(feature: dict[str, Any], properties: dict[str, Any]) -> list[dict[str, str | None]]:
    """Return the rows of a feature as text: its ``groups`` (see `layout_export.to_geojson`), or one."""
    groups = properties.pop("groups", None)
    parts = groups if isinstance(groups, list) and groups else [{}]
    # what the groups say goes before the sums of the station
    found = [{"id": feature.get("id"), **(part or properties)} for part in parts]
    return [{key: None if value is None else str(value) for key, value in part.items()} for part in found]


def _place(geometry: object) -> tuple[float, float] | None:
    """Return longitude and latitude of a point, or of a point inside an area."""
    try:
        point = shape(geometry).representative_point()
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError):
        return None
    return None if point.is_empty else (float(point.x), float(point.y))
