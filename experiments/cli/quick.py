"""``xijiang quick``: piles, guns, peak, load and tonnes from a handful of figures."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import AsJson

if TYPE_CHECKING:
    from experiments.counties.quick import Quick

_ROWS = (
    ("evs", "electric vehicles"),
    ("requests_per_day", "public charges a day"),
    ("public_kwh_per_day", "public charging, kWh a day"),
    ("piles", "piles"),
    ("guns", "guns"),
    ("peak_kw", "peak of public charging, kW"),
    ("late_share", "long waits, share"),
    ("unserved_share", "not served, share"),
    ("ev_t_year", "CO2 of their electricity, t a year"),
    ("replaced_t_year", "CO2 of the same km on fuel, t a year"),
    ("saved_t_year", "CO2 saved, t a year"),
)


def quick(
    *,
    residents: Annotated[float, typer.Option("--residents", help="Residents of the county.")],
    evs: Annotated[float, typer.Option("--evs", help="Battery-electric vehicles in the year, without two-wheelers.")],
    year: Annotated[int, typer.Option("--year", help="Year of the question.")],
    towns: Annotated[int, typer.Option("--towns", help="Towns that they live in, half of them in the largest.")] = 3,
    county: Annotated[Path | None, typer.Option("--county", help="Folder to keep it as a county to refine.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a first answer from defaults with ranges: piles, guns, peak, load curve, tonnes."""
    from experiments.cli.display import print_json, working
    from experiments.counties import quick as answers

    with tempfile.TemporaryDirectory(prefix="xijiang-") as spare:
        folder = Path(spare) / "county" if county is None else county
        with working("three cases: low, middle, high", shown=not as_json):
            found = answers.quick(residents=residents, evs=evs, year=year, towns=towns, folder=folder)
        if as_json:
            print_json({"cases": found.summary.to_dicts(), "load": found.load.to_dicts()})
            return
        _print(found, year)
    if county is None:
        typer.echo("Next:   the same with --county DIR keeps it as a county to refine")
    else:
        typer.echo(f"County: {county}")
        typer.echo(f"Next:   xijiang county check {county}   and   xijiang run {county}")


def _print(found: "Quick", year: int) -> None:
    """Print the three cases and the load by hour."""
    from rich.table import Table

    from experiments.cli.display import render
    from experiments.formatting import figure

    table = Table("", "low", "central", "high")
    for column, words in _ROWS:
        table.add_row(words, *(figure(float(value), None) for value in found.summary[column]))
    typer.echo(f"{year}: piles that keep the criteria of service. Low and high: km, energy and")
    typer.echo("chargers at home at the ends of their ranges, together.")
    typer.echo(render(table))
    most = max(1e-9, float(found.load["high_kw"].to_numpy().max()))
    typer.echo("Load of public charging by hour, kW (central; low to high):")
    for hour, low, central, high in found.load.iter_rows():
        typer.echo(f"{hour:>2} h {central:>8,.0f} ({low:,.0f} to {high:,.0f}) {'#' * round(40 * central / most)}")
    typer.echo("All rests on defaults of the toolkit; replace what you know better.")
