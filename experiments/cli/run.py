"""``xijiang run``: dry run, progress, scorecard, report."""

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import ScenarioError
from experiments.cli.options import (
    INTERRUPTED,
    AsJson,
    Days,
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
    import polars as pl

    from experiments.runs import executors
    from experiments.runs.case import Case
    from experiments.runs.plan import Plan
    from experiments.runs.result import Result
    from experiments.scenario.model import Scenario

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
        Path | None, typer.Option("--from", help="Rebuild the run of this manifest.json, to the same bytes.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be simulated; write nothing.")] = False,
    lang: Language = "en",
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
    )
    place, stop = _executor(options), _stop(precision, on)
    if manifest is None:
        plan = _plan(scenario, options, None if dry_run or (out and out.exists()) else place, points=points)
    else:
        plan = _rebuilt(manifest, options, precision)
    if dry_run:
        _preview(plan, options, place)
        return
    folder = out or plan.default_out
    again = _command(scenario, manifest, options, folder, points=points)
    if stop is None:
        result = _simulate(plan, folder, options, again)
    else:
        result = _precise(plan, folder, options, again, precision=stop[0], names=stop[1])
    _show(result, folder, scenario, options, lang)


def _plan(
    scenario: str | None, options: RunOptions, start: "executors.Executor | None", *, points: int | None
) -> "Plan":
    """Return the plan of a scenario; processes start as soon as it is clear that there is work for several."""
    from experiments.runs.executors import Processes

    asked = options.load(scenario)
    if isinstance(start, Processes):
        start.start(options.replications or asked.replications)
    from experiments.runs.plan import prepare

    if points is None and not asked.points:
        # fewer replications are a look at a scenario: what they leave open no assumption decides
        points = POINTS if (options.replications or asked.replications) >= ANSWERS_FROM else 0
    asked = asked if points is None else asked.with_(points=points)
    return prepare(asked, replications=options.replications, seed=options.seed)


def _rebuilt(manifest: Path, options: RunOptions, precision: str | None) -> "Plan":
    """Return the plan of a manifest; nothing else may be set with it."""
    from experiments.runs.catalogue import plan_of

    if options.overrides or any(value is not None for value in (options.replications, options.seed, precision)):
        raise ScenarioError("--from rebuilds a run as it was: leave out --set, --days, -n, --seed and --precision.")
    plan, warnings = plan_of(manifest)
    for text in warnings:
        typer.echo(f"Warning: {text}", err=True)
    return plan


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
    if manifest is not None:
        return shlex.join(["xijiang", "run", "--from", str(manifest), "--out", str(out)])
    parts = ["xijiang", "run", *([] if scenario is None else [scenario]), "--out", str(out)]
    parts += [part for text in options.overrides for part in ("--set", text)]
    for flag, value in (("-n", options.replications), ("--seed", options.seed), ("--points", points)):
        parts += [] if value is None else [flag, str(value)]
    return shlex.join(parts)


def _simulate(plan: "Plan", out: Path, options: RunOptions, again: str) -> "Result":
    """Run the plan with progress on stderr; on Ctrl-C say what is kept."""
    from experiments.cli.display import ProgressBar
    from experiments.runs.execute import execute
    from experiments.runs.folder import finished_parts

    executor = _for(plan, _executor(options))
    bar = ProgressBar(shown=sys.stderr.isatty() and options.shows_progress)
    try:
        with bar:
            return execute(plan, out, executor=executor, progress=bar.update)
    except KeyboardInterrupt:
        total = plan.scenario.replications
        done = min(total, finished_parts(out))
        sys.stderr.write(
            f"\nStopped. {done} of {total} replications are finished and kept in {out}.\nGo on with: {again}\n"
        )
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


def _show(result: "Result", out: Path, asked: str | None, options: RunOptions, lang: str) -> None:
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


def _preview(plan: "Plan", options: RunOptions, executor: "executors.Executor") -> None:
    """Print what a run would simulate."""
    from experiments.cli.display import print_json

    preview = describe(plan, _for(plan, executor))
    if options.as_json:
        print_json(preview)
        return
    width = max(map(len, preview))
    for name, value in preview.items():
        typer.echo(f"{name:<{width}}  {value}")
    typer.echo("Dry run: nothing was written.")


def describe(plan: "Plan", executor: "executors.Executor") -> dict[str, Any]:
    """Return what a run would simulate; its time is estimated by simulating one day in memory."""
    import polars as pl

    from experiments.runs.executors import Processes
    from experiments.runs.replicate import child_seed, simulate_once

    scenario, county, layout = plan.scenario, plan.county, plan.layout
    case = plan.case.with_days(1)
    began = time.monotonic()
    one_day = simulate_once(case, 0)
    day_s = time.monotonic() - began
    workers = executor.jobs if isinstance(executor, Processes) else 1
    rounds = -(-scenario.replications // workers)
    unstable = one_day["preview"].filter(~pl.col("stable"))["station_id"]
    stock = case.stock.filter(pl.col("year") == scenario.year)
    electric = stock.filter(pl.col("power").is_in(["bev", "phev"]))
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "county": county.name,
        "year": scenario.year,
        "first day": scenario.start.isoformat(),
        "days": scenario.days,
        "replications": scenario.replications,
        "seed": scenario.seed,
        "short runs over the assumptions": scenario.points,
        "seed of the first replication": child_seed(scenario.seed, 0),
        "layout": scenario.charging.layout,
        **_supply(layout),
        "vehicles": round(float(stock["vehicles"].sum())),
        "plug-in vehicles": round(float(electric["vehicles"].sum())),
        "requests on the first day": one_day["sessions"].height,
        "stations that cannot keep up": ", ".join(unstable) or "none",
        **(_river(case, one_day["vessels"]) if scenario.shipping.enabled else {}),
        "assumptions": _assumptions(plan),
        "estimated time": f"{max(1, round(day_s * scenario.days * rounds))} s with {workers} process(es)"
        + (f", and about {_points_s(scenario, day_s, workers):.0f} s for the short runs" if scenario.points else ""),
        "run folder": str(plan.default_out),
    }


def _points_s(scenario: "Scenario", day_s: float, workers: int) -> float:
    """Return about how long the short runs take, s: all days of the scenario, half of the work of a day."""
    return 0.5 * day_s * scenario.days * scenario.points / workers


def _supply(layout: "pl.DataFrame") -> dict[str, int]:
    """Return the size of a charging layout."""
    return {
        "charging stations": layout["station_id"].n_unique(),
        "piles": int(layout["piles"].sum()),
        "guns": int((layout["piles"] * layout["guns_per_pile"]).sum()),
    }


def _river(case: "Case", vessels: "pl.DataFrame") -> dict[str, str | int]:
    """Return what there is on the river."""
    import polars as pl

    return {
        "LNG stations": ", ".join(case.lng_stations["station"]) or "none",
        "cycling LNG vessels": vessels.filter(pl.col("kind") == "cycling").height,
    }


def _assumptions(plan: "Plan") -> str:
    """Return how many figures and rows of tables are assumptions."""
    import polars as pl

    figures = plan.county.figures.filter(pl.col("confidence") == "assumption").height
    rows = sum(
        frame.filter(pl.col("confidence") == "assumption").height
        for name, frame in plan.county.tables.items()
        if name != "figures" and "confidence" in frame.columns
    )
    return f"{figures} figures, {rows} rows of tables"
