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
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl
    from rich.table import Table

    from data.goals import Sizing
    from experiments.report.language import Translate
    from experiments.scenario.model import Scenario

SHOWN = 15


def size(
    kind: Annotated[str, typer.Argument(metavar="WHAT", help="charging, path, bunkering, electric, ebikes or fleet.")],
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
    replications: Replications = None,
    days: Days = None,
    seed: Seed = None,
    sets: Sets = None,
    jobs: Jobs = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for answer.csv, frontier.csv and others.")] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    cite: Cite = False,
    lang: Language,
    quiet: Quiet = False,
) -> None:
    """Size infrastructure for a target of service: answer, frontier, what binds. Exit code 3 if it cannot be met."""
    options = RunOptions(
        sets=sets, days=days, replications=replications, seed=seed, jobs=jobs, out=out, as_json=as_json, quiet=quiet,
        dry_run=dry_run,
    )  # fmt: skip
    from experiments.report.language import translator

    translate = translator(lang)  # a language that is not known stops before the minutes of a search
    from experiments.cli.carbon import parse_years

    loaded = options.load(scenario, otherwise=LATER)
    asked: dict[str, Any] = {"target": target, "budget": budget, "layouts": layouts or [], "minimise": minimise}
    asked |= {"holidays": holidays, "years": parse_years(years) if years else ()}
    asked |= {"operator": operator, "timetable": timetable, "log": log}
    if cite or dry_run:
        _plan(loaded, options, lang, cite=cite)
        return
    result = _sized(kind, loaded, options, asked)
    _show(result, kind, scenario, options, translate, _places(loaded, kind, lang, translate))
    raise typer.Exit(0 if result.feasible else INFEASIBLE)


def _plan(loaded: "Scenario", options: RunOptions, lang: str, *, cite: bool) -> None:
    """Print the sources behind a sizing, or what an evaluation takes: how many there are, the search finds out."""
    from experiments.cli.display_cite import print_cited
    from experiments.cli.display_plan import end_dry_run, point_s
    from experiments.report.language import translator
    from experiments.report.words.planning import PLANS, duration

    if cite:
        print_cited([loaded])
        return
    counted = loaded if options.replications is None else loaded.with_(replications=options.replications)
    seconds = point_s(counted)
    found = {"replications": counted.replications, "days": counted.days, "seconds": round(seconds, 1)}
    translate = translator(lang)
    if not options.as_json:
        typer.echo(translate(PLANS["each"]).format(**found, time=duration(seconds, translate)))
    end_dry_run(counted, options, lang, found)


def _places(scenario: "Scenario", kind: str, language: str, translate: "Translate") -> "Callable[[str], str]":
    """Return what names the stations of a sizing in the reader's language."""
    from functools import partial

    from experiments.report.words.place_names import PlaceNames
    from experiments.scenario.county import edited_county

    names = PlaceNames(edited_county(scenario), language, translate)
    return partial(names.name, "lng_stations") if kind == "bunkering" else names.station


def _sized(kind: str, loaded: "Scenario", options: RunOptions, asked: "Mapping[str, Any]") -> "Sizing":
    """Size, and write the tables where a folder is given; what sizes were found to give is kept until then."""
    from experiments import sizing
    from experiments.cli.display import StatusLine, interruptible, working
    from experiments.formatting import write_csv

    line = StatusLine(shown=options.shows_progress)
    # chargers are told step by step, the others only for how long
    busy = working(f"sizes of {kind}", shown=options.shows_progress and kind != "charging")
    with _kept_evaluations(options.out, kind, loaded.name) as keep, interruptible(_told(keep)), line, busy:
        result = sizing.size(
            kind,
            loaded,
            **asked,
            replications=options.replications,
            seed=options.seed,
            progress=line.show,
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


def _told(keep: Path | None) -> str:
    """Return what a sizing that is stopped leaves behind."""
    return "" if keep is None else f"evaluations of finished sizes are kept in {keep}"


def _show(
    result: "Sizing",
    kind: str,
    scenario: str | None,
    options: RunOptions,
    translate: "Translate",
    place: "Callable[[str], str]",
) -> None:
    """Print the answer in words and tables, or as JSON."""
    from experiments.cli.display import print_json, render
    from experiments.report.words.findings import SHOWN, finding_text

    if options.as_json:
        print_json(_summary(result, translate, place))
        return
    typer.echo(finding_text(result.question, translate, place))
    typer.echo(_verdict(result, translate))
    found = (*result.says, *result.binds)
    for text in (*service(result, translate), *(finding_text(each, translate, place) for each in found)):
        typer.echo(f"- {text}")
    for name, table in result.tables.items():
        typer.echo(translate(SHOWN[name]))
        typer.echo(render(_table(_named(table, place, translate))))
    # rows by pile group are for the file where the towns say it shorter
    if not result.tables:
        typer.echo(render(_table(_named(result.answer, place, translate))))
    if "path" not in result.tables:  # a path has a row per year already
        typer.echo(translate(SHOWN["tried"]))
        typer.echo(render(_table(_named(_thinned(result.frontier), place, translate))))
    if options.out is not None:
        typer.echo(translate(SHOWN["tables"]).format(folder=options.out))
        if kind == "charging":
            typer.echo(translate(SHOWN["next"]).format(command=_next(scenario, options, options.out)))


def _next(scenario: str | None, options: RunOptions, out: Path) -> str:
    """Return the command that runs the answer."""
    named = scenario or (None if any(text.startswith("county=") for text in options.overrides) else LATER)
    parts = ["xijiang", "run", *([] if named is None else [named])]
    parts += [part for text in options.overrides for part in ("--set", text)]
    return shlex.join([*parts, "--set", f"charging.layout={out / 'answer.csv'}"])


def flat(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Return a table without columns that CSV cannot hold."""
    return frame.select(name for name, kind in frame.schema.items() if not kind.is_nested())


def service(result: "Sizing", translate: "Translate") -> list[str]:
    """Return what the answer's service is, with its interval, from the evaluation that counts: the last seeds."""
    import polars as pl

    from data.goals import Shown
    from experiments.report.words.findings import SHOWN, shown_text

    frontier, answer = result.frontier, result.answer
    if not {"piles", "guns"} <= set(frontier.columns) or not {"piles", "guns_per_pile"} <= set(answer.columns):
        return []
    guns = int((answer["piles"] * answer["guns_per_pile"]).sum())
    same_size = (pl.col("piles") == int(answer["piles"].sum())) & (pl.col("guns") == guns)
    rows = frontier.filter(same_size & (pl.col("meets") == result.feasible))
    if not rows.height:
        return []
    fresh = "seeds" in rows.columns
    row = rows.sort("seeds").row(-1, named=True) if fresh else rows.row(0, named=True)
    names = [name for name in rows.columns if f"{name}_low" in rows.columns]
    shown = ((name, Shown(row[name], row[f"{name}_low"], row[f"{name}_high"])) for name in names)
    listed = ", ".join(f"{name} {shown_text(value, translate)}" for name, value in shown)
    return [translate(SHOWN["serves_fresh" if fresh and row["seeds"] else "serves"]).format(listed=listed)]


def _named(frame: "pl.DataFrame", place: "Callable[[str], str]", translate: "Translate") -> "pl.DataFrame":
    """Return a table with names of stations instead of ids; the files keep the ids."""
    import polars as pl

    from experiments.report.words.findings import SHOWN

    def named(text: str) -> str:
        # "id 1 x 200 all day, 3 trucks; id 2 x ..."
        parts = [part.partition(" ") for part in text.split("; ")]
        found = "; ".join(f"{place(key)}{space}{rest}" for key, space, rest in parts)
        for key in ("size_all_day", "size_trucks", "size_barges"):
            found = found.replace(f" {SHOWN[key]}", f" {translate(SHOWN[key])}")
        return found

    of_station = [name for name in ("station", "station_id") if name in frame.columns]
    columns = [pl.col(name).map_elements(place, return_dtype=pl.String) for name in of_station]
    if "sizes" in frame.columns:
        columns.append(pl.col("sizes").map_elements(named, return_dtype=pl.String))
    return frame.with_columns(columns)


def _thinned(frontier: "pl.DataFrame") -> "pl.DataFrame":
    """Return at most `SHOWN` rows, evenly over the sizes; the file holds all."""
    if frontier.height <= SHOWN:
        return frontier
    return frontier[[round(step * (frontier.height - 1) / (SHOWN - 1)) for step in range(SHOWN)]]


def _table(frame: "pl.DataFrame") -> "Table":
    """Return a table for the terminal: bounds beside their figure, sizes last; without sources."""
    from rich.table import Table

    hidden = {"source", "confidence", "lon", "lat", "site", "opened_year", "note", "seeds"}
    bounded = {name for name in frame.columns if f"{name}_low" in frame.columns and f"{name}_high" in frame.columns}
    hidden |= {f"{name}_{end}" for name in bounded for end in ("low", "high")}
    names = [name for name in frame.columns if name not in hidden and frame[name].null_count() < frame.height]
    names.sort(key=lambda name: name == "sizes")
    table = Table(*names)
    for row in frame.iter_rows(named=True):
        table.add_row(*(_cell(row, name, bounded=name in bounded) for name in names))
    return table


def _cell(row: "Mapping[str, Any]", name: str, *, bounded: bool) -> str:
    """Return a cell as text, with its bounds where it has them."""
    from experiments.formatting import figure

    value = row[name]
    text = figure(value, None) if isinstance(value, float) else "-" if value is None else str(value)
    low, high = (row[f"{name}_low"], row[f"{name}_high"]) if bounded else (None, None)
    return text if low is None or high is None else f"{text} ({figure(low, None)} to {figure(high, None)})"


def _verdict(result: "Sizing", translate: "Translate") -> str:
    """Return whether the target can be met, with the totals of a layout or how many rows there are."""
    from experiments.report.words.findings import SHOWN

    answer = result.answer
    verdict = translate(SHOWN["feasible" if result.feasible else "infeasible"])
    if {"piles", "guns_per_pile"} <= set(answer.columns):
        guns = int((answer["piles"] * answer["guns_per_pile"]).sum())
        totals = {"piles": int(answer["piles"].sum()), "guns": guns, "stations": answer["station_id"].n_unique()}
        return translate(SHOWN["piles"]).format(verdict=verdict, **totals)
    return translate(SHOWN["rows"]).format(verdict=verdict, rows=answer.height)


def _summary(result: "Sizing", translate: "Translate", place: "Callable[[str], str]") -> dict[str, object]:
    """Return the sizing for machines: what was found as keys and figures, and in sentences."""
    from dataclasses import asdict

    from experiments.report.words.findings import finding_text

    return {
        "question": finding_text(result.question, translate, place),
        "feasible": result.feasible,
        "says": [finding_text(found, translate, place) for found in result.says],
        "binds": [finding_text(found, translate, place) for found in result.binds],
        "findings": [asdict(found) for found in (*result.says, *result.binds)],
        "answer": result.answer.to_dicts(),
        "frontier": result.frontier.to_dicts(),
        "tables": {name: table.to_dicts() for name, table in result.tables.items()},
    }
