"""``xijiang monitor``: plan and models against this year's statistics, and the path that follows from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import AsJson, InCounty, Language

if TYPE_CHECKING:
    import polars as pl

    from experiments.report.language import Translate

_NONE = "-"
_STEPS = ("share", "change", "tax", "trade_in", "rest")
_CHANGES = _STEPS[1:]


def monitor(
    *,
    county: InCounty = "deqing",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables as CSV.")] = None,
    as_json: AsJson = False,
    lang: Language,
) -> None:
    """Compare plan and models with the statistics of a county (its table observations)."""
    import polars as pl

    from data.county import load_county
    from experiments.cli.display import print_json, working
    from experiments.formatting import write_csv
    from experiments.pathways.monitor import behind
    from experiments.pathways.monitor import monitor as watch
    from experiments.report.language import translator
    from experiments.report.words.terminal import PROGRESS
    from experiments.report.words.watched import WATCHED, name_of

    translate = translator(lang)
    with working(translate(PROGRESS["paths"]), shown=not as_json):
        found = watch(load_county(county))
    tables = {"actual": found.actual, "corrected": found.corrected, "held_out": found.held_out, "steps": found.steps}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            write_csv(table, out / f"{name}.csv")
    if as_json:
        print_json({name: table.to_dicts() for name, table in tables.items()})
        return
    _print("actual", found.actual, ("actual", "plan", "model"), translate, last=("confidence",))
    _print("corrected", found.corrected, ("path", "corrected", "plan"), translate)
    if found.held_out.height:
        _print("held_out", found.held_out, ("observed", "predicted", "low", "high"), translate)
    if found.steps.height:
        _print("steps", found.steps.with_columns(measure=pl.lit("new_energy_car_flow_share")), _STEPS, translate)
    for row in behind(found.actual).iter_rows(named=True):
        message = translate(WATCHED["behind" if row["behind"] > 0.0 else "ahead"])
        gap = _number(abs(row["behind"]), row["unit"])
        typer.echo(f"- {message.format(measure=name_of(row['measure'], translate), year=row['year'], gap=gap)}")
    guessed = found.actual.filter(confidence="assumption").height
    if guessed:
        typer.echo(translate(WATCHED["guessed"]).format(guessed=guessed, rows=found.actual.height))
    if out is not None:
        typer.echo(translate(WATCHED["tables"]).format(folder=out))
    else:
        typer.echo(translate(WATCHED["next"]).format(command="xijiang monitor --out watched"))


def _print(
    title: str,
    frame: "pl.DataFrame",
    figures: tuple[str, ...],
    translate: "Translate",
    *,
    last: tuple[str, ...] = (),
) -> None:
    """Print rows of a table, narrow enough for 80 columns."""
    from rich.table import Table

    from experiments.cli.display import render
    from experiments.report.words.watched import HEADS, WATCHED, name_of

    table = Table(title=translate(WATCHED[title]), title_justify="left")
    first = "measure" if "measure" in frame.columns else "series"
    table.add_column(translate(HEADS[first]), overflow="fold")
    table.add_column(translate(HEADS["year"]))
    for name in (*figures, *last):
        table.add_column(translate(HEADS[name]), justify="right")
    for row in frame.iter_rows(named=True):
        of_class = row.get("vehicle_class")
        named = name_of(row[first], translate) + (f" {name_of(of_class, translate)}" if of_class else "")
        shown = [_number(row[name], row.get("unit", "share"), sign=name in _CHANGES) for name in figures]
        if row.get("given"):
            shown[-1] = translate(WATCHED["given"])
        table.add_row(named, str(row["year"]), *shown, *(name_of(row[name], translate) for name in last))
    typer.echo(render(table))


def _number(value: float | None, unit: str, *, sign: bool = False) -> str:
    """Return a figure as text: a share in per cent, with its sign on request, anything else as it is."""
    if value is None:
        return _NONE
    if unit == "share" and sign:
        # rounded first, so that nothing is not -0.0; + 0.0 takes the sign of a zero away
        return f"{round(100.0 * value, 1) + 0.0:+.1f} %" if round(value, 3) else "0.0 %"
    return f"{100.0 * value:.1f} %" if unit == "share" else f"{value:,.6g}"
