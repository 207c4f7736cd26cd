"""Register of the formats of station lists: to add one, write its module and add an entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import DataError, nearest
from data.imports.stations import geojson_stations, ocpi, open_charge_map, osm_stations, table_stations

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.imports.column_map import ColumnMap
    from data.imports.source_file import LeftOut, SourceFile
    from data.imports.stations.points import PileGroup


@dataclass(frozen=True, slots=True)
class StationFormat:
    """A format of station lists: what it is, how it is recognised, how it is read."""

    words: str
    recognises: Callable[[SourceFile], bool]
    read: Callable[[SourceFile, ColumnMap], tuple[list[PileGroup], list[LeftOut]]]


STATION_FORMATS: dict[str, StationFormat] = {
    # in the order in which they are tried: those that say what they are first
    "osm": StationFormat("OpenStreetMap extract or Overpass answer", osm_stations.recognises, osm_stations.read),
    "geojson": StationFormat("GeoJSON", geojson_stations.recognises, geojson_stations.read),
    "ocpi": StationFormat("OCPI locations", ocpi.recognises, ocpi.read),
    "ocm": StationFormat("Open Charge Map", open_charge_map.recognises, open_charge_map.read),
    "csv": StationFormat("CSV", table_stations.recognises, table_stations.read),
}


def read_stations(file: SourceFile, given: ColumnMap, form: str | None = None) -> tuple[list[PileGroup], list[LeftOut]]:
    """Return the pile groups of a station list, and what was left out.

    Parameters
    ----------
    file
        The list.
    given
        Column map for tables and GeoJSON.
    form
        Name of a format; None recognises it.

    Raises
    ------
    DataError
        If the format is not known, or the file is not of it.
    """
    known = ", ".join(f"{name} ({one.words})" for name, one in STATION_FORMATS.items())
    if form is None:
        form = next((name for name, one in STATION_FORMATS.items() if one.recognises(file)), None)
        if form is None:
            raise DataError(f"{file.path}: this is no station list that is known here. Known: {known}.")
    if form not in STATION_FORMATS:
        raise DataError(
            f"format {form!r} of station lists is not known.{nearest(form, STATION_FORMATS)} Known: {known}."
        )
    if not STATION_FORMATS[form].recognises(file):
        raise DataError(f"{file.path}: this is not {STATION_FORMATS[form].words}.")
    return STATION_FORMATS[form].read(file, given)
