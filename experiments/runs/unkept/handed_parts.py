"""Tables of replications on their way from the process that computed them to the one that wants them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PARTS = "handed"


@dataclass(frozen=True, slots=True)
class HandedParts:
    """Files of a folder that is thrown away after the run, as memory holds the tables: uncompressed, without hashes.

    Whoever reads a part has heard that it is finished, and what a process that died left behind is written over. As
    parts of a run folder they took 50 ms of a replication, and their merging as much again.

    Attributes
    ----------
    folder : pathlib.Path
        The folder; it exists.
    """

    folder: Path

    def part_note(self, replication: int) -> dict[str, Any] | None:
        """Return None: nobody asks for a replication twice but after a process died."""
        del replication
        return None

    def write_part(self, replication: int, tables: Mapping[str, pl.DataFrame], note: Mapping[str, Any]) -> None:
        """Write the tables of a replication; its note goes with the answer."""
        del note
        part = self._part(replication)
        part.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.write_ipc(part / name)

    def read(self, replication: int, name: str) -> pl.DataFrame:
        """Return a table of a replication.

        Raises
        ------
        DataError
            Its file is gone, or not whole.
        """
        file = self._part(replication) / name
        try:
            # not mapped: the folder goes before the table does
            return pl.read_ipc(io.BytesIO(file.read_bytes()))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(f"{file}: the table cannot be read ({error}). Run the same command again.") from error

    def names(self, replication: int) -> list[str]:
        """Return the names of the tables of a replication."""
        return [file.name for file in self._part(replication).iterdir()]

    def _part(self, replication: int) -> Path:
        return self.folder / _PARTS / str(replication)
