"""``xijiang sweep``: print and write what comes out over a grid or a Latin hypercube of values."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.display_cite import print_cited
from experiments.cli.display_plan import tell_plan
from experiments.cli.options import (
    AsJson,
    Cite,
    Days,
    DryRun,
    Executor,
    Jobs,
    Language,
    Quiet,
    Replications,
    RunOptions,
    ScenarioName,
    Seed,
    Sets,
)

if TYPE_CHECKING:
    from experiments.designs.swept import Sweep
    from experiments.scenario.model import Scenario

SHOWN = ("wait_mean_min", "p95_wait_min", "unserved_share", "utilisation_share", "lng_wait_mean_min")


def sweep(
    scenario: ScenarioName,
    *,
    over: Annotated[
        list[str], typer.Option("--over", metavar="KEY=LO:HI:N", help="Axis; a figure may leave the range out.")
    ],
    design: Annotated[str, typer.Option("--design", help="grid or lhs.")] = "grid",
    samples: Annotated[int, typer.Option("--samples", help="Points of lhs.")] = 20,
    replications: Replications = None,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = 0,
    executor: Executor = None,
    sets: Sets = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for sweep.csv and the answers of the points.")] = Path(
        "sweep"
    ),
    report: Annotated[bool, typer.Option("--report", help="Write sweep.html into --out.")] = False,
    dry_run: DryRun = False,
    cite: Cite = False,
    lang: Language,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario over a grid or a Latin hypercube of values."""
    from experiments.report.language import translator

    translator(lang)  # a language that is not known stops before the minutes of the runs
    options = RunOptions(
        sets=sets,
        days=days,
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        out=out,
        as_json=as_json,
        quiet=quiet,
        dry_run=dry_run,
        language=lang,
    )
    loaded = options.load(scenario)
    if cite:
        print_cited([loaded])
        return
    found = _swept(loaded, over, options, out, design=design, samples=samples, lang=lang)
    again = _again(scenario, over, options, design=design, samples=samples)
    page = None
    if report:
        command = shlex.join([*again, "--out", str(out), "--report"])
        page = found.report(out / "sweep.html", language=lang, commands=[command])
    _show(found, out, page, lang, as_json=as_json)


def _counted(loaded: "Scenario", options: RunOptions) -> "Scenario":
    """Return the scenario with the replications that are asked for."""
    return loaded if options.replications is None else loaded.with_(replications=options.replications)


def _swept(
    loaded: "Scenario", over: list[str], options: RunOptions, out: Path, *, design: str, samples: int, lang: str
) -> "Sweep":
    """Sweep, and write the points."""
    from data.storage import check_writable
    from experiments.cli.display import StatusLine, interruptible, kept_points
    from experiments.designs import swept
    from experiments.formatting import write_csv

    if not options.dry_run:
        check_writable(out, "--out")
    line = StatusLine(options.translate, shown=options.shows_progress)
    with interruptible(kept_points(out, options.translate), options.translate), line:
        found = swept.sweep(
            loaded,
            over,
            design=design,
            samples=samples,
            replications=options.replications,
            seed=options.seed,
            jobs=options.jobs,
            executor=options.executor,
            out=None if options.dry_run else out / "points",
            plan=lambda points: tell_plan(_counted(loaded, options), points, options, options.jobs, language=lang),
            progress=line.points,
        )
    out.mkdir(parents=True, exist_ok=True)
    write_csv(found.points, out / "sweep.csv")
    return found


def _again(scenario: str | None, over: list[str], options: RunOptions, *, design: str, samples: int) -> list[str]:
    """Return the words of the command that repeats a sweep."""
    parts = ["xijiang", "sweep", *([] if scenario is None else [scenario])]
    parts += [
        part
        for flag, texts in (("--over", over), ("--set", options.overrides))
        for text in texts
        for part in (flag, text)
    ]
    if design != "grid":
        parts += ["--design", design, "--samples", str(samples)]
    for flag, number in (("-n", options.replications), ("--seed", options.seed)):
        parts += [] if number is None else [flag, str(number)]
    return parts


def _show(found: "Sweep", out: Path, page: Path | None, lang: str, *, as_json: bool) -> None:
    """Print the points with some of their measures, or as JSON."""
    from experiments.cli.display import figures_table, print_json, render
    from experiments.designs.point_answers import check_outcomes
    from experiments.report.language import translator
    from experiments.report.sentences.run_lines import REPORT
    from experiments.report.words.labels import head
    from experiments.report.words.planning import SWEPT

    translate = translator(lang)
    if as_json:
        print_json(found.points.to_dicts())
        return
    shown = found.points.select("point", *found.axes, *check_outcomes(SHOWN, ()))
    heads = [name if name in found.axes else head(name, translate) for name in shown.columns]
    typer.echo(render(figures_table(shown, heads)))
    typer.echo(translate(SWEPT).format(place=out / "sweep.csv"))
    if page is not None:
        typer.echo(translate(REPORT).format(place=page))
