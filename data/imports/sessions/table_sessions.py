"""Logs of sessions as tables: CSV or a JSON list of flat records, with a column map or well-known names of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import DataError
from data.imports.column_map import ColumnMap, number, renamed
from data.imports.source_file import LINE, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "session_id": ("id", "session id", "transaction id", "order id", "订单编号", "订单号", "充电订单号", "流水号"),
    "station_id": ("station", "station name", "charger", "charger id", "evse", "evse id", "charge point", "pile id",
                   "location id", "站点", "充电站", "站点名称", "充电站名称", "场站名称", "桩编号", "充电桩编号"),
    "site": ("site id", "park", "场站"),
    "vehicle_id": ("vehicle", "user id", "card id", "vin", "车牌号", "用户编号", "车辆"),
    "current": ("current type", "charger type", "type", "类型", "充电类型"),
    "start": ("start time", "start date", "start datetime", "start_date_time", "started at", "plug in time",
              "plugin time", "connection time", "arrival", "开始时间", "充电开始时间", "插枪时间"),
    "end": ("end time", "end date", "end datetime", "end_date_time", "ended at", "stop time", "unplug time",
            "plug out time", "disconnect time", "departure", "结束时间", "拔枪时间"),
    "done": ("done charging time", "charging end", "charge end", "full time", "充电结束时间", "充满时间"),
    "energy_kwh": ("energy", "kwh", "kwh delivered", "total energy", "total_energy", "energy (kwh)", "volume",
                   "电量", "充电量", "充电电量", "充电电量(kWh)"),
    "max_kw": ("max power", "peak kw", "peak power", "最大功率"),
    "pile_kw": ("rated power", "rated kw", "pile power", "额定功率", "桩功率"),
    "guns": ("number of guns", "connectors", "枪数"),
    "duration_min": ("duration", "minutes", "connected minutes", "时长", "充电时长"),
    "time_zone": ("timezone", "tz"),
    "arrive": ("queue start", "queued at", "arrival time", "到达时间", "排队开始时间"),
    "gave_up": ("left queue", "abandoned at", "放弃时间", "离队时间"),
}  # fmt: skip
"""Well-known names of columns, by our name; see `data.imports.column_map.renamed`."""
Row = dict[str, str | None]


def recognises(file: SourceFile) -> bool:
    """Return whether a file is a table, or a list of records."""
    return bool(_records(file)) if file.is_json else file.table.width > 2  # a column and the lines


def read(file: SourceFile, given: ColumnMap) -> Iterator[tuple[str, Row]]:
    """Yield where each row stands, and the row under our names.

    Raises
    ------
    DataError
        If a start, an end (or duration), or an energy has no column.
    """
    table = _as_table(file) if file.is_json else file.table
    rows = renamed(table.drop(LINE), given, ALIASES, file=file.path)
    lacking = [name for name in ("start", "energy_kwh") if name not in rows.columns]
    if not {"end", "duration_min"} & set(rows.columns):
        lacking.append("end")
    if lacking:
        raise DataError(
            f"{file.path}: no column for {', '.join(lacking)}. Columns: {', '.join(table.drop(LINE).columns)}. "
            "Name them in a column map (--map): [columns] with start, end, energy_kwh, station_id, ..."
        )
    unit = "item" if file.is_json else LINE
    for line, row in zip(table[LINE], rows.iter_rows(named=True), strict=True):
        yield f"{unit} {line}", {**row, **_scaled(row, given)}


def _scaled(row: Row, given: ColumnMap) -> Row:
    """Return the numbers of a row that the map multiplies."""
    values = {name: number(row.get(name), factor) for name, factor in given.factors.items()}
    return {name: None if value is None else repr(value) for name, value in values.items()}


def _records(file: SourceFile) -> list[dict[str, Any]]:  # Any: JSON
    """Return the records of a JSON list, also of a page with ``data``; objects inside become dotted names."""
    content = file.json
    if isinstance(content, dict):
        content = content.get("data")
    return [_flat(one) for one in content if isinstance(one, dict)] if isinstance(content, list) else []


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a record whose objects are dotted names; lists are left out."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            found[f"{prefix}{name}"] = value
    return found


def _as_table(file: SourceFile) -> pl.DataFrame:
    """Return the records as a table of text."""
    records = _records(file)
    names = dict.fromkeys(name for record in records for name in record)
    rows = [[None if record.get(name) is None else str(record[name]) for name in names] for record in records]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.Series(LINE, range(1, len(rows) + 1), dtype=pl.Int64))
