"""``xijiang compare``: print paired differences and what they mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    Seed,
    Sets,
)

if TYPE_CHECKING:
    from experiments.designs.comparison import Comparison


def compare(
    names: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios; the first is the reference.")],
    *,
    layouts: Annotated[
        list[str] | None, typer.Option("--layout", help="Layout or CSV file; several compare layouts.")
    ] = None,
    replications: Replications = None,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder that keeps the runs.")] = None,
    sets: Sets = None,
    on: Annotated[list[str] | None, typer.Option("--on", help="Measure to compare (repeat it); all.")] = None,
    select: Annotated[str | None, typer.Option("--select", help="Measure by which to select the best of many.")] = None,
    zone: Annotated[float | None, typer.Option("--zone", help="Difference of it that does not matter.")] = None,
    points: Annotated[
        int | None,
        typer.Option("--points", min=0, help="Short runs of each over the assumptions; 32 from 5 replications on."),
    ] = None,
    executor: Executor = None,
    report: Annotated[bool, typer.Option("--report", help="Write comparison.html, into --out or here.")] = False,
    dry_run: DryRun = False,
    cite: Cite = False,
    lang: Language,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare scenarios or layouts on the same random numbers: paired differences with intervals."""
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
    if cite or dry_run:
        _plan(names, layouts or [], options, lang, points=points, cite=cite)
        return
    page = (out or Path()) / "comparison.html" if report else None
    if page is not None:
        from data.storage import check_writable

        check_writable(page.parent, "--report")
    result = _compared(names, layouts or [], options, on=on, select=select, zone=zone, points=points)
    written = None if page is None else result.report(page, language=lang)
    _show(result, options, lang, written)


def _plan(
    names: list[str], layouts: list[str], options: RunOptions, lang: str, *, points: int | None, cite: bool
) -> None:
    """Print the sources behind the alternatives, or what running them would take; all are checked before."""
    from experiments.cli.display_cite import print_cited
    from experiments.cli.display_plan import tell_plan
    from experiments.designs.comparison import alternatives, check_alternatives
    from experiments.designs.doubted import points_of_comparison

    named = alternatives([options.load(name) for name in names], layouts)
    check_alternatives(named, options.replications, options.seed)
    if cite:
        print_cited(list(named.values()))
        return
    first = next(iter(named.values()))
    counted = first if options.replications is None else first.with_(replications=options.replications)
    short = points_of_comparison(counted.replications) if points is None else points
    tell_plan(counted, len(named), options, options.jobs, short_runs=short, language=lang)


def _compared(
    names: list[str],
    layouts: list[str],
    options: RunOptions,
    *,
    on: list[str] | None,
    select: str | None,
    zone: float | None,
    points: int | None,
) -> "Comparison":
    """Compare, and write the tables where a folder is given."""
    from data.storage import check_writable
    from experiments.cli.display import StatusLine, interruptible, progress_text
    from experiments.designs import comparison
    from experiments.formatting import write_csv
    from experiments.report.words.terminal import STOPPED
    from experiments.statistics.measures import MEASURES

    scenarios = [options.load(name) for name in names]
    line = StatusLine(options.translate, shown=options.shows_progress)
    out = options.out
    if out is not None:
        check_writable(out, "--out")
    kept = "" if out is None else options.translate(STOPPED["replications"]).format(folder=out)
    with interruptible(kept, options.translate), line:
        result = comparison.compare(
            *scenarios,
            layouts=layouts,
            replications=options.replications,
            seed=options.seed,
            jobs=options.jobs,
            executor=options.executor,
            out=out,
            measures=on or tuple(MEASURES),
            select=select,
            zone=zone,
            points=points,
            points_progress=line.points,
            progress=lambda name, step: line.show(f"{name}: {progress_text(step, options.translate)}"),
        )
    if out is not None:
        write_csv(result.values, out / "values.csv")
        write_csv(result.differences, out / "differences.csv")
        write_csv(result.groups, out / "groups.csv")
        write_csv(result.ranking, out / "ranking.csv")
        write_csv(result.doubt, out / "doubt.csv")
    return result


def _show(result: "Comparison", options: RunOptions, lang: str, page: Path | None) -> None:
    """Print the comparison in words and as a table, or as JSON."""
    from experiments.cli.display import print_json
    from experiments.report.language import translator
    from experiments.report.sentences.comparing import FILES
    from experiments.report.sentences.run_lines import REPORT

    if options.as_json:
        print_json(_summary(result) | ({} if page is None else {"report": str(page)}))
        return
    for text in words(result, lang):
        typer.echo(text)
    _print(result, lang)
    if options.out is not None:
        typer.echo(translator(lang)(FILES).format(folder=options.out))
    if page is not None:
        typer.echo(translator(lang)(REPORT).format(place=page))


def words(result: "Comparison", lang: str = "en") -> list[str]:
    """Return the comparison in sentences of a language."""
    from experiments.report.compared.compared_page import station_ids
    from experiments.report.language import translator
    from experiments.report.sentences.comparing import SURE, UNSURE, told_comparison
    from experiments.report.words.place_names import PlaceNames

    translate = translator(lang)
    lines = told_comparison(
        result.differences,
        result.groups,
        result.ranking,
        reference=result.names[0],
        deciding=result.deciding,
        names=PlaceNames(result.results[0].county, lang, translate).by_key(stations=station_ids(result.results)),
        translate=translate,
        doubt=result.doubt,
    )
    if result.selection is not None:
        said = translate(SURE if result.selection.certain else UNSURE)
        lines.append(said.format(best=result.names[result.selection.best]))
    return lines


def _print(result: "Comparison", lang: str) -> None:
    """Print all differences as a table."""
    import polars as pl
    from rich.table import Table

    from experiments.cli.display import render
    from experiments.report.language import translator
    from experiments.report.sentences import comparing
    from experiments.statistics.paired import SAME

    translate = translator(lang)
    table = Table(title=translate(comparing.TITLE).format(reference=result.names[0]))
    for head in comparing.HEADS:
        table.add_column(translate(head))
    # what no alternative shows, such as waits of ships where there is no river, needs no row
    shown = result.differences.filter(~pl.all_horizontal(pl.col("reference", "other").is_null()))
    differs = shown.filter(pl.col("judgement") != SAME)
    for row in differs.iter_rows(named=True):
        table.add_row(*comparing.cells(row, translate))
    typer.echo(render(table))
    alike = shown.filter(pl.col("measure").is_in(differs["measure"].implode()).not_())["measure"]
    if alike.len():
        named = (comparing.measure_name(name, translate) for name in alike.unique(maintain_order=True))
        typer.echo(translate(comparing.ALIKE).format(list=translate("; ").join(named)))
    for text in comparing.NOTES:
        typer.echo(translate(text))


def _summary(result: "Comparison") -> dict[str, object]:
    """Return the comparison for machines."""
    chosen = result.selection
    return {
        "reference": result.names[0],
        "alternatives": list(result.names),
        "words": words(result),
        "values": result.values.to_dicts(),
        "differences": result.differences.to_dicts(),
        "groups": result.groups.to_dicts(),
        "ranking": result.ranking.to_dicts(),
        "doubt": result.doubt.to_dicts(),
        "selection": None
        if chosen is None
        else {
            "best": result.names[chosen.best],
            "certain": chosen.certain,
            "replications": dict(zip(result.names, chosen.replications, strict=True)),
        },
    }
