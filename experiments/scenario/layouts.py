"""Charging layouts that a scenario names: one of the county, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import DataError
from data.schemas.charging import Layout
from data.storage import frame_from
from data.tables.reading import ReadTable, read_table
from data.tables.rules import check_guns
from data.tables.validate import inspect_frame
from experiments.scenario.files import is_path

if TYPE_CHECKING:
    import polars as pl

    from data.county import County


def load_layout(county: County, name: str) -> pl.DataFrame:
    """Return a layout of the county by name, or one from a CSV or Parquet file.

    Raises
    ------
    DataError
        If there is no such layout, or the file has faults.
    """
    return layout_file(Path(name)) if is_path(name) else county.layout(name)


def layout_file(file: Path) -> pl.DataFrame:
    """Return the layout in a CSV or Parquet file.

    Raises
    ------
    DataError
        If there is no such file, or it has faults.
    """
    if file.suffix != ".parquet":
        return checked_layout(read_table(file.parent, file.name, Layout))
    if not file.is_file():
        raise DataError(f"layout {file.name}: no file {file}. `Scenario.with_layout` writes one.")
    try:
        frame = frame_from(file.read_bytes())
    except DataError as error:
        raise DataError(f"layout {file.name}: {error}") from error
    frame, faults = inspect_frame(frame, Layout, table=file.name)
    return checked_layout(ReadTable(file.name, frame, range(1, frame.height + 1), faults=faults))


def checked_layout(table: ReadTable) -> pl.DataFrame:
    """Return the rows of a layout that was read.

    Raises
    ------
    DataError
        If it has faults, no rows, or groups without piles.
    """
    faults = [*table.faults, *check_guns(table)]
    if faults:
        raise DataError.of(f"layout {table.file}" if table.file != "layout" else "layout", faults)
    return table.frame
