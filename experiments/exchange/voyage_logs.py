"""Positions of vessels in: from a file to voyages that `shipping.simulate` takes, and the waits at locks by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.imports.column_map import ColumnMap
from data.imports.source_file import SourceFile, left_out_table
from data.imports.voyages.position_log import ALIASES, PositionLimits, PositionLog, read_positions
from data.imports.voyages.recorded_voyages import CutRules, RecordedVoyages, recorded_voyages
from data.storage import write_whole
from experiments.formatting import defused

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from data.county import County


@dataclass(frozen=True)
class ImportedVoyages:
    """A log of positions as read and cleaned, and the voyages in it."""

    log: PositionLog
    recorded: RecordedVoyages


def import_voyages(
    county: County,
    path: Path,
    *,
    column_map: Path | None = None,
    time_zone: str | None = None,
    limits: PositionLimits | None = None,
    rules: CutRules | None = None,
) -> ImportedVoyages:
    """Return the voyages of a table of positions.

    Parameters
    ----------
    county
        Its tables ``river_nodes`` (places, chainages, locks).
    path
        CSV with vessel, time, and chainage or longitude and latitude; draught, cargo and deadweight on request.
    column_map
        TOML file that says which column is which; see `data.imports.column_map.ColumnMap`.
    time_zone
        Zone of times that state none.
    limits, rules
        What a position can be, and what ends a voyage.

    Raises
    ------
    DataError
        If the file cannot be read, or no row of it can be taken.
    """
    given = ColumnMap.load(column_map, ALIASES)
    log = read_positions(county, SourceFile(path), given, limits or PositionLimits(), time_zone=time_zone)
    locks = county.river_nodes.filter(kind="lock").select("node", "chainage_km").iter_rows()
    return ImportedVoyages(log, recorded_voyages(log.positions, list(locks), rules))


def write_import(found: ImportedVoyages, out: Path) -> dict[str, Path]:
    """Write voyages, transits of locks, locks by day and what was left out; return the files by name."""
    frames: dict[str, pl.DataFrame] = {
        "left-out": left_out_table(found.log.left_out),
        "transits": found.recorded.transits,
        "lock-days": found.recorded.lock_days,
    }
    stem = out.stem.removesuffix("-voyages")
    files = {name: out.with_name(f"{stem}-{name}.csv") for name in frames} | {"voyages": out}
    # the voyages last: where they stand, the rest is there too
    for name, frame in (*frames.items(), ("voyages", found.recorded.voyages)):
        write_whole(files[name], defused(frame).write_csv().encode())
    return files
