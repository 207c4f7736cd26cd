"""Run folders: parts of replications, merged tables and a manifest, each written whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from data.errors import ScenarioError
from experiments.runs.provenance import digest, replication_key
from experiments.runs.tables import ROW_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MANIFEST = "manifest.json"
LOG = "run.log"
PARTS = "replications"
PART_NOTE = "part.json"
SCHEMA_VERSION = 1
STALE_S = 3600.0


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of a run.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    key : str
        Key of the run that it belongs to.
    made : bool
        Whether this process made the folder.
    joined : bool
        Whether another process began the run: earlier, or at this moment.
    """

    path: Path
    key: str
    made: bool = False
    joined: bool = False

    @classmethod
    def claim(cls, path: Path, key: str, manifest: Mapping[str, Any]) -> RunFolder:
        """Take a folder for a run: a new or empty one, or one that the same run began.

        Parameters
        ----------
        path : pathlib.Path
            The folder; made with its parents where it does not exist.
        key : str
            Key of the run.
        manifest : mapping
            What is known of the run before it starts.

        Raises
        ------
        ScenarioError
            If the folder holds another run or anything else. Nothing is changed in it then.
        """
        made = not path.exists()
        if path.exists() and not path.is_dir():
            raise ScenarioError(f"--out {path}: is a file; expected a folder. Choose another --out.")
        if path.is_dir() and any(not _left_behind(item) for item in path.iterdir()):
            held = held_key(path)
            if held != key:
                raise ScenarioError(f"--out {path}: {_held(path, held)} Nothing was changed. Choose another --out.")
        path.mkdir(parents=True, exist_ok=True)
        folder = cls(path, key, made=made)
        known = _read_json(path / MANIFEST)
        if known is None or known.get("replications") != manifest.get("replications"):
            folder.write_manifest(manifest)
        folder.sweep()
        try:
            (path / PARTS).mkdir()  # one process succeeds; the others join it
        except FileExistsError:
            return cls(path, key, made=made, joined=True)
        return folder

    def part(self, replication: int) -> Path:
        """Return the folder of a replication's tables."""
        return self.path / PARTS / f"{replication:04d}"

    def part_note(self, replication: int) -> dict[str, Any] | None:
        """Return the note of a finished replication of this run; None where it is not finished, or is damaged."""
        part = self.part(replication)
        note = _read_json(part / PART_NOTE)
        if note is None or note.get("key") != replication_key(self.key, replication):
            return None
        try:
            found = {name: digest((part / f"{name}.parquet").read_bytes()) for name in ROW_ORDER}
        except OSError:
            return None
        return note if note.get("tables") == found else None

    def write_part(self, replication: int, tables: Mapping[str, pl.DataFrame], note: Mapping[str, Any]) -> None:
        """Write the tables of a replication: to a temporary folder, then under their name.

        Another process that finished the same replication first is left alone: its tables are the same.
        """
        final = self.part(replication)
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = final.parent / f".{final.name}-{uuid.uuid4().hex}"
        temporary.mkdir()
        hashes = {}
        for name in ROW_ORDER:
            file = temporary / f"{name}.parquet"
            _write_parquet(tables[name], file)
            hashes[name] = digest(file.read_bytes())
        about = {"key": replication_key(self.key, replication), "tables": hashes}
        text = json.dumps({**about, **note}, sort_keys=True)
        (temporary / PART_NOTE).write_text(text, encoding="utf-8")
        if final.exists() and self.part_note(replication) is None:
            shutil.rmtree(final)
        try:
            temporary.rename(final)
        except OSError:
            shutil.rmtree(temporary)
            if self.part_note(replication) is None:
                raise

    def merge(self, replications: int) -> None:
        """Write the tables of all replications, in the order of their numbers."""
        for name in ROW_ORDER:
            parts = [pl.read_parquet(self.part(number) / f"{name}.parquet") for number in range(replications)]
            self.write_table(name, pl.concat(parts))

    def write_table(self, name: str, frame: pl.DataFrame) -> None:
        """Write a table of the run: under a temporary name, then under its own."""
        temporary = self.path / f".{name}-{uuid.uuid4().hex}.parquet"
        _write_parquet(frame, temporary)
        os.replace(temporary, self.path / f"{name}.parquet")  # noqa: PTH105 - says what it does

    def read_table(self, name: str) -> pl.DataFrame:
        """Return a table of the run.

        Raises
        ------
        ScenarioError
            The file is missing or damaged.
        """
        file = self.path / f"{name}.parquet"
        try:
            return pl.read_parquet(file)
        except (OSError, pl.exceptions.PolarsError) as error:
            state = "is damaged" if file.exists() else "is missing"
            raise ScenarioError(
                f"{file}: the table {state}. `xijiang run --from {self.path / MANIFEST} --out {self.path}` writes the "
                "tables again; finished replications are kept."
            ) from error

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest: under a temporary name, then under its own."""
        text = json.dumps({"schema_version": SCHEMA_VERSION, "key": self.key, **manifest}, indent=2, sort_keys=True)
        temporary = self.path / f".{MANIFEST}-{uuid.uuid4().hex}"
        temporary.write_text(text + "\n", encoding="utf-8")
        os.replace(temporary, self.path / MANIFEST)  # noqa: PTH105 - says what it does

    def log(self, text: str) -> None:
        """Append a line with the time to the run's log."""
        line = f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')} {text}\n"
        with (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(line)

    def table_hashes(self, names: Iterable[str]) -> dict[str, str]:
        """Return the hashes of tables' files."""
        return {name: digest((self.path / f"{name}.parquet").read_bytes()) for name in names}

    def sweep(self) -> None:
        """Remove what processes that were killed left under temporary names more than an hour ago."""
        before = time.time() - STALE_S
        for item in (*self.path.glob(".*-*"), *(self.path / PARTS).glob(".*-*")):
            if item.stat().st_mtime < before:
                if item.is_dir():
                    shutil.rmtree(item, ignore_errors=True)
                else:
                    item.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Empty a folder in which no replication was finished, so that a faulty input leaves nothing behind."""
        if any((self.path / PARTS).glob("[0-9]*")):
            return
        if self.made:
            shutil.rmtree(self.path, ignore_errors=True)
            return
        shutil.rmtree(self.path / PARTS, ignore_errors=True)
        for file in (self.path / MANIFEST, self.path / LOG, *self.path.glob("*.parquet")):
            file.unlink(missing_ok=True)


def held_key(path: Path) -> str | None:
    """Return the key of the run that a folder holds; None where it holds none."""
    manifest = _read_json(path / MANIFEST)
    return None if manifest is None else str(manifest.get("key"))


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a run folder.

    Raises
    ------
    ScenarioError
        If the folder is not a run folder.
    """
    if not (path / MANIFEST).is_file():
        what = f"no {MANIFEST}" if path.is_dir() else "no such folder"
        raise ScenarioError(f"{path}: {what}; expected the folder of a run. `xijiang run` writes one.")
    return manifest_in(path / MANIFEST)


def manifest_in(file: Path) -> dict[str, Any]:
    """Return the manifest in a file.

    Raises
    ------
    ScenarioError
        No such file, or it is no manifest.
    """
    if not file.is_file():
        raise ScenarioError(f"{file}: no such file; expected the {MANIFEST} of a run.")
    manifest = _read_json(file)
    if manifest is None:
        raise ScenarioError(f"{file}: damaged, or not the {MANIFEST} of a run. Bring it back, or run again elsewhere.")
    version = manifest.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ScenarioError(f"{file}: got the schema version {version}; expected {SCHEMA_VERSION}. Run again.")
    return manifest


def _held(path: Path, held: str | None) -> str:
    """Return what a folder holds, in words."""
    if held is None:
        damaged = f" (its {MANIFEST} is damaged)" if (path / MANIFEST).exists() else ""
        return f"the folder is not empty and holds no run{damaged}."
    manifest = _read_json(path / MANIFEST) or {}
    name = manifest.get("scenario", {}).get("name", "unknown")
    seed, days = manifest.get("seed"), manifest.get("days")
    return f"the folder holds another run (scenario {name}, seed {seed}, {days} days, key {held[:10]})."


def _left_behind(item: Path) -> bool:
    """Tell whether a file has the name of one that a killed process did not finish writing."""
    return item.name.startswith(f".{MANIFEST}-")


def _read_json(file: Path) -> dict[str, Any] | None:
    """Return a JSON object, or None where there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _write_parquet(frame: pl.DataFrame, file: Path) -> None:
    """Write a table; the same table gives the same bytes."""
    frame.rechunk().write_parquet(file, compression="zstd", compression_level=3, row_group_size=250_000)
