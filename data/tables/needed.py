"""What must be there: files by their right names, rows in each table, a row for each thing that another table names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.errors import Fault, nearest
from data.schemas.catalogue import TABLES, may_be_missing, module_of
from data.schemas.supply import (
    ANY_CLASS,
    EBIKE_PROFILE,
    PUBLIC_AC_PROFILE,
    PUBLIC_PROFILE,
    THROUGH,
    TOWN_BASE_PROFILE,
)
from data.tables.messages import show
from data.tables.roles import HOUSEHOLD_CAR, classes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from data.tables.reading import ReadTable

MAY_BE_EMPTY: Final = frozenset({"places", "road_projects"})
"""Tables that a county must have although it may have nothing to say there."""
LAYOUTS: Final = "layouts"
_CSV: Final = ".csv"


class Needed(NamedTuple):
    """Each row of one table needs a row in another.

    Attributes
    ----------
    asking, columns
        Table that names things, and the columns of their names.
    table, keys
        Table that must have a row for each, and the columns that hold the names there.
    only, among : polars.Expr
        Rows of the first table that ask; rows of the second that answer.
    words : str
        What a row of the second table must be besides, for the message.
    """

    asking: str
    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    only: pl.Expr = pl.lit(value=True)
    among: pl.Expr = pl.lit(value=True)
    words: str = ""


_CLASS = ("vehicle_class",)
_MIXED = ("vehicle_class", "power")
_SOLD = pl.col("share") > 0.0
_CHARGED = _SOLD & (pl.col("power") == "bev")
_OF_CLASSES = ("fleet_stock", "survival", "stock_growth", "flow_shares", "energy_use")
_OF_ELECTRIC = ("ev_models", "charging_access", "charging_behaviour")
NEEDED: Final = (
    *(Needed("vehicle_classes", _CLASS, table, _CLASS) for table in _OF_CLASSES),
    *(Needed("flow_shares", _CLASS, table, _CLASS, _CHARGED) for table in _OF_ELECTRIC),
    Needed("flow_shares", _MIXED, "energy_use", _MIXED, _SOLD),
    Needed("acquisition", _MIXED, "vehicle_costs", _MIXED),
    Needed("vehicle_costs", ("tax_group",), "purchase_tax", ("tax_group",)),
    Needed("road_links", ("highway",), "road_classes", ("highway",)),
    Needed("towns", ("town",), "town_grid", ("town",)),
    Needed("bus_lines", ("line",), "bus_line_stops", ("line",)),
    Needed("bus_lines", ("line",), "bus_timetable", ("line",)),
    Needed(
        "energy_use",
        ("carrier",),
        "fuel_factors",
        ("fuel",),
        pl.col("carrier") != "electricity",
        pl.col("mode") == "road",
        " with mode 'road'",
    ),
    Needed(
        "vessel_classes",
        ("fuel",),
        "fuel_factors",
        ("fuel",),
        ~pl.col("fuel").is_in(["electric", "hydrogen"]),
        pl.col("mode") == "ship",
        " with mode 'ship'",
    ),
)
"""Rows that models look up; a missing one would stop a run late, or leave a part of the county out in silence."""


def check_files(folder: Path) -> Iterator[Fault]:
    """Yield tables that no model reads because their file has another name, or another ending."""
    for item in sorted(folder.iterdir()):
        # names with a dot in front are those of editors and file managers
        if item.name.startswith("."):
            continue
        if item.is_file() and item.suffix.lower() == _CSV and item.name not in {f"{name}{_CSV}" for name in TABLES}:
            absent = [name for name in TABLES if not (folder / f"{name}{_CSV}").exists()]
            hint = nearest(item.stem, absent) or nearest(item.stem, TABLES)
            remedy = f"Rename it, or move it out of the folder: nothing reads it.{hint}"
            yield Fault(item.name, None, None, "a table that is not known", "the name of a county table", remedy)
        elif item.is_dir() and item.name != LAYOUTS and nearest(item.name, [LAYOUTS]) and any(item.glob(f"*{_CSV}")):
            remedy = f"Rename it to {LAYOUTS}: nothing reads it."
            yield Fault(f"{item.name}/", None, None, "a folder of tables that is not known", f"{LAYOUTS}/", remedy)
    layouts = folder / LAYOUTS
    for item in sorted(layouts.iterdir()) if layouts.is_dir() else ():
        wrong = item.suffix.lower() == _CSV and item.suffix != _CSV
        if wrong and not item.name.startswith("."):
            remedy = "Rename it: nothing reads it."
            yield Fault(f"{LAYOUTS}/{item.name}", None, None, f"the ending {item.suffix}", _CSV, remedy)


def check_rows(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield tables that are there and hold nothing."""
    present = {name for name, table in tables.items() if table.present}
    for name, table in tables.items():
        if not table.present or table.faults or table.frame.height or name in MAY_BE_EMPTY:
            continue
        others = present - {name}
        module = module_of(name)
        if may_be_missing(name, others):
            otherwise = f" Or remove {table.file}: a county can do without it."
        elif module is not None:
            there = [tables[part].file for part in (*module.needed, *module.more) if part in present]
            otherwise = f" Or, for a county without {module.words}, remove {', '.join(there)}."
        else:
            otherwise = ""
        yield Fault(table.file, None, None, "a header and no rows", "at least one row", f"Add its rows.{otherwise}")


def check_needed(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield what tables name and other tables lack: classes, powers, roads, directions, hourly profiles."""
    for needed in NEEDED:
        asking, table = tables[needed.asking], tables[needed.table]
        if not _usable(asking) or not _usable(table):
            continue
        wanted = asking.frame.filter(needed.only).select(needed.columns).drop_nulls().unique(maintain_order=True)
        known = table.frame.filter(needed.among).select(needed.keys)
        if needed.words:
            # what the table does not name at all is an unknown reference, which has a fault with its line
            named = table.frame.select(needed.keys)
            wanted = wanted.join(named, left_on=needed.columns, right_on=needed.keys, how="semi", maintain_order="left")
        lacking = wanted.join(known, left_on=needed.columns, right_on=needed.keys, how="anti", maintain_order="left")
        for names in lacking.iter_rows():
            yield _lacks(table, needed.keys, names, f"{asking.file} names it", needed.words)
    yield from _both_directions(tables["through_traffic"])
    yield from _profiles(tables)
    yield from _private_chargers(tables)


def _usable(table: ReadTable) -> bool:
    """Return whether a table has rows and no faults: others would be blamed for what it lacks."""
    return table.present and not table.faults and table.frame.height > 0


def _lacks(table: ReadTable, keys: tuple[str, ...], names: tuple[object, ...], why: str, words: str = "") -> Fault:
    """Return the fault of a table that lacks a row."""
    named = ", ".join(f"{key} {show(name)}" for key, name in zip(keys, names, strict=True))
    return Fault(table.file, None, keys[-1], f"no row for {named}{words}", "one", f"Add it, because {why}.")


def _both_directions(table: ReadTable) -> Iterator[Fault]:
    """Yield roads of through traffic that lack a direction in a year: half of their cars would be missing."""
    if not _usable(table):
        return
    keys = ("road", "year")
    ways = {"east", "west"}
    for group in table.frame.partition_by(*keys, maintain_order=True):
        for way in sorted(ways - set(group["direction"])):
            names = (*(group[key][0] for key in keys), way)
            yield _lacks(table, (*keys, "direction"), names, "traffic goes both ways")


def _private_chargers(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield places in which a class charges and has no charger: without a row of its own, and none for any class."""
    chargers, access = tables["private_chargers"], tables["charging_access"]
    if not _usable(chargers) or not _usable(access):
        return
    known = set(chargers.frame.select("vehicle_class", "place").iter_rows())
    for place in ("home", "depot", "work"):
        users = access.frame.filter(pl.col(f"{place}_share") > 0.0)["vehicle_class"].unique(maintain_order=True)
        for name in users:
            if (name, place) not in known and (ANY_CLASS, place) not in known:
                why = f"{access.file} says that some charge there; a row for the class {ANY_CLASS!r} does, too"
                yield _lacks(chargers, ("vehicle_class", "place"), (name, place), why)


def _profiles(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield hourly profiles, and rows of through traffic's cars, that the county's demand is drawn from."""
    profiles, behaviour = tables["profiles"], tables["charging_behaviour"].frame
    asked = dict.fromkeys((PUBLIC_PROFILE, PUBLIC_AC_PROFILE), "public charging is drawn from it")
    for column in ("profile", "ac_profile"):
        own = behaviour.drop_nulls(column).select(column, "vehicle_class")
        asked |= {profile: f"{name} charges by it" for profile, name in own.iter_rows()}
    if tables["town_grid"].frame.height:
        asked[TOWN_BASE_PROFILE] = "the towns' users other than vehicles follow it"
    if tables["ebike_points"].frame.height:
        asked[EBIKE_PROFILE] = "trips of the e-bikes are drawn from it"
    through = tables["through_traffic"].frame
    if through.height:
        asked |= dict.fromkeys(through["holiday_profile"].drop_nulls(), "through traffic follows it on holidays")
        drives = classes_of(tables["vehicle_classes"].frame, HOUSEHOLD_CAR)[:1]
        for table, name in (("charging_behaviour", THROUGH), *(("ev_models", name) for name in drives)):
            if _usable(tables[table]) and name not in set(tables[table].frame["vehicle_class"]):
                yield _lacks(tables[table], _CLASS, (name,), "through traffic charges like it")
    if _usable(profiles):
        for profile, why in asked.items():
            if profile not in set(profiles.frame["profile"]):
                yield _lacks(profiles, ("profile",), (profile,), why)
