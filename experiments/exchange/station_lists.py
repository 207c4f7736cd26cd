"""Station lists in, layouts out: the whole way from a file to a layout of a county and back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from charging.inputs.hours import daily, weekly
from data.errors import DataError, ScenarioError, nearest
from data.imports.column_map import ColumnMap
from data.imports.source_file import SourceFile, left_out_table, taken_table
from data.imports.stations.imported_layout import ImportedLayout, layout_from
from data.imports.stations.layout_export import OcpiParty, to_geojson, to_ocpi
from data.imports.stations.station_formats import read_stations
from data.imports.stations.table_stations import NAMES
from data.roads.osm import load_roads
from data.storage import write_whole
from data.tables.reading import ReadTable
from data.tables.rules import check_guns
from experiments.formatting import defused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from data.county import County

EXPORTS = ("geojson", "ocpi")


def import_stations(
    county: County, path: Path, *, column_map: Path | None = None, form: str | None = None, roads: Path | None = None
) -> ImportedLayout:
    """Return the layout that a list of stations describes in a county.

    Parameters
    ----------
    county
        The county.
    path
        CSV, OCPI locations, Open Charge Map, OpenStreetMap or GeoJSON.
    column_map
        TOML file that says which column is which; see `data.imports.column_map.ColumnMap`.
    form
        Format; None recognises it.
    roads
        Road map from ``xijiang roads fetch``, by which the nearest town is found; None takes the county's tables.

    Raises
    ------
    DataError
        If the file cannot be read, or nothing of it lies in the county.
    """
    given = ColumnMap.load(column_map, NAMES)
    groups, out = read_stations(SourceFile(path), given, form)
    graph = None if roads is None else load_roads(roads)
    found = layout_from(county, groups, graph=graph, readable_hours=_is_readable, left_out=out)
    faults = list(check_guns(ReadTable("layout", found.layout, range(1, found.layout.height + 1))))
    if faults:
        raise DataError.of(f"layout from {path}", faults)
    return found


def write_import(found: ImportedLayout, out: Path) -> tuple[Path, Path]:
    """Write an imported layout, and beside it what was taken and what was left out; return the two notes' files."""
    taken, left = (out.with_name(f"{out.stem}-{part}.csv") for part in ("defaults", "left-out"))
    out.parent.mkdir(parents=True, exist_ok=True)
    # the notes first: where the layout stands, they are there too
    for frame, file in ((taken_table(found.taken), taken), (left_out_table(found.left_out), left), (found.layout, out)):
        write_whole(file, defused(frame).write_csv().encode())
    return taken, left


def export_layout(county: County, layout: pl.DataFrame, form: str, *, party: OcpiParty | None = None) -> dict[str, Any]:
    """Return a layout as JSON of a format: ``geojson`` or ``ocpi``.

    Raises
    ------
    ScenarioError
        If the format is not known.
    """
    if form not in EXPORTS:
        raise ScenarioError(f"--format {form}: expected one of {', '.join(EXPORTS)}.{nearest(form, EXPORTS)}")
    if form == "geojson":
        return to_geojson(county, layout)
    now = dt.datetime.now(dt.UTC)
    return to_ocpi(county, layout, party=party or OcpiParty(), open_spans=_open_spans, updated=now)


def _is_readable(hours: str) -> bool:
    """Return whether the simulation understands a text of opening hours."""
    try:
        weekly(hours)
    except DataError:
        return False
    return True


def _open_spans(row: Mapping[str, Any]) -> list[tuple[float, float]] | None:
    """Return the open spans of a week of a station, from one of its rows."""
    if row.get("hours") is not None:
        hours = weekly(row["hours"])
    else:
        hours = None if row.get("opens_min") is None else daily(row["opens_min"], row["closes_min"])
    return None if hours is None else list(zip(hours.starts_min, hours.ends_min, strict=True))
