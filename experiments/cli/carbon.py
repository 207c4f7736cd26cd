"""``xijiang carbon``: print the carbon accounts and write their tables."""

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import ScenarioError
from experiments.cli.display_cite import print_cited
from experiments.cli.options import LATER, AsJson, Cite, DryRun, Language, Quiet, RunOptions, Sets

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

    from experiments.pathways.carbon_outlook import CarbonOutlook
    from experiments.report.language import Translate
    from experiments.scenario.model import Scenario

FEW = 8
"""Draws of which the time of all is estimated."""
MOST_YEARS = 100
TABLES = ("intensity", "scorecard", "attribution", "baseline", "electrification", "petroleum")


def carbon(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SCENARIO]...", help="Scenarios; deqing-2030.")] = None,
    *,
    years: Annotated[str, typer.Option("--years", help="As 2020:2035 or 2020,2025,2030.")] = "2020:2035",
    samples: Annotated[int, typer.Option("--samples", help="Draws of the assumptions; 0: none.")] = 500,
    sets: Sets = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables as CSV.")] = None,
    dry_run: DryRun = False,
    cite: Cite = False,
    lang: Language,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Estimate carbon intensity 2020-2035: three series and boundaries, ranges, attribution, petroleum peak."""
    from data.storage import check_writable
    from experiments.cli.display import working
    from experiments.formatting import write_csv
    from experiments.pathways.carbon_outlook import carbon_outlook
    from experiments.report.language import translator
    from experiments.report.words.terminal import PROGRESS

    translate, wanted = translator(lang), parse_years(years)
    options = RunOptions(sets=sets, out=out, as_json=as_json, quiet=quiet, dry_run=dry_run, language=lang)
    asked: list[str | None] = [*names] if names else [None]
    scenarios = [options.load(name, otherwise=LATER) for name in asked]
    if cite:
        print_cited(scenarios)
        return
    if dry_run:
        _plan(scenarios, wanted, samples, options, lang)
    if out is not None:
        check_writable(out, "--out")
    with working(options.translate(PROGRESS["accounts"]), shown=options.shows_progress):
        found = [carbon_outlook(scenario, years=wanted, samples=samples) for scenario in scenarios]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            write_csv(_joined(found, name), out / f"{name}.csv")
    _show(found, options, translate, _again(names or [], sets or []))


def _plan(scenarios: "list[Scenario]", years: list[int], samples: int, options: RunOptions, language: str) -> None:
    """Say how many accounts there are, about how long they take, and what they rest on; end the command.

    Raises
    ------
    typer.Exit
        Always.
    """
    from experiments.cli.display import working
    from experiments.cli.display_plan import end_dry_run
    from experiments.pathways.carbon_outlook import carbon_outlook
    from experiments.report.language import translator
    from experiments.report.words.planning import PLANS, duration
    from experiments.report.words.terminal import PROGRESS

    # the accounts themselves, and what a draw adds to them
    taken = []
    with working(options.translate(PROGRESS["draws"]), shown=options.shows_progress):
        # the second call finds the accounts at hand, as the draws do
        for few in (0, 0, min(FEW, samples)):
            began = time.monotonic()
            carbon_outlook(scenarios[0], years=years, samples=few)
            taken.append(time.monotonic() - began)
    first, again, drawn = taken
    per_draw = max(0.0, drawn - again) / max(1, min(FEW, samples))
    seconds = len(scenarios) * (first + samples * per_draw)
    found = {"points": len(scenarios), "years": len(years), "samples": samples, "seconds": round(seconds, 1)}
    if not options.as_json:
        translate = translator(language)
        typer.echo(translate(PLANS["accounts"]).format(**found, time=duration(seconds, translate)))
    end_dry_run(scenarios[0], options, language, found)


def _show(found: "list[CarbonOutlook]", options: RunOptions, translate: "Translate", again: str) -> None:
    """Print the accounts as tables and in sentences, or as JSON."""
    from experiments.cli.display import print_json, render
    from experiments.report.sentences.run_lines import NEXT
    from experiments.report.sentences.run_lines import TABLES as WRITTEN
    from experiments.report.words import told_carbon

    if options.as_json:
        print_json([_summary(outlook) for outlook in found])
        return
    for outlook in found:
        typer.echo(render(_table(outlook, translate)))
        for text in told_carbon.told_carbon(outlook, translate):
            typer.echo(f"- {text}")
    typer.echo(translate(told_carbon.SERIES))
    if options.out is not None:
        typer.echo(translate(WRITTEN).format(place=options.out))
    else:
        typer.echo(f"{translate(NEXT).format(command=again)}  # {translate(told_carbon.TABLES)}")


def _again(names: list[str], sets: list[str]) -> str:
    """Return the command that writes the tables of the same accounts."""
    given = [part for text in sets for part in ("--set", text)]
    return shlex.join(["xijiang", "carbon", *names, *given, "--out", "carbon"])


def parse_years(text: str) -> list[int]:
    """Return the years of ``2020:2035`` or ``2020,2025,2030``.

    Raises
    ------
    ScenarioError
        Anything else.
    """
    try:
        if ":" in text:
            low, _, high = text.partition(":")
            span = range(int(low), int(high) + 1)
            # not listed before it is known to be short
            years = list(span) if len(span) <= MOST_YEARS else []
        else:
            years = [int(part) for part in text.split(",")]
    except ValueError:
        years = []
    if not years or len(years) > MOST_YEARS:
        raise ScenarioError(
            f"--years {text}: expected first:last or a list, such as 2020:2035 or 2020,2030, of at most {MOST_YEARS}."
        )
    return years


def _summary(outlook: "CarbonOutlook") -> dict[str, object]:
    """Return the accounts of a scenario for machines."""
    from experiments.report.language import translator
    from experiments.report.words.told_carbon import told_carbon

    tables = {name: getattr(outlook, name).to_dicts() for name in TABLES}
    return {"scenario": outlook.scenario.name, "words": told_carbon(outlook, translator("en")), **tables}


def _joined(found: "list[CarbonOutlook]", name: str) -> "pl.DataFrame":
    """Return a table of all scenarios with the scenario in front."""
    import polars as pl

    frames: list[pl.DataFrame] = [
        getattr(outlook, name).select(pl.lit(outlook.scenario.name).alias("scenario"), pl.all()) for outlook in found
    ]
    return pl.concat(frames, how="vertical")


def _table(outlook: "CarbonOutlook", translate: "Translate") -> "Table":
    """Return the intensities by year."""
    import polars as pl
    from rich.table import Table

    from experiments.report.words.labels import code
    from experiments.report.words.told_carbon import TITLE
    from fleet.emissions.accounts import HEADLINE_GRID

    rows = outlook.intensity.filter(pl.col("grid") == HEADLINE_GRID)
    keys = list(rows.select("mode", "boundary", "series").unique(maintain_order=True).iter_rows())
    table = Table(title=translate(TITLE).format(scenario=outlook.scenario.name), title_justify="left")
    table.add_column(translate("year"))
    for mode, boundary, series in keys:
        table.add_column(f"{code('ships' if mode == 'ship' else boundary, translate)} {series}", justify="right")
    for year in rows["year"].unique().sort():
        now = {
            tuple(row[:3]): row[3]
            for row in rows.filter(pl.col("year") == year)
            .select("mode", "boundary", "series", "intensity_g_per_tkm")
            .iter_rows()
        }
        # a boundary without turnover has no intensity
        table.add_row(str(year), *("" if now[key] is None else f"{now[key]:.1f}" for key in keys))
    return table
