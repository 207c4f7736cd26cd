"""``xijiang size``: print the answer, what binds and the frontier."""

import contextlib
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.cli.options import (
    INFEASIBLE,
    LATER,
    AsJson,
    Cite,
    Days,
    DryRun,
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
    from collections.abc import Iterator, Mapping

    import polars as pl

    from experiments.report.language import Translate
    from experiments.scenario.model import Scenario
    from experiments.sizing.sized import Sized


def size(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="charging, sites, storage, path, swap, bunkering, electric, ebikes or fleet"
        ),
    ],
    scenario: ScenarioName = None,
    *,
    target: Annotated[
        str | None, typer.Option("--target", help="As p95_wait_min<=15,unserved_share<=0.01; the county's criteria.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="At most, as piles=320,guns=450 or cny=30000000.")
    ] = None,
    layouts: Annotated[
        list[str] | None,
        typer.Option("--layout", help="Choose among layouts instead (repeat it); of a path: what stands."),
    ] = None,
    minimise: Annotated[
        str | None,
        typer.Option("--minimise", help="guns, piles or cost of the least set; late: spend the whole budget instead."),
    ] = None,
    holidays: Annotated[
        bool, typer.Option("--holidays", help="Weigh the weeks of the county's holidays in, by their days of a year.")
    ] = False,
    years: Annotated[
        str | None, typer.Option("--years", help="Years that count alike, as 2025,2030; of a path, as 2025:2035.")
    ] = None,
    operator: Annotated[
        str | None,
        typer.Option("--operator", help="size fleet: of bus, vans, taxi, sanitation, pool, trucks, or an id."),
    ] = None,
    timetable: Annotated[
        Path | None, typer.Option("--timetable", help="GTFS feed (folder or zip) for --operator bus.")
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", help="Table vehicle, date, km for an --operator without timetable."),
    ] = None,
    completed: Annotated[
        str | None,
        typer.Option("--completed", help="Share of duties that an --operator must complete on simulated days, as 98%."),
    ] = None,
    candidates: Annotated[
        Path | None, typer.Option("--candidates", help="size sites: CSV as the table, Overpass answer or GeoJSON.")
    ] = None,
    points: Annotated[
        int, typer.Option("--points", min=0, help="size charging: look at the answer over the assumptions too, as 16.")
    ] = 0,
    replications: Replications = None,
    days: Days = None,
    seed: Seed = None,
    sets: Sets = None,
    jobs: Jobs = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for answer.csv, frontier.csv and others.")] = None,
    report: Annotated[bool, typer.Option("--report", help="Write the report as one HTML file into --out.")] = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    cite: Cite = False,
    lang: Language,
    quiet: Quiet = False,
) -> None:
    """Size infrastructure for a target of service: answer, frontier, what binds. Exit code 3 if it cannot be met."""
    options = RunOptions(
        sets=sets, days=days, replications=replications, seed=seed, jobs=jobs, out=out, as_json=as_json, quiet=quiet,
        dry_run=dry_run, language=lang,
    )  # fmt: skip
    from experiments.report.language import translator
    from experiments.report.words.place_names import PlaceNames
    from experiments.report.words.told_sizing import SizingWords
    from experiments.scenario.county import edited_county

    translate = translator(lang)  # a language that is not known stops before the minutes of a search
    from experiments.cli.carbon import parse_years

    loaded = options.load(scenario, otherwise=LATER)
    asked: dict[str, Any] = {"target": target, "budget": budget, "layouts": layouts or [], "minimise": minimise}
    asked |= {"holidays": holidays, "years": parse_years(years) if years else ()}
    asked |= {"operator": operator, "timetable": timetable, "candidates": candidates, "log": log}
    asked |= {"points": points, "completed": completed}
    if cite or dry_run:
        _plan(kind, loaded, options, lang, asked, cite=cite)
        return
    if report and out is None:
        raise typer.BadParameter(
            "got no --out; expected the folder that the report is written to.", param_hint="--report"
        )
    result = _sized(kind, loaded, options, asked)
    again = _again(kind, scenario, options, asked)
    page = None
    if report and out is not None:
        page = result.report(out / f"size-{kind}.html", language=lang, commands=again)
    from experiments.cli.display_sized import show

    show(result, SizingWords(kind, PlaceNames(edited_county(loaded), lang, translate), translate), options, again, page)
    raise typer.Exit(0 if result.feasible else INFEASIBLE)


def _again(kind: str, scenario: str | None, options: RunOptions, asked: "Mapping[str, Any]") -> list[str]:
    """Return the commands that repeat a sizing and that run its answer."""
    named = scenario or (None if any(text.startswith("county=") for text in options.overrides) else LATER)
    parts = [] if named is None else [named]
    parts += [part for text in options.overrides for part in ("--set", text)]
    repeated = ["xijiang", "size", kind, *parts]
    for name, value in asked.items():
        flag = {"layouts": "--layout"}.get(name, f"--{name}")
        if isinstance(value, list):
            repeated += [part for each in value for part in (flag, str(each))]
        elif name == "years" and value:
            repeated += [flag, ",".join(map(str, value))]
        elif value is True:
            repeated.append(flag)
        elif value:
            repeated += [flag, str(value)]
    for flag, number in (("-n", options.replications), ("--seed", options.seed)):
        repeated += [] if number is None else [flag, str(number)]
    if options.out is None:
        return [shlex.join(repeated)]
    found = [shlex.join([*repeated, "--out", str(options.out), "--report"])]
    if kind in {"charging", "sites", "path"}:
        found.append(shlex.join(["xijiang", "run", *parts, "--set", f"charging.layout={options.out / 'answer.csv'}"]))
    return found


def _plan(
    kind: str, loaded: "Scenario", options: RunOptions, lang: str, asked: "Mapping[str, Any]", *, cite: bool
) -> None:
    """Print the sources behind a sizing, or what an evaluation takes: how many there are, the search finds out."""
    from experiments.cli.display_cite import print_cited
    from experiments.cli.display_plan import end_dry_run, timed
    from experiments.report.language import translator
    from experiments.report.words.planning import PLANS, duration
    from experiments.sizing import CHOSEN, check_kind, most_tried
    from experiments.sizing.targets import parse_budget, parse_goals

    check_kind(kind)
    parse_goals(asked["target"])
    parse_budget(asked["budget"])
    if cite:
        print_cited([loaded])
        return
    counted = loaded if options.replications is None else loaded.with_(replications=options.replications)
    translate = translator(lang)
    found: dict[str, object] = {"replications": counted.replications, "days": counted.days}
    sizes = most_tried(kind, counted, minimise=asked["minimise"], years=asked["years"])
    if sizes is not None:
        found["most_sizes"] = sizes
        if not options.as_json:
            typer.echo(translate(PLANS["bound"]).format(sizes=sizes))
    if kind not in CHOSEN:  # what is no search over simulated weeks has no size whose time could be told
        end_dry_run(counted, options, lang, found)
    seconds = timed(counted, options)
    found["seconds"] = round(seconds, 1)
    if not options.as_json:
        typer.echo(translate(PLANS["each"]).format(**found, time=duration(seconds, translate)))
    end_dry_run(counted, options, lang, found)


def _sized(kind: str, loaded: "Scenario", options: RunOptions, asked: "Mapping[str, Any]") -> "Sized":
    """Size, and write the tables where a folder is given; what sizes were found to give is kept until then."""
    from experiments import sizing
    from experiments.cli.display import StatusLine, interruptible, working
    from experiments.formatting import write_csv
    from experiments.report.words.terminal import PROGRESS

    line = StatusLine(options.translate, shown=options.shows_progress)
    # chargers are told step by step, the others only for how long
    told = options.translate(PROGRESS["sizes"]).format(kind=kind)
    busy = working(told, shown=options.shows_progress and kind != "charging")
    kept = _kept_evaluations(options.out, kind, loaded.name)
    with kept as keep, interruptible(_told(keep, options.translate), options.translate), line, busy:
        result = sizing.size(
            kind,
            loaded,
            **asked,
            replications=options.replications,
            seed=options.seed,
            progress=line.show,
            language=options.language,
            keep=keep,
            jobs=options.jobs,
        )
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        write_csv(flat(result.answer), options.out / "answer.csv")
        write_csv(flat(result.frontier), options.out / "frontier.csv")
        for name, table in (*result.tables.items(), *result.plan.items()):
            write_csv(flat(table), options.out / f"{name}.csv")
    return result


@contextlib.contextmanager
def _kept_evaluations(out: Path | None, kind: str, name: str) -> "Iterator[Path | None]":
    """Keep evaluations below a folder; without one, below ``runs`` until the sizing is done."""
    from data.errors import DataError
    from data.storage import check_writable

    keep = Path("runs") / f"size-{kind}-{name}" if out is None else out / "evaluations"
    try:
        check_writable(keep if out is None else out, "--out")
    except DataError:
        if out is not None:
            raise
        # nobody asked for a folder: a sizing of a few minutes needs none
        yield None
        return
    try:
        yield keep
        if out is None:
            shutil.rmtree(keep, ignore_errors=True)
    finally:
        # the folder of runs was perhaps made for the evaluations alone; one that holds something stays
        if out is None:
            with contextlib.suppress(OSError):
                keep.parent.rmdir()


def _told(keep: Path | None, translate: "Translate") -> str:
    """Return what a sizing that is stopped leaves behind."""
    from experiments.report.words.terminal import STOPPED

    return "" if keep is None else translate(STOPPED["evaluations"]).format(folder=keep)


def flat(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Return a table without columns that CSV cannot hold."""
    return frame.select(name for name, kind in frame.schema.items() if not kind.is_nested())
