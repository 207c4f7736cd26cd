"""Charging layouts that a scenario names: one of the county, or a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import DataError
from data.schemas.charging import Layout
from data.tables.reading import read_table
from data.tables.rules import check_guns
from experiments.scenario.files import is_path

if TYPE_CHECKING:
    import polars as pl

    from data.county import County


def load_layout(county: County, name: str) -> pl.DataFrame:
    """Return a layout of the county by name, or one from a CSV file.

    Raises
    ------
    DataError
        If there is no such layout, or the file has faults.
    """
    return layout_file(Path(name)) if is_path(name) else county.layout(name)


def layout_file(file: Path) -> pl.DataFrame:
    """Return the layout in a CSV file.

    Raises
    ------
    DataError
        If there is no such file, or it has faults.
    """
    table = read_table(file.parent, file.name, Layout)
    faults = [*table.faults, *check_guns(table)]
    if faults:
        raise DataError.of(f"layout {file.name}", faults)
    return table.frame
