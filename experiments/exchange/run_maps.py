"""The map of a run for other programmes: stations with what the run says of them, towns, villages, roads and river."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.errors import ScenarioError, nearest
from data.storage import write_whole
from experiments.report.county_map.map_layers import stations_on_map
from experiments.report.county_map.places_drawn import at_nodes, outline_rings, road_nodes
from experiments.report.county_map.plane import Plane
from experiments.report.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.county import County
    from experiments.runs.tables import Run

    Corners = list[tuple[float, float]]

FORMATS: Final = ("geojson", "gpkg")
"""What a map is written as: GeoJSON (RFC 7946), or a GeoPackage with a layer per kind of thing."""
POINT: Final = "Point"
LINE: Final = "LineString"
POLYGON: Final = "Polygon"


@dataclass(frozen=True, slots=True)
class Features:
    """Things of one kind on the map.

    Attributes
    ----------
    layer : str
        What they are.
    kind : str
        ``Point``, ``LineString`` or ``Polygon``.
    corners : list of list of (float, float)
        Longitude and latitude, WGS 84, of each: one place of a point, the way of a line, the ring of a polygon.
    properties : polars.DataFrame
        One row per thing.
    """

    layer: str
    kind: str
    corners: list[Corners]
    properties: pl.DataFrame


def run_map(run: Run) -> list[Features]:
    """Return what the map of a run shows, with the figures of the run; means over replications.

    Returns
    -------
    list of Features
        ``outline`` (polygons; its property ``given`` says whether the county's tables hold it), ``towns`` with their
        grid, ``villages`` with the minutes to a charger, ``roads``, ``stations`` and, where the run has the river,
        ``river``, ``terminals`` and ``lng_stations``. Those without rows are left out.
    """
    county, tables = run.county, run.tables
    grid = tables["grid"].group_by("town").agg(pl.col("capacity_kw", "peak_kw", "peak_share").mean())
    towns = county.towns.join(grid, on="town", how="left", maintain_order="left")
    found = [
        _outline(county),
        _points("towns", towns),
        _points("villages", tables["homes"]),
        _roads(county),
        _points("stations", stations_on_map(county, tables["layout"], tables["stations"])),
    ]
    if "river" in parts_of(run):
        nodes = county.river_nodes.drop_nulls(["lon", "lat"]).sort("chainage_km")
        way = list(nodes.select("lon", "lat").iter_rows())
        found.append(Features("river", LINE, [way], pl.DataFrame({"name": ["river"]})))
        found += [_points(table, at_nodes(county, table)) for table in ("terminals", "lng_stations")]
    return [features for features in found if features.corners]


def write_map(run: Run, file: Path, form: str | None = None) -> int:
    """Write the map of a run, whole or not at all; return how many things it holds.

    Parameters
    ----------
    run
        Scenario, county and tables.
    file
        To write.
    form
        Of `FORMATS`; None goes by the ending of the file.

    Raises
    ------
    ScenarioError
        A format that is not known.
    """
    chosen = form or file.suffix.removeprefix(".").lower()
    if chosen not in FORMATS:
        expected = f"expected one of {', '.join(FORMATS)}, by --format or the ending of the file"
        raise ScenarioError(f"--format {chosen or 'none'}: {expected}.{nearest(chosen, FORMATS)}")
    layers = run_map(run)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, _MADE[chosen](layers))
    return sum(len(features.corners) for features in layers)


def to_json(layers: list[Features]) -> dict[str, Any]:
    """Return a map as one GeoJSON collection; the property ``layer`` says what a thing is."""
    return {"type": "FeatureCollection", "features": [feature for layer in layers for feature in _features(layer)]}


def _features(features: Features) -> Iterator[dict[str, Any]]:
    """Yield the things of one kind as GeoJSON."""
    rows = features.properties.iter_rows(named=True)
    for corners, row in zip(features.corners, rows, strict=True):
        ways = [list(corner) for corner in corners]
        places = {POINT: ways[0], LINE: ways, POLYGON: [ways]}[features.kind]
        properties = {"layer": features.layer} | {name: value for name, value in row.items() if value is not None}
        yield {
            "type": "Feature",
            "geometry": {"type": features.kind, "coordinates": places},
            "properties": properties,
        }


def _geojson(layers: list[Features]) -> bytes:
    """Return a map as the bytes of a GeoJSON file."""
    return json.dumps(to_json(layers), ensure_ascii=False, allow_nan=False, default=str).encode()


def _geopackage(layers: list[Features]) -> bytes:
    """Return a map as the bytes of a GeoPackage."""
    with tempfile.TemporaryDirectory(prefix="xijiang-") as folder:
        file = Path(folder) / "map.gpkg"
        _write_geopackage(layers, file)
        return file.read_bytes()


def _write_geopackage(layers: list[Features], file: Path) -> None:
    """Write a map as a GeoPackage, a layer per kind."""
    import pyogrio.raw  # noqa: PLC0415 - takes a while to load, and only maps need it
    import shapely  # noqa: PLC0415 - as above

    make = {POINT: lambda way: shapely.Point(way[0]), LINE: shapely.LineString, POLYGON: shapely.Polygon}
    for number, layer in enumerate(layers):
        shapes = shapely.to_wkb(np.array([make[layer.kind](corners) for corners in layer.corners], dtype=object))
        columns = [_column(layer.properties[name]) for name in layer.properties.columns]
        pyogrio.raw.write(
            file,
            np.array(shapes, dtype=object),
            columns,
            layer.properties.columns,
            layer=layer.layer,
            driver="GPKG",
            geometry_type=layer.kind,
            crs="EPSG:4326",
            append=number > 0,
        )


_MADE: Final = {"geojson": _geojson, "gpkg": _geopackage}


def _column(column: pl.Series) -> np.ndarray[Any, Any]:
    """Return a column as GDAL takes it: numbers as numbers, nulls of them not a number, all else as text."""
    if column.dtype.is_numeric():
        whole = column.dtype.is_integer() and not column.null_count()
        return column.to_numpy() if whole else column.cast(pl.Float64).to_numpy()
    return np.array(column.cast(pl.String).to_list(), dtype=object)


def _points(layer: str, table: pl.DataFrame) -> Features:
    """Return the rows of a table as points; their coordinates are no properties."""
    known = table.drop_nulls(["lon", "lat"])
    corners = [[place] for place in known.select("lon", "lat").iter_rows()]
    return Features(layer, POINT, corners, known.drop("lon", "lat"))


def _roads(county: County) -> Features:
    """Return the road links as straight lines between their ends."""
    nodes = road_nodes(county)
    ends = county.road_links.select("from_node", "to_node").iter_rows()
    return Features("roads", LINE, [[nodes[start], nodes[end]] for start, end in ends], county.road_links)


def _outline(county: County) -> Features:
    """Return the county's border, as its tables give it or around its towns."""
    plane = Plane.of(county)
    rings, given = outline_rings(county, plane)
    closed = [[plane.degrees(*point) for point in (*ring, ring[0])] for ring in rings]
    return Features("outline", POLYGON, closed, pl.DataFrame({"given": [given] * len(closed)}))
