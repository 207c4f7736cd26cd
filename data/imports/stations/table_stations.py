"""Station lists as tables: CSV with a column map, with well-known names of columns, or in the form of a layout."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from data.errors import DataError
from data.imports.column_map import ColumnMap, current_of, number, renamed
from data.imports.source_file import LINE, LeftOut, SourceFile
from data.imports.stations.points import AC, DC, PileGroup

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "station": ("station_id", "id", "station name", "name", "site id", "location id", "id_station_itinerance", "ref",
                "站点编号", "充电站编号", "场站编号", "站点名称", "充电站名称", "场站名称", "名称", "num"),
    "lon": ("longitude", "lng", "long", "x", "consolidated_longitude", "经度"),
    "lat": ("latitude", "la", "y", "consolidated_latitude", "纬度"),
    "town": ("town", "township", "city", "municipality", "consolidated_commune", "镇", "乡镇", "镇街", "所属乡镇"),
    "current": ("current type", "power type", "ac/dc", "类型", "充电类型", "电流类型", "桩类型", "充电方式"),
    "pile_kw": ("power", "power_kw", "power kw", "max kw", "rated power", "kw", "puissance_nominale",
                "nennleistung ladeeinrichtung [kw]", "功率", "额定功率", "单桩功率", "功率(kW)", "额定功率(kW)"),
    "piles": ("count", "pile count", "number of piles", "chargers", "capacity", "桩数", "充电桩数量", "充电桩数",
              "数量"),
    "guns_per_pile": ("guns per pile", "connectors per pile", "每桩枪数", "单桩枪数"),
    "guns": ("connectors", "number of guns", "nbre_pdc", "anzahl ladepunkte", "枪数", "充电枪数",
             "充电枪数量", "终端数"),
    "fast": ("fast_count", "dc_count", "dc piles", "快充", "快充数量", "快充桩数", "直流桩数"),
    "slow": ("slow_count", "ac_count", "ac piles", "慢充", "慢充数量", "慢充桩数", "交流桩数"),
    "sharing": ("power sharing",),
    "gun_amps": ("amps", "amperage", "max_amperage", "电流", "最大电流"),
    "volts": ("volts",),
    "phases": ("phases",),
    "transformer_kw": ("connection kw", "transformer", "site kw", "变压器容量", "接入容量"),
    "plug": ("plug", "connector type"),
    "charger_id": ("charger_id",),
    "hours": ("opening_hours", "horaires", "营业时间", "开放时间"),
    "site": ("site",),
    "opened_year": ("opened", "commissioned", "date_mise_en_service", "inbetriebnahmedatum", "投运时间", "建成年份"),
    "fee_cny_kwh": ("service fee", "服务费"),
    "status": ("state", "statut", "状态", "运营状态"),
}  # fmt: skip
"""Well-known names of columns, by our name; see `data.imports.column_map.renamed`."""
_SHUT: Final = ("planned", "closed", "removed", "out of service", "规划", "在建", "停运", "关闭", "拆除", "停用")
_YEAR: Final = re.compile(r"(19|20)\d\d")
NAMES: Final = (*ALIASES,)
"""Names that a column map may use."""


def recognises(file: SourceFile) -> bool:
    """Return whether a file is a table."""
    return not file.is_json and bool(file.table.width > 2)  # a column and the lines


def read(file: SourceFile, given: ColumnMap) -> tuple[list[PileGroup], list[LeftOut]]:
    """Return the pile groups of a table, and the rows that were left out; see `read_rows`."""
    return read_rows(file.table, given, file=file.path)


def read_rows(
    table: pl.DataFrame, given: ColumnMap, *, file: Path, unit: str = LINE
) -> tuple[list[PileGroup], list[LeftOut]]:
    """Return the pile groups of a table of text, and the rows that were left out.

    A row is a group of equal piles, or a pile, or, where it has ``fast`` and ``slow``, a station with both.

    Raises
    ------
    DataError
        If the table has neither coordinates nor towns.
    """
    rows = renamed(table.drop(LINE), given, ALIASES, file=file)
    if not ({"lon", "lat"} <= set(rows.columns) or {"town", "site"} & set(rows.columns)):
        raise DataError(
            f"{file}: no columns of coordinates or towns. Columns: {', '.join(table.drop(LINE).columns)}. "
            "Name them in a column map (--map): [columns] with lon, lat, station, pile_kw, piles, ..."
        )
    groups: list[PileGroup] = []
    out: list[LeftOut] = []
    for line, row in zip(table[LINE], rows.iter_rows(named=True), strict=True):
        where, name = f"{unit} {line}", row.get("station") or ""
        status = (row.get("status") or "").casefold()
        shut = next((word for word in _SHUT if word in status), None)
        group = _group(row, given, where)
        if shut is not None:
            out.append(LeftOut(where, name, f"its status is {row['status']}"))
        elif "fast" in row or "slow" in row:
            groups += [part for part in _fast_and_slow(row, group) if part.piles]
            if not any(number(row.get(kind)) for kind in ("fast", "slow")):
                out.append(LeftOut(where, name, "it has no piles"))
        elif group.piles == 0 or group.guns == 0:
            out.append(LeftOut(where, name, "it has no piles"))
        else:
            groups.append(group)
    return groups, out


def _group(row: dict[str, str | None], given: ColumnMap, where: str) -> PileGroup:
    """Return the group of a row."""

    def figure(name: str) -> float | None:
        return number(row.get(name), given.factors.get(name, 1.0))

    def whole(name: str) -> int | None:
        found = figure(name)
        return None if found is None else round(found)

    year = _YEAR.search(row.get("opened_year") or "")
    hours = row.get("hours")
    return PileGroup(
        where=where,
        station=row.get("station"),
        lon=figure("lon"),
        lat=figure("lat"),
        town=row.get("town"),
        current=current_of(row.get("current")),
        pile_kw=figure("pile_kw"),
        piles=whole("piles"),
        guns_per_pile=whole("guns_per_pile"),
        guns=whole("guns"),
        sharing=row.get("sharing"),
        gun_amps=figure("gun_amps"),
        volts=figure("volts"),
        phases=whole("phases"),
        transformer_kw=figure("transformer_kw"),
        plug=row.get("plug"),
        charger_id=row.get("charger_id"),
        site=row.get("site"),
        fee_cny_kwh=figure("fee_cny_kwh"),
        hours=None if hours == "24/7" else hours,
        opened_year=None if year is None else int(year[0]),
    )


def _fast_and_slow(row: dict[str, str | None], group: PileGroup) -> list[PileGroup]:
    """Return the groups of a row that counts fast and slow piles."""
    known = {field.name: getattr(group, field.name) for field in fields(group)}
    return [
        PileGroup(**{**known, "current": current, "piles": round(number(row.get(kind)) or 0.0), "guns": None})
        for kind, current in (("fast", DC), ("slow", AC))
    ]
