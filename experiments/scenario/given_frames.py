"""Tables from a notebook: any dataframe becomes a checked file that a scenario names.

A scenario stays a list of names and numbers: what a notebook gives is written to a file whose name is the hash of its
content, so that processes, run folders, designs and keys treat it as any other file, and the same rows from pandas,
polars or pyarrow are the same file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import platformdirs
import polars as pl

from data.errors import DataError
from data.schemas.charging import Layout, Requests, Travel
from data.storage import frame_bytes, write_whole
from data.tables.reading import ReadTable
from data.tables.validate import inspect_frame
from experiments.scenario.layouts import checked_layout

if TYPE_CHECKING:
    from data.schemas.base import Table

_SCHEMAS: Final[dict[str, type[Table]]] = {"layout": Layout, "requests": Requests, "travel": Travel}


def kept_frame(name: str, frame: Any, *, folder: str | Path | None = None) -> Path:  # noqa: ANN401 - any library's dataframe
    """Check a dataframe, write it to a file named by its content, and return the file.

    Parameters
    ----------
    name : str
        ``layout``, ``requests`` or ``travel``; see the schemas of `data.schemas.charging`.
    frame : dataframe
        Of polars, pandas, pyarrow or any library that narwhals knows.
    folder : str or pathlib.Path, optional
        Where the file is kept; None takes the user's cache.

    Raises
    ------
    DataError
        Not a dataframe, or it has faults; each names row (counted from 1) and column.
    """
    given = polars_frame(name, frame)
    # a reader of CSV files takes an empty column for text: what holds nothing has no type
    empty = [column for column in given.columns if given[column].null_count() == given.height]
    given = given.with_columns(pl.lit(None).alias(column) for column in empty)
    checked, faults = inspect_frame(given, _SCHEMAS[name], table=name)
    table = ReadTable(name, checked, range(1, checked.height + 1), faults=faults)
    if name == "layout":
        checked = checked_layout(table)
    elif faults:
        raise DataError.of(name, faults)
    content = frame_bytes(checked)
    place = Path(platformdirs.user_cache_path("xijiang")) / "given" if folder is None else Path(folder)
    file = place / f"{name}-{_digest(content)}.parquet"
    if not file.is_file():
        place.mkdir(parents=True, exist_ok=True)
        write_whole(file, content)
    return file.absolute()


def polars_frame(name: str, frame: Any) -> pl.DataFrame:  # noqa: ANN401 - any library's dataframe
    """Return any library's dataframe as one of polars; what the library calls missing is null.

    Parameters
    ----------
    name : str
        Of the table, for messages.
    frame : dataframe
        Eager or lazy.

    Raises
    ------
    DataError
        Not a dataframe, or a column that holds things of several kinds.
    """
    try:
        known = nw.from_native(frame)
    except TypeError:
        kind = f"{type(frame).__module__.split('.')[0]}.{type(frame).__name__}"
        raise DataError(
            f"{name}: got {kind}; expected a dataframe of polars, pandas or pyarrow (any that narwhals knows)."
        ) from None
    if isinstance(known, nw.LazyFrame):
        known = known.collect(backend="polars")
    if known.implementation.is_polars() or known.implementation.is_pyarrow():
        table: pl.DataFrame = known.to_polars()
        return table
    return pl.DataFrame([_column(name, series) for series in known.iter_columns()])


def _column(name: str, series: nw.Series[Any]) -> pl.Series:
    """Return a column value by value: needs no Arrow, and NaN of pandas stands where a value is missing."""
    missing = series.is_null().to_list()
    values = [None if gone else value for value, gone in zip(series.to_list(), missing, strict=True)]
    try:
        return pl.Series(series.name, values)
    except (TypeError, pl.exceptions.PolarsError):
        raise DataError(
            f"{name}, column {series.name}: got values of several kinds; expected text or numbers throughout."
        ) from None


def _digest(content: bytes) -> str:
    """Return the hash of what a file holds, short enough for its name."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()
