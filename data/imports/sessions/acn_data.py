"""ACN-Data (Lee, Li and Low 2019): JSON of its interface (``_items``, or a list), or a table with the same columns.

Each ``stationID`` is a charger for one vehicle; a ``siteID`` is a car park behind one connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data.imports.source_file import LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.imports.column_map import ColumnMap
    from data.imports.source_file import SourceFile

_COLUMNS: Final = {
    "sessionID": "session_id",
    "stationID": "station_id",
    "siteID": "site",
    "userID": "vehicle_id",
    "connectionTime": "start",
    "disconnectTime": "end",
    "doneChargingTime": "done",
    "kWhDelivered": "energy_kwh",
    "timezone": "time_zone",
}
_NEEDED: Final = ("connectionTime", "disconnectTime", "kWhDelivered")
Row = dict[str, str | None]


def items(file: SourceFile) -> list[dict[str, Any]]:  # Any: JSON
    """Return the sessions in the JSON of a file; empty where it holds none."""
    content = file.json
    if isinstance(content, dict):
        content = content.get("_items", content.get("sessions"))
    found = content if isinstance(content, list) else []
    return [one for one in found if isinstance(one, dict)]


def recognises(file: SourceFile) -> bool:
    """Return whether a file has the names of ACN-Data."""
    if file.is_json:
        return any(set(_NEEDED) <= one.keys() for one in items(file))
    return set(_NEEDED) <= set(file.table.columns)


def read(file: SourceFile, _: ColumnMap) -> Iterator[tuple[str, Row]]:
    """Yield where each row stands, and the row under our names."""
    if file.is_json:
        for number, item in enumerate(items(file), 1):
            yield f"item {number}", _row(item)
    else:
        for item in file.table.iter_rows(named=True):
            yield f"line {item[LINE]}", _row(item)


def _row(item: dict[str, Any]) -> Row:
    """Return a session under our names; one vehicle at a time."""
    found = {ours: item.get(theirs) for theirs, ours in _COLUMNS.items()}
    # tables write missing times as words
    texts = {name: None if value in (None, "", "None", "NaT", "nan") else str(value) for name, value in found.items()}
    return {**texts, "guns": "1"}
