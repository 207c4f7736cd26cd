"""Tables that a new county begins with: general figures with their ranges, scaled to its residents.

What is not about a place, such as the energy use of vehicles, is taken from the built-in county's tables, so that it is
stated once; what was about that place alone becomes an assumption of the toolkit with a wide range, to be replaced.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from data.schemas.catalogue import TABLES
from data.schemas.supply import PUBLIC_AC_PROFILE, PUBLIC_PROFILE, THROUGH
from data.tables.reading import read_table
from data.tables.rules import RANGES

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "D01"
"""Source of a figure that no source of the county states."""
OPTIONAL_PARTS: Final = {
    "costs": ("vehicle_costs", "energy_prices", "acquisition", "purchase_tax"),
    "uncertainty": ("uncertainties",),
    "holidays": ("calendar",),
}
"""Parts that any county can have without knowing more of itself, with their tables."""
_GENERAL: Final = (
    "vehicle_classes",
    "survival",
    "stock_growth",
    "flow_shares",
    "energy_use",
    "ev_models",
    "ev_model_shares",
    "charge_curves",
    "charging_access",
    "charging_behaviour",
    "private_chargers",
    "profiles",
    "weather_months",
    "tariff_tou",
    "tariff_seasons",
    "fuel_factors",
)
_FIGURES: Final = ("adoption.", "carbon.", "charging.", "fleet.", "import.", "people.", "shift.", "tariff.", "cost.")
_HERE: Final = Path(__file__).parent / "defaults"
_HOME: Final = Path(__file__).parents[1] / "deqing"
# notes that speak of a place, its plan, or a part that not every county has
_LOCAL: Final = re.compile(
    r"deqing|xijiang|guangdong|zhaoqing|wuzhou|\b[SGT]\d+\b|\bplan\b|through traffic|vessel|service area|expressway",
    re.IGNORECASE,
)
_ROOM: Final = 0.25  # of a value whose source gave it no range, where another county takes it over


def default_figures() -> dict[str, float]:
    """Return the figures by which a new county is laid out, keys ``new.*``."""
    return dict(_default("figures").select("key", "value").iter_rows())


def general_tables(residents: float, *, minimal: bool, operators: bool = False) -> dict[str, pl.DataFrame]:
    """Return the tables of a new county that do not depend on where it lies.

    Parameters
    ----------
    residents : float
        Residents of the county; vehicles are in proportion to them.
    minimal : bool
        Whether to leave out the parts of `OPTIONAL_PARTS`.
    operators : bool
        Whether to have operators of fleets, whose depots the caller places.
    """
    parts = () if minimal else tables_of_a_new_county()[1]
    tables = {name: _neutral(name, _home(name)) for name in (*_GENERAL, *parts)}
    # through traffic and the river are parts that a county declares when it knows them
    for name in ("charging_behaviour", "ev_models", "ev_model_shares"):
        tables[name] = tables[name].filter(pl.col("vehicle_class") != THROUGH)
    tables["fuel_factors"] = tables["fuel_factors"].filter(pl.col("mode") == "road")
    tables["profiles"] = tables["profiles"].filter(pl.col("profile").is_in(_profiles(tables["charging_behaviour"])))
    tables["fleet_stock"] = _stock(residents)
    tables["grid_factors"] = _default("grid_factors")
    tables["targets"] = _default("targets")
    tables["figures"] = _figures(minimal=minimal, operators=operators)
    if operators:
        tables["operators"] = _neutral("operators", _home("operators"))
    used = {source for table in tables.values() if "source" in table.columns for source in table["source"]}
    tables["sources"] = _default("sources").filter(pl.col("source_id").is_in(sorted({DEFAULT, *used})))
    return tables


def tables_of_a_new_county() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables that every new county has of its own accord, and those that a minimal one leaves out."""
    more = tuple(table for tables in OPTIONAL_PARTS.values() for table in tables)
    return (*_GENERAL, "fleet_stock", "grid_factors", "targets", "figures", "sources"), more


def _home(name: str) -> pl.DataFrame:
    """Return a table of the built-in county."""
    return read_table(_HOME, f"{name}.csv", TABLES[name]).frame


def _default(name: str) -> pl.DataFrame:
    """Return a table of what the toolkit itself assumes."""
    return read_table(_HERE, f"{name}.csv", TABLES[name]).frame


def _neutral(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose rows rest on general sources, or on an assumption of the toolkit with a range."""
    known = _default("sources")["source_id"].to_list()
    general = pl.col("source").is_in([source for source in known if source != DEFAULT])
    columns = {
        "source": pl.when(general).then("source").otherwise(pl.lit(DEFAULT)),
        "confidence": pl.when(general).then("confidence").otherwise(pl.lit("assumption")),
    }
    if name in RANGES:
        value, low, high = RANGES[name]
        exact = pl.col("unit").fill_null("") == "year" if name == "figures" else pl.lit(value=False)
        room = pl.when(exact).then(0.0).otherwise(_ROOM) * pl.col(value).abs()
        least = pl.coalesce(low, pl.col(value) - room)
        most = pl.coalesce(high, pl.col(value) + room)
        columns |= {low: pl.when(general).then(low).otherwise(least), high: pl.when(general).then(high).otherwise(most)}
    if "note" in table.columns:
        local = pl.col("note").map_elements(lambda text: bool(_LOCAL.search(text)), return_dtype=pl.Boolean)
        columns["note"] = pl.when(local).then(None).otherwise("note")
    return table.with_columns(**columns).cast(pl.Schema(table.schema))


def _figures(*, minimal: bool, operators: bool) -> pl.DataFrame:
    """Return the figures that models of any county read; those of costs and operators where there are some."""
    table = _neutral("figures", _home("figures"))
    starts = (*(_FIGURES[:-1] if minimal else _FIGURES), *(("operators.",) if operators else ()))
    return table.filter(pl.any_horizontal(pl.col("key").str.starts_with(start) for start in starts))


def _stock(residents: float) -> pl.DataFrame:
    """Return the vehicles of a county by its residents, with wider ranges than those of a county that counted them."""
    people = float(_home("towns")["residents"].sum())
    spread = default_figures()["new.spread_share"]
    scaled = pl.col("vehicles", "low", "high") * residents / people
    table = _neutral("fleet_stock", _home("fleet_stock")).with_columns(scaled)
    return table.with_columns(low=pl.col("low") * (1.0 - spread), high=pl.col("high") * (1.0 + spread)).with_columns(
        pl.col("vehicles", "low", "high").round(1)
    )


def _profiles(behaviour: pl.DataFrame) -> list[str]:
    """Return the hourly profiles that classes charge by."""
    named = {*behaviour["profile"].drop_nulls(), *behaviour["ac_profile"].drop_nulls()}
    return sorted({PUBLIC_PROFILE, PUBLIC_AC_PROFILE, *named})


def write_tables(folder: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write tables as CSV."""
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
