"""The manifest of a run: what it holds, how it is written, and how it is read without trusting it."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import ScenarioError
from data.storage import SEAL, read_sealed_text, sealed_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST: Final = "manifest.json"
SCHEMA_VERSION: Final = 1
_MOST: Final = 2**63 - 1
"""Whole numbers up to here stand in tables."""


class _Part(BaseModel):
    """Base of the parts of a manifest: what is not known is refused, because nobody can say what it means."""

    # built when the first manifest is read: a process that computes replications reads none
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class _Input(_Part):
    """An input by name, with the digest of what it held."""

    name: str
    digest: str


class _County(_Input):
    """The county, with the hashes of the files that the run folder keeps of it."""

    files: dict[str, str] | None = None


class _Layout(_Input):
    """The layout, with its rows where they came from a file."""

    csv: str | None = None


class _Given(_Part):
    """A table that the scenario gave: where its file lay, with the digest of what it held."""

    file: str
    digest: str


class _Assumptions(_Part):
    """The short runs over the ranges of the assumptions, and how long they took."""

    points: int
    seconds: float


class Manifest(_Part):
    """What a manifest holds; see `experiments.runs.plan.Plan.manifest`."""

    schema_version: Literal[1]
    key: str = Field(min_length=1)
    status: Literal["running", "finished"]
    xijiang: str
    scenario: dict[str, Any]
    seed: int = Field(ge=0, le=_MOST)
    replications: int = Field(ge=1, le=_MOST)
    days: int = Field(ge=1, le=_MOST)
    county: _County
    layout: _Layout
    given: dict[str, _Given] | None = None
    paths: dict[str, str]
    code: str
    versions: dict[str, str]
    written: str
    tables: dict[str, str] | None = None
    rows: dict[str, int] | None = None
    engines: dict[str, int] | None = None
    wall_time_s: float | None = None
    assumptions: _Assumptions | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Validate the name of the scenario and the time, and that a finished run says what it wrote."""
        name = self.scenario.get("name")
        if str(name) != name:
            raise ValueError("scenario: no name")
        if dt.datetime.fromisoformat(self.written).tzinfo is None:
            raise ValueError("written: a time without its zone")
        if self.status == "finished" and (self.tables is None or self.rows is None):
            raise ValueError("tables: missing, though the run is finished")
        return self


def manifest_text(key: str, manifest: Mapping[str, Any]) -> str:
    """Return the text of a manifest: its entries, the version of their schema and the seal over all."""
    return sealed_text({**manifest, "schema_version": SCHEMA_VERSION, "key": key})


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
        No such file, or it is no manifest, of another version, damaged or changed by hand.
    """
    if not file.is_file():
        raise ScenarioError(f"{file}: no such file; expected the {MANIFEST} of a run.")
    manifest = known_manifest(file)
    if manifest is None:
        raise ScenarioError(
            f"{file}: damaged, changed since the run, or not the {MANIFEST} of a run. Bring it back, or run again "
            "elsewhere."
        )
    version = manifest.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ScenarioError(f"{file}: got the schema version {version}; expected {SCHEMA_VERSION}. Run again.")
    try:
        Manifest.model_validate(manifest)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(
            f"{file}: not the {MANIFEST} of a run ({where + ': ' if where else ''}{first['msg']}). Bring it back, or "
            "run again elsewhere."
        ) from None
    return manifest


def known_manifest(file: Path) -> dict[str, Any] | None:
    """Return what a manifest says where its text is as it was written; None otherwise. Nothing else is checked."""
    try:
        text = file.read_text(encoding="utf-8")
        content = read_sealed_text(text)
        if content is None:
            # written before manifests were sealed
            content = json.loads(text)
            content = None if SEAL in content else content
    except (OSError, ValueError, RecursionError, TypeError):
        return None
    return content if isinstance(content, dict) else None
