"""Rows of tall tables by stations, some at a time: those of a year at once would take as much memory as its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.arrays import Ints

AT_ONCE: Final = 20_000
"""Rows that are looked at together."""


def in_batches(*tables: tuple[pl.DataFrame, Sequence[str]]) -> Iterator[list[pl.DataFrame]]:
    """Yield columns of the rows of tables at some stations at a time, in the order of the stations' names.

    Parameters
    ----------
    tables
        A table with ``station_id``, and the columns of it that are asked for. Rows without a station are left out.

    Yields
    ------
    list of polars.DataFrame
        Of each table the rows at the same stations, in the table's order: about `AT_ONCE` together, but always whole
        stations. At least one batch, of no rows where there are none.
    """
    if sum(table.height for table, _ in tables) <= AT_ONCE:
        yield [_rows(table, columns, table["station_id"].is_not_null()) for table, columns in tables]
        return
    every = pl.concat([table["station_id"].unique() for table, _ in tables]).drop_nulls().unique().sort()
    # a byte or two per row, where the names would be compared again for each batch
    codes = [table["station_id"].cast(pl.Enum(every)).to_physical() for table, _ in tables]
    rows = sum((_count(code, len(every)) for code in codes), np.zeros(len(every), dtype=np.int64))
    batch = (np.cumsum(rows) - rows) // AT_ONCE
    for number in np.unique(batch) if len(batch) else [0]:
        first, last = np.searchsorted(batch, [number, number + 1])
        yield [
            _rows(table, columns, (code >= int(first)) & (code < int(last)))
            for (table, columns), code in zip(tables, codes, strict=True)
        ]


def _rows(table: pl.DataFrame, columns: Sequence[str], chosen: pl.Series) -> pl.DataFrame:
    """Return columns of some rows: column by column, because a query plan takes 60 bytes for each row that it reads."""
    if chosen.all(ignore_nulls=False):  # null: no station
        return table.select(columns)
    return pl.DataFrame([table[name].filter(chosen) for name in columns])


def _count(code: pl.Series, stations: int) -> Ints:
    """Return the rows of each station."""
    return np.bincount(code.drop_nulls().to_numpy(), minlength=stations)
