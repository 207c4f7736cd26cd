"""Tables that a scenario gives instead of drawing or computing them: requests, and ways to stations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from data.arrays import DAY_MIN
from data.errors import DataError, ScenarioError
from data.schemas.charging import Requests, Travel
from data.storage import frame_from
from data.tables.reading import read_table
from data.tables.validate import validate

if TYPE_CHECKING:
    from data.schemas.base import Table
    from experiments.scenario.model import Scenario

GIVEN: Final = ("requests", "travel")
"""Keys of ``charging`` that name files of tables."""
_SCHEMAS: Final[dict[str, type[Table]]] = {"requests": Requests, "travel": Travel}


def given_tables(scenario: Scenario, layout: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the tables that a scenario gives, checked.

    Parameters
    ----------
    scenario
        ``charging.requests`` and ``charging.travel`` are read.
    layout
        Its layout: ways lead to its stations.

    Raises
    ------
    ScenarioError
        A file that does not exist, requests of which none arrives within the days, or ways of which none leads to a
        station of the layout.
    DataError
        Faults of a table.
    """
    files = {name: getattr(scenario.charging, name) for name in GIVEN}
    found = {name: _read(name, Path(file)) for name, file in files.items() if file is not None}
    if "requests" in found and not within_days(found["requests"], scenario.days).height:
        raise ScenarioError(
            f"charging.requests: of {found['requests'].height} requests none arrives within the scenario's "
            f"{scenario.days} days. Minutes count from midnight of its first day ({scenario.start})."
        )
    if "travel" in found and not found["travel"]["station_id"].is_in(layout["station_id"].to_list()).any():
        raise ScenarioError(
            "charging.travel: no row leads to a station of the layout "
            f"{scenario.charging.layout}. Give the layout that belongs to it with charging.layout."
        )
    return found


def within_days(requests: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return the requests that arrive within a number of days."""
    return requests.filter(pl.col("arrive_min") < DAY_MIN * days)


def _read(name: str, file: Path) -> pl.DataFrame:
    """Return a table from a CSV or Parquet file, checked."""
    if not file.is_file():
        raise ScenarioError(f"charging.{name}: no file {file}. `xijiang import sessions` writes one.")
    schema = _SCHEMAS[name]
    if file.suffix == ".parquet":
        try:
            frame = frame_from(file.read_bytes())
        except DataError as error:
            raise DataError(f"charging.{name}, {file}: {error}") from error
        return validate(frame, schema, table=name)
    table = read_table(file.parent, file.name, schema)
    if table.faults:
        raise DataError.of(f"charging.{name}, {file.name}", table.faults)
    return table.frame
