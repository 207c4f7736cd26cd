"""Tables in Parquet files that are read when they are asked for: a thousand replications need not fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

KEPT_BYTES = 16_000_000
"""Size of a file up to which its table stays in memory, bytes: that of some forty weeks of sessions."""


class StoredTables(Mapping[str, pl.DataFrame]):
    """Tables by name. Small ones stay in memory once they were read, large ones are read anew each time.

    Parameters
    ----------
    held : mapping of str to polars.DataFrame
        Tables that are in memory.
    files : mapping of str to pathlib.Path
        Parquet files of the others.
    """

    def __init__(self, held: Mapping[str, pl.DataFrame], files: Mapping[str, Path]) -> None:
        self._held = dict(held)
        self._files = dict(files)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table.

        Raises
        ------
        DataError
            Its file is gone, or not the one that was written.
        """
        if name in self._held:
            return self._held[name]
        file = self._files[name]
        frame = self._read(name, None)
        if file.stat().st_size <= KEPT_BYTES:
            self._held[name] = frame
        return frame

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter({**self._files, **self._held})

    def __len__(self) -> int:
        """Return the number of tables."""
        return len({**self._files, **self._held})

    def beside(self, more: Mapping[str, pl.DataFrame]) -> StoredTables:
        """Return these tables with others in memory beside or instead of them."""
        return StoredTables({**self._held, **more}, {name: at for name, at in self._files.items() if name not in more})

    def columns(self, name: str, columns: tuple[str, ...]) -> pl.DataFrame:
        """Return some columns of a table; of a large one nothing else is read."""
        small = name in self._held or self._files[name].stat().st_size <= KEPT_BYTES
        return self[name].select(columns) if small else self._read(name, columns)

    def column_names(self, name: str) -> list[str]:
        """Return the names of a table's columns, which its file states."""
        held = self._held.get(name)
        return list(pl.read_parquet_schema(self._files[name])) if held is None else held.columns

    def height(self, name: str) -> int:
        """Return the number of rows of a table, which its file states."""
        if name in self._held:
            return self._held[name].height
        return int(pl.scan_parquet(self._files[name]).select(pl.len()).collect().item())

    def keep_small(self) -> None:
        """Read all tables that stay in memory: their files may be deleted afterwards."""
        for name, file in self._files.items():
            if file.stat().st_size <= KEPT_BYTES:
                self[name]

    def watched(self, seen: set[str]) -> StoredTables:
        """Return the same tables, which note in a set the names that are asked for."""
        return _WatchedTables(self, seen)

    def _read(self, name: str, columns: tuple[str, ...] | None) -> pl.DataFrame:
        """Return a table or some columns of it from its file."""
        file = self._files[name]
        try:
            return pl.read_parquet(file, columns=None if columns is None else list(columns))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(f"{file}: the table cannot be read ({error}). Run the same command again.") from error


class _WatchedTables(StoredTables):
    """Tables that note which of them are asked for; what is read stays with those that are watched."""

    def __init__(self, base: StoredTables, seen: set[str]) -> None:
        super().__init__({}, {})
        self._base, self._seen = base, seen

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table."""
        self._seen.add(name)
        return self._base[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._base)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self._base)

    def columns(self, name: str, columns: tuple[str, ...]) -> pl.DataFrame:
        """Return some columns of a table."""
        self._seen.add(name)
        return self._base.columns(name, columns)

    def column_names(self, name: str) -> list[str]:
        """Return the names of a table's columns."""
        self._seen.add(name)
        return self._base.column_names(name)

    def height(self, name: str) -> int:
        """Return the number of rows of a table."""
        self._seen.add(name)
        return self._base.height(name)

    def beside(self, more: Mapping[str, pl.DataFrame]) -> StoredTables:
        """Return these tables, watched, with others beside or instead of them."""
        return _WatchedTables(self._base.beside(more), self._seen)

    def keep_small(self) -> None:
        """Read all tables that stay in memory."""
        self._base.keep_small()


def with_tables(tables: Mapping[str, pl.DataFrame], more: Mapping[str, pl.DataFrame]) -> Mapping[str, pl.DataFrame]:
    """Return tables with others beside or instead of them; those in files are not read for it."""
    return tables.beside(more) if isinstance(tables, StoredTables) else {**tables, **more}


def columns_of(tables: Mapping[str, pl.DataFrame], name: str, *columns: str) -> pl.DataFrame:
    """Return some columns of a table, wherever it is: for tables with rows of each session or interval."""
    if isinstance(tables, StoredTables):
        return tables.columns(name, columns)
    return tables[name].select(columns)


def column_names(tables: Mapping[str, pl.DataFrame], name: str) -> list[str]:
    """Return the names of a table's columns, wherever it is."""
    return tables.column_names(name) if isinstance(tables, StoredTables) else tables[name].columns
