"""Check of a county's folder of tables: everything that is wrong, in one list."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from data.county_folder.county_file import COUNTY_FILE, CountyFile, read_county_file
from data.county_folder.parts import all_lack, leave_out
from data.errors import Fault
from data.schemas.catalogue import TABLES, may_be_missing, module_of
from data.schemas.charging import Layout
from data.tables import geography, needed, plausible, rules
from data.tables.reading import ReadTable, empty_table, read_table

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True)
class Inspection:
    """A county's tables and layouts as read, all faults, what is unusual, and what ``county.toml`` says."""

    tables: dict[str, ReadTable]
    layouts: dict[str, ReadTable]
    faults: list[Fault]
    warnings: list[Fault] = field(default_factory=list)
    about: CountyFile = field(default_factory=CountyFile)


def check_county(path: str | Path) -> list[Fault]:
    """List everything that is wrong with a county's folder.

    Parameters
    ----------
    path : str or pathlib.Path
        Folder with ``<table>.csv`` for every county table, and ``layouts/<name>.csv``.

    Returns
    -------
    list of Fault
        Missing tables (those of parts that the county does not have are not missed), files and layouts that nothing
        reads, tables without rows, wrong columns and cells, impossible values, unknown references, rows that another
        table needs, shares that do not sum to 1, values outside their own bounds, places and distances that contradict
        each other, towns that no road reaches, targets of unknown metrics, wrong keys in ``county.toml``. Empty for a
        good county.
    """
    return inspect_county(Path(path)).faults


def inspect_county(folder: Path) -> Inspection:
    """Read all tables of a county and apply every rule.

    Parameters
    ----------
    folder : pathlib.Path
        The county's folder.

    Returns
    -------
    Inspection
        Tables, layouts, faults and warnings; nothing is raised for them.
    """
    # without a folder every table would be reported as missing
    if not folder.is_dir():
        fault = Fault(str(folder), None, None, "no such folder", "a folder of county tables", "Check the path.")
        return Inspection({}, {}, [fault])
    about, faults = read_county_file(folder)
    present = {name for name in TABLES if (folder / f"{name}.csv").exists()}
    tables = {name: _read(folder, name, present, about) for name in TABLES}
    leave_out(tables, about)
    layouts = {
        file.stem: read_table(folder, f"layouts/{file.name}", Layout)
        # sorted: faults come in one order on every file system
        for file in sorted((folder / "layouts").glob("*.csv"))
    }
    # faults of single cells before those of several tables, as they often cause them
    faults.extend(needed.check_files(folder))
    faults.extend(fault for table in (*tables.values(), *layouts.values()) for fault in table.faults)
    faults.extend(needed.check_rows(tables))
    faults.extend(fault for layout in layouts.values() for fault in rules.check_guns(layout))
    faults.extend(fault for layout in layouts.values() for fault in rules.check_week_texts(layout))
    faults.extend(fault for layout in layouts.values() for fault in rules.check_far(layout, tables["towns"]))
    faults.extend(rules.check_references(tables, layouts))
    faults.extend(rules.check_sums(tables))
    faults.extend(rules.check_complete(tables))
    faults.extend(rules.check_ranges(tables))
    faults.extend(rules.check_curves(tables))
    faults.extend(rules.check_reach(tables))
    faults.extend(rules.check_targets(tables))
    faults.extend(rules.check_region(tables, about.region))
    faults.extend(plausible.check_figures(tables))
    faults.extend(needed.check_needed(tables))
    faults.extend(geography.check_geography(tables, layouts))
    return Inspection(tables, layouts, faults, [*plausible.warnings_of(tables, layouts)], about)


def _read(folder: Path, name: str, present: Collection[str], about: CountyFile) -> ReadTable:
    """Read a table of a county; one of a part that the county says it does not have is not looked at."""
    file = f"{name}.csv"
    if about.modules is not None and all_lack(name, about.modules):
        return empty_table(file, TABLES[name])
    optional = may_be_missing(name, present, about.modules)
    return read_table(folder, file, TABLES[name], optional=optional, otherwise=_otherwise(name, present, about))


def _otherwise(table: str, present: Collection[str], about: CountyFile) -> str:
    """Return what else helps where a table is missing: to leave out the part of the county that it belongs to."""
    module = module_of(table)
    if module is None:
        return ""
    if about.modules is not None:
        return f" Or, for a county without {module.words}, take its name out of modules in {COUNTY_FILE}."
    there = [f"{name}.csv" for name in (*module.needed, *module.more) if name in present]
    return f" Or, for a county without {module.words}, remove {', '.join(there)}."
