"""``xijiang run``: dry run, progress, scorecard, report."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import ScenarioError, XijiangError
from experiments.cli.display_cite import print_cited
from experiments.cli.options import (
    INTERRUPTED,
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
from experiments.cli.run_preview import preview
from experiments.interrupts import interrupts_kept

if TYPE_CHECKING:
    from experiments.runs import executors
    from experiments.runs.plan import Plan
    from experiments.runs.result import Result

POINTS = 64
"""Short runs over the ranges of the assumptions, where nothing else is asked for."""
ANSWERS_FROM = 5
"""Replications from which on a run is asked what its assumptions mean."""
PRECISE_ON = ("wait_mean_min",)
"""Measure of ``--precision`` where none is named."""


def run(
    scenario: ScenarioName = None,
    *,
    replications: Replications = None,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Run folder; runs/<scenario>-<key> by default.")] = None,
    sets: Sets = None,
    executor: Executor = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="Run more replications until the error is at most this, as 5%.")
    ] = None,
    on: Annotated[list[str] | None, typer.Option("--on", help="Measure for --precision; wait_mean_min.")] = None,
    points: Annotated[
        int | None,
        typer.Option("--points", help="Short runs over the ranges of the assumptions; 64 from 5 replications on."),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option("--from", help="The run of this manifest.json again; -n, --points and --set change it."),
    ] = None,
    dry_run: DryRun = False,
    cite: Cite = False,
    lang: Language,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: simulate, print the scorecard, write the run folder and its report."""
    from experiments.report.language import translator

    translator(lang)  # a language that is not known stops before the minutes of a run
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
    place, stop = _executor(options), _stop(precision, on)
    if manifest is None:
        plan = _plan(scenario, options, None if dry_run or cite or (out and out.exists()) else place, points=points)
    else:
        plan = _rebuilt(manifest, options, precision, points=points)
    if cite:
        print_cited([plan.case.portable])
        return
    if dry_run:
        preview(plan, options, _for(plan, place), lang)
        return
    folder = out or plan.default_out
    again = _command(scenario, manifest, options, folder, points=points)
    if stop is None:
        result = _simulate(plan, folder, options, again)
    else:
        result = _precise(plan, folder, options, again, precision=stop[0], names=stop[1])
    _show(result, folder, _named(scenario, manifest), options, lang)


def _plan(
    scenario: str | None, options: RunOptions, start: "executors.Executor | None", *, points: int | None
) -> "Plan":
    """Return the plan of a scenario; processes start before it is read, so that they load what they need meanwhile."""
    from experiments.runs.executors import Processes

    if isinstance(start, Processes):
        # how many replications there are the scenario says; most have more than there are cores
        start.start(options.replications or start.jobs)
    try:
        asked = options.load(scenario)
    except XijiangError:
        if isinstance(start, Processes):
            start.dismiss()
        raise
    from experiments.runs.plan import prepare

    if points is None and not asked.points:
        # fewer replications are a look at a scenario: what they leave open no assumption decides
        points = POINTS if (options.replications or asked.replications) >= ANSWERS_FROM else 0
    asked = asked if points is None else asked.with_(points=points)
    return prepare(asked, replications=options.replications, seed=options.seed)


def _rebuilt(manifest: Path, options: RunOptions, precision: str | None, *, points: int | None) -> "Plan":
    """Return the plan of a manifest, with the changes that are asked for; its random numbers stay."""
    from experiments.runs.catalogue import changed_plan, plan_of

    if options.seed is not None or precision is not None:
        raise ScenarioError("--from keeps the random numbers of its run: leave out --seed and --precision.")
    plan, warnings = plan_of(manifest)
    for text in warnings:
        typer.echo(f"Warning: {text}", err=True)
    return changed_plan(plan, sets=options.overrides, replications=options.replications, points=points)


def _executor(options: RunOptions) -> "executors.Executor":
    """Return where the replications are computed."""
    from experiments.runs.executors import executor_of

    return executor_of(options.executor, jobs=options.jobs)


def _for(plan: "Plan", executor: "executors.Executor") -> "executors.Executor":
    """Return where a plan is computed: a single replication needs no process of its own."""
    from experiments.runs.executors import InProcess, Processes

    return InProcess() if plan.scenario.replications == 1 and isinstance(executor, Processes) else executor


def _command(
    scenario: str | None, manifest: Path | None, options: RunOptions, out: Path, *, points: int | None = None
) -> str:
    """Return the command that goes on with this run."""
    parts = ["xijiang", "run", *_named(scenario, manifest), "--out", str(out)]
    parts += [part for text in options.overrides for part in ("--set", text)]
    for flag, value in (("-n", options.replications), ("--seed", options.seed), ("--points", points)):
        parts += [] if value is None else [flag, str(value)]
    return shlex.join(parts)


def _named(scenario: str | None, manifest: Path | None) -> list[str]:
    """Return the arguments that name a run: those of its manifest, else its scenario, else none."""
    if manifest is not None:
        return ["--from", str(manifest)]
    return [] if scenario is None else [scenario]


def _simulate(plan: "Plan", out: Path, options: RunOptions, again: str) -> "Result":
    """Run the plan with progress on stderr; on Ctrl-C say what is kept."""
    from experiments.cli.display import ProgressBar
    from experiments.report.words.terminal import STOPPED
    from experiments.runs.execute import execute
    from experiments.runs.folder import finished_parts

    executor = _for(plan, _executor(options))
    bar = ProgressBar(options.translate, shown=sys.stderr.isatty() and options.shows_progress)
    try:
        with bar, interrupts_kept():
            return execute(plan, out, executor=executor, progress=bar.update)
    except KeyboardInterrupt:
        total = plan.scenario.replications
        done = min(total, finished_parts(out))
        said = options.translate(STOPPED["run"]).format(done=done, total=total, folder=out, command=again)
        sys.stderr.write(f"\n{said}\n")
        raise typer.Exit(INTERRUPTED) from None


def _stop(precision: str | None, on: list[str] | None) -> tuple[float, tuple[str, ...]] | None:
    """Return the precision that ends a run and the measures that it is of, both checked; None where none is asked."""
    if precision is None and on is None:
        return None
    from experiments.designs.precision import parse_precision
    from experiments.statistics.measures import measures_of

    if precision is None:
        raise ScenarioError("--on names a measure for --precision: give both, or leave --on out.")
    wanted, names = parse_precision(precision), tuple(on or PRECISE_ON)
    measures_of(names)
    return wanted, names


def _precise(
    plan: "Plan", out: Path, options: RunOptions, again: str, *, precision: float, names: tuple[str, ...]
) -> "Result":
    """Run as many replications as a precision takes, and say how precise the measures are."""
    from experiments.designs import precision as stopping
    from experiments.runs.plan import prepare

    def go_on(count: int) -> "Result":
        return _simulate(prepare(plan.scenario, replications=count), out, options, again)

    result = stopping.run_to_precision(go_on, names, precision=precision, first=plan.scenario.replications)
    for text in stopping.precision_words(result, names, precision=precision):
        typer.echo(text, err=options.as_json)
    return result


def _show(result: "Result", out: Path, asked: list[str], options: RunOptions, lang: str) -> None:
    """Write the report; print scorecard, path and what to try next."""
    from experiments.cli.display import print_json
    from experiments.cli.scorecard import doubt_lines, guns_lines, saving_lines, scorecard_table
    from experiments.report.language import translator
    from experiments.report.sentences import run_lines
    from experiments.scenario.start import next_command

    translate = translator(lang)
    report = result.report(out / "report.html", language=lang)
    if options.as_json:
        print_json(_summary(result, out, report))
        return
    typer.echo(scorecard_table(result, language=lang))
    typer.echo(run_lines.size_line(result, translate))
    said = (guns_lines(result, language=lang), saving_lines(result, language=lang), doubt_lines(result, language=lang))
    for text in (line for lines in said for line in lines):
        typer.echo(text)
    typer.echo(run_lines.soundness(result, translate))
    typer.echo(translate(run_lines.TABLES).format(place=out))
    typer.echo(translate(run_lines.REPORT).format(place=report))
    following = next_command(result.scenario, result.county, asked, options.overrides)
    typer.echo(translate(run_lines.NEXT).format(command=following))


def _summary(result: "Result", out: Path, report: Path) -> dict[str, Any]:
    """Return the run for machines."""
    return {
        "scenario": result.scenario.name,
        "key": result.manifest["key"],
        "seed": result.scenario.seed,
        "replications": result.scenario.replications,
        "days": result.scenario.days,
        "folder": str(out),
        "report": str(report),
        "rows": result.manifest["rows"],
        "wall_time_s": result.manifest["wall_time_s"],
        "scorecard": result.scorecard.to_dicts(),
    }
