"""``xijiang carbon``: print the carbon accounts and write their tables."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import ScenarioError
from experiments.cli.options import LATER, AsJson, Quiet, RunOptions, Sets

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

    from experiments.pathways.carbon_outlook import CarbonOutlook

MOST_YEARS = 100
TABLES = ("intensity", "scorecard", "attribution", "baseline", "electrification", "petroleum")


def carbon(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SCENARIO]...", help="Scenarios; deqing-2030.")] = None,
    *,
    years: Annotated[str, typer.Option("--years", help="As 2020:2035 or 2020,2025,2030.")] = "2020:2035",
    samples: Annotated[int, typer.Option("--samples", help="Draws of the assumptions; 0: none.")] = 500,
    sets: Sets = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables as CSV.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Estimate carbon intensity 2020-2035: three series and boundaries, ranges, attribution, petroleum peak."""
    from data.storage import check_writable
    from experiments.cli.display import print_json, render, working
    from experiments.formatting import write_csv
    from experiments.pathways.carbon_outlook import carbon_outlook

    wanted = parse_years(years)
    if out is not None:
        check_writable(out, "--out")
    asked: list[str | None] = [*names] if names else [None]
    scenarios = [RunOptions(sets=sets).load(name, otherwise=LATER) for name in asked]
    with working("stock, turnover and draws of the carbon accounts", shown=not (quiet or as_json)):
        found = [carbon_outlook(scenario, years=wanted, samples=samples) for scenario in scenarios]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            write_csv(_joined(found, name), out / f"{name}.csv")
    if as_json:
        print_json([_summary(outlook) for outlook in found])
        return
    for outlook in found:
        typer.echo(render(_table(outlook)))
        for text in outlook.words:
            typer.echo(f"- {text}")
    typer.echo(
        "Series a: CO2 from the tank on; b: a and purchased electricity; c: well-to-wheel CO2e. Grid: frozen. "
        "Ranges: 95 % of the draws over the ranges of the tables."
    )
    again = _again(names or [], sets or [])
    typer.echo(f"Tables: {out}" if out is not None else f"Next:   {again}  # all tables as CSV")


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
    tables = {name: getattr(outlook, name).to_dicts() for name in TABLES}
    return {"scenario": outlook.scenario.name, "words": outlook.words, **tables}


def _joined(found: "list[CarbonOutlook]", name: str) -> "pl.DataFrame":
    """Return a table of all scenarios with the scenario in front."""
    import polars as pl

    frames: list[pl.DataFrame] = [
        getattr(outlook, name).select(pl.lit(outlook.scenario.name).alias("scenario"), pl.all()) for outlook in found
    ]
    return pl.concat(frames, how="vertical")


def _table(outlook: "CarbonOutlook") -> "Table":
    """Return the intensities by year."""
    import polars as pl
    from rich.table import Table

    from fleet.emissions.accounts import HEADLINE_GRID

    rows = outlook.intensity.filter(pl.col("grid") == HEADLINE_GRID)
    keys = list(rows.select("mode", "boundary", "series").unique(maintain_order=True).iter_rows())
    table = Table(title=f"{outlook.scenario.name}: g CO2 (c: CO2e) per t km", title_justify="left")
    table.add_column("year")
    for mode, boundary, series in keys:
        label = "ships" if mode == "ship" else boundary.replace("_", " ")
        table.add_column(f"{label} {series}", justify="right")
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
