"""What runs there are: list, show and clean run folders; rebuild a run from its manifest."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from data.errors import ScenarioError, UnusualWarning, nearest
from data.memory.packed_counties import ABOUT
from experiments.runs.folder import COUNTY, LOG, PART_NOTE, PARTS, finished_parts
from experiments.runs.lock import PREFIX, owners
from experiments.runs.manifest import MANIFEST, manifest_in, read_manifest
from experiments.runs.plan import prepare
from experiments.runs.provenance import code_digest, frame_digest
from experiments.runs.tables import TABLES
from experiments.scenario.files import is_path
from experiments.scenario.given import GIVEN
from experiments.scenario.layouts import layout_file
from experiments.scenario.model import from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from experiments.runs.plan import Plan

ROOT = Path("runs")
MOST_DAYS = 36_600
"""Older runs than a hundred years there are none."""
_COLUMNS = {
    "folder": pl.String,
    "scenario": pl.String,
    "status": pl.String,
    "layout": pl.String,
    "seed": pl.Int64,
    "days": pl.Int64,
    "replications": pl.Int64,
    "finished": pl.Int64,
    "written": pl.String,
    "megabytes": pl.Float64,
    "key": pl.String,
}


def list_runs(root: Path = ROOT) -> pl.DataFrame:
    """Return the run folders below a folder, the newest first.

    Parameters
    ----------
    root : pathlib.Path
        Folder to look in, at any depth.

    Returns
    -------
    polars.DataFrame
        ``folder, scenario, status (finished, running), layout, seed, days, replications, finished (replications),
        written, megabytes, key``.

    Warns
    -----
    UnusualWarning
        The manifest of a run that is damaged, or was changed; the run is left out.
    """
    rows = []
    for file in sorted(root.rglob(MANIFEST)) if root.is_dir() else []:
        try:
            manifest = read_manifest(file.parent)
        except ScenarioError as error:
            # foreign files of this name are passed over in silence: the folder may hold anything
            if (file.parent / PARTS).is_dir():
                warnings.warn(f"{error} It is left out of the list.", UnusualWarning, stacklevel=2)
            continue
        if (file.parent / PARTS).is_dir():
            rows.append(_row(file.parent, manifest))
    return pl.DataFrame(rows, schema=_COLUMNS).sort("written", descending=True, maintain_order=True)


def _manifest_of_ours(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a run folder; None where there is none, or one that this toolkit did not write."""
    try:
        manifest = read_manifest(folder)
    except ScenarioError:
        return None
    return manifest if (folder / PARTS).is_dir() else None


def _row(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what the list says of a run."""
    parts = finished_parts(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {
        "folder": str(folder),
        "scenario": manifest["scenario"]["name"],
        "status": manifest["status"],
        "layout": manifest["layout"]["name"],
        # fewer replications may be asked for than an earlier run left
        "finished": min(parts, manifest["replications"]),
        "megabytes": size / 1e6,
        **{name: manifest[name] for name in ("seed", "days", "replications", "written", "key")},
    }


def find_run(name: str, root: Path = ROOT) -> Path:
    """Return the folder of a run by its path, its folder's name, or the beginning of its key.

    Raises
    ------
    ScenarioError
        No such run, or several.
    """
    if not name:
        raise ScenarioError("run '': got no name. `xijiang runs list` lists the runs.")
    # a path goes before a name: it cannot be ambiguous
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    known = list_runs(root)
    found = [
        row["folder"]
        for row in known.iter_rows(named=True)
        if Path(row["folder"]).name == name or row["key"].startswith(name)
    ]
    if len(found) == 1:
        return Path(found[0])
    if found:
        raise ScenarioError(f"run '{name}': {len(found)} runs match: {', '.join(found)}. Give the folder.")
    hint = nearest(name, [Path(folder).name for folder in known["folder"]])
    raise ScenarioError(f"run '{name}': no such run in {root}.{hint} `xijiang runs list` lists them.")


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What may be removed, and what not.

    Attributes
    ----------
    folders : tuple of pathlib.Path
        Run folders to remove.
    kept : tuple of str
        Of those that were not named one by one, which stay and why, in words.
    """

    folders: tuple[Path, ...]
    kept: tuple[str, ...]


def clean_candidates(
    names: Sequence[str], *, root: Path = ROOT, unfinished: bool = False, older_days: float | None = None
) -> Cleaning:
    """Choose run folders to remove; nothing is removed yet.

    Parameters
    ----------
    names : sequence of str
        Runs, as for `find_run`.
    root : pathlib.Path
        Folder to look in; nothing outside of it is chosen.
    unfinished : bool
        Choose all runs that are not finished.
    older_days : float, optional
        Choose all runs that are older.

    Raises
    ------
    ScenarioError
        A named run does not exist, or must not be removed; an age that is none.
    """
    if older_days is not None and not abs(older_days) <= MOST_DAYS:
        raise ScenarioError(f"runs clean: --older-than {older_days:g}: expected days, at most {MOST_DAYS:,}.")
    named = list(dict.fromkeys(find_run(name, root) for name in names))
    refused = [f"{folder}: {reason}" for folder in named if (reason := _reason_to_keep(folder, root))]
    if refused:
        raise ScenarioError("runs clean: nothing was removed. " + "\n  ".join(refused))
    limit = None if older_days is None else dt.datetime.now(dt.UTC) - dt.timedelta(days=older_days)
    chosen, kept = dict.fromkeys(named), []
    for row in list_runs(root).iter_rows(named=True):
        old = limit is not None and dt.datetime.fromisoformat(row["written"]) < limit
        if not (old or (unfinished and row["status"] != "finished")):
            continue
        folder = Path(row["folder"])
        reason = _reason_to_keep(folder, root)
        if reason is None:
            chosen[folder] = None
        else:
            kept.append(f"{folder}: {reason}")
    return Cleaning(tuple(chosen), tuple(kept))


def remove_runs(folders: Iterable[Path], *, root: Path = ROOT) -> None:
    """Remove run folders, and in them only what the toolkit wrote.

    Raises
    ------
    ScenarioError
        A folder must not be removed; those before it are gone then.
    """
    for folder in folders:
        reason = _reason_to_keep(folder, root)  # again: a run may have begun since the folder was chosen
        if reason is not None:
            raise ScenarioError(f"runs clean: {folder}: {reason}")
        for item in sorted(_contents(folder)[0], key=lambda item: item == folder / MANIFEST):
            # The manifest goes last: a removal that is interrupted leaves a run that can be removed.
            if item.is_dir():
                item.rmdir()
            else:
                item.unlink(missing_ok=True)
        folder.rmdir()


def _reason_to_keep(folder: Path, root: Path) -> str | None:
    """Return why a folder must not be removed; None where it may be."""
    place, here = folder.resolve(), Path.cwd().resolve()
    if place == here or place in here.parents:
        return "is the working folder or holds it."
    if folder.is_symlink() or root.resolve() not in place.parents:
        return f"is a link, or lies outside {root}; --root names the folder that holds the runs."
    if _manifest_of_ours(folder) is None:
        return f"is not the folder of a run: its {MANIFEST} is another program's or damaged, or {PARTS}/ is missing."
    strange = [str(item.relative_to(folder)) for item in _contents(folder)[1]]
    if strange:
        return f"holds what the toolkit did not write: {', '.join(sorted(strange)[:5])}. Move it elsewhere first."
    busy = owners(folder)
    return f"is being computed by {', '.join(map(str, busy))}. Stop it first." if busy else None


def _contents(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return what the toolkit wrote in a run folder, inner things first, and everything else."""
    listed = (_manifest_of_ours(folder) or {}).get("tables")
    older = [name for name in listed if re.fullmatch("[a-z_]+", name)] if isinstance(listed, dict) else []
    tables = "|".join({*TABLES, *GIVEN, *older})
    draft, part = "-[0-9a-f]{32}", rf"{PARTS}/(?:\d{{4,}}|\.\d{{4,}}-[0-9a-f]{{32}})"
    top, county = rf"{re.escape(MANIFEST)}|(?:{tables})\.parquet", rf"{COUNTY}/(?:tables|layouts)"
    files = re.compile(
        rf"{top}|\.(?:{top}|report\.html){draft}|{re.escape(LOG)}|report\.html|\.report\.html\.\d+|{re.escape(PREFIX)}[0-9a-f]{{32}}"
        rf"|{part}/(?:{re.escape(PART_NOTE)}|(?:{tables})\.parquet)"
        rf"|{COUNTY}/(?:{re.escape(ABOUT)}|\.{re.escape(ABOUT)}{draft})|{county}/\.?[^/.][^/]*\.parquet(?:{draft})?"
    )
    folders = re.compile(rf"{PARTS}|{part}|{COUNTY}|{county}")
    written: list[Path] = []
    strange: list[Path] = []
    for place, inner, names in os.walk(folder, topdown=False):
        for name, known in (*((name, files) for name in names), *((name, folders) for name in inner)):
            item = Path(place) / name
            fits = known.fullmatch(item.relative_to(folder).as_posix()) and not item.is_symlink()
            (written if fits else strange).append(item)
    return written, strange


def plan_of(file: Path) -> tuple[Plan, list[str]]:
    """Return the plan that rebuilds a run from its manifest, and warnings.

    Parameters
    ----------
    file : pathlib.Path
        A run's manifest, wherever it lies now, or the run's folder.

    Raises
    ------
    ScenarioError
        Not a manifest, or the county's tables or the layout are not those of the run.
    """
    manifest = read_manifest(file) if file.is_dir() else manifest_in(file)
    scenario = from_json(json.dumps(manifest["scenario"]), origin=str(file / MANIFEST if file.is_dir() else file))
    # inputs from outside the toolkit are looked for where they lay
    moved: dict[str, Any] = {name: place for name, place in manifest["paths"].items() if Path(place).exists()}
    given = manifest.get("given") or {}
    if given:
        moved["charging"] = {name: one["file"] for name, one in given.items()}
    plan = prepare(scenario.with_(**moved) if moved else scenario, layout=_layout_in(manifest))
    # the same key: nothing that decides the numbers has changed
    if plan.key == manifest["key"]:
        return plan, []
    # county and layout are faults, code and versions only warnings: figures may still be the same
    if plan.county.digest != manifest["county"]["digest"]:
        raise ScenarioError(
            f"--from {file}: the tables of {plan.scenario.county} changed since that run; it cannot be rebuilt. "
            "Bring them back, or run the scenario anew."
        )
    if plan.layout_digest != manifest["layout"]["digest"]:
        raise ScenarioError(
            f"--from {file}: the layout {plan.scenario.charging.layout} changed since that run; it cannot be rebuilt. "
            "Bring it back, or run the scenario anew."
        )
    for name, one in given.items():
        if frame_digest(plan.case.given[name]) != one["digest"]:
            raise ScenarioError(
                f"--from {file}: {one['file']} changed since that run; it cannot be rebuilt. Bring it back."
            )
    changed = [] if code_digest() == manifest["code"] else ["the toolkit's code"]
    versions = plan.versions
    changed += [f"{name} {was}" for name, was in manifest["versions"].items() if versions.get(name) != was]
    return plan, [f"not as in that run: {', '.join(changed)}; figures may differ."] if changed else []


def changed_plan(
    plan: Plan, *, sets: Sequence[str] = (), replications: int | None = None, points: int | None = None
) -> Plan:
    """Return the plan of a run that is done again with changes; without any, the plan itself.

    Parameters
    ----------
    plan : Plan
        As `plan_of` returns it: a layout that only its manifest holds goes on being known.
    sets : sequence of str
        Overrides such as ``fleet.ebikes=true``.
    replications, points : int, optional
        Instead of those of the run.

    Raises
    ------
    ScenarioError
        If an override has faults, or names what the county does not have.
    """
    scenario = plan.scenario.apply_sets(sets) if sets else plan.scenario
    if points is not None:
        scenario = scenario.with_(points=points)
    if scenario is plan.scenario and replications is None:
        return plan
    kept = is_path(scenario.charging.layout) and scenario.charging.layout == plan.scenario.charging.layout
    return prepare(scenario, replications=replications, layout=plan.layout if kept else None)


def _layout_in(manifest: dict[str, Any]) -> pl.DataFrame | None:
    """Return the layout that a manifest holds; None where it is one of the county's."""
    text = manifest["layout"].get("csv")
    if text is None:
        return None
    with tempfile.TemporaryDirectory(prefix="xijiang-") as folder:
        file = Path(folder) / "layout.csv"
        file.write_text(text, encoding="utf-8")
        return layout_file(file)
