"""``xijiang runs``: list, show, clean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import ScenarioError
from experiments.cli.options import AsJson, Language, Root

if TYPE_CHECKING:
    from experiments.report.language import Translate


def list_folders(*, root: Root = Path("runs"), lang: Language, as_json: AsJson = False) -> None:
    """List the run folders, the newest first."""
    from rich.table import Table

    from experiments.cli.display import print_json, render
    from experiments.report.language import translator
    from experiments.report.words.terminal import RUNS
    from experiments.runs.catalogue import list_runs

    found = list_runs(root)
    if as_json:
        print_json(found.to_dicts())
        return
    translate = translator(lang)
    heads = ("folder", "scenario", "status", "layout", "seed", "days", "replications", "written")
    table = Table(*(translate(RUNS[key]) for key in heads), "MB")
    for row in found.iter_rows(named=True):
        done = translate(RUNS["of"]).format(finished=row["finished"], total=row["replications"])
        cells = (row["seed"], row["days"], done, row["written"], f"{row['megabytes']:.1f}")
        table.add_row(row["folder"], row["scenario"], translate(RUNS[row["status"]]), row["layout"], *map(str, cells))
    typer.echo(render(table) if found.height else translate(RUNS["none"]).format(root=root))


def show(
    name: Annotated[str, typer.Argument(metavar="RUN", help="Folder, its name, or the beginning of the key.")],
    *,
    root: Root = Path("runs"),
    lang: Language,
    as_json: AsJson = False,
) -> None:
    """Show the manifest and the scorecard of a run."""
    from experiments.cli.display import pad, print_json
    from experiments.cli.scorecard import scorecard_table
    from experiments.report.language import translator
    from experiments.report.words.terminal import RUNS
    from experiments.runs.catalogue import find_run
    from experiments.runs.execute import load_result
    from experiments.runs.manifest import read_manifest

    folder = find_run(name, root)
    manifest = read_manifest(folder)
    if as_json:
        print_json(manifest)
        return
    translate = translator(lang)
    for key in ("status", "seed", "replications", "days", "written", "wall_time_s", "key"):
        value = manifest.get(key, "-")
        typer.echo(pad(translate(RUNS[key]), 14) + str(translate(RUNS[value]) if key == "status" else value))
    if manifest["status"] == "finished":
        result = load_result(folder)
        typer.echo(scorecard_table(result, language=lang))
    typer.echo(translate(RUNS["rebuild"]).format(manifest=folder / "manifest.json"))


def clean(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RUN...]", help="Runs to remove.")] = None,
    *,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="All that are not finished.")] = False,
    older_days: Annotated[float | None, typer.Option("--older-than", help="All older than this many days.")] = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="Accounts and short runs that are kept for the next run of the same case.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    root: Root = Path("runs"),
    lang: Language,
) -> None:
    """Remove run folders: only runs of this toolkit, below --root, that nobody is computing."""
    from experiments.report.language import translator
    from experiments.report.words.terminal import RUNS
    from experiments.runs.catalogue import clean_candidates, remove_runs

    translate = translator(lang)
    runs = bool(names) or unfinished or older_days is not None
    if not runs and not stored:
        raise ScenarioError("runs clean: nothing is named; give runs, --unfinished, --older-than DAYS or --stored.")
    if stored:
        _clean_stored(translate, dry_run=dry_run)
    if not runs:
        return
    found = clean_candidates(names or [], root=root, unfinished=unfinished, older_days=older_days)
    for text in found.kept:
        typer.echo(translate(RUNS["kept"]).format(folder=text), err=True)
    for folder in found.folders:
        if not dry_run:
            remove_runs([folder], root=root)
        typer.echo(translate(RUNS["would remove" if dry_run else "removed"]).format(folder=folder))
    if not found.folders:
        typer.echo(translate(RUNS["nothing"]))


def _clean_stored(translate: "Translate", *, dry_run: bool) -> None:
    """Remove the accounts that are kept in the user's cache folder, or say what would be."""
    from data.kept.kept_files import store
    from experiments.report.words.terminal import RUNS
    from experiments.runs.stored.stored_frames import clear_store, stored_bytes

    size = stored_bytes() if dry_run else clear_store()
    removed = translate(RUNS["would remove" if dry_run else "removed"])
    typer.echo(removed.format(folder=f"{store()} ({size / 1e6:.1f} MB)"))
