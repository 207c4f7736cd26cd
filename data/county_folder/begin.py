"""Begin a county from a list of its towns: a folder that runs at once, from defaults with ranges."""

from __future__ import annotations

import datetime as dt
import math
import shutil
from typing import TYPE_CHECKING, Final

import networkx as nx
import numpy as np
import polars as pl

from data.county_folder.county_file import COUNTY_FILE
from data.county_folder.template import DEFAULT, OPTIONAL_PARTS, default_figures, general_tables, write_tables
from data.errors import DataError
from data.schemas.base import Table, choice, identifier, latitude, longitude, measured
from data.schemas.catalogue import TABLES
from data.schemas.charging import Layout
from data.tables.distances import great_circle_m
from data.tables.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCENARIO: Final = "scenarios/base.toml"
LAYOUT: Final = "first"
"""Name of the layout that a new county begins with."""
# where towns without coordinates are drawn: the middle of China, far from any county that someone could mistake it for
_NOWHERE: Final = (104.0, 36.0)
_KM_PER_DEGREE: Final = 111.2
_ROADS_PER_TOWN: Final = 2
_LEAST_KM: Final = 0.1


class GivenTowns(Table):
    """What a list of towns must and may hold; the rest is filled in."""

    town = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    stat_code = identifier(nullable=True)
    kind = choice(("seat", "town"), nullable=True)
    lon = longitude(nullable=True)
    lat = latitude(nullable=True)
    residents = measured("people", 0.5, 5e6)
    residents_low = measured("people", 0.0, 5e6, nullable=True)
    residents_high = measured("people", 0.0, 5e6, nullable=True)
    area_km2 = measured("km2", 0.001, 1e5, nullable=True)
    source = identifier(nullable=True)
    confidence = identifier(nullable=True)


def read_towns(file: Path) -> pl.DataFrame:
    """Return the towns of a file: ``town`` and ``residents``, and what else it knows of them.

    Raises
    ------
    DataError
        No such file, or faults in it; all are listed.
    """
    table = read_table(file.parent, file.name, GivenTowns)
    if table.faults or not table.frame.height:
        if table.faults:
            raise DataError.of(f"towns {file.name}", table.faults)
        raise DataError(f"towns {file.name}: got no rows; expected a row per town: town, residents, lon, lat.")
    return table.frame


def invented_towns(residents: float = 57_000.0, count: int = 3) -> pl.DataFrame:
    """Return made-up towns, for a county of which only the number of residents is known: half of them in the seat."""
    shares = [1.0] if count == 1 else [0.5, *[0.5 / (count - 1)] * (count - 1)]
    rows = [{"town": f"town-{number}", "residents": residents * share} for number, share in enumerate(shares, start=1)]
    return pl.DataFrame(rows, schema=_shape(GivenTowns))


def begin_county(
    folder: Path, towns: pl.DataFrame, *, minimal: bool = False, operators: bool = False, year: int = 2025
) -> None:
    """Write the folder of a county that runs at once.

    Parameters
    ----------
    folder : pathlib.Path
        Folder to make; it is written whole or not at all.
    towns : polars.DataFrame
        As `read_towns` returns them.
    minimal : bool
        Whether to leave out costs, ranges of the carbon accounts and holidays.
    operators : bool
        Whether to have operators of fleets with their depots in the seat.
    year : int
        Year of the scenario that it begins with.

    Raises
    ------
    DataError
        The folder exists.
    """
    if folder.exists():
        raise DataError(f"county new {folder}: exists already. Choose another folder; nothing was changed.")
    tables = general_tables(float(towns["residents"].sum()), minimal=minimal, operators=operators)
    placed = _placed(towns)
    if operators:
        seat = placed.filter(pl.col("kind") == "seat")["town"][0]
        tables["operators"] = tables["operators"].with_columns(depot=pl.lit(seat))
    tables |= {"towns": placed} | _roads(placed)
    draft = folder.with_name(f".{folder.name}.new")
    # what an interrupted attempt left behind
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for below in ("layouts", "scenarios"):
            (draft / below).mkdir(parents=True)
        write_tables(draft, tables)
        _layout(placed).write_csv(draft / "layouts" / f"{LAYOUT}.csv")
        (draft / COUNTY_FILE).write_text(
            _county_file(folder.name, minimal=minimal, operators=operators), encoding="utf-8"
        )
        (draft / SCENARIO).write_text(_scenario(folder.name, year), encoding="utf-8")
        (draft / "README.md").write_text(_readme(folder.name, tables), encoding="utf-8")
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _placed(towns: pl.DataFrame) -> pl.DataFrame:
    """Return the towns in the county's shape: the largest is the seat, towns without coordinates stand in a ring."""
    seat = towns["town"][int(towns["residents"].arg_max() or 0)]
    if "seat" in towns["kind"].to_list():
        seat = towns.filter(pl.col("kind") == "seat")["town"][0]
    given = towns.drop_nulls(["lon", "lat"])
    middle = _NOWHERE if given.is_empty() else given.select(pl.col("lon", "lat").mean()).row(0)
    lon, lat = (float(one) for one in middle)
    ring = default_figures()["new.ring_km"] / _KM_PER_DEGREE
    rows = []
    for number, row in enumerate(towns.iter_rows(named=True)):
        if row["lon"] is None or row["lat"] is None:
            angle = 2.0 * math.pi * number / towns.height
            away = 0.0 if row["town"] == seat and given.is_empty() else ring
            row["lon"] = lon + away * math.cos(angle) / math.cos(math.radians(lat))
            row["lat"] = lat + away * math.sin(angle)
        row["kind"] = "seat" if row["town"] == seat else "town"
        row["source"] = DEFAULT
        row["confidence"] = "assumption"
        row["residents_low"] = row["residents_low"] or 0.8 * row["residents"]
        row["residents_high"] = row["residents_high"] or 1.2 * row["residents"]
        rows.append(row)
    return pl.DataFrame(rows, schema=_shape(TABLES["towns"])).with_columns(pl.col("lon", "lat").round(5))


def _roads(towns: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return roads that join all towns, each to its nearest ones, and a place outside where there is one town only."""
    figure = default_figures()
    at = {town: (lon, lat) for town, lon, lat in towns.select("town", "lon", "lat").iter_rows()}
    places = []
    if len(at) == 1:
        lon, lat = next(iter(at.values()))
        at["outside"] = (lon + figure["new.ring_km"] / _KM_PER_DEGREE, lat)
        places = [("outside", None, None, *at["outside"], "gateway", DEFAULT, "assumption")]
    km = _straight_km(at)
    links = [
        {
            "link_id": f"{one}--{other}",
            "from_node": one,
            "to_node": other,
            "highway": "secondary",
            "length_km": round(km[one][other] * figure["new.detour_factor"], 2),
            "lanes": 2,
            "maxspeed_km_h": figure["new.road_km_h"],
            "oneway": False,
            "source": DEFAULT,
            "confidence": "assumption",
        }
        for one, other in _joined(km)
    ]
    return {
        "road_links": pl.DataFrame(links, schema=_shape(TABLES["road_links"])),
        "places": pl.DataFrame(places, schema=_shape(TABLES["places"]), orient="row"),
    }


def _straight_km(at: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, float]]:
    """Return the straight lines between places, km."""
    lon, lat = np.array(list(at.values())).T
    metres = great_circle_m(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    # two towns on one spot are still apart: a road has a length
    rows = np.maximum(metres / 1000.0, _LEAST_KM).tolist()
    return {one: dict(zip(at, row, strict=True)) for one, row in zip(at, rows, strict=True)}


def _joined(km: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str]]:
    """Return the pairs that roads join: the shortest tree over all places, and the nearest of each."""
    whole = nx.Graph()
    whole.add_weighted_edges_from((one, other, km[one][other]) for one in km for other in km if one < other)
    pairs = {(min(pair), max(pair)) for pair in nx.minimum_spanning_tree(whole).edges}
    for town, ways in km.items():
        nearest = sorted((away, other) for other, away in ways.items() if other != town)[:_ROADS_PER_TOWN]
        pairs |= {(min(town, other), max(town, other)) for _, other in nearest}
    return sorted(pairs)


def _shape(schema: type[Table]) -> dict[str, pl.DataType]:
    """Return columns and types of a table."""
    return {name: column.dtype for name, column in schema.columns().items()}


def _layout(towns: pl.DataFrame) -> pl.DataFrame:
    """Return a first layout: a station in every town, its piles by the residents."""
    figure = default_figures()
    rows = []
    for town, lon, lat, residents in towns.select("town", "lon", "lat", "residents").iter_rows():
        dc, ac = (max(1, round(residents / 1000.0 * figure[f"new.{kind}_piles_per_1000"])) for kind in ("dc", "ac"))
        rated = dc * figure["new.dc_pile_kw"] + ac * figure["new.ac_pile_kw"]
        # no weaker than one pile: a station must be able to charge at its rated power
        connection = max(figure["new.dc_pile_kw"], round(rated * figure["new.simultaneity"], -1))
        same = {"station_id": f"{town}-1", "town": town, "transformer_kw": connection, "lon": lon, "lat": lat} | {
            "source": DEFAULT,
            "confidence": "assumption",
        }
        kinds = (
            ("dc", "dc", figure["new.dc_pile_kw"], dc, 2, "dynamic", 250.0),
            ("ac", "ac", figure["new.ac_pile_kw"], ac, 1, "exclusive", None),
        )
        names = ("group_id", "current", "pile_kw", "piles", "guns_per_pile", "sharing", "gun_amps")
        rows += [same | dict(zip(names, kind, strict=True)) for kind in kinds]
    return pl.DataFrame(rows, schema=_shape(Layout))


def _county_file(name: str, *, minimal: bool, operators: bool) -> str:
    """Return the county file."""
    parts = [*([] if minimal else OPTIONAL_PARTS), *(["operators"] if operators else [])]
    listed = ", ".join(f'"{part}"' for part in parts)
    return (
        "# What this county is. Parts that it can have stand in `xijiang county describe`; add a name to modules when\n"
        "# the tables of the part are there.\n"
        f'title = "{name}"\nregion = "national"\ndefault_scenario = "{SCENARIO}"\nmodules = [{listed}]\n'
    )


def _scenario(name: str, year: int) -> str:
    """Return the scenario that a county begins with: a week in June, from a Monday on."""
    first = dt.date(year, 6, 1)
    monday = first + dt.timedelta(days=-first.weekday() % 7)
    lines = (
        f'name = "{name}"',
        f'title = "A week of {year}"',
        'purpose = "Do the chargers of the first layout serve the electric vehicles?"',
        'county = "../"',
        f"year = {year}",
        f"start = {monday.isoformat()} # a Monday",
        "days = 7",
        "replications = 5",
        "",
        "[charging]",
        f'layout = "{LAYOUT}"',
        "",
    )
    return "\n".join(lines)


def _readme(name: str, tables: Mapping[str, pl.DataFrame]) -> str:
    """Return what a newcomer to the folder must know."""
    what = {table: (TABLES[table].__doc__ or "").splitlines()[0] for table in sorted(tables)}
    lines = (
        f"# {name}",
        "",
        "Begun from a list of towns. Everything but the towns is a default of the toolkit with a range (source",
        f"{DEFAULT}). Replace what you know, give it a source in `sources.csv`, and ask what is missing:",
        "",
        f"    xijiang county check {name}",
        "    xijiang county describe fleet_stock",
        f"    xijiang run {name}",
        "",
        "Replace first, in this order: `fleet_stock.csv`, `layouts/first.csv`, `charging_access.csv`,",
        "`road_links.csv`, `grid_factors.csv`.",
        "",
        *(f"- `{table}.csv`: {words}" for table, words in what.items()),
        "",
    )
    return "\n".join(lines)
