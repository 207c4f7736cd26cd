"""Run folders: parts of replications, merged tables and a manifest, each written whole or not at all."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from data.errors import DataError, ScenarioError
from data.memory.packed_counties import county_files, county_from
from data.storage import (
    check_writable,
    frame_bytes,
    frame_from,
    read_sealed,
    sealed_text,
    sync_folder,
    write_joined,
    write_through,
    write_whole,
)
from experiments.runs.manifest import MANIFEST, known_manifest, manifest_text
from experiments.runs.provenance import digest, file_digest, replication_key
from experiments.runs.tables import REPLICATED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from data.county import County

LOG = "run.log"
PARTS = "replications"
COUNTY = "county"
PART_NOTE = "part.json"
STALE_S = 3600.0
_HALF: Final = 8
"""Bytes of each half of a temporary name: the owner's, and one of its own."""


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
    durable : bool
        Whether writing waits for the disk; a folder that is thrown away after the run need not.
    owner : str
        Whom parts belong to as long as they are not whole: a process with those that it lets compute for it.
    """

    path: Path
    key: str
    made: bool = False
    joined: bool = False
    durable: bool = True
    owner: str = field(default_factory=lambda: secrets.token_hex(_HALF))

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
        check_writable(path, "--out")
        path.mkdir(parents=True, exist_ok=True)
        folder = cls(path, key, made=made)
        known = known_manifest(path / MANIFEST)
        # more replications of the same run: the manifest names the new number
        if known is None or known.get("replications") != manifest.get("replications"):
            folder.write_manifest(manifest)
        folder.sweep()
        try:
            (path / PARTS).mkdir()  # one process succeeds; the others join it
        except FileExistsError:
            return replace(folder, joined=True)
        return folder

    def part(self, replication: int) -> Path:
        """Return the folder of a replication's tables."""
        return self.path / PARTS / f"{replication:04d}"

    def part_note(self, replication: int) -> dict[str, Any] | None:
        """Return the note of a finished replication of this run; None where it is not finished, or is damaged."""
        part = self.part(replication)
        note = read_sealed(part / PART_NOTE)
        if note is None or note.get("key") != replication_key(self.key, replication):
            return None
        try:
            found = {name: digest((part / f"{name}.parquet").read_bytes()) for name in REPLICATED}
        except OSError:
            # deleted meanwhile, or never written whole
            return None
        return note if note.get("tables") == found else None

    def write_part(self, replication: int, tables: Mapping[str, pl.DataFrame], note: Mapping[str, Any]) -> None:
        """Write the tables of a replication: to a temporary folder, then under their name.

        Another process that finished the same replication first is left alone: its tables are the same.
        """
        final = self.part(replication)
        final.parent.mkdir(parents=True, exist_ok=True)
        # a name that nobody else has: several processes may compute the same replication
        temporary = final.parent / f".{final.name}-{self.owner}{secrets.token_hex(_HALF)}"
        temporary.mkdir()
        hashes = {}
        try:
            for name in REPLICATED:
                content = frame_bytes(tables[name])
                write_through(temporary / f"{name}.parquet", content, durable=self.durable)
                hashes[name] = digest(content)
            about = {"key": replication_key(self.key, replication), "tables": hashes}
            write_through(temporary / PART_NOTE, sealed_text({**about, **note}).encode(), durable=self.durable)
        except BaseException:
            # a full disk, or Ctrl-C: half a replication helps nobody, and takes room
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        # damaged: rename cannot replace a folder that is not empty
        if final.exists() and self.part_note(replication) is None:
            shutil.rmtree(final)
        try:
            self._settle(temporary, final)
        # another process was first: its tables are the same bytes
        except OSError:
            shutil.rmtree(temporary)
            if self.part_note(replication) is None:
                raise

    def _settle(self, temporary: Path, final: Path) -> None:
        """Give a folder its name; its files are on the disk before, its name after."""
        if self.durable:
            sync_folder(temporary)
        temporary.rename(final)
        if self.durable:
            sync_folder(final.parent)

    def merge(self, replications: int) -> dict[str, str]:
        """Write the tables of all replications, in the order of their numbers; return the hashes of their files.

        Rows stream from the parts to the table: memory does not grow with the number of replications.

        Raises
        ------
        ScenarioError
            A table of a replication is missing or damaged.
        """
        note = self.part_note(0) if replications == 1 else None
        if note is not None:
            # of one replication the table is its part: the same bytes, which its note has hashed
            for name in REPLICATED:
                write_whole(self.table(name), (self.part(0) / f"{name}.parquet").read_bytes(), durable=self.durable)
            return dict(note["tables"])
        hashes = {}
        for name in REPLICATED:
            parts = [self.part(number) / f"{name}.parquet" for number in range(replications)]
            table = self.table(name)
            try:
                write_joined(parts, table, durable=self.durable)
            except (DataError, FileNotFoundError):
                for part in parts:
                    _frame(part, self._again)  # the damaged one says so
                raise
            hashes[name] = file_digest(table)
        return hashes

    def table(self, name: str) -> Path:
        """Return the file of a table of the run."""
        return self.path / f"{name}.parquet"

    @property
    def _again(self) -> str:
        """What writes the tables of this folder again."""
        return (
            f"`xijiang run --from {self.path / MANIFEST} --out {self.path}` writes the tables again; finished "
            "replications are kept."
        )

    def write_table(self, name: str, frame: pl.DataFrame) -> str:
        """Write a table of the run and return the hash of its file."""
        content = frame_bytes(frame)
        write_whole(self.table(name), content, durable=self.durable)
        return digest(content)

    def read_table(self, name: str, expected: str) -> pl.DataFrame:
        """Return a table of the run.

        Parameters
        ----------
        name : str
            Name of the table.
        expected : str
            Hash that its file must have.

        Raises
        ------
        ScenarioError
            The file is missing, or is not what the run wrote.
        """
        return _frame(self.table(name), self._again, expected)

    def check_table(self, name: str, expected: str) -> Path:
        """Return the file of a table of the run, which is as the run wrote it; see `read_table`."""
        file = self.table(name)
        try:
            found = file_digest(file)
        except OSError as error:
            raise _missing(file, self._again) from error
        if found != expected:
            raise _changed(file, self._again)
        return file

    def write_county(self, county: County) -> dict[str, str]:
        """Keep the county that the run uses; return the hashes of its files by name."""
        files = county_files(county)
        folder = self.path / COUNTY
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            # unchanged files are left alone: another process may be reading them
            if not file.is_file() or file.read_bytes() != content:
                write_whole(file, content, durable=self.durable)
        return {name: digest(content) for name, content in files.items()}

    def read_county(self, expected: Mapping[str, str]) -> County:
        """Return the county that the run used.

        Parameters
        ----------
        expected : mapping of str to str
            Hashes of its files by name.

        Raises
        ------
        ScenarioError
            A file is missing, or is not what the run wrote.
        """
        folder = self.path / COUNTY
        files = {name: _bytes(folder / name, self._again, known) for name, known in expected.items()}
        return county_from(files, path=folder)

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest: under a temporary name, then under its own."""
        write_whole(self.path / MANIFEST, manifest_text(self.key, manifest).encode(), durable=self.durable)

    def log(self, text: str) -> None:
        """Append a line with the time to the run's log."""
        line = f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')} {text}\n"
        write_through(self.path / LOG, line.encode(), durable=False, append=True)

    def sweep(self) -> None:
        """Remove what processes that were killed left under temporary names more than an hour ago."""
        # longer than any write takes: what is younger may still be at work
        before = time.time() - STALE_S
        folders = (self.path, self.path / PARTS, *(self.path / COUNTY).rglob("*/"))
        for item in (item for folder in folders for item in folder.glob(".*-*")):
            if item.stat().st_mtime < before:
                if item.is_dir():
                    shutil.rmtree(item, ignore_errors=True)
                else:
                    item.unlink(missing_ok=True)

    def drop_unfinished(self) -> None:
        """Remove what processes of this owner left when they were stopped in the middle of a part: all have ended."""
        for item in (self.path / PARTS).glob(f".*-{self.owner}*"):
            shutil.rmtree(item, ignore_errors=True)

    def abandon(self, *, finished: bool = False) -> None:
        """Empty a folder in which no replication was finished, so that a faulty input leaves nothing behind.

        With ``finished`` also one in which some were, unless another process began it.
        """
        # finished replications are worth more than a clean folder
        if (self.joined or not finished) and any((self.path / PARTS).glob("[0-9]*")):
            return
        if self.made:
            shutil.rmtree(self.path, ignore_errors=True)
            return
        for folder in (PARTS, COUNTY):
            shutil.rmtree(self.path / folder, ignore_errors=True)
        for file in (self.path / MANIFEST, self.path / LOG, *self.path.glob("*.parquet")):
            file.unlink(missing_ok=True)


def finished_parts(path: Path) -> int:
    """Return how many replications lie finished in a folder; names of others begin with a dot."""
    return sum(1 for _ in (path / PARTS).glob("[0-9]*"))


def held_key(path: Path) -> str | None:
    """Return the key of the run that a folder holds; None where it holds none."""
    manifest = known_manifest(path / MANIFEST)
    return None if manifest is None else str(manifest.get("key"))


def _held(path: Path, held: str | None) -> str:
    """Return what a folder holds, in words."""
    if held is None:
        damaged = f" (its {MANIFEST} is damaged)" if (path / MANIFEST).exists() else ""
        return f"the folder is not empty and holds no run{damaged}."
    manifest = known_manifest(path / MANIFEST) or {}
    name = manifest.get("scenario", {}).get("name", "unknown")
    seed, days = manifest.get("seed"), manifest.get("days")
    return f"the folder holds another run (scenario {name}, seed {seed}, {days} days, key {held[:10]})."


def _left_behind(item: Path) -> bool:
    """Return whether a file has the name of one that a killed process did not finish writing."""
    return item.name.startswith(f".{MANIFEST}-")


def _bytes(file: Path, remedy: str, expected: str | None = None) -> bytes:
    """Return what a file holds, or raise with a remedy where it is missing or not as it was written."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _missing(file, remedy) from error
    if expected is not None and digest(content) != expected:
        raise _changed(file, remedy)
    return content


def _missing(file: Path, remedy: str) -> ScenarioError:
    """Return the error of a file that is not there."""
    return ScenarioError(f"{file}: the table is missing. {remedy}")


def _changed(file: Path, remedy: str) -> ScenarioError:
    """Return the error of a file that is not what the run wrote."""
    return ScenarioError(f"{file}: the table is damaged or changed since the run. {remedy}")


def _frame(file: Path, remedy: str, expected: str | None = None) -> pl.DataFrame:
    """Return a table, or raise with a remedy where it is missing or not as it was written."""
    try:
        return frame_from(_bytes(file, remedy, expected))
    except DataError as error:
        raise ScenarioError(f"{file}: the table is damaged: {error} {remedy}") from error
