"""What runs there are: list, show and clean run folders; rebuild a run from its manifest."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from data.errors import ScenarioError, nearest
from experiments.runs.folder import MANIFEST, PARTS, manifest_in, read_manifest
from experiments.runs.plan import layout_file, prepare
from experiments.runs.provenance import code_digest
from experiments.scenario.model import from_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.runs.plan import Plan

ROOT = Path("runs")
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
    """
    rows = []
    for file in sorted(root.rglob(MANIFEST)) if root.is_dir() else []:
        try:
            manifest = read_manifest(file.parent)
        except ScenarioError:
            continue
        rows.append(_row(file.parent, manifest))
    return pl.DataFrame(rows, schema=_COLUMNS).sort("written", descending=True, maintain_order=True)


def _row(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what the list says of a run."""
    parts = sum(1 for _ in (folder / PARTS).glob("[0-9]*"))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {
        "folder": str(folder),
        "scenario": manifest["scenario"]["name"],
        "status": manifest["status"],
        "layout": manifest["layout"]["name"],
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


def clean_runs(
    names: Sequence[str], *, root: Path = ROOT, unfinished: bool = False, older_days: float | None = None
) -> list[Path]:
    """Remove run folders and return them.

    Parameters
    ----------
    names : sequence of str
        Runs, as for `find_run`.
    root : pathlib.Path
        Folder to look in.
    unfinished : bool
        Remove all runs that are not finished.
    older_days : float, optional
        Remove all runs that are older.

    Raises
    ------
    ScenarioError
        No such run; nothing is removed then.
    """
    chosen = clean_candidates(names, root=root, unfinished=unfinished, older_days=older_days)
    for folder in chosen:
        shutil.rmtree(folder)
    return chosen


def clean_candidates(
    names: Sequence[str], *, root: Path = ROOT, unfinished: bool = False, older_days: float | None = None
) -> list[Path]:
    """Return what `clean_runs` would remove."""
    chosen = dict.fromkeys(find_run(name, root) for name in names)
    limit = None if older_days is None else dt.datetime.now(dt.UTC) - dt.timedelta(days=older_days)
    for row in list_runs(root).iter_rows(named=True):
        old = limit is not None and dt.datetime.fromisoformat(row["written"]) < limit
        if old or (unfinished and row["status"] != "finished"):
            chosen[Path(row["folder"])] = None
    return list(chosen)


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
    scenario = from_json(json.dumps(manifest["scenario"]))
    moved = {name: place for name, place in manifest["paths"].items() if Path(place).exists()}
    plan = prepare(scenario.with_(**moved) if moved else scenario, layout=_layout_in(manifest))
    if plan.key == manifest["key"]:
        return plan, []
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
    changed = [] if code_digest() == manifest["code"] else ["the toolkit's code"]
    versions = plan.versions
    changed += [f"{name} {was}" for name, was in manifest["versions"].items() if versions.get(name) != was]
    return plan, [f"not as in that run: {', '.join(changed)}; figures may differ."] if changed else []


def _layout_in(manifest: dict[str, Any]) -> pl.DataFrame | None:
    """Return the layout that a manifest holds; None where it is one of the county's."""
    text = manifest["layout"].get("csv")
    if text is None:
        return None
    with tempfile.TemporaryDirectory(prefix="xijiang-") as folder:
        file = Path(folder) / "layout.csv"
        file.write_text(text, encoding="utf-8")
        return layout_file(file)
