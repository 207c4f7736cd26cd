"""``xijiang quick``: piles, guns, peak, load and tonnes from a handful of figures."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import AsJson, Language

if TYPE_CHECKING:
    from experiments.counties.quick import Quick
    from experiments.report.language import Translate


def quick(
    *,
    residents: Annotated[float, typer.Option("--residents", help="Residents of the county.")],
    evs: Annotated[float, typer.Option("--evs", help="Battery-electric vehicles in the year, without two-wheelers.")],
    year: Annotated[int, typer.Option("--year", help="Year of the question.")],
    towns: Annotated[int, typer.Option("--towns", help="Towns that they live in, half of them in the largest.")] = 3,
    county: Annotated[Path | None, typer.Option("--county", help="Folder to keep it as a county to refine.")] = None,
    lang: Language,
    as_json: AsJson = False,
) -> None:
    """Give a first answer from defaults with ranges: piles, guns, peak, load curve, tonnes."""
    from experiments.cli.display import print_json, working
    from experiments.counties import quick as answers
    from experiments.report.language import translator
    from experiments.report.words.terminal import PROGRESS, QUICK

    translate = translator(lang)
    with tempfile.TemporaryDirectory(prefix="xijiang-") as spare:
        folder = Path(spare) / "county" if county is None else county
        with working(translate(PROGRESS["cases"]), shown=not as_json):
            found = answers.quick(residents=residents, evs=evs, year=year, towns=towns, folder=folder)
        if as_json:
            print_json({"cases": found.summary.to_dicts(), "load": found.load.to_dicts()})
            return
        _print(found, year, translate)
    if county is None:
        typer.echo(translate(QUICK["keep"]))
    else:
        for key in ("county", "next"):
            typer.echo(translate(QUICK[key]).format(folder=county))


def _print(found: "Quick", year: int, translate: "Translate") -> None:
    """Print the three cases and the load by hour."""
    from rich.table import Table

    from experiments.cli.display import render
    from experiments.formatting import figure
    from experiments.report.words.terminal import QUICK, QUICK_ROWS

    table = Table("", *(translate(QUICK[case]) for case in ("low", "central", "high")))
    for column, words in QUICK_ROWS.items():
        table.add_row(translate(words), *(figure(float(value), None) for value in found.summary[column]))
    typer.echo(translate(QUICK["head"]).format(year=year))
    typer.echo(render(table))
    most = max(1e-9, float(found.load["high_kw"].to_numpy().max()))
    typer.echo(translate(QUICK["load"]))
    line = translate(QUICK["hour"])
    for hour, low, central, high in found.load.iter_rows():
        typer.echo(line.format(hour=hour, low=low, central=central, high=high, bar="#" * round(40 * central / most)))
    typer.echo(translate(QUICK["defaults"]))
