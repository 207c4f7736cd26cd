"""Replications of a run that nobody keeps, and what its manifest says once somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from data.storage import frame_bytes, read_sealed_text
from experiments.runs.manifest import manifest_text
from experiments.runs.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.runs.plan import Plan


class RunMemory:
    """Tables of replications in memory, with the methods of `experiments.runs.folder.RunFolder` that these call.

    Writing Parquet to a folder that is deleted after the run, and reading it back, was a tenth of a point of a sweep.
    """

    joined = False

    def __init__(self) -> None:
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
        parts = [self._parts.pop(number) for number in range(replications)]
        # table by table, so that one at a time is there twice; in one piece, as a file would give it back
        return {name: pl.concat([part.pop(name) for part in parts]).rechunk() for name in list(parts[0])}


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
