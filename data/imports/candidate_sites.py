"""Candidates for stations from a file: rows of the table, or places of OpenStreetMap by their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.errors import DataError
from data.imports.import_figures import import_figure
from data.imports.source_file import SourceFile
from data.roads.nearest_town import nearest_towns
from data.schemas.places import Candidates
from data.tables.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from data.county import County

KINDS: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("amenity", ("parking",), "car_park"),
    ("amenity", ("bus_station",), "depot"),
    ("landuse", ("depot",), "depot"),
    ("amenity", ("ferry_terminal",), "terminal"),
    ("industrial", ("port",), "terminal"),
    ("highway", ("services", "rest_area"), "service_area"),
    ("amenity", ("fuel",), "yard"),
    ("landuse", ("industrial",), "yard"),
    ("place", ("town", "village", "hamlet", "suburb", "neighbourhood"), "village"),
)
"""Tag, its values and the kind of candidate that they make; the first that fits."""


def candidates_from(county: County, path: Path) -> pl.DataFrame:
    """Return the candidates in a file, as rows of the table ``candidates``.

    Parameters
    ----------
    county : County
        Whose towns they belong to: the nearest by road within ``import.town_reach_km`` where a file names none.
    path : pathlib.Path
        ``.csv`` with the columns of the table, or JSON: an answer of Overpass (``out center`` for areas) or GeoJSON
        with the tags of OpenStreetMap as properties.

    Raises
    ------
    DataError
        Faults of the table; a file that holds no place of a kind in `KINDS` in the county.
    """
    if path.suffix.lower() == ".csv":
        table = read_table(path.parent, path.name, Candidates)
        if table.faults:
            raise DataError.of(path.name, table.faults)
        return table.frame
    rows = [row for row in _places(SourceFile(path)) if row is not None]
    found = _in_county(county, rows)
    if not found.height:
        raise DataError(
            f"{path}: got {len(rows)} places of OpenStreetMap that may be candidates; expected some in "
            f"{county.name}. Use an extract that covers it, with parking, fuel, bus stations or villages."
        )
    return found


def _places(file: SourceFile) -> Iterator[dict[str, Any] | None]:
    """Yield id, name, kind and coordinates of each place that may be a candidate; None for others.

    Raises
    ------
    DataError
        Neither Overpass nor GeoJSON.
    """
    content = file.json if file.is_json else None
    if isinstance(content, dict) and isinstance(content.get("elements"), list):
        for element in content["elements"]:
            place = element.get("center", element)
            name = f"{element.get('type')}-{element.get('id')}"
            yield _place(name, element.get("tags") or {}, place.get("lon"), place.get("lat"))
    elif isinstance(content, dict) and isinstance(content.get("features"), list):
        for number, feature in enumerate(content["features"]):
            tags = feature.get("properties") or {}
            lon, lat = _middle((feature.get("geometry") or {}).get("coordinates"))
            name = str(feature.get("id") or tags.get("@id") or f"feature-{number}").replace("/", "-")
            yield _place(name, tags, lon, lat)
    else:
        raise DataError(f"{file.path}: got no candidates.csv, Overpass answer or GeoJSON; expected one of them.")


def _middle(coordinates: object) -> tuple[float | None, float | None]:
    """Return the mean of all points of a geometry; None for none."""
    points = np.array(list(_points(coordinates)))
    return (float(points[:, 0].mean()), float(points[:, 1].mean())) if len(points) else (None, None)


def _points(coordinates: object) -> Iterator[tuple[float, float]]:
    """Yield the points of nested coordinates."""
    if not isinstance(coordinates, list) or not coordinates:
        return
    if isinstance(coordinates[0], int | float):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for part in coordinates:
        yield from _points(part)


def _place(name: str, tags: Mapping[str, Any], lon: float | None, lat: float | None) -> dict[str, Any] | None:
    """Return a place as a row; None where it is no candidate."""
    kind = next((kind for key, values, kind in KINDS if tags.get(key) in values), None)
    if kind is None or lon is None or lat is None or tags.get("access") in {"private", "no"}:
        return None
    return {"candidate": name, "name_zh": tags.get("name:zh") or tags.get("name"), "kind": kind, "lon": lon, "lat": lat}


def _in_county(county: County, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return the places that are near enough to a town of the county, with that town, each once."""
    schema = {name: column.dtype for name, column in Candidates.columns().items()}
    given = pl.DataFrame(rows, schema=schema).unique("candidate", keep="first", maintain_order=True)
    towns = nearest_towns(county, given.select("lon", "lat", station_id="candidate"))
    towns = towns.filter(pl.col("km") <= import_figure(county, "town_reach_km"))
    found = given.drop("town").join(
        towns.select("town", candidate="station_id"), on="candidate", how="inner", maintain_order="left"
    )
    said = {"state": "new", "source": "OpenStreetMap", "confidence": "secondary"}
    return found.with_columns(pl.lit(value).alias(name) for name, value in said.items()).select(list(schema))
