"""Replications of a run that nobody keeps, and what its manifest says once somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from data.storage import frame_bytes, read_sealed_text
from experiments.runs.manifest import manifest_text
from experiments.runs.provenance import digest
from experiments.runs.tables import REPLICATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.runs.plan import Plan
    from experiments.runs.unkept.handed_parts import HandedParts


class RunMemory:
    """Tables of replications in memory, with the methods of `experiments.runs.folder.RunFolder` that these call.

    Writing Parquet to a folder that is deleted after the run, and reading it back, was a tenth of a point of a sweep.

    Parameters
    ----------
    handed : HandedParts, optional
        Where other processes leave what they compute.
    """

    joined = False

    def __init__(self, handed: HandedParts | None = None) -> None:
        self._handed = handed
        self._parts: dict[int, dict[str, pl.DataFrame]] = {}
        self._notes: dict[int, dict[str, Any]] = {}

    def part_note(self, replication: int) -> dict[str, Any] | None:
        """Return the note of a finished replication; None where it is not finished."""
        return self._notes.get(replication)

    def write_part(self, replication: int, tables: Mapping[str, pl.DataFrame], note: Mapping[str, Any]) -> None:
        """Keep the tables of a replication."""
        self._parts[replication], self._notes[replication] = dict(tables), dict(note)

    def log(self, text: str) -> None:
        """Write nothing: there is no folder that a log could lie in."""

    def merge(self, replications: int) -> dict[str, pl.DataFrame]:
        """Return the tables of all replications, in the order of their numbers; afterwards nothing is kept here."""
        # table by table, so that one at a time is there twice; in one piece, as a file would give it back
        return {
            name: pl.concat([self._table(number, name) for number in range(replications)]).rechunk()
            for name in self._names()
        }

    def _names(self) -> list[str]:
        """Return the names of the tables of each replication, in the order of the run."""
        part = next(iter(self._parts.values()), None)
        found = self._handed.names(0) if part is None and self._handed is not None else part or ()
        return [name for name in REPLICATED if name in found]

    def _table(self, replication: int, name: str) -> pl.DataFrame:
        """Return a table of a replication, which is not kept here any longer."""
        if replication not in self._parts and self._handed is not None:
            return self._handed.read(replication, name)
        return self._parts[replication].pop(name)


@dataclass(frozen=True, slots=True)
class LateManifest:
    """The manifest of a run that nobody kept, made when it is asked for: hashes of tables take Parquet.

    Attributes
    ----------
    plan : Plan
        What was run.
    tables : mapping of str to polars.DataFrame
        Tables of the run.
    engines : dict of str to int
        Replications by engine.
    finished : dict
        What is known since the run ended: when, after how long, and the short runs over the assumptions.
    """

    plan: Plan
    tables: Mapping[str, pl.DataFrame]
    engines: dict[str, int]
    finished: dict[str, Any]

    def __call__(self) -> dict[str, Any]:
        """Return the manifest, as a run folder would give it back."""
        said = self.plan.manifest("finished") | self.finished
        said |= {
            "tables": {name: digest(frame_bytes(table)) for name, table in self.tables.items()},
            "rows": {name: table.height for name, table in self.tables.items()},
            "engines": self.engines,
        }
        return read_sealed_text(manifest_text(self.plan.key, said)) or {}
