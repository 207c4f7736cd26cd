"""``xijiang run``: dry run, progress, scorecard, report."""

from __future__ import annotations

import json
import shlex
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import polars as pl
import typer

from data.errors import ScenarioError
from experiments.cli.display import INTERRUPTED, ProgressBar, scorecard_table
from experiments.designs.precision import parse_precision, precision_words, run_to_precision
from experiments.runs.execute import execute
from experiments.runs.executors import InProcess, Processes, executor_of
from experiments.runs.plan import prepare
from experiments.runs.replicate import child_seed, simulate_once
from experiments.scenario.county import lng_stations
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from experiments.runs.executors import Executor
    from experiments.runs.plan import Plan
    from experiments.runs.result import Result


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the command."""

    scenario: str
    sets: tuple[str, ...] = ()
    replications: int | None = None
    seed: int | None = None
    jobs: int = 0
    out: Path | None = None
    executor: str | None = None
    as_json: bool = False
    quiet: bool = False
    precision: str | None = None
    on: tuple[str, ...] = ()
    manifest: Path | None = None

    def command(self, out: Path) -> str:
        """Return the command that goes on with this run."""
        if self.manifest is not None:
            return shlex.join(["xijiang", "run", "--from", str(self.manifest), "--out", str(out)])
        parts = ["xijiang", "run", self.scenario, "--out", str(out)]
        parts += [part for text in self.sets for part in ("--set", text)]
        for flag, value in (("-n", self.replications), ("--seed", self.seed)):
            parts += [] if value is None else [flag, str(value)]
        return shlex.join(parts)


def run_command(options: Options, *, dry_run: bool) -> None:
    """Load, simulate, print and write; or only say what would be simulated."""
    if options.manifest is None:
        scenario = Scenario.load(options.scenario, sets=options.sets)
        plan = prepare(scenario, replications=options.replications, seed=options.seed)
    else:
        plan = _rebuilt(options)
        scenario = plan.scenario
    executor = executor_of(options.executor, jobs=options.jobs)
    if plan.scenario.replications == 1 and isinstance(executor, Processes):
        executor = InProcess()
    if dry_run:
        preview = describe(plan, executor)
        typer.echo(json.dumps(preview, indent=2) if options.as_json else _lines(preview))
        return
    out = options.out or plan.default_out
    if options.precision is None:
        result = _simulate(plan, out, executor, options)
    else:
        precision = parse_precision(options.precision)
        names = options.on or ("wait_mean_min",)

        def go_on(count: int) -> Result:
            again = prepare(scenario, replications=count, seed=options.seed)
            return _simulate(again, out, executor, options)

        result = run_to_precision(go_on, names, precision=precision, first=plan.scenario.replications)
        for text in precision_words(result, names, precision=precision):
            typer.echo(text, err=options.as_json)
    _show(result, out, options)


def _rebuilt(options: Options) -> Plan:
    """Return the plan of a manifest; nothing else may be set with it."""
    from experiments.runs.catalogue import plan_of

    given = (options.sets, options.replications, options.seed, options.precision)
    if options.manifest is None or any(given):
        raise ScenarioError("--from rebuilds a run as it was: leave out --set, --days, -n, --seed and --precision.")
    plan, warnings = plan_of(options.manifest)
    for text in warnings:
        typer.echo(f"Warning: {text}", err=True)
    return plan


def _simulate(plan: Plan, out: Path, executor: Executor, options: Options) -> Result:
    """Run the plan with progress on stderr; on Ctrl-C say what is kept."""
    shown = sys.stderr.isatty() and not (options.quiet or options.as_json)
    bar = ProgressBar(shown=shown)
    try:
        with bar:
            return execute(plan, out, executor=executor, progress=bar.update)
    except KeyboardInterrupt:
        total = plan.scenario.replications
        sys.stderr.write(
            f"\nStopped. {bar.done} of {total} replications are finished and kept in {out}.\n"
            f"Go on with: {options.command(out)}\n"
        )
        raise typer.Exit(INTERRUPTED) from None


def _show(result: Result, out: Path, options: Options) -> None:
    """Write the report; print scorecard, path and what to try next."""
    report = None
    if find_spec("experiments.report") is not None:
        report = result.report(out / "report.html")
    if options.as_json:
        typer.echo(json.dumps(_summary(result, out, report), indent=2, ensure_ascii=False))
        return
    typer.echo(scorecard_table(result.scenario, result.scorecard))
    sessions = result.sessions
    from data.outcomes import SERVED

    served = sessions.filter(SERVED).height
    typer.echo(
        f"{result.scenario.replications} replications of {result.scenario.days} days: {sessions.height:,} charging "
        f"requests, {served:,} served; {result.calls.height:,} bunkering calls; {result.manifest['wall_time_s']:.0f} s."
    )
    typer.echo(_soundness(result))
    typer.echo(f"Tables: {out}")
    if report is not None:
        typer.echo(f"Report: {report}")
    typer.echo(f"Next:   {_next(result.scenario, options)}")


def _soundness(result: Result) -> str:
    """Return in a line whether the accounts close and which stations cannot keep up."""
    checks = result.checks
    failed = checks.filter(~pl.col("holds"))["check"].unique(maintain_order=True)
    text = f"Accounts: {checks['check'].n_unique()} checks hold in every replication."
    if len(failed):
        text = f"Accounts: these checks FAIL: {'; '.join(failed)}."
    unstable = result.preview.filter(~pl.col("stable"))["station_id"].unique(maintain_order=True)
    if len(unstable):
        text += f" In the busiest hour more charging is asked for than there are guns at: {', '.join(unstable)}."
    return text


def _next(scenario: Scenario, options: Options) -> str:
    """Return a command worth trying after this run."""
    if scenario.charging.layout != "population":
        return shlex.join(["xijiang", "run", options.scenario, "--set", "charging.layout=population"])
    return "xijiang scenarios"


def _summary(result: Result, out: Path, report: Path | None) -> dict[str, Any]:
    """Return the run for machines."""
    return {
        "scenario": result.scenario.name,
        "key": result.manifest["key"],
        "seed": result.scenario.seed,
        "replications": result.scenario.replications,
        "days": result.scenario.days,
        "folder": str(out),
        "report": None if report is None else str(report),
        "rows": result.manifest["rows"],
        "wall_time_s": result.manifest["wall_time_s"],
        "scorecard": result.scorecard.to_dicts(),
    }


def describe(plan: Plan, executor: Executor) -> dict[str, Any]:
    """Return what a run would simulate; its time is estimated by simulating one day in memory."""
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
        "seed of the first replication": child_seed(scenario.seed, 0),
        "layout": scenario.charging.layout,
        "charging stations": layout["station_id"].n_unique(),
        "piles": int(layout["piles"].sum()),
        "guns": int((layout["piles"] * layout["guns_per_pile"]).sum()),
        "vehicles": round(float(stock["vehicles"].sum())),
        "plug-in vehicles": round(float(electric["vehicles"].sum())),
        "requests on the first day": one_day["sessions"].height,
        "stations that cannot keep up": ", ".join(unstable) or "none",
        "LNG stations": ", ".join(lng_stations(scenario, county)["station"]) or "none",
        "cycling LNG vessels": one_day["vessels"].filter(pl.col("kind") == "cycling").height,
        "assumptions": _assumptions(plan),
        "estimated time": f"{max(1, round(day_s * scenario.days * rounds))} s with {workers} process(es)",
        "run folder": str(plan.default_out),
    }


def _assumptions(plan: Plan) -> str:
    """Return how many figures and rows of tables are assumptions."""
    figures = plan.county.figures.filter(pl.col("confidence") == "assumption").height
    rows = sum(
        frame.filter(pl.col("confidence") == "assumption").height
        for name, frame in plan.county.tables.items()
        if name != "figures" and "confidence" in frame.columns
    )
    return f"{figures} figures, {rows} rows of tables"


def _lines(preview: dict[str, Any]) -> str:
    """Return a preview as lines of text."""
    width = max(map(len, preview))
    lines = [f"{name:<{width}}  {value}" for name, value in preview.items()]
    return "\n".join([*lines, "Dry run: nothing was written."])
